//! What accounts keep, and how long wrong guesses are held against them.

use super::{centres::grant, sizes::size_of};
use crate::anywhere::accounts::{Guess, RIGHT, WRONG, account, log_in, log_in_from, sign_up, with_device};
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::SignedDuration;
use shared::{
    domain::{account::Email, device::DeviceId},
    passwords::Passwords,
    store::Error,
};
use std::collections::HashMap;
use tests::{Room, World, answer, json, record::claims};

/// An item of the accounts' table.
async fn item(world: &World, pk: &str) -> HashMap<String, AttributeValue> {
    let key = AttributeValue::S(pk.to_owned());
    world.dynamo.get_item().table_name(local::database::ACCOUNTS).key("pk", key).send().await.unwrap().item.unwrap()
}

/// How long from now on an item is kept, in whole hours.
async fn kept_for(world: &World, pk: &str) -> i64 {
    let expires_at: i64 = item(world, pk).await["expiresAt"].as_n().unwrap().parse().unwrap();
    // What was written a moment ago counts as now.
    (expires_at - world.now().as_second() + 60) / 3600
}

#[tokio::test]
async fn the_terms_accepted_are_kept() {
    let world = World::new().await;
    let created = sign_up(&world, "1", &account("a@example.org", RIGHT)).await.ok();
    let item = item(&world, "account#a@example.org").await;
    let account: shared::domain::account::Account = serde_dynamo::from_item(item.clone()).unwrap();
    assert_eq!(account.terms_version, shared::domain::account::TERMS_VERSION);
    assert_eq!(account.terms_accepted_at.to_string(), answer(&created, "createdAt"));
    assert!(account.password_hash.starts_with("$argon2id$"));
    assert!(!format!("{item:?}").contains(RIGHT), "the password itself is nowhere");
}

#[tokio::test]
async fn an_account_is_kept_for_a_month_and_for_five_years_from_each_login_on() {
    let world = World::new().await;
    sign_up(&world, "1", &account("a@example.org", RIGHT)).await.ok();
    let kept = async || kept_for(&world, "account#a@example.org").await;
    assert_eq!(kept().await, 30 * 24);
    log_in(&world, "a@example.org", WRONG).await.refused(401, "invalid_credentials");
    assert_eq!(kept().await, 30 * 24, "a guess is no use of it");
    for _ in 0..2 {
        log_in(&world, "a@example.org", RIGHT).await.ok();
        assert_eq!(kept().await, 5 * 366 * 24);
        world.pass(SignedDuration::from_hours(366 * 24));
        assert_eq!(kept().await, 4 * 366 * 24);
    }
}

#[tokio::test]
async fn counters_of_wrong_tries_are_kept_for_a_day() {
    let world = World::new().await;
    let room = Room::open(&world).await;
    let proctor = world.account().await;
    let number = &room.number;
    log_in(&world, "nobody@example.org", WRONG).await.refused(401, "invalid_credentials");
    Guess::SessionPassword(room.clone(), proctor.clone()).wrong(1).await;
    let tries = format!("tries#{number}#{}", answer(&claims(&proctor), "sub"));
    for pk in ["account#nobody@example.org", &tries] {
        assert_eq!(kept_for(&world, pk).await, 24, "{pk}");
    }
}

#[tokio::test]
async fn a_right_password_is_of_no_use_once_wrong_ones_have_locked_its_counter_meanwhile() {
    let world = World::new().await;
    let (email, device) = with_device(&world).await;
    let store = world.app.store();
    for guess in [Guess::Password(world.api.clone(), email.clone()), Guess::PasswordFrom(device.clone(), world.api.clone(), email.clone())]
    {
        let device = matches!(guess, Guess::PasswordFrom(..)).then(|| DeviceId::parse(&device).unwrap());
        let login = store.begin_login(&Email::parse(&email).unwrap(), device, world.now()).await.unwrap();
        guess.wrong(10).await;
        let Err(Error::Locked(left)) = store.accept_login(&login, world.now()).await else { panic!("the login was accepted") };
        assert!((100..=120).contains(&left.as_secs()), "{left}");
        world.pass(SignedDuration::from_mins(2));
        store.accept_login(&login, world.now()).await.unwrap();
    }
}

