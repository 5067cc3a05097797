//! `POST` and `PUT /email-proofs`: has people prove that an address is theirs.

use axum::{extract::State, http::StatusCode};
use deserr::Deserr;
use shared::{
    App,
    domain::{
        language::Language,
        letter::{LinkToken, Purpose},
    },
    http::{AccountHolder, Json, Problem, RequestKey, body::FieldErrors},
    refusals,
};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(ask, prove))
}

#[derive(Deserr, ToSchema)]
#[deserr(error = FieldErrors)]
struct Proof {
    /// From the link: what stands behind its `#`.
    #[schema(value_type = String, format = Password, max_length = 64, example = "q83vASNFZ4mrze8BI0VniQ")]
    token: LinkToken,
}

refusals!(AskRefusals: Unauthenticated, InvalidFields, MailUnavailable);

/// Ask for a link that proves one's address.
///
/// Signing up asks for one already. It is good for seven days and once; none is sent once the address is proved, and one in
/// ten minutes at most.
#[utoipa::path(post, path = "/email-proofs", operation_id = "askForEmailProof", tag = "accounts",
    responses((status = 202, description = "Taken"), AskRefusals))]
async fn ask(State(app): State<App>, holder: AccountHolder, _: RequestKey, language: Language) -> Result<StatusCode, Problem> {
    app.write_to(holder.email, Purpose::Proof, language).await?;
    Ok(StatusCode::ACCEPTED)
}

refusals!(ProveRefusals: MalformedBody, InvalidFields, InvalidLink);

/// Prove an address, by a link.
///
/// Nobody has to be logged in: what stands in the link is known to the reader of the letter alone.
#[utoipa::path(put, path = "/email-proofs", operation_id = "proveEmail", tag = "accounts", security(()), request_body = Proof,
    responses((status = 204, description = "Proved"), ProveRefusals))]
async fn prove(State(app): State<App>, Json(Proof { token }): Json<Proof>) -> Result<StatusCode, Problem> {
    let now = app.now();
    let link = app.store().open_link(Purpose::Proof, &token, now).await?;
    app.store().prove_email(&link, now).await?;
    Ok(StatusCode::NO_CONTENT)
}
