//! `PATCH …/candidates/{candidate}`: corrects what was enrolled of a candidate.

use axum::extract::State;
use deserr::Deserr;
use shared::{
    App,
    domain::{correction::Enrolment, history::SessionAction, identity::Birthdate, invalid::Invalid, name::PersonName},
    http::{
        CandidateInPath, CandidateView, Json, Organiser, Problem, RequestKey, SessionInPath,
        body::{FieldErrors, extra_time},
    },
    refusals,
};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(edit))
}

/// What is absent stays as it is.
#[derive(Deserr, ToSchema)]
#[deserr(error = FieldErrors, rename_all = camelCase)]
#[schema(rename_all = "camelCase")]
struct CandidateEdit {
    #[deserr(default)]
    #[schema(value_type = Option<String>, nullable = false, max_length = 255, example = "Zoé")]
    first_name: Option<PersonName>,
    #[deserr(default)]
    #[schema(value_type = Option<String>, nullable = false, max_length = 255, example = "Bernard")]
    last_name: Option<PersonName>,
    #[deserr(default)]
    #[schema(value_type = Option<String>, nullable = false, format = Date, example = "2012-05-13")]
    birthdate: Option<Birthdate>,
    #[deserr(default, try_from(Option<i64>) = extra_time -> Invalid)]
    #[schema(value_type = Option<u32>, nullable = false, minimum = 0, maximum = 200, example = 33)]
    extra_time_percent: Option<u32>,
}

impl CandidateEdit {
    fn of(&self, enrolment: &mut Enrolment) {
        let Self { first_name, last_name, birthdate, extra_time_percent } = self;
        if let Some(name) = first_name {
            enrolment.first_name.clone_from(name);
        }
        if let Some(name) = last_name {
            enrolment.last_name.clone_from(name);
        }
        enrolment.birthdate = birthdate.unwrap_or(enrolment.birthdate);
        enrolment.extra_time_percent = extra_time_percent.unwrap_or(enrolment.extra_time_percent);
    }
}

refusals!(Refusals: Unauthenticated, Forbidden, SessionNotFound, CandidateNotFound, MalformedBody, InvalidFields,
    SessionFinalised, AlreadyEnrolled, TestEnded, TooManyChanges);

/// Correct a candidate's name, birth date or extra time.
///
/// Another identity of a candidate nobody joined is another `id`, so that they can join by what is right; of a joined or
/// started one the `id` stays. Names until finalisation, extra time until the test is over.
#[utoipa::path(patch, path = "/sessions/{session}/candidates/{candidate}", operation_id = "editCandidate", tag = "organiser",
    params(CandidateInPath), request_body = CandidateEdit, responses((status = 200, body = CandidateView), Refusals))]
async fn edit(
    State(app): State<App>,
    organiser: Organiser,
    SessionInPath(number): SessionInPath,
    id: Result<CandidateInPath, Problem>,
    key: Result<RequestKey, Problem>,
    edit: Result<Json<CandidateEdit>, Problem>,
) -> Result<Json<CandidateView>, Problem> {
    let CandidateInPath(id) = organiser.first(&app, &number, id).await?;
    let (key, Json(edit)) = organiser.first_of(&app, &number, &id, key.and_then(|key| Ok((key, edit?)))).await?;
    let (codes, now) = (app.codes()?, app.now());
    let mending = organiser.mending(&key, SessionAction::Correct, id.as_str(), now);
    let id_of = |session: &_, who: &Enrolment| Some(who.id(codes.of(session)?, &number));
    let candidate = app.store().correct(&number, &id, &mending, |enrolment| edit.of(enrolment), id_of).await?;
    Ok(Json(CandidateView::for_staff(&candidate, now)))
}
