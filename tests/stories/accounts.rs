//! Signing up, logging in, and what wrong guesses lead to.

use futures::future::join_all;
use jiff::SignedDuration;
use std::collections::BTreeMap;
use tests::{Answer, Pupil, Room, Value, World, answer, json};

const RIGHT: &str = "Certification1";
const WRONG: &str = "Certification2";

fn account(email: &str, password: &str) -> Value {
    json!({"firstName": "Camille", "lastName": "Martin", "email": email, "password": password, "acceptTerms": true})
}

async fn sign_up(world: &World, key: &str, body: &Value) -> Answer {
    world.post("/accounts").key(key).json(body).send().await
}

async fn log_in(world: &World, email: &str, password: &str) -> Answer {
    world.post("/login").json(&json!({"email": email, "password": password})).send().await
}

/// How many answers had each code.
fn tally(answers: &[Answer]) -> BTreeMap<&str, usize> {
    let mut tally = BTreeMap::new();
    for answer in answers {
        *tally.entry(answer.code()).or_default() += 1;
    }
    tally
}

#[tokio::test]
async fn an_account_is_what_its_owner_wrote() {
    let world = World::new().await;
    let mut body = account(" Camille.Martin@Example.ORG ", " Été à 4h ");
    body["firstName"] = json!("  Zoe\u{301} ");
    let created = sign_up(&world, "1", &body).await;
    assert_eq!(created.status, 201);
    assert_eq!(
        (&created.body["firstName"], &created.body["email"]),
        (&json!("Zoé"), &json!("Camille.Martin@Example.ORG")),
        "trimmed and composed, as written else"
    );
    assert!(created.body.get("password").is_none() && created.body.get("roles").is_none());

    for email in ["camille.martin@example.org", "CAMILLE.MARTIN@EXAMPLE.ORG", " Camille.Martin@example.org"] {
        let login = log_in(&world, email, " E\u{301}te\u{301} à 4h ").await.ok();
        assert_eq!((&login["account"]["id"], &login["account"]["email"]), (&created.body["id"], &created.body["email"]));
        assert_eq!(
            (&login["tokenType"], &login["expiresIn"], &login["account"]["roles"]),
            (&json!("Bearer"), &json!(8 * 3600), &json!([]))
        );
        world.get("/sessions").token(&answer(&login, "accessToken")).send().await.refused(403, "forbidden");
    }
    log_in(&world, "camille.martin@example.org", "Été à 4h").await.refused(401, "invalid_credentials");
}

#[tokio::test]
async fn the_terms_accepted_are_kept() {
    let world = World::new().await;
    let created = sign_up(&world, "1", &account("a@example.org", RIGHT)).await.ok();
    let key =
        std::collections::HashMap::from([("pk".to_owned(), aws_sdk_dynamodb::types::AttributeValue::S("account#a@example.org".into()))]);
    let item = world.dynamo.get_item().table_name(local::database::ACCOUNTS).set_key(Some(key)).send().await.unwrap().item.unwrap();
    let account: shared::domain::account::Account = serde_dynamo::from_item(item.clone()).unwrap();
    assert_eq!(account.terms_version, shared::domain::account::TERMS_VERSION);
    assert_eq!(account.terms_accepted_at.to_string(), answer(&created, "createdAt"));
    assert!(account.password_hash.starts_with("$argon2id$"));
    assert!(!format!("{item:?}").contains(RIGHT), "the password itself is nowhere");
}

#[tokio::test]
async fn a_retried_signup_answers_as_the_first_did() {
    let world = World::new().await;
    let body = account("a@example.org", RIGHT);
    let created = sign_up(&world, "try 1", &body).await.ok();
    world.pass(SignedDuration::from_secs(30));
    let again = sign_up(&world, "try 1", &body).await;
    assert_eq!((again.status, &again.body), (201, &created));
    assert_eq!(sign_up(&world, "try 1", &account("A@Example.org", RIGHT)).await.ok(), created, "the address in another case is the same");

    sign_up(&world, "try 2", &body).await.refused(409, "email_taken");
    sign_up(&world, "try 1", &account("a@example.org", WRONG)).await.refused(409, "email_taken");
    world.post("/accounts").json(&body).send().await.refused(409, "email_taken");
    log_in(&world, "a@example.org", RIGHT).await.ok();
    log_in(&world, "a@example.org", WRONG).await.refused(401, "invalid_credentials");
    assert_ne!(sign_up(&world, "try 1", &account("b@example.org", RIGHT)).await.ok()["id"], created["id"], "a key is for one address");
}

