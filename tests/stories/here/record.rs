//! The seal of a record, with a hand on the tables: whatever is changed in them is found, and nothing honest is.

use crate::{
    anywhere::{accounts, record::a_day},
    here::reopening::reopen,
};
use aws_sdk_dynamodb::types::AttributeValue;
use hkdf::Hkdf;
use jiff::SignedDuration;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use local::database::SESSIONS;
use sha2::Sha256;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use tests::{
    Room, Value, World, answer,
    functions::{file, program, root},
    json,
    people::identity,
    record::{claims, items},
    world::secrets,
};
use tokio::process::Command;
use verify::Fault;

type Item = HashMap<String, AttributeValue>;

async fn raw_items(world: &World, room: &Room) -> Vec<Item> {
    let query = world.dynamo.query().table_name(SESSIONS).consistent_read(true).key_condition_expression("#s = :s");
    let query = query.expression_attribute_names("#s", "session").expression_attribute_values(":s", text(&room.number));
    query.send().await.unwrap().items.unwrap()
}

async fn put(world: &World, item: &Item) {
    world.dynamo.put_item().table_name(SESSIONS).set_item(Some(item.clone())).send().await.unwrap();
}

async fn delete(world: &World, item: &Item) {
    let key = world.dynamo.delete_item().table_name(SESSIONS).key("session", item["session"].clone());
    key.key("sk", item["sk"].clone()).send().await.unwrap();
}

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

fn sort_key(item: &Item) -> &str {
    item["sk"].as_s().unwrap()
}

/// What an item is called here.
fn kind(item: &Item) -> &str {
    match sort_key(item) {
        "session" => "session",
        candidate if candidate.starts_with("session/") => "candidate",
        other => other.split('/').next().unwrap(),
    }
}

/// Every value that is like this one but for one thing, and where that is.
fn mutants(value: &AttributeValue) -> Vec<(String, AttributeValue)> {
    match value {
        AttributeValue::S(text) => vec![(String::new(), AttributeValue::S(changed(text)))],
        AttributeValue::N(number) => vec![(String::new(), AttributeValue::N((number.parse::<i64>().unwrap() + 1).to_string()))],
        AttributeValue::Bool(flag) => vec![(String::new(), AttributeValue::Bool(!flag))],
        AttributeValue::Ss(texts) => vec![(String::new(), AttributeValue::Ss(texts.iter().map(|text| changed(text)).collect()))],
        AttributeValue::L(list) => {
            let within =
                list.iter().enumerate().flat_map(|(n, value)| mutants(value).into_iter().map(move |(path, mutant)| (n, path, mutant)));
            let within = within.map(|(n, path, mutant)| {
                let mut list = list.clone();
                list[n] = mutant;
                (path, AttributeValue::L(list))
            });
            let shorter = (1..list.len()).map(|length| (String::new(), AttributeValue::L(list[..length].to_vec())));
            within.chain(shorter).collect()
        }
        AttributeValue::M(map) => {
            let within = map.iter().flat_map(|(name, value)| mutants(value).into_iter().map(move |(path, mutant)| (name, path, mutant)));
            let within = within.map(|(name, path, mutant)| (format!(".{name}{path}"), AttributeValue::M(map_with(map, name, mutant))));
            within.collect()
        }
        other => panic!("not used: {other:?}"),
    }
}

fn map_with(map: &Item, name: &str, value: AttributeValue) -> Item {
    let mut map = map.clone();
    map.insert(name.to_owned(), value);
    map
}

/// Another text, which may stand where this one does, if it is one of those that are parsed.
fn changed(text: &str) -> String {
    match text {
        "proctor" => "organiser".to_owned(),
        "tick" => "untick".to_owned(),
        "finished" => "ended".to_owned(),
        date if date.len() == 10 && date.starts_with("20") => date.replacen("20", "19", 1),
        other => format!("{other}x"),
    }
}