#[tokio::test]
async fn a_sign_ups_key_tries_no_passwords_later_on() {
    let world = World::new().await;
    let body = account("a@example.org", RIGHT);
    sign_up(&world, "1", &body).await.ok();
    world.pass(SignedDuration::from_mins(9));
    sign_up(&world, "1", &body).await.ok();
    world.pass(SignedDuration::from_mins(1));
    for password in [RIGHT, WRONG] {
        sign_up(&world, "1", &account("a@example.org", password)).await.refused(409, "email_taken");
    }
}

#[tokio::test]
async fn an_account_with_too_many_devices_forgets_some_at_each_login() {
    let world = World::new().await;
    sign_up(&world, "1", &account("a@example.org", RIGHT)).await.ok();
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let number = |number: i64| AttributeValue::N(number.to_string());
    for n in 0..110 {
        let device = HashMap::from([("usedAt".to_owned(), number(n))]);
        let update = world.dynamo.update_item().table_name(local::database::ACCOUNTS).key("pk", text("account#a@example.org"));
        let update = update.update_expression("SET #device = :device").expression_attribute_names("#device", format!("device_{n:052}"));
        update.expression_attribute_values(":device", AttributeValue::M(device)).send().await.unwrap();
    }
    for _ in 0..6 {
        log_in(&world, "a@example.org", RIGHT).await.ok();
    }
    let item = item(&world, "account#a@example.org").await;
    assert_eq!(item.keys().filter(|name| name.starts_with("device_")).count(), 5);
}

#[tokio::test]
async fn a_role_counts_from_the_next_login_on() {
    let world = World::new().await;
    sign_up(&world, "1", &account("a@example.org", RIGHT)).await.ok();
    let before = answer(&log_in(&world, "a@example.org", RIGHT).await.ok(), "accessToken");
    let granted = grant(&world, json!({"email": "A@example.org", "newCentreName": "Collège"})).await.unwrap();
    world.get("/sessions").token(&before).send().await.refused(403, "forbidden");
    let login = log_in(&world, "a@example.org", RIGHT).await.ok();
    assert_eq!(login["account"]["roles"], json!(["organiser"]));
    assert_eq!(login["account"]["centre"], granted["centre"]);
    world.get("/sessions").token(&answer(&login, "accessToken")).send().await.ok();
}

#[tokio::test]
async fn ten_wrong_guesses_lock_for_two_minutes_then_twice_as_long_up_to_an_hour() {
    // Each in a world of its own: hours pass.
    for place in 0..6 {
        let world = World::new().await;
        let guess = Guess::all(&world).await.into_iter().nth(place).unwrap();
        guess.wrong(10).await;
        for minutes in [2, 4, 8, 16, 32, 60, 60] {
            guess.locked(minutes).await;
            world.pass(SignedDuration::from_mins(minutes) - SignedDuration::from_secs(40));
            guess.make(false).await.refused(429, "too_many_attempts");
            world.pass(SignedDuration::from_secs(40));
            guess.wrong(1).await;
        }
        guess.locked(60).await;
        world.pass(SignedDuration::from_mins(60));
        if guess.can_be_right() {
            guess.make(true).await.ok();
        }
    }
}

#[tokio::test]
async fn a_right_guess_forgets_the_wrong_ones() {
    let world = World::new().await;
    for guess in Guess::all(&world).await.into_iter().filter(Guess::can_be_right) {
        guess.wrong(9).await;
        guess.make(true).await.ok();
        guess.wrong(10).await;
        guess.locked(2).await;
        world.pass(SignedDuration::from_mins(2));
        guess.make(true).await.ok();
        guess.wrong(10).await;
        guess.locked(2).await;
    }
}

