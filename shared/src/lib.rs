//! What every Vigie action has in common: the rules ([`domain`]), the tables ([`store`]), the HTTP
//! conventions ([`http`]) and the start-up of a Lambda ([`runtime`]).

pub mod app;
pub mod clock;
pub mod config;
pub mod domain;
pub mod http;
pub mod runtime;
pub mod store;

pub use app::App;
