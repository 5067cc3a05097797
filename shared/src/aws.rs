//! What calls to AWS come to.

use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use std::fmt::Debug;

/// Why a call failed, in a word that is the same for all that failed so. Messages say more: of which request it was, and some of
/// DynamoDB's quote keys, and so an e-mail address.
pub fn outline<E: ProvideErrorMetadata + Debug, R: Debug>(error: &SdkError<E, R>) -> String {
    match error {
        SdkError::TimeoutError(_) => "timeout".to_owned(),
        SdkError::DispatchFailure(_) => "no connection".to_owned(),
        SdkError::ResponseError(_) => "unreadable answer".to_owned(),
        SdkError::ServiceError(context) => context.err().code().unwrap_or("unknown service error").to_owned(),
        _ => "request could not be built".to_owned(),
    }
}
