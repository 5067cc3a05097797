//! The events of `events/`, filled in: a room, its people and their tokens.

use crate::{
    Room, World, answer,
    functions::event,
    operations::{COLLEAGUE, For, LINK, Once, Operation, PASS, filled, operation},
    people::identity,
    record::claims,
};
use serde_json::{Value, json};
use shared::domain::letter::Purpose;

/// The operation that an event is for; none for what no route takes.
pub fn operation_of(event: &Value) -> Option<Operation> {
    let http = &event["requestContext"]["http"];
    operation(&answer(http, "method").parse().unwrap(), &answer(http, "path"))
}

/// The event of a proctor who subscribes to their room's channel.
pub async fn subscription(world: &World) -> Value {
    let room = Room::open(world).await;
    let mut event = event("authorise-channel");
    event["authorizationToken"] = json!(room.proctor);
    event["requestContext"]["channel"] = json!(format!("/room/{}/*", room.number));
    event
}

/// An event of `events/` for a new room in the state that it needs, and the status of its answer.
pub async fn prepare(world: &World, event: &Value) -> (Value, u16) {
    let Some(operation) = operation_of(event) else { return (event.clone(), 404) };
    let room = Room::open(world).await;
    let mut pupils = if operation.once >= Once::Enrolled { room.enrol(0..3).await } else { vec![] };
    let (mut attempt, mut pass) = (String::new(), PASS.to_owned());
    if let [pupil, ..] = pupils.as_mut_slice() {
        if operation.once == Once::Passed {
            pass = pupil.pass().await;
        }
        if operation.once >= Once::Joined {
            pupil.join(&identity(0)).await;
        }
        if operation.once >= Once::Ticked {
            pupil.tick(true).await.ok();
        }
        if operation.once >= Once::Started {
            attempt = answer(&pupil.start("before").await.ok(), "accessToken");
        }
    }
    let somebody = if operation.whom == For::Owners { world.owner().await } else { world.account().await };
    let token = match operation.whom {
        For::Everybody => "",
        For::Owners => &somebody,
        For::Accounts => pupils.first().map_or(&somebody, |pupil| &pupil.account),
        For::Organisers | For::ItsCentre | For::ItsOrganiser => &room.organiser,
        For::Proctors | For::Staff | For::InTheRoom => &room.proctor,
        For::TestTakers | For::Attempts if !attempt.is_empty() => &attempt,
        For::Candidates | For::TestTakers | For::Attempts => &pupils[0].token,
    };
    let ids: Vec<_> = pupils.iter().map(|pupil| &pupil.id).collect();
    let link = match operation.id {
        "acceptInvitation" => world.invitation(&room.organiser, &answer(&claims(&somebody), "email")).await,
        "proveEmail" => world.link(Purpose::Proof).await,
        "resetPassword" => world.link(Purpose::Password).await,
        _ => LINK.to_owned(),
    };
    let mut event = event.to_string().replace("Bearer TOKEN", &format!("Bearer {token}")).replace(PASS, &pass).replace(LINK, &link);
    if operation.whom == For::ItsCentre {
        let colleague = world.colleague(&room.organiser).await;
        event = event.replace(COLLEAGUE, &answer(&claims(&colleague), "sub"));
    }
    let event: Value = event.parse().unwrap();
    (filled(&event, &room, &ids), operation.status)
}
