//! Signing up, logging in, and what wrong guesses lead to.

use futures::future::join_all;
use std::{collections::BTreeMap, time::Duration};
use tests::{Answer, Api, Pupil, Room, Value, answer, api::email, json};

pub const RIGHT: &str = "Certification1";
pub const WRONG: &str = "Certification2";

pub fn account(email: &str, password: &str) -> Value {
    json!({"firstName": "Camille", "lastName": "Martin", "email": email, "password": password, "acceptTerms": true})
}

pub async fn sign_up(api: &Api, key: &str, body: &Value) -> Answer {
    api.post("/accounts").key(key).json(body).send().await
}

pub async fn log_in(api: &Api, email: &str, password: &str) -> Answer {
    api.post("/login").json(&json!({"email": email, "password": password})).send().await
}

/// From a device that was given this id.
pub async fn log_in_from(device: &str, api: &Api, email: &str, password: &str) -> Answer {
    api.post("/login").json(&json!({"email": email, "password": password, "device": device})).send().await
}

/// Signs somebody up and logs them in; returns their address and their device.
pub async fn with_device(api: &Api) -> (String, String) {
    let email = email("known");
    sign_up(api, "1", &account(&email, RIGHT)).await.ok();
    let device = answer(&log_in(api, &email, RIGHT).await.ok(), "device");
    (email, device)
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
    let api = Api::anywhere().await;
    let email = email("Camille.Martin").replace("example.org", "Example.ORG");
    let mut body = account(&format!(" {email} "), " Été à 4h ");
    body["firstName"] = json!("  Zoe\u{301} ");
    let created = sign_up(&api, "1", &body).await;
    assert_eq!(created.status, 201);
    assert_eq!(
        (&created.body["firstName"], &created.body["email"]),
        (&json!("Zoé"), &json!(email)),
        "trimmed and composed, as written else"
    );
    assert!(created.body.get("password").is_none() && created.body.get("roles").is_none());

    for written in [email.to_lowercase(), email.to_uppercase(), format!(" {email}")] {
        let login = log_in(&api, &written, " E\u{301}te\u{301} à 4h ").await.ok();
        assert_eq!((&login["account"]["id"], &login["account"]["email"]), (&created.body["id"], &created.body["email"]));
        assert_eq!((&login["tokenType"], &login["expiresIn"], &login["account"]["roles"]), (&json!("Bearer"), &json!(3600), &json!([])));
        api.get("/sessions").token(&answer(&login, "accessToken")).send().await.refused(403, "forbidden");
    }
    log_in(&api, &email, "Été à 4h").await.refused(401, "invalid_credentials");
}

#[tokio::test]
async fn a_retried_signup_answers_as_the_first_did() {
    let api = Api::anywhere().await;
    let (email, other) = (email("a"), email("b"));
    let body = account(&email, RIGHT);
    let created = sign_up(&api, "try 1", &body).await.ok();
    tokio::time::sleep(Duration::from_secs(2)).await;
    let again = sign_up(&api, "try 1", &body).await;
    assert_eq!((again.status, &again.body), (201, &created));
    assert_eq!(
        sign_up(&api, "try 1", &account(&email.to_uppercase(), RIGHT)).await.ok(),
        created,
        "the address in another case is the same"
    );

    sign_up(&api, "try 2", &body).await.refused(409, "email_taken");
    let mut otherwise = body.clone();
    otherwise["lastName"] = json!("Autre");
    for other in [account(&email, WRONG), otherwise] {
        sign_up(&api, "try 1", &other).await.refused(409, "key_reused");
    }
    api.post("/accounts").json(&body).send().await.refused(409, "email_taken");
    log_in(&api, &email, RIGHT).await.ok();
    log_in(&api, &email, WRONG).await.refused(401, "invalid_credentials");
    assert_ne!(sign_up(&api, "try 1", &account(&other, RIGHT)).await.ok()["id"], created["id"], "a key is for one address");
}

