//! Who a candidate is: two names, in any writing and either order, and a birth date.

use futures::future::join_all;
use std::collections::BTreeSet;
use tests::{Answer, Api, Room, Value, answer, json};

fn person(first_name: &str, last_name: &str, birthdate: &str) -> Value {
    json!({"firstName": first_name, "lastName": last_name, "birthdate": birthdate})
}

async fn enrol(room: &Room, people: &[Value]) -> Answer {
    room.api.post(room.path("/candidates")).token(&room.organiser).json(&json!({"candidates": people})).send().await
}

/// Joins with a new account.
async fn join(room: &Room, person: &Value) -> Answer {
    room.api.post(room.path("/join")).token(&room.api.account().await).json(person).send().await
}

async fn unlink(room: &Room, id: &str) {
    room.api.delete(room.path(&format!("/candidates/{id}/account"))).token(&room.proctor).send().await.ok();
}

/// The places an enrolment was refused for.
#[track_caller]
fn doubles(refused: &Answer) -> Vec<String> {
    refused.refused(409, "already_enrolled");
    refused.body["errors"].as_array().unwrap().iter().map(|error| answer(error, "field")).collect()
}

const BORN: &str = "2012-05-31";

/// Names, and other writings of them.
const PEOPLE: [([&str; 2], &[[&str; 2]]); 9] = [
    (
        ["Zoé", "Bernard-Weiß"],
        &[
            ["zoe", "bernard weiss"],
            ["ZOÉ", "BERNARD-WEISS"],
            ["Zoe\u{301}", "Bernard‐Weiß"],
            [" Zoé ", "Bernard  -  Weiẞ"],
            ["Bernard-Weiß", "Zoé"],
            ["BERNARDWEISS", "ZOE"],
        ],
    ),
    (["Lœtitia", "N'Guyen"], &[["Loetitia", "NGuyen"], ["LŒTITIA", "N’GUYEN"], ["Lœtitia", "N Guyen"], ["nguyen", "loetitia"]]),
    (
        ["Jean-François", "de la Fontaine"],
        &[["Jean Francois", "De La Fontaine"], ["JEANFRANÇOIS", "DELAFONTAINE"], ["Jean\u{2011}Franc\u{327}ois", "de\u{a0}la Fontaine"]],
    ),
    (["Maëlys", "D’Almeida"], &[["maelys", "d'almeida"], ["Mae\u{308}lys", "d almeida"], ["Maëlys", "D`Almeida"]]),
    (["Søren", "Ægidius"], &[["Soren", "Aegidius"], ["SØREN", "ÆGIDIUS"]]),
    (["Νίκος", "Παππάς"], &[["ΝΙΚΟΣ", "ΠΑΠΠΑΣ"], ["Παππας", "Νικος"]]),
    (["Андрей", "Чайковский"], &[["АНДРЕЙ", "чайковский"], ["Чайковский", "Андрей"]]),
    (["小明", "王"], &[["王", "小明"], [" 小 明 ", "王"]]),
    (["محمد", "الأحمد"], &[["الأحمد", "محمد"]]),
];

#[tokio::test]
async fn a_candidate_is_found_however_their_name_is_written() {
    let api = Api::anywhere().await;
    let room = Room::open(&api).await;
    let people = PEOPLE.map(|([first, last], _)| person(first, last, BORN));
    let enrolled = enrol(&room, &people).await.ok();
    for (view, ([first, last], writings)) in enrolled["candidates"].as_array().unwrap().iter().zip(PEOPLE) {
        assert_eq!((&view["firstName"], &view["lastName"]), (&json!(first), &json!(last)), "kept as written");
        let id = answer(view, "id");
        for writing in writings.iter().chain([&[first, last], &[last, first]]) {
            let joined = join(&room, &person(writing[0], writing[1], BORN)).await.ok();
            assert_eq!((&joined["candidate"]["id"], &joined["candidate"]["firstName"]), (&json!(id), &json!(first)), "{writing:?}");
            unlink(&room, &id).await;
        }
    }
}

#[tokio::test]
async fn another_name_or_birth_date_is_another_person() {
    let api = Api::anywhere().await;
    let room = Room::open(&api).await;
    enrol(&room, &[person("Zoé", "Bernard", BORN), person("कि", "राम", BORN), person("はる", "田中", BORN)]).await.ok();
    for stranger in [
        person("Zoé", "Bernard", "2012-05-30"),
        person("Zoé", "Bernard", "2013-05-31"),
        person("Zoé", "Bernardin", BORN),
        person("Zo", "Bernard", BORN),
        person("Zoéb", "Ernard", BORN),
        person("Zoé", "Zoé", BORN),
        person("Zoé Bernard", "Bernard", BORN),
        person("Zo3", "Bernard", BORN),
        // Vowel signs make another name where a script writes vowels so.
        person("कु", "राम", BORN),
        person("ばる", "田中", BORN),
    ] {
        join(&room, &stranger).await.refused(404, "candidate_not_found");
    }
}

#[tokio::test]
async fn nobody_is_enrolled_twice_in_whatever_writing() {
    let api = Api::anywhere().await;
    let room = Room::open(&api).await;
    enrol(&room, &PEOPLE.map(|([first, last], _)| person(first, last, BORN))).await.ok();
    for ([first, last], writings) in PEOPLE {
        for writing in writings.iter().chain([&[first, last], &[last, first]]) {
            let again = enrol(&room, &[tests::people::identity(1), person(writing[0], writing[1], BORN)]).await;
            assert_eq!(doubles(&again), ["candidates[1]"], "{writing:?}");
        }
    }
    let several = enrol(
        &room,
        &[
            person("Weiss Bernard", "ZOE", "2012-05-30"),
            person("zoe", "Bernard Weiss", BORN),
            tests::people::identity(1),
            person("nguyen", "Loetitia", BORN),
        ],
    )
    .await;
    assert_eq!(doubles(&several), ["candidates[1]", "candidates[3]"], "every one is named");
    assert_eq!(room.board().await["candidates"].as_array().unwrap().len(), PEOPLE.len(), "all or none");
}

