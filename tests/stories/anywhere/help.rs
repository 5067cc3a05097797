//! What goes wrong in the room on the day: alarms, raised hands, and who did what about it.

use jiff::Timestamp;
use tests::{Answer, Api, Pupil, Room, Value, answer, json, people::identity, record::claims};

async fn add(pupil: &Pupil, minutes: i64, reason: &str) -> Answer {
    let call = pupil.room.api.post(pupil.path("/minutes")).token(&pupil.room.proctor);
    call.json(&json!({"minutes": minutes, "reason": reason})).send().await
}

async fn call(pupil: &Pupil, key: &str) -> Answer {
    pupil.room.api.post(pupil.path("/help")).token(&pupil.token).key(key).send().await
}

async fn answered(pupil: &Pupil, token: &str, key: &str) -> Answer {
    pupil.room.api.delete(pupil.path("/help")).token(token).key(key).send().await
}

fn minutes(view: &Value) -> i64 {
    let instant = |value: &Value| value.as_str().unwrap().parse::<Timestamp>().unwrap();
    instant(&view["endsAt"]).duration_since(instant(&view["startedAt"])).as_mins()
}

#[tokio::test]
async fn after_a_fire_alarm_all_have_ten_minutes_more_started_or_not() {
    let api = Api::anywhere().await;
    let room = Room::open(&api).await;
    let mut pupils = room.enrol(0..4).await;
    pupils[0].enter(0).await;
    pupils[1].enter(1).await;
    pupils[1].end().await.ok();
    pupils[2].join(&identity(2)).await;
    pupils[2].tick(true).await.ok();
    let ids: Vec<_> = pupils.iter().map(|pupil| pupil.id.clone()).chain(["x".to_owned()]).collect();
    let all = json!({"minutes": 10, "reason": "Alarme incendie", "candidates": ids});
    for token in [&room.proctor, &room.organiser] {
        let added = api.post(room.path("/minutes")).token(token).json(&all).send().await.ok();
        let results: Vec<_> = added["results"].as_array().unwrap().iter().map(|result| (&result["status"], &result["code"])).collect();
        let (ok, none) = (json!(200), Value::Null);
        let (conflict, ended, unknown, not_found) = (json!(409), json!("test_ended"), json!(404), json!("candidate_not_found"));
        assert_eq!(results, [(&ok, &none), (&conflict, &ended), (&ok, &none), (&ok, &none), (&unknown, &not_found)]);
    }
    let status = pupils[0].status().await;
    assert_eq!((&status["extraMinutes"], minutes(&status)), (&json!(20), 125));
    pupils[2].start("1").await.ok();
    assert_eq!(minutes(&pupils[2].seen().await), 125);
    let more = api.patch(pupils[2].path("")).token(&room.organiser).json(&json!({"extraTimePercent": 100}));
    assert_eq!(minutes(&more.send().await.ok()), 230, "on top of the percentage");
    assert_eq!(pupils[3].seen().await["extraMinutes"], 20);
    assert_eq!(pupils[1].seen().await["extraMinutes"], 0);

    pupils[0].act("leave", &pupils[0].token).await.ok();
    add(&pupils[0], -5, "erreur de saisie").await.ok();
    pupils[0].authorise().await.ok();
    let resumed = pupils[0].start("again").await.ok();
    assert_eq!(minutes(&resumed["attempt"]), 120, "the engine is told the end as it is now");
    let ends = |token: &str| claims(token)["exp"].as_i64().unwrap() - 24 * 3600;
    let ends_at: Timestamp = answer(&resumed["attempt"], "endsAt").parse().unwrap();
    assert_eq!(ends(&answer(&resumed, "accessToken")), ends_at.as_second());
    add(&pupils[0], 30, "panne").await.ok();
    assert_eq!(minutes(&pupils[0].start("again").await.ok()["attempt"]), 150, "and a retry, as it is by then");
}

#[tokio::test]
async fn minutes_are_added_and_taken_away_between_none_and_twelve_hours() {
    let api = Api::anywhere().await;
    let room = Room::open(&api).await;
    let pupil = room.pupil().await;
    for (minutes, between) in [(0, "1 et 120"), (121, "-120 et 120"), (-121, "-120 et 120"), (1 << 32, "-120 et 120"), (-1, "0 et 120")] {
        let refused = add(&pupil, minutes, "panne").await;
        assert_eq!(refused.bad_fields(), ["minutes out_of_range"], "{minutes}");
        assert_eq!(refused.body["errors"][0]["message"], format!("La valeur doit être comprise entre {between}."), "{minutes}");
    }
    assert_eq!(add(&pupil, 10, " ").await.bad_fields(), ["reason required"]);
    assert_eq!(add(&pupil, 10, &"é".repeat(81)).await.bad_fields(), ["reason too_long"]);
    for _ in 0..6 {
        add(&pupil, 120, "panne").await.ok();
    }
    let refused = add(&pupil, 1, "panne").await;
    assert_eq!(refused.bad_fields(), ["minutes out_of_range"]);
    assert_eq!(refused.body["errors"][0]["message"], "La valeur doit être comprise entre -120 et 0.");
    let several = json!({"minutes": 1, "reason": "panne", "candidates": [pupil.id]});
    let several = api.post(room.path("/minutes")).token(&room.organiser).json(&several).send().await.ok();
    assert_eq!(several["results"], json!([{"candidate": pupil.id, "status": 422, "code": "invalid_fields"}]));
    assert_eq!(add(&pupil, -120, "erreur de saisie").await.ok()["extraMinutes"], 600);

    add(&pupil, 100, "panne").await.ok();
    let in_english = api.post(pupil.path("/minutes")).token(&room.organiser).header("accept-language", "en");
    let refused = in_english.json(&json!({"minutes": 21, "reason": "outage"})).send().await;
    assert_eq!(refused.body["errors"][0]["message"], "The value must be between -120 and 20.");
    add(&pupil, -100, "erreur de saisie").await.ok();

    let by_key = |minutes: i64| {
        let body = json!({"minutes": minutes, "reason": "panne"});
        api.post(pupil.path("/minutes")).token(&room.proctor).key("once").json(&body).send()
    };
    by_key(5).await.ok();
    assert_eq!(by_key(5).await.ok()["extraMinutes"], 605, "once for each request");
    let unknown = room.path(&format!("/candidates/{}/minutes", "A".repeat(26)));
    api.post(unknown).token(&room.proctor).json(&json!({})).send().await.refused(404, "candidate_not_found");
    room.finalise().await.ok();
    add(&pupil, 1, "panne").await.refused(409, "session_finalised");
}

