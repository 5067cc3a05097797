//! `PATCH /sessions/{session}`: edits a session.

use axum::extract::State;
use deserr::Deserr;
use shared::{
    App,
    domain::{
        history::SessionAction,
        invalid::Invalid,
        name::Label,
        session::{LocalTime, Plan, SessionDate, ZoneName},
    },
    http::{
        Json, Organiser, Problem, RequestKey, SessionInPath, SessionView,
        body::{FieldErrors, duration},
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
struct SessionEdit {
    /// Of the years 1900 to 2199.
    #[deserr(default)]
    #[schema(value_type = Option<String>, nullable = false, format = Date, example = "2026-06-15")]
    date: Option<SessionDate>,
    /// Local, in the session's time zone.
    #[deserr(default)]
    #[schema(value_type = Option<String>, nullable = false, example = "10:30")]
    time: Option<LocalTime>,
    #[deserr(default)]
    #[schema(value_type = Option<String>, nullable = false, example = "Europe/Paris")]
    time_zone: Option<ZoneName>,
    #[deserr(default)]
    #[schema(value_type = Option<String>, nullable = false, max_length = 255, example = "Collège Jean Moulin")]
    site: Option<Label>,
    #[deserr(default)]
    #[schema(value_type = Option<String>, nullable = false, max_length = 255, example = "Salle 14")]
    room: Option<Label>,
    /// The named proctor of the session; empty to name nobody.
    #[deserr(default = Examiner::AsIs, try_from(Option<String>) = examiner_of -> Invalid)]
    #[schema(value_type = Option<String>, nullable = false, max_length = 255, example = "AED")]
    examiner: Examiner,
    #[deserr(default, try_from(Option<i64>) = duration -> Invalid)]
    #[schema(value_type = Option<u32>, nullable = false, minimum = 5, maximum = 720, example = 105)]
    duration_minutes: Option<u32>,
}

enum Examiner {
    AsIs,
    Nobody,
    Named(Label),
}

fn examiner_of(text: Option<String>) -> Result<Examiner, Invalid> {
    let Some(name) = text else { return Ok(Examiner::AsIs) };
    if name.trim().is_empty() { Ok(Examiner::Nobody) } else { Label::parse(&name).map(Examiner::Named) }
}

impl SessionEdit {
    fn of(&self, plan: &mut Plan) {
        plan.date = self.date.unwrap_or(plan.date);
        plan.time = self.time.unwrap_or(plan.time);
        replace(&mut plan.time_zone, self.time_zone.as_ref());
        replace(&mut plan.site, self.site.as_ref());
        replace(&mut plan.room, self.room.as_ref());
        match &self.examiner {
            Examiner::AsIs => {}
            Examiner::Nobody => plan.examiner = None,
            Examiner::Named(label) => plan.examiner = Some(label.clone()),
        }
        plan.duration_minutes = self.duration_minutes.unwrap_or(plan.duration_minutes);
    }
}

fn replace<T: Clone>(old: &mut T, new: Option<&T>) {
    if let Some(new) = new {
        old.clone_from(new);
    }
}

refusals!(Refusals: Unauthenticated, Forbidden, SessionNotFound, MalformedBody, InvalidFields, SessionFinalised, AlreadyStarted);

/// Edit a session, move it.
///
/// Number and codes stay. Date, time, time zone and duration can be changed until somebody starts: whoever starts while
/// this is under way has the new ones. After a failure half way, call it again and it goes on.
#[utoipa::path(patch, path = "/sessions/{session}", operation_id = "editSession", tag = "organiser",
    params(SessionInPath), request_body = SessionEdit, responses((status = 200, body = SessionView), Refusals))]
async fn edit(
    State(app): State<App>,
    organiser: Organiser,
    SessionInPath(number): SessionInPath,
    key: Result<RequestKey, Problem>,
    edit: Result<Json<SessionEdit>, Problem>,
) -> Result<Json<SessionView>, Problem> {
    let (key, Json(edit)) = organiser.first(&app, &number, key.and_then(|key| Ok((key, edit?)))).await?;
    let mending = organiser.mending(&key, SessionAction::Edit, "", app.now());
    let session = app.store().edit_session(&number, &mending, |plan| edit.of(plan)).await?;
    Ok(Json((&session).into()))
}
