//! What every Vigie action has in common: the rules ([`domain`]), the tables ([`store`]), the HTTP
//! conventions ([`http`]), the hashing of passwords ([`passwords`]), the start-up of a Lambda ([`runtime`]),
//! its log ([`log`]) and what it says to a stream ([`stream`]).

pub mod app;
pub mod aws;
pub mod clock;
pub mod config;
pub mod domain;
mod gateway;
pub mod http;
pub mod log;
pub mod passwords;
pub mod runtime;
pub mod store;
pub mod stream;
pub mod work;

pub use app::App;
