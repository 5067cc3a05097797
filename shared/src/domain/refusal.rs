//! Every refusal Vigie can answer, in one place.

use strum::{IntoStaticStr, VariantArray};

/// A refusal. Its [`code`](Refusal::code) never changes; its HTTP status and its texts are in
/// `http/problem.rs` and `http/messages`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, IntoStaticStr, VariantArray, thiserror::Error)]
#[strum(serialize_all = "snake_case")]
#[error("{}", self.code())]
pub enum Refusal {
    MalformedRequest,
    MalformedBody,
    Unauthenticated,
    InvalidCredentials,
    InvalidSessionCredentials,
    InvalidPass,
    InvalidLink,
    Forbidden,
    WrongAccessCode,
    NotCheckedIn,
    ResumeNotAuthorised,
    NotFound,
    SessionNotFound,
    CandidateNotFound,
    MethodNotAllowed,
    KeyReused,
    EmailTaken,
    AccountInSession,
    SessionFinalised,
    SessionNotOpen,
    SessionClosed,
    SessionFull,
    AlreadyEnrolled,
    CandidateAlreadyLinked,
    AccountAlreadyLinked,
    AccountUnlinked,
    AlreadyStarted,
    NotStarted,
    TestEnded,
    AttemptSuperseded,
    TooManyChanges,
    OtherCentre,
    CentreFull,
    LastMember,
    BodyTooLarge,
    UnsupportedMediaType,
    UnreadableFile,
    InvalidFields,
    TooManyAttempts,
    InternalError,
    Busy,
    MailUnavailable,
}

impl Refusal {
    pub const ALL: &[Self] = Self::VARIANTS;

    /// The stable code clients act on: the name here in snake case.
    pub fn code(self) -> &'static str {
        self.into()
    }
}
