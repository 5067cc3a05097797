//! `GET /sessions/{session}/board`: what a proctor looks at.

use axum::{extract::State, http::HeaderMap, response::Response};
use jiff::Timestamp;
use serde::Serialize;
use shared::{
    App,
    domain::{channel::Channel, seen::Seen, session::SessionProctor},
    http::{
        CandidateView, Problem, Proctor, SessionInPath, SessionView, Staff,
        polling::{Polled, polled},
        views::{Named, Summary},
    },
    refusals,
};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(board))
}

#[derive(Hash, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Board {
    session: SessionView,
    /// Whose account looks, when it proctors.
    #[serde(skip_serializing_if = "Option::is_none")]
    proctor: Option<Named>,
    /// Who logged in to the session as its proctor, the longest here first.
    proctors: Vec<ProctorView>,
    /// By family name, then given name, accents and case ignored.
    candidates: Vec<CandidateView>,
    summary: Summary,
    /// How many codes the session has had: where it grows, the kit has new ones.
    #[schema(example = 2)]
    codes_issued: u32,
}

#[derive(Hash, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ProctorView {
    first_name: String,
    last_name: String,
    /// When they first logged in to it.
    #[schema(value_type = String, format = DateTime)]
    since: Timestamp,
}

impl From<SessionProctor> for ProctorView {
    fn from(proctor: SessionProctor) -> Self {
        Self { first_name: proctor.first_name, last_name: proctor.last_name, since: proctor.since }
    }
}

refusals!(Refusals: Unauthenticated, Forbidden, SessionNotFound);

/// See the room.
///
/// Ask again after `refreshAfterSeconds`, with the `ETag` as `If-None-Match`.
#[utoipa::path(get, path = "/sessions/{session}/board", operation_id = "sessionBoard", tag = "proctor",
    params(SessionInPath, ("If-None-Match" = Option<String>, Header, description = "The `ETag` of the last answer: 304 while nothing has changed")),
    responses((status = 200, body = Polled<Board>, headers(("ETag" = String))), (status = 304, description = "Nothing has changed"), Refusals))]
async fn board(
    State(app): State<App>,
    staff: Staff,
    SessionInPath(number): SessionInPath,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let mut room = app.store().board(&number).await?;
    staff.check(&room.session)?;
    room.in_order();
    let now = app.now();
    let view = |candidate: Seen| {
        let away_since = room.here.get(&candidate.id).and_then(|here| here.away_since(&candidate, app.silence(), now));
        CandidateView { away_since, ..CandidateView::for_staff(candidate, now) }
    };
    let (proctor, channel) = match staff {
        Staff::Proctor(Proctor { first_name, last_name, .. }) => (Some(Named { first_name, last_name }), Some(Channel::room(&number))),
        Staff::Organiser(_) => (None, None),
    };
    let board = Board {
        session: (&room.session).into(),
        proctor,
        proctors: room.proctors.into_iter().map(Into::into).collect(),
        codes_issued: room.session.code_issue + room.session.password_issue,
        summary: Summary::of(room.candidates.iter().map(|candidate| candidate.status)),
        candidates: room.candidates.into_iter().map(view).collect(),
    };
    Ok(polled(&app, &headers, board, app.pace().board, channel.as_ref()))
}
