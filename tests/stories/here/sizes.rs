//! How large a candidate's record grows: DynamoDB bills by the kilobyte written and read.

use aws_sdk_dynamodb::types::AttributeValue;
use std::collections::HashMap;
use tests::{Pupil, Room, World, json, people::identity};

/// The size by DynamoDB's rules for item sizes, in bytes.
fn size(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::S(text) => text.len(),
        AttributeValue::N(number) => number.trim_start_matches('-').len().div_ceil(2) + 1,
        AttributeValue::Bool(_) | AttributeValue::Null(_) => 1,
        AttributeValue::Ss(texts) => texts.iter().map(String::len).sum(),
        AttributeValue::L(list) => 3 + list.iter().map(|value| 1 + size(value)).sum::<usize>(),
        AttributeValue::M(map) => 3 + map.iter().map(|(name, value)| 1 + name.len() + size(value)).sum::<usize>(),
        other => panic!("not used: {other:?}"),
    }
}

/// The size of an item, in bytes.
pub fn size_of(item: &HashMap<String, AttributeValue>) -> usize {
    item.iter().map(|(name, value)| name.len() + size(value)).sum()
}

async fn size_of_record(world: &World, pupil: &Pupil) -> usize {
    size_of(&record(world, pupil).await)
}

async fn changes(world: &World, pupil: &Pupil) -> usize {
    record(world, pupil).await["history"].as_l().unwrap().len()
}

async fn record(world: &World, pupil: &Pupil) -> HashMap<String, AttributeValue> {
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let call = world.dynamo.get_item().table_name(local::database::SESSIONS);
    let answer = call.key("session", text(&pupil.room.number)).key("sk", text(&format!("session/{}", pupil.id))).send().await.unwrap();
    answer.item.unwrap()
}

#[tokio::test]
async fn a_candidates_record_stays_small() {
    let world = World::new().await;
    let room = Room::open(&world).await;
    let mut pupils = room.enrol_joined(0..2).await;
    let [typical, worst] = pupils.as_mut_slice() else { unreachable!() };

    let add = async |pupil: &Pupil, reason: &str| {
        let minutes = world.post(pupil.path("/minutes")).token(&room.proctor).json(&json!({"minutes": 5, "reason": reason}));
        minutes.send().await.ok();
    };
    let long = "é".repeat(80);
    let correct = async |pupil: &Pupil, name: &str| {
        let correction = world.patch(pupil.path("")).token(&room.organiser).json(&json!({"lastName": name}));
        tests::answer(&correction.send().await.ok(), "id")
    };

    typical.tick(true).await.ok();
    typical.start("1").await.ok();
    let started = size_of_record(&world, typical).await;
    correct(typical, "Bernhard").await;
    add(typical, "Alarme incendie : évacuation du bâtiment").await;
    for resumption in ["2", "3"] {
        typical.act("leave", &typical.token).await.ok();
        typical.authorise().await.ok();
        typical.start(resumption).await.ok();
    }
    typical.act("finish", &typical.token).await.ok();
    let typical = size_of_record(&world, typical).await;

    // Joins as long as they are taken, then all that stops at a hundred changes.
    worst.unlink().await.ok();
    let [long_first, long_last] = ["é", "è"].map(|letter| letter.repeat(255));
    let person = json!({"firstName": long_first, "lastName": long_last, "password": "Certification1", "acceptTerms": true});
    for n in 0..18 {
        let mut person = person.clone();
        person["email"] = json!(format!("worst{n}@example.org"));
        world.post("/accounts").json(&person).send().await.ok();
        let login = world.post("/login").json(&json!({"email": person["email"], "password": person["password"]})).send().await.ok();
        worst.account = tests::answer(&login, "accessToken");
        worst.join(&identity(1)).await;
        worst.unlink().await.ok();
    }
    while changes(&world, worst).await < 100 {
        add(worst, &long).await;
    }
    let worst = size_of_record(&world, worst).await;
    println!("a candidate's record: {started} bytes when started, {typical} after an eventful day, {worst} after the worst");
    assert!(started <= 1024, "a start writes one unit: {started}");
    assert!(typical <= 3 * 1024, "{typical}");
    assert!(worst < 32 * 1024, "a tenth of what DynamoDB takes: {worst}");
}
