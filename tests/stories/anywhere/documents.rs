//! What is printed of a session.

use tests::{Answer, Api, Room};

/// What proctors print, too.
const DOCUMENTS: [&str; 2] = ["kit", "attendance"];

/// A document, as who holds this token gets it.
pub async fn document(room: &Room, name: &str, token: &str, language: &str) -> Answer {
    room.api.get(room.path(&format!("/{name}.pdf"))).token(token).header("accept-language", language).send().await
}

/// Checks that this is a document of the session in a language.
fn is_printed(printed: &Answer, room: &Room, name: &str, language: &str) {
    assert_eq!(printed.status, 200, "{}", printed.text);
    let headers = ["content-type", "content-language", "cache-control", "vary"].map(|name| printed.header(name).unwrap());
    assert_eq!(headers[..3], ["application/pdf", language, "no-store"]);
    assert!(headers[3].to_lowercase().split(", ").any(|name| name == "accept-language"), "{}", headers[3]);
    assert_eq!(printed.header("content-disposition").unwrap(), format!("inline; filename=\"vigie-{}-{name}.pdf\"", room.number));
    assert!(printed.bytes.starts_with(b"%PDF-1.7") && printed.bytes.trim_ascii_end().ends_with(b"%%EOF"), "{name}");
    let language = format!("/Lang({language}-");
    assert!(printed.text.contains(&language), "{name} is not in {language}");
}

#[tokio::test]
async fn staff_print_the_documents_of_a_session_in_their_language() {
    let room = Room::open(&Api::anywhere().await).await;
    room.enrol(0..2).await;
    for name in DOCUMENTS {
        for (token, language, expected) in [(&room.organiser, "en", "en"), (&room.proctor, "fr", "fr"), (&room.proctor, "de", "fr")] {
            is_printed(&document(&room, name, token, language).await, &room, name, expected);
        }
    }
}

#[tokio::test]
async fn its_organisers_print_the_report_whenever_they_want() {
    let api = Api::anywhere().await;
    let pupil = Room::open(&api).await.joined().await;
    let room = &pupil.room;
    for finalised in [false, true] {
        if finalised {
            room.finalise().await.ok();
        }
        for (language, expected) in [("fr", "fr"), ("en", "en"), ("de", "fr")] {
            is_printed(&document(room, "report", &room.organiser, language).await, room, "report", expected);
        }
        document(room, "report", &api.other_organiser().await, "fr").await.refused(404, "session_not_found");
        for token in [&room.proctor, &pupil.token, ""] {
            document(room, "report", token, "fr").await.refused(401, "unauthenticated");
        }
        document(room, "report", &api.account().await, "fr").await.refused(403, "forbidden");
    }
    let nowhere = Room { number: "99999".to_owned(), ..room.clone() };
    document(&nowhere, "report", &room.organiser, "fr").await.refused(404, "session_not_found");
}

#[tokio::test]
async fn a_finalised_session_is_still_printed_and_nobody_elses_ever() {
    let api = Api::anywhere().await;
    let pupil = Room::open(&api).await.joined().await;
    let room = &pupil.room;
    room.finalise().await.ok();
    for name in DOCUMENTS {
        assert_eq!(document(room, name, &room.organiser, "fr").await.status, 200, "{name}");
        document(room, name, &api.other_organiser().await, "fr").await.refused(404, "session_not_found");
        document(room, name, &api.account().await, "fr").await.refused(403, "forbidden");
        document(room, name, &pupil.token, "fr").await.refused(401, "unauthenticated");
        document(room, name, "", "fr").await.refused(401, "unauthenticated");
        let nowhere = Room { number: "99999".to_owned(), ..room.clone() };
        document(&nowhere, name, &room.organiser, "fr").await.refused(404, "session_not_found");
        document(&nowhere, name, &room.proctor, "fr").await.refused(403, "forbidden");
    }
}

#[tokio::test]
async fn who_came_in_by_a_replaced_password_prints_nothing() {
    let room = Room::open(&Api::anywhere().await).await;
    let codes = tests::json!({"replace": ["sessionPassword"]});
    room.api.post(room.path("/codes")).token(&room.organiser).json(&codes).send().await.ok();
    for name in DOCUMENTS {
        document(&room, name, &room.proctor, "fr").await.refused(401, "unauthenticated");
    }
}
