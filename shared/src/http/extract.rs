//! Who is asking, about what: checked before a handler runs, in the order 401, 403, 404.

use super::{
    limits::MAX_KEY,
    problem::Problem,
    token::{Claims, Kind, LOGIN_LIFETIME},
    views::CandidateView,
};
use crate::{
    app::App,
    domain::{
        account::{Account, Email, Password, Role},
        act::{Act, JoinedAccount, JoinedAs},
        actor::Actor,
        centre::{Centre, CentreId},
        code::CodeKeys,
        decision::Change,
        history::SessionAction,
        identity::CandidateId,
        invalid::Invalid,
        name::shown,
        refusal::Refusal,
        request::RequestId,
        session::{NewSession, Plan, Session, SessionNumber, SessionProctor, Window},
        terms::Terms,
    },
    store::{Confirming, Mending},
};
use axum::{
    extract::{FromRequestParts, RawPathParams},
    http::{HeaderValue, header::AUTHORIZATION, request::Parts},
};
use jiff::Timestamp;
use std::collections::BTreeMap;
use ulid::Ulid;
use utoipa::{
    IntoParams,
    openapi::{
        Required,
        path::{Parameter, ParameterBuilder, ParameterIn},
        schema::{ObjectBuilder, SchemaType, Type},
    },
};

/// A person logged in with an account.
#[derive(Debug, Clone)]
pub struct AccountHolder {
    pub account: String,
    pub first_name: String,
    pub last_name: String,
    pub email: Email,
}

/// A login that its holder wants to go on, whether or not its token has expired.
#[derive(Debug, Clone)]
pub struct LoginToRenew {
    pub account: String,
    pub email: Email,
    /// When its holder showed the password …
    pub since: Timestamp,
    /// … and which of the account's passwords that was.
    pub password_issue: u32,
}

/// An account with the organiser's role, in its centre.
#[derive(Debug, Clone)]
pub struct Organiser {
    pub account: String,
    pub centre: CentreId,
    pub first_name: String,
    pub last_name: String,
}

/// A proctor of the session in the path.
#[derive(Debug, Clone)]
pub struct Proctor {
    pub account: String,
    pub session: SessionNumber,
    pub first_name: String,
    pub last_name: String,
    /// The issue of the session password they came in with.
    pub password_issue: u32,
}

/// A proctor of the session in the path, or an organiser (of which session is still to be checked).
#[derive(Debug, Clone)]
pub enum Staff {
    Proctor(Proctor),
    Organiser(Organiser),
}

/// A proctor of the session in the path, or the candidate in it.
#[derive(Debug, Clone)]
pub enum InTheRoom {
    Proctor(Proctor),
    TestTaker(TestTaker),
}

/// An account that joined the candidate in the path.
#[derive(Debug, Clone)]
pub struct JoinedCandidate {
    pub account: String,
    pub session: SessionNumber,
    pub id: CandidateId,
}

/// The candidate in the path, or the exam engine on their behalf.
#[derive(Debug, Clone)]
pub struct TestTaker {
    pub candidate: JoinedCandidate,
    /// Which start of the attempt an attempt token is for.
    pub start: Option<u32>,
}

/// The exam engine, or the page that shows it, with the token of one start.
#[derive(Debug, Clone)]
pub struct AttemptHolder {
    pub candidate: JoinedCandidate,
    pub start: u32,
}

impl AccountHolder {
    /// Reads the account.
    ///
    /// # Errors
    /// `unauthenticated`, if it is gone; busy.
    pub async fn account(&self, app: &App) -> Result<Account, Problem> {
        Ok(app.store().account(&self.email, &self.account).await?.ok_or(Refusal::Unauthenticated)?)
    }

    /// Reads the account, to ask for its password once more; none if it is gone.
    ///
    /// # Errors
    /// Busy.
    pub async fn confirming(&self, app: &App) -> Result<Option<Confirming>, Problem> {
        Ok(app.store().confirming(&self.email, &self.account, app.now()).await?)
    }

    /// Whether its holder knows its password, as what can't be undone asks for. Nothing that depends on the answer may be
    /// told before a write that [forgets wrong tries](crate::store::Store::forget_wrong_passwords).
    ///
    /// # Errors
    /// `invalid_credentials`, `too_many_attempts`, busy.
    pub async fn confirm(&self, app: &App, confirming: &Confirming, password: &Password) -> Result<(), Problem> {
        confirming.check_unlocked()?;
        let account = &confirming.account;
        if app.passwords().verify(password, Some(&account.password_hash)).await? {
            return Ok(());
        }
        app.store().reject_confirmation(&account.id, app.now()).await?;
        Err(Refusal::InvalidCredentials.into())
    }

