//! What AWS asks in Europe (Paris), `eu-west-3`, in US dollars before tax, free tiers not deducted.
//!
//! Prices change: hold them against the page named before a budget is signed. The dates say when each was
//! last confirmed.

/// API Gateway, an HTTP API's request, the first 300 million of a month; refused ones are free. 2025.
/// <https://aws.amazon.com/api-gateway/pricing/>
pub const API_REQUEST: f64 = 1.17 / MILLION;
/// The same beyond 300 million.
pub const API_REQUEST_BEYOND: f64 = 1.05 / MILLION;
pub const API_FIRST_REQUESTS: f64 = 300.0 * MILLION;
/// Lambda, a request. September 2026.
/// <https://aws.amazon.com/lambda/pricing/>
pub const LAMBDA_REQUEST: f64 = 0.20 / MILLION;
/// Lambda on arm64, a gigabyte-second of memory, initialising included. September 2026.
pub const LAMBDA_GB_SECOND: f64 = 0.000_013_333_4;
/// The same in a provisioned environment. 2025.
pub const PROVISIONED_DURATION_GB_SECOND: f64 = 0.000_007_777_8;
/// Lambda on arm64, a gigabyte-second of provisioned memory, used or not, in steps of five minutes. 2025.
pub const PROVISIONED_GB_SECOND: f64 = 0.000_003_333_4;
pub const PROVISIONED_STEP_SECONDS: f64 = 300.0;
/// DynamoDB on demand, a unit read. September 2026.
/// <https://aws.amazon.com/dynamodb/pricing/on-demand/>
pub const READ_UNIT: f64 = 0.1487 / MILLION;
/// DynamoDB on demand, a unit written. September 2026.
pub const WRITE_UNIT: f64 = 0.7423 / MILLION;
/// DynamoDB, once, for each unit per second that a table is made warm for beyond what it is: as a provisioned
/// unit for an hour. 2025.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/warm-throughput.html>
pub const WARM_READ: f64 = 0.000_154_4;
pub const WARM_WRITE: f64 = 0.000_772;
/// DynamoDB, a gigabyte stored for a month. 2025.
pub const STORED_GB_MONTH: f64 = 0.297_15;
/// DynamoDB, the same for its continuous backup. 2025.
pub const BACKUP_GB_MONTH: f64 = 0.237_72;
/// `CloudWatch`, a gigabyte of logs taken in. 2025.
/// <https://aws.amazon.com/cloudwatch/pricing/>
pub const LOG_GB: f64 = 0.598_5;
/// `CloudWatch`, a custom metric, one that an alarm looks at, and a dashboard, for a month. 2025.
pub const METRIC_MONTH: f64 = 0.30;
pub const ALARM_METRIC_MONTH: f64 = 0.10;
pub const DASHBOARD_MONTH: f64 = 3.0;
/// `CloudFront`, a request by HTTPS from Europe, refused or not. November 2026.
/// <https://aws.amazon.com/cloudfront/pricing/>
pub const CLOUDFRONT_REQUEST: f64 = 1.20 / MILLION;
/// `CloudFront`, a gigabyte sent to the internet in Europe, the first ten terabytes of a month; what it gets from
/// API Gateway and S3 is free. November 2026.
pub const SENT_GB: f64 = 0.085;
/// AppSync Events, an operation: an event published, a message delivered, a connection, a subscription, each of up
/// to 5 kB. The page names one price for all regions. November 2026.
/// <https://aws.amazon.com/appsync/pricing/>
pub const LIVE_OPERATION: f64 = 1.00 / MILLION;
/// AppSync Events, a connection for a minute. November 2026.
pub const CONNECTION_MINUTE: f64 = 0.08 / MILLION;
/// AppSync Events, keep-alive messages that the service sends over each connection in a minute: about one, as
/// observed. Whether each is billed as an operation, the page does not say.
pub const KEEP_ALIVES_A_MINUTE: f64 = 1.0;

pub const MILLION: f64 = 1_000_000.0;
/// AWS bills binary gigabytes.
pub const GB: f64 = 1_073_741_824.0;
