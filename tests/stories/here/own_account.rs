//! How long a login lasts, and when an account may go.

use crate::anywhere::accounts::{RIGHT, account, log_in, sign_up};
use jiff::SignedDuration;
use tests::{Pupil, Room, World, answer, json, people::identity};

#[tokio::test]
async fn a_login_lasts_for_twelve_hours_by_tokens_of_one() {
    let world = World::new().await;
    sign_up(&world, "1", &account("a@example.org", RIGHT)).await.ok();
    let login = log_in(&world, "a@example.org", RIGHT).await.ok();
    assert_eq!(login["expiresIn"], 3600);
    let renew = async |token: &str| world.post("/token").token(token).send().await;
    let first = answer(&login, "accessToken");
    world.pass(SignedDuration::from_mins(61));
    world.get("/account").token(&first).send().await.refused(401, "unauthenticated");
    let second = answer(&renew(&first).await.ok(), "accessToken");
    world.get("/account").token(&second).send().await.ok();
    world.pass(SignedDuration::from_hours(10));
    // A laptop that slept.
    let last = renew(&second).await.ok();
    let left = last["expiresIn"].as_i64().unwrap();
    assert!((58 * 60..59 * 60 + 1).contains(&left), "{left} s: no longer than the login");
    let last = answer(&last, "accessToken");
    world.pass(SignedDuration::from_mins(60));
    for token in [first, second, last] {
        renew(&token).await.refused(401, "unauthenticated");
    }
}

#[tokio::test]
async fn an_account_may_go_once_its_session_has_closed() {
    let world = World::new().await;
    let room = Room::open(&world).await;
    let mut pupil = Pupil { account: world.owner().await, ..room.pupil().await };
    pupil.join(&identity(0)).await;
    let delete = async |token: &str| world.delete("/account").token(token).json(&json!({"password": RIGHT})).send().await;
    delete(&pupil.account).await.refused(409, "account_in_session");
    let email = answer(&world.get("/account").token(&pupil.account).send().await.ok(), "email");
    world.pass(SignedDuration::from_hours(25));
    let later = answer(&log_in(&world, &email, RIGHT).await.ok(), "accessToken");
    assert_eq!(delete(&later).await.status, 204);
}
