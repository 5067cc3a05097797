//! Who may do what: every operation with every token there can be.

use data_encoding::BASE64URL_NOPAD;
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use shared::http::token::Tokens;
use tests::{
    Answer, Api, Pupil, Room, Value, answer, json,
    operations::{For, Operation, filled, operations},
    record,
};

/// Every good token, seen from one session and one of its candidates.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Bearer {
    Account,
    /// An account that is in the table everywhere.
    Owner,
    Organiser,
    /// Of the same centre.
    Colleague,
    OtherOrganiser,
    Proctor,
    OtherProctor,
    Candidate,
    OtherCandidate,
    UnlinkedCandidate,
    CandidateElsewhere,
    Attempt,
    OtherAttempt,
    AttemptElsewhere,
}

const BEARERS: [Bearer; 14] = [
    Bearer::Account,
    Bearer::Owner,
    Bearer::Organiser,
    Bearer::Colleague,
    Bearer::OtherOrganiser,
    Bearer::Proctor,
    Bearer::OtherProctor,
    Bearer::Candidate,
    Bearer::OtherCandidate,
    Bearer::UnlinkedCandidate,
    Bearer::CandidateElsewhere,
    Bearer::Attempt,
    Bearer::OtherAttempt,
    Bearer::AttemptElsewhere,
];

/// What an account does about itself is only tried with one that is this test's alone.
fn is_tried(whom: For, bearer: Bearer) -> bool {
    whom != For::Owners || !matches!(bearer, Bearer::Account | Bearer::Organiser | Bearer::Colleague | Bearer::OtherOrganiser)
}

/// The code of the refusal, or `ok`.
fn expected(whom: For, bearer: Bearer) -> &'static str {
    use Bearer::*;
    match (whom, bearer) {
        (For::Everybody, _) | (For::Owners, Owner) | (For::Accounts, Account | Owner | Organiser | Colleague | OtherOrganiser) => "ok",
        (For::Organisers, Organiser | Colleague | OtherOrganiser) | (For::ItsCentre, Organiser) => "ok",
        // By then the organiser has removed them.
        (For::ItsCentre, Colleague) => "forbidden",
        (For::ItsOrganiser | For::Staff, Organiser | Colleague) | (For::Staff | For::Proctors | For::InTheRoom, Proctor) => "ok",
        (For::Candidates | For::TestTakers | For::InTheRoom, Candidate) | (For::TestTakers | For::InTheRoom | For::Attempts, Attempt) => {
            "ok"
        }
        (For::Organisers | For::ItsCentre | For::ItsOrganiser | For::Staff, Account | Owner) => "forbidden",
        (For::Staff | For::Proctors | For::InTheRoom, OtherProctor) => "forbidden",
        (For::Candidates | For::TestTakers | For::InTheRoom, OtherCandidate | UnlinkedCandidate | CandidateElsewhere) => "forbidden",
        (For::TestTakers | For::InTheRoom | For::Attempts, OtherAttempt | AttemptElsewhere) => "forbidden",
        (For::ItsOrganiser | For::Staff, OtherOrganiser) => "session_not_found",
        (For::ItsCentre, OtherOrganiser) => "not_found",
        _ => "unauthenticated",
    }
}

fn status_of(code: &str) -> u16 {
    match code {
        "unauthenticated" => 401,
        "forbidden" => 403,
        _ => 404,
    }
}

/// Whether an organiser can be made.
fn is_here(api: &Api) -> bool {
    api.dynamo.is_some()
}

/// A session in full swing, and another one.
pub struct Stage {
    pub room: Room,
    pub running: Pupil,
    attempt: String,
    other: Pupil,
    other_attempt: String,
    unlinked: Pupil,
    elsewhere: Pupil,
    elsewhere_attempt: String,
    account: String,
    owner: String,
    colleague: String,
}

