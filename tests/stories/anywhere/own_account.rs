//! What people see and do about their own accounts.

use super::accounts::{RIGHT, WRONG, account, log_in, sign_up};
use futures::future::join_all;
use jiff::{SignedDuration, Timestamp};
use tests::{Answer, Api, Pupil, Room, Value, answer, api::email, json, people::identity, record::claims};

const OTHER: &str = "Correction-2-copies";

/// Somebody who has just signed up and logged in.
struct Owner {
    api: Api,
    email: String,
    token: String,
}

impl Owner {
    async fn new(api: &Api) -> Self {
        let email = email("owner");
        sign_up(api, "1", &account(&email, RIGHT)).await.ok();
        let token = answer(&log_in(api, &email, RIGHT).await.ok(), "accessToken");
        Self { api: api.clone(), email, token }
    }

    async fn renew(&self, token: &str) -> Answer {
        self.api.post("/token").token(token).send().await
    }

    async fn view(&self) -> Answer {
        self.api.get("/account").token(&self.token).send().await
    }

    async fn edit(&self, names: Value) -> Answer {
        self.api.patch("/account").token(&self.token).json(&names).send().await
    }

    async fn change(&self, current: &str, password: &str) -> Answer {
        self.api.put("/account/password").token(&self.token).json(&json!({"current": current, "password": password})).send().await
    }

    async fn delete(&self, password: &str) -> Answer {
        self.api.delete("/account").token(&self.token).json(&json!({"password": password})).send().await
    }

    /// Joins a session as its first candidate.
    async fn join(&self, room: &Room) -> Pupil {
        let mut pupil = Pupil { account: self.token.clone(), ..room.pupil().await };
        pupil.join(&identity(0)).await;
        pupil
    }
}

#[tokio::test]
async fn a_login_goes_on_with_what_the_account_says_now() {
    let api = Api::anywhere().await;
    let owner = Owner::new(&api).await;
    let before = claims(&owner.token);
    owner.edit(json!({"firstName": "Zoé"})).await.ok();
    let renewed = owner.renew(&owner.token).await.ok();
    assert_eq!((&renewed["account"]["firstName"], &renewed["tokenType"]), (&json!("Zoé"), &json!("Bearer")));
    assert!(renewed.get("device").is_none(), "no device of its own");
    let after = claims(&answer(&renewed, "accessToken"));
    assert_eq!((&after["given_name"], &after["sub"], &after["auth_time"]), (&json!("Zoé"), &before["sub"], &before["auth_time"]));
    let room = Room::open(&api).await;
    let pupil = room.joined().await;
    for token in [&room.proctor, &pupil.token] {
        owner.renew(token).await.refused(401, "unauthenticated");
    }
}

#[tokio::test]
async fn a_changed_password_ends_every_other_login_at_its_next_renewal() {
    let api = Api::anywhere().await;
    let owner = Owner::new(&api).await;
    let elsewhere = answer(&log_in(&api, &owner.email, RIGHT).await.ok(), "accessToken");
    owner.change(WRONG, OTHER).await.refused(401, "invalid_credentials");
    assert_eq!(owner.change(RIGHT, "Camille-2012").await.bad_fields(), ["password weak_password"]);
    assert_eq!(owner.change("", "Aa1").await.bad_fields(), ["current required", "password too_short"]);
    let changed = owner.change(RIGHT, OTHER).await.ok();
    for token in [&elsewhere, &owner.token] {
        owner.renew(token).await.refused(401, "unauthenticated");
    }
    let own = answer(&changed, "accessToken");
    owner.renew(&own).await.ok();
    log_in(&api, &owner.email, RIGHT).await.refused(401, "invalid_credentials");
    log_in(&api, &owner.email, OTHER).await.ok();
    let next = Owner { token: own, ..owner };
    next.change(OTHER, RIGHT).await.ok();
    log_in(&api, &next.email, RIGHT).await.ok();
}

#[tokio::test]
async fn of_two_changes_at_once_one_counts() {
    let api = Api::anywhere().await;
    let owner = Owner::new(&api).await;
    let passwords = [OTHER, "Rature-3-gommes"];
    let answers = join_all(passwords.map(|password| owner.change(RIGHT, password))).await;
    let won: Vec<_> = answers.iter().filter(|answer| answer.status == 200).collect();
    assert!(!won.is_empty() && answers.iter().all(|answer| ["ok", "invalid_credentials", "busy"].contains(&answer.code())), "{answers:?}");
    assert_eq!(won.len(), 1, "the second was asked with a password that was no more");
    for (password, changed) in passwords.iter().zip(&answers) {
        assert_eq!(log_in(&api, &owner.email, password).await.status == 200, changed.status == 200);
    }
}