    /// The person as a proctor of some session, from now on.
    pub fn proctoring(&self, since: Timestamp) -> SessionProctor {
        SessionProctor { account: self.account.clone(), first_name: shown(&self.first_name), last_name: shown(&self.last_name), since }
    }

    /// The wish to join as a candidate.
    pub fn join(&self, key: &RequestKey, at: Timestamp) -> Change {
        let (first_name, last_name, email) = (shown(&self.first_name), shown(&self.last_name), shown(&self.email.masked()));
        let joined_as = JoinedAs::Account(JoinedAccount { first_name, last_name, email });
        key.change(Act::Join(joined_as), Actor::candidate(self.account.clone()), at)
    }
}

impl Proctor {
    pub fn actor(&self) -> Actor {
        Actor::proctor(self.account.clone(), self.password_issue)
    }

    /// Does this to a candidate of the session; returns the candidate as staff see them.
    ///
    /// # Errors
    /// `candidate_not_found`, the refusals of the [state table](crate::domain::state_table), busy.
    pub async fn act(&self, app: &App, act: Act, id: CandidateId, key: &RequestKey) -> Result<CandidateView, Problem> {
        act_on(app, &self.session, id, &key.change(act, self.actor(), app.now())).await
    }

    /// # Errors
    /// `unauthenticated`, if the session password they came in with was replaced.
    pub fn check(&self, session: &Session) -> Result<(), Refusal> {
        self.check_terms(&session.terms())
    }

    /// [`Proctor::check`], by a candidate's copy.
    ///
    /// # Errors
    /// `unauthenticated`.
    pub fn check_terms(&self, terms: &Terms) -> Result<(), Refusal> {
        self.actor().check_password(terms.password_issue)
    }
}

impl LoginToRenew {
    /// Reads the account.
    ///
    /// # Errors
    /// `unauthenticated`, if it is gone or its password was replaced; busy.
    pub async fn account(&self, app: &App) -> Result<Account, Problem> {
        let account = app.store().account(&self.email, &self.account).await?;
        Ok(account.filter(|account| account.password_issue == self.password_issue).ok_or(Refusal::Unauthenticated)?)
    }
}

impl Organiser {
    pub fn actor(&self) -> Actor {
        Actor::organiser(self.account.clone(), self.centre.clone(), (shown(&self.first_name), shown(&self.last_name)))
    }

    /// Reads their centre.
    ///
    /// # Errors
    /// `forbidden`, if it does not have them as a member any more; busy.
    pub async fn own_centre(&self, app: &App) -> Result<Centre, Problem> {
        let centre = app.store().centre(&self.centre).await?.ok_or(Refusal::Forbidden)?;
        centre.check_member(&self.account)?;
        Ok(centre)
    }

    /// # Errors
    /// `session_not_found`, if it is another centre's.
    pub fn check(&self, session: &Session) -> Result<(), Refusal> {
        self.actor().check_centre(&session.centre)
    }

    /// What a request says, if it could be read. If not, it counts first that the session is of their centre.
    ///
    /// # Errors
    /// `session_not_found`, what is wrong with the request, busy.
    pub async fn first<T>(&self, app: &App, session: &SessionNumber, said: Result<T, Problem>) -> Result<T, Problem> {
        if said.is_err() {
            app.store().session_of(&self.actor(), session).await?;
        }
        said
    }

    /// The same about one of its candidates.
    ///
    /// # Errors
    /// `session_not_found`, `candidate_not_found`, what is wrong with the request, busy.
    pub async fn first_of<T>(
        &self,
        app: &App,
        session: &SessionNumber,
        candidate: &CandidateId,
        said: Result<T, Problem>,
    ) -> Result<T, Problem> {
        if said.is_err() {
            app.store().session_of(&self.actor(), session).await?;
            app.store().candidate(session, candidate).await?;
        }
        said
    }