impl Stage {
    pub async fn set(api: &Api) -> Self {
        let room = Room::open(api).await;
        let mut pupils = room.enrol(0..3).await;
        let mut attempts = vec![];
        for (n, pupil) in pupils.iter_mut().enumerate() {
            pupil.join(&tests::people::identity(n)).await;
            if n < 2 {
                pupil.tick(true).await.ok();
                attempts.push(answer(&pupil.start("1").await.ok(), "accessToken"));
            }
        }
        pupils[2].unlink().await.ok();
        let (elsewhere, started) = Room::organised(api, api.other_organiser().await, Timestamp::now()).await.started().await;
        let colleague = if is_here(api) { api.colleague(&room.organiser).await } else { room.organiser.clone() };
        let [running, other, unlinked] = pupils.try_into().unwrap_or_else(|_| panic!());
        let [attempt, other_attempt] = attempts.try_into().unwrap();
        Self {
            room,
            running,
            attempt,
            other,
            other_attempt,
            unlinked,
            elsewhere,
            elsewhere_attempt: answer(&started, "accessToken"),
            account: api.account().await,
            owner: api.owner().await,
            colleague,
        }
    }

    pub fn token(&self, bearer: Bearer) -> &str {
        match bearer {
            Bearer::Account => &self.account,
            Bearer::Owner => &self.owner,
            Bearer::Organiser => &self.room.organiser,
            Bearer::Colleague => &self.colleague,
            Bearer::OtherOrganiser => &self.elsewhere.room.organiser,
            Bearer::Proctor => &self.room.proctor,
            Bearer::OtherProctor => &self.elsewhere.room.proctor,
            Bearer::Candidate => &self.running.token,
            Bearer::OtherCandidate => &self.other.token,
            Bearer::UnlinkedCandidate => &self.unlinked.token,
            Bearer::CandidateElsewhere => &self.elsewhere.token,
            Bearer::Attempt => &self.attempt,
            Bearer::OtherAttempt => &self.other_attempt,
            Bearer::AttemptElsewhere => &self.elsewhere_attempt,
        }
    }

    pub fn call(&self, operation: &Operation, candidate: &Pupil) -> tests::api::Call {
        let path = operation.path.replace("{session}", &self.room.number).replace("{candidate}", &candidate.id);
        let path = path.replace("{account}", &answer(&record::claims(&self.colleague), "sub"));
        self.room.api.call(operation.method.clone(), path)
    }

    /// The operation, done right.
    async fn done(&self, operation: &Operation, bearer: Bearer) -> Answer {
        let candidate = if bearer == Bearer::UnlinkedCandidate { &self.unlinked } else { &self.running };
        let call = self.call(operation, candidate).token(self.token(bearer));
        match &operation.body {
            None => call.send().await,
            Some(body) => call.json(&filled(body, &self.room, &[&self.running.id])).send().await,
        }
    }
}

#[tokio::test]
async fn every_operation_takes_its_own_tokens_and_no_other() {
    let api = Api::anywhere().await;
    // Nobody is removed from a deployment's centre.
    for operation in operations().into_iter().filter(|operation| operation.whom != For::ItsCentre || is_here(&api)) {
        let stage = Stage::set(&api).await;
        for bearer in BEARERS.into_iter().filter(|bearer| is_tried(operation.whom, *bearer)) {
            let done = stage.done(&operation, bearer).await;
            let place = format!("{} by {bearer:?}: {} {}", operation.id, done.status, done.body);
            match expected(operation.whom, bearer) {
                "ok" => {
                    assert!(!["unauthenticated", "forbidden"].contains(&done.code()) && done.status != 404 && done.status < 500, "{place}");
                }
                code => assert_eq!((done.status, done.code()), (status_of(code), code), "{place}"),
            }
        }
    }
}

