//! Something to try at once: accounts, a session, candidates. Made through the API itself.

use anyhow::{Context, Result, bail};
use axum::{Router, body::Body, http::Request};
use http_body_util::BodyExt;
use jiff::{Timestamp, tz::TimeZone};
use serde_json::{Value, json};
use shared::{
    App,
    domain::{
        account::{Account, Email},
        centre::Centre,
        name::Label,
    },
};
use std::fmt::Write;
use tower::ServiceExt;
use ulid::Ulid;

pub const ORGANISER: (&str, &str) = ("organisateur@example.org", "Organisation1");
pub const PROCTOR: (&str, &str) = ("surveillant@example.org", "Surveillance1");
/// The centre that the organiser belongs to.
const CENTRE: &str = "Centre de démonstration";
const CANDIDATE_PASSWORD: &str = "Certification1";
/// First name, last name, birth date; the first two have accounts.
const CANDIDATES: [(&str, &str, &str); 8] = [
    ("Camille", "Martin", "2012-03-14"),
    ("Zoé", "Bernard", "2012-05-31"),
    ("Noé", "Lefèvre", "2012-11-02"),
    ("Léna", "Garcia-Moreau", "2011-12-24"),
    ("Ibrahim", "Diallo", "2012-07-19"),
    ("Lœtitia", "N'Guyen", "2012-01-08"),
    ("Tom", "Petit", "2012-09-27"),
    ("Maëlys", "Roux", "2012-04-04"),
];

/// Calls the API without a network.
struct Client {
    router: Router,
    token: Option<String>,
}

impl Client {
    async fn call(&self, method: &str, path: &str, body: &Value) -> Result<(u16, Value)> {
        let mut request =
            Request::builder().method(method).uri(path).header("content-type", "application/json").header("accept-language", "en");
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let response = self.router.clone().oneshot(request.body(Body::from(body.to_string()))?).await?;
        let status = response.status().as_u16();
        let bytes = response.into_body().collect().await?.to_bytes();
        Ok((status, serde_json::from_slice(&bytes)?))
    }

    async fn expect(&self, method: &str, path: &str, body: &Value) -> Result<Value> {
        match self.call(method, path, body).await? {
            (200 | 201, answer) => Ok(answer),
            (status, answer) => bail!("{method} {path}: {status} {answer}"),
        }
    }

    async fn sign_up(&self, first_name: &str, last_name: &str, (email, password): (&str, &str)) -> Result<()> {
        let account = json!({"firstName": first_name, "lastName": last_name, "email": email, "password": password, "acceptTerms": true});
        match self.call("POST", "/accounts", &account).await? {
            (201 | 409, _) => Ok(()),
            (status, answer) => bail!("sign up {email}: {status} {answer}"),
        }
    }
}

/// Makes the organiser's account, and its centre.
///
/// # Errors
/// When the database fails.
pub async fn organiser(app: &App, router: &Router) -> Result<()> {
    let client = Client { router: router.clone(), token: None };
    client.sign_up("Olivia", "Organisatrice", ORGANISER).await?;
    let account = own_account(app).await?;
    if account.centre.is_none() {
        let centre = Centre::new(Ulid::generate().into(), Label::parse(CENTRE)?, app.now());
        app.store().add_organiser(centre, &account, app.now()).await?;
    }
    Ok(())
}

async fn own_account(app: &App) -> Result<Account> {
    app.store().account_of(&Email::parse(ORGANISER.0)?).await?.context("the organiser has no account")
}

/// Takes those of these addresses that have an account into the organiser's centre, unless they are in one.
///
/// # Errors
/// When the database fails.
pub async fn grant(app: &App, emails: &[Email]) -> Result<()> {
    for email in emails {
        let account = app.store().account_of(email).await?.filter(|account| account.centre.is_none());
        let Some(account) = account else { continue };
        let own = own_account(app).await?.centre.context("the organiser has no centre")?;
        let centre = app.store().centre(&own.id).await?.context("the organiser's centre is missing")?;
        app.store().add_organiser(centre, &account, app.now()).await?;
    }
    Ok(())
}