#[tokio::test]
async fn one_address_is_one_account_also_when_two_sign_up_at_once() {
    let api = Api::anywhere().await;
    for other_case in [true, false] {
        let (email, passwords) = (email("a"), [RIGHT, WRONG]);
        let bodies = [account(&email, passwords[0]), account(&if other_case { email.to_uppercase() } else { email.clone() }, passwords[1])];
        let answers = join_all([sign_up(&api, "1", &bodies[0]), sign_up(&api, "2", &bodies[1])]).await;
        assert_eq!(tally(&answers), BTreeMap::from([("email_taken", 1), ("ok", 1)]));
        let winner = answers.iter().position(|answer| answer.status == 201).unwrap();
        let login = log_in(&api, &email, passwords[winner]).await.ok();
        assert_eq!(login["account"]["id"], answers[winner].body["id"]);
        log_in(&api, &email, passwords[1 - winner]).await.refused(401, "invalid_credentials");
    }
    let body = account(&email("c"), RIGHT);
    let retries = join_all((0..5).map(|_| sign_up(&api, "same", &body))).await;
    assert!(
        retries.iter().all(|answer| answer.status == 201 && answer.body == retries[0].body),
        "a retry that overtakes the first gets the same"
    );
}

/// Something that can be guessed.
pub enum Guess {
    Password(Api, String),
    /// The same, from a device that the account knows.
    PasswordFrom(String, Api, String),
    /// The password of whoever logs in with this address, when it is asked for once more.
    Confirmation(Api, String),
    SessionPassword(Room, String),
    AccessCode(Pupil),
}

impl Guess {
    /// One of each.
    pub async fn all(api: &Api) -> [Self; 6] {
        let (known, unknown) = (email("known"), email("nobody"));
        sign_up(api, "1", &account(&known, RIGHT)).await.ok();
        let (owned, device) = with_device(api).await;
        let pupil = Room::open(api).await.joined().await;
        pupil.tick(true).await.ok();
        [
            Self::Password(api.clone(), known),
            Self::Password(api.clone(), unknown),
            Self::PasswordFrom(device, api.clone(), owned),
            Self::Confirmation(api.clone(), with_device(api).await.0),
            Self::SessionPassword(pupil.room.clone(), api.account().await),
            Self::AccessCode(pupil),
        ]
    }

    /// Whether there is a right answer at all.
    pub fn can_be_right(&self) -> bool {
        !matches!(self, Self::Password(_, email) if email.starts_with("nobody"))
    }

    fn wrong_code(&self) -> &'static str {
        match self {
            Self::Password(..) | Self::PasswordFrom(..) | Self::Confirmation(..) => "invalid_credentials",
            Self::SessionPassword(..) => "invalid_session_credentials",
            Self::AccessCode(_) => "wrong_access_code",
        }
    }

    pub async fn make(&self, right: bool) -> Answer {
        match self {
            Self::Password(api, email) => log_in(api, email, if right { RIGHT } else { WRONG }).await,
            Self::PasswordFrom(device, api, email) => log_in_from(device, api, email, if right { RIGHT } else { WRONG }).await,
            Self::Confirmation(api, email) => {
                let login = log_in(api, email, RIGHT).await;
                if login.code() == "busy" {
                    return login;
                }
                let body = json!({"current": if right { RIGHT } else { WRONG }, "password": RIGHT});
                api.put("/account/password").token(&answer(&login.ok(), "accessToken")).json(&body).send().await
            }
            Self::SessionPassword(room, account) => {
                let password = if right { &room.session_password } else { "C-222222" };
                room.api.post(room.path("/proctors")).token(account).json(&json!({"password": password})).send().await
            }
            Self::AccessCode(pupil) if right => pupil.start("the right one").await,
            Self::AccessCode(pupil) => pupil.start_with("a wrong one", "222222").await,
        }
    }

    /// The same, again while the server is too busy: fifty password checks at once may keep a small machine from
    /// reaching the database in time.
    async fn make_patiently(&self, right: bool) -> Answer {
        loop {
            let answer = self.make(right).await;
            if answer.code() != "busy" {
                return answer;
            }
        }
    }

    pub async fn wrong(&self, times: usize) {
        for n in 0..times {
            assert_eq!(self.make(false).await.code(), self.wrong_code(), "try {n}");
        }
    }

    /// Asserts that this guess is not taken.
    async fn make_while_locked(&self, right: bool) -> Answer {
        let refused = match self {
            // A start that was made before is answered again, locked or not.
            Self::AccessCode(pupil) if right => pupil.start(&ulid::Ulid::generate().to_string()).await,
            guess => guess.make_patiently(right).await,
        };
        refused.refused(429, "too_many_attempts");
        refused
    }

    /// Asserts that no guess is taken for about this long.
    pub async fn locked(&self, minutes: i64) {
        for right in [false, true] {
            let refused = self.make_while_locked(right).await;
            let seconds: i64 = refused.header("retry-after").unwrap().parse().unwrap();
            assert!((minutes * 60 - 60..=minutes * 60).contains(&seconds), "{}: {seconds} s, not {minutes} min", refused.call);
        }
    }
}

