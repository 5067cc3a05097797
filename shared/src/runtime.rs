//! The start-up that every Lambda shares: log, settings, client, warm-up.

use crate::{app::App, clock::Clock, config::Config, gateway, http::layers, log, store};
use lambda_http::Error;
use std::{panic, process::ExitCode};
use tracing::error;
use utoipa_axum::router::OpenApiRouter;

#[cfg(not(panic = "unwind"))]
compile_error!("a panic must end its request, not the function: build with panic = \"unwind\"");

/// Runs routes as a Lambda function behind API Gateway.
pub async fn run(routes: OpenApiRouter<App>) -> ExitCode {
    serve(async |app| {
        store::warm_up(app.store()).await;
        gateway::serve(layers::service(routes, &app), layers::unreadable()).await
    })
    .await
}

/// Runs a function with what handlers need, until Lambda ends it. A setting that is missing or wrong,
/// and whatever else ends it, is one line in the log.
pub async fn serve(function: impl AsyncFnOnce(App) -> Result<(), Error>) -> ExitCode {
    log::init();
    // Without the message, which may quote what a client sent.
    panic::set_hook(Box::new(|panic| error!(place = panic.location().map(ToString::to_string), "panicked")));
    let config = match Config::from_env() {
        Ok(config) => config,
        Err(wrong) => {
            error!(setting = wrong.name, reason = wrong.reason, "can't start");
            return ExitCode::FAILURE;
        }
    };
    let aws = Box::pin(aws_config::load_defaults(store::BEHAVIOR())).await;
    let client = store::client(&aws, config.dynamodb_endpoint.as_deref());
    match function(App::new(config, client, Clock::system())).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            error!(%error, "stopped");
            ExitCode::FAILURE
        }
    }
}
