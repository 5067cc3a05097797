//! `POST /sessions`: creates a session.

use axum::{
    extract::State,
    http::{StatusCode, header::LOCATION},
    response::AppendHeaders,
};
use deserr::Deserr;
use shared::{
    App,
    domain::{
        invalid::Invalid,
        name::Label,
        request::Said,
        session::{DEFAULT_DURATION_MINUTES, LocalTime, Plan, SessionDate, ZoneName},
    },
    http::{
        Json, Organiser, Problem, RequestKey,
        body::{FieldErrors, duration},
        views::Kit,
    },
    refusals,
};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(create))
}

#[derive(Deserr, ToSchema)]
#[deserr(error = FieldErrors, rename_all = camelCase)]
#[schema(rename_all = "camelCase")]
struct NewSession {
    /// Of the years 1900 to 2199.
    #[schema(value_type = String, format = Date, example = "2026-06-15")]
    date: SessionDate,
    /// Local, in `timeZone`.
    #[schema(value_type = String, example = "09:00")]
    time: LocalTime,
    /// IANA name; `Europe/Paris` unless given.
    #[deserr(default)]
    #[schema(value_type = Option<String>, nullable = false, example = "Europe/Paris")]
    time_zone: Option<ZoneName>,
    #[schema(value_type = String, max_length = 255, example = "Collège Jean Moulin")]
    site: Label,
    #[schema(value_type = String, max_length = 255, example = "Salle 12")]
    room: Label,
    /// The named proctor of the session.
    #[deserr(default)]
    #[schema(value_type = Option<String>, nullable = false, max_length = 255, example = "AED")]
    examiner: Option<Label>,
    /// 105 unless given.
    #[deserr(default, try_from(Option<i64>) = duration -> Invalid)]
    #[schema(value_type = Option<u32>, nullable = false, minimum = 5, maximum = 720, example = 105)]
    duration_minutes: Option<u32>,
}

refusals!(Refusals: Unauthenticated, Forbidden, MalformedBody, InvalidFields, KeyReused);

/// Create a session.
///
/// The answer is its kit: the number, drawn at random, and the codes for proctors and candidates.
#[utoipa::path(post, path = "/sessions", operation_id = "createSession", tag = "organiser", request_body = NewSession,
    responses((status = 201, body = Kit, headers(("Location" = String))), Refusals))]
async fn create(
    State(app): State<App>,
    organiser: Organiser,
    key: RequestKey,
    Json(new): Json<NewSession>,
) -> Result<(StatusCode, AppendHeaders<[(axum::http::HeaderName, String); 1]>, Json<Kit>), Problem> {
    let plan = Plan {
        date: new.date,
        time: new.time,
        time_zone: new.time_zone.unwrap_or_default(),
        site: new.site,
        room: new.room,
        examiner: new.examiner,
        duration_minutes: new.duration_minutes.unwrap_or(DEFAULT_DURATION_MINUTES),
    };
    let codes = app.codes()?;
    let request = key.request_id("create", &organiser.account);
    let said = Said::of(&plan).map_err(Problem::internal)?;
    let mut new = organiser.new_session(plan, codes, app.now()).map_err(|invalid| Problem::field("time", invalid))?;
    new.requests.insert(request.clone(), said);
    let session = app.store().create_session(|number| new.numbered(number), codes, &request).await?;
    let kit = Kit::of(&session, codes).ok_or_else(|| Problem::internal("the session's code key is lost"))?;
    let location = format!("/sessions/{}/board", session.number);
    Ok((StatusCode::CREATED, AppendHeaders([(LOCATION, location)]), Json(kit)))
}
