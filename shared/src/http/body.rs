//! Request bodies: parsed into types that can't hold bad values, every bad field reported at once.

use super::{limits::MAX_AT_ONCE, problem::Problem};
use crate::domain::{
    account::{Email, NewPassword, Password},
    code::{TypedCode, TypedPass},
    device::DeviceId,
    identity::Birthdate,
    incident::{Category, IncidentText},
    invalid::{FieldError, Invalid},
    name::{Label, PersonName, Reason},
    refusal::Refusal,
    session::{DURATION_MINUTES, EXTRA_TIME_PERCENT, LocalTime, SessionDate, ZoneName, parse_date},
};
use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
};
use deserr::{DeserializeError, Deserr, ErrorKind, IntoValue, MergeWithError, Value, ValueKind, ValuePointerRef, take_cf_content};
use std::ops::ControlFlow;

/// The most bad fields told at once: as many as the longest list that is taken has.
const MAX_ERRORS: usize = MAX_AT_ONCE * 4;

/// A JSON body, or in an answer: JSON.
#[derive(Debug, Clone)]
pub struct Json<T>(pub T);

impl<S: Send + Sync, T: Deserr<FieldErrors>> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    /// # Errors
    /// `body_too_large`, `malformed_body`, `invalid_fields`.
    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let bytes = Bytes::from_request(request, state).await.map_err(|rejection| {
            use axum::http::StatusCode;
            let too_large = axum::response::IntoResponse::into_response(rejection).status() == StatusCode::PAYLOAD_TOO_LARGE;
            Problem::new(if too_large { Refusal::BodyTooLarge } else { Refusal::MalformedBody })
        })?;
        let value: serde_json::Value = serde_json::from_slice(&bytes).map_err(|_| Refusal::MalformedBody)?;
        deserr::deserialize(value).map(Self).map_err(|FieldErrors(errors)| Problem::fields(errors))
    }
}

impl<T: serde::Serialize> axum::response::IntoResponse for Json<T> {
    fn into_response(self) -> axum::response::Response {
        axum::Json(self.0).into_response()
    }
}

/// All that is wrong with a body.
#[derive(Debug, PartialEq, Eq)]
pub struct FieldErrors(Vec<FieldError>);

impl MergeWithError<Self> for FieldErrors {
    fn merge(known: Option<Self>, other: Self, _: ValuePointerRef) -> ControlFlow<Self, Self> {
        let mut errors = known.map_or_else(Vec::new, |known| known.0);
        errors.extend(other.0);
        if errors.len() < MAX_ERRORS { ControlFlow::Continue(Self(errors)) } else { ControlFlow::Break(Self(errors)) }
    }
}

impl DeserializeError for FieldErrors {
    fn error<V: IntoValue>(known: Option<Self>, error: ErrorKind<'_, V>, location: ValuePointerRef) -> ControlFlow<Self, Self> {
        let (field, invalid) = match error {
            ErrorKind::MissingField { field } => (place(location.push_key(field)), Invalid::Required),
            ErrorKind::IncorrectValueKind { actual: Value::Null, .. } => (place(location), Invalid::Required),
            ErrorKind::IncorrectValueKind { .. } => (place(location), Invalid::WrongType),
            _ => (place(location), Invalid::Other),
        };
        Self::merge(known, Self(vec![FieldError::new(field, invalid)]), location)
    }
}

impl MergeWithError<Invalid> for FieldErrors {
    fn merge(known: Option<Self>, invalid: Invalid, location: ValuePointerRef) -> ControlFlow<Self, Self> {
        Self::merge(known, Self(vec![FieldError::new(place(location), invalid)]), location)
    }
}

/// Such as `candidates[3].birthdate`.
fn place(location: ValuePointerRef) -> String {
    match location {
        ValuePointerRef::Origin => String::new(),
        ValuePointerRef::Key { key, prev } => {
            let before = place(*prev);
            if before.is_empty() { key.to_owned() } else { format!("{before}.{key}") }
        }
        ValuePointerRef::Index { index, prev } => format!("{}[{index}]", place(*prev)),
    }
}

/// Reads a whole number of that range.
///
/// # Errors
/// `out_of_range`.
pub fn within(range: &std::ops::RangeInclusive<u32>, number: i64) -> Result<u32, Invalid> {
    let number = u32::try_from(number).ok().filter(|number| range.contains(number));
    number.ok_or_else(|| Invalid::out_of_range(range.start(), range.end()))
}

/// Reads how long a session's test lasts, in minutes, if it is said.
///
/// # Errors
/// `out_of_range`.
pub fn duration(minutes: Option<i64>) -> Result<Option<u32>, Invalid> {
    minutes.map(|minutes| within(&DURATION_MINUTES, minutes)).transpose()
}

