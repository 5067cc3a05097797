//! Passes: who can't log in is let in all the same, and nobody else is.

use futures::future::join_all;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;
use tests::{Answer, Api, Pupil, Room, Value, answer, json, people::identity, record::claims};

async fn join(room: &Room, account: &str, n: usize) -> Answer {
    room.api.post(room.path("/join")).token(account).json(&identity(n)).send().await
}

/// What a token is good for, as that of somebody who was taken off is.
async fn opens_nothing(pupil: &Pupil, token: &str) {
    let (api, code) = (&pupil.room.api, json!({"accessCode": pupil.room.access_code}));
    api.get(pupil.path("")).token(token).send().await.refused(403, "forbidden");
    for action in ["leave", "finish", "help"] {
        pupil.act(action, token).await.refused(403, "forbidden");
    }
    api.delete(pupil.path("/help")).token(token).send().await.refused(403, "forbidden");
    if claims(token)["kind"] == "candidate" {
        for key in ["start", "first", "again"] {
            api.post(pupil.path("/start")).token(token).key(key).json(&code).send().await.refused(403, "forbidden");
        }
    } else {
        for here in [true, false] {
            api.put(pupil.path("/here")).token(token).json(&json!({"here": here})).send().await.refused(403, "forbidden");
        }
    }
}

#[tokio::test]
async fn who_can_not_log_in_comes_in_by_a_pass_and_takes_the_test() {
    let api = Api::anywhere().await;
    let room = Room::open(&api).await;
    let mut pupil = room.pupil().await;
    let issued = pupil.issue_pass("1").await;
    assert_eq!(issued.status, 201);
    let code = answer(&issued.body, "code");
    assert!(code.len() == 8 && code.bytes().all(|byte| b"2346789BCDFGHJKMPQRTVWXY".contains(&byte)), "{code}");
    let expires_at: Timestamp = answer(&issued.body, "expiresAt").parse().unwrap();
    let minutes = expires_at.duration_since(Timestamp::now()).as_secs_f64() / 60.0;
    assert!((9.5..10.5).contains(&minutes), "{minutes}");
    assert_eq!(pupil.seen().await["joined"], false, "nothing happens before it is used");

    let typed = format!(" {} {}\t", code[..4].to_lowercase(), &code[4..]);
    let joined = room.use_pass(&typed, "1").await.ok();
    let by_account = join(&room, &api.account().await, 0).await;
    by_account.refused(409, "candidate_already_linked");
    assert_eq!((&joined["candidate"]["id"], &joined["candidate"]["joined"]), (&json!(pupil.id), &json!(true)));
    assert_eq!((&joined["session"]["number"], &joined["tokenType"]), (&json!(room.number), &json!("Bearer")));
    pupil.token = answer(&joined, "accessToken");
    assert_eq!(claims(&pupil.token)["exp"], Value::from(answer(&joined["session"], "closesAt").parse::<Timestamp>().unwrap().as_second()));
    assert_eq!(pupil.seen().await["joinedAs"], json!({"pass": true}));
    assert!(pupil.status().await["joinedAs"].is_null(), "for staff alone");

    pupil.start("1").await.refused(403, "not_checked_in");
    pupil.tick(true).await.ok();
    let started = pupil.start("2").await.ok();
    assert_eq!(pupil.start("2").await.ok(), started);
    let attempt = answer(&started, "accessToken");
    pupil.act("leave", &attempt).await.ok();
    pupil.authorise().await.ok();
    let resumed = pupil.start("3").await.ok();
    assert_eq!(pupil.act("finish", &answer(&resumed, "accessToken")).await.ok()["status"], "finished");
}

#[tokio::test]
async fn a_pass_answers_as_a_join_does() {
    let api = Api::anywhere().await;
    let room = Room::open(&api).await;
    let mut pupils = room.enrol(0..2).await;
    let by_account = pupils[0].join(&identity(0)).await;
    let by_pass = pupils[1].come_in().await;
    let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    for part in ["", "/candidate", "/session"] {
        assert_eq!(names(by_pass.pointer(part).unwrap()), names(by_account.pointer(part).unwrap()));
    }
    assert!(by_pass["candidate"]["joinedAs"].is_null(), "for staff alone");
    let [one, other] = [&by_account, &by_pass].map(|joined| claims(&answer(joined, "accessToken")));
    assert_eq!((names(&one), &one["exp"], &one["kind"]), (names(&other), &other["exp"], &other["kind"]));
}

