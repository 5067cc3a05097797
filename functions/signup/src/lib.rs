//! `POST /accounts`: creates an account.

use axum::{extract::State, http::StatusCode};
use deserr::Deserr;
use jiff::Timestamp;
use serde::Serialize;
use shared::{
    App,
    domain::{
        account::{Account, Email, NewPassword, TERMS_VERSION},
        invalid::Invalid,
        language::Language,
        letter::Purpose,
        name::PersonName,
        refusal::Refusal,
    },
    http::{Json, Problem, RequestKey, body::FieldErrors},
    refusals,
    store::SignUp,
};
use ulid::Ulid;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(sign_up))
}

#[derive(Deserr, ToSchema)]
#[deserr(error = FieldErrors, rename_all = camelCase)]
#[schema(rename_all = "camelCase", as = NewAccount)]
struct NewAccount {
    /// 1 to 255 characters after trimming.
    #[schema(value_type = String, max_length = 255, example = "Camille")]
    first_name: PersonName,
    #[schema(value_type = String, max_length = 255, example = "Martin")]
    last_name: PersonName,
    #[schema(value_type = String, format = Email, max_length = 255, example = "camille.martin@example.org")]
    email: Email,
    /// At least one upper-case letter, one lower-case letter and one digit; never trimmed. `weak_password` too when half
    /// of it or more is one of the 100,000 most common passwords, or words of one's own names or address; compared
    /// without accents, case, signs or spaces, and the digits at its ends aside.
    #[schema(value_type = String, format = Password, min_length = 8, max_length = 255, example = "Certification1")]
    password: NewPassword,
    /// Must be true.
    #[deserr(try_from(bool) = accepted -> Invalid)]
    #[schema(value_type = bool, example = true)]
    #[expect(dead_code, reason = "a request without it does not parse")]
    accept_terms: (),
}

const fn accepted(accepts: bool) -> Result<(), Invalid> {
    if accepts { Ok(()) } else { Err(Invalid::TermsNotAccepted) }
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CreatedAccount)]
struct CreatedAccount {
    #[schema(example = "01JZ8K2M3N4P5Q6R7S8T9V0W1X")]
    id: String,
    first_name: String,
    last_name: String,
    email: String,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

refusals!(Refusals: MalformedBody, InvalidFields, KeyReused, EmailTaken);

/// Create an account.
///
/// For proctors, candidates and organisers alike. Where letters are sent, the address gets one with a link that proves it;
/// nothing waits for that. An `Idempotency-Key` counts for one address, and for 10 minutes.
#[utoipa::path(post, path = "/accounts", operation_id = "signup", tag = "accounts", security(()), request_body = NewAccount,
    responses((status = 201, body = CreatedAccount), Refusals))]
async fn sign_up(
    State(app): State<App>,
    key: RequestKey,
    language: Language,
    Json(new): Json<NewAccount>,
) -> Result<(StatusCode, Json<CreatedAccount>), Problem> {
    let names = [&new.first_name, &new.last_name];
    let password = new.password.not_of(names, &new.email).map_err(|invalid| Problem::field("password", invalid))?;
    let request = key.request_id("signup", &new.email.canonical());
    let now = app.now();
    let account = Account {
        id: Ulid::generate().to_string(),
        first_name: new.first_name,
        last_name: new.last_name,
        email: new.email,
        password_hash: app.passwords().hash(&password).await?,
        password_issue: 0,
        created_at: now,
        terms_version: TERMS_VERSION.to_owned(),
        terms_accepted_at: now,
        last_access_at: None,
        email_proved_at: None,
        centre: None,
    };
    let account = match app.store().create_account(&account, &request).await? {
        SignUp::Created => account,
        SignUp::Repeated(known) => {
            let same_names = (&known.first_name, &known.last_name) == (&account.first_name, &account.last_name);
            let same_password = app.passwords().verify(password.password(), Some(&known.password_hash)).await?;
            if !(same_names && same_password) {
                return Err(Refusal::KeyReused.into());
            }
            *known
        }
        SignUp::Taken(_) => return Err(Refusal::EmailTaken.into()),
    };
    // Whoever misses it asks for another.
    if app.sends_mail()
        && let Err(problem) = app.write_to(account.email.clone(), Purpose::Proof, language).await
    {
        problem.log();
    }
    Ok((StatusCode::CREATED, Json(account.into())))
}

impl From<Account> for CreatedAccount {
    fn from(account: Account) -> Self {
        Self {
            id: account.id,
            first_name: account.first_name.as_str().to_owned(),
            last_name: account.last_name.as_str().to_owned(),
            email: account.email.as_str().to_owned(),
            created_at: account.created_at,
        }
    }
}
