//! What a call to the store can end with besides success.

use super::items::Item;
use crate::{aws::outline, domain::refusal::Refusal};
use aws_sdk_dynamodb::{
    error::{ProvideErrorMetadata, SdkError},
    operation::{put_item::PutItemError, transact_write_items::TransactWriteItemsError, update_item::UpdateItemError},
    types::{CancellationReason, error::ConditionalCheckFailedException},
};
use jiff::SignedDuration;
use std::ops::RangeInclusive;

pub type Result<T> = std::result::Result<T, Error>;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The rules say no.
    #[error("refused: {0}")]
    Refused(#[from] Refusal),
    /// Too many wrong guesses; tries are refused for this long.
    #[error("locked for {0}")]
    Locked(SignedDuration),
    /// A wrong access code, and how many more there may be before a lock.
    #[error("wrong access code")]
    WrongAccessCode { tries_left: u32 },
    /// So many minutes can't be added to a candidate's time, but as many as these.
    #[error("minutes out of range")]
    MinutesOutOfRange(RangeInclusive<i32>),
    /// A clock change skips this time of day.
    #[error("no such time on that day")]
    InvalidTime,
    /// These places of the list are enrolled already.
    #[error("already enrolled: {0:?}")]
    AlreadyEnrolled(Vec<usize>),
    /// What was read has changed in a way that calls for another decision.
    #[error("changed since it was read")]
    Changed,
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

    /// Others changed a session at the same time, as often as it was tried.
    pub(super) fn session_kept_changing() -> Self {
        Self::Busy("a session kept changing".to_owned())
    }

    pub(super) fn internal(error: impl std::fmt::Display) -> Self {
        Self::Internal(error.to_string())
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

/// The errors of writes that may have a condition.
pub(super) trait Write: ProvideErrorMetadata + std::fmt::Debug {
    /// The condition did not hold.
    fn unmet(&self) -> Option<&ConditionalCheckFailedException>;
}

macro_rules! writes {
    ($($error:ident),*) => {$(
        impl Write for $error {
            fn unmet(&self) -> Option<&ConditionalCheckFailedException> {
                if let Self::ConditionalCheckFailedException(failed) = self { Some(failed) } else { None }
            }
        }
    )*};
}

writes!(PutItemError, UpdateItemError);

/// The item that did not meet a write's condition; other errors stay errors.
pub(super) fn unmet<E: Write>(error: &SdkError<E>) -> Result<Option<Item>> {
    match error.as_service_error().and_then(Write::unmet) {
        Some(failed) => Ok(failed.item.clone()),
        None => Err(Error::from_sdk(error)),
    }
}

/// Whether it was this action's condition that did not hold.
pub(super) fn is_unmet(reason: &CancellationReason) -> bool {
    reason.code() == Some("ConditionalCheckFailed")
}

/// Why each action of a transaction did not go through, when at least one condition was not met. Where
/// another request was writing one of the items, that item is not told, so nothing can be concluded.
pub(super) fn canceled<T>(sent: std::result::Result<T, SdkError<TransactWriteItemsError>>) -> Result<Option<Vec<CancellationReason>>> {
    let Err(error) = sent else { return Ok(None) };
    let reasons = match error.as_service_error() {
        Some(TransactWriteItemsError::TransactionCanceledException(canceled)) => canceled.cancellation_reasons().to_vec(),
        _ => return Err(Error::from_sdk(&error)),
    };
    let codes = || reasons.iter().filter_map(CancellationReason::code);
    if codes().any(is_passing) {
        Err(Error::Busy("transaction conflict".to_owned()))
    } else if reasons.iter().any(is_unmet) {
        Ok(Some(reasons))
    } else {
        Err(Error::from_sdk(&error))
    }
}
