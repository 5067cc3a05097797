//! The start-up that every Lambda shares: settings, log, client, warm-up.

use crate::{
    app::App,
    clock::Clock,
    config::{Config, WrongSetting},
    http::layers,
    log, store,
};
use lambda_http::Error;
use utoipa_axum::router::OpenApiRouter;

/// Runs routes as a Lambda function behind API Gateway.
///
/// # Errors
/// When a setting is missing or wrong, or Lambda's own interface fails.
pub async fn run(routes: OpenApiRouter<App>) -> Result<(), Error> {
    let app = start().await?;
    store::warm_up(app.store()).await;
    lambda_http::run(layers::service(routes, &app)).await
}

/// Prepares what handlers need. Says which setting is wrong in the log.
///
/// # Errors
/// When a setting is missing or wrong.
pub async fn start() -> Result<App, WrongSetting> {
    log::init();
    let config = Config::from_env().inspect_err(|wrong| tracing::error!(setting = wrong.name, reason = wrong.reason, "can't start"))?;
    let aws = aws_config::load_defaults(store::BEHAVIOR()).await;
    let client = store::client(&aws, config.dynamodb_endpoint.as_deref());
    Ok(App::new(config, client, Clock::system()))
}
