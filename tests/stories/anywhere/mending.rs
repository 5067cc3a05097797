//! What was planned, enrolled or handed out wrongly, and how an organiser mends it.

use jiff::{SignedDuration, Timestamp};
use tests::{
    Answer, Api, Pupil, Room, Value, answer, json,
    people::{identity, session_at},
    record::claims,
};

async fn edit(room: &Room, edit: &Value) -> Answer {
    room.api.patch(room.path("")).token(&room.organiser).json(edit).send().await
}

async fn correct(pupil: &Pupil, correction: &Value) -> Answer {
    pupil.room.api.patch(pupil.path("")).token(&pupil.room.organiser).json(correction).send().await
}

async fn remove(pupil: &Pupil) -> Answer {
    pupil.room.api.delete(pupil.path("")).token(&pupil.room.organiser).send().await
}

async fn delete(room: &Room) -> Answer {
    room.api.delete(room.path("")).token(&room.organiser).send().await
}

async fn replace(room: &Room, codes: &[&str]) -> Answer {
    room.api.post(room.path("/codes")).token(&room.organiser).json(&json!({"replace": codes})).send().await
}

/// Joins with a new account.
async fn join(room: &Room, who: &Value) -> Answer {
    room.api.post(room.path("/join")).token(&room.api.account().await).json(who).send().await
}

/// Date and time of a session at that instant.
fn at(instant: Timestamp) -> Value {
    let session = session_at(instant);
    json!({"date": session["date"], "time": session["time"]})
}