#[tokio::test]
async fn who_asks_is_settled_before_what_is_asked() {
    let api = Api::anywhere().await;
    let stage = Stage::set(&api).await;
    for operation in operations().into_iter().filter(|operation| operation.body.is_some()) {
        for bearer in BEARERS.into_iter().filter(|bearer| is_tried(operation.whom, *bearer)) {
            let code = expected(operation.whom, bearer);
            if code == "ok" {
                continue;
            }
            for body in ["{", "[]", "{}"] {
                let refused = stage.call(&operation, &stage.running).token(stage.token(bearer)).key("k".repeat(65)).body(body).send().await;
                assert_eq!((refused.status, refused.code()), (status_of(code), code), "{} by {bearer:?} with {body}", operation.id);
            }
        }
        if operation.whom != For::Everybody {
            stage.call(&operation, &stage.running).key("k".repeat(65)).body("{").send().await.refused(401, "unauthenticated");
        }
    }
}

/// A good token for the operation.
pub fn right(whom: For) -> Bearer {
    *BEARERS.iter().find(|bearer| expected(whom, **bearer) == "ok").unwrap()
}

/// The same claims in tokens that nobody should believe.
async fn forgeries(api: &Api, token: &str) -> Vec<(&'static str, String)> {
    let payload = record::claims(token);
    let parts: Vec<_> = token.split('.').collect();
    let public = api.get("/.well-known/jwks.json").send().await.ok()["keys"][0].clone();
    let text = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
    let hmac = |key: &[u8]| {
        let mut header = Header::new(Algorithm::HS256);
        header.kid = Some(answer(&public, "kid"));
        encode(&header, &payload, &EncodingKey::from_secret(key)).unwrap()
    };
    let mut more = payload.clone();
    more["roles"] = json!(["organiser"]);
    more["exp"] = json!(payload["exp"].as_i64().unwrap() + 3600);
    let other = r#"{"current": "the signing secret of quite another deployment"}"#;
    let foreign = Tokens::parse(other, &answer(&payload, "iss")).unwrap().issue(serde_json::from_value(payload.clone()).unwrap()).unwrap();
    let of_foreign: Vec<_> = foreign.split('.').collect();
    let middle = parts[2].len() / 2;
    let flipped = if &parts[2][middle..=middle] == "A" { "B" } else { "A" };
    vec![
        ("cut off", format!("{}.{}.", parts[0], parts[1])),
        ("without its signature", format!("{}.{}", parts[0], parts[1])),
        ("with another signature", format!("{}.{}.{}{flipped}{}", parts[0], parts[1], &parts[2][..middle], &parts[2][middle + 1..])),
        ("with more in it", format!("{}.{}.{}", parts[0], text(&more), parts[2])),
        ("of another deployment, under our key's name", format!("{}.{}.{}", parts[0], of_foreign[1], of_foreign[2])),
        ("of another deployment", foreign),
        ("unsigned", format!("{}.{}.", text(&json!({"alg": "none", "typ": "JWT", "kid": public["kid"]})), parts[1])),
        (
            "unsigned, with a signature",
            format!("{}.{}.{}", text(&json!({"alg": "none", "typ": "JWT", "kid": public["kid"]})), parts[1], parts[2]),
        ),
        ("signed with the public key's bytes", hmac(&BASE64URL_NOPAD.decode(answer(&public, "x").as_bytes()).unwrap())),
        ("signed with the public key's text", hmac(answer(&public, "x").as_bytes())),
        ("signed with the public key's JSON", hmac(public.to_string().as_bytes())),
    ]
}

/// Asserts that an operation does not believe this `Authorization`.
pub async fn disbelieves(stage: &Stage, operation: &Operation, what: &str, authorization: Option<&[u8]>) {
    let mut call = stage.call(operation, &stage.running);
    if let Some(value) = authorization {
        call = call.raw_header("authorization", value);
    }
    if let Some(body) = &operation.body {
        call = call.json(body);
    }
    let answer = call.send().await;
    let place = format!("{} with a token {what}: {}", operation.id, answer.body);
    assert_eq!((answer.status, answer.code()), (401, "unauthenticated"), "{place}");
    assert_eq!(answer.header("www-authenticate"), Some("Bearer"), "{place}");
}

