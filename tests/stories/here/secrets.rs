//! What the log and the answers keep to themselves.

use super::centres::grant;
use aws_sdk_dynamodb::types::AttributeValue;
use axum::{body::Body, routing::get};
use http_body_util::BodyExt;
use lambda_http::http::Request;
use local::functions::{DIRECT, ROUTED};
use shared::{
    domain::{code::TypedPass, refusal::Refusal, session::SessionNumber},
    http::{layers, origin},
    log::Lines,
};
use std::{
    collections::BTreeSet,
    io::Write,
    sync::{Arc, Mutex},
};
use tests::{Answer, Room, Value, World, answer, contract, json};
use tower::ServiceExt;
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::{
    EnvFilter,
    fmt::{MakeWriter, format::JsonFields},
};
use utoipa_axum::router::OpenApiRouter;

/// All that this thread logs, and with it the whole of a test's server: ours from TRACE on, others' from INFO on.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

/// Its name, its dimensions and by how much it is counted.
type Metric = (String, Vec<(String, String)>, u64);

impl Log {
    fn listen() -> (Self, DefaultGuard) {
        // Keeps the places that log from concluding, on a thread that does not listen, that nobody does.
        let _ = tracing::subscriber::set_global_default(tracing_subscriber::registry());
        let log = Self::default();
        let functions = ROUTED.iter().map(|(name, _)| name).chain(DIRECT);
        let ours: Vec<_> = functions.map(|name| format!("{}=trace", name.replace('-', "_"))).collect();
        // The embedded database logs its own refusals, which DynamoDB does not.
        let filter = EnvFilter::new(format!("info,dynoxide=off,shared=trace,local=trace,{}", ours.join(",")));
        let subscriber = tracing_subscriber::fmt()
            .fmt_fields(JsonFields::new())
            .event_format(Lines::new(Some(NAMESPACE.to_owned())))
            .with_env_filter(filter)
            .with_writer(log.clone())
            .finish();
        (log, tracing::subscriber::set_default(subscriber))
    }

    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    fn lines(&self) -> Vec<Value> {
        self.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// What CloudWatch would count. Panics where a line is not in the embedded metric format.
    fn metrics(&self) -> Vec<Metric> {
        let lines = self.lines().into_iter().filter(|line| !line["_aws"].is_null());
        lines
            .map(|line| {
                let metadata = line["_aws"].as_object().unwrap();
                assert_eq!(metadata.keys().collect::<Vec<_>>(), ["CloudWatchMetrics", "Timestamp"]);
                let age = jiff::Timestamp::now().as_millisecond() - metadata["Timestamp"].as_i64().unwrap();
                assert!((0..60_000).contains(&age), "the time is in milliseconds: {line}");
                let [directive] = metadata["CloudWatchMetrics"].as_array().unwrap().as_slice() else { panic!("one directive: {line}") };
                let [metric] = directive["Metrics"].as_array().unwrap().as_slice() else { panic!("one metric: {line}") };
                let [dimensions] = directive["Dimensions"].as_array().unwrap().as_slice() else { panic!("one set: {line}") };
                assert_eq!((&directive["Namespace"], &metric["Unit"]), (&json!(NAMESPACE), &json!("Count")));
                let name = metric["Name"].as_str().unwrap();
                let dimensions = dimensions.as_array().unwrap().iter().map(|dimension| dimension.as_str().unwrap());
                let dimensions = dimensions.map(|dimension| (dimension.to_owned(), line[dimension].as_str().unwrap().to_owned()));
                (name.to_owned(), dimensions.collect(), line[name].as_u64().unwrap())
            })
            .collect()
    }

    #[track_caller]
    fn holds_none_of(&self, secrets: &[String]) {
        let text = self.text().to_lowercase();
        for secret in secrets {
            assert!(!secret.is_empty());
            // JSON may write other letters as they are, or as escapes.
            for form in [secret.to_lowercase(), json!(secret).to_string().trim_matches('"').to_lowercase()] {
                assert!(!text.contains(&form), "the log holds {secret}:\n{text}");
            }
        }
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;
    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

const NAMESPACE: &str = "Vigie/test";
const EMAIL: &str = "Zephyrine.Quatrebarbes@exemple.example.org";
const PASSWORD: &str = "Tournesol-bleu-1634";
const WRONG_PASSWORD: &str = "Hortensia-2745";
const WRONG_SESSION_PASSWORD: &str = "C-99QQ88";
const WRONG_CODE: &str = "77WW66";
const WRONG_PASS: &str = "88QQ99WW";

fn zephyrine() -> Value {
    json!({"firstName": "Zéphyrine", "lastName": "Quatrebarbes", "birthdate": "2011-07-13"})
}

fn zephyrines_account() -> Value {
    let mut new = zephyrine();
    new["email"] = json!(EMAIL);
    new["password"] = json!(PASSWORD);
    new["acceptTerms"] = json!(true);
    new
}

/// A token, and its signature alone.
fn token(body: &Value) -> [String; 2] {
    let token = answer(body, "accessToken");
    let signature = token.rsplit('.').next().unwrap().to_owned();
    [token, signature]
}

/// A look, minutes for a reason that names somebody, a call, and what the history tells of it.
async fn on_the_day(room: &Room, id: &str, attempt: &str) -> Vec<Answer> {
    let (api, path) = (&room.api, |rest: &str| room.path(&format!("/candidates/{id}{rest}")));
    let mut answers = vec![api.get(path("")).token(attempt).send().await];
    for minutes in [10, 0] {
        let body = json!({"minutes": minutes, "reason": "Quatrebarbes, malaise", "candidates": [id]});
        answers.push(api.post(path("/minutes")).token(&room.proctor).json(&body).send().await);
        answers.push(api.post(room.path("/minutes")).token(&room.organiser).json(&body).send().await);
    }
    answers.push(api.post(path("/help")).token(attempt).send().await);
    answers.push(api.delete(path("/help")).token(&room.proctor).send().await);
    let history = api.get(path("/history")).token(&room.proctor).send().await;
    answers.push(api.post(path("/leave")).token(attempt).send().await);
    assert!(history.body.to_string().contains("Quatrebarbes"));
    answers.push(history);
    answers
}

#[tokio::test]
async fn the_log_of_a_whole_procedure_names_nobody_and_holds_no_secret() {
    let world = World::new().await;
    let (log, _guard) = Log::listen();
    let mut secrets = [
        EMAIL,
        "zephyrine",
        "Zéphyrine",
        "Quatrebarbes",
        "2011-07-13",
        PASSWORD,
        WRONG_PASSWORD,
        WRONG_SESSION_PASSWORD,
        WRONG_CODE,
        "Bearer",
    ]
    .map(str::to_owned)
    .to_vec();
    let mut statuses = vec![];
    let mut seen = |answer: Answer| {
        statuses.push(answer.status);
        answer.body
    };

    let new = zephyrines_account();
    for key in [EMAIL, EMAIL, "another"] {
        seen(world.post("/accounts").key(key).json(&new).send().await);
    }
    seen(world.post("/accounts").json(&json!({"email": EMAIL, "password": PASSWORD.to_lowercase(), "firstName": 7})).send().await);
    seen(world.post("/login").body(format!("email={EMAIL}&password={PASSWORD}")).send().await);
    grant(&world, json!({"email": EMAIL, "newCentreName": "Collège"})).await.unwrap();
    let mut login = json!({"email": EMAIL, "password": PASSWORD});
    let logged_in = seen(world.post("/login").json(&login).send().await);
    let account = token(&logged_in);
    login["device"] = logged_in["device"].clone();
    seen(world.post("/login").json(&login).send().await);
    secrets.push(answer(&login, "device"));
    secrets.extend(account.clone());
    for _ in 0..11 {
        seen(world.post("/login").json(&json!({"email": EMAIL, "password": WRONG_PASSWORD})).send().await);
    }

    let mut room = Room::open(&world).await;
    secrets.extend([room.session_password.clone(), room.session_password.replace("C-", ""), room.access_code.clone()]);
    for password in [WRONG_SESSION_PASSWORD, &room.session_password] {
        let answer = seen(world.post(room.path("/proctors")).token(&account[0]).json(&json!({"password": password})).send().await);
        if answer["accessToken"].is_string() {
            let proctor = token(&answer);
            room.proctor.clone_from(&proctor[0]);
            secrets.extend(proctor);
        }
    }
    let list = json!({"candidates": [zephyrine()]});
    for _ in 0..2 {
        seen(world.post(room.path("/candidates")).token(&room.organiser).json(&list).send().await);
    }
    let mut wrong = zephyrine();
    wrong["birthdate"] = json!("2011-07-14");
    secrets.push("2011-07-14".into());
    seen(world.post(room.path("/join")).token(&account[0]).json(&wrong).send().await);
    let joined = seen(world.post(room.path("/join")).token(&account[0]).json(&zephyrine()).send().await);
    let candidate = token(&joined);
    let path = |rest: &str| room.path(&format!("/candidates/{}{rest}", answer(&joined["candidate"], "id")));
    secrets.extend(candidate.clone());

    let start = |code: &str| world.post(path("/start")).token(&candidate[0]).key(PASSWORD).json(&json!({"accessCode": code}));
    seen(start(WRONG_CODE).send().await);
    seen(start(&room.access_code).send().await);
    seen(world.put(path("/presence")).token(&room.proctor).json(&json!({"present": true})).send().await);
    let attempt = token(&seen(start(&room.access_code).send().await));
    secrets.extend(attempt.clone());
    for at in ["/board", "/kit"] {
        seen(world.get(room.path(at)).token(&room.proctor).send().await);
    }
    for answer in on_the_day(&room, &answer(&joined["candidate"], "id"), &attempt[0]).await {
        seen(answer);
    }
    seen(world.post(path("/resume")).token(&room.proctor).send().await);
    seen(world.delete(path("/resume")).token(&room.proctor).send().await);
    seen(world.delete(path("/account")).token(&room.proctor).send().await);
    seen(world.post(path("/finish")).token(&attempt[0]).send().await);
    seen(world.post(path("/end")).token(&room.proctor).send().await);
    seen(world.get("/sessions").token(&room.organiser).send().await);
    seen(room.finalise().await);
    // What is wrong with a request may stand anywhere in it.
    seen(world.get(format!("/{EMAIL}?password={PASSWORD}")).send().await);
    seen(world.get(format!("/sessions/{PASSWORD}/board")).token(&room.organiser).send().await);
    seen(world.get(format!("/sessions?cursor={PASSWORD}")).token(&room.organiser).send().await);
    seen(world.delete(format!("/login?{PASSWORD}")).header("accept-language", PASSWORD).header("user-agent", EMAIL).send().await);
    seen(world.post("/sessions").header("authorization", &format!("Bearer {PASSWORD}")).send().await);

    assert_eq!(statuses.iter().copied().collect::<BTreeSet<_>>(), BTreeSet::from([200, 201, 204, 400, 401, 403, 404, 405, 409, 422, 429]));
    let lines = log.lines().into_iter().filter(|line| line["message"] == "request" && line["route"].is_string());
    assert!(lines.count() > statuses.len(), "each request has its line:\n{}", log.text());
    log.holds_none_of(&secrets);

    let routes: BTreeSet<_> = contract::operations().into_iter().map(|(method, path, _)| format!("{method} {path}")).collect();
    let codes = Refusal::ALL.iter().map(|refusal| refusal.code()).collect::<Vec<_>>();
    for (metric, dimensions, count) in log.metrics() {
        let known = match (metric.as_str(), dimensions.as_slice()) {
            ("done", [(method, verb), (route, path)]) => {
                (method.as_str(), route.as_str()) == ("method", "route") && routes.contains(&format!("{verb} {path}")) && verb != "GET"
            }
            ("refused", [(dimension, code)]) => dimension == "code" && codes.contains(&code.as_str()),
            _ => false,
        };
        assert!(known && count == 1, "{metric} by {dimensions:?}: each value of a dimension is billed");
    }
}

#[tokio::test]
async fn the_log_of_a_pass_holds_neither_its_code_nor_what_is_kept_of_it() {
    let world = World::new().await;
    let (log, _guard) = Log::listen();
    let pupil = Room::open(&world).await.joined().await;
    let (room, keys) = (&pupil.room, world.app.codes().unwrap());
    let session = SessionNumber::parse(&room.number).unwrap();
    let mut secrets = vec!["Bearer".to_owned()];
    let mut codes = vec![WRONG_PASS.to_owned()];
    for key in ["1", "2"] {
        let issued = pupil.issue_pass(key).await.ok();
        assert_eq!(pupil.issue_pass(key).await.ok(), issued);
        codes.push(answer(&issued, "code"));
    }
    for code in codes {
        let tag = keys.pass_tag(&session, TypedPass::parse(&code).as_pass().unwrap());
        secrets.push(tag.as_str().to_owned());
        let used = room.use_pass(&code, &code).await;
        if used.status == 200 {
            secrets.extend(token(&used.body));
            room.use_pass(&code, "again").await.refused(401, "invalid_pass");
        }
        secrets.push(code);
    }
    pupil.issue_pass("2").await.refused(409, "key_reused");
    room.board().await;
    room.finalise().await.ok();
    assert_eq!(secrets.len(), 1 + 3 * 2 + 2, "one of them let in");
    log.holds_none_of(&secrets);
}

#[tokio::test]
async fn every_outcome_is_counted_once() {
    let world = World::new().await;
    let room = Room::open(&world).await;
    let pupil = room.joined().await;
    let others = room.enrol(1..3).await;
    let (log, _guard) = Log::listen();
    let done = |method: &str, path: &str, count| {
        ("done".to_owned(), vec![("method".to_owned(), method.to_owned()), ("route".to_owned(), path.to_owned())], count)
    };
    let refused = |code: &str| ("refused".to_owned(), vec![("code".to_owned(), code.to_owned())], 1);

    pupil.start("early").await.refused(403, "not_checked_in");
    pupil.tick(true).await.ok();
    pupil.start("now").await.ok();
    let several = json!({"present": true, "candidates": [pupil.id, others[0].id, "nobody", others[1].id]});
    world.put(room.path("/presence")).token(&room.proctor).json(&several).send().await.ok();
    world.get(room.path("/board")).token(&room.proctor).send().await.ok();
    world.get(room.path("/board")).send().await.refused(401, "unauthenticated");
    world.get("/nowhere").send().await.refused(404, "not_found");
    let mut expected = [
        refused("not_checked_in"),
        done("PUT", "/sessions/{session}/candidates/{candidate}/presence", 1),
        done("POST", "/sessions/{session}/candidates/{candidate}/start", 1),
        refused("already_started"),
        refused("candidate_not_found"),
        done("PUT", "/sessions/{session}/presence", 2),
        refused("unauthenticated"),
        refused("not_found"),
    ];
    // Several are ticked at the same time.
    expected.sort();
    let mut counted = log.metrics();
    counted.sort();
    assert_eq!(counted, expected);
}

/// Asserts that the answer is the refusal and nothing else.
#[track_caller]
fn says_nothing(answer: &Answer, status: u16, code: &str) {
    answer.refused(status, code);
    let fields: Vec<_> = answer.body.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(fields, ["code", "detail", "requestId", "status", "title", "type"]);
    let text = answer.body.to_string().to_lowercase();
    for inside in ["dynamo", "table", "exception", "connect", "127.0.0.1", "panic", "serde", "field", ".rs"] {
        assert!(!text.contains(inside), "{text}");
    }
}

#[tokio::test]
async fn a_database_out_of_reach_is_no_more_than_busy() {
    // Nobody listens there.
    let gone = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let world = World::new().await.through(&format!("http://{gone}")).await;
    let (log, _guard) = Log::listen();
    let busy = world.post("/login").json(&json!({"email": EMAIL, "password": PASSWORD})).send().await;
    says_nothing(&busy, 503, "busy");
    assert!(busy.header("retry-after").unwrap().parse::<u32>().unwrap() > 0);
    let lines = log.lines();
    let line = lines.iter().find(|line| line["message"] == "request failed").unwrap();
    assert_eq!(
        (&line["route"], &line["code"], &line["cause"]),
        (&json!("/login"), &json!("busy"), &json!("DynamoDB is busy: no connection"))
    );
    assert_eq!(line["request_id"], busy.body["requestId"], "who reports it is found in the log");
    log.holds_none_of(&[EMAIL, PASSWORD].map(str::to_owned));
}

#[tokio::test]
async fn a_missing_table_is_no_more_than_an_internal_error() {
    let world = World::new().await;
    let organiser = world.organiser().await;
    world.dynamo.delete_table().table_name(local::database::ACCOUNTS).send().await.unwrap();
    world.dynamo.delete_table().table_name(local::database::SESSIONS).send().await.unwrap();
    let (log, _guard) = Log::listen();
    let new = zephyrines_account();
    says_nothing(&world.post("/accounts").json(&new).send().await, 500, "internal_error");
    says_nothing(&world.get("/sessions").token(&organiser).send().await, 500, "internal_error");
    let lines = log.lines();
    let failed: Vec<_> = lines.iter().filter(|line| line["message"] == "request failed").collect();
    assert_eq!(failed.len(), 2);
    assert!(failed.iter().all(|line| line["cause"].as_str().unwrap().contains("ResourceNotFoundException")), "the log knows why");
    log.holds_none_of(&[EMAIL, PASSWORD, "Quatrebarbes"].map(str::to_owned));
}

#[tokio::test]
async fn a_record_that_can_not_be_read_is_not_told_either() {
    let world = World::new().await;
    let room = Room::open(&world).await;
    let enrolled =
        world.post(room.path("/candidates")).token(&room.organiser).json(&json!({"candidates": [zephyrine()]})).send().await.ok();
    let text = |value: &str| AttributeValue::S(value.to_owned());
    let key = [("session", text(&room.number)), ("sk", text(&format!("session/{}", answer(&enrolled["candidates"][0], "id"))))];
    let key = key.map(|(name, value)| (name.to_owned(), value)).into();
    let item = world.dynamo.get_item().table_name(local::database::SESSIONS).set_key(Some(key)).send().await.unwrap().item.unwrap();
    let list = |value: &str| AttributeValue::L(vec![text(value)]);
    let map = |value: &str| AttributeValue::M([("name".to_owned(), text(value))].into());
    // As if what is known of a person had been kept in another form.
    for (attribute, value) in [
        ("birthdate", text("13/07/2011")),
        ("birthdate", list("13/07/2011")),
        ("firstName", list("Quatrebarbes")),
        ("lastName", map("Quatrebarbes")),
    ] {
        let spoilt = world.dynamo.put_item().table_name(local::database::SESSIONS).set_item(Some(item.clone())).item(attribute, value);
        spoilt.send().await.unwrap();
        let (log, _guard) = Log::listen();
        says_nothing(&world.get(room.path("/board")).token(&room.proctor).send().await, 500, "internal_error");
        assert!(log.lines().iter().any(|line| line["message"] == "request failed" && line["cause"].is_string()), "{attribute}");
        log.holds_none_of(&["13/07/2011", "Quatrebarbes"].map(str::to_owned));
    }
}

#[tokio::test]
async fn a_panic_is_no_more_than_an_internal_error() {
    let world = World::new().await;
    let (log, _guard) = Log::listen();
    let service = layers::service(OpenApiRouter::new().route("/panics", get(panics)), &world.app);
    let request = Request::get("/panics").header("accept-language", "en").body(Body::empty()).unwrap();
    let response = service.oneshot(request).await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let body = serde_json::from_slice(&response.into_body().collect().await.unwrap().to_bytes()).unwrap();
    let refused = Answer { call: "GET /panics".into(), status, headers, body, text: String::new(), bytes: vec![] };
    says_nothing(&refused, 500, "internal_error");
    assert_eq!(refused.header("x-request-id"), refused.body["requestId"].as_str());
    assert_eq!(log.lines()[0]["cause"], "a handler panicked");
    log.holds_none_of(&[PASSWORD.to_owned()]);
}

#[tokio::test]
async fn what_the_distribution_shows_is_not_logged() {
    let secret = "tournesol tournesol tournesol tournesol";
    let world = World::behind_a_firewall(secret).await.unchecked();
    let (log, _guard) = Log::listen();
    for (shown, status) in [(secret, 200), ("hortensia hortensia", 403)] {
        assert_eq!(world.get("/health").header(origin::HEADER.as_str(), shown).send().await.status, status);
    }
    let lines = log.lines();
    let codes: Vec<_> = lines.iter().filter(|line| line["message"] == "request").map(|line| line["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["ok", "forbidden"]);
    log.holds_none_of(&["tournesol", "hortensia"].map(str::to_owned));
}

async fn panics() {
    panic!("{PASSWORD}");
}
