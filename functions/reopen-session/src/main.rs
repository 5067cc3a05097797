use lambda_runtime::{Error, LambdaEvent, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    shared::runtime::with_app(async |app| {
        let reopen =
            async |event: LambdaEvent<_>| reopen_session::reopen(&app, event.payload, &event.context.request_id).await.map_err(Error::from);
        lambda_runtime::run(service_fn(reopen)).await
    })
    .await
}
