//! An `Idempotency-Key` stands for one request, however often that is sent.

use futures::future::join_all;
use jiff::Timestamp;
use tests::{
    Answer, Api, Room, Value, json,
    people::{identity, session_at},
};

/// The same values, as another program may write them.
fn written_otherwise(body: &Value) -> String {
    let mut fields: Vec<_> = body.as_object().unwrap().iter().collect();
    fields.reverse();
    let fields: Vec<_> = fields.into_iter().map(|(name, value)| format!(" {name:?} :\n{value:#}")).collect();
    format!("{{{}, \"unknown\": true}}", fields.join(","))
}

#[tokio::test]
async fn a_key_creates_one_session() {
    let api = Api::anywhere().await;
    let [organiser, other] = [api.organiser().await, api.other_organiser().await];
    let body = session_at(Timestamp::now());
    let key = &ulid::Ulid::generate().to_string();
    let create = async |organiser: &str, key: &str, body: String| api.post("/sessions").token(organiser).key(key).body(body).send().await;
    let made = create(&organiser, key, body.to_string()).await.ok();
    assert_eq!(create(&organiser, key, written_otherwise(&body)).await.ok(), made);
    let mut by_default = body.clone();
    by_default["durationMinutes"] = json!(105);
    by_default["room"] = json!(format!(" {} ", body["room"].as_str().unwrap()));
    assert_eq!(create(&organiser, key, by_default.to_string()).await.ok(), made, "what is given is what would be without");

    let mut elsewhere = body.clone();
    elsewhere["room"] = json!("Salle 99");
    create(&organiser, key, elsewhere.to_string()).await.refused(409, "key_reused");
    assert_eq!(create(&organiser, key, body.to_string()).await.ok(), made, "as before");
    for another in [create(&other, key, elsewhere.to_string()).await, create(&organiser, "", body.to_string()).await] {
        assert_ne!(another.ok()["number"], made["number"]);
    }

    let key = &ulid::Ulid::generate().to_string();
    let bodies = [&body, &elsewhere, &body, &elsewhere].map(Value::to_string);
    let answers = join_all(bodies.map(|body| create(&organiser, key, body))).await;
    let made: Vec<_> = answers.iter().filter(|answer| answer.status == 201).map(|answer| &answer.body).collect();
    assert!(made.len() == 2 && made[0] == made[1], "{answers:?}");
    assert!(answers.iter().all(|answer| answer.status == 201 || answer.code() == "key_reused"), "{answers:?}");
}

#[tokio::test]
async fn a_key_enrols_one_list() {
    let api = Api::anywhere().await;
    let room = Room::open(&api).await;
    let list = |numbers: &[usize]| json!({"candidates": numbers.iter().map(|n| identity(*n)).collect::<Vec<_>>()});
    let enrol = async |key: &str, body: String| -> Answer {
        api.post(room.path("/candidates")).token(&room.organiser).key(key).body(body).send().await
    };
    let enrolled = async || room.board().await["candidates"].as_array().unwrap().len();
    let made = enrol("1", list(&[0, 1]).to_string()).await.ok();
    assert_eq!(enrol("1", written_otherwise(&list(&[0, 1]))).await.ok(), made);
    let mut by_default = list(&[0, 1]);
    by_default["candidates"][0]["extraTimePercent"] = json!(0);
    assert_eq!(enrol("1", by_default.to_string()).await.ok(), made);

    let mut more_time = list(&[0, 1]);
    more_time["candidates"][0]["extraTimePercent"] = json!(33);
    for other in [list(&[2]), list(&[0, 1, 2]), list(&[0]), list(&[1, 0]), more_time] {
        enrol("1", other.to_string()).await.refused(409, "key_reused");
    }
    assert_eq!(enrolled().await, 2);
    enrol("2", list(&[2]).to_string()).await.ok();

    let answers = join_all([[3], [4], [3], [4]].map(|numbers| enrol("3", list(&numbers).to_string()))).await;
    let codes = ["ok", "key_reused"].map(|code| answers.iter().filter(|answer| answer.code() == code).count());
    assert_eq!((codes, enrolled().await), ([2, 2], 4), "{answers:?}");
}
