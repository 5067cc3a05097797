//! What other systems are told: all that happens, in order, and of nobody by name.

use crate::{
    anywhere::record::a_day,
    here::{import, live::READING_A_STREAM, reopening::reopen},
};
use axum::{
    Router,
    http::{HeaderMap, StatusCode},
    routing::any,
};
use jiff::{Timestamp, civil::Time};
use jsonschema::Validator;
use local::{
    database::{self, SESSIONS, Tables},
    functions::{
        archive::Changes,
        publish_events::{
            Bus,
            event::{CandidateChanged, Event, IncidentReported, SessionChanged},
            publish,
        },
    },
};
use shared::domain::session::SessionNumber;
use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    future::ready,
    sync::{Arc, LazyLock, Mutex},
};
use tests::{
    Room, Value, World, answer,
    functions::{Statement, deployed, event, file, root, template},
    json,
    meter::Right,
    record::items,
};
use tokio::net::TcpListener;
use utoipa::OpenApi;

const SCHEMA: &str = "docs/events/vigie-event-1.schema.json";

/// The types that events are made of.
#[derive(OpenApi)]
#[openapi(components(schemas(CandidateChanged, SessionChanged, IncidentReported)))]
struct Types;

/// A Vigie, and the stream of its sessions' table.
struct Told {
    world: World,
    tables: Tables,
}

impl Told {
    async fn new() -> Self {
        let tables = database::open(None).unwrap();
        let stream = json!({"TableName": SESSIONS, "StreamSpecification": {"StreamEnabled": true, "StreamViewType": "NEW_AND_OLD_IMAGES"}});
        tables.database.update_table(serde_json::from_value(stream).unwrap()).unwrap();
        let world = World::over(&database::serve(tables.clone()).await.unwrap()).await;
        Self { world, tables }
    }

    /// All that changed, as Lambda gives it.
    fn records(&self) -> Vec<Value> {
        let database = &self.tables.database;
        let streams = database.list_streams(serde_json::from_value(json!({"TableName": SESSIONS})).unwrap()).unwrap();
        let streams = serde_json::to_value(streams).unwrap();
        let stream = &streams["Streams"][0]["StreamArn"];
        let described = database.describe_stream(serde_json::from_value(json!({"StreamArn": stream})).unwrap()).unwrap();
        let mut records = vec![];
        for shard in described.stream_description.shards {
            let from = json!({"StreamArn": stream, "ShardId": shard.shard_id, "ShardIteratorType": "TRIM_HORIZON"});
            let mut next = database.get_shard_iterator(serde_json::from_value(from).unwrap()).unwrap().shard_iterator;
            while let Some(iterator) = next {
                let page = database.get_records(serde_json::from_value(json!({"ShardIterator": iterator})).unwrap()).unwrap();
                next = page.next_shard_iterator.filter(|_| !page.records.is_empty());
                records.extend(page.records.into_iter().map(|record| serde_json::to_value(record).unwrap()));
            }
        }
        records
    }

    /// What is told of these changes, a batch at a time.
    async fn told_of(&self, records: &[Value]) -> Vec<Value> {
        let told = RefCell::new(vec![]);
        for batch in records.chunks(100) {
            let put = async |events: Vec<Event>| {
                assert!(events.len() <= 10);
                told.borrow_mut().extend(events.iter().map(envelope));
                Ok(())
            };
            let failed = publish(changes(batch), |_| ready(Ok::<_, String>(())), put, self.departures()).await;
            assert!(failed.is_empty());
        }
        told.into_inner()
    }

    fn departures(&self) -> impl AsyncFn(SessionNumber) -> shared::store::Result<Vec<shared::store::Departure>> {
        async |session| self.world.app.store().departures(&session).await
    }
}

fn changes(records: &[Value]) -> Changes {
    serde_json::from_value(json!({"Records": records})).unwrap()
}

/// An event as a rule's target gets it.
fn envelope(event: &Event) -> Value {
    let detail = serde_json::to_value(event).unwrap();
    assert!(detail.to_string().len() < 1024, "ten of them are far less than EventBridge takes");
    let event = json!({
        "version": "0", "id": "of EventBridge", "detail-type": event.detail_type(), "source": "vigie", "account": "123456789012",
        "time": event.at().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(), "region": "eu-west-3", "resources": [], "detail": detail,
    });
    let errors: Vec<_> = VALIDATOR.iter_errors(&event).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:?}\n{event:#}");
    event
}

