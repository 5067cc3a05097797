use archive::Bucket;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use publish_events::{Bus, publish};
use shared::{config, runtime};

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    runtime::with_app(async |app| {
        let setting = |name| config::required(name, config::environment);
        let (bucket, bus) = (setting("ARCHIVE_BUCKET")?, setting("EVENT_BUS")?);
        let aws = runtime::aws().await;
        let (bucket, bus) = (Bucket::new(bucket, &aws), Bus::new(bus, &aws));
        let publish = async |event: LambdaEvent<_>| {
            let (write, put) = (|object| bucket.write(object), async |events| bus.put(events).await);
            Ok::<_, Error>(publish(event.payload, write, put, async |session| app.store().departures(&session).await).await)
        };
        lambda_runtime::run(service_fn(publish)).await
    })
    .await
}