/// What no part of a record comes from: what let somebody in or kept somebody out, what knows a retry, who has which account where
/// their name is told, copies of what the session says, how many there are of something, and how long it is kept.
const UNTOLD: &[&str] = &[
    "act.expiresAt",
    "act.w",
    "candidate.account",
    "candidate.attempt",
    "candidate.closed",
    "candidate.closesAt",
    "candidate.codeIssue",
    "candidate.codeKey",
    "candidate.expiresAt",
    "candidate.joinedAs.email",
    "candidate.joinedAs.firstName",
    "candidate.joinedAs.lastName",
    "candidate.joinedAs.pass",
    "candidate.lastAnswer",
    "candidate.lastCall",
    "candidate.lastStartAt",
    "candidate.lastStartRequest",
    "candidate.opensAt",
    "candidate.passwordIssue",
    "candidate.requests",
    "candidate.terms",
    "candidate.unlinked",
    "incident.account",
    "incident.expiresAt",
    "incident.said",
    "session-proctor.expiresAt",
    "session.candidateCount",
    "session.codeIssue",
    "session.codeKey",
    "session.corrected.*",
    "session.corrections",
    "session.expiresAt",
    "session.incidentCount",
    "session.mendings",
    "session.passwordIssue",
    "session.requests.*",
    "session.terms",
];

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_is_changed_afterwards_verifies_no_more() {
    let world = World::new().await;
    let (room, _) = a_day(&world).await;
    room.finalise().await.ok();
    reopen(&world, json!({"session": room.number, "reason": "Finalisée trop tôt"}), "1").await.unwrap();
    room.finalise().await.ok();
    let sealed = room.sealed().await;
    let all = raw_items(&world, &room).await;
    let (mut untold, mut told, mut tries) = (BTreeSet::new(), BTreeSet::new(), 0);
    let holds = async || {
        let report = room.report().await;
        report.status == 200 && room.verify(&report.text).await.is_ok()
    };
    let is_of_records = |item: &&Item| ["session", "candidate", "session-proctor", "incident", "act"].contains(&kind(item));
    for item in all.iter().filter(is_of_records) {
        for (name, value) in item.iter().filter(|(name, _)| !["session", "sk"].contains(&name.as_str())) {
            for (path, mutant) in mutants(value) {
                tries += 1;
                let path = match (kind(item), name.as_str()) {
                    ("session", "requests" | "corrected") => ".*".to_owned(),
                    _ => path,
                };
                put(&world, &map_with(item, name, mutant)).await;
                let path = format!("{}.{name}{path}", kind(item));
                if holds().await {
                    untold.insert(path)
                } else {
                    told.insert(path)
                };
            }
        }
        delete(&world, item).await;
        let report = room.report().await;
        if kind(item) == "session" {
            report.refused(404, "session_not_found");
        } else {
            assert_eq!((report.status, room.verify(&report.text).await), (200, Err(Fault::WrongSignature)), "without {}", sort_key(item));
        }
        let mut another = map_with(item, "sk", text(&format!("{}X", sort_key(item))));
        if kind(item) == "candidate" {
            let id: String = item["id"].as_s().unwrap().chars().rev().collect();
            another = map_with(&map_with(item, "id", text(&id)), "sk", text(&format!("session/{id}")));
        }
        put(&world, item).await;
        if kind(item) != "session" {
            put(&world, &another).await;
            assert!(!holds().await, "with one more like {}", sort_key(item));
            delete(&world, &another).await;
        }
        assert_eq!(room.sealed().await, sealed);
    }
    println!("{tries} changes of the table tried; told: {told:?}");
    assert!(tries > 300, "{tries}");
    // Of an account that did something the name is told, wherever the session finds it by the account.
    assert!(told.contains("candidate.history.w"));
    assert_eq!(untold.difference(&told).map(String::as_str).collect::<Vec<_>>(), UNTOLD);
}

