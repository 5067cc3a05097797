//! The whole procedure, as the people of an exam day go through it.

use jiff::Timestamp;
use tests::{Api, Room, Value, answer, json};

#[tokio::test]
async fn a_candidate_from_check_in_to_the_end() {
    from_check_in_to_the_end(&Api::anywhere().await).await;
}

pub async fn from_check_in_to_the_end(api: &Api) {
    let room = Room::open(api).await;
    let pupil = room.joined().await;
    assert_eq!(pupil.seen().await["status"], "enrolled");

    let refused = pupil.start("1").await;
    refused.refused(403, "not_checked_in");
    assert_eq!(
        refused.body["detail"],
        "Votre surveillant n'a pas confirmé votre présence dans la salle de test. Vous ne pouvez donc pas encore commencer votre test de certification. Merci de prévenir votre surveillant."
    );
    assert!(pupil.seen().await["waitingSince"].is_string(), "the proctor sees who stands before a closed door");

    let ticked = pupil.tick(true).await.ok();
    assert_eq!((&ticked["status"], &ticked["waitingSince"]), (&json!("present"), &json!(null)));
    assert!(ticked["presentSince"].is_string());

    let started = pupil.start("2").await;
    assert_eq!(started.status, 201);
    assert_eq!(started.body["attempt"]["resumed"], false);
    let attempt_token = answer(&started.body, "accessToken");
    assert_eq!(pupil.status().await["start"], 1);

    assert_eq!(pupil.act("leave", &attempt_token).await.status, 204);
    assert_eq!(pupil.seen().await["status"], "interrupted");
    pupil.start("3").await.refused(403, "resume_not_authorised");
    assert!(pupil.seen().await["waitingSince"].is_string());

    let authorised = pupil.authorise().await.ok();
    assert_eq!(
        (&authorised["status"], &authorised["resumeAuthorised"], &authorised["waitingSince"]),
        (&json!("interrupted"), &json!(true), &json!(null))
    );
    let resumed = pupil.start("4").await;
    assert_eq!(resumed.status, 200);
    assert_eq!(resumed.body["attempt"]["resumed"], true);
    assert_eq!(resumed.body["attempt"]["id"], started.body["attempt"]["id"]);
    assert_eq!(resumed.body["attempt"]["endsAt"], started.body["attempt"]["endsAt"], "time lost stays lost");

    pupil.act("leave", &attempt_token).await.refused(409, "attempt_superseded");
    let old = api.get(pupil.path("")).token(&attempt_token).send().await.ok();
    assert_eq!(old["start"], 2, "an old token may still see that it is superseded");

    let finished = pupil.act("finish", &answer(&resumed.body, "accessToken")).await.ok();
    assert_eq!(finished["status"], "finished");
    pupil.start("5").await.refused(409, "test_ended");
    pupil.authorise().await.refused(409, "test_ended");
    pupil.end().await.refused(409, "test_ended");
    pupil.tick(false).await.refused(409, "test_ended");
}

#[tokio::test]
async fn an_ended_test_stays_ended() {
    let api = Api::anywhere().await;
    let room = Room::open(&api).await;
    let (pupil, started) = room.started().await;
    assert_eq!(pupil.end().await.ok()["status"], "ended");
    assert_eq!(pupil.end().await.ok()["status"], "ended", "again: the same");
    pupil.start("first").await.refused(409, "test_ended");
    pupil.start("other").await.refused(409, "test_ended");
    pupil.act("finish", &answer(&started, "accessToken")).await.refused(409, "test_ended");
    assert_eq!(pupil.act("leave", &pupil.token).await.status, 204);
    assert_eq!(pupil.status().await["status"], "ended");
}

