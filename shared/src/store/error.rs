//! What a call to the store can end with besides success.

use crate::domain::refusal::Refusal;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use jiff::SignedDuration;

pub type Result<T> = std::result::Result<T, Error>;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The rules say no.
    #[error("refused: {0}")]
    Refused(#[from] Refusal),
    /// Too many wrong guesses; tries are refused for this long.
    #[error("locked for {0}")]
    Locked(SignedDuration),
    /// These places of the list are enrolled already.
    #[error("already enrolled: {0:?}")]
    AlreadyEnrolled(Vec<usize>),
    /// DynamoDB could not do it now; the same request may succeed later.
    #[error("DynamoDB is busy: {0}")]
    Busy(String),
    /// A defect of ours or of the deployment.
    #[error("DynamoDB call failed: {0}")]
    Internal(String),
}

impl Error {
    /// Tells a passing trouble from a defect.
    pub(super) fn from_sdk<E: ProvideErrorMetadata + std::fmt::Debug>(error: &SdkError<E>) -> Self {
        match error {
            SdkError::TimeoutError(_) | SdkError::DispatchFailure(_) | SdkError::ResponseError(_) => Self::Busy(outline(error)),
            SdkError::ServiceError(context) if context.raw().status().is_server_error() => Self::Busy(outline(error)),
            SdkError::ServiceError(context) if context.err().code().is_some_and(is_passing) => Self::Busy(outline(error)),
            _ => Self::Internal(outline(error)),
        }
    }

    pub(super) fn internal(error: impl std::fmt::Display) -> Self {
        Self::Internal(error.to_string())
    }
}

/// Kind and code only: messages of DynamoDB can quote keys, and so an e-mail address.
fn outline<E: ProvideErrorMetadata + std::fmt::Debug>(error: &SdkError<E>) -> String {
    match error {
        SdkError::TimeoutError(_) => "timeout".to_owned(),
        SdkError::DispatchFailure(_) => "no connection".to_owned(),
        SdkError::ResponseError(_) => "unreadable answer".to_owned(),
        SdkError::ServiceError(context) => context.err().code().unwrap_or("unknown service error").to_owned(),
        _ => "request could not be built".to_owned(),
    }
}

/// DynamoDB's error codes for "try again later".
pub(super) fn is_passing(code: &str) -> bool {
    matches!(
        code,
        "ProvisionedThroughputExceededException"
            | "ProvisionedThroughputExceeded"
            | "RequestLimitExceeded"
            | "ThrottlingException"
            | "ThrottlingError"
            | "TransactionConflictException"
            | "TransactionConflict"
            | "TransactionInProgressException"
            | "InternalServerError"
            | "ServiceUnavailable"
            | "LimitExceededException"
    )
}