#[tokio::test]
async fn one_address_is_one_account_also_when_two_sign_up_at_once() {
    let world = World::new().await;
    for (email, other_case) in [("a@example.org", "A@EXAMPLE.ORG"), ("b@example.org", "b@example.org")] {
        let passwords = [RIGHT, WRONG];
        let bodies = [account(email, passwords[0]), account(other_case, passwords[1])];
        let answers = join_all([sign_up(&world, "1", &bodies[0]), sign_up(&world, "2", &bodies[1])]).await;
        assert_eq!(tally(&answers), BTreeMap::from([("email_taken", 1), ("ok", 1)]));
        let winner = answers.iter().position(|answer| answer.status == 201).unwrap();
        let login = log_in(&world, email, passwords[winner]).await.ok();
        assert_eq!(login["account"]["id"], answers[winner].body["id"]);
        log_in(&world, email, passwords[1 - winner]).await.refused(401, "invalid_credentials");
    }
    let body = account("c@example.org", RIGHT);
    let retries = join_all((0..5).map(|_| sign_up(&world, "same", &body))).await;
    assert!(
        retries.iter().all(|answer| answer.status == 201 && answer.body == retries[0].body),
        "a retry that overtakes the first gets the same"
    );
}

#[tokio::test]
async fn a_role_counts_from_the_next_login_on() {
    let world = World::new().await;
    sign_up(&world, "1", &account("a@example.org", RIGHT)).await.ok();
    let before = answer(&log_in(&world, "a@example.org", RIGHT).await.ok(), "accessToken");
    let event = serde_json::from_value(json!({"email": "A@example.org"})).unwrap();
    grant_organiser::grant(world.app.store(), event).await.unwrap();
    world.get("/sessions").token(&before).send().await.refused(403, "forbidden");
    let login = log_in(&world, "a@example.org", RIGHT).await.ok();
    assert_eq!(login["account"]["roles"], json!(["organiser"]));
    world.get("/sessions").token(&answer(&login, "accessToken")).send().await.ok();
}

/// Something that can be guessed.
enum Guess {
    Password(World, String),
    SessionPassword(Room, String),
    AccessCode(Pupil),
}

impl Guess {
    /// One of each, in a world of its own: some make hours pass.
    async fn all() -> [Self; 4] {
        let worlds = [World::new().await, World::new().await, World::new().await, World::new().await];
        sign_up(&worlds[0], "1", &account("a@example.org", RIGHT)).await.ok();
        let proctor = worlds[2].account(false);
        let pupil = Room::open(&worlds[3]).await.joined().await;
        pupil.tick(true).await.ok();
        [
            Self::Password(worlds[0].clone(), "a@example.org".into()),
            Self::Password(worlds[1].clone(), "nobody@example.org".into()),
            Self::SessionPassword(Room::open(&worlds[2]).await, proctor),
            Self::AccessCode(pupil),
        ]
    }

    fn world(&self) -> &World {
        match self {
            Self::Password(world, _)
            | Self::SessionPassword(Room { world, .. }, _)
            | Self::AccessCode(Pupil { room: Room { world, .. }, .. }) => world,
        }
    }

    /// Whether there is a right answer at all.
    fn can_be_right(&self) -> bool {
        !matches!(self, Self::Password(_, email) if email == "nobody@example.org")
    }