    /// A session that this person creates by this plan, whose requests are still to be noted.
    ///
    /// # Errors
    /// `invalid_time` when a clock change skips its time.
    pub fn new_session(&self, plan: Plan, codes: &CodeKeys, at: Timestamp) -> Result<NewSession, Invalid> {
        Ok(NewSession {
            centre: self.centre.clone(),
            organiser: self.account.clone(),
            organised_by: (shown(&self.first_name), shown(&self.last_name)),
            window: Window::around(plan.scheduled_at()?),
            plan,
            created_at: at,
            code_key: codes.current().version,
            requests: BTreeMap::new(),
        })
    }

    /// What this person mends by this request, which is about somebody or something, or the whole session.
    pub fn mending(&self, key: &RequestKey, action: SessionAction, about: &str, at: Timestamp) -> Mending {
        Mending { by: self.actor(), at, request: key.request_about(action.name(), &self.account, about) }
    }
}

impl Staff {
    pub fn actor(&self) -> Actor {
        match self {
            Self::Proctor(proctor) => proctor.actor(),
            Self::Organiser(organiser) => organiser.actor(),
        }
    }

    /// First and last name, as the account says.
    pub fn names(&self) -> (&str, &str) {
        match self {
            Self::Proctor(Proctor { first_name, last_name, .. }) | Self::Organiser(Organiser { first_name, last_name, .. }) => {
                (first_name, last_name)
            }
        }
    }

    /// Whether this session is still, or at all, this person's.
    ///
    /// # Errors
    /// `session_not_found`, `unauthenticated`.
    pub fn check(&self, session: &Session) -> Result<(), Refusal> {
        match self {
            Self::Proctor(proctor) => proctor.check(session),
            Self::Organiser(organiser) => organiser.check(session),
        }
    }

    /// Whether this person may act in this session. A proctor's login is checked by what they do.
    ///
    /// # Errors
    /// `session_not_found` for another centre's, busy.
    pub async fn check_own(&self, app: &App, session: &SessionNumber) -> Result<(), Problem> {
        if let Self::Organiser(organiser) = self {
            app.store().session_of(&organiser.actor(), session).await?;
        }
        Ok(())
    }

    /// What a request says, if it could be read. If not, it counts first that the session is still this person's: what
    /// can't be done never meets it.
    ///
    /// # Errors
    /// `session_not_found`, `unauthenticated`, what is wrong with the request, busy.
    pub async fn first<T>(&self, app: &App, session: &SessionNumber, said: Result<T, Problem>) -> Result<T, Problem> {
        if said.is_err() {
            self.check_read(app, session).await?;
        }
        said
    }

    /// The same about one of its candidates.
    ///
    /// # Errors
    /// `session_not_found`, `unauthenticated`, `candidate_not_found`, what is wrong with the request, busy.
    pub async fn first_of<T>(
        &self,
        app: &App,
        session: &SessionNumber,
        candidate: &CandidateId,
        said: Result<T, Problem>,
    ) -> Result<T, Problem> {
        if said.is_err() {
            self.check_read(app, session).await?;
            app.store().candidate(session, candidate).await?;
        }
        said
    }

    async fn check_read(&self, app: &App, session: &SessionNumber) -> Result<(), Problem> {
        let session = app.store().session(session).await?.ok_or(Refusal::SessionNotFound)?;
        Ok(self.check(&session)?)
    }

    /// [`Proctor::act`], for whoever [may act](Staff::check_own) in the session.
    ///
    /// # Errors
    /// As there.
    pub async fn act(
        &self,
        app: &App,
        session: &SessionNumber,
        act: Act,
        id: CandidateId,
        key: &RequestKey,
    ) -> Result<CandidateView, Problem> {
        act_on(app, session, id, &key.change(act, self.actor(), app.now())).await
    }
}

async fn act_on(app: &App, session: &SessionNumber, id: CandidateId, change: &Change) -> Result<CandidateView, Problem> {
    let candidate = app.store().change(session, &id, change).await?;
    Ok(CandidateView::for_staff(&candidate, app.now()))
}

impl JoinedCandidate {
    pub fn actor(&self) -> Actor {
        Actor::candidate(self.account.clone())
    }
}

impl TestTaker {
    /// Does this to the candidate; returns them as they see themselves.
    ///
    /// # Errors
    /// `candidate_not_found`, the refusals of the [state table](crate::domain::state_table), busy.
    pub async fn act(&self, app: &App, act: Act, key: &RequestKey) -> Result<CandidateView, Problem> {
        let JoinedCandidate { session, id, .. } = &self.candidate;
        let change = Change { start: self.start, ..key.change(act, self.candidate.actor(), app.now()) };
        let candidate = app.store().change(session, id, &change).await?;
        Ok(CandidateView::of(&candidate, app.now()))
    }
}

