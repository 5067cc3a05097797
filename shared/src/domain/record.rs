//! The record of a session: all that happened in it, for whoever asks later. docs/record.md describes it.
//!
//! A format is a function of what the table holds, and of nothing else. A finalised session's seal was made over the record
//! in one format, to the byte, so **what is told in a format never changes**: no name, no order, no form of a value. What the
//! record is to tell beyond it takes another format, beside the old one. `tests/stories/here/record.rs` holds each to a
//! session of its time.

use super::{
    act::Action,
    actor::ActorRole,
    candidate::Candidate,
    correction::Former,
    history::{Entry, SessionAction, SessionEntry},
    identity::CandidateId,
    incident::{Category, Incident},
    name::Named,
    session::{Plan, Session, SessionProctor, SessionStatus},
    state_table::Status,
};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde::{Deserialize, Serialize, Serializer};
use utoipa::ToSchema;

/// The formats of records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = RecordFormat)]
pub enum Format {
    #[serde(rename = "vigie-record/1")]
    First,
}

impl Format {
    /// The one of records that are not sealed yet.
    pub const NEWEST: Self = Self::First;
}

/// All that the table holds of a session and its record tells.
#[derive(Debug)]
pub struct Kept {
    pub session: Session,
    pub candidates: Vec<Candidate>,
    pub proctors: Vec<SessionProctor>,
    pub incidents: Vec<Incident>,
    /// By their keys.
    pub mendings: Vec<SessionEntry>,
}

/// The record of a session.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    pub format: Format,
    /// Which finalisation of the session it tells: 1, more where the session was opened again. Absent while the session is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = 1)]
    pub finalisation: Option<u32>,
    pub session: RecordedSession,
    /// Who logged in to the session as its proctor, the longest there first.
    pub proctors: Vec<RecordedProctor>,
    /// By family name, first name and id, by the code points of Unicode.
    pub candidates: Vec<RecordedCandidate>,
    /// What organisers changed of the session, and when the operator opened it again, the oldest first. Corrections that leave
    /// a candidate who they were, as of a spelling or of extra time, are in the candidate's history alone.
    pub changes: Vec<RecordedChange>,
    /// What was reported, the oldest first.
    pub incidents: Vec<RecordedIncident>,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RecordedSession {
    #[schema(example = "9533127")]
    pub number: String,
    #[serde(flatten)]
    pub plan: RecordedPlan,
    pub status: RecordedStatus,
    /// From when candidates could join and start.
    #[schema(value_type = String, format = DateTime)]
    pub opens_at: Instant,
    #[schema(value_type = String, format = DateTime)]
    pub closes_at: Instant,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Instant,
    /// Who created it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub created_by: Option<Named>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime, nullable = false)]
    pub finalised_at: Option<Instant>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub finalised_by: Option<Named>,
}

#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RecordedStatus {
    Open,
    Finalised,
}

/// When and where a session takes place.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RecordedPlan {
    #[schema(value_type = String, format = Date)]
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
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub examiner: Option<String>,
    pub duration_minutes: u32,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RecordedProctor {
    #[serde(flatten)]
    pub named: Named,
    /// When they first logged in to it.
    #[schema(value_type = String, format = DateTime)]
    pub since: Instant,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RecordedCandidate {
    /// Says who is meant in `changes` and `incidents`.
    #[schema(example = "KZ2XQ5DHP3WJ6YBT7MFA4ECVGU")]
    pub id: String,
    #[schema(example = "Zoé")]
    pub first_name: String,
    #[schema(example = "Bernard")]
    pub last_name: String,
    #[schema(value_type = String, format = Date)]
    pub birthdate: Date,
    pub extra_time_percent: u32,
    pub status: Status,
    /// When the tick was set, if it is: absent of whom was not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime, nullable = false)]
    pub present_since: Option<Instant>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime, nullable = false)]
    pub started_at: Option<Instant>,
    /// The start, plus the duration with extra time and the minutes added on the day.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime, nullable = false)]
    pub ends_at: Option<Instant>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime, nullable = false)]
    pub ended_at: Option<Instant>,
    /// How often the test was started: 1, and one more for each resumption.
    pub starts: u32,
    /// Minutes added on the day, all together.
    pub extra_minutes: i32,
    /// Of the test, the first one first.
    pub interruptions: Vec<Interruption>,
    /// All that happened to the candidate, in order.
    pub history: Vec<Event>,
}