/// The schema, closed: consumers pass over what they do not know, but nothing is told that nobody meant to tell.
static VALIDATOR: LazyLock<Validator> = LazyLock::new(|| {
    let mut schema: Value = serde_json::from_str(&file(SCHEMA)).unwrap();
    for part in schema["$defs"].as_object_mut().unwrap().values_mut().filter(|part| part["properties"].is_object()) {
        part["additionalProperties"] = json!(false);
    }
    jsonschema::validator_for(&schema).unwrap()
});

/// What the code makes of the schema.
fn schema() -> Value {
    let mut parts = serde_json::to_value(Types::openapi().components.unwrap().schemas).unwrap();
    as_json_schema(&mut parts);
    // Of calls for help nothing is told.
    parts["Action"]["enum"].as_array_mut().unwrap().retain(|action| action != "call" && action != "answer");
    let kinds =
        [("Candidate Changed", "CandidateChanged"), ("Session Changed", "SessionChanged"), ("Incident Reported", "IncidentReported")];
    let kinds =
        kinds.map(|(kind, of)| json!({"properties": {"detail-type": {"const": kind}, "detail": {"$ref": format!("#/$defs/{of}")}}}));
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "vigie-event/1",
        "description": "An event of Vigie as EventBridge delivers it: docs/events.md.",
        "type": "object",
        "required": ["source", "detail-type", "time", "detail"],
        "properties": {
            "source": {"const": "vigie", "description": "The same of every Vigie: a deployment is known by its bus."},
            "detail-type": {"type": "string", "description": "Which kind of event it is."},
            "time": {"type": "string", "format": "date-time", "description": "`at` of the detail, to the second."},
            "detail": {"type": "object", "description": "What happened."},
        },
        "oneOf": kinds,
        "$defs": parts,
    })
}

/// OpenAPI's schemas are JSON Schema, but for where they stand and how they show examples.
fn as_json_schema(value: &mut Value) {
    match value {
        Value::Object(members) => {
            if let Some(example) = members.remove("example") {
                members.insert("examples".to_owned(), json!([example]));
            }
            if let Some(Value::String(reference)) = members.get_mut("$ref") {
                *reference = reference.replace("#/components/schemas/", "#/$defs/");
            }
            members.values_mut().for_each(as_json_schema);
        }
        Value::Array(values) => values.iter_mut().for_each(as_json_schema),
        _ => {}
    }
}

/// With `WRITE_DOCUMENTS` set, it is written instead.
#[test]
fn the_schema_is_that_of_the_code_and_describes_every_member() {
    let schema = schema();
    let text = serde_json::to_string_pretty(&schema).unwrap() + "\n";
    if std::env::var_os("WRITE_DOCUMENTS").is_some() {
        std::fs::write(root().join(SCHEMA), text).unwrap();
        return;
    }
    assert!(file(SCHEMA) == text, "{SCHEMA} is old: run the test with WRITE_DOCUMENTS=1, and read docs/events.md, Versions");
    for (name, part) in schema["$defs"].as_object().unwrap() {
        for (member, described) in part["properties"].as_object().into_iter().flatten() {
            let refers = described["$ref"].as_str().and_then(|reference| schema["$defs"].get(reference.rsplit('/').next().unwrap()));
            let texts = [Some(described), refers].into_iter().flatten().filter_map(|schema| schema["description"].as_str());
            assert!(texts.into_iter().any(|text| text.ends_with(['.', '…'])) || member == "version", "{name}: {member}: {described}");
            assert!(file("docs/events.md").contains(&format!("`{member}`")), "{name}: {member} is not in docs/events.md");
        }
    }
}

fn details<'a>(told: &'a [Value], kind: &'a str) -> impl Iterator<Item = &'a Value> {
    told.iter().filter(move |event| event["detail-type"] == kind).map(|event| &event["detail"])
}

/// By session and candidate, as they come.
fn of_candidates(told: &[Value]) -> BTreeMap<(String, String), Vec<&Value>> {
    let mut all = BTreeMap::<_, Vec<_>>::new();
    for detail in details(told, "Candidate Changed") {
        all.entry((answer(detail, "session"), answer(detail, "candidate"))).or_default().push(detail);
    }
    all
}

fn milliseconds(instant: &Value) -> i64 {
    instant.as_str().unwrap().parse::<Timestamp>().unwrap().as_millisecond()
}

