//! `POST /sessions/{session}/join`: joins an account to a candidate.

use axum::extract::State;
use deserr::Deserr;
use jiff::Timestamp;
use serde::Serialize;
use shared::{
    App,
    domain::{
        actor::{Actor, ActorRole},
        candidate::Candidate,
        identity::CandidateId,
        name::PersonName,
        refusal::Refusal,
        session::{Birthdate, Session, SessionNumber},
        state_table::Action,
    },
    http::{
        AccountHolder, CandidateView, Json, Problem, RequestKey, SessionInPath, SessionView,
        body::FieldErrors,
        token::{Claims, Kind},
        views::Access,
    },
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

#[derive(Serialize, ToSchema)]
struct Joined {
    #[serde(flatten)]
    access: Access,
    candidate: CandidateView,
    session: SessionView,
}

refusals!(Refusals: Unauthenticated, CandidateNotFound, MalformedBody, InvalidFields,
    SessionFinalised, SessionNotOpen, SessionClosed, CandidateAlreadyLinked, AccountAlreadyLinked);

/// Join a session as one of its candidates.
///
/// Again by the same account: the same.
#[utoipa::path(post, path = "/sessions/{session}/join", operation_id = "candidateJoin", tag = "candidate",
    params(SessionInPath), request_body = Identity,
    responses((status = 200, body = Joined), Refusals))]
async fn join(
    State(app): State<App>,
    holder: AccountHolder,
    number: Result<SessionInPath, Problem>,
    key: Result<RequestKey, Problem>,
    identity: Result<Json<Identity>, Problem>,
) -> Result<Json<Joined>, Problem> {
    let Ok(SessionInPath(number)) = number else { return Err(Refusal::CandidateNotFound.into()) };
    let now = app.now();
    let (session, candidate) = find(&app, &number, identity, now).await?;
    let key = key?;
    let actor = Actor { role: ActorRole::Candidate, account: holder.account.clone() };
    let candidate = app.store().join(candidate, &key.change(Action::Join, actor, now)).await?;
    let access = app.grant(Claims {
        session: Some(number),
        candidate: Some(candidate.id.clone()),
        ..Claims::new(Kind::Candidate, &holder.account, now, session.window.closes_at)
    })?;
    Ok(Json(Joined { access, candidate: CandidateView::of(&candidate, now), session: (&session).into() }))
}

async fn find(
    app: &App,
    number: &SessionNumber,
    identity: Result<Json<Identity>, Problem>,
    now: Timestamp,
) -> Result<(Session, Candidate), Problem> {
    let Json(who) = match identity {
        Ok(identity) => identity,
        Err(problem) => {
            let known = app.store().session_and_candidates(number, &[]).await?.0.is_some();
            return Err(if known { problem } else { Refusal::CandidateNotFound.into() });
        }
    };
    // Which key version made the session's ids is not known before it is read: look under each.
    let ids: Vec<_> =
        app.codes()?.all().map(|key| CandidateId::of(key, number, [&who.first_name, &who.last_name], who.birthdate)).collect();
    let (session, candidates) = app.store().session_and_candidates(number, &ids).await?;
    let session = session.ok_or(Refusal::CandidateNotFound)?;
    // Before it is told whether somebody is enrolled.
    session.check_open(now)?;
    let candidate = candidates.into_iter().next().ok_or(Refusal::CandidateNotFound)?;
    Ok((session, candidate))
}
