//! What the documents of a session say: exactly what `documents` writes of it.

use crate::anywhere::{documents::document, record::a_day};
use documents::{Attendance, Enrolled, Facts, Kit, Text};
use shared::domain::{language::Language, record::record, session::SessionNumber};
use tests::{Room, Value, World, answer, json};

#[tokio::test]
async fn the_kit_has_the_codes_and_leads_to_the_page() {
    let world = World::new().await;
    let room = Room::open(&world).await;
    let plan = json!({"date": "2026-06-15", "time": "09:05", "timeZone": "Indian/Reunion", "site": "#panic()", "room": "*12*"});
    let session = world.patch(room.path("")).token(&room.organiser).json(&plan).send().await.ok();
    for (token, tag, language) in [(&room.organiser, "fr", Language::French), (&room.proctor, "en", Language::English)] {
        let facts = Facts {
            number: room.number.clone(),
            when: "15/06/2026 - 09:05 (Indian/Reunion)".to_owned(),
            site: Text::of("#panic()"),
            room: Text::of("*12*"),
            examiner: session["examiner"].as_str().map(Text::of),
        };
        let address = Some(format!("{}/app/", world.base));
        let (session_password, access_code) = (room.session_password.clone(), room.access_code.clone());
        let expected = documents::kit(&Kit { facts, address, session_password, access_code }, language).unwrap();
        assert!(document(&room, "kit", token, tag).await.bytes == expected, "{tag}");
    }
}

#[tokio::test]
async fn the_attendance_sheet_lists_all_in_the_order_of_the_board() {
    let world = World::new().await;
    let room = Room::open(&world).await;
    room.enrol(0..7).await;
    let added = json!({"candidates": [
        {"firstName": "Éloïse", "lastName": "#Zed[", "birthdate": "2011-12-03", "extraTimePercent": 33},
        {"firstName": "\u{5d0}", "lastName": "élan", "birthdate": "2012-02-29"},
    ]});
    world.post(room.path("/candidates")).token(&room.organiser).json(&added).send().await.ok();
    let board = room.board().await;
    let session = &board["session"];
    let enrolled = |candidate: &Value| {
        Enrolled::new(&answer(candidate, "lastName"), &answer(candidate, "firstName"), answer(candidate, "birthdate").parse().unwrap())
    };
    let candidates: Vec<_> = board["candidates"].as_array().unwrap().iter().map(enrolled).collect();
    assert_eq!(candidates.len(), 9);
    let date: Vec<_> = answer(session, "date").split('-').map(str::to_owned).collect();
    let zone = match session["timeZone"].as_str().unwrap() {
        "Europe/Paris" => String::new(),
        zone => format!(" ({zone})"),
    };
    let facts = Facts {
        number: room.number.clone(),
        when: format!("{}/{}/{} - {}{zone}", date[2], date[1], date[0], answer(session, "time")),
        site: Text::of(&answer(session, "site")),
        room: Text::of(&answer(session, "room")),
        examiner: session["examiner"].as_str().map(Text::of),
    };
    let expected = documents::attendance(&Attendance { facts, candidates }, Language::French).unwrap();
    assert!(document(&room, "attendance", &room.proctor, "fr").await.bytes == expected);
}

#[tokio::test]
async fn the_report_tells_the_record_of_the_day_and_its_seal() {
    let world = World::new().await;
    let (room, _) = a_day(&world).await;
    room.finalise().await.ok();
    let kept = world.app.store().record(&SessionNumber::parse(&room.number).unwrap(), world.now()).await.unwrap();
    let seal = kept.session.seal.as_ref().map(|seal| seal.jws.as_str());
    assert_eq!(seal, room.report().await.ok()["seal"].as_str());
    let page = format!("{}/app/", world.base);
    for (tag, language) in [("fr", Language::French), ("en", Language::English)] {
        let expected = documents::report(&record(&kept), seal, Some(&page), world.now(), language).unwrap();
        assert!(document(&room, "report", &room.organiser, tag).await.bytes == expected, "{tag}");
    }
}
