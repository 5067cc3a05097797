//! Functions as processes: how they start, and what they survive.

use data_encoding::BASE64;
use futures::future::join_all;
use lambda_http::{Context, RequestExt};
use shared::{App, clock::Clock, store};
use std::{
    ffi::OsStr,
    time::{Duration, Instant, SystemTime},
};
use tests::{
    Value, World,
    events::{operation_of, prepare},
    functions::{deployed, event, events, is_direct, program, service},
    json,
    lambda::Function,
    memory::{RESIDENT, megabytes},
    world,
};
use tokio::{net::TcpListener, process::Command};
use tower::ServiceExt;

/// A program with the settings of a deployment whose DynamoDB is there.
fn set(program: impl AsRef<OsStr>, endpoint: &str) -> Command {
    let mut command = Command::new(program);
    command.env_clear().envs(world::secrets().settings()).env("DYNAMODB_ENDPOINT", endpoint);
    command
}

/// Takes connections and never answers.
async fn hanging() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let mut open = vec![];
        while let Ok((connection, _)) = listener.accept().await {
            open.push(connection);
        }
    });
    endpoint
}

/// A function over this world's DynamoDB, ready for events.
async fn started(world: &World, function: &str) -> Function {
    let mut program = set(program(function).await, &world.endpoint);
    program.env("AWS_ACCESS_KEY_ID", &world.access_key).env("AWS_SECRET_ACCESS_KEY", "secret");
    let mut function = Function::start(program, Duration::from_secs(10)).await;
    function.ready().await;
    function
}

/// The log line, which is JSON.
fn logged(line: &str) -> Value {
    serde_json::from_str(line).unwrap_or_else(|_| panic!("not JSON: {line}"))
}