#[tokio::test]
async fn a_pass_works_once_and_again_for_the_request_that_used_it() {
    let api = Api::anywhere().await;
    let room = Room::open(&api).await;
    let mut pupil = room.pupil().await;
    let code = pupil.pass().await;
    let first = room.use_pass(&code, "mine").await.ok();
    for key in ["another", ""] {
        room.use_pass(&code, key).await.refused(401, "invalid_pass");
    }
    let same = async || {
        let again = room.use_pass(&code.to_lowercase(), "mine").await.ok();
        assert_eq!((&again["candidate"]["id"], &again["session"]), (&first["candidate"]["id"], &first["session"]));
        assert_eq!(claims(&answer(&again, "accessToken"))["sub"], claims(&answer(&first, "accessToken"))["sub"]);
        answer(&again, "accessToken")
    };
    same().await;
    // Also once another pass was issued that nobody has used yet, and while the test runs.
    let next = pupil.pass().await;
    pupil.token = same().await;
    pupil.tick(true).await.ok();
    pupil.start("1").await.ok();
    same().await;
    room.use_pass(&next, "mine").await.ok();
    room.use_pass(&code, "mine").await.refused(401, "invalid_pass");
    opens_nothing(&pupil, &pupil.token).await;
}

#[tokio::test]
async fn who_came_in_by_a_pass_can_be_taken_off_again() {
    let api = Api::anywhere().await;
    let room = Room::open(&api).await;
    let mut pupil = room.pupil().await;
    let code = pupil.pass().await;
    pupil.token = answer(&room.use_pass(&code, "1").await.ok(), "accessToken");
    assert_eq!(pupil.unlink().await.ok()["joined"], false);
    opens_nothing(&pupil, &pupil.token).await;
    room.use_pass(&code, "1").await.refused(401, "invalid_pass");
    pupil.join(&identity(0)).await;
    pupil.come_in().await;
}

#[tokio::test]
async fn an_account_that_was_taken_off_comes_back_by_a_pass_alone() {
    let api = Api::anywhere().await;
    let room = Room::open(&api).await;
    let mut pupil = room.joined().await;
    pupil.unlink().await.ok();
    join(&room, &pupil.account, 0).await.refused(409, "account_unlinked");
    pupil.come_in().await;
    // Whom a pass took off does not come back either.
    let mut other = room.enrol(1..2).await.remove(0);
    other.join(&identity(1)).await;
    other.come_in().await;
    other.unlink().await.ok();
    join(&room, &other.account, 1).await.refused(409, "account_unlinked");
    other.come_in().await;
}

#[tokio::test]
async fn a_pass_takes_the_place_back_that_a_classmate_started_in() {
    let api = Api::anywhere().await;
    let room = Room::open(&api).await;
    let mut pupils = room.enrol(0..2).await;
    let mut pupil = pupils.remove(0);
    let classmate = Pupil { account: pupils[0].account.clone(), ..pupil.clone() };
    let joined = join(&room, &classmate.account, 0).await.ok();
    pupil.token = answer(&joined, "accessToken");
    pupil.tick(true).await.ok();
    let started = pupil.start("first").await.ok();
    for _ in 0..10 {
        pupil.start_with("wrong", "222222").await;
    }
    let stolen = [pupil.token.clone(), answer(&started, "accessToken")];

    let code = pupil.pass().await;
    assert_eq!(api.get(pupil.path("")).token(&stolen[1]).send().await.ok()["status"], "in_progress", "until it is used");
    let back = room.use_pass(&code, "1").await.ok();
    assert_eq!((&back["candidate"]["status"], &back["candidate"]["startedAt"]), (&json!("in_progress"), &started["attempt"]["startedAt"]));
    pupil.token = answer(&back, "accessToken");
    for token in &stolen {
        opens_nothing(&pupil, token).await;
    }
    join(&room, &classmate.account, 0).await.refused(409, "candidate_already_linked");
    assert_eq!(join(&room, &classmate.account, 1).await.ok()["candidate"]["id"], pupils[0].id, "as themselves they may");

    pupil.start("mine").await.refused(403, "resume_not_authorised");
    assert!(pupil.seen().await["waitingSince"].is_string());
    pupil.authorise().await.ok();
    let resumed = pupil.start("mine").await;
    assert_eq!((resumed.status, &resumed.body["attempt"]["resumed"]), (200, &json!(true)));
    for same in ["id", "startedAt", "endsAt"] {
        assert_eq!(resumed.body["attempt"][same], started["attempt"][same]);
    }
    for token in &stolen {
        opens_nothing(&pupil, token).await;
    }
    assert_eq!(pupil.act("finish", &pupil.token).await.ok()["status"], "finished");
}

