//! `PUT …/presence`: ticks who is in the room, one candidate or many.

use axum::{Extension, extract::State};
use deserr::Deserr;
use shared::{
    App,
    domain::{act::Act, invalid::Invalid},
    http::{
        CandidateInPath, CandidateView, Json, Problem, Proctor, RequestKey, SessionInPath,
        body::FieldErrors,
        bulk::{self, Results, each_once},
        layers::Done,
    },
    refusals,
};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(one)).routes(routes!(several))
}

#[derive(Deserr, ToSchema)]
#[deserr(error = FieldErrors)]
struct Presence {
    /// True sets the tick, false takes it back.
    #[schema(example = true)]
    present: bool,
}

#[derive(Deserr, ToSchema)]
#[deserr(error = FieldErrors)]
struct PresenceOfSeveral {
    #[schema(example = true)]
    present: bool,
    /// Candidate ids; a repeated one counts once.
    #[deserr(try_from(Vec<String>) = each_once -> Invalid)]
    #[schema(min_items = 1, max_items = 99, example = json!(["KZ2XQ5DHP3WJ6YBT7MFA4ECVGU"]))]
    candidates: Vec<String>,
}

refusals!(Refusals: Unauthenticated, Forbidden, CandidateNotFound, MalformedBody, InvalidFields, SessionFinalised, TestEnded, AlreadyStarted, TooManyChanges);

/// Tick a candidate as present, or take the tick back.
///
/// Only who is ticked may start, and the start consumes the tick. Again: the same.
#[utoipa::path(put, path = "/sessions/{session}/candidates/{candidate}/presence", operation_id = "checkIn", tag = "proctor",
    params(CandidateInPath),
    request_body = Presence, responses((status = 200, body = CandidateView), Refusals))]
async fn one(
    State(app): State<App>,
    proctor: Proctor,
    CandidateInPath(id): CandidateInPath,
    key: RequestKey,
    presence: Result<Json<Presence>, Problem>,
) -> Result<Json<CandidateView>, Problem> {
    // An unknown candidate counts before a bad body, and only the table knows.
    let Json(Presence { present }) = match presence {
        Ok(presence) => presence,
        Err(problem) => {
            let candidate = app.store().candidate(&proctor.session, &id).await?;
            proctor.check_terms(&candidate.terms)?;
            return Err(problem);
        }
    };
    proctor.act(&app, action(present), id, &key).await.map(Json)
}

/// Tick several candidates, with a result for each.
///
/// Each is ticked or refused by themselves: `status` and `code` are those of a request for them alone.
#[utoipa::path(put, path = "/sessions/{session}/presence", operation_id = "checkInSeveral", tag = "proctor",
    params(SessionInPath),
    request_body = PresenceOfSeveral, responses((status = 200, body = Results), bulk::Refusals))]
async fn several(
    State(app): State<App>,
    proctor: Proctor,
    key: RequestKey,
    Json(wanted): Json<PresenceOfSeveral>,
) -> Result<(Extension<Done>, Json<Results>), Problem> {
    bulk::each(wanted.candidates, |id| proctor.act(&app, action(wanted.present), id, &key)).await
}

const fn action(present: bool) -> Act {
    if present { Act::Tick } else { Act::Untick }
}
