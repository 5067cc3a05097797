//! `POST …/codes`: replaces codes that leaked.

use axum::extract::State;
use deserr::Deserr;
use shared::{
    App,
    domain::{history::SessionAction, invalid::Invalid},
    http::{Json, Organiser, Problem, RequestKey, SessionInPath, body::FieldErrors, views::Kit},
    refusals,
    store::Leaked,
};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(replace))
}

#[derive(Deserr, ToSchema)]
#[deserr(error = FieldErrors)]
struct CodesToReplace {
    #[deserr(try_from(Vec<LeakedCode>) = leaked -> Invalid)]
    #[schema(value_type = Vec<LeakedCode>, min_items = 1, max_items = 2, example = json!(["sessionPassword"]))]
    replace: Leaked,
}

#[derive(Deserr, Clone, Copy, PartialEq, Eq, ToSchema)]
#[deserr(error = FieldErrors, rename_all = camelCase)]
#[schema(rename_all = "camelCase")]
enum LeakedCode {
    SessionPassword,
    AccessCode,
}

#[expect(clippy::needless_pass_by_value, reason = "the parser hands it over")]
fn leaked(codes: Vec<LeakedCode>) -> Result<Leaked, Invalid> {
    match codes.len() {
        0 => Err(Invalid::TooShort { min: 1 }),
        3.. => Err(Invalid::TooLong { max: 2 }),
        _ => Ok(Leaked {
            session_password: codes.contains(&LeakedCode::SessionPassword),
            access_code: codes.contains(&LeakedCode::AccessCode),
        }),
    }
}

refusals!(Refusals: Unauthenticated, Forbidden, SessionNotFound, MalformedBody, InvalidFields, SessionFinalised, TooManyChanges);

/// Replace codes that leaked; the answer is the new kit.
///
/// A new session password ends every proctor's login to the session. A new access code counts from the next start on. Each
/// can be replaced 20 times. After a failure half way, call it again with the same `Idempotency-Key` and it goes on.
#[utoipa::path(post, path = "/sessions/{session}/codes", operation_id = "replaceCodes", tag = "organiser",
    params(SessionInPath), request_body = CodesToReplace, responses((status = 200, body = Kit), Refusals))]
async fn replace(
    State(app): State<App>,
    organiser: Organiser,
    SessionInPath(number): SessionInPath,
    key: Result<RequestKey, Problem>,
    codes: Result<Json<CodesToReplace>, Problem>,
) -> Result<Json<Kit>, Problem> {
    let (key, Json(codes)) = organiser.first(&app, &number, key.and_then(|key| Ok((key, codes?)))).await?;
    let mending = organiser.mending(&key, SessionAction::ReplaceCodes, codes.replace.names(), app.now());
    let session = app.store().replace_codes(&number, &mending, codes.replace).await?;
    Kit::of(&session, app.codes()?).map(Json).ok_or_else(|| Problem::internal("the session's code key is lost"))
}
