//! What clients ask for again and again: sent when something in it has changed, and only then.

use tests::{Answer, Api, Room, Value, api::Call, json, people::session_at};

/// Looks again and again with the tag of the last answer.
struct Watch<F> {
    look: F,
    tag: String,
    seen: Value,
}

impl<F: Fn() -> Call> Watch<F> {
    async fn begin(look: F) -> Self {
        let (tag, seen) = read(look().send().await);
        Self { look, tag, seen }
    }

    async fn has_news_of(&mut self, what: &str) {
        let answer = self.again().await;
        assert_eq!(answer.status, 200, "{what}");
        let before = std::mem::replace(&mut self.seen, Value::Null);
        (self.tag, self.seen) = read(answer);
        assert_ne!(before, self.seen, "{what}");
        let answer = self.again().await;
        assert_eq!((answer.status, answer.header("etag"), &answer.body), (304, Some(&*self.tag), &json!(null)), "after {what}");
    }

    async fn again(&self) -> Answer {
        (self.look)().header("if-none-match", &self.tag).send().await
    }
}

/// The tag, and all but what changes with every look.
fn read(answer: Answer) -> (String, Value) {
    let tag = answer.header("etag").unwrap().to_owned();
    let mut seen = answer.ok();
    for changing in ["serverTime", "refreshAfterSeconds"] {
        seen.as_object_mut().unwrap().remove(changing).unwrap();
    }
    seen.as_object_mut().unwrap().remove("live");
    (tag, seen)
}

#[tokio::test]
async fn board_and_status_are_sent_when_something_changed_and_say_the_same() {
    let api = Api::anywhere().await;
    let organiser = api.organiser().await;
    let mut session = session_at(jiff::Timestamp::now());
    session["examiner"] = json!("AED");
    let kit = api.post("/sessions").token(&organiser).json(&session).send().await.ok();
    let mut room = Room::of(&api, organiser, &kit);
    room.proctor = room.another_proctor().await;
    let pupil = room.joined().await;
    let mut board = Watch::begin(|| api.get(room.path("/board")).token(&room.proctor)).await;
    let mut status = Watch::begin({
        let pupil = pupil.clone();
        move || pupil.room.api.get(pupil.path("")).token(&pupil.token)
    })
    .await;
    for change in
        ["start too early", "tick", "start", "add_minutes", "call", "leave", "authorise", "withdraw", "answer", "call", "end", "finalise"]
    {
        match change {
            "start too early" => pupil.start("1").await.refused(403, "not_checked_in").status,
            "tick" => pupil.tick(true).await.status,
            "start" => pupil.start("2").await.status,
            "leave" => pupil.act("leave", &pupil.token).await.status,
            "authorise" => pupil.authorise().await.status,
            "withdraw" => pupil.withdraw().await.status,
            "end" => pupil.end().await.status,
            "call" => pupil.call(change, &pupil.token, &ulid::Ulid::generate().to_string()).send().await.status,
            "add_minutes" | "answer" => pupil.call(change, &room.proctor, change).send().await.status,
            _ => room.finalise().await.status,
        };
        board.has_news_of(change).await;
        status.has_news_of(change).await;
        let mut told = status.seen.clone();
        told.as_object_mut().unwrap().remove("start");
        let mut shown = board.seen["candidates"][0].clone();
        shown["session"] = board.seen["session"].clone();
        assert!(shown.as_object_mut().unwrap().remove("joinedAs").is_some(), "for staff alone");
        assert_eq!(shown, told, "{change}");
    }
    let organisers = Watch::begin(|| api.get(room.path("/board")).token(&room.organiser)).await;
    assert_ne!(organisers.tag, board.tag, "whose account looks is part of the proctor's");
}