#[tokio::test]
async fn what_its_people_do_with_their_accounts_changes_no_record() {
    let world = World::new().await;
    let room = Room::open(&world).await;
    let mut pupil = room.pupil().await;
    let (email, _) = accounts::with_device(&world).await;
    let own = answer(&accounts::log_in(&world, &email, accounts::RIGHT).await.ok(), "accessToken");
    pupil.account.clone_from(&own);
    let login = world.post(room.path("/proctors")).token(&own).json(&json!({"password": room.session_password}));
    let proctor = answer(&login.send().await.ok(), "accessToken");
    pupil.join(&identity(0)).await;
    world.put(pupil.path("/presence")).token(&proctor).json(&json!({"present": true})).send().await.ok();
    pupil.start("1").await.ok();
    room.finalise().await.ok();
    let sealed = room.sealed().await;
    let organiser = answer(&claims(&room.organiser), "sub");
    world.patch("/account").token(&own).json(&json!({"lastName": "Autrement"})).send().await.ok();
    world.patch("/account").token(&room.organiser).json(&json!({"lastName": "Autrement"})).send().await;
    let renamed = answer(&accounts::log_in(&world, &email, accounts::RIGHT).await.ok(), "accessToken");
    let again = world.post(room.path("/proctors")).token(&renamed).json(&json!({"password": room.session_password}));
    again.send().await.refused(409, "session_finalised");
    world.delete("/account").token(&renamed).json(&json!({"password": accounts::RIGHT})).send().await.ok();
    world.pass(SignedDuration::from_hours(48));
    assert_eq!(room.verify(&sealed).await.unwrap().finalisation, 1);
    assert!(!sealed.contains(&organiser) && !sealed.contains(&answer(&claims(&own), "sub")), "no account by its id");
    let colleague = world.colleague(&room.organiser).await;
    assert_eq!(Room { organiser: colleague, ..room }.sealed().await, sealed);
}

#[tokio::test]
async fn a_proctor_who_comes_while_the_session_is_finalised_is_refused_and_not_told() {
    let world = World::new().await;
    let room = Room::open(&world).await;
    let (slow, waits, go_on) = world.held_back("TransactWriteItems", 1).await;
    let account = world.account().await;
    let login = slow.post(room.path("/proctors")).token(&account).json(&json!({"password": room.session_password})).send();
    let meanwhile = async {
        waits.notified().await;
        room.finalise().await.ok();
        let sealed = room.sealed().await;
        go_on.send(()).unwrap();
        sealed
    };
    let (login, sealed) = tokio::join!(login, meanwhile);
    login.refused(409, "session_finalised");
    assert_eq!(room.sealed().await, sealed);
    let proctors = items(&world, &room.number).await.into_iter().filter(|item| answer(item, "sk").starts_with("session-proctor/"));
    assert_eq!(proctors.count(), 1);
}

#[tokio::test]
async fn a_session_that_is_being_finalised_takes_no_proctor() {
    let world = World::new().await;
    let room = Room::open(&world).await;
    let all = raw_items(&world, &room).await;
    let session = all.iter().find(|item| kind(item) == "session").unwrap();
    put(&world, &map_with(session, "status", text("finalising"))).await;
    let login = world.post(room.path("/proctors")).token(&world.account().await).json(&json!({"password": room.session_password}));
    login.send().await.refused(409, "session_finalised");
    assert_eq!(raw_items(&world, &room).await.len(), all.len());
    room.finalise().await.ok();
    room.sealed().await;
}

#[tokio::test]
async fn a_finalisation_of_before_seals_nothing_of_a_later_one() {
    let world = World::new().await;
    let room = Room::open(&world).await;
    // The session's two statuses: the second one comes with the seal.
    let (slow, waits, go_on) = world.held_back("UpdateItem", 2).await;
    let late = slow.post(room.path("/finalise")).token(&room.organiser).send();
    let meanwhile = async {
        waits.notified().await;
        room.finalise().await.ok();
        room.sealed().await;
        // As if it was opened again, and is being finalised by somebody else by now.
        let all = raw_items(&world, &room).await;
        let finalised = all.iter().find(|item| kind(item) == "session").unwrap();
        put(&world, &map_with(finalised, "status", text("finalising"))).await;
        go_on.send(()).unwrap();
    };
    let (late, ()) = tokio::join!(late, meanwhile);
    late.refused(503, "busy");
    room.finalise().await.ok();
    let record: Value = serde_json::from_str(&room.sealed().await).unwrap();
    assert_eq!(record["finalisation"], 2);
}

