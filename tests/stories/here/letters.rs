//! Letters: who gets one, what its link opens, and what nobody learns by it.

use crate::anywhere::accounts::{RIGHT, WRONG, account, log_in, log_in_from, sign_up, with_device};
use aws_sdk_dynamodb::types::AttributeValue;
use futures::future::join_all;
use jiff::SignedDuration;
use local::{
    database::ACCOUNTS,
    functions::send_mail::{Mail, NotSent, send},
};
use std::{
    collections::BTreeSet,
    future::ready,
    sync::{Arc, Mutex},
};
use tests::{
    Answer, Room, Value, World, answer,
    functions::{event, template},
    json,
    people::identity,
};

const NEW: &str = "Correction-2-copies";
const EMAIL: &str = "camille@example.org";

async fn forgotten(world: &World, email: &str) -> Answer {
    world.post("/password-resets").json(&json!({"email": email})).send().await
}

async fn reset(world: &World, token: &str, password: &str) -> Answer {
    world.put("/password").json(&json!({"token": token, "password": password})).send().await
}

async fn prove(world: &World, token: &str) -> Answer {
    world.put("/email-proofs").json(&json!({"token": token})).send().await
}

/// The places and tokens of the links in the letters to this address, the newest first.
pub async fn links(world: &World, email: &str) -> Vec<(String, String)> {
    let letters = world.letters_to(email).await;
    let link = |text: &str| {
        let link = text.lines().find(|line| line.starts_with("http")).unwrap();
        let (place, token) = link.split_once('#').unwrap();
        (place.rsplit_once("/app/").unwrap().1.to_owned(), token.to_owned())
    };
    letters.iter().map(|letter| link(&letter.text)).collect()
}

/// The token of the newest letter, which leads to this place.
async fn token_for(world: &World, place: &str) -> String {
    let (of, token) = links(world, EMAIL).await.remove(0);
    assert_eq!(of, place);
    token
}

/// A world with an account, whose token this is.
async fn signed_up() -> (World, String) {
    let world = World::embedded().await;
    sign_up(&world, "1", &account(EMAIL, RIGHT)).await.ok();
    let login = log_in(&world, EMAIL, RIGHT).await.ok();
    (world, answer(&login, "accessToken"))
}

async fn is_proved(world: &World, token: &str) -> bool {
    world.get("/account").token(token).send().await.ok()["emailProved"] == true
}

#[tokio::test]
async fn a_forgotten_password_is_replaced_by_a_link_that_is_good_once() {
    let (world, token) = signed_up().await;
    let other = world.owner().await;
    // It goes to the address that the account has.
    assert_eq!(forgotten(&world, "Camille@Example.org").await.status, 202);
    let link = token_for(&world, "account/new-password").await;
    assert_eq!(reset(&world, &link, "Camille-2012").await.bad_fields(), ["password weak_password"]);
    assert_eq!(reset(&world, &link, "Aa1").await.bad_fields(), ["password too_short"]);
    assert_eq!(reset(&world, &link, NEW).await.status, 204);
    reset(&world, &link, NEW).await.refused(401, "invalid_link");
    log_in(&world, EMAIL, RIGHT).await.refused(401, "invalid_credentials");
    let later = answer(&log_in(&world, EMAIL, NEW).await.ok(), "accessToken");
    assert!(is_proved(&world, &later).await, "who reads the letter owns the address");
    world.post("/token").token(&token).send().await.refused(401, "unauthenticated");
    world.post("/token").token(&later).send().await.ok();
    world.post("/token").token(&other).send().await.ok();
}

