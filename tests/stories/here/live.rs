//! Announcements, seen from behind: how they are published, which changes lead to one, what the server stands.

use axum::{Router, http::HeaderMap, routing::post};
use data_encoding::BASE32_NOPAD;
use local::functions::announce::{AppSync, announce};
use shared::{
    domain::{channel::Channel, identity::CandidateId, session::SessionNumber},
    store,
};
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
    time::Duration,
};
use tests::{
    Room, Value, World,
    functions::{Statement, deployed, event, template},
    json,
    live::{Ear, announced, authorization},
};
use tokio::net::TcpListener;

const QUIET: Duration = Duration::from_secs(1);
/// For what should come at once.
const SOON: Duration = Duration::from_secs(10);

/// What the stream of the sessions' table tells about each item of a room that has one of each kind.
async fn kinds(world: &World) -> BTreeSet<String> {
    let room = Room::open(world).await;
    let (pupil, started) = room.started().await;
    let here = world.put(pupil.path("/here")).token(started["accessToken"].as_str().unwrap()).json(&json!({"here": true}));
    here.send().await.ok();
    pupil.issue_pass("").await.ok();
    let incident = json!({"category": "other", "text": "essai"});
    world.post(room.path("/incidents")).token(&room.proctor).json(&incident).send().await.ok();
    world.patch(room.path("")).token(&room.organiser).json(&json!({"room": "13"})).send().await.ok();
    let items = world.dynamo.scan().table_name(local::database::SESSIONS).send().await.unwrap().items.unwrap();
    items.iter().map(|item| item["sk"].as_s().unwrap().clone()).collect()
}

#[tokio::test]
async fn lambda_is_given_the_changes_that_are_announced_and_no_others() {
    let kinds = kinds(&World::new().await).await;
    let of = |sk: &str| sk.split('/').next().unwrap().to_owned();
    let known = ["account", "act", "incident", "pass", "session", "session-here", "session-proctor"];
    assert_eq!(kinds.iter().map(|sk| of(sk)).collect::<BTreeSet<_>>(), known.map(str::to_owned).into());
    let filters = &template()["Resources"]["RoomChanges"]["Properties"]["FilterCriteria"]["Filters"];
    let pattern: Value = serde_json::from_str(filters[0]["Pattern"].as_str().unwrap()).unwrap();
    let rules = pattern["dynamodb"]["Keys"]["sk"]["S"].as_array().unwrap();
    for sk in kinds {
        let is_given =
            rules.iter().any(|rule| rule.as_str().map_or_else(|| sk.starts_with(rule["prefix"].as_str().unwrap()), |equal| sk == equal));
        assert_eq!(is_given, store::announced_at("95331", &sk).is_some(), "{sk}");
    }
    assert_eq!(pattern.as_object().unwrap().len(), 1, "Lambda promises to filter by `dynamodb` alone");
    let table = &template()["Resources"]["SessionsTable"]["Properties"];
    assert_eq!(table["StreamSpecification"]["StreamViewType"], "NEW_AND_OLD_IMAGES");
}

/// <https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-eventsourcemapping.html>
pub const READING_A_STREAM: [&str; 4] =
    ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"];

