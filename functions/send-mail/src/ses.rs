//! Letters by Amazon SES.

use crate::{Mail, NotSent};
use aws_config::SdkConfig;
use aws_sdk_sesv2::{
    Client,
    config::{Builder, timeout::TimeoutConfig},
    error::{BuildError, ProvideErrorMetadata, SdkError},
    operation::send_email::SendEmailError,
    types::{Body, Content, Destination, EmailContent, Message},
};
use std::time::Duration;

/// For one letter, its second try included: five of them are a batch, for which the function has 30 s.
const PATIENCE: Duration = Duration::from_secs(5);

/// Where letters leave.
pub struct Ses {
    client: Client,
    sender: String,
}

impl Ses {
    /// From this sender, of whom SES knows that the address is the operator's.
    pub fn new(config: &SdkConfig, sender: String) -> Self {
        let timeouts = TimeoutConfig::builder().operation_attempt_timeout(PATIENCE / 2).operation_timeout(PATIENCE).build();
        Self { client: Client::from_conf(Builder::from(config).timeout_config(timeouts).build()), sender }
    }

    /// # Errors
    /// What SES says.
    pub async fn deliver(&self, mail: Mail) -> Result<(), NotSent> {
        let refused = |error: BuildError| NotSent::Refused(error.to_string());
        let content = |text: &str| Content::builder().data(text).charset("UTF-8").build().map_err(refused);
        let body = Body::builder().text(content(&mail.text)?).html(content(&mail.html)?).build();
        let message = Message::builder().subject(content(mail.subject)?).body(body).build();
        let call = self
            .client
            .send_email()
            .from_email_address(&self.sender)
            .destination(Destination::builder().to_addresses(reachable(&mail.to).ok_or(NotSent::Unreachable)?).build())
            .content(EmailContent::builder().simple(message).build());
        call.send().await.map(drop).map_err(|error| not_sent(&error))
    }
}

/// The address as SES takes it: the local part in ASCII and unquoted, the domain in Punycode.
///
/// <https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_Destination.html>
fn reachable(email: &str) -> Option<String> {
    let (local, domain) = email.rsplit_once('@')?;
    let is_plain = local.chars().all(|c| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c));
    let domain = idna::domain_to_ascii(domain).ok()?;
    is_plain.then(|| format!("{local}@{domain}"))
}

/// What SES will not take the next time either is refused; what is the account's or the moment's may pass.
fn not_sent(error: &SdkError<SendEmailError>) -> NotSent {
    let code = error.code().unwrap_or("no answer").to_owned();
    match error.as_service_error() {
        Some(SendEmailError::MessageRejected(_) | SendEmailError::BadRequestException(_)) => NotSent::Refused(code),
        _ => NotSent::Later(code),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_sesv2::{
        error::ErrorMetadata,
        types::error::{BadRequestException, MessageRejected, TooManyRequestsException},
    };

    #[test]
    fn addresses_as_ses_takes_them() {
        for (email, taken) in [
            ("camille.martin+essai@example.org", Some("camille.martin+essai@example.org")),
            ("camille@école.example", Some("camille@xn--cole-9oa.example")),
            ("zoé@example.org", None),
            ("\"a b\"@example.org", None),
            ("\"<img>\"@example.org", None),
        ] {
            assert_eq!(reachable(email).as_deref(), taken, "{email}");
        }
    }

    #[test]
    fn what_may_pass_is_tried_again() {
        let meta = |code: &str| ErrorMetadata::builder().code(code).build();
        let not_sent = |error: SendEmailError| {
            let response = aws_sdk_sesv2::config::http::HttpResponse::new(400.try_into().unwrap(), "".into());
            super::not_sent(&SdkError::service_error(error, response))
        };
        let rejected = SendEmailError::MessageRejected(MessageRejected::builder().meta(meta("MessageRejected")).build());
        let bad = SendEmailError::BadRequestException(BadRequestException::builder().meta(meta("BadRequestException")).build());
        for refused in [rejected, bad] {
            assert!(matches!(not_sent(refused), NotSent::Refused(_)));
        }
        let many = TooManyRequestsException::builder().meta(meta("TooManyRequestsException")).build();
        assert!(matches!(not_sent(SendEmailError::TooManyRequestsException(many)), NotSent::Later(_)));
    }
}