#[tokio::test]
async fn an_interrupted_test_waits_for_the_proctor_after_a_pass_too() {
    let api = Api::anywhere().await;
    let (mut pupil, started) = Room::open(&api).await.started().await;
    pupil.act("leave", &pupil.token).await.ok();
    assert_eq!(pupil.come_in().await["candidate"]["status"], "interrupted");
    pupil.start("2").await.refused(403, "resume_not_authorised");
    pupil.authorise().await.ok();
    assert_eq!(pupil.start("2").await.ok()["attempt"]["id"], started["attempt"]["id"]);
}

#[tokio::test]
async fn a_proctor_s_retry_gets_the_pass_while_it_stands() {
    let api = Api::anywhere().await;
    let room = Room::open(&api).await;
    let pupils = room.enrol(0..2).await;
    let pupil = &pupils[0];
    let issued = pupil.issue_pass("1").await.ok();
    assert_eq!(pupil.issue_pass("1").await.ok(), issued, "to the letter");
    // The key is one of this proctor, and of this candidate.
    let colleague = Pupil { room: Room { proctor: room.another_proctor().await, ..room.clone() }, ..pupils[1].clone() };
    let codes = [&issued["code"], &pupils[1].issue_pass("1").await.ok()["code"], &colleague.issue_pass("1").await.ok()["code"]];
    assert_eq!(codes.iter().map(ToString::to_string).collect::<BTreeSet<_>>().len(), 3);
    assert_eq!(pupil.issue_pass("1").await.ok(), issued);

    room.use_pass(&answer(&issued, "code"), "1").await.ok();
    pupil.issue_pass("1").await.refused(409, "key_reused");
    let second = pupil.issue_pass("2").await.ok();
    let third = pupil.issue_pass("3").await.ok();
    pupil.issue_pass("2").await.refused(409, "key_reused");
    room.use_pass(&answer(&second, "code"), "2").await.refused(401, "invalid_pass");
    assert_eq!(pupil.issue_pass("3").await.ok(), third);
    room.use_pass(&answer(&third, "code"), "3").await.ok();
}

#[tokio::test]
async fn a_pass_is_issued_until_the_test_is_over() {
    let api = Api::anywhere().await;
    let room = Room::open(&api).await;
    let mut pupils = room.enrol(0..4).await;
    for (n, pupil) in pupils.iter_mut().enumerate().skip(1) {
        pupil.enter(n).await;
    }
    let [waits, runs, finished, ended] = pupils.as_slice() else { unreachable!() };
    let before = [finished.pass().await, ended.pass().await];
    finished.act("finish", &finished.token).await.ok();
    ended.end().await.ok();
    for pupil in [finished, ended] {
        for key in ["", "again", "again"] {
            pupil.issue_pass(key).await.refused(409, "test_ended");
        }
    }
    for code in &before {
        room.use_pass(code, "").await.refused(401, "invalid_pass");
    }
    waits.tick(true).await.ok();
    let good = [waits.pass().await, runs.pass().await];
    let kept = waits.issue_pass("kept").await.ok();
    let nobody = Pupil { id: "A".repeat(26), ..waits.clone() };
    nobody.issue_pass("").await.refused(404, "candidate_not_found");

    room.finalise().await.ok();
    for pupil in [waits, runs] {
        pupil.issue_pass("").await.refused(409, "session_finalised");
    }
    waits.issue_pass("kept").await.refused(409, "session_finalised");
    room.use_pass(&answer(&kept, "code"), "").await.refused(409, "session_finalised");
    // Replaced, and void since the test was ended with the session.
    for code in &good {
        room.use_pass(code, "").await.refused(401, "invalid_pass");
    }
}

