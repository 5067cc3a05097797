//! `POST …/minutes`: adds minutes to the time of one candidate, or of several.

use axum::{Extension, extract::State};
use deserr::Deserr;
use shared::{
    App,
    domain::{act::Act, invalid::Invalid, name::Reason, state_table::MINUTES_AT_ONCE},
    http::{
        CandidateInPath, CandidateView, Json, Problem, RequestKey, SessionInPath, Staff,
        body::FieldErrors,
        bulk::{self, Results, each_once},
        layers::Done,
    },
    refusals,
};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(one)).routes(routes!(several))
}

#[derive(Deserr, ToSchema)]
#[deserr(error = FieldErrors)]
struct Minutes {
    /// Not 0; negative to take some away again. All together 0 to 720.
    #[deserr(try_from(i64) = minutes_at_once -> Invalid)]
    #[schema(minimum = -120, maximum = 120, example = 10)]
    minutes: i32,
    #[schema(value_type = String, max_length = 80, example = "Alarme incendie")]
    reason: Reason,
}

#[derive(Deserr, ToSchema)]
#[deserr(error = FieldErrors)]
struct MinutesOfSeveral {
    /// Not 0; negative to take some away again. All together 0 to 720.
    #[deserr(try_from(i64) = minutes_at_once -> Invalid)]
    #[schema(minimum = -120, maximum = 120, example = 10)]
    minutes: i32,
    #[schema(value_type = String, max_length = 80, example = "Alarme incendie")]
    reason: Reason,
    /// Candidate ids; a repeated one counts once.
    #[deserr(try_from(Vec<String>) = each_once -> Invalid)]
    #[schema(min_items = 1, max_items = 99, example = json!(["KZ2XQ5DHP3WJ6YBT7MFA4ECVGU"]))]
    candidates: Vec<String>,
}

fn minutes_at_once(minutes: i64) -> Result<i32, Invalid> {
    let (least, most) = MINUTES_AT_ONCE.into_inner();
    match i32::try_from(minutes) {
        // None is between the two, so what is told is what was most likely meant.
        Ok(0) => Err(Invalid::out_of_range(1, most)),
        Ok(minutes) if MINUTES_AT_ONCE.contains(&minutes) => Ok(minutes),
        _ => Err(Invalid::out_of_range(least, most)),
    }
}

refusals!(Refusals: Unauthenticated, Forbidden, SessionNotFound, CandidateNotFound, MalformedBody, InvalidFields,
    SessionFinalised, TestEnded, TooManyChanges);
refusals!(RefusalsOfAll: Unauthenticated, Forbidden, SessionNotFound, MalformedBody, InvalidFields);

/// Add minutes to a candidate's time.
///
/// For what happens on the day, on top of the percentage; also before the start. They count in `endsAt`.
#[utoipa::path(post, path = "/sessions/{session}/candidates/{candidate}/minutes", operation_id = "addMinutes", tag = "proctor",
    params(CandidateInPath), request_body = Minutes,
    responses((status = 200, body = CandidateView), Refusals))]
async fn one(
    State(app): State<App>,
    staff: Staff,
    SessionInPath(number): SessionInPath,
    id: Result<CandidateInPath, Problem>,
    key: Result<RequestKey, Problem>,
    added: Result<Json<Minutes>, Problem>,
) -> Result<Json<CandidateView>, Problem> {
    staff.check_own(&app, &number).await?;
    let CandidateInPath(id) = id?;
    let said = staff.first_of(&app, &number, &id, key.and_then(|key| Ok((key, added?)))).await;
    let (key, Json(Minutes { minutes, reason })) = said?;
    staff.act(&app, &number, Act::AddMinutes { minutes, reason }, id, &key).await.map(Json)
}

/// Add minutes to several candidates' time, with a result for each.
///
/// Such as after a fire alarm. Each gets them or is refused by themselves: `status` and `code` are those of a request for
/// them alone.
#[utoipa::path(post, path = "/sessions/{session}/minutes", operation_id = "addMinutesSeveral", tag = "proctor",
    params(SessionInPath), request_body = MinutesOfSeveral,
    responses((status = 200, body = Results), RefusalsOfAll))]
async fn several(
    State(app): State<App>,
    staff: Staff,
    SessionInPath(number): SessionInPath,
    key: Result<RequestKey, Problem>,
    added: Result<Json<MinutesOfSeveral>, Problem>,
) -> Result<(Extension<Done>, Json<Results>), Problem> {
    staff.check_own(&app, &number).await?;
    let said = staff.first(&app, &number, key.and_then(|key| Ok((key, added?)))).await;
    let (key, Json(MinutesOfSeveral { minutes, reason, candidates })) = said?;
    let act = Act::AddMinutes { minutes, reason };
    bulk::each(candidates, |id| staff.act(&app, &number, act.clone(), id, &key)).await
}