/// A session number in the path; one that can't exist is answered as one that does not.
#[derive(Debug, Clone)]
pub struct SessionInPath(pub SessionNumber);

impl IntoParams for SessionInPath {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![path_parameter_like("session", "The session's number", "9533127")]
    }
}

/// A candidate id in the path, behind a session number; one that can't exist is answered as one that does not.
#[derive(Debug, Clone)]
pub struct CandidateInPath(pub CandidateId);

impl IntoParams for CandidateInPath {
    fn into_params(place: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let mut parameters = SessionInPath::into_params(place);
        parameters.push(path_parameter_like("candidate", "The candidate's id", "KZ2XQ5DHP3WJ6YBT7MFA4ECVGU"));
        parameters
    }
}

/// The id of an account in the path; one that can't exist is nobody's.
#[derive(Debug, Clone)]
pub struct AccountInPath(pub String);

impl IntoParams for AccountInPath {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![path_parameter_like("account", "The account's id", "01JZ8K2M3N4P5Q6R7S8T9V0W1Y")]
    }
}

fn path_parameter_like(name: &str, description: &str, example: &str) -> Parameter {
    let text = ObjectBuilder::new().schema_type(SchemaType::new(Type::String)).build();
    let required = ParameterBuilder::new().name(name).parameter_in(ParameterIn::Path).required(Required::True);
    required.description(Some(description)).schema(Some(text)).example(Some(example.into())).build()
}

/// Names one try of a person: the `Idempotency-Key`, or a new one for this call.
#[derive(Debug, Clone)]
pub struct RequestKey(String);

impl RequestKey {
    /// The id of what this request does to something, by somebody.
    pub fn request_id(&self, action: &str, account: &str) -> RequestId {
        RequestId::of(&self.0, &[action, account])
    }

    /// The same, where it can be about several.
    pub fn request_about(&self, action: &str, account: &str, about: &str) -> RequestId {
        RequestId::of(&self.0, &[action, account, about])
    }

    /// What this request does to a candidate.
    pub fn change(&self, act: Act, by: Actor, at: Timestamp) -> Change {
        Change { request: self.request_id(act.action().name(), &by.account), act, by, at, start: None }
    }
}

fn bearer(parts: &Parts) -> Option<&str> {
    let header = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = header.and_then(|header| header.split_once(' ')).filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    token.map(|(_, token)| token.trim())
}

fn claims(parts: &Parts, app: &App, kinds: &[Kind]) -> Result<Claims, Problem> {
    let tokens = app.tokens()?;
    let claims = bearer(parts).and_then(|token| tokens.verify(token, app.now()));
    claims.filter(|claims| kinds.contains(&claims.kind)).ok_or_else(|| Refusal::Unauthenticated.into())
}

async fn path_parameter(parts: &mut Parts, app: &App, name: &str) -> Option<String> {
    let parameters = RawPathParams::from_request_parts(parts, app).await.ok()?;
    parameters.iter().find(|(key, _)| *key == name).map(|(_, value)| value.to_owned())
}

/// The token's own session, if the path names it.
async fn own_session(parts: &mut Parts, app: &App, claims: &Claims) -> Result<SessionNumber, Problem> {
    let named = path_parameter(parts, app, "session").await;
    let own = claims.session.clone().filter(|own| named.as_deref() == Some(own.as_str()));
    own.ok_or_else(|| Refusal::Forbidden.into())
}

impl Organiser {
    fn of(claims: Claims) -> Result<Self, Problem> {
        if !claims.roles.contains(&Role::Organiser) {
            return Err(Refusal::Forbidden.into());
        }
        let [first_name, last_name] = [claims.given_name, claims.family_name].map(Option::unwrap_or_default);
        let centre = claims.centre.ok_or(Refusal::Forbidden)?;
        Ok(Self { account: claims.sub, centre, first_name, last_name })
    }
}

impl Proctor {
    async fn of(parts: &mut Parts, app: &App, claims: Claims) -> Result<Self, Problem> {
        let session = own_session(parts, app, &claims).await?;
        let [first_name, last_name] = [claims.given_name, claims.family_name].map(Option::unwrap_or_default);
        let password_issue = claims.password_issue.ok_or(Refusal::Unauthenticated)?;
        Ok(Self { account: claims.sub, session, first_name, last_name, password_issue })
    }
}