#[tokio::test]
async fn nothing_is_sealed_while_a_part_is_not_visible_yet() {
    let world = World::new().await;
    let room = Room::open(&world).await;
    let session = async || raw_items(&world, &room).await.into_iter().find(|item| kind(item) == "session").unwrap();
    let open = session().await;
    for count in ["candidateCount", "incidentCount", "mendings"] {
        put(&world, &map_with(&open, count, AttributeValue::N("1".to_owned()))).await;
        room.finalise().await.refused(503, "busy");
        assert_eq!(session().await["status"], text("finalising"), "{count}");
        assert!(!session().await.contains_key("seal"), "{count}");
    }
    put(&world, &open).await;
    room.finalise().await.ok();
    room.sealed().await;
}

#[tokio::test]
async fn all_of_a_record_is_kept_as_long_as_its_session_and_no_longer() {
    let world = World::new().await;
    let room = Room::scheduled(&world, world.now() + SignedDuration::from_hours(24 * 30)).await;
    room.pupil().await;
    let incident = json!({"category": "other", "text": "Salle fermée"});
    world.post(room.path("/incidents")).token(&room.proctor).json(&incident).send().await.ok();
    let later = tests::people::session_at(world.now() + SignedDuration::from_hours(24 * 90));
    world.patch(room.path("")).token(&room.organiser).json(&later).send().await.ok();
    let ends = async || {
        let all = items(&world, &room.number).await.into_iter();
        let of_records = all.filter(|item| !["account/", "pass/"].iter().any(|other| answer(item, "sk").starts_with(other)));
        of_records.map(|item| (answer(&item, "sk"), item["expiresAt"].as_i64().unwrap())).collect::<BTreeMap<_, _>>()
    };
    let before = ends().await;
    assert!(before.values().any(|end| *end < before["session"]), "as the session was planned then: {before:?}");
    room.finalise().await.ok();
    let after = ends().await;
    assert!(after.values().all(|end| *end >= after["session"]), "{after:?}");
    assert_eq!(before["session"], after["session"]);
    let sealed = room.sealed().await;

    let left = after["session"] - world.now().as_second();
    world.pass(SignedDuration::from_secs(left - 60));
    let organiser = world.colleague(&room.organiser).await;
    let room = Room { organiser, ..room };
    assert_eq!(room.sealed().await, sealed);
    world.pass(SignedDuration::from_secs(120));
    room.report().await.refused(404, "session_not_found");
}

#[tokio::test]
async fn a_session_that_was_finalised_before_there_were_seals_has_none() {
    let world = World::new().await;
    let (room, _) = a_day(&world).await;
    room.finalise().await.ok();
    let mut session = raw_items(&world, &room).await.into_iter().find(|item| kind(item) == "session").unwrap();
    for later in ["seal", "finalisations", "finalisedAt", "finalisedBy", "mendings"] {
        assert!(session.remove(later).is_some(), "{later}");
    }
    put(&world, &session).await;
    for _ in 0..2 {
        let report = room.report().await.ok();
        assert_eq!(report["session"]["status"], "finalised");
        assert!(report["seal"].is_null() && report["finalisation"].is_null() && report["session"]["finalisedAt"].is_null());
        room.finalise().await.ok();
    }
}

