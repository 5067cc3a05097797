use archive::{Bucket, archive};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use shared::{config, runtime};

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    runtime::until_the_end(Box::pin(async {
        let name = config::required("ARCHIVE_BUCKET", config::environment)?;
        let bucket = Bucket::new(name, &runtime::aws().await);
        let archive = async |event: LambdaEvent<_>| Ok::<_, Error>(archive(event.payload, |object| bucket.write(object)).await);
        lambda_runtime::run(service_fn(archive)).await
    }))
    .await
}
