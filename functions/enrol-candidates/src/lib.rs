//! `POST /sessions/{session}/candidates`: enrols a class list.

use axum::{extract::State, http::StatusCode};
use deserr::Deserr;
use serde::Serialize;
use shared::{
    App,
    domain::{
        candidate::{Candidate, NewCandidate},
        history::{Actor, ActorRole},
        identity::CandidateId,
        invalid::Invalid,
        name::PersonName,
        refusal::Refusal,
        session::{Birthdate, EXTRA_TIME_PERCENT, MAX_CANDIDATES, SessionStatus},
    },
    http::{
        CandidateView, Json, Organiser, Problem, RequestKey, SessionInPath,
        body::{FieldErrors, within},
    },
    refusals, store,
};
use std::collections::BTreeSet;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

/// A DynamoDB transaction holds 100 items, and the session is one of them.
const MAX_AT_ONCE: usize = 99;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(enrol))
}

#[derive(Deserr, ToSchema)]
#[deserr(error = FieldErrors)]
struct ClassList {
    #[deserr(try_from(Vec<Pupil>) = at_once -> Invalid)]
    #[schema(min_items = 1, max_items = 99)]
    candidates: Vec<Pupil>,
}

fn at_once(pupils: Vec<Pupil>) -> Result<Vec<Pupil>, Invalid> {
    match pupils.len() {
        0 => Err(Invalid::TooShort { min: 1 }),
        n if n > MAX_AT_ONCE => Err(Invalid::TooLong { max: MAX_AT_ONCE }),
        _ => Ok(pupils),
    }
}

#[derive(Deserr, ToSchema)]
#[deserr(error = FieldErrors, rename_all = camelCase)]
#[schema(rename_all = "camelCase", as = NewCandidate)]
struct Pupil {
    #[schema(value_type = String, max_length = 255, example = "Zoé")]
    first_name: PersonName,
    #[schema(value_type = String, max_length = 255, example = "Bernard")]
    last_name: PersonName,
    #[schema(value_type = String, format = Date, example = "2012-05-31")]
    birthdate: Birthdate,
    /// 0 unless given.
    #[deserr(default = ExtraTime(0), try_from(Option<i64>) = extra_time -> Invalid)]
    #[schema(value_type = Option<u32>, nullable = false, minimum = 0, maximum = 200, example = 33)]
    extra_time_percent: ExtraTime,
}

struct ExtraTime(u32);

fn extra_time(percent: Option<i64>) -> Result<ExtraTime, Invalid> {
    within(&EXTRA_TIME_PERCENT, percent.unwrap_or(0)).map(ExtraTime)
}

#[derive(Serialize, ToSchema)]
struct Enrolled {
    /// In the order given.
    candidates: Vec<CandidateView>,
}

refusals!(Refusals: Unauthenticated, Forbidden, SessionNotFound, MalformedBody, BodyTooLarge, InvalidFields, SessionFinalised, SessionFull, AlreadyEnrolled);

/// Enrol candidates, all or none.
#[utoipa::path(post, path = "/sessions/{session}/candidates", operation_id = "enrolCandidates", tag = "organiser",
    params(("session" = String, Path, example = "9533127")), request_body = ClassList,
    responses((status = 201, body = Enrolled), Refusals))]
async fn enrol(
    State(app): State<App>,
    organiser: Organiser,
    SessionInPath(number): SessionInPath,
    key: Result<RequestKey, Problem>,
    list: Result<Json<ClassList>, Problem>,
) -> Result<(StatusCode, Json<Enrolled>), Problem> {
    let session = app.store().session(&number).await?.filter(|session| session.organiser == organiser.account).ok_or(Refusal::SessionNotFound)?;
    let (key, Json(ClassList { candidates: pupils })) = (key?, list?);
    let code_key = app.codes().of(&session).ok_or_else(|| Problem::internal("the session's code key is lost"))?;
    let now = app.now();
    let request = key.request_id("enrol", &organiser.account);
    let actor = Actor { role: ActorRole::Organiser, account: organiser.account };
    let candidates: Vec<_> = pupils
        .into_iter()
        .map(|pupil| {
            let new = NewCandidate {
                id: CandidateId::of(code_key, &number, [&pupil.first_name, &pupil.last_name], pupil.birthdate),
                first_name: pupil.first_name,
                last_name: pupil.last_name,
                birthdate: pupil.birthdate,
                extra_time_percent: pupil.extra_time_percent.0,
            };
            Candidate::enrolled(new, &session, &actor, now, request.clone())
        })
        .collect();
    refuse_doubles(session.status, session.candidate_count, &candidates)?;
    let enrolled = app.store().enrol(&session, candidates, &request).await?;
    Ok((StatusCode::CREATED, Json(Enrolled { candidates: enrolled.iter().map(|candidate| CandidateView::of(candidate, now)).collect() })))
}

/// A transaction can't name an item twice, so doubles inside the list are found here.
fn refuse_doubles(status: SessionStatus, enrolled: u32, candidates: &[Candidate]) -> Result<(), store::Error> {
    let mut seen = BTreeSet::new();
    let doubles: Vec<_> = candidates.iter().enumerate().filter_map(|(place, candidate)| (!seen.insert(&candidate.id)).then_some(place)).collect();
    let full = enrolled.saturating_add(u32::try_from(seen.len()).unwrap_or(u32::MAX)) > MAX_CANDIDATES;
    match (doubles.is_empty(), status) {
        (true, _) => Ok(()),
        (false, SessionStatus::Finalising | SessionStatus::Finalised) => Err(Refusal::SessionFinalised.into()),
        (false, SessionStatus::Open) if full => Err(Refusal::SessionFull.into()),
        (false, SessionStatus::Open) => Err(store::Error::AlreadyEnrolled(doubles)),
    }
}