#[tokio::test]
async fn no_token_is_believed_that_the_key_of_the_seal_signed() {
    let world = World::new().await;
    let room = Room::open(&world).await;
    let secret: BTreeMap<String, String> = serde_json::from_str(&secrets().seal).unwrap();
    let mut seed = [0; 32];
    Hkdf::<Sha256>::new(None, secret["1"].as_bytes()).expand(b"vigie record seal", &mut seed).unwrap();
    // RFC 8410: the fixed beginning of the PKCS#8 form of an Ed25519 private key.
    let key = [b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20".as_slice(), &seed].concat();
    let keys = world.get("/.well-known/jwks.json").send().await.ok()["keys"].as_array().unwrap().clone();
    let own = keys.iter().find(|key| answer(key, "kid").starts_with("record-")).unwrap();
    let signed = |kid: &str| {
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(kid.to_owned());
        encode(&header, &claims(&room.organiser), &EncodingKey::from_ed_der(&key)).unwrap()
    };
    let made = jsonwebtoken::decode_header(signed("x")).unwrap();
    assert_eq!(made.alg, Algorithm::EdDSA);
    let theirs = jsonwebtoken::DecodingKey::from_jwk(&serde_json::from_value(own.clone()).unwrap()).unwrap();
    let mut validation = jsonwebtoken::Validation::new(Algorithm::EdDSA);
    validation.set_audience(&["vigie"]);
    let kids: Vec<_> = keys.iter().map(|key| answer(key, "kid")).collect();
    for kid in &kids {
        let token = signed(kid);
        jsonwebtoken::decode::<Value>(&token, &theirs, &validation).expect("it is the key of the seal that signed this");
        world.get(room.path("/report")).token(&token).send().await.refused(401, "unauthenticated");
        world.post("/token").token(&token).send().await.refused(401, "unauthenticated");
    }
}

/// The program that stands in the documentation.
#[tokio::test]
async fn the_program_says_what_is_documented() {
    let program = program("vigie-verify").await;
    let run = async |language: &str, arguments: &[&str]| {
        let mut command = Command::new(&program);
        let command = command.args(arguments).current_dir(root()).env_remove("LC_ALL").env_remove("LC_MESSAGES").env("LANG", language);
        let output = command.output().await.unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap())
    };
    let (keys, example) = (["--keys", "docs/record/jwks.json"], "docs/record/example.json");
    let shown = file("docs/record.md").split("```text\n").nth(1).unwrap().split("```").next().unwrap().to_owned();
    assert_eq!(run("C", &[keys[0], keys[1], example]).await, (Some(0), shown));
    let directory = tempfile::tempdir().unwrap();
    let changed = directory.path().join("changed.json");
    std::fs::write(&changed, file(example).replace("Camille", "Camilla")).unwrap();
    let changed = changed.to_str().unwrap();
    for (language, arguments, status, says) in [
        ("fr_FR.UTF-8", &[example][..], 0, "VÉRIFIÉ\u{a0}:"),
        ("en_GB.UTF-8", &[changed], 1, "NOT VERIFIED: the seal does not fit"),
        ("fr_FR.UTF-8", &[changed], 1, "NON VÉRIFIÉ\u{a0}: le sceau ne correspond pas"),
        ("C", &["docs/record.md"], 1, "NOT VERIFIED: the file is no record"),
        ("C", &["missing.json"], 2, "Can't read missing.json"),
        ("C", &[], 2, "Usage: vigie-verify"),
    ] {
        let (code, said) = run(language, &[&keys[..], arguments].concat()).await;
        assert!(code == Some(status) && said.contains(says), "{arguments:?}: {code:?} {said}");
    }
    assert_eq!(run("C", &[example, "--keys", "docs/record.md"]).await.0, Some(2));
}

/// What each format told of a session of its time, which it tells for ever: a seal that was made then is made of it.
#[tokio::test]
async fn a_record_of_before_is_told_to_the_letter() {
    for (kept, told) in [("first", "example")] {
        let world = World::new().await;
        let items: Vec<Value> = serde_json::from_str(&file(format!("tests/stories/here/records/{kept}.json"))).unwrap();
        let mut organiser = claims(&world.organiser().await);
        let session = items.iter().find(|item| item["sk"] == "session").unwrap();
        for item in &items {
            put(&world, &serde_dynamo::to_item(item).unwrap()).await;
        }
        organiser["centre"] = session["centre"].clone();
        let token = world.app.tokens().unwrap().issue(serde_json::from_value(organiser).unwrap()).unwrap();
        let report = world.get(format!("/sessions/{}/report", answer(session, "session"))).token(&token).send().await;
        assert_eq!(report.text, file(format!("docs/record/{told}.json")));
        let keys = world.get("/.well-known/jwks.json").send().await.text;
        assert_eq!(keys, file("docs/record/jwks.json"));
        verify::verify(report.text.as_bytes(), keys.as_bytes()).unwrap();
    }
}
