use lambda_runtime::{Error, LambdaEvent, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let app = shared::runtime::start().await?;
    let grant = async |event: LambdaEvent<_>| grant_organiser::grant(app.store(), event.payload).await.map_err(Error::from);
    lambda_runtime::run(service_fn(grant)).await
}