#[tokio::test]
async fn one_link_that_is_used_voids_all() {
    let (world, _) = signed_up().await;
    let mut tokens = vec![];
    for _ in 0..2 {
        world.pass(SignedDuration::from_mins(11));
        forgotten(&world, EMAIL).await.ok();
        tokens.push(token_for(&world, "account/new-password").await);
    }
    assert_eq!(reset(&world, &tokens[0], NEW).await.status, 204, "each is good until one is used");
    reset(&world, &tokens[1], RIGHT).await.refused(401, "invalid_link");

    let token = world.link(shared::domain::letter::Purpose::Password).await;
    let answers = join_all([NEW, "Rature-3-gommes"].map(|password| reset(&world, &token, password))).await;
    let won = answers.iter().filter(|answer| answer.status == 204).count();
    assert!(
        won == 1 && answers.iter().all(|answer| answer.status == 204 || ["invalid_link", "busy"].contains(&answer.code())),
        "{answers:?}"
    );
}

#[tokio::test]
async fn links_are_for_one_thing_and_not_for_long() {
    let (world, _) = signed_up().await;
    let proof = token_for(&world, "account/proof").await;
    reset(&world, &proof, NEW).await.refused(401, "invalid_link");
    forgotten(&world, EMAIL).await.ok();
    let password = token_for(&world, "account/new-password").await;
    prove(&world, &password).await.refused(401, "invalid_link");
    for nonsense in ["", "x", "é", &"A".repeat(22), &"x".repeat(64)] {
        reset(&world, nonsense, NEW).await.refused(401, "invalid_link");
        prove(&world, nonsense).await.refused(401, "invalid_link");
    }
    assert_eq!(prove(&world, &"x".repeat(65)).await.bad_fields(), ["token too_long"]);
    world.pass(SignedDuration::from_mins(60));
    reset(&world, &password, NEW).await.refused(401, "invalid_link");
    world.pass(SignedDuration::from_hours(7 * 24 - 1));
    prove(&world, &proof).await.refused(401, "invalid_link");
}

#[tokio::test]
async fn a_changed_password_voids_the_links_and_an_erased_account_has_none() {
    let (world, token) = signed_up().await;
    forgotten(&world, EMAIL).await.ok();
    let link = token_for(&world, "account/new-password").await;
    world.put("/account/password").token(&token).json(&json!({"current": RIGHT, "password": NEW})).send().await.ok();
    reset(&world, &link, RIGHT).await.refused(401, "invalid_link");
    let proof = links(&world, EMAIL).await.remove(1).1;
    world.delete("/account").token(&token).json(&json!({"password": NEW})).send().await.ok();
    sign_up(&world, "2", &account(EMAIL, RIGHT)).await.ok();
    prove(&world, &proof).await.refused(401, "invalid_link");
}

#[tokio::test]
async fn a_reset_lets_a_locked_owner_in_and_forgets_devices() {
    let world = World::embedded().await;
    let (email, device) = with_device(&world.api).await;
    for _ in 0..10 {
        log_in(&world, &email, WRONG).await;
        log_in_from(&device, &world, &email, WRONG).await;
    }
    log_in(&world, &email, RIGHT).await.refused(429, "too_many_attempts");
    forgotten(&world, &email).await.ok();
    let (_, token) = links(&world, &email).await.remove(0);
    assert_eq!(reset(&world, &token, NEW).await.status, 204);
    let again = log_in_from(&device, &world, &email, NEW).await.ok();
    assert_ne!(again["device"], json!(device), "a device of before is none any more");
}

#[tokio::test]
async fn proctors_candidates_and_tests_go_on_through_a_reset() {
    let world = World::embedded().await;
    let room = Room::open(&world).await;
    let (token, email) = {
        let token = world.owner().await;
        let email = answer(&world.get("/account").token(&token).send().await.ok(), "email");
        (token, email)
    };
    let mut pupil = tests::Pupil { account: token.clone(), ..room.pupil().await };
    pupil.join(&identity(0)).await;
    let proctor = world.post(room.path("/proctors")).token(&token).json(&json!({"password": room.session_password}));
    let proctor = answer(&proctor.send().await.ok(), "accessToken");
    forgotten(&world, &email).await.ok();
    let (_, link) = links(&world, &email).await.remove(0);
    assert_eq!(reset(&world, &link, NEW).await.status, 204);
    pupil.tick(true).await.ok();
    pupil.start("1").await.ok();
    world.get(room.path("/board")).token(&proctor).send().await.ok();
}