#[tokio::test]
async fn a_right_access_code_forgets_the_wrong_ones_also_when_the_start_is_refused() {
    let api = Api::anywhere().await;
    let pupil = Room::open(&api).await.joined().await;
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
    let api = Api::anywhere().await;
    for one_is_right in [false, true] {
        for guess in Guess::all(&api).await.into_iter().filter(|guess| guess.can_be_right() || !one_is_right) {
            let answers = join_all((0..50).map(|n| guess.make_patiently(one_is_right && n == 5))).await;
            let tally = tally(&answers);
            let wrong = tally.get(guess.wrong_code()).copied().unwrap_or_default();
            let right = tally.contains_key("ok");
            // A right one in between forgets those before it.
            assert!(wrong <= if right { 20 } else { 10 }, "{tally:?}");
            assert!(tally.keys().all(|code| ["ok", "too_many_attempts", guess.wrong_code()].contains(code)), "{tally:?}");
            guess.make_while_locked(true).await;
        }
    }
}

#[tokio::test]
async fn a_lock_is_of_one_account_one_session_one_candidate() {
    let api = Api::anywhere().await;
    let emails = [email("a"), email("b")];
    for email in &emails {
        sign_up(&api, "1", &account(email, RIGHT)).await.ok();
    }
    let rooms = [Room::open(&api).await, Room::open(&api).await];
    let mut pupils = rooms[0].enrol(0..2).await;
    for (n, pupil) in pupils.iter_mut().enumerate() {
        pupil.join(&tests::people::identity(n)).await;
        pupil.tick(true).await.ok();
    }
    let [mine, yours] = [api.account().await, api.account().await];
    for locked in [
        Guess::Password(api.clone(), emails[0].clone()),
        Guess::SessionPassword(rooms[0].clone(), mine.clone()),
        Guess::AccessCode(pupils[0].clone()),
    ] {
        locked.wrong(10).await;
        locked.locked(2).await;
    }
    let free = [
        Guess::Password(api.clone(), emails[1].clone()),
        Guess::SessionPassword(rooms[0].clone(), yours),
        Guess::SessionPassword(rooms[1].clone(), mine),
        Guess::AccessCode(pupils[1].clone()),
    ];
    for free in free {
        free.make(true).await.ok();
    }
}

#[tokio::test]
async fn wrong_passwords_tried_elsewhere_keep_nobody_out_of_a_device_that_is_known() {
    let api = Api::anywhere().await;
    let (email, device) = with_device(&api).await;
    let elsewhere = Guess::Password(api.clone(), email.clone());
    elsewhere.wrong(10).await;
    elsewhere.locked(2).await;
    // Its own wrong tries are its own, too.
    log_in_from(&device, &api, &email, WRONG).await.refused(401, "invalid_credentials");
    for _ in 0..2 {
        assert_eq!(answer(&log_in_from(&device, &api, &email, RIGHT).await.ok(), "device"), device);
    }
    elsewhere.locked(2).await;
    for unknown in ["", "nobody's", &"x".repeat(64), &with_device(&api).await.1] {
        log_in_from(unknown, &api, &email, RIGHT).await.refused(429, "too_many_attempts");
    }
}

#[tokio::test]
async fn wrong_passwords_from_a_device_lock_that_device_alone() {
    let api = Api::anywhere().await;
    let (email, device) = with_device(&api).await;
    let other = answer(&log_in(&api, &email, RIGHT).await.ok(), "device");
    assert_ne!(device, other, "each login from nowhere known is a device of its own");
    let stolen = Guess::PasswordFrom(device.clone(), api.clone(), email.clone());
    stolen.wrong(10).await;
    stolen.locked(2).await;
    assert_eq!(answer(&log_in_from(&other, &api, &email, RIGHT).await.ok(), "device"), other);
    stolen.locked(2).await;
    let new = answer(&log_in(&api, &email, RIGHT).await.ok(), "device");
    assert!(new != device && new != other);
    stolen.locked(2).await;
}

