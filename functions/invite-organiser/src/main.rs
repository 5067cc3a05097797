#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    shared::runtime::run(invite_organiser::routes()).await
}
