use lambda_runtime::{Error, LambdaEvent, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    shared::runtime::with_app(async |app| {
        let grant = async |event: LambdaEvent<_>| grant_organiser::grant(&app, event.payload).await.map_err(Error::from);
        lambda_runtime::run(service_fn(grant)).await
    })
    .await
}
