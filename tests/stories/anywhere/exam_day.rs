//! One morning with everything that goes wrong, and three people who get through it.

use futures::future::join_all;
use tests::{Api, Pupil, Room, Value, answer, json, people::identity};

/// What a pass of the proctor's lets somebody do.
async fn pass(pupil: &mut Pupil) -> Value {
    let room = &pupil.room;
    let issued = room.api.post(pupil.path("/pass")).token(&room.proctor).send().await.ok();
    let used = room.api.post(room.path("/pass")).json(&json!({"code": issued["code"]})).send().await.ok();
    pupil.token = answer(&used, "accessToken");
    used
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_stuck() {
    let api = Api::anywhere().await;
    let mut room = Room::open(&api).await;
    let mut class = room.enrol(0..8).await;

    // Zoé's name was mistyped: the proctor lets her in by a pass, and the organiser corrects it.
    let mistyped = json!({"firstName": "Zoé", "lastName": "Bernrad", "birthdate": "2012-05-31"});
    api.patch(class[0].path("")).token(&room.organiser).json(&mistyped).send().await.ok();
    let board = room.board().await;
    let listed = board["candidates"].as_array().unwrap().iter().find(|view| view["lastName"] == "Bernrad").unwrap();
    class[0].id = answer(listed, "id");
    api.post(room.path("/join")).token(&class[0].account).json(&identity(0)).send().await.refused(404, "candidate_not_found");
    assert_eq!(pass(&mut class[0]).await["candidate"]["id"], class[0].id);
    class[0].tick(true).await.ok();
    class[0].start("1").await.ok();
    let corrected = api.patch(class[0].path("")).token(&room.organiser).json(&json!({"lastName": "Bernard"})).send().await.ok();
    assert_eq!((&corrected["id"], &corrected["joinedAs"]), (&json!(class[0].id), &json!({"pass": true})));
    assert_eq!(class[0].status().await["lastName"], "Bernard");

    // A classmate joins as the second one, and starts. The pass takes over.
    let mut impostor = Pupil { account: api.account().await, ..class[1].clone() };
    impostor.join(&identity(1)).await;
    impostor.tick(true).await.ok();
    let stolen = answer(&impostor.start("1").await.ok(), "accessToken");
    assert_eq!(pass(&mut class[1]).await["candidate"]["status"], "in_progress");
    for token in [&impostor.token, &stolen] {
        for (method, path) in [("GET", ""), ("POST", "/leave"), ("POST", "/finish"), ("POST", "/help")] {
            api.call(method.parse().unwrap(), impostor.path(path)).token(token).send().await.refused(403, "forbidden");
        }
    }
    api.put(impostor.path("/here")).token(&stolen).json(&json!({"here": true})).send().await.refused(403, "forbidden");
    impostor.start("2").await.refused(403, "forbidden");
    class[1].start("1").await.refused(403, "resume_not_authorised");
    class[1].authorise().await.ok();
    let attempt = class[1].start("2").await.ok();
    assert_eq!(attempt["attempt"]["resumed"], true);

    // The others come in as they should.
    join_all(class.iter_mut().enumerate().skip(2).map(|(n, pupil)| pupil.enter(n))).await;

    // The fire alarm rings: ten minutes for all, and a note.
    let ids: Vec<_> = class.iter().map(|pupil| pupil.id.clone()).collect();
    let minutes = json!({"minutes": 10, "reason": "Alarme incendie", "candidates": ids});
    let added = api.post(room.path("/minutes")).token(&room.proctor).json(&minutes).send().await.ok();
    assert!(added["results"].as_array().unwrap().iter().all(|result| result["view"]["extraMinutes"] == 10));
    let incident = json!({"category": "evacuation", "text": "Sortis à 10 h 12, de retour à 10 h 24."});
    api.post(room.path("/incidents")).token(&room.proctor).json(&incident).send().await.ok();

    // The power fails in half of the room. Meanwhile the session password leaked, and is replaced.
    let (out, on) = class.split_at(4);
    join_all(out.iter().map(async |pupil| pupil.act("leave", &pupil.token).await.ok())).await;
    join_all(out.iter().map(async |pupil| pupil.start("after").await.refused(403, "resume_not_authorised").status)).await;
    let codes = json!({"replace": ["sessionPassword"]});
    let kit = api.post(room.path("/codes")).token(&room.organiser).json(&codes).send().await.ok();
    let authorise = json!({"candidates": ids[..4]});
    let all_at_once = |token: &str| api.post(room.path("/resume")).token(token).json(&authorise).send();
    all_at_once(&room.proctor).await.refused(401, "unauthenticated");
    room.session_password = answer(&kit, "sessionPassword");
    let intruder = std::mem::take(&mut room.proctor);
    room.proctor = room.another_proctor().await;
    let authorised = api.post(room.path("/resume")).token(&room.proctor).json(&authorise).send().await.ok();
    assert!(authorised["results"].as_array().unwrap().iter().all(|result| result["status"] == 200), "{authorised}");
    join_all(out.iter().map(async |pupil| pupil.start("back").await.ok())).await;
    api.get(room.path("/board")).token(&intruder).send().await.refused(401, "unauthenticated");

    // In the end all have finished, and the record tells it.
    join_all(out.iter().chain(on).map(async |pupil| pupil.act("finish", &pupil.token).await.ok())).await;
    assert_eq!(room.finalise().await.ok()["summary"]["finished"], 8);
    let told = api.get(class[1].path("/history")).token(&room.organiser).send().await.ok();
    let told: Vec<_> = told["history"].as_array().unwrap().iter().map(|event| answer(event, "action")).collect();
    let expected = ["enrol", "join", "tick", "start", "issue_pass", "use_pass", "authorise", "start", "add_minutes", "leave", "authorise"];
    assert_eq!(told, expected.into_iter().chain(["start", "finish"]).collect::<Vec<_>>());
}
