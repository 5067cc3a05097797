//! What stands in the events of `events/`, filled in: a room, its people and their tokens.

use crate::{Pupil, Room, World, answer, people::identity};
use serde_json::{Value, json};

/// Whose token the request bears.
#[derive(Clone, Copy)]
enum As {
    Nobody,
    Organiser,
    Proctor,
    /// The pupil's account.
    Account,
    Candidate,
    Attempt,
}

/// How far the pupil has come before.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Before {
    Nothing,
    Enrolled,
    Joined,
    Ticked,
    Started,
}

/// Each event: who sends it, when, and the status of the answer.
const EVENTS: [(&str, As, Before, u16); 24] = [
    ("api-root-health", As::Nobody, Before::Nothing, 200),
    ("api-root-jwks", As::Nobody, Before::Nothing, 200),
    ("api-root-openapi", As::Nobody, Before::Nothing, 200),
    ("api-root-unmatched", As::Nobody, Before::Nothing, 404),
    ("candidate-finish", As::Attempt, Before::Started, 200),
    ("candidate-join", As::Account, Before::Enrolled, 200),
    ("candidate-leave", As::Candidate, Before::Started, 204),
    ("candidate-start", As::Candidate, Before::Ticked, 201),
    ("candidate-status", As::Candidate, Before::Joined, 200),
    ("candidate-unlink", As::Proctor, Before::Joined, 200),
    ("check-in", As::Proctor, Before::Enrolled, 200),
    ("check-in-several", As::Proctor, Before::Enrolled, 200),
    ("create-session", As::Organiser, Before::Nothing, 201),
    ("end-test", As::Proctor, Before::Started, 200),
    ("enrol-candidates", As::Organiser, Before::Nothing, 201),
    ("finalise-session", As::Organiser, Before::Started, 200),
    ("list-sessions", As::Organiser, Before::Nothing, 200),
    ("login", As::Nobody, Before::Nothing, 200),
    ("proctor-kit", As::Organiser, Before::Nothing, 200),
    ("proctor-login", As::Account, Before::Nothing, 200),
    ("resume", As::Proctor, Before::Started, 200),
    ("resume-withdraw", As::Proctor, Before::Started, 200),
    ("session-board", As::Proctor, Before::Started, 200),
    ("signup", As::Nobody, Before::Nothing, 201),
];

/// The numbers, ids and codes that stand in the events.
pub const SESSION: &str = "95331";
pub const CANDIDATES: [&str; 3] = ["KZ2XQ5DHP3WJ6YBT7MFA4ECVGU", "B6TQ2WMRA7YJ5XNKD3HZ4OVFLE", "QH4LU3ZC6EPXD2YVM5SG7BRATW"];
const SESSION_PASSWORD: &str = "C-7GHJ4K";
const ACCESS_CODE: &str = "XGDZ45";

/// An event of `events/` for a new room in the state that it needs, and the status of its answer.
pub async fn prepare(world: &World, name: &str, event: &Value) -> (Value, u16) {
    let (_, who, before, status) = *EVENTS.iter().find(|(known, ..)| *known == name).unwrap_or_else(|| panic!("{name} is not known"));
    let room = Room::open(world).await;
    let zoe = json!({"firstName": "Zoé", "lastName": "Bernard", "birthdate": "2012-05-31"});
    let mut pupil =
        Pupil { room: room.clone(), id: String::new(), name: "Zoé Bernard".into(), account: world.account(false), token: String::new() };
    let (mut ids, mut attempt) = (vec![], String::new());
    if before >= Before::Enrolled {
        let list = json!({"candidates": [zoe, identity(1), identity(2)]});
        let enrolled = world.post(room.path("/candidates")).token(&room.organiser).json(&list).send().await.ok();
        ids = enrolled["candidates"].as_array().unwrap().iter().map(|view| answer(view, "id")).collect();
        pupil.id.clone_from(&ids[0]);
    }
    if before >= Before::Joined {
        pupil.join(&zoe).await;
    }
    if before >= Before::Ticked {
        pupil.tick(true).await.ok();
    }
    if before >= Before::Started {
        attempt = answer(&pupil.start("before").await.ok(), "accessToken");
    }
    let token = match who {
        As::Nobody => "",
        As::Organiser => &room.organiser,
        As::Proctor => &room.proctor,
        As::Account => &pupil.account,
        As::Candidate => &pupil.token,
        As::Attempt => &attempt,
    };
    let mut text = event.to_string().replace("Bearer TOKEN", &format!("Bearer {token}")).replace(SESSION, &room.number);
    text = text.replace(SESSION_PASSWORD, &room.session_password).replace(ACCESS_CODE, &room.access_code);
    for (example, id) in CANDIDATES.iter().zip(&ids) {
        text = text.replace(example, id);
    }
    (serde_json::from_str(&text).unwrap(), status)
}