/// A time in which a test that had begun was not taken.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Interruption {
    /// When the candidate left the test; absent where nobody told it, as when a device failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime, nullable = false)]
    pub from: Option<Instant>,
    /// When they resumed it; absent where they did not.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime, nullable = false)]
    pub to: Option<Instant>,
    /// Whole ones from the one to the other, where both are known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub seconds: Option<i64>,
}

/// What happened to a candidate.
#[derive(Debug, Serialize, ToSchema)]
pub struct Event {
    #[schema(value_type = String, format = DateTime)]
    pub at: Instant,
    pub action: Action,
    pub role: ActorRole,
    /// Who it was, as their account said; absent where nobody knows, as of who came in by a pass.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub by: Option<Named>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub reason: Option<String>,
    /// That were added.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub minutes: Option<i32>,
    /// Of a correction: what stood there before.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub former: Option<Former>,
}

/// What an organiser, or the operator, changed of a session.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RecordedChange {
    #[schema(value_type = String, format = DateTime)]
    pub at: Instant,
    pub action: SessionAction,
    /// Absent where it was the operator.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub by: Option<Named>,
    /// Of a session that was opened again: why, and when and by whom it had been finalised.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime, nullable = false)]
    pub finalised_at: Option<Instant>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub finalised_by: Option<Named>,
    /// Whom it was about, by the id that they had from then on.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub candidate: Option<String>,
    /// The id that they had before, where that changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub moved_from: Option<String>,
    /// Of who was removed: what was enrolled.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub former: Option<Former>,
    /// Of an edited session: what was planned before.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub former_plan: Option<RecordedPlan>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct RecordedIncident {
    pub id: String,
    #[schema(value_type = String, format = DateTime)]
    pub at: Instant,
    pub role: ActorRole,
    /// Who reported it, as their account said.
    pub by: Named,
    pub category: Category,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub text: Option<String>,
    /// Whom it is about, if it is about one candidate, by the id that they had then: `changes` tell who moved to another since.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub candidate: Option<String>,
}

/// An instant as records tell it: in UTC, to the millisecond, always of the same form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Instant(pub Timestamp);

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0.strftime("%Y-%m-%dT%H:%M:%S.%3fZ"))
    }
}

/// Tells the record of a session: in the format that its seal was made over, if it has one.
pub fn record(kept: &Kept) -> Record {
    match kept.session.seal.as_ref().map_or(Format::NEWEST, |seal| seal.format) {
        Format::First => first(kept),
    }
}

/// `vigie-record/1`.
fn first(kept: &Kept) -> Record {
    let Kept { session, candidates, proctors, incidents, mendings } = kept;
    let is_finalised = session.status == SessionStatus::Finalised;
    let mut proctors: Vec<_> = proctors.iter().collect();
    proctors.sort_by_key(|proctor| (proctor.since, proctor.account.clone()));
    let mut candidates: Vec<_> = candidates.iter().collect();
    // Not as the board, which compares names as people do: how they do may change.
    candidates.sort_by_key(|candidate| (candidate.last_name.as_str(), candidate.first_name.as_str(), candidate.id.as_str()));
    let mut mendings: Vec<_> = mendings.iter().collect();
    mendings.sort_by_key(|entry| entry.at);
    let mut incidents: Vec<_> = incidents.iter().collect();
    incidents.sort_by_key(|incident| (incident.at, incident.id.as_str()));
    Record {
        format: Format::First,
        finalisation: Some(session.finalisations).filter(|count| is_finalised && *count > 0),
        session: RecordedSession {
            number: session.number.to_string(),
            plan: (&session.plan).into(),
            status: if is_finalised { RecordedStatus::Finalised } else { RecordedStatus::Open },
            opens_at: Instant(session.window.opens_at),
            closes_at: Instant(session.window.closes_at),
            created_at: Instant(session.created_at),
            created_by: creator(session),
            finalised_at: session.finalised_at.filter(|_| is_finalised).map(Instant),
            finalised_by: session.finalised_by.clone().filter(|_| is_finalised).map(Named::from),
        },
        proctors: proctors.into_iter().map(|proctor| RecordedProctor { named: proctor.named(), since: Instant(proctor.since) }).collect(),
        candidates: candidates.into_iter().map(|candidate| recorded(candidate, session, &kept.proctors)).collect(),
        changes: mendings.into_iter().map(|entry| change(entry, session)).collect(),
        incidents: incidents.into_iter().map(RecordedIncident::from).collect(),
    }
}

