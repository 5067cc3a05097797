//! `PUT …/here`: a candidate's page says that it is there, or that it is being closed.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use deserr::Deserr;
use shared::{
    App,
    domain::{here::Here, refusal::Refusal, state_table::Status},
    http::{
        AttemptHolder, CandidateInPath, Json, Problem, RequestKey,
        body::FieldErrors,
        polling::Polled,
        standing::{Joined, Standing},
    },
    refusals,
};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(hear))
}

#[derive(Deserr, ToSchema)]
#[deserr(error = FieldErrors)]
#[schema(as = WordOfAPage)]
struct Word {
    /// False as the page is closed.
    #[schema(example = true)]
    here: bool,
}

refusals!(Refusals: Unauthenticated, Forbidden, CandidateNotFound, MalformedBody, InvalidFields, AttemptSuperseded);

/// Say that the page of a running test is there, and see where one stands.
///
/// Instead of the status while the test runs, at the same pace. The room sees who was not heard of (`awaySince`); it
/// changes nothing of the test, and is no part of the record. The newest word counts.
#[utoipa::path(put, path = "/sessions/{session}/candidates/{candidate}/here", operation_id = "candidateHere", tag = "candidate",
    params(CandidateInPath, ("If-None-Match" = Option<String>, Header, description = "The `ETag` of the last answer: 304 while nothing has changed")),
    request_body = Word,
    responses((status = 200, body = Polled<Standing>, headers(("ETag" = String))), (status = 204, description = "The page is closed"),
        (status = 304, description = "Nothing has changed"), Refusals))]
async fn hear(
    State(app): State<App>,
    attempt: AttemptHolder,
    headers: HeaderMap,
    key: Result<RequestKey, Problem>,
    word: Result<Json<Word>, Problem>,
) -> Result<Response, Problem> {
    // Before the read: a word is as new as its arrival, however long the read takes.
    let heard_at = app.now();
    let joined = Joined::read(&app, &attempt.candidate).await?;
    let (_, Json(Word { here })) = key.and_then(|key| Ok((key, word?)))?;
    if joined.candidate.starts != attempt.start {
        return Err(Refusal::AttemptSuperseded.into());
    }
    if joined.candidate.status == Status::InProgress {
        let word = Here { start: attempt.start, heard_at, away: !here };
        app.store().hear(&attempt.candidate.session, &attempt.candidate.id, &word).await?;
    }
    Ok(if here { joined.tell(&app, &headers, app.pace().running) } else { StatusCode::NO_CONTENT.into_response() })
}