impl FromRequestParts<App> for AccountHolder {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let claims = claims(parts, app, &[Kind::Account])?;
        let [first_name, last_name] = [claims.given_name, claims.family_name].map(Option::unwrap_or_default);
        let email = claims.email.ok_or(Refusal::Unauthenticated)?;
        Ok(Self { account: claims.sub, first_name, last_name, email })
    }
}

impl FromRequestParts<App> for LoginToRenew {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let tokens = app.tokens()?;
        let claims = bearer(parts).and_then(|token| tokens.read(token)).filter(|claims| claims.kind == Kind::Account);
        let login = claims.and_then(|claims| {
            let since = Timestamp::from_second(claims.auth_time?).ok()?;
            Some(Self { account: claims.sub, email: claims.email?, since, password_issue: claims.password_issue? })
        });
        let lasts = login.filter(|login| app.now() < login.since + LOGIN_LIFETIME);
        lasts.ok_or_else(|| Refusal::Unauthenticated.into())
    }
}

impl FromRequestParts<App> for Organiser {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        Self::of(claims(parts, app, &[Kind::Account])?)
    }
}

impl FromRequestParts<App> for Proctor {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let claims = claims(parts, app, &[Kind::Proctor])?;
        Self::of(parts, app, claims).await
    }
}

impl FromRequestParts<App> for Staff {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let claims = claims(parts, app, &[Kind::Proctor, Kind::Account])?;
        match claims.kind {
            Kind::Proctor => Proctor::of(parts, app, claims).await.map(Self::Proctor),
            _ => Organiser::of(claims).map(Self::Organiser),
        }
    }
}

impl FromRequestParts<App> for InTheRoom {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let claims = claims(parts, app, &[Kind::Proctor, Kind::Candidate, Kind::Attempt])?;
        match claims.kind {
            Kind::Proctor => Proctor::of(parts, app, claims).await.map(Self::Proctor),
            _ => test_taker(parts, app, claims).await.map(Self::TestTaker),
        }
    }
}

impl FromRequestParts<App> for JoinedCandidate {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let claims = claims(parts, app, &[Kind::Candidate])?;
        Ok(test_taker(parts, app, claims).await?.candidate)
    }
}

impl FromRequestParts<App> for AttemptHolder {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let claims = claims(parts, app, &[Kind::Attempt])?;
        let TestTaker { candidate, start } = test_taker(parts, app, claims).await?;
        Ok(Self { candidate, start: start.ok_or(Refusal::Unauthenticated)? })
    }
}

impl FromRequestParts<App> for TestTaker {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let claims = claims(parts, app, &[Kind::Candidate, Kind::Attempt])?;
        test_taker(parts, app, claims).await
    }
}

async fn test_taker(parts: &mut Parts, app: &App, claims: Claims) -> Result<TestTaker, Problem> {
    let session = own_session(parts, app, &claims).await?;
    let named = path_parameter(parts, app, "candidate").await;
    let id = claims.candidate.filter(|own| named.as_deref() == Some(own.as_str())).ok_or(Refusal::Forbidden)?;
    Ok(TestTaker { candidate: JoinedCandidate { account: claims.sub, session, id }, start: claims.start })
}

impl FromRequestParts<App> for SessionInPath {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let number = path_parameter(parts, app, "session").await.and_then(|text| SessionNumber::parse(&text));
        Ok(Self(number.ok_or(Refusal::SessionNotFound)?))
    }
}

impl FromRequestParts<App> for CandidateInPath {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let id = path_parameter(parts, app, "candidate").await.and_then(|text| CandidateId::parse(&text));
        Ok(Self(id.ok_or(Refusal::CandidateNotFound)?))
    }
}

impl FromRequestParts<App> for AccountInPath {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        Ok(Self(path_parameter(parts, app, "account").await.unwrap_or_default()))
    }
}

impl<S: Sync> FromRequestParts<S> for RequestKey {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let wrong = |invalid| Problem::field("Idempotency-Key", invalid);
        let key = parts.headers.get("idempotency-key").map_or(&[][..], HeaderValue::as_bytes);
        match str::from_utf8(key).map_err(|_| wrong(Invalid::Other))? {
            "" => Ok(Self(Ulid::generate().to_string())),
            key if key.chars().count() > MAX_KEY => Err(wrong(Invalid::TooLong { max: MAX_KEY })),
            key => Ok(Self(key.to_owned())),
        }
    }
}