/// Holds what was told of a session's candidates to what its table says in the end.
async fn check_candidates(world: &World, session: &str, told: &[Value]) {
    let by_candidate = of_candidates(told);
    let of = |candidate: &str| by_candidate.get(&(session.to_owned(), candidate.to_owned())).cloned().unwrap_or_default();
    for item in items(world, session).await {
        let Some(id) = answer(&item, "sk").strip_prefix("session/").map(str::to_owned) else { continue };
        let mut events = of(&id);
        if let Some(former) = events.first().and_then(|first| first["formerCandidate"].as_str()) {
            events.splice(0..0, of(former));
        }
        let history = item["history"].as_array().unwrap();
        let mut starts = 0;
        assert_eq!(events.len(), history.len(), "{id}");
        for (place, (event, entry)) in events.iter().zip(history).enumerate() {
            starts += u64::from(entry["a"] == "start");
            let start = if entry["a"] == "start" { json!(starts) } else { Value::Null };
            assert_eq!(event["order"], place + 1, "{event}");
            assert_eq!((&event["action"], &event["role"], &event["minutes"]), (&entry["a"], &entry["r"], &entry["m"]), "{event}");
            assert_eq!((milliseconds(&event["at"]), &event["start"]), (entry["t"].as_i64().unwrap(), &start), "{event}");
            assert_eq!(milliseconds(&event["enrolledAt"]), history[0]["t"].as_i64().unwrap());
        }
        assert_eq!(events.last().unwrap()["status"], item["status"], "{id}");
    }
}

#[tokio::test]
async fn all_of_a_day_is_told_in_order_and_of_nobody_by_name() {
    let told = Told::new().await;
    let world = &told.world;
    let (room, pupils) = a_day(&world.api).await;
    let unwell = json!({"category": "health", "text": "Malaise", "candidate": pupils[0].id});
    world.post(room.path("/incidents")).token(&room.proctor).json(&unwell).send().await.ok();
    room.finalise().await.ok();
    let event = json!({"session": room.number, "reason": "Finalisée avant l'heure"});
    reopen(world, event, "1").await.unwrap();
    room.finalise().await.ok();
    let records = told.records();
    let events = told.told_of(&records).await;
    check_candidates(world, &room.number, &events).await;

    let [moved, removed] = [&pupils[3], &pupils[4]];
    let by_candidate = of_candidates(&events);
    let actions =
        |id: &str| by_candidate[&(room.number.clone(), id.to_owned())].iter().map(|event| answer(event, "action")).collect::<Vec<_>>();
    let former: Vec<_> = details(&events, "Candidate Changed").filter(|event| event["formerCandidate"].is_string()).collect();
    let [correction] = former[..] else { panic!("{former:?}") };
    assert_eq!(
        (answer(correction, "action"), answer(correction, "candidate"), &correction["order"]),
        ("correct".into(), moved.id.clone(), &json!(2))
    );
    assert_eq!(actions(correction["formerCandidate"].as_str().unwrap()), ["enrol"], "and no removal");
    assert_eq!(actions(&removed.id), ["enrol", "remove"]);
    let removal = by_candidate[&(room.number.clone(), removed.id.clone())][1];
    assert_eq!((&removal["order"], &removal["status"], &removal["role"]), (&json!(2), &Value::Null, &json!("organiser")));
    assert!(by_candidate.len() == 8 && !actions(&pupils[0].id).iter().any(|action| action == "call"));

    let sessions: Vec<_> = details(&events, "Session Changed").collect();
    let done: Vec<_> = sessions.iter().map(|event| answer(event, "action")).collect();
    assert_eq!(done, ["create", "edit", "replace_codes", "finalise", "reopen", "finalise"]);
    assert!(sessions.is_sorted_by(|one, next| one["order"].as_u64() < next["order"].as_u64()), "{sessions:?}");
    let incidents: Vec<_> =
        details(&events, "Incident Reported").map(|event| (answer(event, "category"), event["candidate"].clone())).collect();
    let reported =
        [("technical", json!(pupils[0].id)), ("evacuation", Value::Null), ("other", json!(pupils[5].id)), ("health", Value::Null)];
    assert_eq!(incidents, reported.map(|(category, candidate)| (category.to_owned(), candidate)));

    let ids: BTreeSet<_> = events.iter().map(|event| answer(&event["detail"], "id")).collect();
    assert_eq!(ids.len(), events.len(), "each has an id of its own");
    assert_eq!(told.told_of(&records).await, events, "and the same another time");

    let text = json!(events).to_string();
    let mut never = BTreeSet::new();
    for record in &records {
        for image in ["OldImage", "NewImage"] {
            values(&record["dynamodb"][image], &mut never);
        }
    }
    let mut meant = values_of(&events);
    // The day of a session is that of what happens in it.
    meant.extend(events.iter().map(|event| answer(&event["detail"], "at")[..10].to_owned()));
    never.retain(|value| !meant.contains(value));
    let hidden = ["Bernhard", "+Ana", "2012-05-13", "=HYPERLINK(\"http://example.org\")", "Problème;@Écran noir,-1\n+1", "=AED"];
    for hidden in hidden.into_iter().chain(["Salle 13", "Finalisée avant l'heure"]) {
        assert!(never.contains(hidden), "{hidden} stands in no item");
    }
    assert!(never.len() > 100 && never.iter().any(|value| value.starts_with("Dupont")));
    for hidden in never {
        assert!(!text.contains(&hidden), "{hidden}");
    }
}