#[tokio::test]
async fn a_crash_without_leaving_needs_the_proctor_too() {
    let api = Api::anywhere().await;
    let room = Room::open(&api).await;
    let (mut pupil, started) = room.started().await;
    assert_eq!(pupil.start("first").await.body, started, "a retry gets the same answer to the letter");
    pupil.join(&tests::people::identity(0)).await;
    pupil.start("new device").await.refused(403, "resume_not_authorised");
    let waiting = pupil.seen().await;
    assert_eq!(waiting["status"], "in_progress");
    assert!(waiting["waitingSince"].is_string());
    pupil.authorise().await.ok();
    assert_eq!(pupil.start("new device").await.ok()["attempt"]["id"], started["attempt"]["id"]);
    pupil.start("first").await.refused(409, "attempt_superseded");
    pupil.start("third device").await.refused(403, "resume_not_authorised");
}

#[tokio::test]
async fn an_authorisation_can_be_withdrawn_and_is_used_once() {
    let api = Api::anywhere().await;
    let room = Room::open(&api).await;
    let (pupil, _) = room.started().await;
    pupil.act("leave", &pupil.token).await.ok();
    assert_eq!(pupil.withdraw().await.ok()["resumeAuthorised"], false, "nothing to withdraw: so already");
    pupil.authorise().await.ok();
    assert_eq!(pupil.authorise().await.ok()["resumeAuthorised"], true);
    assert_eq!(pupil.withdraw().await.ok()["resumeAuthorised"], false);
    pupil.start("2").await.refused(403, "resume_not_authorised");
    pupil.authorise().await.ok();
    assert_eq!(pupil.start("3").await.status, 200);
    pupil.act("leave", &pupil.token).await.ok();
    pupil.start("3").await.refused(403, "resume_not_authorised");
    pupil.start("4").await.refused(403, "resume_not_authorised");
}

#[tokio::test]
async fn a_tick_can_be_taken_back_until_the_start() {
    let api = Api::anywhere().await;
    let room = Room::open(&api).await;
    let pupil = room.joined().await;
    pupil.tick(true).await.ok();
    let unticked = pupil.tick(false).await.ok();
    assert_eq!((&unticked["status"], &unticked["presentSince"]), (&json!("enrolled"), &json!(null)));
    pupil.start("1").await.refused(403, "not_checked_in");
    pupil.tick(true).await.ok();
    pupil.start("2").await.ok();
    pupil.tick(false).await.refused(409, "already_started");
    pupil.tick(true).await.refused(409, "already_started");
    assert!(pupil.seen().await["presentSince"].is_string(), "attendance stays");
}

#[tokio::test]
async fn nothing_happens_before_the_test_has_started() {
    let api = Api::anywhere().await;
    let room = Room::open(&api).await;
    let pupil = room.joined().await;
    for present in [false, true] {
        pupil.tick(present).await.ok();
        pupil.authorise().await.refused(409, "not_started");
        pupil.withdraw().await.refused(409, "not_started");
        pupil.end().await.refused(409, "not_started");
        pupil.act("leave", &pupil.token).await.refused(409, "not_started");
        pupil.act("finish", &pupil.token).await.refused(409, "not_started");
    }
}

#[tokio::test]
async fn several_are_ticked_at_once_with_a_result_for_each() {
    let api = Api::anywhere().await;
    let room = Room::open(&api).await;
    let pupils = room.enrol(0..30).await;
    let started = {
        let mut pupil = pupils[3].clone();
        pupil.join(&tests::people::identity(3)).await;
        pupil.tick(true).await.ok();
        pupil.start("1").await.ok();
        pupil
    };
    let unknown = "A".repeat(26);
    let mut ids: Vec<_> = pupils.iter().map(|pupil| pupil.id.clone()).collect();
    ids.extend([unknown.clone(), "no id".into(), pupils[0].id.clone()]);
    let call = || api.put(room.path("/presence")).token(&room.proctor).json(&json!({"present": true, "candidates": ids}));
    for _ in 0..2 {
        let results = call().send().await.ok();
        let results = results["results"].as_array().unwrap();
        assert_eq!(results.len(), 32, "a repeated id counts once");
        for (result, id) in results.iter().zip(&ids) {
            assert_eq!(result["candidate"], *id, "in order");
            let expected = if *id == started.id {
                json!([409, "already_started"])
            } else if *id == unknown || id == "no id" {
                json!([404, "candidate_not_found"])
            } else {
                json!([200, null])
            };
            assert_eq!(json!([result["status"], result["code"]]), expected);
        }
    }
    let summary = &room.board().await["summary"];
    assert_eq!((&summary["present"], &summary["inProgress"]), (&json!(29), &json!(1)));
    let too_many = json!({"present": true, "candidates": vec!["x"; 100]});
    assert_eq!(api.put(room.path("/presence")).token(&room.proctor).json(&too_many).send().await.bad_fields(), ["candidates too_long"]);
    let none = json!({"present": true, "candidates": []});
    assert_eq!(api.put(room.path("/presence")).token(&room.proctor).json(&none).send().await.bad_fields(), ["candidates too_short"]);
}