#[tokio::test]
async fn a_raised_hand_is_seen_until_somebody_answers_whatever_else_happens() {
    let api = Api::anywhere().await;
    let room = Room::open(&api).await;
    let mut pupil = room.pupil().await;
    pupil.join(&identity(0)).await;
    let calling = call(&pupil, "1").await.ok();
    let since = &calling["helpSince"];
    assert!(since.is_string());
    assert_eq!(call(&pupil, "2").await.ok()["helpSince"], *since, "again: the same");
    pupil.tick(true).await.ok();
    let attempt = answer(&pupil.start("1").await.ok(), "accessToken");
    pupil.act("leave", &pupil.token).await.ok();
    pupil.start("2").await.refused(403, "resume_not_authorised");
    pupil.authorise().await.ok();
    let seen = pupil.seen().await;
    assert_eq!((&seen["helpSince"], seen["waitingSince"].is_null(), &seen["resumeAuthorised"]), (since, true, &json!(true)));

    assert!(answered(&pupil, &room.proctor, "a").await.ok()["helpSince"].is_null());
    assert!(call(&pupil, "1").await.ok()["helpSince"].is_null(), "a late retry calls nobody again");
    let again = api.post(pupil.path("/help")).token(&attempt).key("3").send().await.ok();
    assert!(again["helpSince"].is_string(), "the exam engine calls too");
    answered(&pupil, &room.proctor, "a").await.ok();
    assert!(pupil.seen().await["helpSince"].is_string(), "a late answer is to the call before");
    assert!(answered(&pupil, &pupil.token, "b").await.ok()["helpSince"].is_null(), "the candidate withdraws it");
    answered(&pupil, &room.proctor, "c").await.ok();

    call(&pupil, "4").await.ok();
    assert!(pupil.end().await.ok()["helpSince"].is_null());
    call(&pupil, "5").await.refused(409, "test_ended");
    answered(&pupil, &room.proctor, "d").await.ok();
    let other = room.enrol(1..2).await.remove(0);
    let mut other = other;
    other.join(&identity(1)).await;
    call(&other, "1").await.ok();
    assert!(other.unlink().await.ok()["helpSince"].is_null(), "who was taken off no longer calls");
    call(&other, "2").await.refused(403, "forbidden");
    room.finalise().await.ok();
    answered(&pupil, &room.proctor, "e").await.refused(409, "session_finalised");
}

#[tokio::test]
async fn the_history_says_who_did_what_when_and_why() {
    let api = Api::anywhere().await;
    let room = Room::open(&api).await;
    let mut pupil = room.pupil().await;
    let correction = json!({"lastName": "Bernhard", "extraTimePercent": 33});
    pupil.join(&identity(0)).await;
    api.patch(pupil.path("")).token(&room.organiser).json(&correction).send().await.ok();
    pupil.tick(true).await.ok();
    pupil.start("1").await.ok();
    call(&pupil, "1").await.ok();
    add(&pupil, 10, "Alarme incendie").await.ok();
    pupil.act("leave", &pupil.token).await.ok();
    pupil.authorise().await.ok();
    room.finalise().await.ok();
    let history = async |token: &str| api.get(pupil.path("/history")).token(token).send().await;
    let seen = history(&room.proctor).await.ok();
    assert_eq!(history(&room.organiser).await.ok(), seen);
    let events = seen["history"].as_array().unwrap();
    let told: Vec<_> = events.iter().map(|event| format!("{} by {}", answer(event, "action"), answer(event, "role"))).collect();
    let expected = [
        "enrol by organiser",
        "join by candidate",
        "correct by organiser",
        "tick by proctor",
        "start by candidate",
        "add_minutes by proctor",
        "leave by candidate",
        "authorise by proctor",
        "end by finalisation",
    ];
    assert_eq!(told, expected);
    assert!(events.is_sorted_by_key(|event| answer(event, "at").parse::<Timestamp>().unwrap()));
    for event in events {
        assert!(event["by"]["firstName"].is_string() && event["by"]["lastName"].is_string(), "{event}");
    }
    assert_eq!((&events[5]["reason"], &events[5]["minutes"]), (&json!("Alarme incendie"), &json!(10)));
    assert_eq!(events[2]["former"], json!({"lastName": "Bernard", "extraTimePercent": 0}));
    history(&pupil.token).await.refused(401, "unauthenticated");
    history(&api.other_organiser().await).await.refused(404, "session_not_found");
    let unknown = room.path(&format!("/candidates/{}/history", "A".repeat(26)));
    api.get(unknown).token(&room.proctor).send().await.refused(404, "candidate_not_found");
}