/// Makes the demo's accounts and its session, unless one is there that candidates may start now;
/// returns what to tell the newcomer.
///
/// # Errors
/// When the database fails.
pub async fn furnish(router: &Router, base: &str) -> Result<String> {
    let mut client = Client { router: router.clone(), token: None };
    client.sign_up("Sacha", "Surveillant", PROCTOR).await?;
    for (first_name, last_name, _) in CANDIDATES.iter().take(2) {
        client.sign_up(first_name, last_name, (&email(first_name, last_name), CANDIDATE_PASSWORD)).await?;
    }
    let login = client.expect("POST", "/login", &json!({"email": ORGANISER.0, "password": ORGANISER.1})).await?;
    client.token = Some(text(&login, "/accessToken")?);
    let kit = match open_session(&client).await? {
        Some(number) => client.expect("GET", &format!("/sessions/{number}/kit"), &Value::Null).await?,
        None => new_session(&client).await?,
    };
    banner(base, &kit)
}

async fn open_session(client: &Client) -> Result<Option<String>> {
    let sessions = client.expect("GET", "/sessions?limit=1", &Value::Null).await?;
    let Some(session) = sessions.pointer("/sessions/0") else { return Ok(None) };
    let closes_at: Timestamp = text(session, "/closesAt")?.parse()?;
    let usable = session.pointer("/status") == Some(&json!("open")) && closes_at > Timestamp::now();
    usable.then(|| text(session, "/number")).transpose()
}

async fn new_session(client: &Client) -> Result<Value> {
    let now = Timestamp::now().to_zoned(TimeZone::get("Europe/Paris")?);
    let session = json!({
        "date": now.date().to_string(),
        "time": now.strftime("%H:%M").to_string(),
        "site": "Collège Jean Moulin",
        "room": "Salle 12",
        "examiner": "AED",
    });
    let kit = client.expect("POST", "/sessions", &session).await?;
    let candidates = CANDIDATES
        .map(|(first_name, last_name, birthdate)| json!({"firstName": first_name, "lastName": last_name, "birthdate": birthdate}));
    client.expect("POST", &format!("/sessions/{}/candidates", text(&kit, "/number")?), &json!({"candidates": candidates})).await?;
    Ok(kit)
}

fn email(first_name: &str, last_name: &str) -> String {
    format!("{}.{}@example.org", shared::domain::name::fold(first_name), shared::domain::name::fold(last_name))
}

fn text(value: &Value, pointer: &str) -> Result<String> {
    value.pointer(pointer).and_then(Value::as_str).map(str::to_owned).with_context(|| format!("the answer has no {pointer}"))
}

fn banner(base: &str, kit: &Value) -> Result<String> {
    let mut banner = String::new();
    writeln!(banner, "  organiser   {}  {}", ORGANISER.0, ORGANISER.1)?;
    writeln!(banner, "  proctor     {}  {}", PROCTOR.0, PROCTOR.1)?;
    for (first_name, last_name, birthdate) in CANDIDATES.iter().take(2) {
        let email = email(first_name, last_name);
        writeln!(banner, "  candidate   {email}  {CANDIDATE_PASSWORD}  ({first_name} {last_name}, born {birthdate})")?;
    }
    writeln!(banner)?;
    writeln!(banner, "  session number    {}", text(kit, "/number")?)?;
    writeln!(banner, "  session password  {}   (for proctors)", text(kit, "/sessionPassword")?)?;
    writeln!(banner, "  access code       {}     (for candidates)", text(kit, "/accessCode")?)?;
    writeln!(banner)?;
    writeln!(banner, "Try first:")?;
    writeln!(banner, "  curl {base}/login -d '{{\"email\": \"{}\", \"password\": \"{}\"}}'", PROCTOR.0, PROCTOR.1)?;
    writeln!(banner, "The README goes on from there to the end of the procedure.")?;
    Ok(banner)
}
