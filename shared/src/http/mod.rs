//! Vigie's HTTP conventions: refusals as problem details in two languages, tokens, extractors,
//! views, headers.

pub mod account;
pub mod body;
pub mod bulk;
pub mod extract;
pub mod language;
pub mod layers;
pub mod limits;
pub mod login;
mod messages;
pub mod openapi;
pub mod origin;
pub mod polling;
pub mod problem;
mod secrets;
pub mod standing;
pub mod token;
pub mod views;

pub use body::Json;
pub use extract::{
    AccountHolder, AccountInPath, AttemptHolder, CandidateInPath, InTheRoom, JoinedCandidate, LoginToRenew, Organiser, Proctor, RequestKey,
    SessionInPath, Staff, TestTaker,
};
pub use problem::Problem;
pub use views::{CandidateView, SessionView};
