//! The readiness check says whether an exam window may open, and leaves nothing behind.

use std::process::Output;
use tests::{Chaos, Fault, Value, World, answer, json};
use tokio::process::Command;

const ORGANISER: (&str, &str) = local::demo::ORGANISER;

async fn with_organiser(world: &World) {
    local::demo::organiser(&world.app, &local::router(&world.app)).await.unwrap();
}

async fn rehearse(world: &World, url: &str, arguments: &[&str], password: &str) -> (Output, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rehearsal"));
    command.arg(url).args(arguments).env("VIGIE_ORGANISER", format!("{}:{password}", ORGANISER.0));
    command.env("ACCOUNTS_TABLE", local::database::ACCOUNTS).env("SESSIONS_TABLE", local::database::SESSIONS);
    command.env("AWS_ENDPOINT_URL_DYNAMODB", &world.endpoint).env("AWS_REGION", "local");
    command.env("AWS_ACCESS_KEY_ID", &world.access_key).env("AWS_SECRET_ACCESS_KEY", "secret");
    let output = command.kill_on_drop(true).output().await.unwrap();
    let printed = [&*output.stdout, &*output.stderr].map(String::from_utf8_lossy).concat();
    (output, printed)
}

/// The organiser's sessions.
async fn sessions(world: &World) -> Vec<Value> {
    let login = world.post("/login").json(&json!({"email": ORGANISER.0, "password": ORGANISER.1})).send().await.ok();
    let sessions = world.get("/sessions").token(&answer(&login, "accessToken")).send().await.ok();
    sessions["sessions"].as_array().unwrap().clone()
}

async fn items(world: &World, table: &str) -> usize {
    world.dynamo.scan().table_name(table).send().await.unwrap().items().len()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_that_works_is_ready_and_keeps_nothing_of_the_rehearsal() {
    let world = World::new().await;
    with_organiser(&world).await;
    let (output, printed) = rehearse(&world, &world.base, &["--delete"], ORGANISER.1).await;
    assert!(output.status.success() && printed.contains("READY: the whole procedure works"), "{printed}");
    assert!(printed.lines().any(|line| line.starts_with("tick is heard")), "{printed}");
    let steps = ["organiser logs in", "it is deleted", "start without a tick", "minutes are added", "candidate resumes", "proctor is out"];
    for step in steps.into_iter().chain(["proctor ends their test", "session is finalised"]) {
        assert!(printed.lines().any(|line| line.starts_with(step) && line.contains(" ms  01")), "{step}: {printed}");
    }
    assert_eq!(
        (items(&world, local::database::SESSIONS).await, items(&world, local::database::ACCOUNTS).await),
        (0, 3),
        "the organiser, their letter and their centre: {printed}"
    );

    let (output, printed) = rehearse(&world, &world.base, &[], ORGANISER.1).await;
    assert!(output.status.success() && printed.contains("stays, finalised"), "{printed}");
    let session = &sessions(&world).await[0];
    assert_eq!((&session["status"], &session["room"]), (&json!("finalised"), &json!("Pas un examen")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_that_fails_is_not_ready_and_the_session_is_finalised_all_the_same() {
    let calm = World::new().await;
    with_organiser(&calm).await;
    // The deletion, three logins and the letters to two new accounts go well; then DynamoDB is away for the five tries of one call.
    let mut updates = 0;
    let chaos = Chaos::before(&calm.endpoint, move |operation| {
        updates += usize::from(operation == "UpdateItem");
        if operation == "UpdateItem" && (7..12).contains(&updates) { Fault::ServerError } else { Fault::Pass }
    });
    let failing = calm.through(&chaos.await.endpoint).await;
    let (output, printed) = rehearse(&calm, &failing.base, &[], ORGANISER.1).await;
    assert_eq!(output.status.code(), Some(1), "{printed}");
    let failed: Vec<_> = printed.lines().filter(|line| line.contains("FAILED")).collect();
    assert!(failed.len() == 1 && failed[0].starts_with("start without a tick") && failed[0].ends_with("should be 403"), "{printed}");
    assert!(printed.contains("NOT READY") && printed.contains("under this request id") && !printed.contains("proctor ticks"), "{printed}");
    assert_eq!(sessions(&calm).await[0]["status"], "finalised");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_or_address_is_said_to_be_one() {
    let world = World::new().await;
    with_organiser(&world).await;
    let (output, printed) = rehearse(&world, &world.base, &[], "Organisation2").await;
    assert!(output.status.code() == Some(1) && printed.contains("password in VIGIE_ORGANISER"), "{printed}");
    let gone = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let (output, printed) = rehearse(&world, &format!("http://{gone}"), &[], ORGANISER.1).await;
    assert!(output.status.code() == Some(1) && printed.contains("health: no answer"), "{printed}");
    assert_eq!(sessions(&world).await, Vec::<Value>::new());
}
