use lambda_runtime::{Error, LambdaEvent, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    shared::runtime::with_app(async |app| {
        let revoke = async |event: LambdaEvent<_>| revoke_organiser::revoke(&app, event.payload).await.map_err(Error::from);
        lambda_runtime::run(service_fn(revoke)).await
    })
    .await
}