/// The operations that ask for a token.
pub fn closed() -> impl Iterator<Item = Operation> {
    operations().into_iter().filter(|operation| operation.whom != For::Everybody)
}

#[tokio::test]
async fn a_token_nobody_should_believe_opens_nothing() {
    let api = Api::anywhere().await;
    let stage = Stage::set(&api).await;
    for operation in closed() {
        let token = stage.token(right(operation.whom));
        disbelieves(&stage, &operation, "missing", None).await;
        for malformed in [
            "",
            "Bearer",
            "Bearer ",
            "Bearer x",
            "Bearer a.b.c",
            "Bearer ..",
            token,
            &format!("Basic {token}"),
            &format!("Bearer{token}"),
            &format!("Bearer Bearer {token}"),
            &format!("Bearer {token} {token}"),
        ] {
            disbelieves(&stage, &operation, malformed, Some(malformed.as_bytes())).await;
        }
        for (what, forged) in forgeries(&api, token).await {
            disbelieves(&stage, &operation, what, Some(format!("Bearer {forged}").as_bytes())).await;
        }
    }
}

#[tokio::test]
async fn the_scheme_may_be_written_in_any_case() {
    let api = Api::anywhere().await;
    let organiser = api.organiser().await;
    for scheme in ["bearer", "BEARER"] {
        api.get("/sessions").header("authorization", &format!("{scheme} {organiser}")).send().await.ok();
    }
}

#[tokio::test]
async fn open_operations_do_not_look_at_tokens() {
    let api = Api::anywhere().await;
    let open = operations().into_iter().filter(|operation| operation.whom == For::Everybody);
    for operation in open {
        let mut call = api.call(operation.method, operation.path).header("authorization", "Bearer nonsense");
        if let Some(body) = operation.body {
            call = call.json(&body);
        }
        assert_ne!(call.send().await.code(), "unauthenticated", "{}", operation.id);
    }
}

#[tokio::test]
async fn what_does_not_exist_is_answered_as_what_is_somebody_elses() {
    let api = Api::anywhere().await;
    let stage = Stage::set(&api).await;
    let no_candidate = "A".repeat(26);
    for operation in operations().into_iter().filter(|operation| operation.path.contains("{session}")) {
        let send = async |session: &str, candidate: &str, bearer| {
            let path = operation.path.replace("{session}", session).replace("{candidate}", candidate);
            let call = api.call(operation.method.clone(), path).token(stage.token(bearer));
            let body = operation.body.clone().unwrap_or(json!({}));
            call.json(&body).send().await
        };
        for unknown in ["99999999", "1234", "1234567890", "abcdef", "12345é"] {
            let bearer = right(operation.whom);
            let code = match (operation.id, operation.whom) {
                ("candidateJoin", _) => (404, "candidate_not_found"),
                ("proctorLogin", _) => (401, "invalid_session_credentials"),
                ("usePass", _) => (401, "invalid_pass"),
                (_, For::ItsOrganiser | For::Staff) => (404, "session_not_found"),
                // Their tokens are for another session.
                _ => (403, "forbidden"),
            };
            let refused = send(unknown, &stage.running.id, bearer).await;
            assert_eq!((refused.status, refused.code()), code, "{} in {unknown}", operation.id);
        }
        if operation.path.contains("{candidate}") {
            for unknown in [no_candidate.as_str(), "x", &stage.running.id.to_lowercase(), &stage.elsewhere.id] {
                let (bearer, code) = match operation.whom {
                    For::Proctors | For::Staff | For::InTheRoom => (Bearer::Proctor, (404, "candidate_not_found")),
                    For::ItsOrganiser => (right(For::ItsOrganiser), (404, "candidate_not_found")),
                    For::Attempts => (Bearer::Attempt, (403, "forbidden")),
                    _ => (Bearer::Candidate, (403, "forbidden")),
                };
                let refused = send(&stage.room.number, unknown, bearer).await;
                assert_eq!((refused.status, refused.code()), code, "{} for {unknown}", operation.id);
            }
        }
    }
}