#[tokio::test]
async fn a_double_inside_a_list_is_named_and_nobody_enrolled() {
    let api = Api::anywhere().await;
    let room = Room::open(&api).await;
    let list = [
        person("Zoé", "Bernard", BORN),
        tests::people::identity(1),
        person("BERNARD", "zoe", BORN),
        person("Zoe", "Bernard", "2012-05-30"),
        tests::people::identity(1),
    ];
    assert_eq!(doubles(&enrol(&room, &list).await), ["candidates[2]", "candidates[4]"]);
    assert_eq!(room.board().await["candidates"], json!([]));
}

#[tokio::test]
async fn two_imports_at_once_enrol_a_person_once() {
    let api = Api::anywhere().await;
    let room = Room::open(&api).await;
    let lists = [
        [person("Zoé", "Bernard", BORN), tests::people::identity(1)],
        [person("bernard", "ZOE", BORN), tests::people::identity(2)],
        [tests::people::identity(3), person("Zoe", "Bernard", BORN)],
    ];
    let answers = join_all(lists.iter().map(|list| enrol(&room, list))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1);
    for (answer, place) in answers.iter().zip([0, 0, 1]).filter(|(answer, _)| answer.status != 201) {
        assert_eq!(doubles(answer), [format!("candidates[{place}]")]);
    }
    assert_eq!(room.board().await["summary"]["enrolled"], 2);
}

#[tokio::test]
async fn two_of_one_name_are_told_apart_by_their_birth_dates() {
    let api = Api::anywhere().await;
    let room = Room::open(&api).await;
    let dates = ["2012-05-31", "2012-02-29", "2011-05-31"];
    let twins = dates.map(|date| person("Zoé", "Bernard", date));
    let enrolled = enrol(&room, &twins).await.ok();
    let ids: Vec<_> = enrolled["candidates"].as_array().unwrap().iter().map(|view| answer(view, "id")).collect();
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), 3);
    for (date, id) in dates.iter().zip(&ids) {
        let joined = join(&room, &person("BERNARD", "ZOÉ", date)).await.ok();
        assert_eq!((&joined["candidate"]["id"], &joined["candidate"]["birthdate"]), (&json!(id), &json!(date)));
    }
}

#[tokio::test]
async fn a_birth_date_exists() {
    let api = Api::anywhere().await;
    let room = Room::open(&api).await;
    for (date, code) in [
        ("2013-02-29", "invalid_date"),
        ("2012-02-30", "invalid_date"),
        ("2012-04-31", "invalid_date"),
        ("2012-13-01", "invalid_date"),
        ("2012-00-10", "invalid_date"),
        ("31/05/2012", "invalid_date"),
        ("2012-5-31", "invalid_date"),
        ("20120531", "invalid_date"),
        ("2012-05-31T00:00:00Z", "invalid_date"),
        ("２０１２-05-31", "invalid_date"),
        ("0012-05-31", "out_of_range"),
        (" ", "required"),
    ] {
        assert_eq!(
            enrol(&room, &[person("Zoé", "Bernard", date)]).await.bad_fields(),
            [format!("candidates[0].birthdate {code}")],
            "{date}"
        );
        assert_eq!(join(&room, &person("Zoé", "Bernard", date)).await.bad_fields(), [format!("birthdate {code}")], "{date}");
    }
}

#[tokio::test]
async fn a_name_has_a_letter_or_digit() {
    let api = Api::anywhere().await;
    let room = Room::open(&api).await;
    for nothing in ["-", " ' ", "…", "🙂", "\u{301}", "’’", "(?)"] {
        let nobody = person(nothing, nothing, BORN);
        assert_eq!(
            enrol(&room, std::slice::from_ref(&nobody)).await.bad_fields(),
            ["candidates[0].firstName invalid", "candidates[0].lastName invalid"],
            "{nothing:?}"
        );
        assert_eq!(join(&room, &nobody).await.bad_fields(), ["firstName invalid", "lastName invalid"], "{nothing:?}");
    }
    enrol(&room, &[person("X Æ A-12", "7", BORN), person("O", "王", BORN)]).await.ok();
    join(&room, &person("7", "xæa12", BORN)).await.ok();
}

#[tokio::test]
async fn joining_again_is_the_same_and_another_session_is_another_candidate() {
    let api = Api::anywhere().await;
    let rooms = [Room::open(&api).await, Room::open(&api).await];
    let account = api.account().await;
    let mut ids = BTreeSet::new();
    for room in &rooms {
        enrol(room, &[person("Zoé", "Bernard", BORN)]).await.ok();
        let by =
            async |first: &str, last: &str| api.post(room.path("/join")).token(&account).json(&person(first, last, BORN)).send().await.ok();
        let joined = by("Zoé", "Bernard").await;
        let again = by("BERNARD", "zoe").await;
        assert_eq!((&again["candidate"], &again["session"]), (&joined["candidate"], &joined["session"]));
        ids.insert(answer(&joined["candidate"], "id"));
        join(room, &person("Zoé", "Bernard", BORN)).await.refused(409, "candidate_already_linked");
    }
    assert_eq!(ids.len(), 2, "an id tells nothing outside its session");
}
