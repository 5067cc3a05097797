//! Fills rooms (join, tick, start for every candidate) beside as many bare conditional updates to
//! the same embedded DynamoDB, in turns. What counts is the ratio: times are the machine's.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    reason = "a benchmark fails by panicking; counts are small"
)]

use aws_sdk_dynamodb::types::AttributeValue;
use futures::{StreamExt, stream};
use std::time::{Duration, Instant};
use tests::{Room, World};

const ROOMS: usize = 100;
const PUPILS: usize = 30;
/// Actions of a candidate's way in: join, tick, start.
const ACTIONS: usize = 3;
const ROUNDS: usize = 5;
const PARALLEL: usize = 32;

#[tokio::main]
async fn main() {
    let world = World::new().await.unchecked();
    let (mut rooms_took, mut bare_took) = (Duration::ZERO, Duration::ZERO);
    let (mut ratios, mut units, mut requests) = (vec![], 0.0, 0);
    for round in 0..ROUNDS {
        let mut pupils = vec![];
        for _ in 0..ROOMS / ROUNDS {
            pupils.extend(Room::open(&world).await.enrol(0..PUPILS).await.into_iter().enumerate());
        }
        world.meter.take();
        let begun = Instant::now();
        stream::iter(pupils).for_each_concurrent(PARALLEL, async |(n, mut pupil)| pupil.enter(n).await).await;
        let rooms = begun.elapsed();
        let reading = world.meter.take();
        units += reading.units;
        requests += reading.requests.len();

        let begun = Instant::now();
        let calls = ROOMS / ROUNDS * PUPILS * ACTIONS;
        stream::iter(0..calls).for_each_concurrent(PARALLEL, |n| bare_update(&world, round * calls + n)).await;
        let bare = begun.elapsed();
        ratios.push(bare.as_secs_f64() / rooms.as_secs_f64());
        rooms_took += rooms;
        bare_took += bare;
    }
    let actions = ROOMS * PUPILS * ACTIONS;
    let rate = |took: Duration| actions as f64 / took.as_secs_f64();
    ratios.sort_by(f64::total_cmp);
    println!("{ROOMS} rooms × {PUPILS} candidates × {ACTIONS} actions over HTTP, {PARALLEL} at a time");
    println!("actions      {actions}: {:.0}/s, {requests} DynamoDB requests, {units:.0} units", rate(rooms_took));
    println!("bare updates {actions}: {:.0}/s", rate(bare_took));
    println!("ratio        {:.2} (rounds: {ratios:.2?})", ratios[ROUNDS / 2]);
}

async fn bare_update(world: &World, n: usize) {
    let call = world.dynamo.update_item().table_name(local::database::SESSIONS);
    let call = call.key("session", AttributeValue::S("bare".into())).key("sk", AttributeValue::S(n.to_string()));
    let call = call.update_expression("SET #status = :present").condition_expression("attribute_not_exists(#status)");
    let call =
        call.expression_attribute_names("#status", "status").expression_attribute_values(":present", AttributeValue::S("present".into()));
    call.send().await.unwrap();
}
