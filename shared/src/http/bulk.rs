//! One act on several candidates: each is done or refused by themselves.

use super::{
    CandidateView, Json, Problem,
    body::{FieldErrors, at_once},
    layers::Done,
};
use crate::{
    domain::{identity::CandidateId, invalid::Invalid, refusal::Refusal},
    refusals,
};
use axum::Extension;
use deserr::Deserr;
use futures::{StreamExt, stream};
use serde::Serialize;
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// Updates under way at a time for one request.
const PARALLEL: usize = 16;

/// Whom it is about.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = FieldErrors)]
pub struct Several {
    /// Candidate ids; a repeated one counts once.
    #[deserr(try_from(Vec<String>) = each_once -> Invalid)]
    #[schema(min_items = 1, max_items = 99, example = json!(["KZ2XQ5DHP3WJ6YBT7MFA4ECVGU"]))]
    pub candidates: Vec<String>,
}

/// The ids of a bulk request, each once.
///
/// # Errors
/// `too_short` when there is none, `too_long` past 99.
pub fn each_once(ids: Vec<String>) -> Result<Vec<String>, Invalid> {
    let mut seen = BTreeSet::new();
    let mut ids = at_once(ids)?;
    ids.retain(|id| seen.insert(id.clone()));
    Ok(ids)
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Results {
    /// One per id, in order.
    results: Vec<ItemResult>,
}

#[derive(Debug, Serialize, ToSchema)]
struct ItemResult {
    candidate: String,
    /// As the HTTP status of a request for this candidate alone.
    #[schema(example = 200)]
    status: u16,
    /// The refusal's code, where refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    view: Option<CandidateView>,
}

refusals!(pub Refusals: Unauthenticated, Forbidden, MalformedBody, InvalidFields);

/// Acts on each of these candidates as a request for them alone would.
///
/// # Errors
/// `unauthenticated` as a whole, as soon as one of them shows that the caller's login to the session was ended. What was
/// done until then stays done.
pub async fn each<F>(ids: Vec<String>, act: impl Fn(CandidateId) -> F) -> Result<(Extension<Done>, Json<Results>), Problem>
where
    F: Future<Output = Result<CandidateView, Problem>>,
{
    let acts = stream::iter(ids).map(|candidate| {
        let act = CandidateId::parse(&candidate).map(&act);
        async {
            let done = match act {
                Some(act) => act.await,
                None => Err(Refusal::CandidateNotFound.into()),
            };
            match done {
                Ok(view) => ItemResult { candidate, status: 200, code: None, view: Some(view) },
                Err(problem) => {
                    problem.log();
                    ItemResult { candidate, status: problem.status().as_u16(), code: Some(problem.refusal.code()), view: None }
                }
            }
        }
    });
    let results: Vec<_> = acts.buffered(PARALLEL).collect().await;
    let done = results.iter().filter(|result| result.view.is_some()).count();
    if results.iter().any(|result| result.code == Some(Refusal::Unauthenticated.code())) {
        return Err(Refusal::Unauthenticated.into());
    }
    Ok((Extension(Done(done)), Json(Results { results })))
}
