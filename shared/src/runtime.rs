//! The start-up that every Lambda shares: log, settings, client, warm-up.

use crate::{
    app::App,
    clock::Clock,
    config::{Config, WrongSetting},
    gateway,
    http::layers,
    log, store,
};
use aws_config::SdkConfig;
use lambda_http::Error;
use std::{panic, process::ExitCode};
use tracing::error;
use utoipa_axum::router::OpenApiRouter;

#[cfg(not(panic = "unwind"))]
compile_error!("a panic must end its request, not the function: build with panic = \"unwind\"");

/// Runs routes as a Lambda function behind API Gateway.
pub async fn run(routes: OpenApiRouter<App>) -> ExitCode {
    with_app(async |app| {
        store::warm_up(app.store()).await;
        gateway::serve(layers::service(routes, &app), layers::unreadable()).await
    })
    .await
}

/// Runs a function with what handlers need.
pub async fn with_app(function: impl AsyncFnOnce(App) -> Result<(), Error>) -> ExitCode {
    until_the_end(Box::pin(async {
        let config = Config::from_env()?;
        let client = store::client(&aws().await, config.dynamodb_endpoint.as_deref());
        function(App::new(config, client, Clock::system())).await
    }))
    .await
}

/// Runs a function until Lambda ends it. A setting that is missing or wrong, and whatever else ends it, is one line in
/// the log.
pub async fn until_the_end(function: impl Future<Output = Result<(), Error>>) -> ExitCode {
    log::init();
    // Without the message, which may quote what a client sent.
    panic::set_hook(Box::new(|panic| error!(place = panic.location().map(ToString::to_string), "panicked")));
    let Err(error) = function.await else { return ExitCode::SUCCESS };
    if let Some(WrongSetting { name, reason }) = error.downcast_ref() {
        error!(setting = name, reason, "can't start");
    } else {
        error!(%error, "stopped");
    }
    ExitCode::FAILURE
}

/// What Lambda tells a function of AWS.
pub async fn aws() -> SdkConfig {
    Box::pin(aws_config::load_defaults(store::BEHAVIOR())).await
}
