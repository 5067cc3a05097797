//! What is kept of whom, and for how long, after all was forgotten.

use super::centres::grant;
use crate::anywhere::accounts::{RIGHT, WRONG, account, log_in, sign_up, with_device};
use axum::{
    Router,
    http::{StatusCode, Uri},
    routing::any,
};
use jiff::{SignedDuration, Timestamp};
use local::{
    database::{self, ACCOUNTS, SESSIONS, Tables},
    forget::forget,
    functions::archive::{Bucket, archive},
};
use shared::{domain::letter::Purpose, store::ARCHIVED_SECONDS};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::{Arc, Mutex},
};
use tests::{
    Room, Value, World, answer,
    functions::{Statement, deployed, event, template},
    json,
    people::identity,
    record::items,
};
use tokio::net::TcpListener;

/// As long as anything is kept in a table.
const FIVE_YEARS: SignedDuration = SignedDuration::from_hours(5 * 366 * 24);
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// A Vigie whose tables are at hand, and a place for its archive.
struct Kept {
    world: World,
    tables: Tables,
    directory: tempfile::TempDir,
}

impl Kept {
    async fn new() -> Self {
        let tables = database::open(None).unwrap();
        let world = World::over(&database::serve(tables.clone()).await.unwrap()).await;
        Self { world, tables, directory: tempfile::tempdir().unwrap() }
    }

    fn file(&self) -> PathBuf {
        self.directory.path().join("vigie.db.archive.jsonl")
    }

    /// What the server does every hour.
    async fn forget(&self) {
        forget(&self.tables, &self.file(), self.world.now()).await.unwrap();
    }

