//! The record of a session, and its seal.

use futures::future::join_all;
use std::collections::BTreeSet;
use tests::{
    Answer, Api, Pupil, Room, Value, answer, json,
    people::{identity, session_at},
};
use verify::Fault;

const EDIT: &str = "/";

/// A session in which everything was done that can be done to it, and its candidates.
pub async fn a_day(api: &Api) -> (Room, Vec<Pupil>) {
    let room = Room::open(api).await;
    let mut pupils = room.enrol(0..7).await;
    let organiser = async |method: &str, path: String, body: Value| {
        api.call(method.parse().unwrap(), path).token(&room.organiser).json(&body).send().await.ok()
    };
    organiser("PATCH", room.path(""), json!({"room": "Salle 13", "examiner": "=AED", "durationMinutes": 60})).await;
    organiser("POST", room.path("/codes"), json!({"replace": ["accessCode"]})).await;
    let kit = api.get(room.path("/kit")).token(&room.organiser).send().await.ok();
    let room = Room { access_code: answer(&kit, "accessCode"), ..room };
    let second = room.another_proctor().await;
    for pupil in &mut pupils {
        pupil.room = room.clone();
    }
    let [left, crashed, wrong, moved, removed, absent, present] = pupils.as_mut_slice() else { unreachable!() };
    let organiser = async |method: &str, path: String, body: Value| {
        api.call(method.parse().unwrap(), path).token(&room.organiser).json(&body).send().await.ok()
    };

    // One leaves and comes back, is corrected in place, gets minutes, calls and finishes.
    left.enter(0).await;
    organiser("PATCH", left.path(""), json!({"lastName": "Bernhard", "birthdate": "2012-05-13", "extraTimePercent": 33})).await;
    organiser("PATCH", left.path(""), json!({"lastName": "BERNHARD"})).await;
    left.act("leave", &left.token).await.ok();
    left.start("refused").await.refused(403, "resume_not_authorised");
    left.authorise().await.ok();
    left.withdraw().await.ok();
    left.authorise().await.ok();
    left.start("resumed").await.ok();
    let minutes = |minutes: i64| json!({"minutes": minutes, "reason": "=HYPERLINK(\"http://example.org\")"});
    for (token, minutes) in [(&room.proctor, minutes(12)), (&room.organiser, minutes(-2))] {
        api.post(left.path("/minutes")).token(token).json(&minutes).send().await.ok();
    }
    api.post(left.path("/help")).token(&left.token).send().await.ok();
    api.delete(left.path("/help")).token(&second).send().await.ok();
    left.act("finish", &left.token).await.ok();
    // One's device fails, and the proctor ends the test; one joined as somebody else, who comes in by a pass.
    crashed.enter(1).await;
    crashed.authorise().await.ok();
    crashed.start("resumed").await.ok();
    crashed.act("leave", &crashed.token).await.ok();
    crashed.end().await.ok();
    wrong.join(&identity(2)).await;
    wrong.unlink().await.ok();
    wrong.come_in().await;
    wrong.tick(true).await.ok();
    wrong.start("1").await.ok();
    // One whom nobody joined is corrected to another identity, one removed; one is absent, one never starts.
    let corrected = organiser("PATCH", moved.path(""), json!({"firstName": "+Ana"})).await;
    moved.id = answer(&corrected, "id");
    api.delete(removed.path("")).token(&room.organiser).send().await.ok();
    present.tick(true).await.ok();
    present.tick(false).await.ok();
    present.tick(true).await.ok();
    for (token, incident) in [
        (&room.proctor, json!({"category": "technical", "text": "Problème;@Écran noir,-1\n+1", "candidate": left.id})),
        (&second, json!({"category": "evacuation"})),
        (&room.organiser, json!({"category": "other", "text": "Vu.", "candidate": absent.id})),
    ] {
        api.post(room.path("/incidents")).token(token).json(&incident).send().await.ok();
    }
    (room, pupils)
}