#[tokio::test]
async fn finalisation_ends_what_runs_and_refuses_every_change() {
    let api = Api::anywhere().await;
    let room = Room::open(&api).await;
    let mut pupils = room.enrol(0..4).await;
    for (n, pupil) in pupils.iter_mut().enumerate() {
        pupil.join(&tests::people::identity(n)).await;
        pupil.tick(true).await.ok();
    }
    let running = pupils[0].start("1").await.ok();
    pupils[1].start("1").await.ok();
    pupils[1].act("leave", &pupils[1].token).await.ok();
    pupils[2].start("1").await.ok();
    pupils[2].act("finish", &pupils[2].token).await.ok();

    let finalised = room.finalise().await.ok();
    assert_eq!(finalised["status"], "finalised");
    assert_eq!(finalised["summary"], json!({"enrolled": 0, "present": 1, "inProgress": 0, "interrupted": 0, "finished": 1, "ended": 2}));
    assert_eq!(room.finalise().await.ok(), finalised, "again: the same");
    assert_eq!(room.board().await["session"]["status"], "finalised", "the board stays readable");

    for pupil in &pupils {
        for refused in [
            pupil.tick(true).await,
            pupil.tick(false).await,
            pupil.authorise().await,
            pupil.withdraw().await,
            pupil.end().await,
            pupil.unlink().await,
            pupil.start("9").await,
        ] {
            refused.refused(409, "session_finalised");
        }
    }
    pupils[0].act("finish", &answer(&running, "accessToken")).await.refused(409, "test_ended");
    pupils[3].act("finish", &pupils[3].token).await.refused(409, "not_started");
    assert_eq!(pupils[2].act("finish", &pupils[2].token).await.ok()["status"], "finished");
    let new = json!({"candidates": [tests::people::identity(9)]});
    api.post(room.path("/candidates")).token(&room.organiser).json(&new).send().await.refused(409, "session_finalised");
    for n in [3, 9] {
        let join = api.post(room.path("/join")).token(&api.account().await).json(&tests::people::identity(n)).send().await;
        join.refused(409, "session_finalised");
    }
    api.post(room.path("/proctors"))
        .token(&api.account().await)
        .json(&json!({"password": room.session_password}))
        .send()
        .await
        .refused(409, "session_finalised");
    api.get(room.path("/kit")).token(&room.organiser).send().await.ok();
}

#[tokio::test]
async fn a_retry_of_a_start_is_known_whatever_its_code() {
    let api = Api::anywhere().await;
    let (pupil, started) = Room::open(&api).await.started().await;
    assert_eq!(pupil.start_with("first", "222222").await.ok(), started);
    pupil.start_with("second", "222222").await.refused(403, "wrong_access_code");
    pupil.act("leave", &pupil.token).await.ok();
    pupil.start_with("first", "222222").await.refused(403, "resume_not_authorised");
}

