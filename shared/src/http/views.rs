//! What clients see of sessions and candidates.

pub use crate::domain::name::Named;

use super::{
    Problem,
    token::{Claims, Kind},
};
use crate::{
    app::App,
    domain::{
        act::JoinedAs,
        candidate::Candidate,
        centre::OwnCentre,
        code::CodeKeys,
        incident::{Category, Incident, Report},
        seen::Seen,
        session::{Session, SessionStatus},
        state_table::Status,
    },
};
use jiff::{Timestamp, civil::Date};
use serde::Serialize;
use utoipa::ToSchema;

/// A session.
#[derive(Debug, Clone, Hash, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionView {
    #[schema(example = "9533127")]
    pub number: String,
    #[schema(value_type = String, format = Date, example = "2026-06-15")]
    pub date: Date,
    /// Local, in `timeZone`.
    #[schema(example = "09:00")]
    pub time: String,
    #[schema(example = "Europe/Paris")]
    pub time_zone: String,
    #[schema(example = "Collège Jean Moulin")]
    pub site: String,
    #[schema(example = "Salle 12")]
    pub room: String,
    /// The named proctor of the session.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "AED")]
    pub examiner: Option<String>,
    #[schema(example = 105)]
    pub duration_minutes: u32,
    pub status: SessionViewStatus,
    /// From when candidates may join and start.
    #[schema(value_type = String, format = DateTime, example = "2026-06-15T05:00:00Z")]
    pub opens_at: Timestamp,
    #[schema(value_type = String, format = DateTime, example = "2026-06-16T07:00:00Z")]
    pub closes_at: Timestamp,
    /// How many are enrolled.
    #[schema(example = 30)]
    pub candidate_count: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = SessionStatus)]
pub enum SessionViewStatus {
    Open,
    Finalised,
}

impl From<&Session> for SessionView {
    fn from(session: &Session) -> Self {
        let plan = &session.plan;
        Self {
            number: session.number.to_string(),
            date: plan.date.0,
            time: plan.time.into(),
            time_zone: plan.time_zone.as_str().to_owned(),
            site: plan.site.as_str().to_owned(),
            room: plan.room.as_str().to_owned(),
            examiner: plan.examiner.as_ref().map(|label| label.as_str().to_owned()),
            duration_minutes: plan.duration_minutes,
            // Open until finalisation or deletion is complete: an organiser who sees it open calls it again.
            status: match session.status {
                SessionStatus::Open | SessionStatus::Deleting | SessionStatus::Finalising => SessionViewStatus::Open,
                SessionStatus::Finalised => SessionViewStatus::Finalised,
            },
            opens_at: session.window.opens_at,
            closes_at: session.window.closes_at,
            candidate_count: session.candidate_count,
        }
    }
}

/// A candidate of a session.
#[derive(Debug, Clone, Hash, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CandidateView {
    #[schema(example = "KZ2XQ5DHP3WJ6YBT7MFA4ECVGU")]
    pub id: String,
    #[schema(example = "Zoé")]
    pub first_name: String,
    #[schema(example = "Bernard")]
    pub last_name: String,
    #[schema(value_type = String, format = Date, example = "2012-05-31")]
    pub birthdate: Date,
    pub status: Status,
    /// Whether an account has joined as this candidate.
    pub joined: bool,
    /// For proctors and organisers.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub joined_as: Option<JoinedAs>,
    /// Until when access codes are refused after wrong ones, if they are. For proctors and organisers.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime, nullable = false)]
    pub code_locked_until: Option<Timestamp>,
    pub resume_authorised: bool,
    /// Since when the candidate stands before a refused start.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime, nullable = false)]
    pub waiting_since: Option<Timestamp>,
    /// Since when the candidate calls the proctor.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime, nullable = false)]
    pub help_since: Option<Timestamp>,
    /// Since when the page of a running test is closed or silent. On the board alone; shown, and never believed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime, nullable = false)]
    pub away_since: Option<Timestamp>,
    /// When the tick was set; stays after the start.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime, nullable = false)]
    pub present_since: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime, nullable = false)]
    pub started_at: Option<Timestamp>,
    /// The start, plus the duration with extra time and the minutes added on the day.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime, nullable = false)]
    pub ends_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime, nullable = false)]
    pub ended_at: Option<Timestamp>,
    /// The test runs past its end time.
    pub overtime: bool,
    #[schema(example = 0)]
    pub extra_time_percent: u32,
    /// Minutes added on the day, all together.
    #[schema(example = 0, minimum = 0, maximum = 720)]
    pub extra_minutes: i32,
}

impl CandidateView {
    /// As proctors and organisers see a candidate.
    pub fn for_staff(candidate: impl Into<Seen>, now: Timestamp) -> Self {
        let mut seen = candidate.into();
        let (joined_as, code_locked_until) = (seen.joined_as.take(), seen.code_locked_until(now));
        Self { joined_as, code_locked_until, ..Self::of(seen, now) }
    }