/// Every text in an item that is found in another by no chance: long enough, no number, no time of day.
fn values(item: &Value, found: &mut BTreeSet<String>) {
    match item {
        Value::String(text) if text.len() > 3 && text.parse::<f64>().is_err() && text.parse::<Time>().is_err() => {
            found.extend([text.clone()]);
        }
        Value::Object(members) => members.values().for_each(|value| values(value, found)),
        Value::Array(items) => items.iter().for_each(|value| values(value, found)),
        _ => {}
    }
}

/// What events may say: who, within a session, and words of the schema.
fn values_of(events: &[Value]) -> BTreeSet<String> {
    let members = ["candidate", "formerCandidate", "action", "role", "status", "category"];
    let said = events.iter().flat_map(|event| members.map(|member| event["detail"][member].as_str().map(str::to_owned)));
    let incidents = details(events, "Incident Reported").map(|event| answer(event, "id").rsplit('/').next().unwrap().to_owned());
    // How items are called, and a session's states.
    said.flatten().chain(incidents).chain(["session", "incident", "open"].map(str::to_owned)).collect()
}

#[tokio::test]
async fn of_a_deleted_session_nothing_but_that_is_told() {
    let told = Told::new().await;
    let room = Room::open(&told.world).await;
    room.enrol(0..3).await;
    told.world.delete(room.path("")).token(&room.organiser).send().await.ok();
    let events = told.told_of(&told.records()).await;
    let done: Vec<_> = events.iter().map(|event| answer(&event["detail"], "action")).collect();
    assert_eq!(done, ["create", "enrol", "enrol", "enrol", "delete"], "{events:#?}");
    assert_eq!((&events[4]["detail"]["order"], &events[4]["detail"]["createdAt"]), (&json!(2), &events[0]["detail"]["createdAt"]));
}

#[tokio::test]
async fn who_is_enrolled_again_after_a_removal_or_a_move_begins_anew() {
    let told = Told::new().await;
    let room = Room::open(&told.world).await;
    let pupil = room.pupil().await;
    told.world.delete(pupil.path("")).token(&room.organiser).send().await.ok();
    told.world.pass(jiff::SignedDuration::from_secs(1));
    let again = room.pupil().await;
    told.world.patch(again.path("")).token(&room.organiser).json(&json!({"birthdate": "2012-01-01"})).send().await.ok();
    told.world.pass(jiff::SignedDuration::from_secs(1));
    let last = room.pupil().await;
    assert_eq!((&pupil.id, &pupil.id), (&again.id, &last.id), "the same person");
    let events = told.told_of(&told.records()).await;
    let same = &of_candidates(&events)[&(room.number.clone(), pupil.id)];
    assert_eq!(
        same.iter().map(|event| (answer(event, "action"), event["order"].as_u64().unwrap())).collect::<Vec<_>>(),
        [("enrol".to_owned(), 1), ("remove".to_owned(), 2), ("enrol".to_owned(), 1), ("enrol".to_owned(), 1)]
    );
    assert_eq!(same.iter().map(|event| answer(event, "id")).collect::<BTreeSet<_>>().len(), 4);
    assert_eq!(same.iter().map(|event| milliseconds(&event["enrolledAt"])).collect::<BTreeSet<_>>().len(), 3);
}

/// An import that finds the room full takes back whom it enrolled, but one to whom something has happened since.
#[tokio::test]
async fn who_is_taken_back_is_told_to_be_removed() {
    let told = Told::new().await;
    import::taken_back(&told.world).await;
    let records = told.records();
    let events = told.told_of(&records).await;
    let session = answer(&events[0]["detail"], "session");
    check_candidates(&told.world, &session, &events).await;
    let removals = details(&events, "Candidate Changed").filter(|event| event["action"] == "remove").count();
    assert_eq!(removals, 98);
}

