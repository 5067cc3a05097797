//! The DynamoDB client: time limits, retries, warm-up.

use super::{Store, error::is_passing};
use aws_config::{BehaviorVersion, SdkConfig, retry::RetryConfig, timeout::TimeoutConfig};
use aws_sdk_dynamodb::{
    Client,
    operation::{transact_write_items::TransactWriteItemsError, update_item::UpdateItemError},
};
use aws_smithy_runtime_api::client::{
    interceptors::context::InterceptorContext,
    retries::classifiers::{ClassifyRetry, RetryAction, RetryClassifierPriority},
};
use std::time::Duration;

/// One try; DynamoDB answers in milliseconds when it is well.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(1);
/// All tries of one call together; shorter than any function's own time limit.
const OPERATION_TIMEOUT: Duration = Duration::from_secs(3);

/// The SDK's defaults of that day; a newer day is a decision, not an update.
pub const BEHAVIOR: fn() -> BehaviorVersion = BehaviorVersion::v2026_01_12;

/// A client with Vigie's time limits and retries. `endpoint` is for DynamoDB emulators.
pub fn client(aws: &SdkConfig, endpoint: Option<&str>) -> Client {
    let mut config = aws_sdk_dynamodb::config::Builder::from(aws)
        .behavior_version(BEHAVIOR())
        .retry_config(
            RetryConfig::standard()
                .with_max_attempts(5)
                .with_initial_backoff(Duration::from_millis(50))
                .with_max_backoff(Duration::from_millis(500)),
        )
        .timeout_config(TimeoutConfig::builder().operation_attempt_timeout(ATTEMPT_TIMEOUT).operation_timeout(OPERATION_TIMEOUT).build())
        .retry_classifier(TransactionConflicts);
    config.set_endpoint_url(endpoint.map(str::to_owned).or_else(|| aws.endpoint_url().map(str::to_owned)));
    Client::from_conf(config.build())
}

/// Opens the connection to DynamoDB before the first request needs it. A failure here is not one: most
/// functions may not even read this item, and a refusal opens the connection as well. No call is
/// allowed to all of them; to allow this one would let functions read that need not.
pub async fn warm_up(store: &Store) {
    let call = store.client.get_item().table_name(&store.sessions).set_key(Some(super::items::key("0", "warm-up"))).send();
    let _ = tokio::time::timeout(ATTEMPT_TIMEOUT, call).await;
}

/// Retries what lost against a transaction on the same item: the SDK does not on its own. It
/// happens on AWS, never in emulators.
#[derive(Debug)]
struct TransactionConflicts;

impl ClassifyRetry for TransactionConflicts {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let Some(Err(error)) = context.output_or_error() else { return RetryAction::NoActionIndicated };
        let Some(error) = error.as_operation_error() else { return RetryAction::NoActionIndicated };
        let conflict = match (error.downcast_ref(), error.downcast_ref()) {
            (Some(UpdateItemError::TransactionConflictException(_)), _) => true,
            (_, Some(TransactWriteItemsError::TransactionCanceledException(canceled))) => {
                canceled.cancellation_reasons().iter().filter_map(|reason| reason.code()).any(is_passing)
            }
            (_, Some(TransactWriteItemsError::TransactionInProgressException(_))) => true,
            _ => false,
        };
        if conflict { RetryAction::transient_error() } else { RetryAction::NoActionIndicated }
    }

    fn name(&self) -> &'static str {
        "transaction conflicts"
    }

    fn priority(&self) -> RetryClassifierPriority {
        RetryClassifierPriority::run_before(RetryClassifierPriority::modeled_as_retryable_classifier())
    }
}