fn recorded(candidate: &Candidate, session: &Session, proctors: &[SessionProctor]) -> RecordedCandidate {
    RecordedCandidate {
        id: candidate.id.clone().into(),
        first_name: candidate.first_name.clone().into(),
        last_name: candidate.last_name.clone().into(),
        birthdate: candidate.birthdate.0,
        extra_time_percent: candidate.extra_time_percent,
        status: candidate.status,
        present_since: candidate.present_since.map(Instant),
        started_at: candidate.started_at.map(Instant),
        ends_at: candidate.ends_at().map(Instant),
        ended_at: candidate.ended_at.map(Instant),
        starts: candidate.starts,
        extra_minutes: candidate.extra_minutes,
        interruptions: interruptions(&candidate.history),
        history: history(candidate, session, proctors),
    }
}

/// The history of a candidate, with the names of who acted, as far as the session knows them.
pub fn history(candidate: &Candidate, session: &Session, proctors: &[SessionProctor]) -> Vec<Event> {
    let event = |entry: &Entry| Event {
        at: Instant(entry.at),
        action: entry.action,
        role: entry.role,
        by: name_of(entry, candidate, session, proctors),
        reason: entry.reason.clone(),
        minutes: entry.minutes,
        former: entry.former.clone(),
    };
    candidate.history.iter().map(event).collect()
}

fn name_of(entry: &Entry, candidate: &Candidate, session: &Session, proctors: &[SessionProctor]) -> Option<Named> {
    match entry.role {
        ActorRole::Proctor => proctors.iter().find(|proctor| proctor.account == entry.account).map(SessionProctor::named),
        ActorRole::Organiser | ActorRole::Finalisation => organiser(entry.name.as_ref(), &entry.account, session),
        ActorRole::Candidate => {
            let mut joins = candidate.history.iter().filter(|join| join.account == entry.account);
            joins.find_map(|join| join.name.clone()).map(Named::from)
        }
    }
}

/// An organiser by the name that was noted, or as who created the session.
fn organiser(noted: Option<&(String, String)>, account: &str, session: &Session) -> Option<Named> {
    noted.cloned().map(Named::from).or_else(|| creator(session).filter(|_| account == session.organiser))
}

/// Sessions of long ago do not know.
fn creator(session: &Session) -> Option<Named> {
    Some(session.organised_by.clone()).filter(|(first, last)| !first.is_empty() || !last.is_empty()).map(Named::from)
}

/// What a history tells of times in which the test was not taken.
fn interruptions(history: &[Entry]) -> Vec<Interruption> {
    let (mut interruptions, mut left, mut begun) = (vec![], None, false);
    for entry in history {
        match entry.action {
            Action::Leave => left = Some(entry.at),
            Action::Start if begun => interruptions.push(Interruption::between(left.take(), Some(entry.at))),
            Action::Start => begun = true,
            _ => {}
        }
    }
    interruptions.extend(left.map(|left| Interruption::between(Some(left), None)));
    interruptions
}

