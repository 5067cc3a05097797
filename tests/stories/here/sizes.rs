//! How large a candidate's record grows: DynamoDB bills by the kilobyte written and read.

use aws_sdk_dynamodb::types::AttributeValue;
use std::collections::HashMap;
use tests::{Pupil, Room, World, people::identity};

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
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let call = world.dynamo.get_item().table_name(local::database::SESSIONS);
    let answer = call.key("session", text(&pupil.room.number)).key("sk", text(&format!("session/{}", pupil.id))).send().await.unwrap();
    size_of(&answer.item.unwrap())
}

#[tokio::test]
async fn a_candidates_record_stays_small() {
    let world = World::new().await;
    let room = Room::open(&world).await;
    let mut pupils = room.enrol(0..2).await;
    for (n, pupil) in pupils.iter_mut().enumerate() {
        pupil.join(&identity(n)).await;
    }
    let [typical, worst] = pupils.as_slice() else { unreachable!() };

    typical.tick(true).await.ok();
    typical.start("1").await.ok();
    let started = size_of_record(&world, typical).await;
    typical.act("finish", &typical.token).await.ok();
    let typical = size_of_record(&world, typical).await;

    for n in 0..98 {
        worst.tick(n % 2 == 0).await.ok();
    }
    worst.start("1").await.refused(403, "not_checked_in");
    assert_eq!(worst.seen().await["status"], "enrolled");
    let worst = size_of_record(&world, worst).await;
    println!("a candidate's record: {started} bytes when started, {typical} after a typical day, {worst} after the worst");
    assert!(started <= 1024, "a start writes one unit: {started}");
    assert!(worst < 16 * 1024, "300 of these are read in a few pages: {worst}");
}
