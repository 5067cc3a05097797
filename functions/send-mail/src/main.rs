use lambda_runtime::{Error, LambdaEvent, service_fn};
use send_mail::{Ses, send};
use shared::{config, runtime};

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    runtime::with_app(async |app| {
        let page = config::required("PAGE_URL", config::environment)?;
        let ses = Ses::new(&runtime::aws().await, config::required("MAIL_SENDER", config::environment)?);
        let send = async |event: LambdaEvent<_>| Ok::<_, Error>(send(&app, &page, event.payload, |mail| ses.deliver(mail)).await);
        lambda_runtime::run(service_fn(send)).await
    })
    .await
}
