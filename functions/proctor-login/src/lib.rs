//! `POST /sessions/{session}/proctors`: lets a person proctor a session.

use axum::extract::State;
use deserr::Deserr;
use serde::Serialize;
use shared::{
    App,
    domain::{code::TypedCode, refusal::Refusal},
    http::{
        AccountHolder, Json, Problem, SessionInPath, SessionView,
        body::FieldErrors,
        token::{Claims, Kind, PROCTOR_LIFETIME},
        views::Access,
    },
    refusals,
};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(log_in))
}

#[derive(Deserr, ToSchema)]
#[deserr(error = FieldErrors)]
#[schema(as = SessionPassword)]
struct Credentials {
    /// From the proctor's kit; in any case, with or without `C-`, with stray spaces.
    #[schema(value_type = String, example = "C-7GHJ4K")]
    password: TypedCode,
}

#[derive(Serialize, ToSchema)]
struct Proctoring {
    #[serde(flatten)]
    access: Access,
    session: SessionView,
}

refusals!(Refusals: Unauthenticated, MalformedBody, InvalidFields, TooManyAttempts, InvalidSessionCredentials, SessionFinalised);

/// Log in to a session as its proctor.
///
/// Any account may. Wrong passwords lock this account out of this session as wrong account
/// passwords do; each request is a try.
#[utoipa::path(post, path = "/sessions/{session}/proctors", operation_id = "proctorLogin", tag = "proctor",
    params(SessionInPath), request_body = Credentials,
    responses((status = 200, body = Proctoring), Refusals))]
async fn log_in(
    State(app): State<App>,
    holder: AccountHolder,
    number: Result<SessionInPath, Problem>,
    Json(credentials): Json<Credentials>,
) -> Result<Json<Proctoring>, Problem> {
    let Ok(SessionInPath(number)) = number else { return Err(Refusal::InvalidSessionCredentials.into()) };
    let now = app.now();
    let session = app.store().session(&number).await?;
    let codes = app.codes()?;
    let right = |session: &_| codes.session_password(session).is_some_and(|password| password.matches(&credentials.password));
    let Some(session) = session.filter(right) else {
        app.store().reject_session_password(&number, &holder.account, now).await?;
        return Err(Refusal::InvalidSessionCredentials.into());
    };
    app.store().accept_session_password(&session, &holder.proctoring(now)).await?;
    let access = app.grant(Claims {
        session: Some(number),
        password_issue: Some(session.password_issue),
        given_name: Some(holder.first_name),
        family_name: Some(holder.last_name),
        ..Claims::new(Kind::Proctor, &holder.account, now, now + PROCTOR_LIFETIME)
    })?;
    Ok(Json(Proctoring { access, session: (&session).into() }))
}
