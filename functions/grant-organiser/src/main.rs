use lambda_runtime::{Error, LambdaEvent, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let app = shared::runtime::start().await?;
    lambda_runtime::run(service_fn(async |event: LambdaEvent<_>| grant_organiser::grant(app.store(), event.payload).await)).await
}
