//! What can be seen through the API alone: these run against whatever `VIGIE_URL` names, beside each
//! other and beside others' data, or without it each against a Vigie of its own.

pub mod accounts;
pub mod authorisation;
pub mod documents;
mod exam_day;
mod help;
mod identity;
pub mod import;
pub mod import_sessions;
mod incidents;
pub mod input;
mod keys;
mod live;
mod mending;
pub mod mending_races;
mod own_account;
mod passes;
mod polling;
pub mod procedure;
pub mod races;
pub mod record;