#[tokio::test]
async fn an_address_is_proved_once_by_the_letter_to_a_new_account() {
    let (world, token) = signed_up().await;
    assert!(!is_proved(&world, &token).await);
    let link = token_for(&world, "account/proof").await;
    assert_eq!(prove(&world, &link).await.status, 204);
    assert!(is_proved(&world, &token).await);
    prove(&world, &link).await.refused(401, "invalid_link");
    world.pass(SignedDuration::from_mins(11));
    assert_eq!(world.post("/email-proofs").token(&token).send().await.status, 202);
    assert_eq!(links(&world, EMAIL).await.len(), 1, "nothing more to prove");
}

#[tokio::test]
async fn a_letter_of_each_kind_in_ten_minutes_at_most() {
    let (world, token) = signed_up().await;
    for _ in 0..3 {
        for email in [EMAIL, "CAMILLE@example.org"] {
            forgotten(&world, email).await.ok();
        }
        world.post("/email-proofs").token(&token).send().await.ok();
    }
    let places = async || links(&world, EMAIL).await.into_iter().map(|(place, _)| place).collect::<Vec<_>>();
    assert_eq!(places().await, ["account/new-password", "account/proof"], "the latter since the account was made");
    world.pass(SignedDuration::from_mins(10));
    forgotten(&world, EMAIL).await.ok();
    assert_eq!(places().await.len(), 3);
}

#[tokio::test]
async fn whether_an_address_has_an_account_is_not_told() {
    let (world, _) = signed_up().await;
    let known = forgotten(&world, EMAIL).await;
    let unknown = forgotten(&world, "nobody@example.org").await;
    assert_eq!((known.status, known.body), (unknown.status, unknown.body.clone()));
    assert!(unknown.body.is_null());
    assert_eq!(world.letters_to("nobody@example.org").await.len(), 0);
    assert_eq!(forgotten(&world, "nobody").await.bad_fields(), ["email invalid_email"]);
}

#[tokio::test]
async fn letters_are_in_the_language_that_was_asked_for_and_hold_nothing_but_the_link() {
    let (world, _) = signed_up().await;
    world.post("/password-resets").header("accept-language", "en").json(&json!({"email": EMAIL})).send().await.ok();
    let letters = world.letters_to(EMAIL).await;
    assert_eq!(letters[0].subject, "Vigie: choose a new password");
    assert_eq!(letters[1].subject, "Vigie\u{a0}: confirmez votre adresse e-mail");
    for letter in letters {
        let links: BTreeSet<_> = letter.html.split('"').filter(|part| part.starts_with("http")).collect();
        assert_eq!(links.len(), 1, "{}", letter.html);
        assert!(letter.text.contains(links.iter().next().unwrap()));
        assert!(!["<img", "<script", "<style", "Camille", "Martin"].iter().any(|other| letter.html.contains(other)), "{}", letter.html);
    }
}

#[tokio::test]
async fn the_table_keeps_links_as_hashes() {
    let (world, _) = signed_up().await;
    forgotten(&world, EMAIL).await.ok();
    let tokens: Vec<_> = links(&world, EMAIL).await.into_iter().map(|(_, token)| token).collect();
    let items = world.dynamo.scan().table_name(ACCOUNTS).send().await.unwrap().items.unwrap();
    assert_eq!(items.iter().filter(|item| item["pk"].as_s().unwrap().starts_with("link#")).count(), 2);
    for token in tokens {
        assert!(!format!("{items:?}").contains(&token));
    }
    let hours: BTreeSet<_> = items
        .iter()
        .filter(|item| item.contains_key("purpose"))
        .map(|item| {
            let left = item["expiresAt"].as_n().unwrap().parse::<i64>().unwrap() - world.now().as_second();
            (item["pk"].as_s().unwrap().split('#').next().unwrap(), item["purpose"].as_s().unwrap().as_str(), (left + 60) / 3600)
        })
        .collect();
    let day = 24;
    assert_eq!(
        hours,
        [("link", "password", day + 1), ("link", "proof", 8 * day), ("mail", "password", day), ("mail", "proof", day)].into()
    );
}