/// What a removal asks of the table.
pub async fn what_it_asks(world: &World) -> BTreeSet<Right> {
    let room = Room::open(world).await;
    let moved = room.pupil().await;
    let corrected = world.patch(moved.path("")).token(&room.organiser).json(&json!({"birthdate": "2012-01-01"})).send().await.ok();
    world.meter.take();
    let departures = world.app.store().departures(&SessionNumber::parse(&room.number).unwrap()).await.unwrap();
    let [moved_away] = &departures[..] else { panic!("{departures:?}") };
    assert_eq!((moved_away.from.as_str(), moved_away.to.as_ref().unwrap().as_str()), (&*moved.id, &*answer(&corrected, "id")));
    world.meter.take().rights
}

/// An EventBridge that answers so, one after the other, and what was put on its bus.
async fn event_bridge(answers: Vec<(u16, Value)>) -> (Bus, Arc<Mutex<Vec<Value>>>) {
    let put = Arc::new(Mutex::new(vec![]));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().fallback(any({
        let (put, answers) = (put.clone(), Arc::new(Mutex::new(answers.into_iter())));
        async move |headers: HeaderMap, body: String| {
            assert_eq!(headers["x-amz-target"], "AWSEvents.PutEvents");
            put.lock().unwrap().push(serde_json::from_str::<Value>(&body).unwrap());
            let (status, answer) = answers.lock().unwrap().next().unwrap();
            (StatusCode::from_u16(status).unwrap(), answer.to_string())
        }
    }));
    tokio::spawn(async { axum::serve(listener, router).await });
    (Bus::new("a-bus".to_owned(), &local::aws_config(&endpoint, "AKIDEXAMPLE")), put)
}

#[tokio::test]
async fn what_event_bridge_does_not_take_is_given_again_with_the_same_id() {
    let taken = json!({"FailedEntryCount": 0, "Entries": [{"EventId": "1"}]});
    let failed = json!({"FailedEntryCount": 1, "Entries": [{"ErrorCode": "InternalFailure", "ErrorMessage": "…"}]});
    let refused = json!({"__type": "AccessDeniedException"});
    let (bus, put) = event_bridge(vec![(200, failed), (400, refused), (200, taken)]).await;
    let told = Told::new().await;
    let again = json!({"batchItemFailures": [{"itemIdentifier": "100000000000000000002"}]});
    for expected in [&again, &again, &json!({"batchItemFailures": []})] {
        let put = async |events| bus.put(events).await;
        let changes = serde_json::from_value(event("publish-events")).unwrap();
        let failed = publish(changes, |_| ready(Ok::<_, String>(())), put, told.departures()).await;
        assert_eq!(serde_json::to_value(failed).unwrap(), *expected);
    }
    let put = put.lock().unwrap();
    assert!(put.len() == 3 && put.iter().all(|request| *request == put[0]), "{put:?}");
    let [entry] = put[0]["Entries"].as_array().unwrap().as_slice() else { panic!("{put:?}") };
    assert_eq!(
        (&entry["EventBusName"], &entry["Source"], &entry["DetailType"]),
        (&json!("a-bus"), &json!("vigie"), &json!("Candidate Changed"))
    );
    let detail: Value = serde_json::from_str(entry["Detail"].as_str().unwrap()).unwrap();
    assert_eq!(entry["Time"], 1_800_007_200.456);
    let shown = file("docs/events.md").split("```json\n").nth(1).unwrap().split("```").next().unwrap().to_owned();
    let shown: Value = serde_json::from_str(&shown).unwrap();
    assert!(
        VALIDATOR.is_valid(&shown) && shown["detail"] == detail,
        "docs/events.md shows what comes of events/publish-events.json: {detail:#}"
    );
}

/// As EventBridge compares, where a pattern has nothing but values.
fn fits(pattern: &Value, event: &Value) -> bool {
    match pattern {
        Value::Object(members) => members.iter().all(|(name, pattern)| fits(pattern, &event[name])),
        Value::Array(values) => {
            assert!(values.iter().all(Value::is_string), "not understood: {pattern}");
            values.contains(event)
        }
        _ => panic!("not understood: {pattern}"),
    }
}