#[tokio::test]
async fn a_pass_lets_in_while_the_session_is_open() {
    let api = Api::anywhere().await;
    for (hours, code) in [(3, "session_not_open"), (-25, "session_closed")] {
        let room = Room::scheduled(&api, Timestamp::now() + SignedDuration::from_hours(hours)).await;
        let pass = room.pupil().await.pass().await;
        room.use_pass(&pass, "1").await.refused(409, code);
        room.use_pass("22222222", "1").await.refused(401, "invalid_pass");
    }
}

#[tokio::test]
async fn a_pass_that_lets_nobody_in_is_answered_alike_whatever_is_wrong_with_it() {
    let api = Api::anywhere().await;
    let [room, elsewhere] = [Room::open(&api).await, Room::open(&api).await];
    let pupils = room.enrol(0..7).await;
    let [used, replaced, ended, removed, corrected, good, taken] = pupils.as_slice() else { unreachable!() };
    let other = elsewhere.pupil().await;
    let codes = [used, replaced, ended, removed, corrected, good, taken, &other].map(Pupil::pass);
    let [used_code, replaced_code, ended_code, removed_code, corrected_code, good_code, taken_code, elsewhere_code]: [String; 8] =
        join_all(codes).await.try_into().unwrap();
    room.use_pass(&used_code, "1").await.ok();
    replaced.pass().await;
    ended.tick(true).await.ok();
    let token = answer(&room.use_pass(&ended_code, "1").await.ok(), "accessToken");
    let running = Pupil { token, ..ended.clone() };
    running.start("1").await.ok();
    let ended_code = ended.pass().await;
    ended.end().await.ok();
    api.delete(removed.path("")).token(&room.organiser).send().await.ok();
    let name = json!({"lastName": "Bernhard"});
    api.patch(corrected.path("")).token(&room.organiser).json(&name).send().await.ok();
    room.use_pass(&taken_code, "1").await.ok();
    taken.unlink().await.ok();

    let send = |session: &str, body: Value| api.post(format!("/sessions/{session}/pass")).json(&body).send();
    let mut answers = vec![];
    for code in [&used_code, &replaced_code, &ended_code, &removed_code, &corrected_code, &taken_code, &elsewhere_code] {
        answers.push(send(&room.number, json!({"code": code})).await);
    }
    for code in ["22222222", "", " ", "2222222", "222222222", "O0I1L5ZS", "ÉÉÉÉÉÉÉÉ", "🙂", &good_code[..7], &format!("{good_code}2")]
    {
        answers.push(send(&room.number, json!({"code": code})).await);
    }
    for code in [json!(22_222_222), json!(true), json!([good_code]), json!({"code": good_code})] {
        answers.push(send(&room.number, json!({"code": code})).await);
    }
    for session in [elsewhere.number.as_str(), "99999999", "1", "1234567890", "abcdef", "%F0%9F%99%82"] {
        answers.push(send(session, json!({"code": good_code})).await);
    }
    let told = |answer: &Answer| {
        let mut body = answer.refused(401, "invalid_pass").body.clone();
        body["requestId"] = Value::Null;
        let mut headers = answer.headers.clone();
        for own in ["x-request-id", "apigw-requestid", "date", "content-length"] {
            headers.remove(own);
        }
        (body, headers)
    };
    for answer in &answers {
        assert_eq!(told(answer), told(&answers[0]));
    }
    for absent in [json!({}), json!({"code": null})] {
        assert_eq!(send("1", absent).await.bad_fields(), ["code required"]);
    }
    room.use_pass(&good_code, "1").await.ok();
}

#[tokio::test]
async fn a_proctor_who_came_in_by_a_replaced_password_issues_none() {
    let api = Api::anywhere().await;
    let room = Room::open(&api).await;
    let pupil = room.pupil().await;
    let code = answer(&pupil.issue_pass("1").await.ok(), "code");
    let replace = json!({"replace": ["sessionPassword"]});
    api.post(room.path("/codes")).token(&room.organiser).json(&replace).send().await.ok();
    for key in ["1", "2"] {
        pupil.issue_pass(key).await.refused(401, "unauthenticated");
    }
    room.use_pass(&code, "1").await.ok();
}
