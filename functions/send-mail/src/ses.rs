//! Letters by Amazon SES.

use crate::{Mail, NotSent};
use aws_config::SdkConfig;
use aws_sdk_sesv2::{
    Client,
    config::Builder,
    error::{BuildError, ProvideErrorMetadata, SdkError},
    operation::send_email::SendEmailError,
    types::{Body, Content, Destination, EmailContent, Message},
};

/// Where letters leave.
pub struct Ses {
    client: Client,
    sender: String,
}

impl Ses {
    /// From this sender, of whom SES knows that the address is the operator's.
    pub fn new(config: &SdkConfig, sender: String) -> Self {
        Self { client: Client::from_conf(Builder::from(config).build()), sender }
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
            .destination(Destination::builder().to_addresses(mail.to).build())
            .content(EmailContent::builder().simple(message).build());
        call.send().await.map(drop).map_err(|error| not_sent(&error))
    }
}

/// What SES will not take the next time either is refused; what is the account's or the moment's may pass.
fn not_sent(error: &SdkError<SendEmailError>) -> NotSent {
    let code = error.code().unwrap_or("no answer").to_owned();
    match error.as_service_error() {
        Some(SendEmailError::MessageRejected(_) | SendEmailError::BadRequestException(_)) => NotSent::Refused(code),
        _ => NotSent::Later(code),
    }
}
