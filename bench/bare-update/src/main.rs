//! One `UpdateItem` for each request, with the settings of Vigie's own client, and its warm-up.

use aws_config::{BehaviorVersion, retry::RetryConfig, timeout::TimeoutConfig};
use aws_sdk_dynamodb::{Client, config::Builder, types::AttributeValue};
use lambda_http::{Error, Request, service_fn};
use std::{env, time::Duration};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    lambda_http::tracing::init_default_subscriber();
    let aws = aws_config::load_defaults(BehaviorVersion::v2026_01_12()).await;
    let retries = RetryConfig::standard()
        .with_max_attempts(5)
        .with_initial_backoff(Duration::from_millis(50))
        .with_max_backoff(Duration::from_millis(500));
    let timeouts =
        TimeoutConfig::builder().operation_attempt_timeout(Duration::from_secs(1)).operation_timeout(Duration::from_secs(3)).build();
    let config = Builder::from(&aws).endpoint_url(env::var("DYNAMODB_ENDPOINT")?).retry_config(retries).timeout_config(timeouts);
    let client = Client::from_conf(config.build());
    let table = env::var("SESSIONS_TABLE")?;
    // Unset only to measure what the warm-up is worth.
    if env::var("WARM_UP").is_ok() {
        let call = client.get_item().table_name(&table).key("session", text("0")).key("sk", text("warm-up"));
        let _ = call.send().await;
    }
    lambda_http::run(service_fn(async |_: Request| {
        let call = client.update_item().table_name(&table).key("session", text("bare")).key("sk", text("bare"));
        let call = call.update_expression("ADD updates :one").expression_attribute_values(":one", AttributeValue::N("1".to_owned()));
        call.send().await?;
        Ok::<_, Error>("ok")
    }))
    .await
}

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}