#[tokio::test]
async fn a_join_under_the_wrong_name_can_be_undone() {
    let api = Api::anywhere().await;
    let room = Room::open(&api).await;
    let mut pupils = room.enrol(0..2).await;
    let wrong = pupils[1].join(&tests::people::identity(0)).await;
    assert_eq!(wrong["candidate"]["id"], pupils[0].id);
    let join = |pupil: &tests::Pupil, n: usize| api.post(room.path("/join")).token(&pupil.account).json(&tests::people::identity(n));
    join(&pupils[0], 0).send().await.refused(409, "candidate_already_linked");
    join(&pupils[1], 1).send().await.refused(409, "account_already_linked");

    assert_eq!(pupils[0].unlink().await.ok()["joined"], false);
    assert_eq!(pupils[0].unlink().await.ok()["joined"], false, "again: the same");
    let old = api.get(pupils[0].path("")).token(&pupils[1].token).send().await;
    old.refused(403, "forbidden");
    for call in ["start", "leave", "finish"] {
        api.post(pupils[0].path(&format!("/{call}")))
            .token(&pupils[1].token)
            .json(&json!({"accessCode": room.access_code}))
            .send()
            .await
            .refused(403, "forbidden");
    }
    join(&pupils[1], 0).send().await.refused(409, "account_unlinked");
    for (n, pupil) in pupils.iter_mut().enumerate() {
        let joined = pupil.join(&tests::people::identity(n)).await;
        assert_eq!((&joined["candidate"]["id"], &joined["candidate"]["joined"]), (&json!(pupil.id), &json!(true)));
    }
    let by_organiser = api.delete(pupils[0].path("/account")).token(&room.organiser).send().await.ok();
    assert_eq!(by_organiser["joined"], false);
    pupils[0].account = api.account().await;
    pupils[0].join(&tests::people::identity(0)).await;
    pupils[0].tick(true).await.ok();
    pupils[0].start("1").await.ok();
    pupils[0].unlink().await.refused(409, "already_started");
}

#[tokio::test]
async fn a_retried_join_does_not_redo_what_the_proctor_undid() {
    let api = Api::anywhere().await;
    let room = Room::open(&api).await;
    let pupil = room.pupil().await;
    let join = |key: &str| api.post(room.path("/join")).token(&pupil.account).key(key).json(&tests::people::identity(0));
    let joined = join("1").send().await.ok();
    assert_eq!(join("1").send().await.ok()["candidate"], joined["candidate"]);
    pupil.unlink().await.ok();
    join("1").send().await.refused(409, "account_unlinked");
    join("2").send().await.refused(409, "account_unlinked");
    assert_eq!(pupil.seen().await["joined"], false);
}

#[tokio::test(flavor = "multi_thread")]
async fn undoing_a_join_while_others_join_leaves_nobody_locked_out() {
    let api = Api::anywhere().await;
    let room = Room::open(&api).await;
    for (n, pupil) in room.enrol(0..20).await.into_iter().enumerate() {
        let join = |account: &str| api.post(room.path("/join")).token(account).json(&tests::people::identity(n)).send();
        for _ in 0..3 {
            let accounts = [api.account().await, api.account().await];
            futures::join!(join(&accounts[0]), pupil.unlink(), join(&accounts[1]), pupil.unlink(), join(&accounts[0]), join(&accounts[1]));
            for _ in 0..2 {
                pupil.unlink().await.ok();
                join(&api.account().await).await.ok();
            }
            pupil.unlink().await.ok();
        }
    }
}

#[tokio::test]
async fn past_a_hundred_changes_what_undoes_stops_and_nobody_is_kept_out() {
    let api = Api::anywhere().await;
    let room = Room::open(&api).await;
    let pupil = room.joined().await;
    for n in 0..98 {
        pupil.tick(n % 2 == 0).await.ok();
    }
    assert_eq!(pupil.seen().await["status"], "enrolled");
    pupil.tick(true).await.ok();
    pupil.tick(false).await.refused(409, "too_many_changes");
    for token in [&room.proctor, &room.organiser] {
        pupil.call("add_minutes", token, "1").send().await.refused(409, "too_many_changes");
    }
    pupil.tick(true).await.ok();
    pupil.call("call", &pupil.token, "1").send().await.ok();
    pupil.start("1").await.ok();
    pupil.authorise().await.ok();
    pupil.withdraw().await.refused(409, "too_many_changes");
    pupil.act("leave", &pupil.token).await.ok();
    pupil.start("2").await.ok();
    pupil.end().await.ok();
}

