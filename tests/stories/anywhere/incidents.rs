//! What happened in the room, reported.

use futures::future::join_all;
use tests::{Answer, Api, Room, Value, json};

async fn report(room: &Room, token: &str, key: &str, incident: &Value) -> Answer {
    room.api.post(room.path("/incidents")).token(token).key(key).json(incident).send().await
}

async fn incidents(room: &Room, token: &str) -> Vec<Value> {
    room.api.get(room.path("/incidents")).token(token).send().await.ok()["incidents"].as_array().unwrap().clone()
}

#[tokio::test]
async fn incidents_are_reported_by_staff_and_told_in_order() {
    let api = Api::anywhere().await;
    let pupil = Room::open(&api).await.joined().await;
    let room = &pupil.room;
    let about = json!({"category": "technical", "text": " Écran noir.\nOrdinateur changé. ", "candidate": pupil.id});
    let first = report(room, &room.proctor, "1", &about).await;
    assert_eq!(first.status, 201);
    assert_eq!(
        (&first.body["text"], &first.body["candidate"], &first.body["category"]),
        (&json!("Écran noir.\nOrdinateur changé."), &json!(pupil.id), &json!("technical"))
    );
    assert!(first.body["by"]["firstName"].is_string() && first.body["by"]["lastName"].is_string());
    let second = report(room, &room.organiser, "1", &json!({"category": "evacuation"})).await.ok();
    assert!(second["text"].is_null() && second["candidate"].is_null());
    for token in [&room.proctor, &room.organiser] {
        assert_eq!(incidents(room, token).await, [first.body.clone(), second.clone()]);
    }
    for category in ["identity", "technical", "behaviour", "health", "evacuation", "other"] {
        report(room, &room.proctor, category, &json!({"category": category})).await.ok();
    }
    assert_eq!(incidents(room, &room.proctor).await.len(), 8);
}

#[tokio::test]
async fn a_retry_reports_nothing_twice() {
    let api = Api::anywhere().await;
    let room = Room::open(&api).await;
    let alarm = json!({"category": "evacuation", "text": "Alarme"});
    let answers = join_all((0..10).map(|_| report(&room, &room.proctor, "once", &alarm))).await;
    assert!(answers.iter().all(|answer| answer.status == 201 && answer.body == answers[0].body), "{answers:?}");
    report(&room, &room.proctor, "once", &json!({"category": "other", "text": "Alarme"})).await.refused(409, "key_reused");
    let another = room.another_proctor().await;
    report(&room, &another, "once", &alarm).await.ok();
    assert_eq!(incidents(&room, &room.proctor).await.len(), 2);
    room.finalise().await.ok();
    assert_eq!(report(&room, &room.proctor, "once", &alarm).await.ok(), answers[0].body, "it was reported before");
    report(&room, &room.proctor, "late", &alarm).await.refused(409, "session_finalised");
    assert_eq!(incidents(&room, &room.organiser).await.len(), 2);
}

#[tokio::test]
async fn what_is_wrong_with_an_incident_is_said() {
    let api = Api::anywhere().await;
    let room = Room::open(&api).await;
    let elsewhere = Room::open(&api).await.pupil().await;
    for (incident, expected) in [
        (json!({}), vec!["category required"]),
        (json!({"category": "fire", "text": " "}), vec!["category invalid", "text required"]),
        (json!({"category": "other", "text": "a".repeat(1001)}), vec!["text too_long"]),
        (json!({"category": 7, "text": 7, "candidate": 7}), vec!["candidate wrong_type", "category wrong_type", "text wrong_type"]),
    ] {
        let mut bad = report(&room, &room.proctor, "bad", &incident).await.bad_fields();
        bad.sort();
        assert_eq!(bad, expected);
    }
    for unknown in [elsewhere.id, "A".repeat(26), "nobody".to_owned()] {
        report(&room, &room.proctor, &unknown, &json!({"category": "health", "candidate": unknown}))
            .await
            .refused(404, "candidate_not_found");
    }
    let other = api.other_organiser().await;
    for incident in [json!({"category": "other"}), json!({}), json!({"category": "other", "candidate": "nobody"})] {
        report(&room, &other, "theirs", &incident).await.refused(404, "session_not_found");
    }
    api.get(room.path("/incidents")).token(&other).send().await.refused(404, "session_not_found");
    assert_eq!(incidents(&room, &room.proctor).await, Vec::<Value>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_has_two_hundred_incidents_at_most() {
    let api = Api::anywhere().await;
    let room = Room::open(&api).await;
    let report = async |n: usize| report(&room, &room.proctor, &n.to_string(), &json!({"category": "other"})).await;
    for first in (0..190).step_by(10) {
        join_all((first..first + 10).map(report)).await.into_iter().for_each(|answer| drop(answer.ok()));
    }
    let answers = join_all((190..215).map(report)).await;
    let taken = answers.iter().filter(|answer| answer.status == 201).count();
    assert!(answers.iter().all(|answer| answer.status == 201 || answer.code() == "too_many_changes"), "{answers:?}");
    assert_eq!((taken, incidents(&room, &room.proctor).await.len()), (10, 200));
}
