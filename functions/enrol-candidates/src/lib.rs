//! `POST /sessions/{session}/candidates`: enrols a class list.

use axum::{extract::State, http::StatusCode};
use deserr::Deserr;
use serde::Serialize;
use shared::{
    App,
    domain::{
        candidate::Candidate,
        correction::Enrolment,
        identity::Birthdate,
        invalid::Invalid,
        name::PersonName,
        refusal::Refusal,
        request::Said,
        session::{MAX_CANDIDATES, Session, SessionStatus},
    },
    http::{
        CandidateView, Json, Organiser, Problem, RequestKey, SessionInPath,
        body::{FieldErrors, at_once, extra_time},
    },
    refusals, store,
};
use std::collections::BTreeSet;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

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

#[derive(Deserr, Serialize, ToSchema)]
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
    #[deserr(default, try_from(Option<i64>) = extra_time_or_none -> Invalid)]
    #[schema(value_type = Option<u32>, nullable = false, minimum = 0, maximum = 200, example = 33)]
    extra_time_percent: u32,
}

fn extra_time_or_none(percent: Option<i64>) -> Result<u32, Invalid> {
    extra_time(percent).map(Option::unwrap_or_default)
}

#[derive(Serialize, ToSchema)]
struct Enrolled {
    /// In the order given.
    candidates: Vec<CandidateView>,
}

refusals!(Refusals: Unauthenticated, Forbidden, SessionNotFound, MalformedBody, InvalidFields, KeyReused, SessionFinalised, SessionFull, AlreadyEnrolled);

/// Enrol candidates, all or none.
///
/// `already_enrolled` names each who is, also doubles in the list.
#[utoipa::path(post, path = "/sessions/{session}/candidates", operation_id = "enrolCandidates", tag = "organiser",
    params(SessionInPath), request_body = ClassList,
    responses((status = 201, body = Enrolled), Refusals))]
async fn enrol(
    State(app): State<App>,
    organiser: Organiser,
    SessionInPath(number): SessionInPath,
    key: Result<RequestKey, Problem>,
    list: Result<Json<ClassList>, Problem>,
) -> Result<(StatusCode, Json<Enrolled>), Problem> {
    let session = app.store().session_of(&organiser.actor(), &number).await?;
    let (key, Json(ClassList { candidates: pupils })) = (key?, list?);
    let code_key = app.codes()?.of(&session).ok_or_else(|| Problem::internal("the session's code key is lost"))?;
    let now = app.now();
    let request = key.request_id("enrol", &organiser.account);
    let said = Said::of(&pupils).map_err(Problem::internal)?;
    let actor = organiser.actor();
    let candidates: Vec<_> = pupils
        .into_iter()
        .map(|pupil| {
            let new = Enrolment {
                first_name: pupil.first_name,
                last_name: pupil.last_name,
                birthdate: pupil.birthdate,
                extra_time_percent: pupil.extra_time_percent,
            };
            Candidate::enrolled(new.id(code_key, &number), new, &session, &actor, now, request.clone())
        })
        .collect();
    refuse_doubles(&app, &session, &candidates).await?;
    let enrolled = app.store().enrol(session, candidates, now, &request, &said, None).await?;
    Ok((
        StatusCode::CREATED,
        Json(Enrolled { candidates: enrolled.iter().map(|candidate| CandidateView::for_staff(candidate, now)).collect() }),
    ))
}

/// A transaction can't name an item twice, so doubles inside the list are found here; then whoever is
/// enrolled already is named with them.
async fn refuse_doubles(app: &App, session: &Session, candidates: &[Candidate]) -> Result<(), store::Error> {
    let mut ids = BTreeSet::new();
    let doubles: Vec<_> = candidates.iter().map(|candidate| !ids.insert(candidate.id.clone())).collect();
    let added = u32::try_from(ids.len()).unwrap_or(u32::MAX);
    if !doubles.contains(&true) && !candidates.iter().any(|candidate| session.is_corrected_to(&candidate.id)) {
        Ok(())
    } else if session.status != SessionStatus::Open {
        Err(Refusal::SessionFinalised.into())
    } else if session.candidate_count.saturating_add(added) > MAX_CANDIDATES {
        Err(Refusal::SessionFull.into())
    } else {
        let ids: Vec<_> = ids.into_iter().collect();
        let (_, known) = app.store().session_and_candidates(&session.number, &ids).await?;
        let is_known = |candidate: &Candidate| session.is_corrected_to(&candidate.id) || known.iter().any(|known| known.id == candidate.id);
        let places = candidates.iter().zip(doubles).enumerate().filter(|(_, (candidate, double))| *double || is_known(candidate));
        Err(store::Error::AlreadyEnrolled(places.map(|(place, _)| place).collect()))
    }
}