#[tokio::test]
async fn a_function_that_cannot_start_says_why_in_one_line() {
    let check_in = program("check-in").await;
    for (name, value) in [
        ("ACCOUNTS_TABLE", None),
        ("SESSIONS_TABLE", Some("")),
        ("SIGNING_SECRETS", Some("hush")),
        ("CODE_SECRETS", Some(r#"{"1": "hush"}"#)),
        ("BOARD_REFRESH_SECONDS", Some("0")),
        ("ORIGIN_SECRETS", Some(r#"{"current": "hush"}"#)),
    ] {
        let mut program = set(&check_in, "http://127.0.0.1:1");
        match value {
            Some(value) => program.env(name, value),
            None => program.env_remove(name),
        };
        let (status, output) = Function::start(program, Duration::from_secs(10)).await.end().await;
        assert!(!status.success(), "{name}");
        let [line] = output.as_slice() else { panic!("{name}: {output:?}") };
        let log = logged(line);
        assert_eq!((&log["level"], &log["setting"]), (&json!("ERROR"), &json!(name)), "{line}");
        assert!(!line.contains("hush"), "{line}");
    }
}

#[tokio::test]
async fn an_empty_setting_counts_as_unset() {
    let mut program = set(program("check-in").await, &hanging().await);
    for optional in
        ["TOKEN_ISSUER", "ALLOWED_ORIGINS", "ORIGIN_SECRETS", "WAITING_REFRESH_SECONDS", "RUNNING_REFRESH_SECONDS", "BOARD_REFRESH_SECONDS"]
    {
        program.env(optional, "");
    }
    let mut function = Function::start(program, Duration::from_secs(10)).await;
    function.ready().await;
    assert_eq!(function.stop().await, [""; 0]);
}

#[tokio::test]
async fn a_panic_is_answered_and_survived() {
    let mut function = Function::start(set(env!("CARGO_BIN_EXE_panics"), &hanging().await), Duration::from_secs(10)).await;
    function.ready().await;
    let health = event("api-root-health");
    let panic: Value = health.to_string().replace("/health", "/panic").parse().unwrap();
    for _ in 0..2 {
        let answer = function.invoke(&panic).await;
        assert_eq!((answer.status(), &answer.body()["code"]), (500, &json!("internal_error")));
        assert_eq!(function.invoke(&health).await.status(), 200);
    }
    let output = function.stop().await;
    assert_eq!(output.iter().filter(|line| logged(line)["level"] == "ERROR").count(), 4, "where, and which request: {output:?}");
    assert!(!output.concat().contains("hush"), "{output:?}");
}

/// An event with this in one place.
fn with(event: &Value, pointer: &str, value: impl Into<Value>) -> Value {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let mut event = event.clone();
    event.pointer_mut(parent).unwrap()[name] = value.into();
    event
}

#[tokio::test]
async fn an_event_that_is_no_request_is_refused_like_any_other() {
    let mut function = Function::start(set(program("api-root").await, &hanging().await), Duration::from_secs(10)).await;
    function.ready().await;
    let health = with(&event("api-root-health"), "/headers/accept-language", "en");
    let long = "x".repeat(70_000);
    for (pointer, value) in [
        ("/rawPath", json!(format!("/{long}"))),
        ("/rawQueryString", json!(long)),
        ("/rawPath", json!("health")),
        ("/rawPath", json!("@elsewhere.example.org:x")),
        ("/headers/x-note", json!("a\nb")),
        ("/headers/a b", json!("c")),
        ("/headers/x-note", json!(7)),
        ("/requestContext/http/method", json!("GET /")),
    ] {
        let answer = function.invoke(&with(&health, pointer, value.clone())).await;
        let problem = answer.body();
        assert!(!answer.failed, "{pointer}: {answer:?}");
        assert_eq!(
            (answer.status(), &problem["code"], &problem["title"]),
            (400, &json!("malformed_request"), &json!("Unreadable request")),
            "{pointer}"
        );
        assert_eq!(problem["requestId"], health["requestContext"]["requestId"], "{pointer}");
        assert_eq!(answer.payload["headers"]["x-request-id"], problem["requestId"], "{pointer}");
    }
    let encoded = with(&with(&health, "/isBase64Encoded", true), "/body", "no base64!");
    assert_eq!(function.invoke(&encoded).await.body()["code"], "malformed_request");

    for (pointer, value) in [
        ("/rawQueryString", json!("a=\"<b>\"&c={d}|^`\\ é#e?f\u{1}\u{7f}")),
        ("/rawQueryString", json!("%")),
        ("/headers/x-forwarded-proto", json!("https,http")),
        ("/headers/host", json!("a b:c")),
        ("/requestContext/domainName", json!("?")),
        ("/headers/x-note", json!("é")),
    ] {
        let answer = function.invoke(&with(&health, pointer, value.clone())).await;
        assert_eq!(answer.status(), 200, "{pointer}: {value}");
    }
    for path in ["/a b", "/\"<>\"", "/a\u{1}b", "/é", "/health?", "/health#x", "/%", "//", "/health\\"] {
        let answer = function.invoke(&with(&health, "/rawPath", path)).await;
        assert_eq!((answer.status(), &answer.body()["code"]), (404, &json!("not_found")), "{path}");
    }
    let output = function.stop().await;
    assert!(output.iter().all(|line| logged(line)["level"] == "INFO"), "nothing panicked: {output:?}");
}

#[tokio::test]
async fn an_encoded_body_is_read() {
    let world = World::embedded().await;
    let mut function = started(&world, "signup").await;
    let signup = event("signup");
    let of = |body: &[u8]| with(&with(&signup, "/isBase64Encoded", true), "/body", BASE64.encode(body));
    assert_eq!(function.invoke(&of(signup["body"].as_str().unwrap().as_bytes())).await.status(), 201);
    assert_eq!(function.invoke(&of(b"{\"email\": \"\xff\"}")).await.body()["code"], "malformed_body");
}

#[tokio::test]
async fn an_answer_is_given_to_the_byte() {
    let world = World::embedded().await;
    let (report, _) = prepare(&world, &event("session-report")).await;
    let table = started(&world, "session-report").await.invoke(&with(&report, "/headers/accept", "text/csv")).await.payload;
    assert!(table["body"].as_str().unwrap().starts_with("\u{feff}Heure;"), "a byte order mark: {table}");
    let (sheet, _) = prepare(&world, &event("print-document-attendance")).await;
    let sheet = started(&world, "print-document").await.invoke(&sheet).await.payload;
    assert_eq!(sheet["isBase64Encoded"], true);
    let sheet = BASE64.decode(sheet["body"].as_str().unwrap().as_bytes()).unwrap();
    assert!(sheet.starts_with(b"%PDF-") && sheet.trim_ascii_end().ends_with(b"%%EOF"), "{} bytes", sheet.len());
}

#[tokio::test]
async fn passwords_are_hashed_in_memory_that_is_kept() {
    let world = World::embedded().await;
    let mut function = started(&world, "signup").await;
    let mut resident = vec![];
    for _ in 0..20 {
        assert_eq!(function.invoke(&event("signup")).await.status(), 201, "a retry after the first");
        resident.push(megabytes(function.pid(), RESIDENT));
    }
    // The first hashes once, the others twice.
    assert!(resident[19] < resident[0] + 10.0, "another 20 MB would be memory for another hash: {resident:.0?}");
}

#[tokio::test]
async fn when_dynamodb_hangs_a_function_starts_and_answers_in_time() {
    let world = World::new().await;
    let (event, _) = prepare(&world, &event("check-in")).await;
    let timeout = deployed().into_iter().find(|function| function.name == "check-in").unwrap().timeout;
    for timeout in [timeout, Duration::from_secs(2)] {
        let mut function = Function::start(set(program("check-in").await, &hanging().await), timeout).await;
        assert!(function.ready().await < Duration::from_secs(9), "the warm-up is bounded");
        let answer = function.invoke(&event).await;
        assert_eq!((answer.status(), &answer.body()["code"]), (503, &json!("busy")));
        assert!(answer.took < timeout, "{:?} of {timeout:?}", answer.took);
    }
}

#[tokio::test]
async fn when_dynamodb_hangs_every_function_answers_busy_in_time() {
    let world = World::new().await;
    let client = store::client(&local::aws_config(&hanging().await, &world.access_key), None);
    let hung = App::new(local::config(&world::secrets()).unwrap(), client, Clock::system());
    let deployed = deployed();
    let asks = |event: &Value| operation_of(event).is_some_and(|operation| !operation.asks.is_empty());
    let asked = events().into_iter().filter(|(_, function, event)| !is_direct(function) && asks(event));
    join_all(asked.map(async |(name, function, event)| {
        let (event, _) = prepare(&world, &event).await;
        let timeout = deployed.iter().find(|deployed| deployed.name == function).unwrap().timeout;
        let mut context = Context::default();
        let deadline = (SystemTime::now() + timeout).duration_since(SystemTime::UNIX_EPOCH).unwrap();
        context.deadline = deadline.as_millis().try_into().unwrap();
        let request = lambda_http::request::from_str(&event.to_string()).unwrap().with_lambda_context(context);
        let begun = Instant::now();
        let answer = service(&function, &hung).oneshot(request).await.unwrap();
        // Of several, each has its own result.
        assert_eq!(answer.status(), if name.ends_with("-several") { 200 } else { 503 }, "{name}");
        assert!(begun.elapsed() < timeout, "{name}: {:?}", begun.elapsed());
    }))
    .await;
}