/// All that can still be tried once the session is finalised, as retries of what was done and anew.
async fn try_everything(room: &Room, pupils: &[Pupil]) -> Vec<Answer> {
    let api = &room.api;
    let mut answers = vec![room.finalise().await];
    for pupil in pupils {
        for action in ["tick", "untick", "issue_pass", "authorise", "withdraw", "add_minutes", "answer", "unlink"] {
            answers.push(pupil.call(action, &room.proctor, "late").send().await);
        }
        for action in ["call", "start", "leave", "finish", "status"] {
            answers.push(pupil.call(action, &pupil.token, "late").send().await);
        }
        answers.push(pupil.start("resumed").await);
        answers.push(pupil.end().await);
        answers.push(api.patch(pupil.path("")).token(&room.organiser).json(&json!({"lastName": "Autre"})).send().await);
        answers.push(api.delete(pupil.path("")).token(&room.organiser).send().await);
    }
    let organiser =
        |method: &str, rest: &str| api.call(method.parse().unwrap(), room.path(rest.trim_end_matches(EDIT))).token(&room.organiser);
    answers.push(organiser("PATCH", EDIT).json(&json!({"room": "Salle 14"})).send().await);
    answers.push(organiser("POST", "/codes").json(&json!({"replace": ["sessionPassword"]})).send().await);
    answers.push(organiser("POST", "/candidates").json(&json!({"candidates": [identity(50)]})).send().await);
    answers.push(organiser("DELETE", EDIT).send().await);
    answers.push(organiser("POST", "/incidents").json(&json!({"category": "other"})).send().await);
    let login = api.post(room.path("/proctors")).token(&api.account().await).json(&json!({"password": room.session_password}));
    answers.push(login.send().await);
    answers.push(api.post(room.path("/join")).token(&api.account().await).json(&identity(5)).send().await);
    answers
}