#[tokio::test]
async fn the_examples_rule_hears_of_tests_that_are_over_and_of_nothing_else() {
    let told = Told::new().await;
    let (room, pupils) = a_day(&told.world.api).await;
    room.finalise().await.ok();
    let rule: yaml_serde::Value = yaml_serde::from_str(&file("docs/events/example-rule.yaml")).unwrap();
    let rule = serde_json::to_value(rule).unwrap()["Resources"]["TestsOver"]["Properties"].clone();
    let events = told.told_of(&told.records()).await;
    let heard = events.iter().filter(|event| fits(&rule["EventPattern"], event)).map(|event| answer(&event["detail"], "candidate"));
    assert_eq!(heard.collect::<BTreeSet<_>>(), pupils[..3].iter().map(|pupil| pupil.id.clone()).collect(), "whose test ran");
    let over = details(&events, "Candidate Changed").filter(|event| ["finished", "ended"].iter().any(|status| event["status"] == *status));
    assert_eq!(over.count(), 3);
}

#[test]
fn only_where_it_is_asked_for_lambda_gives_what_is_told_and_what_is_archived_to_one_function() {
    let template = template();
    let resources = &template["Resources"];
    assert_eq!(template["Parameters"]["Events"]["Default"], "off");
    assert_eq!(template["Conditions"]["Publishes"], json!({"!Equals": [{"!Ref": "Events"}, "on"]}));
    for name in ["PublishEventsFunction", "EventBus"] {
        assert_eq!(resources[name]["Condition"], "Publishes", "{name}");
    }
    let mapping = &resources["ForgottenSessions"]["Properties"];
    let either = |on: Value, off: Value| json!({"!If": ["Publishes", on, off]});
    assert_eq!(mapping["FunctionName"], either(json!({"!Ref": "PublishEventsFunction"}), json!({"!Ref": "ArchiveFunction"})));
    assert_eq!(mapping["BatchSize"], either(json!(100), json!(1000)));
    assert_eq!(mapping["MaximumBatchingWindowInSeconds"], either(json!(0), json!(300)), "nobody waits for an event");
    assert!(mapping["ParallelizationFactor"].is_null(), "one batch of each part of the stream at a time keeps the order in a session");
    let filters = mapping["FilterCriteria"]["Filters"].as_array().unwrap();
    let pattern: Value = serde_json::from_str(filters[1]["!If"][1]["Pattern"].as_str().unwrap()).unwrap();
    assert_eq!((&filters[1]["!If"][0], &filters[1]["!If"][2]), (&json!("Publishes"), &json!({"!Ref": "AWS::NoValue"})));
    assert_eq!(pattern, json!({"dynamodb": {"Keys": {"sk": {"S": ["session", {"prefix": "session/"}, {"prefix": "incident/"}]}}}}));
    let alarm = &resources["EventsLag"];
    assert_eq!(alarm["Condition"], "WatchesEvents");
    assert_eq!(template["Conditions"]["WatchesEvents"], json!({"!And": [{"!Condition": "Production"}, {"!Condition": "Publishes"}]}));
}

#[test]
fn it_may_read_its_stream_put_on_its_bus_and_archive_sessions_and_no_more() {
    let function = deployed().into_iter().find(|function| function.name == "publish-events").unwrap();
    let rights: Vec<_> = function.rights.iter().map(|Statement { actions, resource, .. }| (actions.clone(), resource.as_str())).collect();
    let [stream, table, bus, bucket, key] = &rights[..] else { panic!("{rights:?}") };
    let right = |actions: &[&str], resource| (actions.iter().map(|action| (*action).to_owned()).collect::<BTreeSet<_>>(), resource);
    assert_eq!(*stream, right(&READING_A_STREAM, r#"{"!Sub":"${SessionsTable.Arn}/stream/*"}"#));
    assert_eq!(*table, right(&["dynamodb:Query"], r#"{"!GetAtt":"SessionsTable.Arn"}"#));
    assert_eq!(*bus, right(&["events:PutEvents"], r#"{"!GetAtt":"EventBus.Arn"}"#));
    assert_eq!(*bucket, right(&["s3:PutObject"], r#"{"!Sub":"${ArchiveBucket.Arn}/sessions/*"}"#));
    assert_eq!(*key, right(&["kms:GenerateDataKey"], r#"{"!Ref":"KmsKeyArn"}"#));
    let others = deployed().into_iter().filter(|function| function.name != "publish-events").flat_map(|function| function.rights);
    assert!(others.flat_map(|statement| statement.actions).all(|action| !action.starts_with("events:")), "nobody else publishes");
}
