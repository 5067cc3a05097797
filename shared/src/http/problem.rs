//! Refusals as problem details (RFC 9457).

use super::{language::Language, messages};
use crate::{
    domain::{
        invalid::{FieldError, Invalid},
        refusal::Refusal,
        state_table::MINUTES_AT_ONCE,
        unreadable::Unreadable,
    },
    store,
};
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use std::borrow::Cow;
use utoipa::ToSchema;

/// What `Retry-After` says with `busy`, in seconds.
const BUSY_RETRY_SECONDS: i64 = 2;

/// The HTTP status of each refusal.
pub const fn status(refusal: Refusal) -> StatusCode {
    match refusal {
        Refusal::MalformedRequest | Refusal::MalformedBody => StatusCode::BAD_REQUEST,
        Refusal::Unauthenticated
        | Refusal::InvalidCredentials
        | Refusal::InvalidSessionCredentials
        | Refusal::InvalidPass
        | Refusal::InvalidLink => StatusCode::UNAUTHORIZED,
        Refusal::Forbidden | Refusal::WrongAccessCode | Refusal::NotCheckedIn | Refusal::ResumeNotAuthorised => StatusCode::FORBIDDEN,
        Refusal::NotFound | Refusal::SessionNotFound | Refusal::CandidateNotFound => StatusCode::NOT_FOUND,
        Refusal::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        Refusal::KeyReused
        | Refusal::EmailTaken
        | Refusal::AccountInSession
        | Refusal::SessionFinalised
        | Refusal::SessionNotOpen
        | Refusal::SessionClosed
        | Refusal::SessionFull
        | Refusal::AlreadyEnrolled
        | Refusal::CandidateAlreadyLinked
        | Refusal::AccountAlreadyLinked
        | Refusal::AccountUnlinked
        | Refusal::AlreadyStarted
        | Refusal::NotStarted
        | Refusal::TestEnded
        | Refusal::AttemptSuperseded
        | Refusal::TooManyChanges
        | Refusal::OtherCentre
        | Refusal::CentreFull
        | Refusal::LastMember => StatusCode::CONFLICT,
        Refusal::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Refusal::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Refusal::UnreadableFile | Refusal::InvalidFields => StatusCode::UNPROCESSABLE_ENTITY,
        Refusal::TooManyAttempts => StatusCode::TOO_MANY_REQUESTS,
        Refusal::InternalError => StatusCode::INTERNAL_SERVER_ERROR,
        Refusal::Busy | Refusal::MailUnavailable => StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// A refusal on its way to the client. What the client may read and what the log keeps are apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub refusal: Refusal,
    pub errors: Vec<FieldError>,
    retry_after_seconds: Option<i64>,
    tries_left: Option<u32>,
    unreadable: Option<Unreadable>,
    /// For the log only.
    cause: Option<String>,
}

impl Problem {
    pub const fn new(refusal: Refusal) -> Self {
        Self { refusal, errors: vec![], retry_after_seconds: None, tries_left: None, unreadable: None, cause: None }
    }

    /// The fields that are wrong.
    pub fn fields(errors: Vec<FieldError>) -> Self {
        Self { errors, ..Self::new(Refusal::InvalidFields) }
    }

    /// Those of a few fields that are wrong.
    pub fn any_of(fields: impl IntoIterator<Item = (&'static str, Option<Invalid>)>) -> Self {
        let wrong = |(field, invalid): (&str, Option<_>)| Some(FieldError::new(field, invalid?));
        Self::fields(fields.into_iter().filter_map(wrong).collect())
    }

    /// One field that is wrong.
    pub fn field(field: &str, invalid: Invalid) -> Self {
        Self::fields(vec![FieldError::new(field, invalid)])
    }

    /// A defect: the client learns nothing, the log all.
    pub fn internal(cause: impl std::fmt::Display) -> Self {
        Self { cause: Some(cause.to_string()), ..Self::new(Refusal::InternalError) }
    }

    /// No time for it now; the same request may succeed later.
    pub fn busy(cause: impl std::fmt::Display) -> Self {
        Self { retry_after_seconds: Some(BUSY_RETRY_SECONDS), cause: Some(cause.to_string()), ..Self::new(Refusal::Busy) }
    }

    pub const fn status(&self) -> StatusCode {
        status(self.refusal)
    }

    pub fn cause(&self) -> Option<&str> {
        self.cause.as_deref()
    }

    /// Tells the log of a refusal that is only one of several results of a request.
    pub fn log(&self) {
        let code = self.refusal.code();
        if let Some(cause) = &self.cause {
            tracing::error!(code, refused = 1, cause, "part of a request failed");
        } else {
            tracing::info!(code, refused = 1, "part of a request refused");
        }
    }

    /// The answer in the client's language.
    pub fn render(&self, language: Language, request_id: &str) -> Response {
        let text = messages::of_refusal(self.refusal, language);
        let detail = self.unreadable.map(|why| Cow::from(messages::of_unreadable(why, language)));
        let errors = self.errors.iter().map(|error| ProblemField {
            field: error.field.clone(),
            line: error.line,
            code: error.invalid.code(),
            message: messages::of_field(&error.invalid, language),
        });
        let body = ProblemDetails {
            r#type: format!("/problems/{}", self.refusal.code()),
            title: text.title,
            status: self.status().as_u16(),
            detail: detail.unwrap_or(text.detail),
            code: self.refusal.code(),
            request_id: request_id.to_owned(),
            errors: errors.collect(),
            tries_left: self.tries_left,
        };
        let mut response = (self.status(), axum::Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(language.tag()));
        headers.insert(header::VARY, HeaderValue::from_static("accept-language"));
        if let Some(seconds) = self.retry_after_seconds {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        if self.refusal == Refusal::Unauthenticated {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Self::new(refusal)
    }
}

impl From<Unreadable> for Problem {
    fn from(why: Unreadable) -> Self {
        Self { unreadable: Some(why), ..Self::new(Refusal::UnreadableFile) }
    }
}

impl From<store::Error> for Problem {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::Refused(refusal) => Self::new(refusal),
            store::Error::Locked(left) => {
                let seconds = left.as_secs() + i64::from(left.subsec_nanos() > 0);
                Self { retry_after_seconds: Some(seconds.max(1)), ..Self::new(Refusal::TooManyAttempts) }
            }
            store::Error::WrongAccessCode { tries_left } => Self { tries_left: Some(tries_left), ..Self::new(Refusal::WrongAccessCode) },
            store::Error::MinutesOutOfRange(left) => {
                let [least, most] = [left.start(), left.end()].map(|limit| limit.clamp(MINUTES_AT_ONCE.start(), MINUTES_AT_ONCE.end()));
                Self::field("minutes", Invalid::out_of_range(least, most))
            }
            store::Error::InvalidTime => Self::field("time", Invalid::Time),
            store::Error::AlreadyEnrolled(places) => {
                let errors = places.into_iter().map(|place| FieldError::new(format!("candidates[{place}]"), Invalid::AlreadyEnrolled));
                Self { errors: errors.collect(), ..Self::new(Refusal::AlreadyEnrolled) }
            }
            store::Error::Changed | store::Error::Busy(_) => Self::busy(error),
            store::Error::Internal(_) => Self::internal(error),
        }
    }
}

/// Carries the problem to `layers`, which knows language and request id.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// What is wrong with a value, for people.
pub fn message(invalid: &Invalid, language: Language) -> String {
    messages::of_field(invalid, language)
}

/// Problem details (RFC 9457) with a stable `code`.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Problem)]
pub struct ProblemDetails {
    #[schema(value_type = String, format = "uri-reference")]
    r#type: String,
    /// What happened, in a few words.
    title: &'static str,
    status: u16,
    /// What to do about it, for people.
    detail: Cow<'static, str>,
    /// Stable; act on this.
    code: &'static str,
    request_id: String,
    /// For `invalid_fields` and `already_enrolled`: every bad field.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    errors: Vec<ProblemField>,
    /// For `wrong_access_code`: how many more there may be before a lock.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    tries_left: Option<u32>,
}

/// A field that is wrong.
#[derive(Serialize, ToSchema)]
pub struct ProblemField {
    /// Such as `candidates[3].birthdate`, counted from 0.
    field: String,
    /// Of a list: where the line begins in the file, counted from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    line: Option<u32>,
    /// Stable; act on this.
    code: &'static str,
    /// For people.
    message: String,
}
