//! Vigie's rules, pure: no input or output, no clock of their own, nothing of HTTP or DynamoDB.
//!
//! Text from outside becomes one of the types here at the edge ("parse, don't validate") and is not
//! checked again behind it.

pub mod account;
pub mod act;
pub mod actor;
pub mod candidate;
pub mod centre;
pub mod channel;
pub mod chronology;
pub mod code;
pub mod correction;
pub mod decision;
pub mod device;
pub mod here;
pub mod history;
pub mod identity;
pub mod incident;
pub mod invalid;
pub mod language;
pub mod letter;
pub mod lockout;
pub mod name;
pub mod random_id;
pub mod record;
pub mod refusal;
pub mod request;
pub mod seal;
pub mod secret;
pub mod seen;
pub mod session;
pub mod state_table;
pub mod terms;
pub mod unreadable;
