//! `POST /sessions/{session}/join`: joins an account to a candidate.

use axum::extract::State;
use deserr::Deserr;
use shared::{
    App,
    domain::{code::CodeKey, identity::Birthdate, name::PersonName},
    http::{AccountHolder, Json, Problem, RequestKey, SessionInPath, body::FieldErrors, views::Joined},
    refusals,
};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(join))
}

#[derive(Deserr, ToSchema)]
#[deserr(error = FieldErrors, rename_all = camelCase)]
#[schema(rename_all = "camelCase")]
struct Identity {
    /// Compared without accents, case, punctuation or spaces; first and last name also swapped.
    #[schema(value_type = String, max_length = 255, example = "Zoé")]
    first_name: PersonName,
    #[schema(value_type = String, max_length = 255, example = "Bernard")]
    last_name: PersonName,
    #[schema(value_type = String, format = Date, example = "2012-05-31")]
    birthdate: Birthdate,
}

refusals!(Refusals: Unauthenticated, MalformedBody, InvalidFields, TooManyAttempts, CandidateNotFound,
    SessionFinalised, SessionNotOpen, SessionClosed, CandidateAlreadyLinked, AccountAlreadyLinked, AccountUnlinked, TooManyChanges);

/// Join a session as one of its candidates.
///
/// Again by the same account: the same. After 10 wrong identities, over all sessions, the account may not try another
/// one until 24 hours after the first. Wrong is one that fits nobody, also because no session has this number, and one
/// that fits but can't be joined (`candidate_already_linked`, `account_already_linked`, `account_unlinked`, `too_many_changes`). None counts in
/// a session that is not open.
#[utoipa::path(post, path = "/sessions/{session}/join", operation_id = "candidateJoin", tag = "candidate",
    params(SessionInPath), request_body = Identity,
    responses((status = 200, body = Joined), Refusals))]
async fn join(
    State(app): State<App>,
    holder: AccountHolder,
    number: Result<SessionInPath, Problem>,
    key: RequestKey,
    Json(who): Json<Identity>,
) -> Result<Json<Joined>, Problem> {
    let now = app.now();
    // One that can't exist is answered, and counted, as one that does not.
    let number = number.ok().map(|SessionInPath(number)| number);
    let codes = app.codes()?;
    // Which key version made the session's ids is not known before it is read: look under each.
    let id = |number, key: &CodeKey| key.candidate_id(number, [&who.first_name, &who.last_name], who.birthdate);
    let ids: Vec<_> = number.iter().flat_map(|number| codes.all().map(move |key| id(number, key))).collect();
    let (session, candidate) = app.store().join(number.as_ref(), &ids, &holder.join(&key, now)).await?;
    Joined::grant(&app, &holder.account, &session, &candidate, now).map(Json)
}