/// Reads a candidate's extra time, in percent, if it is said.
///
/// # Errors
/// `out_of_range`.
pub fn extra_time(percent: Option<i64>) -> Result<Option<u32>, Invalid> {
    percent.map(|percent| within(&EXTRA_TIME_PERCENT, percent)).transpose()
}

/// Takes a list of 1 to [`MAX_AT_ONCE`] candidates.
///
/// # Errors
/// `too_short`, `too_long`.
pub fn at_once<T>(list: Vec<T>) -> Result<Vec<T>, Invalid> {
    match list.len() {
        0 => Err(Invalid::TooShort { min: 1 }),
        n if n > MAX_AT_ONCE => Err(Invalid::TooLong { max: MAX_AT_ONCE }),
        _ => Ok(list),
    }
}

/// Takes each type from a JSON string through its `parse`.
macro_rules! from_string {
    ($($type:ty: $parse:expr;)*) => {$(
        impl Deserr<FieldErrors> for $type {
            fn deserialize_from_value<V: IntoValue>(value: Value<V>, location: ValuePointerRef) -> Result<Self, FieldErrors> {
                let text = match value {
                    Value::String(text) => text,
                    actual => return Err(wrong_kind(actual, ValueKind::String, location)),
                };
                let parse: fn(&str) -> Result<Self, Invalid> = $parse;
                parse(&text).map_err(|invalid| take_cf_content(FieldErrors::merge(None, invalid, location)))
            }
        }
    )*};
}

/// Whatever stands in a code's place is a code, if a wrong one; only an absent one is not.
macro_rules! codes {
    ($($type:ty),*) => {$(
        impl Deserr<FieldErrors> for $type {
            fn deserialize_from_value<V: IntoValue>(value: Value<V>, location: ValuePointerRef) -> Result<Self, FieldErrors> {
                match value {
                    Value::String(text) => Ok(Self::parse(&text)),
                    Value::Null => Err(wrong_kind(value, ValueKind::String, location)),
                    _ => Ok(Self::parse("")),
                }
            }
        }
    )*};
}

codes!(TypedCode, TypedPass);

from_string! {
    PersonName: Self::parse;
    Reason: Self::parse;
    IncidentText: Self::parse;
    Category: Self::parse;
    Label: Self::parse;
    Email: Self::parse;
    Password: Self::parse;
    NewPassword: Self::parse;
    DeviceId: Self::parse;
    ZoneName: Self::parse;
    LocalTime: |text| if text.trim().is_empty() { Err(Invalid::Required) } else { Self::parse(text) };
    Birthdate: |text| date(text).map(Birthdate);
    SessionDate: |text| date(text).map(SessionDate);
}

fn date(text: &str) -> Result<jiff::civil::Date, Invalid> {
    if text.trim().is_empty() { Err(Invalid::Required) } else { parse_date(text) }
}

fn wrong_kind<V: IntoValue>(actual: Value<V>, accepted: ValueKind, location: ValuePointerRef) -> FieldErrors {
    take_cf_content(FieldErrors::error(None, ErrorKind::IncorrectValueKind { actual, accepted: &[accepted] }, location))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserr)]
    #[deserr(error = FieldErrors, rename_all = camelCase)]
    #[expect(dead_code, reason = "only its errors are looked at")]
    struct Person {
        first_name: PersonName,
        birthdate: Birthdate,
    }

    #[derive(Debug, Deserr)]
    #[deserr(error = FieldErrors, rename_all = camelCase)]
    #[expect(dead_code, reason = "only its errors are looked at")]
    struct List {
        candidates: Vec<Person>,
        email: Email,
        present: bool,
        room: Option<Label>,
    }

    fn errors(json: &str) -> Vec<String> {
        let FieldErrors(errors) =
            deserr::deserialize::<List, _, FieldErrors>(serde_json::from_str::<serde_json::Value>(json).unwrap()).unwrap_err();
        errors.into_iter().map(|e| format!("{} {}", e.field, e.invalid.code())).collect()
    }

    #[test]
    fn every_bad_field_at_once_with_its_place() {
        assert_eq!(
            errors(
                r#"{"candidates": [{"firstName": "Zoé", "birthdate": "2012-02-30"}, {"firstName": 7}, null], "email": null, "present": "yes", "room": 3}"#
            ),
            [
                "candidates[0].birthdate invalid_date",
                "candidates[1].firstName wrong_type",
                "candidates[1].birthdate required",
                "candidates[2] required",
                "email required",
                "present wrong_type",
                "room wrong_type",
            ]
        );
        assert_eq!(errors("[]"), [" wrong_type"]);
    }
}