#[tokio::test]
async fn where_no_letters_are_sent_that_is_said() {
    let world = World::without_mail().await;
    forgotten(&world, EMAIL).await.refused(503, "mail_unavailable");
    assert_eq!(forgotten(&world, "nobody").await.bad_fields(), ["email invalid_email"]);
    let owner = world.owner().await;
    world.post("/email-proofs").token(&owner).send().await.refused(503, "mail_unavailable");
    assert_eq!(world.dynamo.scan().table_name(ACCOUNTS).send().await.unwrap().count, 1, "the account alone");
}

/// What the stream tells of the letter that this address asked for.
fn asked(email: &str, sequence_number: &str) -> Value {
    json!({"dynamodb": {"Keys": {"pk": {"S": format!("mail#password#{email}")}}, "SequenceNumber": sequence_number}})
}

#[tokio::test]
async fn what_is_refused_for_good_is_passed_over_and_what_has_to_wait_is_given_again() {
    let world = World::embedded().await;
    let emails = ["a@example.org", "b@example.org", "c@example.org", "d@example.org"];
    for email in emails {
        sign_up(&world, "1", &account(email, RIGHT)).await.ok();
        forgotten(&world, email).await.ok();
    }
    let sent = Arc::new(Mutex::new(vec![]));
    let deliver = |mail: Mail| {
        let answer = match mail.to.as_str() {
            "a@example.org" => Err(NotSent::Refused("MessageRejected".to_owned())),
            "c@example.org" => Err(NotSent::Later("TooManyRequestsException".to_owned())),
            _ => Ok(()),
        };
        sent.lock().unwrap().push(mail.to);
        ready(answer)
    };
    let records: Vec<_> = emails.iter().enumerate().map(|(n, email)| asked(email, &n.to_string())).collect();
    let failed =
        send(&world.app, "https://vigie.example.org/app/", serde_json::from_value(json!({"Records": records})).unwrap(), deliver).await;
    assert_eq!(serde_json::to_value(failed).unwrap(), json!({"batchItemFailures": [{"itemIdentifier": "2"}]}));
    assert_eq!(*sent.lock().unwrap(), ["a@example.org", "b@example.org", "c@example.org"], "and none after it");
}

#[tokio::test]
async fn lambda_is_given_the_letters_and_nothing_else() {
    let (world, token) = signed_up().await;
    forgotten(&world, EMAIL).await.ok();
    world.post("/email-proofs").token(&token).send().await.ok();
    world.letters_to(EMAIL).await;
    let filters = &template()["Resources"]["Letters"]["Properties"]["FilterCriteria"]["Filters"];
    assert_eq!(filters.as_array().unwrap().len(), 1);
    let pattern: Value = serde_json::from_str(filters[0]["Pattern"].as_str().unwrap()).unwrap();
    let prefix = answer(&pattern["dynamodb"]["Keys"]["pk"]["S"][0], "prefix");
    let items = world.dynamo.scan().table_name(ACCOUNTS).send().await.unwrap().items.unwrap();
    for item in items {
        let is_letter = item.contains_key("askedAt");
        assert_eq!(item["pk"].as_s().unwrap().starts_with(&prefix), is_letter, "{:?}", item.get("pk"));
    }
    let table = &template()["Resources"]["AccountsTable"]["Properties"];
    assert!(table["StreamSpecification"]["StreamViewType"].is_string());
}