    fn wrong_code(&self) -> &'static str {
        match self {
            Self::Password(..) => "invalid_credentials",
            Self::SessionPassword(..) => "invalid_session_credentials",
            Self::AccessCode(_) => "wrong_access_code",
        }
    }

    async fn make(&self, right: bool) -> Answer {
        match self {
            Self::Password(world, email) => log_in(world, email, if right { RIGHT } else { WRONG }).await,
            Self::SessionPassword(room, account) => {
                let password = if right { &room.session_password } else { "C-222222" };
                room.world.post(room.path("/proctors")).token(account).json(&json!({"password": password})).send().await
            }
            Self::AccessCode(pupil) => pupil.start_with("the same try", if right { &pupil.room.access_code } else { "222222" }).await,
        }
    }

    async fn wrong(&self, times: usize) {
        for n in 0..times {
            assert_eq!(self.make(false).await.code(), self.wrong_code(), "try {n}");
        }
    }

    /// Asserts that no guess is taken for about this long.
    async fn locked(&self, minutes: i64) {
        for right in [false, true] {
            let refused = self.make(right).await;
            refused.refused(429, "too_many_attempts");
            let seconds: i64 = refused.header("retry-after").unwrap().parse().unwrap();
            assert!((minutes * 60 - 60..=minutes * 60).contains(&seconds), "{}: {seconds} s, not {minutes} min", refused.call);
        }
    }
}

#[tokio::test]
async fn ten_wrong_guesses_lock_for_two_minutes_then_twice_as_long_up_to_an_hour() {
    for guess in Guess::all().await {
        guess.wrong(10).await;
        for minutes in [2, 4, 8, 16, 32, 60, 60] {
            guess.locked(minutes).await;
            guess.world().pass(SignedDuration::from_mins(minutes) - SignedDuration::from_secs(40));
            guess.make(false).await.refused(429, "too_many_attempts");
            guess.world().pass(SignedDuration::from_secs(40));
            guess.wrong(1).await;
        }
        guess.locked(60).await;
        guess.world().pass(SignedDuration::from_mins(60));
        if guess.can_be_right() {
            guess.make(true).await.ok();
        }
    }
}

#[tokio::test]
async fn a_right_guess_forgets_the_wrong_ones() {
    for guess in Guess::all().await.into_iter().filter(Guess::can_be_right) {
        guess.wrong(9).await;
        guess.make(true).await.ok();
        guess.wrong(10).await;
        guess.locked(2).await;
        guess.world().pass(SignedDuration::from_mins(2));
        guess.make(true).await.ok();
        guess.wrong(10).await;
        guess.locked(2).await;
    }
}

#[tokio::test]
async fn a_right_access_code_forgets_the_wrong_ones_also_when_the_start_is_refused() {
    let world = World::new().await;
    let pupil = Room::open(&world).await.joined().await;
    let guess = Guess::AccessCode(pupil.clone());
    guess.wrong(9).await;
    pupil.start("1").await.refused(403, "not_checked_in");
    guess.wrong(9).await;
    pupil.start("2").await.refused(403, "not_checked_in");
    pupil.tick(true).await.ok();
    guess.wrong(10).await;
    guess.locked(2).await;
}

#[tokio::test]
async fn parallel_guesses_gain_nothing() {
    for one_is_right in [false, true] {
        for guess in Guess::all().await.into_iter().filter(|guess| guess.can_be_right() || !one_is_right) {
            let answers = join_all((0..50).map(|n| guess.make(one_is_right && n == 25))).await;
            let tally = tally(&answers);
            let wrong = tally.get(guess.wrong_code()).copied().unwrap_or_default();
            let right = tally.contains_key("ok");
            // A right one in between forgets those before it.
            assert!(wrong <= if right { 20 } else { 10 }, "{tally:?}");
            // Fifty password checks at once may keep a small machine too busy for the database.
            assert!(tally.keys().all(|code| ["ok", "too_many_attempts", "busy", guess.wrong_code()].contains(code)), "{tally:?}");
            guess.make(true).await.refused(429, "too_many_attempts");
        }
    }
}

#[tokio::test]
async fn a_lock_is_of_one_account_one_session_one_candidate() {
    let world = World::new().await;
    for email in ["a@example.org", "b@example.org"] {
        sign_up(&world, email, &account(email, RIGHT)).await.ok();
    }
    let rooms = [Room::open(&world).await, Room::open(&world).await];
    let mut pupils = rooms[0].enrol(0..2).await;
    for (n, pupil) in pupils.iter_mut().enumerate() {
        pupil.join(&tests::people::identity(n)).await;
        pupil.tick(true).await.ok();
    }
    let [mine, yours] = [world.account(false), world.account(false)];
    for locked in [
        Guess::Password(world.clone(), "a@example.org".into()),
        Guess::SessionPassword(rooms[0].clone(), mine.clone()),
        Guess::AccessCode(pupils[0].clone()),
    ] {
        locked.wrong(10).await;
        locked.locked(2).await;
    }
    let free = [
        Guess::Password(world.clone(), "b@example.org".into()),
        Guess::SessionPassword(rooms[0].clone(), yours),
        Guess::SessionPassword(rooms[1].clone(), mine),
        Guess::AccessCode(pupils[1].clone()),
    ];
    for free in free {
        free.make(true).await.ok();
    }
}