#[tokio::test]
async fn a_right_password_from_a_device_forgives_no_tries_made_elsewhere() {
    let api = Api::anywhere().await;
    let (email, device) = with_device(&api).await;
    let elsewhere = Guess::Password(api.clone(), email.clone());
    elsewhere.wrong(9).await;
    log_in_from(&device, &api, &email, RIGHT).await.ok();
    elsewhere.wrong(1).await;
    elsewhere.locked(2).await;
}

#[tokio::test]
async fn an_account_knows_the_five_devices_that_used_it_last() {
    let api = Api::anywhere().await;
    let (email, first) = with_device(&api).await;
    let mut devices = vec![first];
    for _ in 0..4 {
        // Two devices used in the same millisecond have no order.
        tokio::time::sleep(Duration::from_millis(2)).await;
        devices.push(answer(&log_in(&api, &email, RIGHT).await.ok(), "device"));
    }
    tokio::time::sleep(Duration::from_millis(2)).await;
    // The first is used again, and the second is the one that was not used for longest.
    log_in_from(&devices[0], &api, &email, RIGHT).await.ok();
    let sixth = answer(&log_in(&api, &email, RIGHT).await.ok(), "device");
    Guess::Password(api.clone(), email.clone()).wrong(10).await;
    log_in_from(&devices[1], &api, &email, RIGHT).await.refused(429, "too_many_attempts");
    for known in [&devices[0], &devices[2], &devices[3], &devices[4], &sixth] {
        assert_eq!(answer(&log_in_from(known, &api, &email, RIGHT).await.ok(), "device"), *known);
    }
}

#[tokio::test]
async fn a_device_id_is_the_servers_own_and_any_text_that_is_not_too_long() {
    let api = Api::anywhere().await;
    let (email, device) = with_device(&api).await;
    assert_eq!(device.len(), 22);
    let (_, anothers) = with_device(&api).await;
    for shown in ["mine", &anothers] {
        let given = answer(&log_in_from(shown, &api, &email, RIGHT).await.ok(), "device");
        assert_ne!(given, shown, "what the account does not know is not taken over");
    }
    let login = |device: Value| api.post("/login").json(&json!({"email": email, "password": RIGHT, "device": device})).send();
    login(Value::Null).await.ok();
    assert_eq!(login(json!("x".repeat(65))).await.bad_fields(), ["device too_long"]);
    assert_eq!(login(json!(7)).await.bad_fields(), ["device wrong_type"]);
}

#[tokio::test]
async fn signing_up_is_not_barred_by_others_guesses_and_forgets_them() {
    let api = Api::anywhere().await;
    let email = email("late");
    let guess = Guess::Password(api.clone(), email.clone());
    guess.wrong(10).await;
    guess.locked(2).await;
    sign_up(&api, "1", &account(&email, RIGHT)).await.ok();
    log_in(&api, &email, RIGHT).await.ok();
}

#[tokio::test]
async fn codes_are_taken_as_people_type_them() {
    let api = Api::anywhere().await;
    let room = Room::open(&api).await;
    let code = room.session_password.strip_prefix("C-").unwrap();
    for typed in
        [code.to_lowercase(), format!(" c-{code} "), format!("C {code}"), format!("C–{code}"), format!("{}-{}", &code[..3], &code[3..])]
    {
        let login = api.post(room.path("/proctors")).token(&api.account().await).json(&json!({"password": typed})).send().await.ok();
        assert_eq!(login["expiresIn"], 12 * 3600);
        assert_eq!(login["session"]["number"], room.number);
    }
    for wrong in ["", " ", "C-", "C-12345", "🙂", &"9".repeat(10_000)] {
        let login = api.post(room.path("/proctors")).token(&api.account().await).json(&json!({"password": wrong})).send().await;
        login.refused(401, "invalid_session_credentials");
    }
    let pupil = room.joined().await;
    pupil.tick(true).await.ok();
    pupil.start_with("1", "").await.refused(403, "wrong_access_code");
    pupil.start_with("2", &room.session_password).await.refused(403, "wrong_access_code");
    let spaced: String = room.access_code.to_lowercase().chars().flat_map(|c| [c, ' ']).collect();
    pupil.start_with("3", &spaced).await.ok();
}