    fn archive(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(self.file()).unwrap_or_default();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Every item of both tables that is forgotten one day, by its key; not the accounts of organisers whom the tests make,
    /// which nobody logs in to.
    async fn items(&self) -> BTreeMap<String, Value> {
        let mut all = BTreeMap::new();
        for table in [ACCOUNTS, SESSIONS] {
            for item in self.world.dynamo.scan().table_name(table).send().await.unwrap().items.unwrap() {
                let item: Value = serde_dynamo::from_item(item).unwrap();
                let is_made = !item["centre"].is_null() && item["pk"].is_string() && item["lastAccessAt"].is_null();
                if !item["expiresAt"].is_null() && !is_made {
                    all.insert(key(&item), item);
                }
            }
        }
        all
    }
}

fn key(item: &Value) -> String {
    item["pk"].as_str().map_or_else(|| format!("{} {}", answer(item, "session"), answer(item, "sk")), str::to_owned)
}

/// Which kind of item has this key.
fn kind(key: &str) -> &str {
    key.split_once(' ').map_or_else(|| key.split('#').next().unwrap(), |(_, sort)| sort.split('/').next().unwrap())
}

/// A day on which every kind of item is written, and whatever a record has; returns what must be nowhere but with those
/// whom it is for.
async fn a_day(world: &World) -> Vec<String> {
    let (email, device) = with_device(world).await;
    grant(world, json!({"email": email, "newCentreName": "Collège"})).await.unwrap();
    log_in(world, &email, WRONG).await.refused(401, "invalid_credentials");
    log_in(world, "nobody@example.org", WRONG).await.refused(401, "invalid_credentials");
    sign_up(world, "1", &account("unused@example.org", RIGHT)).await.ok();

    let room = Room::open(world).await;
    let wrong = world.post(room.path("/proctors")).token(&world.account().await).json(&json!({"password": "C-222222"}));
    wrong.send().await.refused(401, "invalid_session_credentials");
    let edit = json!({"room": "13", "examiner": "AED"});
    world.patch(room.path("")).token(&room.organiser).json(&edit).send().await.ok();
    let (zoe, started) = room.started().await;
    let mut others = room.enrol(1..5).await;
    let [paul, ida, lea, max] = others.as_mut_slice() else { unreachable!() };
    let correct = json!({"lastName": "Martyn", "birthdate": "2012-05-30"});
    world.patch(zoe.path("")).token(&room.organiser).json(&correct).send().await.ok();
    let incident = json!({"category": "health", "text": "Out from 10:12 to 10:24.", "candidate": zoe.id});
    world.post(room.path("/incidents")).token(&room.proctor).json(&incident).send().await.ok();
    let minutes = json!({"minutes": 10, "reason": "Alarme incendie"});
    world.post(zoe.path("/minutes")).token(&room.proctor).json(&minutes).send().await.ok();
    let attempt = answer(&started, "accessToken");
    world.put(zoe.path("/here")).token(&attempt).json(&json!({"here": true})).send().await.ok();
    let help = world.post(zoe.path("/help"));
    help.token(&zoe.token).send().await.ok();
    world.delete(zoe.path("/help")).token(&room.proctor).send().await.ok();
    zoe.act("leave", &attempt).await.ok();
    zoe.start("again").await.refused(403, "resume_not_authorised");
    zoe.authorise().await.ok();
    zoe.start("resumed").await.ok();

    // Whoever joined as Paul was somebody else, and he comes in by a pass.
    let somebody = paul.account.clone();
    world
        .post(room.path("/join"))
        .token(&somebody)
        .json(&json!({"firstName": "No", "lastName": "Body", "birthdate": "2012-01-01"}))
        .send()
        .await;
    paul.join(&identity(1)).await;
    paul.unlink().await.ok();
    let pass = paul.pass().await;
    paul.token = answer(&room.use_pass(&pass, "").await.ok(), "accessToken");
    paul.tick(true).await.ok();
    paul.start_with("w", "222222").await.refused(403, "wrong_access_code");
    // Ida waits, calls and has a pass that nobody uses; Max may resume; Léa is removed.
    ida.enter(2).await;
    ida.act("leave", &ida.token).await.ok();
    ida.start("again").await;
    world.post(ida.path("/help")).token(&ida.token).send().await.ok();
    let unused = ida.pass().await;
    max.enter(4).await;
    max.act("leave", &max.token).await.ok();
    max.authorise().await.ok();
    world.delete(lea.path("")).token(&room.organiser).send().await.ok();
    zoe.act("finish", &zoe.token).await.ok();

    Room::open(world).await.finalise().await.ok();
    let deleted = Room::open(world).await;
    world.delete(deleted.path("")).token(&deleted.organiser).send().await.ok();

    let link = world.link(Purpose::Password).await;

    let mut secrets =
        vec![device, link, room.session_password.clone(), room.access_code.clone(), pass, unused, room.proctor.clone(), attempt];
    secrets.extend([zoe.token.clone(), paul.token.clone(), ida.token.clone()]);
    for item in items(world, &room.number).await {
        secrets.extend(item["pass"].as_str().map(str::to_owned));
        secrets.extend(item["requests"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned));
        secrets.extend(item["said"].as_str().map(str::to_owned));
    }
    secrets
}

/// What of a record is not archived: what only let somebody in, kept somebody out, knew a retry, or counted for a moment.
const LEFT_OUT: &[&str] = &[
    "passwordHash",
    "createdByRequest",
    "device",
    "tries",
    "lastTryAt",
    "lastTry",
    "codeKey",
    "codeIssue",
    "passwordIssue",
    "terms",
    "requests",
    "said",
    "resumeAuthorised",
    "waitingSince",
    "helpSince",
    "lastCall",
    "lastAnswer",
    "lastStartRequest",
    "pass",
    "passEndsAt",
];

#[tokio::test]
async fn all_is_forgotten_when_its_time_has_come_and_the_records_alone_are_archived() {
    let kept = Kept::new().await;
    let secrets = a_day(&kept.world).await;
    let before = kept.items().await;
    let kinds: BTreeSet<_> = before.keys().map(|key| kind(key)).collect();
    let [of_accounts, of_sessions] = [
        &["account", "identities", "link", "mail", "tries"][..],
        &["account", "act", "incident", "pass", "session", "session-here", "session-proctor"],
    ];
    assert_eq!(kinds, of_accounts.iter().chain(of_sessions).copied().collect(), "every kind of item there is");
    let is_record = |key: &str, item: &Value| match kind(key) {
        "account" if key.starts_with("account#") => !item["lastAccessAt"].is_null(),
        "session" => item["deletedAt"].is_null(),
        kind => ["account", "act", "incident", "session-proctor"].contains(&kind),
    };
    let records: BTreeMap<_, _> = before.iter().filter(|(key, item)| is_record(key, item)).collect();

    kept.forget().await;
    assert_eq!(kept.items().await, before, "nothing before its time");
    kept.world.pass(DAY + SignedDuration::from_mins(30));
    kept.forget().await;
    let left = kept.items().await;
    let gone: BTreeSet<_> = before.keys().filter(|key| !left.contains_key(*key)).map(|key| kind(key)).collect();
    assert_eq!(gone, ["account", "identities", "mail", "pass", "session-here", "tries"].into(), "after a day");
    assert!(records.keys().all(|key| left.contains_key(*key)) && kept.archive().is_empty());
    kept.world.pass(DAY * 30);
    kept.forget().await;
    assert!(!kept.items().await.contains_key("account#unused@example.org"));
    assert!(kept.archive().is_empty(), "who never logged in is simply forgotten");
    kept.world.pass(FIVE_YEARS);
    let begun = kept.world.now().as_second();
    kept.forget().await;
    let ended = kept.world.now().as_second();
    assert_eq!(kept.items().await, BTreeMap::new(), "after five years");

    let archived: BTreeMap<_, _> = kept.archive().into_iter().map(|line| (key(&line["keys"]), line)).collect();
    assert_eq!(archived.keys().collect::<Vec<_>>(), records.keys().copied().collect::<Vec<_>>());
    assert_eq!(kept.archive().len(), archived.len(), "each once");
    let names: BTreeSet<_> = records.values().flat_map(|record| record.as_object().unwrap().keys()).collect();
    assert!(LEFT_OUT.iter().all(|left_out| names.iter().any(|name| name.starts_with(left_out))), "{LEFT_OUT:?} of {names:?}");
    for (key, line) in &archived {
        assert!((begun..=ended).contains(&line["forgottenAt"].as_str().unwrap().parse::<Timestamp>().unwrap().as_second()), "{line}");
        assert_eq!(line["table"], if key.contains(' ') { "sessions" } else { "accounts" });
        let is_left_out = |name: &str| LEFT_OUT.contains(&name.split('_').next().unwrap());
        for (name, value) in before[key].as_object().unwrap() {
            let now = line["record"].get(name).or_else(|| line["keys"].get(name));
            assert_eq!(now, Some(value).filter(|_| !is_left_out(name)), "{key}: {name}");
        }
    }
    let text = std::fs::read_to_string(kept.file()).unwrap();
    for named in ["Bernard", "Martyn", "Alarme incendie", "Out from 10:12", "\"t\":"] {
        assert!(text.contains(named), "{named}");
    }
    assert!(secrets.len() > 20);
    for secret in secrets.iter().map(String::as_str).chain(["argon2", "device_", "passwordHash"]) {
        // What an incident or a mending is called is no secret: the request's id opens nothing.
        let without_keys: String = archived.values().map(|line| line["record"].to_string()).collect();
        assert!(!without_keys.contains(secret), "{secret}");
    }

    kept.world.pass(FIVE_YEARS - DAY);
    kept.forget().await;
    assert_eq!(std::fs::read_to_string(kept.file()).unwrap(), text);
    kept.world.pass(DAY * 2);
    kept.forget().await;
    assert_eq!(std::fs::read_to_string(kept.file()).unwrap(), "", "after five years more the archive forgets too");
}

#[tokio::test]
async fn what_somebody_erases_is_not_archived() {
    let kept = Kept::new().await;
    let room = Room::open(&kept.world).await;
    let mut pupils = room.enrol_joined(0..2).await;
    pupils[1].unlink().await.ok();
    let pupil = pupils.remove(1);
    kept.world.delete(pupil.path("")).token(&room.organiser).send().await.ok();
    let erased = Room::open(&kept.world).await;
    erased.joined().await;
    kept.world.delete(erased.path("")).token(&erased.organiser).send().await.ok();
    let (email, _) = with_device(&kept.world).await;
    let own = answer(&log_in(&kept.world, &email, RIGHT).await.ok(), "accessToken");
    kept.world.delete("/account").token(&own).json(&json!({"password": RIGHT})).send().await.ok();
    kept.world.pass(FIVE_YEARS + DAY * 2);
    kept.forget().await;
    assert_eq!(kept.items().await, BTreeMap::new());
    let archived: Vec<_> = kept.archive().into_iter().map(|line| key(&line["keys"])).collect();
    assert!(archived.iter().all(|key| !key.contains(&erased.number) && !key.contains(&pupil.id)), "{archived:?}");
    assert!(archived.iter().all(|key| kind(key) != "account" || key.contains(' ')), "{archived:?}");
    let of_candidates = archived.iter().filter(|key| kind(key) == "session" && key.contains('/'));
    assert_eq!(of_candidates.collect::<Vec<_>>(), [&format!("{} session/{}", room.number, pupils[0].id)]);
}

#[tokio::test]
async fn what_cannot_be_archived_is_not_forgotten() {
    let kept = Kept::new().await;
    Room::open(&kept.world).await.joined().await;
    kept.world.pass(FIVE_YEARS + DAY * 2);
    let before = kept.items().await;
    let nowhere = kept.directory.path().join("missing/archive.jsonl");
    forget(&kept.tables, &nowhere, kept.world.now()).await.unwrap_err();
    assert_eq!(kept.items().await, before);
    kept.forget().await;
    assert_eq!((kept.items().await, kept.archive().len()), (BTreeMap::new(), before.len()));
}

/// An S3 that answers so, one after the other, and what was put into it.
async fn s3(answers: Vec<u16>) -> (Bucket, Arc<Mutex<Vec<(String, String)>>>) {
    let put = Arc::new(Mutex::new(vec![]));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().fallback(any({
        let (put, answers) = (put.clone(), Arc::new(Mutex::new(answers.into_iter())));
        async move |uri: Uri, body: String| {
            put.lock().unwrap().push((uri.path().to_owned(), body));
            StatusCode::from_u16(answers.lock().unwrap().next().unwrap()).unwrap()
        }
    }));
    tokio::spawn(async { axum::serve(listener, router).await });
    (Bucket::new("archive-bucket".to_owned(), &local::aws_config(&endpoint, "AKIDEXAMPLE")), put)
}

#[tokio::test]
async fn what_s3_does_not_take_is_given_again_and_written_over_itself() {
    let (bucket, put) = s3(vec![403, 200]).await;
    let archived = async || {
        let failed = archive(serde_json::from_value(event("archive")).unwrap(), |object| bucket.write(object)).await;
        serde_json::to_value(failed).unwrap()
    };
    assert_eq!(archived().await, json!({"batchItemFailures": [{"itemIdentifier": "100000000000000000001"}]}));
    assert_eq!(archived().await, json!({"batchItemFailures": []}));
    let put = put.lock().unwrap();
    let [first, second] = &put[..] else { panic!("{put:?}") };
    assert_eq!(first, second);
    assert_eq!(first.0, "/archive-bucket/sessions/2032/02/10/100000000000000000001.jsonl");
    let line: Value = serde_json::from_str(&first.1).unwrap();
    let record = json!({
        "account": "01JZZZZZZZZZZZZZZZZZZZZZZZ", "firstName": "Ana", "lastName": "Lima",
        "since": 1_800_000_000_000_i64, "expiresAt": 1_958_198_400,
    });
    assert_eq!(line["record"], record);
}

#[test]
fn lambda_gives_all_that_is_deleted_and_forgets_nothing_that_is_not_written() {
    let template = template();
    let resources = template["Resources"].as_object().unwrap();
    // Where events are published, who publishes them archives what is forgotten of sessions.
    let of_archive = |resource: &&Value| {
        let function = &resource["Properties"]["FunctionName"];
        let either = json!(["Publishes", {"!Ref": "PublishEventsFunction"}, {"!Ref": "ArchiveFunction"}]);
        function["!Ref"] == "ArchiveFunction" || function["!If"] == either
    };
    let mappings: Vec<_> = resources.values().filter(|resource| resource["Type"] == "AWS::Lambda::EventSourceMapping").collect();
    let sources: BTreeSet<_> =
        mappings.iter().copied().filter(of_archive).map(|mapping| mapping["Properties"]["EventSourceArn"].to_string()).collect();
    assert_eq!(sources, ["AccountsTable", "SessionsTable"].map(|table| format!(r#"{{"!GetAtt":"{table}.StreamArn"}}"#)).into());
    for table in ["AccountsTable", "SessionsTable"] {
        let stream = &resources[table]["Properties"]["StreamSpecification"]["StreamViewType"];
        assert_eq!(stream, "NEW_AND_OLD_IMAGES", "{table}");
        let readers = mappings.iter().filter(|mapping| mapping["Properties"]["EventSourceArn"].to_string().contains(table));
        assert!(readers.count() <= 2, "{table}: two may read a stream");
    }
    let expiry = event("archive")["Records"][0].clone();
    for mapping in mappings.into_iter().filter(of_archive) {
        let mapping = &mapping["Properties"];
        let filters = mapping["FilterCriteria"]["Filters"].as_array().unwrap();
        let pattern: Value = serde_json::from_str(filters[0]["Pattern"].as_str().unwrap()).unwrap();
        assert_eq!(pattern, json!({"eventName": [expiry["eventName"]]}), "the function says who deleted");
        assert!(filters[1..].iter().all(|filter| filter["!If"][0] == "Publishes" && filter["!If"][2] == json!({"!Ref": "AWS::NoValue"})));
        assert_eq!(mapping["StartingPosition"], "TRIM_HORIZON", "what is there already, too");
        assert_eq!(
            (&mapping["MaximumRetryAttempts"], &mapping["MaximumRecordAgeInSeconds"]),
            (&json!(-1), &json!(-1)),
            "until it is written"
        );
        assert_eq!(mapping["FunctionResponseTypes"], json!(["ReportBatchItemFailures"]));
        assert_eq!(mapping["BisectBatchOnFunctionError"], true);
    }
    let alarm = &resources["ArchiveLag"]["Properties"];
    assert!(alarm["Threshold"].as_u64().unwrap() * 12 <= 24 * 60, "in minutes; the stream keeps a day");
}

#[test]
fn archive_may_read_both_streams_and_write_into_its_bucket_and_no_more() {
    let archive = deployed().into_iter().find(|function| function.name == "archive").unwrap();
    let rights: Vec<_> = archive.rights.iter().map(|Statement { actions, resource, .. }| (actions.clone(), resource.as_str())).collect();
    let [(reading, streams), (writing, bucket), (encrypting, key)] = &rights[..] else { panic!("{rights:?}") };
    assert_eq!(reading, &super::live::READING_A_STREAM.map(str::to_owned).into());
    assert_eq!(*streams, r#"[{"!Sub":"${AccountsTable.Arn}/stream/*"},{"!Sub":"${SessionsTable.Arn}/stream/*"}]"#);
    assert_eq!((writing, *bucket), (&["s3:PutObject".to_owned()].into(), r#"{"!Sub":"${ArchiveBucket.Arn}/*"}"#));
    assert_eq!((encrypting, *key), (&["kms:GenerateDataKey".to_owned()].into(), r#"{"!Ref":"KmsKeyArn"}"#));
    let others = deployed()
        .into_iter()
        .filter(|function| !["archive", "publish-events"].contains(&function.name.as_str()))
        .flat_map(|function| function.rights);
    assert!(others.flat_map(|statement| statement.actions).all(|action| !action.starts_with("s3:")), "nobody else reaches a bucket");
}

#[test]
fn the_archive_is_read_by_whom_the_operator_names_and_forgets_after_five_years() {
    let template = template();
    let bucket = &template["Resources"]["ArchiveBucket"];
    for resource in [bucket, &template["Resources"]["ArchiveBucketPolicy"]] {
        assert_eq!((&resource["DeletionPolicy"], &resource["UpdateReplacePolicy"]), (&json!("Retain"), &json!("Retain")));
    }
    let properties = &bucket["Properties"];
    assert!(properties["VersioningConfiguration"].is_null(), "a version would outlive who was erased");
    let page = &template["Resources"]["PageBucket"]["Properties"];
    for same in ["OwnershipControls", "PublicAccessBlockConfiguration", "BucketEncryption"] {
        assert_eq!(properties[same], page[same], "{same}");
    }
    let [rule] = properties["LifecycleConfiguration"]["Rules"].as_array().unwrap().as_slice() else { panic!("one rule: {properties}") };
    assert_eq!(rule["Status"], "Enabled");
    assert!(rule["Prefix"].is_null() && rule["Filter"].is_null(), "of all there is");
    assert_eq!(rule["ExpirationInDays"].as_i64().unwrap() * 24 * 3600, ARCHIVED_SECONDS);
    let [colder] = rule["Transitions"].as_array().unwrap().as_slice() else { panic!("{rule}") };
    // AWS bills 180 days of that class at least.
    assert_eq!(colder["StorageClass"], "DEEP_ARCHIVE");
    assert!(colder["TransitionInDays"].as_i64().unwrap() + 180 < rule["ExpirationInDays"].as_i64().unwrap());

    let policy = &template["Resources"]["ArchiveBucketPolicy"]["Properties"]["PolicyDocument"]["Statement"];
    let objects = json!({"!Sub": "${ArchiveBucket.Arn}/*"});
    let expected = json!([
        {
            "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": [{"!GetAtt": "ArchiveBucket.Arn"}, objects],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        },
        {
            "Effect": "Deny", "Principal": "*", "Action": ["s3:GetObject*", "s3:RestoreObject"], "Resource": objects,
            "Condition": {"!If": [
                "HasArchiveReader", {"ArnNotEquals": {"aws:PrincipalArn": {"!Ref": "ArchiveReaderArn"}}}, {"!Ref": "AWS::NoValue"},
            ]},
        },
    ]);
    assert_eq!(*policy, expected);
    assert_eq!(template["Conditions"]["HasArchiveReader"], json!({"!Not": [{"!Equals": [{"!Ref": "ArchiveReaderArn"}, ""]}]}));
    assert_eq!(template["Parameters"]["ArchiveReaderArn"]["Default"], "", "nobody unless somebody is named");
}