#[tokio::test]
async fn people_see_all_that_is_held_about_them() {
    let api = Api::anywhere().await;
    let owner = Owner::new(&api).await;
    let account = owner.view().await.ok();
    assert_eq!(account["candidacies"], json!([]));
    assert_eq!((&account["emailProved"], &account["roles"]), (&json!(false), &json!([])));
    let at = |field| answer(&account, field).parse::<Timestamp>().unwrap();
    assert!(at("lastAccessAt") >= at("createdAt") && at("termsAcceptedAt") == at("createdAt"));
    assert!(!account.to_string().contains("argon2") && account.get("device").is_none());

    let (earlier, later) = (Timestamp::now() - SignedDuration::from_hours(2), Timestamp::now());
    let mut sessions = vec![];
    for at in [earlier, later] {
        let pupil = owner.join(&Room::scheduled(&api, at).await).await;
        sessions.push((pupil.room.number.clone(), pupil.id.clone()));
    }
    let candidacies = owner.view().await.ok()["candidacies"].clone();
    let named = |candidacy: &Value| (answer(candidacy, "session"), answer(candidacy, "candidate"));
    let seen: Vec<_> = candidacies.as_array().unwrap().iter().map(named).collect();
    assert_eq!(seen, sessions.iter().rev().cloned().collect::<Vec<_>>(), "the latest first");
    assert_eq!(
        (&candidacies[0]["status"], &candidacies[0]["site"], &candidacies[0]["room"]),
        (&json!("enrolled"), &json!("Collège"), &json!("12"))
    );
}

#[tokio::test]
async fn whoever_is_taken_off_a_candidate_sees_them_no_more() {
    let api = Api::anywhere().await;
    let owner = Owner::new(&api).await;
    let pupil = owner.join(&Room::open(&api).await).await;
    assert_eq!(owner.view().await.ok()["candidacies"][0]["candidate"], json!(pupil.id));
    pupil.unlink().await.ok();
    assert_eq!(owner.view().await.ok()["candidacies"], json!([]));
}

#[tokio::test]
async fn names_are_corrected_one_or_both() {
    let api = Api::anywhere().await;
    let owner = Owner::new(&api).await;
    let edited = owner.edit(json!({"lastName": " Lefèvre "})).await.ok();
    assert_eq!((&edited["firstName"], &edited["lastName"]), (&json!("Camille"), &json!("Lefèvre")));
    assert_eq!(owner.edit(json!({})).await.ok(), edited);
    assert_eq!(owner.edit(json!({"firstName": "", "lastName": "-"})).await.bad_fields(), ["firstName required", "lastName invalid"]);
    assert_eq!(owner.view().await.ok(), edited);
}

#[tokio::test]
async fn an_erased_account_is_no_more() {
    let api = Api::anywhere().await;
    let owner = Owner::new(&api).await;
    owner.delete(WRONG).await.refused(401, "invalid_credentials");
    assert_eq!(owner.delete(RIGHT).await.status, 204);
    assert_eq!(owner.delete(RIGHT).await.status, 204, "again: the same");
    log_in(&api, &owner.email, RIGHT).await.refused(401, "invalid_credentials");
    owner.view().await.refused(401, "unauthenticated");
    owner.renew(&owner.token).await.refused(401, "unauthenticated");
    owner.edit(json!({"firstName": "Zoé"})).await.refused(401, "unauthenticated");
    owner.change(RIGHT, OTHER).await.refused(401, "unauthenticated");

    let created = sign_up(&api, "2", &account(&owner.email, OTHER)).await.ok();
    owner.renew(&owner.token).await.refused(401, "unauthenticated");
    assert_eq!(owner.delete(OTHER).await.status, 204);
    assert_eq!(log_in(&api, &owner.email, OTHER).await.ok()["account"]["id"], created["id"], "not the one that came after it");
}

#[tokio::test]
async fn an_account_is_not_erased_in_the_middle_of_a_session() {
    let api = Api::anywhere().await;
    let owner = Owner::new(&api).await;
    let pupil = owner.join(&Room::open(&api).await).await;
    owner.delete(RIGHT).await.refused(409, "account_in_session");
    owner.delete(WRONG).await.refused(401, "invalid_credentials");
    pupil.tick(true).await.ok();
    pupil.start("1").await.ok();
    pupil.act("finish", &pupil.token).await.ok();
    owner.delete(RIGHT).await.refused(409, "account_in_session");
    pupil.room.finalise().await.ok();
    assert_eq!(owner.delete(RIGHT).await.status, 204);
    let history = api.get(pupil.path("/history")).token(&pupil.room.organiser).send().await.ok();
    let joined = history["history"].as_array().unwrap().iter().find(|entry| entry["action"] == "join").unwrap();
    assert_eq!(joined["by"]["firstName"], "Camille", "the record keeps what it noted");
}

#[tokio::test]
async fn an_impatient_thumb_erases_once_and_is_told_so() {
    let api = Api::anywhere().await;
    let owner = Owner::new(&api).await;
    let answers = join_all((0..4).map(|_| owner.delete(RIGHT))).await;
    // What meets another on its way may have to come back.
    assert!(answers.iter().all(|answer| answer.status == 204 || answer.code() == "busy"), "{answers:?}");
    assert_eq!(owner.delete(RIGHT).await.status, 204);
}