impl Interruption {
    fn between(from: Option<Timestamp>, to: Option<Timestamp>) -> Self {
        // Two functions' clocks may differ.
        let seconds = from.zip(to).map(|(from, to)| to.duration_since(from).as_secs().max(0));
        Self { from: from.map(Instant), to: to.map(Instant), seconds }
    }
}

fn change(entry: &SessionEntry, session: &Session) -> RecordedChange {
    RecordedChange {
        at: Instant(entry.at),
        action: entry.action,
        by: entry.account.as_ref().and_then(|account| organiser(entry.name.as_ref(), account, session)),
        reason: entry.reason.clone(),
        finalised_at: entry.finalised_at.map(Instant),
        finalised_by: entry.finalised_by.clone().map(Named::from),
        candidate: entry.candidate.clone().map(CandidateId::into),
        moved_from: entry.moved_from.clone().map(CandidateId::into),
        former: entry.former.clone(),
        former_plan: entry.plan.as_ref().map(RecordedPlan::from),
    }
}

impl RecordedPlan {
    /// In which its times are local: UTC where nobody knows its zone any more.
    pub fn zone(&self) -> TimeZone {
        TimeZone::get(&self.time_zone).unwrap_or(TimeZone::UTC)
    }
}

impl From<&Plan> for RecordedPlan {
    fn from(plan: &Plan) -> Self {
        Self {
            date: plan.date.0,
            time: plan.time.into(),
            time_zone: plan.time_zone.as_str().to_owned(),
            site: plan.site.as_str().to_owned(),
            room: plan.room.as_str().to_owned(),
            examiner: plan.examiner.as_ref().map(|label| label.as_str().to_owned()),
            duration_minutes: plan.duration_minutes,
        }
    }
}

impl From<&Incident> for RecordedIncident {
    fn from(incident: &Incident) -> Self {
        let report = &incident.report;
        Self {
            id: incident.id.clone(),
            at: Instant(incident.at),
            role: incident.role,
            by: Named::from((incident.first_name.clone(), incident.last_name.clone())),
            category: report.category,
            text: report.text.as_ref().map(|text| text.as_str().to_owned()),
            candidate: report.candidate.clone().map(Into::into),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::actor::Actor;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn entries(history: &[(Action, i64)]) -> Vec<Entry> {
        history.iter().map(|(action, second)| Entry::new(*action, &Actor::candidate("01A".to_owned()), at(*second))).collect()
    }

    fn told(history: &[(Action, i64)]) -> Vec<(Option<i64>, Option<i64>, Option<i64>)> {
        let second = |instant: Instant| instant.0.as_second();
        let told = interruptions(&entries(history));
        told.into_iter().map(|told| (told.from.map(second), told.to.map(second), told.seconds)).collect()
    }

    #[test]
    fn interruptions_follow_from_the_history() {
        use Action::{Authorise, End, Finish, Leave, Start};
        assert_eq!(told(&[(Start, 0), (Finish, 9)]), []);
        let left_and_crashed = [(Start, 0), (Leave, 5), (Authorise, 6), (Start, 65), (Authorise, 70), (Start, 80), (Leave, 90), (End, 99)];
        assert_eq!(told(&left_and_crashed), [(Some(5), Some(65), Some(60)), (None, Some(80), None), (Some(90), None, None)]);
        assert_eq!(told(&[(Start, 0), (Leave, 5), (Start, 4)]), [(Some(5), Some(4), Some(0))], "two clocks");
    }

    #[test]
    fn an_instant_has_one_form() {
        for (instant, expected) in [
            ("2026-06-15T05:00:00Z", "\"2026-06-15T05:00:00.000Z\""),
            ("2026-06-15T05:00:00.120Z", "\"2026-06-15T05:00:00.120Z\""),
            ("2026-06-15T07:00:00.123456+02:00", "\"2026-06-15T05:00:00.123Z\""),
        ] {
            assert_eq!(serde_json::to_string(&Instant(instant.parse().unwrap())).unwrap(), expected);
        }
    }
}
