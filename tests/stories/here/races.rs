//! A finalisation whose function dies in the middle.

use crate::anywhere::races::{busy_room, is_finalised};
use futures::{StreamExt, stream};
use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};
use tests::{Chaos, Fault, World, json, record::check_tables};

#[tokio::test(flavor = "multi_thread")]
async fn a_finalisation_that_died_half_way_goes_on_when_called_again() {
    let calm = World::new().await;
    // The session, the list, ten candidates, the session: 13 requests; the last round dies nowhere.
    let unfinished = stream::iter(0..=13)
        .map(async |lives: usize| {
            let (healed, count) = (Arc::new(AtomicBool::new(false)), AtomicUsize::new(0));
            let broken = {
                let healed = healed.clone();
                move |_: &str| {
                    let dead = !healed.load(Ordering::SeqCst) && count.fetch_add(1, Ordering::SeqCst) >= lives;
                    if !dead {
                        Fault::Pass
                    } else if lives.is_multiple_of(2) {
                        Fault::Reset
                    } else {
                        Fault::DropAnswer
                    }
                }
            };
            let (room, pupils) = busy_room(&calm, 10).await;
            let chaos = Chaos::before(&calm.endpoint, broken).await;
            let dying = calm.through(&chaos.endpoint).await;
            let finalise = async || dying.post(room.path("/finalise")).token(&room.organiser).send().await;
            let died = finalise().await;
            if lives < 13 {
                assert!(died.refused(503, "busy").header("retry-after").is_some());
            }
            let (session, candidates) = check_tables(&room).await;
            let half = session["status"] == "finalising"
                && candidates.iter().any(|item| item["closed"] == true)
                && candidates.iter().any(|item| item["closed"] != true);
            healed.store(true, Ordering::SeqCst);
            assert_eq!(
                finalise().await.ok()["summary"],
                json!({"enrolled": 2, "present": 2, "inProgress": 0, "interrupted": 0, "finished": 2, "ended": 4})
            );
            is_finalised(&room, pupils.len()).await;
            usize::from(half)
        })
        .buffer_unordered(7)
        .fold(0, async |sum, half| sum + half)
        .await;
    println!("{unfinished} of 14 finalisations stopped among the candidates");
    assert!(unfinished > 2, "{unfinished}");
}
