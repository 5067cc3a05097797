//! `POST`, `DELETE …/help`: a candidate calls the proctor, and somebody answers.

use axum::extract::State;
use shared::{
    App,
    domain::act::Act,
    http::{CandidateInPath, CandidateView, InTheRoom, Json, Problem, RequestKey, TestTaker},
    refusals,
};
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(call, answer))
}

refusals!(CallRefusals: Unauthenticated, Forbidden, CandidateNotFound, InvalidFields, SessionFinalised, TestEnded);
refusals!(AnswerRefusals: Unauthenticated, Forbidden, CandidateNotFound, InvalidFields, SessionFinalised);

/// Call the proctor.
///
/// Until somebody answers. Again: the same. It changes nothing of the test, and is no part of the record.
#[utoipa::path(post, path = "/sessions/{session}/candidates/{candidate}/help", operation_id = "callProctor", tag = "candidate",
    params(CandidateInPath),
    responses((status = 200, body = CandidateView), CallRefusals))]
async fn call(State(app): State<App>, test_taker: TestTaker, key: RequestKey) -> Result<Json<CandidateView>, Problem> {
    test_taker.act(&app, Act::Call, &key).await.map(Json)
}

/// Answer a candidate's call, or withdraw it.
///
/// Also when nobody calls.
#[utoipa::path(delete, path = "/sessions/{session}/candidates/{candidate}/help", operation_id = "answerCall", tag = "proctor",
    params(CandidateInPath),
    responses((status = 200, body = CandidateView), AnswerRefusals))]
async fn answer(
    State(app): State<App>,
    who: InTheRoom,
    CandidateInPath(id): CandidateInPath,
    key: RequestKey,
) -> Result<Json<CandidateView>, Problem> {
    let answered = match who {
        InTheRoom::Proctor(proctor) => proctor.act(&app, Act::Answer, id, &key).await,
        InTheRoom::TestTaker(test_taker) => test_taker.act(&app, Act::Answer, &key).await,
    };
    answered.map(Json)
}
