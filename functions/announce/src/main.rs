use announce::{AppSync, announce};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use shared::{config, runtime};

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    runtime::until_the_end(async {
        let url = config::required("LIVE_PUBLISH_URL", config::environment)?;
        let appsync = AppSync::new(url, &runtime::aws().await).ok_or("no region or no credentials")?;
        let announce = async |event: LambdaEvent<_>| Ok::<_, Error>(announce(event.payload, |channel| appsync.publish(channel)).await);
        lambda_runtime::run(service_fn(announce)).await
    })
    .await
}
