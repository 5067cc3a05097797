//! What can be wrong with one field of a request.

/// Why a value was not taken. The [`code`](Invalid::code) is stable; the sentence for people is in
/// `http/messages`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.code())]
pub enum Invalid {
    Required,
    WrongType,
    TooLong {
        max: usize,
    },
    TooShort {
        min: usize,
    },
    OutOfRange {
        min: String,
        max: String,
    },
    Email,
    Date,
    Time,
    TimeZone,
    WeakPassword(Weakness),
    TermsNotAccepted,
    AlreadyEnrolled,
    NotAName,
    Birthdate(WrongDate),
    NotAPercentage,
    /// Of a list: a session's day and time of day, as somebody wrote them.
    WrittenDate(WrongDate),
    WrittenTime,
    /// Of a list: the same person as in this line.
    Double {
        line: u32,
    },
    /// Of a list: another value than in this line, for the same session.
    SaidOtherwise {
        line: u32,
    },
    /// Of a list, about somebody who is enrolled: with other extra time than the list says.
    EnrolledWith {
        percent: u32,
    },
    /// A column that every list needs and this one lacks.
    NoColumn,
    /// There is no parameter of this name.
    NoParameter,
    /// Of a list: of one session more than so many.
    TooManySessions {
        max: usize,
    },
    Other,
}

/// What makes a date wrong, as somebody wrote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WrongDate {
    /// It is written in another way.
    Shape,
    /// Not of four digits, or none in which somebody was born who takes a test, or a session takes place.
    Year,
    /// There is no such day.
    Day,
}

/// What makes a password weak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weakness {
    /// Not all kinds of characters are in it.
    Kinds,
    /// Many people have it.
    Common,
    /// It is its owner's name or address.
    Own,
}

impl Invalid {
    pub fn out_of_range(min: impl std::fmt::Display, max: impl std::fmt::Display) -> Self {
        Self::OutOfRange { min: min.to_string(), max: max.to_string() }
    }

    /// The stable code clients act on.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Required | Self::NoColumn => "required",
            Self::NoParameter => "unknown",
            Self::WrongType => "wrong_type",
            Self::TooLong { .. } | Self::TooManySessions { .. } => "too_long",
            Self::TooShort { .. } => "too_short",
            Self::OutOfRange { .. } => "out_of_range",
            Self::Email => "invalid_email",
            Self::Date => "invalid_date",
            Self::Time | Self::WrittenTime => "invalid_time",
            Self::TimeZone => "invalid_time_zone",
            Self::WeakPassword(_) => "weak_password",
            Self::TermsNotAccepted => "terms_not_accepted",
            Self::AlreadyEnrolled | Self::Double { .. } => "already_enrolled",
            Self::Birthdate(WrongDate::Shape | WrongDate::Day) | Self::WrittenDate(WrongDate::Shape | WrongDate::Day) => "invalid_date",
            Self::Birthdate(WrongDate::Year) | Self::WrittenDate(WrongDate::Year) => "out_of_range",
            Self::NotAName | Self::NotAPercentage | Self::SaidOtherwise { .. } | Self::EnrolledWith { .. } | Self::Other => "invalid",
        }
    }

    /// One of each, for the tests that no message is missing.
    pub fn examples() -> Vec<Self> {
        vec![
            Self::Required,
            Self::WrongType,
            Self::TooLong { max: 255 },
            Self::TooShort { min: 8 },
            Self::out_of_range(5, 720),
            Self::Email,
            Self::Date,
            Self::Time,
            Self::TimeZone,
            Self::WeakPassword(Weakness::Kinds),
            Self::WeakPassword(Weakness::Common),
            Self::WeakPassword(Weakness::Own),
            Self::TermsNotAccepted,
            Self::AlreadyEnrolled,
            Self::NotAName,
            Self::Birthdate(WrongDate::Shape),
            Self::Birthdate(WrongDate::Year),
            Self::Birthdate(WrongDate::Day),
            Self::NotAPercentage,
            Self::WrittenDate(WrongDate::Shape),
            Self::WrittenDate(WrongDate::Year),
            Self::WrittenDate(WrongDate::Day),
            Self::WrittenTime,
            Self::Double { line: 7 },
            Self::SaidOtherwise { line: 7 },
            Self::EnrolledWith { percent: 33 },
            Self::NoColumn,
            Self::NoParameter,
            Self::TooManySessions { max: 50 },
            Self::Other,
        ]
    }
}

/// One bad field of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// Where it stands, such as `candidates[3].birthdate`; empty for the body as a whole.
    pub field: String,
    /// Of a list: where the line begins in the file, counted from 1.
    pub line: Option<u32>,
    pub invalid: Invalid,
}

impl FieldError {
    /// In a request that is no list.
    pub fn new(field: impl Into<String>, invalid: Invalid) -> Self {
        Self { field: field.into(), line: None, invalid }
    }
}