#[tokio::test]
async fn a_device_is_kept_as_its_hash_and_never_more_than_five() {
    let world = World::new().await;
    let (email, _) = with_device(&world).await;
    let given = answer(&log_in(&world, &email, RIGHT).await.ok(), "device");
    for _ in 0..5 {
        log_in(&world, &email, RIGHT).await.ok();
        log_in_from(&given, &world, &email, WRONG).await.refused(401, "invalid_credentials");
        log_in_from(&given, &world, &email, RIGHT).await.ok();
    }
    let item = item(&world, &format!("account#{email}")).await;
    assert!(!format!("{item:?}").contains(&given));
    assert!(item.contains_key(&format!("device_{}", DeviceId::parse(&given).unwrap().hash())));
    assert_eq!(item.keys().filter(|name| name.starts_with("device_")).count(), 5);
    let size = size_of(&item);
    println!("an account with five devices: {size} bytes");
    assert!(size <= 1024, "a login writes one unit: {size}");
}

#[tokio::test]
async fn a_device_that_gives_way_while_its_try_is_checked_tells_nothing() {
    let world = World::new().await;
    let (email, device) = with_device(&world).await;
    let begin = async || {
        let (email, device) = (Email::parse(&email).unwrap(), DeviceId::parse(&device).unwrap());
        world.app.store().begin_login(&email, Some(device), world.now()).await.unwrap()
    };
    let [right, wrong] = [begin().await, begin().await];
    for _ in 0..5 {
        world.pass(SignedDuration::from_secs(1));
        log_in(&world, &email, RIGHT).await.ok();
    }
    assert!(matches!(world.app.store().accept_login(&right, world.now()).await, Err(Error::Locked(_))));
    assert!(matches!(world.app.store().reject_login(&wrong, world.now()).await, Err(Error::Locked(_))));
}

#[tokio::test]
async fn an_unknown_address_and_a_wrong_password_can_not_be_told_apart() {
    for device in ["", "anything"] {
        unknown_and_wrong_are_alike(device).await;
    }
}

async fn unknown_and_wrong_are_alike(device: &str) {
    let world = World::new().await;
    sign_up(&world, "1", &account("known@example.org", RIGHT)).await.ok();
    let look = async |email: &str| {
        world.meter.take();
        let hashes = world.app.passwords().worked_out();
        let mut refused = log_in_from(device, &world, email, WRONG).await;
        assert_ne!(refused.body["requestId"], json!(null));
        refused.body["requestId"] = json!("");
        let mut headers: Vec<_> = refused.headers.keys().map(ToString::to_string).collect();
        headers.sort();
        let work = (world.meter.take().requests, world.app.passwords().worked_out() - hashes);
        (refused.status, refused.body, headers, refused.headers.get("retry-after").cloned(), work)
    };
    let mut seen = vec![];
    for n in 0..12 {
        let (known, unknown) = (look("known@example.org").await, look("unknown@example.org").await);
        assert_eq!(
            (known.0, &known.1, &known.2, &known.4),
            (unknown.0, &unknown.1, &unknown.2, &unknown.4),
            "try {n}: same answer, same requests to DynamoDB, as many hashes"
        );
        assert_eq!(known.3.is_some(), unknown.3.is_some());
        seen.push((known.0, known.4.1));
    }
    assert_eq!(seen, [[(401, 1); 10].as_slice(), &[(429, 0); 2]].concat());
}

#[tokio::test]
async fn a_wrong_session_and_a_wrong_password_can_not_be_told_apart() {
    let world = World::new().await;
    let room = Room::open(&world).await;
    let unknown = Room { number: "99999999".into(), ..room.clone() };
    let [a, b] = [world.account().await, world.account().await];
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
async fn a_login_or_signup_too_many_is_refused_and_leaves_nothing() {
    let world = World::hashing(Passwords::new(1, 0)).await;
    for n in 0..12 {
        let email = format!("n{n}@example.org");
        for refused in [log_in(&world, "a@example.org", WRONG).await, sign_up(&world, "1", &account(&email, RIGHT)).await] {
            assert_eq!(refused.refused(503, "busy").header("retry-after"), Some("2"));
        }
    }
    let kept = world.dynamo.scan().table_name(local::database::ACCOUNTS).send().await.unwrap();
    assert_eq!(kept.count(), 0, "no account, and no wrong try: {:?}", kept.items());
}
