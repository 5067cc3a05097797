//! The functions that `make build` made, in containers with `sam local`, over a DynamoDB that
//! containers reach: `VIGIE_TEST_DYNAMODB`.

use crate::anywhere::procedure::from_check_in_to_the_end;
use data_encoding::BASE64;
use local::sam::{sam_local, write_settings};
use reqwest::Method;
use std::{
    io::Write,
    net::TcpListener,
    process::{Command, Stdio},
    time::Duration,
};
use tempfile::NamedTempFile;
use tests::{
    Api, Room, Value, World, contract,
    events::{prepare, subscription},
    functions::{deployed, events, root},
    json,
    world::secrets,
};

/// From the start of `sam` until it listens.
const PATIENCE: Duration = Duration::from_mins(1);

/// `sam local` with the settings of this world.
struct SamLocal {
    world: World,
    settings: NamedTempFile,
}

impl SamLocal {
    async fn new() -> Self {
        let (world, settings) = (World::new().await, NamedTempFile::new().unwrap());
        write_settings(settings.path(), &secrets(), &world.endpoint).unwrap();
        Self { world, settings }
    }

    fn command(&self, subcommand: &str) -> Command {
        let mut sam = sam_local(subcommand, self.settings.path(), &self.world.access_key);
        sam.current_dir(root()).stderr(Stdio::inherit());
        sam
    }

    /// What the function answers to the event.
    fn invoke(&self, function: &str, event: &Value) -> Value {
        let resource = deployed().into_iter().find(|deployed| deployed.name == function).unwrap().resource;
        let mut invoke = self.command("invoke");
        let mut running = invoke.args([&resource, "--event", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        running.stdin.take().unwrap().write_all(event.to_string().as_bytes()).unwrap();
        let output = running.wait_with_output().unwrap();
        assert!(output.status.success(), "{function}");
        let text = String::from_utf8(output.stdout).unwrap();
        serde_json::from_str(text.trim().lines().next_back().unwrap_or_default()).unwrap_or_else(|_| panic!("{function}: {text}"))
    }
}

#[tokio::test]
#[ignore = "needs built functions and containers: make test-aws"]
async fn each_event_reaches_its_function() {
    let sam = SamLocal::new().await;
    let mut all = events();
    // Somebody signs up, is made an organiser, logs in, is one no more.
    let last = ["signup", "grant-organiser", "login", "revoke-organiser"];
    all.sort_by_key(|(name, ..)| (last.iter().position(|last| last == name), name.clone()));
    // These publish to AppSync, write to S3, put on an event bus and send by SES, which are not there.
    let absent = ["announce", "archive", "publish-events", "send-mail"];
    for (name, function, event) in all.into_iter().filter(|(name, ..)| !absent.contains(&name.as_str())) {
        if name == "grant-organiser" {
            assert_eq!(sam.invoke(&function, &event)["granted"]["email"], event["email"]);
            continue;
        }
        if name == "revoke-organiser" {
            assert_eq!(sam.invoke(&function, &event)["revoked"], event["email"]);
            continue;
        }
        if name == "reopen-session" {
            let room = Room::open(&sam.world).await;
            room.finalise().await.ok();
            let event = json!({"session": room.number, "reason": event["reason"]});
            assert_eq!(sam.invoke(&function, &event)["status"], "open");
            continue;
        }
        if name == "authorise-channel" {
            assert_eq!(sam.invoke(&function, &subscription(&sam.world).await), json!({"isAuthorized": true, "ttlOverride": 0}));
            continue;
        }
        let (event, status) = prepare(&sam.world, &event).await;
        let writes_letter = ["forgotten-password", "invite-organiser", "prove-email-ask"].contains(&name.as_str());
        // No letters are sent here.
        let status = if writes_letter { 503 } else { status };
        let answer = sam.invoke(&function, &event);
        assert_eq!(answer["statusCode"], status, "{name}: {answer}");
        let http = &event["requestContext"]["http"];
        let method: Method = http["method"].as_str().unwrap().parse().unwrap();
        if answer["isBase64Encoded"] == true {
            let kind = answer["headers"]["content-type"].as_str().unwrap();
            contract::check_file(&method, http["path"].as_str().unwrap(), status, kind);
            let document = BASE64.decode(answer["body"].as_str().unwrap().as_bytes()).unwrap();
            assert!(document.starts_with(b"%PDF-"), "{name}");
            continue;
        }
        let body: Option<Value> = answer["body"].as_str().filter(|body| !body.is_empty()).map(|body| serde_json::from_str(body).unwrap());
        contract::check(&method, http["path"].as_str().unwrap(), status, body.as_ref());
        if name == "login" {
            assert_eq!(body.unwrap()["account"]["roles"], json!(["organiser"]));
        }
    }
}

#[tokio::test]
#[ignore = "needs built functions and containers: make test-aws"]
async fn the_procedure_goes_through_start_api() {
    let sam = SamLocal::new().await;
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut start_api = tokio::process::Command::from(sam.command("start-api"));
    let mut running = start_api.args(["--port", &port.to_string()]).kill_on_drop(true).spawn().unwrap();
    let base = format!("http://127.0.0.1:{port}");
    tokio::time::timeout(PATIENCE, async {
        while reqwest::get(format!("{base}/health")).await.is_err() {
            assert_eq!(running.try_wait().unwrap(), None, "sam local start-api ended");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    })
    .await
    .unwrap();
    from_check_in_to_the_end(&Api::of(&sam.world.app, &base, sam.world.dynamo.clone())).await;
}