#[tokio::test]
async fn a_whole_day_is_told_and_verifies_whatever_is_tried_afterwards() {
    let api = Api::anywhere().await;
    let (room, pupils) = a_day(&api).await;
    room.finalise().await.ok();
    let sealed = room.sealed().await;
    for answer in try_everything(&room, &pupils).await {
        assert!(answer.status < 500, "{}: {}", answer.call, answer.body);
    }
    assert_eq!(room.sealed().await, sealed);

    let record: Value = serde_json::from_str(&sealed).unwrap();
    assert_eq!((&record["format"], &record["finalisation"]), (&json!("vigie-record/1"), &json!(1)));
    let session = &record["session"];
    assert_eq!(
        (&session["room"], &session["examiner"], &session["durationMinutes"], &session["status"]),
        (&json!("Salle 13"), &json!("=AED"), &json!(60), &json!("finalised"))
    );
    assert!(session["finalisedAt"].is_string() && session["finalisedBy"] == session["createdBy"]);
    assert_eq!(record["proctors"].as_array().unwrap().len(), 2);
    let of = |pupil: &Pupil| record["candidates"].as_array().unwrap().iter().find(|candidate| candidate["id"] == pupil.id).unwrap();
    let [left, crashed, wrong, moved, _, absent, present] = &pupils[..] else { unreachable!() };
    let actions = |pupil: &Pupil| of(pupil)["history"].as_array().unwrap().iter().map(|event| answer(event, "action")).collect::<Vec<_>>();
    let whole = [
        "enrol",
        "join",
        "tick",
        "start",
        "correct",
        "correct",
        "leave",
        "authorise",
        "withdraw",
        "authorise",
        "start",
        "add_minutes",
        "add_minutes",
        "finish",
    ];
    assert_eq!(actions(left), whole);
    assert_eq!((&of(left)["status"], &of(left)["extraMinutes"], &of(left)["starts"]), (&json!("finished"), &json!(10), &json!(2)));
    let [interruption] = of(left)["interruptions"].as_array().unwrap().as_slice() else { panic!("{record:#}") };
    assert!(interruption["from"].is_string() && interruption["to"].is_string() && interruption["seconds"].as_i64().unwrap() >= 0);
    let [crash, end] = of(crashed)["interruptions"].as_array().unwrap().as_slice() else { panic!("{record:#}") };
    assert!(crash["from"].is_null() && crash["to"].is_string() && crash["seconds"].is_null(), "nobody told when");
    assert!(end["from"].is_string() && end["to"].is_null() && end["seconds"].is_null(), "never resumed");
    assert_eq!(actions(wrong), ["enrol", "join", "unlink", "issue_pass", "use_pass", "tick", "start", "end"]);
    assert_eq!((&of(moved)["firstName"], &of(absent)["presentSince"]), (&json!("+Ana"), &Value::Null));
    assert!(of(present)["presentSince"].is_string() && of(present)["startedAt"].is_null());
    let changes = record["changes"].as_array().unwrap();
    let changed: Vec<_> = changes.iter().map(|change| answer(change, "action")).collect();
    assert_eq!(changed, ["edit", "replace_codes", "correct", "correct", "remove"]);
    assert_eq!((&changes[0]["formerPlan"]["room"], &changes[4]["former"]["birthdate"]), (&json!("12"), &json!("2012-05-31")));
    let incidents = record["incidents"].as_array().unwrap();
    assert_eq!((incidents.len(), &incidents[0]["candidate"], &incidents[2]["role"]), (3, &json!(left.id), &json!("organiser")));
    for secret in [&room.session_password, &room.access_code, "@example.org", "…@"] {
        assert!(!sealed.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn before_it_is_finalised_a_session_has_a_record_without_a_seal() {
    let api = Api::anywhere().await;
    let pupil = Room::open(&api).await.joined().await;
    let room = &pupil.room;
    let report = room.report().await;
    assert_eq!(report.body["session"]["status"], "open");
    for sealed in ["seal", "finalisation"] {
        assert!(report.body[sealed].is_null(), "{sealed}");
    }
    assert_eq!(room.verify(&report.text).await, Err(Fault::NoSeal));
    pupil.tick(true).await.ok();
    let candidate = &room.report().await.body["candidates"][0];
    assert_eq!(candidate["status"], "present", "it goes on with the session");
    let by = async |token: &str| api.get(room.path("/report")).token(token).send().await;
    by(&room.proctor).await.refused(401, "unauthenticated");
    by(&api.other_organiser().await).await.refused(404, "session_not_found");
}

#[tokio::test]
async fn a_record_is_a_file_and_a_table_where_that_is_preferred() {
    let api = Api::anywhere().await;
    let (room, _) = a_day(&api).await;
    room.finalise().await.ok();
    let number = &room.number;
    let report = room.report().await;
    assert_eq!(report.header("content-disposition").unwrap(), format!("attachment; filename=\"vigie-{number}.json\""));
    assert_eq!((report.header("content-type").unwrap(), report.header("cache-control").unwrap()), ("application/json", "no-store"));
    let table = async |language: &str| {
        let call = api.get(room.path("/report")).token(&room.organiser).header("accept", "text/csv");
        call.header("accept-language", language).send().await
    };
    for (language, separator, first, enrolled) in [("fr", ";", "Heure", "Inscription"), ("en", ",", "Time", "Enrolled")] {
        let table = table(language).await;
        assert_eq!(table.header("content-disposition").unwrap(), format!("attachment; filename=\"vigie-{number}.csv\""));
        assert_eq!(["content-type", "content-language"].map(|name| table.header(name).unwrap()), ["text/csv; charset=utf-8", language]);
        let vary = table.header("vary").unwrap().to_lowercase();
        assert!(["accept", "accept-language"].iter().all(|name| vary.split(", ").any(|varies| varies == *name)), "{vary}");
        let text = table.text.strip_prefix('\u{feff}').unwrap();
        let mut lines = text.lines();
        assert!(lines.next().unwrap().starts_with(&format!("{first}{separator}")), "{text}");
        let of_enrolment = text.lines().filter(|line| line.contains(&format!("{separator}{enrolled}{separator}")));
        assert_eq!(of_enrolment.count(), 6, "one for each candidate: {text}");
        let cells: BTreeSet<&str> = text.lines().flat_map(|line| line.split(separator)).map(|cell| cell.trim_start_matches('"')).collect();
        let armed = |cell: &&&str| cell.starts_with(['=', '+', '-', '@']) && cell.parse::<i64>().is_err();
        assert_eq!(cells.iter().filter(armed).count(), 0, "{text}");
        for disarmed in ["'=HYPERLINK", "'+Ana", "Problème;'@Écran"] {
            assert!(text.contains(disarmed), "{disarmed}: {text}");
        }
    }
}

#[tokio::test]
async fn the_table_names_whom_an_incident_is_about_also_once_they_are_corrected_or_removed() {
    let api = Api::anywhere().await;
    let room = Room::open(&api).await;
    let pupils = room.enrol(0..3).await;
    for pupil in &pupils {
        let incident = json!({"category": "identity", "text": pupil.name, "candidate": pupil.id});
        api.post(room.path("/incidents")).token(&room.proctor).json(&incident).send().await.ok();
    }
    let correct = async |id: &str, name: &str| {
        let corrected = api.patch(room.path(&format!("/candidates/{id}"))).token(&room.organiser).json(&json!({"lastName": name}));
        answer(&corrected.send().await.ok(), "id")
    };
    let [corrected, removed, restored] = pupils.as_slice() else { unreachable!() };
    correct(&correct(&corrected.id, "Dupond").await, "Durand").await;
    api.delete(removed.path("")).token(&room.organiser).send().await.ok();
    correct(&correct(&restored.id, "Dupond").await, &answer(&identity(2), "lastName")).await;
    let told = async || {
        let table = api.get(room.path("/report")).token(&room.organiser).header("accept", "text/csv").header("accept-language", "fr");
        let cells = |line: &str| line.split(';').map(ToOwned::to_owned).collect::<Vec<_>>();
        let incidents: Vec<_> = table.send().await.text.lines().map(cells).filter(|cells| cells[1] == "Incident").collect();
        incidents.into_iter().map(|cells| [cells[2].clone(), cells[10].clone()]).collect::<Vec<_>>()
    };
    let before = told().await;
    room.finalise().await.ok();
    for (told, status) in [(before, "absent ou pas encore coché"), (told().await, "absent")] {
        assert_eq!(told, [["Durand", status], ["Dupont-b", ""], ["Dupont-c", status]]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_finalises_at_the_same_time_finds_one_seal_which_verifies() {
    let api = Api::anywhere().await;
    for round in 0..6_u64 {
        let (room, _) = super::races::busy_room(&api, 10).await;
        let accounts = api.accounts(8).await;
        let logins = join_all(accounts.iter().enumerate().map(async |(n, account)| {
            tokio::time::sleep(std::time::Duration::from_millis(n as u64 * 2 * round)).await;
            let login = api.post(room.path("/proctors")).token(account).json(&json!({"password": room.session_password}));
            login.send().await.status == 200
        }));
        let incidents = join_all((0..8_u64).map(async |n| {
            tokio::time::sleep(std::time::Duration::from_millis(n * 2 * round)).await;
            let incident = json!({"category": "other", "text": n.to_string()});
            api.post(room.path("/incidents")).token(&room.proctor).json(&incident).send().await.status == 201
        }));
        let finalising = join_all((0..4).map(async |_| {
            let finalised = room.finalise().await;
            (finalised.status == 200).then_some(finalised.body)
        }));
        let (logged_in, reported, finalised) = tokio::join!(logins, incidents, finalising);
        assert!(finalised.iter().flatten().all(|body| Some(body) == finalised.iter().flatten().next()), "{finalised:?}");
        room.finalise().await.ok();
        let sealed = room.sealed().await;
        assert_eq!(room.sealed().await, sealed);
        let record: Value = serde_json::from_str(&sealed).unwrap();
        let count = |name: &str| record[name].as_array().unwrap().len();
        let done = |answers: Vec<bool>| answers.into_iter().filter(|done| *done).count();
        assert_eq!((count("proctors"), count("incidents")), (1 + done(logged_in), done(reported)), "who was let in is told");
    }
}

#[tokio::test]
async fn a_session_that_was_moved_is_told_as_it_was_planned_before() {
    let api = Api::anywhere().await;
    let room = Room::scheduled(&api, jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24 * 30)).await;
    let later = session_at(jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24 * 90));
    let before = room.report().await.body["session"].clone();
    api.patch(room.path("")).token(&room.organiser).json(&later).send().await.ok();
    let record = room.report().await.body;
    assert_eq!(record["session"]["date"], later["date"]);
    for told in ["date", "time", "timeZone", "site", "room", "durationMinutes"] {
        assert_eq!(record["changes"][0]["formerPlan"][told], before[told], "{told}");
    }
}