#[tokio::test]
async fn a_candidate_is_told_how_many_tries_are_left_and_staff_until_when_the_code_is_locked() {
    let api = Api::anywhere().await;
    let room = Room::open(&api).await;
    let pupil = room.joined().await;
    for left in (0..10).rev() {
        assert!(pupil.seen().await["codeLockedUntil"].is_null());
        let wrong = pupil.start_with("w", "wrong").await;
        assert_eq!(wrong.refused(403, "wrong_access_code").body["triesLeft"], left);
    }
    let locked = pupil.start("right").await;
    let seconds: i64 = locked.refused(429, "too_many_attempts").header("retry-after").unwrap().parse().unwrap();
    assert!(locked.body["triesLeft"].is_null());
    let board = room.board().await;
    let instant = |value: &Value| value.as_str().unwrap().parse::<Timestamp>().unwrap();
    let until = instant(&board["candidates"][0]["codeLockedUntil"]);
    let left = until.duration_since(instant(&board["serverTime"])).as_secs();
    assert!((left - seconds).abs() < 20, "{left} and {seconds}");
    assert!(pupil.status().await["codeLockedUntil"].is_null(), "for staff alone");
}

#[tokio::test]
async fn a_session_tells_how_many_are_enrolled() {
    let api = Api::anywhere().await;
    let room = Room::open(&api).await;
    assert_eq!(room.board().await["session"]["candidateCount"], 0);
    room.enrol(0..3).await;
    let mut pupil = room.enrol(3..5).await.remove(0);
    assert_eq!(room.board().await["session"]["candidateCount"], 5);
    assert_eq!(pupil.join(&tests::people::identity(3)).await["session"]["candidateCount"], 5);
}

#[tokio::test]
async fn after_a_power_cut_all_are_authorised_at_once_and_in_the_end_all_are_ended() {
    let api = Api::anywhere().await;
    let room = Room::open(&api).await;
    let mut pupils = room.enrol(0..6).await;
    for (n, pupil) in pupils.iter_mut().enumerate().take(4) {
        pupil.enter(n).await;
    }
    let [cut, left, running, done, waiting, ..] = &pupils[..] else { unreachable!() };
    for pupil in [cut, left] {
        pupil.act("leave", &pupil.token).await.ok();
    }
    done.act("finish", &done.token).await.ok();
    let ids = [&cut.id, &left.id, &running.id, &done.id, &waiting.id, &"A".repeat(26), &"no id".to_owned(), &cut.id].map(Clone::clone);
    let all = async |act: &str, key: &str| {
        let call = api.post(room.path(act)).token(&room.proctor).key(key).json(&json!({"candidates": ids}));
        let results = call.send().await.ok();
        let results = results["results"].as_array().unwrap().clone();
        assert!(results.iter().zip(&ids).all(|(result, id)| result["candidate"] == *id), "in order");
        results.iter().map(|result| json!([result["status"], result["code"], result["view"]["status"]])).collect::<Vec<_>>()
    };
    let unknown = json!([404, "candidate_not_found", null]);
    let authorised = [
        json!([200, null, "interrupted"]),
        json!([200, null, "interrupted"]),
        json!([200, null, "in_progress"]),
        json!([409, "test_ended", null]),
        json!([409, "not_started", null]),
        unknown.clone(),
        unknown.clone(),
    ];
    assert_eq!(all("/resume", "1").await, authorised);
    cut.start("again").await.ok();
    assert_eq!(all("/resume", "1").await[1..], authorised[1..], "a retry is answered as the first was");
    assert_eq!(cut.seen().await["resumeAuthorised"], false, "and authorises nobody once more");
    let ended = json!([200, null, "ended"]);
    let ended = [ended.clone(), ended.clone(), ended, authorised[3].clone(), authorised[4].clone(), unknown.clone(), unknown];
    for key in ["2", "2", "3"] {
        assert_eq!(all("/end", key).await, ended);
    }
    api.post(room.path("/end")).token(&room.proctor).json(&json!({"candidates": []})).send().await.refused(422, "invalid_fields");
    cut.start("once more").await.refused(409, "test_ended");
}