#[tokio::test]
async fn signing_up_is_not_barred_by_others_guesses_and_forgets_them() {
    let world = World::new().await;
    let guess = Guess::Password(world.clone(), "late@example.org".into());
    guess.wrong(10).await;
    guess.locked(2).await;
    sign_up(&world, "1", &account("late@example.org", RIGHT)).await.ok();
    log_in(&world, "late@example.org", RIGHT).await.ok();
}

#[tokio::test]
async fn an_unknown_address_and_a_wrong_password_can_not_be_told_apart() {
    let world = World::new().await;
    sign_up(&world, "1", &account("known@example.org", RIGHT)).await.ok();
    let look = async |email: &str| {
        world.meter.take();
        let mut refused = log_in(&world, email, WRONG).await;
        assert_ne!(refused.body["requestId"], json!(null));
        refused.body["requestId"] = json!("");
        let mut headers: Vec<_> = refused.headers.keys().map(ToString::to_string).collect();
        headers.sort();
        (refused.status, refused.body, headers, refused.headers.get("retry-after").cloned(), world.meter.take().requests)
    };
    let mut seen = vec![];
    for n in 0..12 {
        let (known, unknown) = (look("known@example.org").await, look("unknown@example.org").await);
        assert_eq!(
            (known.0, &known.1, &known.2, &known.4),
            (unknown.0, &unknown.1, &unknown.2, &unknown.4),
            "try {n}: same answer, same requests to DynamoDB"
        );
        assert_eq!(known.3.is_some(), unknown.3.is_some());
        seen.push(known.0);
    }
    assert_eq!(seen, [[401; 10].as_slice(), &[429; 2]].concat());
}

#[tokio::test]
async fn a_wrong_session_and_a_wrong_password_can_not_be_told_apart() {
    let world = World::new().await;
    let room = Room::open(&world).await;
    let unknown = Room { number: "99999999".into(), ..room.clone() };
    let [a, b] = [world.account(false), world.account(false)];
    for n in 0..12 {
        let look = async |room: &Room, account: &str| {
            world.meter.take();
            let mut refused = Guess::SessionPassword(room.clone(), account.to_owned()).make(false).await;
            refused.body["requestId"] = json!("");
            (refused.status, refused.body, world.meter.take().requests)
        };
        assert_eq!(look(&room, &a).await, look(&unknown, &b).await, "try {n}");
    }
}

#[tokio::test]
async fn codes_are_taken_as_people_type_them() {
    let world = World::new().await;
    let room = Room::open(&world).await;
    let code = room.session_password.strip_prefix("C-").unwrap();
    for typed in
        [code.to_lowercase(), format!(" c-{code} "), format!("C {code}"), format!("C–{code}"), format!("{}-{}", &code[..3], &code[3..])]
    {
        let login = world.post(room.path("/proctors")).token(&world.account(false)).json(&json!({"password": typed})).send().await.ok();
        assert_eq!(login["expiresIn"], 12 * 3600);
        assert_eq!(login["session"]["number"], room.number);
    }
    for wrong in ["", " ", "C-", "C-12345", "🙂", &"9".repeat(10_000)] {
        let login = world.post(room.path("/proctors")).token(&world.account(false)).json(&json!({"password": wrong})).send().await;
        login.refused(401, "invalid_session_credentials");
    }
    let pupil = room.joined().await;
    pupil.tick(true).await.ok();
    pupil.start_with("1", "").await.refused(403, "wrong_access_code");
    pupil.start_with("2", &room.session_password).await.refused(403, "wrong_access_code");
    let spaced: String = room.access_code.to_lowercase().chars().flat_map(|c| [c, ' ']).collect();
    pupil.start_with("3", &spaced).await.ok();
}
