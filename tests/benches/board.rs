//! Looks at rooms of three sizes, all of whom have started, beside a bare query of the same items from
//! the same embedded DynamoDB, in turns. What counts are the ratios of processor time: the times, which
//! hold the embedded database's work, are the machine's.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a benchmark fails by panicking")]

use aws_sdk_dynamodb::types::AttributeValue;
use axum::{
    Router,
    body::Body,
    http::{Request, StatusCode, header},
    response::Response,
};
use futures::{StreamExt, stream};
use http_body_util::BodyExt;
use nix::time::ClockId;
use std::time::Duration;
use tests::{Room, World};
use tower::ServiceExt;

const SIZES: [usize; 3] = [30, 100, 300];
/// How many candidates one enrolment takes.
const CLASS: usize = 90;
const ROUNDS: usize = 31;
/// Candidates read in each turn, in as many looks as it takes.
const READ: usize = 600;

#[tokio::main]
async fn main() {
    let world = World::embedded().await.unchecked();
    let router = local::router(&world.app);
    println!("processor µs of a look      changed  unchanged  bare query   ratios to the bare query");
    for size in SIZES {
        let room = Room::open(&world).await;
        let mut pupils = vec![];
        for begin in (0..size).step_by(CLASS) {
            pupils.extend((begin..).zip(room.enrol(begin..size.min(begin + CLASS)).await));
        }
        stream::iter(pupils).for_each_concurrent(8, async |(n, mut pupil)| pupil.enter(n).await).await;
        let response = look(&router, &room, "").await;
        let tag = response.headers()[header::ETAG].to_str().unwrap().to_owned();

        let mut times = [const { vec![] }; 3];
        for _ in 0..ROUNDS {
            let looks = READ / size;
            let taken = [
                processor_time(looks, async || assert_eq!(look(&router, &room, "").await.status(), StatusCode::OK)).await,
                processor_time(looks, async || assert_eq!(look(&router, &room, &tag).await.status(), StatusCode::NOT_MODIFIED)).await,
                processor_time(looks, async || assert_eq!(bare_query(&world, &room).await, size + 2)).await,
            ];
            for (times, taken) in times.iter_mut().zip(taken) {
                times.push(taken.as_secs_f64() * 1e6);
            }
        }
        let [changed, unchanged, bare] = times.map(|mut times| {
            times.sort_by(f64::total_cmp);
            times[ROUNDS / 2]
        });
        println!(
            "room of {size:3}             {changed:10.0} {unchanged:10.0} {bare:11.0}   {:.2} changed, {:.2} unchanged",
            changed / bare,
            unchanged / bare
        );
    }
}

/// The board as the function gives it, read to its end.
async fn look(router: &Router, room: &Room, known: &str) -> Response<()> {
    let request = Request::get(room.path("/board"))
        .header(header::AUTHORIZATION, format!("Bearer {}", room.proctor))
        .header(header::IF_NONE_MATCH, known)
        .body(Body::empty())
        .unwrap();
    let (parts, body) = router.clone().oneshot(request).await.unwrap().into_parts();
    body.collect().await.unwrap();
    Response::from_parts(parts, ())
}

/// Reads the same items whole; returns how many there are.
async fn bare_query(world: &World, room: &Room) -> usize {
    let call = world.dynamo.query().table_name(local::database::SESSIONS).consistent_read(true);
    let call =
        call.key_condition_expression("#session = :session AND begins_with(sk, :sk)").expression_attribute_names("#session", "session");
    let call = call.expression_attribute_values(":session", AttributeValue::S(room.number.clone()));
    call.expression_attribute_values(":sk", AttributeValue::S("session".into())).send().await.unwrap().items().len()
}

/// Of the whole process, for one of so many turns.
async fn processor_time(turns: usize, turn: impl AsyncFn()) -> Duration {
    let clock = || Duration::from(ClockId::CLOCK_PROCESS_CPUTIME_ID.now().unwrap());
    let begun = clock();
    for _ in 0..turns {
        turn().await;
    }
    clock().checked_sub(begun).unwrap() / u32::try_from(turns).unwrap()
}