fn instant(value: &Value) -> Timestamp {
    value.as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_session_is_moved_and_its_candidates_with_it() {
    let api = Api::anywhere().await;
    let room = Room::scheduled(&api, Timestamp::now() + SignedDuration::from_hours(30)).await;
    let mut pupils = room.enrol(0..3).await;
    join(&room, &identity(0)).await.refused(409, "session_not_open");
    let mut change = at(Timestamp::now());
    change["durationMinutes"] = json!(60);
    let moved = edit(&room, &change).await.ok();
    assert_eq!((&moved["number"], &moved["date"], &moved["time"]), (&json!(room.number), &change["date"], &change["time"]));
    assert_eq!(instant(&moved["closesAt"]).duration_since(instant(&moved["opensAt"])).as_hours(), 26);
    assert_eq!(room.board().await["session"], moved);
    for (n, pupil) in pupils.iter_mut().enumerate() {
        assert_eq!(pupil.join(&identity(n)).await["session"], moved);
        pupil.tick(true).await.ok();
        let attempt = pupil.start("1").await.ok()["attempt"].clone();
        assert_eq!(instant(&attempt["endsAt"]).duration_since(instant(&attempt["startedAt"])).as_mins(), 60);
    }
}

#[tokio::test]
async fn once_somebody_has_started_where_can_be_edited_and_when_can_not() {
    let api = Api::anywhere().await;
    let (pupil, _) = Room::open(&api).await.started().await;
    let room = &pupil.room;
    let session = room.board().await["session"].clone();
    let edited = edit(room, &json!({"site": "Lycée", "room": "14", "examiner": "AED", "date": session["date"]})).await.ok();
    assert_eq!((&edited["site"], &edited["room"], &edited["examiner"]), (&json!("Lycée"), &json!("14"), &json!("AED")));
    assert_eq!(edited["opensAt"], session["opensAt"]);
    assert!(edit(room, &json!({"examiner": " "})).await.ok()["examiner"].is_null(), "nobody is named any more");
    assert_eq!(edit(room, &json!({})).await.ok()["room"], "14");
    let later = at(Timestamp::now() + SignedDuration::from_hours(1));
    for when in [later, json!({"durationMinutes": 60}), json!({"timeZone": "Europe/Lisbon"}), json!({"date": "2030-01-01", "room": "15"})] {
        edit(room, &when).await.refused(409, "already_started");
    }
    assert_eq!(room.board().await["session"]["room"], "14", "all or nothing");
}

#[tokio::test]
async fn a_late_retry_of_an_edit_does_not_undo_the_next_one() {
    let api = Api::anywhere().await;
    let room = Room::open(&api).await;
    let edit =
        |key: &str, room_name: &str| api.patch(room.path("")).token(&room.organiser).key(key).json(&json!({"room": room_name})).send();
    assert_eq!(edit("1", "13").await.ok(), edit("1", "13").await.ok());
    edit("2", "14").await.ok();
    assert_eq!(edit("1", "13").await.ok()["room"], "14");
}

#[tokio::test]
async fn an_edit_is_refused_as_a_whole() {
    let api = Api::anywhere().await;
    let room = Room::open(&api).await;
    let refused = edit(&room, &json!({"time": "25:00", "durationMinutes": 4, "room": " ", "examiner": 7, "timeZone": "Paris"})).await;
    let fields =
        ["durationMinutes out_of_range", "examiner wrong_type", "room required", "time invalid_time", "timeZone invalid_time_zone"];
    let mut bad = refused.bad_fields();
    bad.sort();
    assert_eq!(bad, fields);
    // Summer time begins.
    assert_eq!(edit(&room, &json!({"date": "2030-03-31", "time": "02:30"})).await.bad_fields(), ["time invalid_time"]);
    let other = api.other_organiser().await;
    let by = |token: &str, body: Value| api.patch(room.path("")).token(token).json(&body).send();
    by(&other, json!({"room": "13"})).await.refused(404, "session_not_found");
    by(&other, json!({"room": ""})).await.refused(404, "session_not_found");
    room.finalise().await.ok();
    for edit in [json!({"room": "13"}), json!({})] {
        by(&room.organiser, edit).await.refused(409, "session_finalised");
    }
}

#[tokio::test]
async fn a_deleted_session_is_gone_for_everybody() {
    let api = Api::anywhere().await;
    let organiser = api.organiser().await;
    let (key, plan) = (ulid::Ulid::generate().to_string(), session_at(Timestamp::now()));
    let create = || api.post("/sessions").token(&organiser).key(&key).json(&plan).send();
    let made = create().await.ok();
    let mut room = Room::of(&api, organiser.clone(), &made);
    room.proctor = room.another_proctor().await;
    let pupil = room.joined().await;
    pupil.tick(true).await.ok();
    api.delete(room.path("")).token(&api.other_organiser().await).send().await.refused(404, "session_not_found");

    let by_key = |key: &str| api.delete(room.path("")).token(&organiser).key(key).send();
    assert_eq!(by_key("1").await.status, 204);
    assert_eq!(by_key("1").await.status, 204, "the same again for a retry");
    by_key("2").await.refused(404, "session_not_found");
    for path in ["/board", "/kit"] {
        for token in [&room.organiser, &room.proctor] {
            api.get(room.path(path)).token(token).send().await.refused(404, "session_not_found");
        }
    }
    api.get(pupil.path("")).token(&pupil.token).send().await.refused(404, "candidate_not_found");
    pupil.start("1").await.refused(404, "candidate_not_found");
    pupil.tick(false).await.refused(404, "candidate_not_found");
    join(&room, &identity(0)).await.refused(404, "candidate_not_found");
    edit(&room, &json!({"room": "13"})).await.refused(404, "session_not_found");
    room.finalise().await.refused(404, "session_not_found");
    replace(&room, &["accessCode"]).await.refused(404, "session_not_found");
    let list = json!({"candidates": [identity(3)]});
    api.post(room.path("/candidates")).token(&organiser).json(&list).send().await.refused(404, "session_not_found");
    let account = api.account().await;
    let log_in = api.post(room.path("/proctors")).token(&account).json(&json!({"password": room.session_password}));
    log_in.send().await.refused(401, "invalid_session_credentials");
    let listed = api.get("/sessions?limit=100").token(&organiser).send().await.ok();
    assert!(listed["sessions"].as_array().unwrap().iter().all(|session| session["number"] != *room.number));
    create().await.refused(409, "key_reused");
}

#[tokio::test]
async fn a_session_that_somebody_has_started_is_not_deleted() {
    let api = Api::anywhere().await;
    let room = Room::open(&api).await;
    let mut pupils = room.enrol(0..4).await;
    pupils[0].enter(0).await;
    let before = room.board().await;
    delete(&room).await.refused(409, "already_started");
    for (n, pupil) in pupils.iter_mut().enumerate().skip(1) {
        pupil.enter(n).await;
    }
    assert_eq!(room.board().await["session"], before["session"]);
    room.finalise().await.ok();
    delete(&room).await.refused(409, "session_finalised");
}

#[tokio::test]
async fn a_name_nobody_joined_by_is_corrected_and_the_right_one_joins() {
    let api = Api::anywhere().await;
    let room = Room::open(&api).await;
    let mut pupil = room.pupil().await;
    pupil.tick(true).await.ok();
    let by_key = |key: &str, body: &Value| api.patch(pupil.path("")).token(&room.organiser).key(key).json(body).send();
    let right = json!({"firstName": "Zoë", "lastName": "Bernhard", "birthdate": "2012-05-13"});
    let corrected = by_key("1", &right).await.ok();
    assert_ne!(corrected["id"], pupil.id, "another identity is another id");
    for field in ["firstName", "lastName", "birthdate"] {
        assert_eq!(corrected[field], right[field]);
    }
    assert_eq!(corrected["status"], "present", "the tick stays");
    assert_eq!(by_key("1", &right).await.ok(), corrected, "the same again for a retry");
    by_key("2", &right).await.refused(404, "candidate_not_found");
    join(&room, &identity(0)).await.refused(404, "candidate_not_found");
    let joined = pupil.join(&right).await;
    assert_eq!(joined["candidate"]["id"], corrected["id"]);
    pupil.id = answer(&corrected, "id");
    pupil.start("1").await.ok();
    assert_eq!(room.board().await["candidates"].as_array().unwrap().len(), 1);
    let list = json!({"candidates": [identity(0)]});
    api.post(room.path("/candidates")).token(&room.organiser).json(&list).send().await.ok();
}

#[tokio::test]
async fn a_name_somebody_joined_by_is_corrected_and_the_id_stays() {
    let api = Api::anywhere().await;
    let room = Room::open(&api).await;
    let mut pupil = room.joined().await;
    let right = json!({"firstName": "Zoé", "lastName": "Bernhard", "birthdate": "2012-05-31"});
    let corrected = correct(&pupil, &json!({"lastName": "Bernhard"})).await.ok();
    assert_eq!((&corrected["id"], &corrected["lastName"]), (&json!(pupil.id), &json!("Bernhard")));
    assert_eq!(pupil.status().await["lastName"], "Bernhard", "who joined goes on");

    let list = |who: &Value| json!({"candidates": [who]});
    let enrol = |who: &Value| api.post(room.path("/candidates")).token(&room.organiser).json(&list(who)).send();
    enrol(&right).await.refused(409, "already_enrolled");
    pupil.unlink().await.ok();
    join(&room, &identity(0)).await.refused(404, "candidate_not_found");
    pupil.account = api.account().await;
    assert_eq!(pupil.join(&right).await["candidate"]["id"], pupil.id);
    pupil.tick(true).await.ok();
    pupil.start("1").await.ok();
    pupil.act("finish", &pupil.token).await.ok();
    assert_eq!(correct(&pupil, &json!({"lastName": "Bernard"})).await.ok()["id"], pupil.id, "also once the test is over");
    enrol(&right).await.ok();
    correct(&pupil, &json!({"lastName": "Bernhard"})).await.refused(409, "already_enrolled");
    room.finalise().await.ok();
    correct(&pupil, &json!({"firstName": "Zoë"})).await.refused(409, "session_finalised");
}

#[tokio::test]
async fn nobody_is_corrected_to_be_somebody_else() {
    let api = Api::anywhere().await;
    let room = Room::open(&api).await;
    let mut pupils = room.enrol(0..3).await;
    pupils[1].join(&identity(1)).await;
    for pupil in &pupils[..2] {
        correct(pupil, &identity(2)).await.refused(409, "already_enrolled");
        let swapped = identity(2);
        let swapped = json!({"firstName": swapped["lastName"], "lastName": swapped["firstName"], "birthdate": swapped["birthdate"]});
        correct(pupil, &swapped).await.refused(409, "already_enrolled");
    }
    let accents = correct(&pupils[0], &json!({"firstName": "ZOE"})).await.ok();
    assert_eq!((&accents["id"], &accents["firstName"]), (&json!(pupils[0].id), &json!("ZOE")), "the same identity");
    assert_eq!(correct(&pupils[0], &json!({"firstName": "🙂", "birthdate": "2012-02-30"})).await.bad_fields().len(), 2);
    let other = api.other_organiser().await;
    api.patch(pupils[0].path("")).token(&other).json(&json!({"firstName": "🙂"})).send().await.refused(404, "session_not_found");
}

#[tokio::test]
async fn extra_time_is_corrected_until_the_test_is_over() {
    let api = Api::anywhere().await;
    let (pupil, started) = Room::open(&api).await.started().await;
    let running = correct(&pupil, &json!({"extraTimePercent": 50})).await.ok();
    let longer = instant(&running["endsAt"]).duration_since(instant(&started["attempt"]["endsAt"]));
    assert_eq!((longer.as_secs(), &running["extraTimePercent"]), (105 * 60 / 2, &json!(50)));
    assert_eq!(pupil.status().await["endsAt"], running["endsAt"]);
    pupil.end().await.ok();
    correct(&pupil, &json!({"extraTimePercent": 10, "firstName": "Zoë"})).await.refused(409, "test_ended");
    assert_eq!(pupil.seen().await["firstName"], "Zoé", "all or nothing");
    correct(&pupil, &json!({"extraTimePercent": 50, "firstName": "Zoë"})).await.ok();
    assert_eq!(correct(&pupil, &json!({"extraTimePercent": 201})).await.bad_fields(), ["extraTimePercent out_of_range"]);
}

#[tokio::test]
async fn a_candidate_enrolled_by_mistake_is_removed_until_somebody_joins() {
    let api = Api::anywhere().await;
    let room = Room::open(&api).await;
    let mut pupils = room.enrol(0..3).await;
    let remove_by = |pupil: &Pupil, key: &str| api.delete(pupil.path("")).token(&room.organiser).key(key).send();
    assert_eq!(remove_by(&pupils[0], "1").await.status, 204);
    assert_eq!(remove_by(&pupils[0], "1").await.status, 204, "the same again for a retry");
    remove_by(&pupils[0], "2").await.refused(404, "candidate_not_found");
    join(&room, &identity(0)).await.refused(404, "candidate_not_found");
    assert_eq!(room.board().await["session"]["candidateCount"], 2);
    pupils[1].join(&identity(1)).await;
    remove(&pupils[1]).await.refused(409, "candidate_already_linked");
    pupils[1].tick(true).await.ok();
    pupils[1].start("1").await.ok();
    remove(&pupils[1]).await.refused(409, "already_started");
    pupils[2].tick(true).await.ok();
    let other = api.other_organiser().await;
    api.delete(pupils[2].path("")).token(&other).send().await.refused(404, "session_not_found");
    assert_eq!(remove(&pupils[2]).await.status, 204);
    let again = room.enrol(0..1).await;
    assert_eq!(room.finalise().await.ok()["summary"]["enrolled"], 1);
    remove(&again[0]).await.refused(409, "session_finalised");
}

#[tokio::test]
async fn a_replaced_access_code_counts_from_the_next_start_on() {
    let api = Api::anywhere().await;
    let mut room = Room::open(&api).await;
    let mut pupils = room.enrol(0..2).await;
    pupils[0].enter(0).await;
    let before = room.board().await["codesIssued"].clone();
    let kit = replace(&room, &["accessCode"]).await.ok();
    assert_ne!(room.board().await["codesIssued"], before, "who shows the code hears that it is another");
    assert_eq!(kit["sessionPassword"], room.session_password);
    assert_ne!(kit["accessCode"], room.access_code);
    assert_eq!(api.get(room.path("/kit")).token(&room.organiser).send().await.ok(), kit);
    pupils[0].start("start").await.ok();
    pupils[1].join(&identity(1)).await;
    pupils[1].tick(true).await.ok();
    pupils[1].start("1").await.refused(403, "wrong_access_code");
    room.access_code = answer(&kit, "accessCode");
    pupils[1].start_with("2", &room.access_code).await.ok();
    let enrolled = room.enrol(2..3).await.remove(0);
    let mut late = enrolled;
    late.join(&identity(2)).await;
    late.tick(true).await.ok();
    late.start("1").await.ok();
    assert_eq!(room.board().await["summary"]["inProgress"], 3);
}

#[tokio::test]
async fn who_proctors_by_a_replaced_password_is_out_on_every_route() {
    let api = Api::anywhere().await;
    let mut room = Room::open(&api).await;
    let (pupil, other) = (room.joined().await, room.enrol(1..2).await.remove(0));
    let intruder = room.proctor.clone();
    let kit = replace(&room, &["sessionPassword"]).await.ok();
    let log_in = async |password: &str| {
        api.post(room.path("/proctors")).token(&api.account().await).json(&json!({"password": password})).send().await
    };
    log_in(&room.session_password).await.refused(401, "invalid_session_credentials");
    for operation in tests::operations::operations() {
        use tests::operations::For::{InTheRoom, Proctors, Staff};
        if !matches!(operation.whom, Proctors | Staff | InTheRoom) {
            continue;
        }
        // Nor does a bad body tell anything.
        if operation.body.is_some()
            && !operation.path.ends_with("/presence")
            && !operation.path.ends_with("/resume")
            && !operation.path.ends_with("/end")
        {
            let path = operation.path.replace("{session}", &room.number).replace("{candidate}", &pupil.id);
            let refused = api.call(operation.method.clone(), path).token(&intruder).json(&json!({"minutes": 0})).send().await;
            assert_eq!((refused.status, refused.code()), (401, "unauthenticated"), "{}", operation.id);
        }
        let path = operation.path.replace("{session}", &room.number).replace("{candidate}", &pupil.id);
        let body = operation.body.map(|body| tests::operations::filled(&body, &room, &[&pupil.id, &other.id]));
        let call = api.call(operation.method, path).token(&intruder).json(&body.unwrap_or(json!({})));
        let refused = call.send().await;
        assert_eq!((refused.status, refused.code()), (401, "unauthenticated"), "{}", operation.id);
    }
    assert_eq!(room.session_password.len(), answer(&kit, "sessionPassword").len());
    room.session_password = answer(&kit, "sessionPassword");
    room.proctor = room.another_proctor().await;
    let seen = room.board().await;
    assert!(seen["candidates"].as_array().unwrap().iter().all(|view| view["status"] == "enrolled"), "{seen}");
    let several = json!({"present": true, "candidates": [pupil.id, other.id]});
    let ticked = api.put(room.path("/presence")).token(&room.proctor).json(&several).send().await.ok();
    assert!(ticked["results"].as_array().unwrap().iter().all(|result| result["status"] == 200));
    api.put(room.path("/presence")).token(&intruder).json(&several).send().await.refused(401, "unauthenticated");
    assert!(claims(&room.proctor)["password_issue"].as_u64() > claims(&intruder)["password_issue"].as_u64());
}

#[tokio::test]
async fn codes_are_replaced_twenty_times_and_once_for_each_request() {
    let api = Api::anywhere().await;
    let room = Room::open(&api).await;
    let by_key = |key: String| {
        api.post(room.path("/codes")).token(&room.organiser).key(&key).json(&json!({"replace": ["sessionPassword", "accessCode"]})).send()
    };
    let mut codes = std::collections::BTreeSet::from([room.access_code.clone()]);
    for n in 0..20 {
        let kit = by_key(n.to_string()).await.ok();
        assert_eq!(by_key(n.to_string()).await.ok(), kit, "a retry replaces nothing");
        codes.insert(answer(&kit, "accessCode"));
    }
    assert_eq!(codes.len(), 21);
    by_key("one more".into()).await.refused(409, "too_many_changes");
    assert!(codes.contains(&answer(&by_key("19".into()).await.ok(), "accessCode")));
    for (body, field) in [
        (json!({"replace": []}), "replace too_short"),
        (json!({"replace": ["pin"]}), "replace[0] invalid"),
        (json!({}), "replace required"),
        (json!({"replace": ["accessCode", "accessCode", "accessCode"]}), "replace too_long"),
    ] {
        assert_eq!(api.post(room.path("/codes")).token(&room.organiser).json(&body).send().await.bad_fields(), [field]);
    }
    room.finalise().await.ok();
    replace(&room, &["accessCode"]).await.refused(409, "session_finalised");
}