    /// As candidates see themselves.
    pub fn of(candidate: impl Into<Seen>, now: Timestamp) -> Self {
        let seen = candidate.into();
        Self {
            overtime: seen.is_overtime(now),
            ends_at: seen.ends_at(),
            id: seen.id.into(),
            first_name: seen.first_name.into(),
            last_name: seen.last_name.into(),
            birthdate: seen.birthdate.0,
            status: seen.status,
            joined: seen.account.is_some(),
            joined_as: None,
            code_locked_until: None,
            resume_authorised: seen.resume_authorised,
            waiting_since: seen.waiting_since,
            help_since: seen.help_since,
            away_since: None,
            present_since: seen.present_since,
            started_at: seen.started_at,
            ended_at: seen.ended_at,
            extra_time_percent: seen.extra_time_percent,
            extra_minutes: seen.extra_minutes,
        }
    }
}

/// What was reported of a session.
#[derive(Debug, Serialize, ToSchema)]
pub struct IncidentView {
    #[schema(example = "01JZ8K2M3N4P5Q6R7S8T9V0W1X")]
    pub id: String,
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Who reported it, as their account said.
    pub by: Named,
    pub category: Category,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub text: Option<String>,
    /// Whom it is about, if it is about one candidate.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub candidate: Option<String>,
}

impl From<Incident> for IncidentView {
    fn from(incident: Incident) -> Self {
        let Report { category, text, candidate } = incident.report;
        Self {
            id: incident.id,
            at: incident.at,
            by: Named { first_name: incident.first_name, last_name: incident.last_name },
            category,
            text: text.map(|text| text.as_str().to_owned()),
            candidate: candidate.map(Into::into),
        }
    }
}

/// How many candidates stand at each status.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    pub enrolled: u32,
    pub present: u32,
    pub in_progress: u32,
    pub interrupted: u32,
    pub finished: u32,
    pub ended: u32,
}

impl Summary {
    pub fn of(candidates: impl Iterator<Item = Status>) -> Self {
        let mut summary = Self::default();
        for status in candidates {
            *match status {
                Status::Enrolled => &mut summary.enrolled,
                Status::Present => &mut summary.present,
                Status::InProgress => &mut summary.in_progress,
                Status::Interrupted => &mut summary.interrupted,
                Status::Finished => &mut summary.finished,
                Status::Ended => &mut summary.ended,
            } += 1;
        }
        summary
    }
}

/// A session with the codes of its proctor's kit.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Kit {
    #[serde(flatten)]
    pub session: SessionView,
    /// For proctors.
    #[schema(example = "C-7GHJ4K")]
    pub session_password: String,
    /// For candidates, given by the proctor.
    #[schema(example = "XGDZ46")]
    pub access_code: String,
}

impl Kit {
    /// `None` when this deployment has lost the version of the code key the session was made with.
    pub fn of(session: &Session, codes: &CodeKeys) -> Option<Self> {
        Some(Self {
            session: session.into(),
            session_password: codes.session_password(session)?.as_session_password(),
            access_code: codes.access_code(session)?.as_text(),
        })
    }
}

/// The centre that somebody is an organiser of.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OwnCentre)]
pub struct CentreView {
    #[schema(example = "01JZ8K2M3N4P5Q6R7S8T9V0W1X")]
    pub id: String,
    #[schema(example = "Collège Jean Moulin")]
    pub name: String,
}

impl From<&OwnCentre> for CentreView {
    fn from(centre: &OwnCentre) -> Self {
        Self { id: centre.id.as_str().to_owned(), name: centre.name.as_str().to_owned() }
    }
}

/// A token and how to use it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Access {
    /// To send as `Authorization: Bearer …`.
    pub access_token: String,
    #[schema(example = "Bearer")]
    pub token_type: &'static str,
    /// Seconds.
    #[schema(example = 28800)]
    pub expires_in: i64,
}

/// Who has joined a session as one of its candidates, with an account or by a pass.
#[derive(Debug, Serialize, ToSchema)]
pub struct Joined {
    #[serde(flatten)]
    access: Access,
    candidate: CandidateView,
    session: SessionView,
}

impl Joined {
    /// With a token that lasts until the session closes.
    ///
    /// # Errors
    /// `internal_error`, if this function can't sign.
    pub fn grant(app: &App, account: &str, session: &Session, candidate: &Candidate, now: Timestamp) -> Result<Self, Problem> {
        let access = app.grant(Claims {
            session: Some(session.number.clone()),
            candidate: Some(candidate.id.clone()),
            ..Claims::new(Kind::Candidate, account, now, session.window.closes_at)
        })?;
        Ok(Self { access, candidate: CandidateView::of(candidate, now), session: session.into() })
    }
}
