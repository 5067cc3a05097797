//! A function with a handler that panics.
#![expect(clippy::panic, reason = "this is what it is for")]

use axum::routing::get;
use local::functions::api_root;
use std::process::ExitCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let panics = get(async || -> () { panic!("as meant, with what a client sent: hush") });
    shared::runtime::run(api_root::routes().route("/panic", panics)).await
}