#[test]
fn announce_may_read_the_stream_and_publish_in_the_rooms_namespace_and_no_more() {
    let announce = deployed().into_iter().find(|function| function.name == "announce").unwrap();
    let rights: Vec<_> = announce.rights.iter().map(|Statement { actions, resource, .. }| (actions.clone(), resource.as_str())).collect();
    let [(reading, stream), (publishing, channels)] = &rights[..] else { panic!("{rights:?}") };
    assert_eq!((reading, *stream), (&READING_A_STREAM.map(str::to_owned).into(), r#"{"!Sub":"${SessionsTable.Arn}/stream/*"}"#));
    assert_eq!(publishing, &["appsync:EventPublish".to_owned()].into());
    assert_eq!(*channels, r#"{"!Sub":"${LiveApi.ApiArn}/channelNamespace/room"}"#);
    assert_eq!(template()["Resources"]["RoomChannels"]["Properties"]["Name"], "room");
    let others = deployed().into_iter().filter(|function| function.name != "announce").flat_map(|function| function.rights);
    assert!(others.flat_map(|statement| statement.actions).all(|action| action != "appsync:EventPublish"), "nobody else publishes");
}

/// What AppSync refuses without asking must be no token.
#[tokio::test]
async fn every_token_has_the_form_that_appsync_looks_for() {
    let world = World::new().await;
    let room = Room::open(&world).await;
    let (pupil, started) = room.started().await;
    let provider = &template()["Resources"]["LiveApi"]["Properties"]["EventConfig"]["AuthProviders"][0]["LambdaAuthorizerConfig"];
    assert_eq!(provider["IdentityValidationExpression"], r"^eyJ[A-Za-z0-9_-]+\.eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{86}$");
    assert_eq!(provider["AuthorizerResultTtlInSeconds"], 0, "an answer counts once");
    for token in [&room.proctor, &pupil.token, started["accessToken"].as_str().unwrap()] {
        let [header, claims, signature] = token.split('.').collect::<Vec<_>>()[..] else { panic!("{token}") };
        assert!(header.starts_with("eyJ") && claims.starts_with("eyJ") && signature.len() == 86, "{token}");
    }
}

#[tokio::test]
async fn an_expired_token_hears_nothing() {
    let world = World::embedded().await;
    let room = Room::open(&world).await;
    let (pupil, _) = room.started().await;
    let (of_the_room, own) = (announced(&room.board().await).unwrap(), announced(&pupil.status().await).unwrap());
    let mut before = Ear::connect(&of_the_room, &room.proctor).await.unwrap();
    world.pass(jiff::SignedDuration::from_hours(12));
    assert!(before.subscribe(of_the_room["channel"].as_str().unwrap(), &room.proctor).await.is_err(), "nor on a connection made before");
    assert!(Ear::connect(&of_the_room, &room.proctor).await.is_err());
    Ear::open(&own, &pupil.token).await;
    world.pass(jiff::SignedDuration::from_hours(48));
    assert!(Ear::connect(&own, &pupil.token).await.is_err());
}

#[tokio::test]
async fn nobody_publishes_over_http_on_this_machine() {
    let world = World::embedded().await;
    let room = Room::open(&world).await;
    let forged = json!({"channel": format!("/room/{}/session", room.number), "events": ["{}"]});
    let published = world.http.post(format!("{}/event", world.base)).bearer_auth(&room.proctor).json(&forged).send().await.unwrap();
    assert_eq!(published.status(), 404);
}

#[tokio::test]
async fn who_does_not_say_that_they_are_there_is_not_waited_for() {
    let world = World::embedded().await;
    let room = Room::open(&world).await;
    let mut ear = Ear::dial(&announced(&room.board().await).unwrap(), &room.proctor).await.unwrap();
    assert!(ear.has_ended(Duration::from_secs(30)).await);
}

#[tokio::test]
async fn a_candidate_who_is_closed_is_told_that_the_session_is_over_before_it_is_marked() {
    let world = World::new().await;
    let room = Room::open(&world).await;
    let (pupil, _) = room.started().await;
    room.finalise().await.ok();
    let text = |text: &str| aws_sdk_dynamodb::types::AttributeValue::S(text.to_owned());
    let mark =
        world.dynamo.update_item().table_name(local::database::SESSIONS).key("session", text(&room.number)).key("sk", text("session"));
    let mark = mark.update_expression("SET #status = :status").expression_attribute_names("#status", "status");
    mark.expression_attribute_values(":status", text("finalising")).send().await.unwrap();
    assert_eq!(pupil.status().await["session"]["status"], "finalised");
    assert_eq!(room.board().await["session"]["status"], "open", "whoever finalises sees that they have to again");
}

/// An AppSync that answers so to what is published, and what it was told.
async fn appsync(status: u16, answer: &'static str) -> (AppSync, Arc<Mutex<Vec<(HeaderMap, Value)>>>) {
    let heard = Arc::new(Mutex::new(vec![]));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/event", listener.local_addr().unwrap());
    let router = Router::new().route(
        "/event",
        post({
            let heard = heard.clone();
            async move |headers: HeaderMap, body: String| {
                heard.lock().unwrap().push((headers, serde_json::from_str(&body).unwrap()));
                (axum::http::StatusCode::from_u16(status).unwrap(), answer)
            }
        }),
    );
    tokio::spawn(async { axum::serve(listener, router).await });
    let aws = local::aws_config("http://unused", "AKIDEXAMPLE");
    (AppSync::new(url, &aws).unwrap(), heard)
}

const TAKEN: &str = r#"{"failed": [], "successful": [{"identifier": "1", "index": 0}]}"#;

#[tokio::test]
async fn what_is_published_is_signed_and_says_nothing_of_what_changed() {
    let (appsync, heard) = appsync(200, TAKEN).await;
    let changes = serde_json::from_value(event("announce")).unwrap();
    let failed = announce(changes, |channel| appsync.publish(channel)).await;
    assert_eq!(serde_json::to_value(failed).unwrap(), json!({"batchItemFailures": []}));
    let heard = std::mem::take(&mut *heard.lock().unwrap());
    let [(headers, body)] = &heard[..] else { panic!("{heard:?}") };
    assert_eq!(*body, json!({"channel": "/room/95331/KZ2XQ5DHP3WJ6YBT7MFA4ECVGU", "events": ["{}"]}));
    let authorization = headers["authorization"].to_str().unwrap();
    assert!(authorization.starts_with("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/"), "{authorization}");
    assert!(authorization.contains("/local/appsync/aws4_request"), "{authorization}");
    assert!(authorization.contains("SignedHeaders=content-type;host;x-amz-date"), "{authorization}");
}

#[tokio::test]
async fn what_could_not_be_published_is_given_again() {
    let again = json!({"batchItemFailures": [{"itemIdentifier": "100000000000000000001"}]});
    let not_taken = r#"{"failed": [{"index": 0, "code": 400}], "successful": []}"#;
    for (status, answer) in [(400, "{}"), (401, "{}"), (429, "{}"), (500, ""), (200, not_taken), (200, "")] {
        let (appsync, heard) = appsync(status, answer).await;
        let failed = announce(serde_json::from_value(event("announce")).unwrap(), |channel| appsync.publish(channel)).await;
        assert_eq!(serde_json::to_value(failed).unwrap(), again, "{status}");
        assert_eq!(heard.lock().unwrap().len(), 1, "Lambda tries again, not the function");
    }
    let nobody = AppSync::new("http://127.0.0.1:9/event".to_owned(), &local::aws_config("http://unused", "AKIDEXAMPLE")).unwrap();
    let failed = announce(serde_json::from_value(event("announce")).unwrap(), |channel| nobody.publish(channel)).await;
    assert_eq!(serde_json::to_value(failed).unwrap(), again, "nobody there");
}

#[test]
fn a_channel_is_one_that_appsync_takes() {
    let session = SessionNumber::parse("953312789").unwrap();
    let id = CandidateId::parse(&BASE32_NOPAD.encode(&[0; 16])).unwrap();
    for channel in [Channel::session(&session), Channel::candidate(&session, &id), Channel::room(&session)] {
        let segments: Vec<_> = channel.as_str().strip_prefix('/').unwrap().split('/').collect();
        assert_eq!((segments.len(), segments[0]), (3, "room"));
        // https://docs.aws.amazon.com/appsync/latest/eventapi/channel-namespaces.html
        let fits = |segment: &&str| (1..=50).contains(&segment.len()) && segment.bytes().all(|byte| byte.is_ascii_alphanumeric());
        assert!(segments.iter().all(|segment| *segment == "*" || fits(segment)), "{channel}");
    }
}

#[tokio::test]
async fn what_nobody_understands_ends_a_connection_and_no_other() {
    let world = World::embedded().await;
    let room = Room::open(&world).await;
    let live = announced(&room.board().await).unwrap();
    let channel = live["channel"].as_str().unwrap();
    let mut other = Ear::open(&live, &room.proctor).await;
    let authorization = authorization(&live["host"], &room.proctor);
    let subscription = |id: &str| json!({"type": "subscribe", "id": id, "channel": channel, "authorization": authorization});
    for nonsense in [json!("text"), json!({"type": "subscribe"}), json!({"type": "shout"}), subscription(&"x".repeat(20_000))] {
        let mut ear = Ear::open(&live, &room.proctor).await;
        ear.say(&nonsense).await;
        assert!(ear.has_ended(SOON).await, "{nonsense}");
    }
    let mut ear = Ear::open(&live, &room.proctor).await;
    for n in 1..=100 {
        ear.say(&subscription(&n.to_string())).await;
        let expected = if n < 100 { "subscribe_success" } else { "subscribe_error" };
        assert_eq!(ear.told(SOON).await.unwrap()["type"], expected, "{n} more");
    }
    let mut ear = Ear::open(&live, &room.proctor).await;
    assert!(ear.subscribe(channel, &room.proctor).await.is_err(), "the same id again");
    ear.say(&json!({"type": "unsubscribe", "id": channel})).await;
    assert_eq!(ear.told(SOON).await.unwrap()["type"], "unsubscribe_success");
    room.pupil().await;
    other.hear().await;
    assert!(!ear.hears(QUIET).await, "it has unsubscribed");
}
