//! `POST …/incidents`: reports what happened in the room.

use axum::{extract::State, http::StatusCode};
use deserr::Deserr;
use shared::{
    App,
    domain::{
        identity::CandidateId,
        incident::{Category, Incident, IncidentText, Report},
        name::shown,
        refusal::Refusal,
        request::Said,
    },
    http::{Json, Problem, RequestKey, SessionInPath, Staff, body::FieldErrors, views::IncidentView},
    refusals,
};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(report))
}

#[derive(Deserr, ToSchema)]
#[deserr(error = FieldErrors)]
struct NewIncident {
    category: Category,
    /// In one's own words, of several lines if need be.
    #[deserr(default)]
    #[schema(value_type = Option<String>, nullable = false, max_length = 1000, example = "Alarme incendie à 10 h 12, retour en salle à 10 h 24.")]
    text: Option<IncidentText>,
    /// The id of whom it is about, if it is about one candidate.
    #[deserr(default)]
    #[schema(nullable = false, example = "KZ2XQ5DHP3WJ6YBT7MFA4ECVGU")]
    candidate: Option<String>,
}

refusals!(Refusals: Unauthenticated, Forbidden, SessionNotFound, CandidateNotFound, MalformedBody, InvalidFields, KeyReused,
    SessionFinalised, TooManyChanges);

/// Report an incident.
///
/// It belongs into the session's report, beside the candidates' histories.
#[utoipa::path(post, path = "/sessions/{session}/incidents", operation_id = "reportIncident", tag = "proctor",
    params(SessionInPath), request_body = NewIncident,
    responses((status = 201, body = IncidentView), Refusals))]
async fn report(
    State(app): State<App>,
    staff: Staff,
    SessionInPath(number): SessionInPath,
    key: Result<RequestKey, Problem>,
    incident: Result<Json<NewIncident>, Problem>,
) -> Result<(StatusCode, Json<IncidentView>), Problem> {
    let (key, Json(new)) = staff.first(&app, &number, key.and_then(|key| Ok((key, incident?)))).await?;
    // An id that can't exist is nobody's.
    let candidate = new.candidate.map(|id| CandidateId::parse(&id).ok_or_else(|| Refusal::CandidateNotFound.into())).transpose();
    let candidate = staff.first(&app, &number, candidate).await?;
    let report = Report { category: new.category, text: new.text, candidate };
    let (by, at) = (staff.actor(), app.now());
    let request = key.request_id("reportIncident", &by.account);
    let (first_name, last_name) = staff.names();
    let incident = Incident {
        id: request.ulid(at),
        at,
        role: by.role,
        account: by.account.clone(),
        first_name: shown(first_name),
        last_name: shown(last_name),
        said: Said::of(&report).map_err(Problem::internal)?,
        report,
    };
    let reported = app.store().report(&number, &by, incident, &request).await?;
    Ok((StatusCode::CREATED, Json(reported.into())))
}