#[tokio::test]
async fn a_letter_is_sent_as_its_event_says() {
    let world = World::embedded().await;
    sign_up(&world, "1", &account("camille.martin@example.org", RIGHT)).await.ok();
    forgotten(&world, "camille.martin@example.org").await.ok();
    let sent = Arc::new(Mutex::new(vec![]));
    let deliver = |mail: Mail| {
        sent.lock().unwrap().push(mail);
        ready(Ok::<_, NotSent>(()))
    };
    let failed = send(&world.app, "https://vigie.example.org/app/", serde_json::from_value(event("send-mail")).unwrap(), deliver).await;
    assert!(failed.is_empty());
    let sent = sent.lock().unwrap();
    assert!(sent[0].text.contains("https://vigie.example.org/app/account/new-password#"), "{}", sent[0].text);
}

#[tokio::test]
async fn a_reset_forgets_wrong_passwords_of_whoever_was_logged_in_too() {
    let (world, token) = signed_up().await;
    let change = async |token: &str, current: &str| {
        world.put("/account/password").token(token).json(&json!({"current": current, "password": RIGHT})).send().await
    };
    for _ in 0..10 {
        change(&token, WRONG).await.refused(401, "invalid_credentials");
    }
    change(&token, RIGHT).await.refused(429, "too_many_attempts");
    forgotten(&world, EMAIL).await.ok();
    let link = token_for(&world, "account/new-password").await;
    assert_eq!(reset(&world, &link, NEW).await.status, 204);
    change(&token, NEW).await.ok();
}

#[tokio::test]
async fn an_erased_accounts_letters_are_gone_with_it() {
    let (world, token) = signed_up().await;
    forgotten(&world, EMAIL).await.ok();
    world.delete("/account").token(&token).json(&json!({"password": RIGHT})).send().await.ok();
    assert_eq!(world.dynamo.scan().table_name(ACCOUNTS).send().await.unwrap().count, 0);
    sign_up(&world, "2", &account(EMAIL, RIGHT)).await.ok();
    let link = token_for(&world, "account/proof").await;
    assert_eq!(prove(&world, &link).await.status, 204, "a new account has a new letter");
}

#[tokio::test]
async fn a_letter_that_nobody_can_read_holds_up_no_other() {
    let (world, _) = signed_up().await;
    let letter = world.dynamo.put_item().table_name(ACCOUNTS);
    let letter = letter.item("pk", AttributeValue::S("mail#password#odd@example.org".to_owned()));
    letter.item("purpose", AttributeValue::S("of another version".to_owned())).send().await.unwrap();
    forgotten(&world, EMAIL).await.ok();
    let sent = Arc::new(Mutex::new(0));
    let deliver = |_: Mail| {
        *sent.lock().unwrap() += 1;
        ready(Ok::<_, NotSent>(()))
    };
    let records = json!({"Records": [asked("odd@example.org", "1"), asked(EMAIL, "2")]});
    assert!(send(&world.app, "", serde_json::from_value(records).unwrap(), deliver).await.is_empty());
    assert_eq!(*sent.lock().unwrap(), 1);
}

#[tokio::test]
async fn this_machines_letters_are_listed_and_hold_no_markup_of_strangers() {
    let world = World::embedded().await;
    let odd = "\"<img src=x>\"@example.org";
    sign_up(&world, "1", &account(odd, RIGHT)).await.ok();
    world.letters_to(odd).await;
    let list = async |accept: &str| {
        let list = world.http.get(format!("{}/mails", world.base)).header("accept", accept).send().await.unwrap();
        assert_eq!(list.headers()["cache-control"], "no-store");
        list.text().await.unwrap()
    };
    let letters: Value = list("application/json").await.parse().unwrap();
    assert_eq!(letters[0]["to"], odd);
    assert_eq!(letters[0].as_object().unwrap().keys().collect::<Vec<_>>(), ["at", "subject", "text", "to"]);
    let page = list("text/html").await;
    assert!(page.contains("&lt;img src=x>") && !page.contains("<img"), "{page}");
}
