//! `POST …/start`: starts a candidate's test, or resumes it.

use axum::{extract::State, http::StatusCode};
use deserr::Deserr;
use jiff::Timestamp;
use serde::Serialize;
use shared::{
    App,
    domain::{act::Act, candidate::Candidate, code::TypedCode},
    http::{
        CandidateInPath, JoinedCandidate, Json, Problem, RequestKey,
        body::FieldErrors,
        token::{ATTEMPT_GRACE, Claims, Kind},
        views::Access,
    },
    refusals,
};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(start))
}

#[derive(Deserr, ToSchema)]
#[deserr(error = FieldErrors, rename_all = camelCase)]
#[schema(rename_all = "camelCase", as = AccessCode)]
struct Code {
    /// Given by the proctor; in any case, with stray spaces.
    #[schema(value_type = String, example = "XGDZ46")]
    access_code: TypedCode,
}

#[derive(Serialize, ToSchema)]
struct Started {
    attempt: Attempt,
    /// For the exam engine.
    #[serde(flatten)]
    access: Access,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Attempt {
    /// One for ever, however often the test is resumed.
    #[schema(example = "01JZ8K2M3N4P5Q6R7S8T9V0W1X")]
    id: String,
    #[schema(value_type = String, format = DateTime)]
    started_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    ends_at: Timestamp,
    /// False at the first start.
    resumed: bool,
}

refusals!(Refusals: Unauthenticated, Forbidden, CandidateNotFound, MalformedBody, InvalidFields, TooManyAttempts,
    WrongAccessCode, SessionFinalised, SessionNotOpen, SessionClosed, TestEnded, AttemptSuperseded, NotCheckedIn, ResumeNotAuthorised);

/// Start the test, or resume it.
///
/// The first start needs the proctor's tick, a later one their authorisation; each is consumed by
/// the start. Send an `Idempotency-Key`: a retry with the same one gets the same answer while that
/// start is the latest and the test runs, also when the access code was replaced since. Wrong codes lock as wrong
/// passwords do; each request with a wrong code is a try.
#[utoipa::path(post, path = "/sessions/{session}/candidates/{candidate}/start", operation_id = "candidateStart", tag = "candidate",
    params(CandidateInPath),
    request_body = Code,
    responses((status = 201, description = "Started", body = Started), (status = 200, description = "Resumed", body = Started), Refusals))]
async fn start(
    State(app): State<App>,
    candidate: JoinedCandidate,
    key: RequestKey,
    Json(Code { access_code }): Json<Code>,
) -> Result<(StatusCode, Json<Started>), Problem> {
    let change = key.change(Act::Start, candidate.actor(), app.now());
    let started = app.store().start(&candidate.session, &candidate.id, &change, &access_code, app.codes()?).await?;
    let answer = answer(&app, started)?;
    let status = if answer.attempt.resumed { StatusCode::OK } else { StatusCode::CREATED };
    Ok((status, Json(answer)))
}

/// Made from the record alone, so that a retry gets the same answer to the letter.
fn answer(app: &App, candidate: Candidate) -> Result<Started, Problem> {
    let missing = || Problem::internal("a started candidate has no attempt");
    let attempt = Attempt {
        ends_at: candidate.ends_at().ok_or_else(missing)?,
        id: candidate.attempt.ok_or_else(missing)?,
        started_at: candidate.started_at.ok_or_else(missing)?,
        resumed: candidate.starts > 1,
    };
    let account = candidate.account.ok_or_else(missing)?;
    let issued = candidate.last_start_at.ok_or_else(missing)?;
    let access = app.grant(Claims {
        session: Some(candidate.session),
        candidate: Some(candidate.id),
        attempt: Some(attempt.id.clone()),
        start: Some(candidate.starts),
        ..Claims::new(Kind::Attempt, &account, issued, attempt.ends_at.max(issued) + ATTEMPT_GRACE)
    })?;
    Ok(Started { attempt, access })
}
