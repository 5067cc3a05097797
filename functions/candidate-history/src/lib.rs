//! `GET …/history`: tells what happened to a candidate.

use axum::extract::State;
use jiff::Timestamp;
use serde::Serialize;
use shared::{
    App,
    domain::{act::Action, actor::ActorRole, correction::Former, history::Entry, refusal::Refusal},
    http::{CandidateInPath, Json, Problem, SessionInPath, Staff, views::Named},
    refusals,
    store::Past,
};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(history))
}

#[derive(Serialize, ToSchema)]
struct History {
    /// The oldest first.
    history: Vec<Event>,
}

#[derive(Serialize, ToSchema)]
struct Event {
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    action: Action,
    role: ActorRole,
    /// Who it was, as their account said; absent where nobody knows, as of who came in by a pass.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    by: Option<Named>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    reason: Option<String>,
    /// That were added.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    minutes: Option<i32>,
    /// Of a correction: what stood there before.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    former: Option<Former>,
}

fn event(entry: Entry, past: &Past) -> Event {
    Event {
        by: past.name_of(&entry).map(|(first_name, last_name)| Named { first_name, last_name }),
        at: entry.at,
        action: entry.action,
        role: entry.role,
        reason: entry.reason,
        minutes: entry.minutes,
        former: entry.former,
    }
}

refusals!(Refusals: Unauthenticated, Forbidden, SessionNotFound, CandidateNotFound);

/// See what happened to a candidate: who did what, when, and why.
///
/// Calls for help are no part of it.
#[utoipa::path(get, path = "/sessions/{session}/candidates/{candidate}/history", operation_id = "candidateHistory", tag = "proctor",
    params(CandidateInPath),
    responses((status = 200, body = History), Refusals))]
async fn history(
    State(app): State<App>,
    staff: Staff,
    SessionInPath(number): SessionInPath,
    id: Result<CandidateInPath, Problem>,
) -> Result<Json<History>, Problem> {
    let id = id.ok().map(|CandidateInPath(id)| id);
    let past = app.store().past(&number, id.as_ref()).await?;
    staff.check(&past.session)?;
    let candidate = past.candidate.as_ref().ok_or(Refusal::CandidateNotFound)?;
    Ok(Json(History { history: candidate.history.iter().map(|entry| event(entry.clone(), &past)).collect() }))
}
