//! Sessions: number, schedule, window.

use super::{
    centre::CentreId,
    identity::CandidateId,
    invalid::Invalid,
    name::{Label, Named},
    refusal::Refusal,
    request::{RequestId, Said},
    seal::Seal,
    terms::{FIRST_ISSUE, Terms},
};
use jiff::{SignedDuration, Timestamp, civil, fmt::serde::timestamp::millisecond, tz::TimeZone};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use strum::IntoStaticStr;

/// Joining and starting are possible from 2 hours before the scheduled time …
pub const OPENS_BEFORE: SignedDuration = SignedDuration::from_hours(2);
/// … until 24 hours after it.
pub const CLOSES_AFTER: SignedDuration = SignedDuration::from_hours(24);
/// How long the test lasts unless the organiser says otherwise.
pub const DEFAULT_DURATION_MINUTES: u32 = 105;
pub const DURATION_MINUTES: std::ops::RangeInclusive<u32> = 5..=720;
/// Extra time a candidate may be granted, in percent of the duration.
pub const EXTRA_TIME_PERCENT: std::ops::RangeInclusive<u32> = 0..=200;
/// Keeps the whole room within one page of a DynamoDB query (1 MB).
pub const MAX_CANDIDATES: u32 = 300;
pub const DEFAULT_TIME_ZONE: &str = "Europe/Paris";
/// How long a session and its candidates are kept after it closes: 5 years, the limitation period.
pub const RETENTION_SECONDS: i64 = 5 * 366 * 24 * 3600;

/// What proctors and candidates type to name a session: 5 to 9 digits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SessionNumber(String);

impl SessionNumber {
    /// `None` when no session can have this number.
    pub fn parse(text: &str) -> Option<Self> {
        let possible = (5..=9).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        possible.then(|| Self(text.to_owned()))
    }

    /// A number of 7 digits, made of random bytes.
    pub(super) fn drawn(random: [u8; 32]) -> Self {
        let drawn = random.iter().fold(0, |number, byte| (number * 256 + u64::from(*byte)) % 9_000_000);
        Self((1_000_000 + drawn).to_string())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for SessionNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// The years that dates may be of.
pub const YEARS: std::ops::RangeInclusive<i16> = 1900..=2199;

/// A date written `YYYY-MM-DD`, of the years 1900 to 2199.
///
/// # Errors
/// `invalid_date` for another form or a day that does not exist, `out_of_range`.
pub fn parse_date(text: &str) -> Result<civil::Date, Invalid> {
    let formed = text.len() == 10 && text.bytes().enumerate().all(|(i, b)| if i == 4 || i == 7 { b == b'-' } else { b.is_ascii_digit() });
    let date: civil::Date = formed.then(|| text.parse().ok()).flatten().ok_or(Invalid::Date)?;
    if YEARS.contains(&date.year()) { Ok(date) } else { Err(Invalid::out_of_range("1900-01-01", "2199-12-31")) }
}

/// A session's day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SessionDate(pub civil::Date);

/// A time of day written `HH:MM`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LocalTime(civil::Time);

impl LocalTime {
    /// `None` when there is no such time of day.
    pub fn of(hour: i8, minute: i8) -> Option<Self> {
        civil::Time::new(hour, minute, 0, 0).map(Self).ok()
    }

    /// # Errors
    /// `invalid_time` for another form or a time that does not exist.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let part = |at| text.get(at).filter(|s: &&str| s.bytes().all(|b| b.is_ascii_digit())).and_then(|s| s.parse().ok());
        match (text.len(), part(0..2), text.get(2..3), part(3..5)) {
            (5, Some(hour), Some(":"), Some(minute)) => Self::of(hour, minute).ok_or(Invalid::Time),
            _ => Err(Invalid::Time),
        }
    }
}

impl TryFrom<String> for LocalTime {
    type Error = Invalid;
    fn try_from(text: String) -> Result<Self, Invalid> {
        Self::parse(&text)
    }
}

impl From<LocalTime> for String {
    fn from(time: LocalTime) -> Self {
        time.0.strftime("%H:%M").to_string()
    }
}

/// The IANA name of a time zone, such as `Europe/Paris`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ZoneName(String);

impl ZoneName {
    /// # Errors
    /// `invalid_time_zone` when the tz database does not know it.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let zone = TimeZone::get(text).map_err(|_| Invalid::TimeZone)?;
        zone.iana_name().map(|name| Self(name.to_owned())).ok_or(Invalid::TimeZone)
    }
}

impl ZoneName {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for ZoneName {
    fn default() -> Self {
        Self(DEFAULT_TIME_ZONE.to_owned())
    }
}

/// When and where a session takes place, as the organiser wrote it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    pub date: SessionDate,
    pub time: LocalTime,
    pub time_zone: ZoneName,
    pub site: Label,
    pub room: Label,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub examiner: Option<Label>,
    pub duration_minutes: u32,
}

/// When and where a session of a centre is: those that agree in it are one. Capitals do not count, which are often typed otherwise.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SessionPlace([String; 4]);

impl SessionPlace {
    pub fn of(date: SessionDate, time: LocalTime, site: &Label, room: &Label) -> Self {
        let [site, room] = [site, room].map(|label| label.as_str().to_lowercase());
        Self([date.0.to_string(), time.into(), site, room])
    }

    /// Names the wish for a session of this centre there, whoever has it.
    pub fn request(&self, centre: &CentreId) -> RequestId {
        let [date, time, site, room] = &self.0;
        RequestId::of(centre.as_str(), &["place", date, time, site, room])
    }
}

impl Plan {
    pub fn place(&self) -> SessionPlace {
        SessionPlace::of(self.date, self.time, &self.site, &self.room)
    }

    /// Whether a start under the one is a start under the other.
    pub fn is_at_the_same_time_as(&self, other: &Self) -> bool {
        (self.date, self.time, &self.time_zone, self.duration_minutes) == (other.date, other.time, &other.time_zone, other.duration_minutes)
    }

    /// The instant the session is scheduled for. Where a clock change makes the local time happen
    /// twice, the first counts.
    ///
    /// # Errors
    /// `invalid_time` when a clock change skips that local time.
    pub fn scheduled_at(&self) -> Result<Timestamp, Invalid> {
        let zone = TimeZone::get(&self.time_zone.0).map_err(|_| Invalid::TimeZone)?;
        let local = zone.to_ambiguous_timestamp(self.date.0.to_datetime(self.time.0));
        if matches!(local.offset(), jiff::tz::AmbiguousOffset::Gap { .. }) {
            return Err(Invalid::Time);
        }
        local.earlier().map_err(|_| Invalid::Time)
    }
}

/// Somebody who logged in to a session as its proctor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionProctor {
    pub account: String,
    pub first_name: String,
    pub last_name: String,
    /// The first time.
    #[serde(with = "millisecond::required")]
    pub since: Timestamp,
}

impl SessionProctor {
    pub fn named(&self) -> Named {
        (self.first_name.clone(), self.last_name.clone()).into()
    }
}

/// The time in which candidates may join and start: from `opens_at` up to, not including, `closes_at`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Window {
    #[serde(with = "millisecond::required")]
    pub opens_at: Timestamp,
    #[serde(with = "millisecond::required")]
    pub closes_at: Timestamp,
}

impl Window {
    pub fn around(scheduled_at: Timestamp) -> Self {
        Self { opens_at: scheduled_at - OPENS_BEFORE, closes_at: scheduled_at + CLOSES_AFTER }
    }

    /// # Errors
    /// `session_not_open`, `session_closed`.
    pub fn check(&self, now: Timestamp) -> Result<(), Refusal> {
        if now < self.opens_at {
            Err(Refusal::SessionNotOpen)
        } else if now >= self.closes_at {
            Err(Refusal::SessionClosed)
        } else {
            Ok(())
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum SessionStatus {
    Open,
    /// Deletion has begun: nobody is enrolled any more, and nobody starts.
    Deleting,
    /// Finalisation has begun: nobody is enrolled any more and candidates are being closed.
    Finalising,
    Finalised,
}

impl SessionStatus {
    /// As in the table.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// A session, without its candidates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Session {
    #[serde(rename = "session")]
    pub number: SessionNumber,
    /// All its organisers see and change the session alike.
    pub centre: CentreId,
    /// The account that created it.
    pub organiser: String,
    /// First and last name of that account, as it said then. The board does not read them.
    #[serde(default)]
    pub organised_by: (String, String),
    #[serde(flatten)]
    pub plan: Plan,
    #[serde(flatten)]
    pub window: Window,
    pub status: SessionStatus,
    #[serde(with = "millisecond::required")]
    pub created_at: Timestamp,
    /// Which version of the code key its codes and candidate ids are derived from.
    pub code_key: u32,
    /// The issues of its access code and its password.
    pub code_issue: u32,
    pub password_issue: u32,
    /// How often its [terms](Terms) changed.
    #[serde(rename = "terms")]
    pub revision: u32,
    pub candidate_count: u32,
    /// Incidents that were reported.
    #[serde(default)]
    pub incident_count: u32,
    /// How often identities were corrected in place, and which they are now: of candidates whose id is made from what
    /// they were enrolled as. The board does not read them.
    #[serde(default)]
    pub corrections: u32,
    #[serde(default)]
    pub corrected: BTreeMap<CandidateId, CandidateId>,
    /// How often an organiser [mended](super::history::SessionEntry) something of it.
    #[serde(default)]
    pub mendings: u32,
    /// Of a finalised one: when and by whom, by first and last name, it was finalised last.
    #[serde(default, with = "millisecond::optional", skip_serializing_if = "Option::is_none")]
    pub finalised_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finalised_by: Option<(String, String)>,
    /// How often it was finalised.
    #[serde(default)]
    pub finalisations: u32,
    /// What the last finalisation sealed the record with, and in which format; none where it was before there were seals.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seal: Option<Seal>,
    /// The requests that created it and enrolled its candidates, so that a retry is known, and with what each said. The
    /// board does not read them.
    #[serde(default)]
    pub requests: BTreeMap<RequestId, Said>,
}

/// A session before it has a number.
#[derive(Debug, Clone)]
pub struct NewSession {
    pub centre: CentreId,
    /// The account that creates it, and its names as they are shown.
    pub organiser: String,
    pub organised_by: (String, String),
    pub plan: Plan,
    pub window: Window,
    pub created_at: Timestamp,
    /// The version of the code key for its codes.
    pub code_key: u32,
    /// The requests that create it, and what each says.
    pub requests: BTreeMap<RequestId, Said>,
}

impl NewSession {
    /// The session of this number, open, to which nothing has happened yet.
    pub fn numbered(&self, number: SessionNumber) -> Session {
        Session {
            number,
            centre: self.centre.clone(),
            organiser: self.organiser.clone(),
            organised_by: self.organised_by.clone(),
            plan: self.plan.clone(),
            window: self.window,
            status: SessionStatus::Open,
            created_at: self.created_at,
            code_key: self.code_key,
            code_issue: FIRST_ISSUE,
            password_issue: FIRST_ISSUE,
            revision: 0,
            candidate_count: 0,
            incident_count: 0,
            corrections: 0,
            corrected: BTreeMap::new(),
            mendings: 0,
            finalised_at: None,
            finalised_by: None,
            finalisations: 0,
            seal: None,
            requests: self.requests.clone(),
        }
    }
}

impl Session {
    /// What each of its candidates has a copy of.
    pub fn terms(&self) -> Terms {
        Terms {
            revision: self.revision,
            window: self.window,
            duration_minutes: self.plan.duration_minutes,
            code_key: self.code_key,
            code_issue: self.code_issue,
            password_issue: self.password_issue,
        }
    }

    /// Whether a candidate with another id has the identity that this id is made from.
    pub fn is_corrected_to(&self, identity: &CandidateId) -> bool {
        self.corrected.contains_key(identity)
    }

    /// The id of the candidate who may have this identity: another one than the identity's own where somebody was
    /// corrected to it, and `None` where whoever has its own id was corrected to another.
    pub fn id_of<'a>(&'a self, identity: &'a CandidateId) -> Option<&'a CandidateId> {
        match self.corrected.get(identity) {
            Some(id) => Some(id),
            // Who has that id is somebody else now.
            None if self.corrected.values().any(|id| id == identity) => None,
            None => Some(identity),
        }
    }

    /// Whether it may still be changed.
    ///
    /// # Errors
    /// `session_finalised`.
    pub fn check_changeable(&self) -> Result<(), Refusal> {
        if self.status == SessionStatus::Open { Ok(()) } else { Err(Refusal::SessionFinalised) }
    }

    /// Whether candidates may still start, now or later.
    pub fn is_to_come_or_open(&self, now: Timestamp) -> bool {
        self.status != SessionStatus::Finalised && now < self.window.closes_at
    }

    /// Whether candidates may join now.
    ///
    /// # Errors
    /// `session_finalised`, `session_not_open`, `session_closed`.
    pub fn check_open(&self, now: Timestamp) -> Result<(), Refusal> {
        self.check_changeable()?;
        self.window.check(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn session_numbers() {
        for good in ["95331", "1234567", "000000000"] {
            assert!(SessionNumber::parse(good).is_some(), "{good}");
        }
        for bad in ["", "1234", "1234567890", "12345a", " 12345", "１２３４５"] {
            assert!(SessionNumber::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn dates_that_do_not_exist_are_refused() {
        assert!(parse_date("2012-02-29").is_ok());
        for bad in
            ["2013-02-29", "2012-04-31", "2012-13-01", "2012-00-10", "2012-2-9", "20120229", "29/02/2012", "2012-02-29T00:00", "2012-02-30"]
        {
            assert_eq!(parse_date(bad), Err(Invalid::Date), "{bad}");
        }
        assert_eq!(parse_date("0012-02-28").map_err(|e| e.code()), Err("out_of_range"));
    }

    #[test]
    fn times_and_zones() {
        assert_eq!(LocalTime::parse("09:05").map(String::from), Ok("09:05".into()));
        for bad in ["24:00", "9:05", "09:60", "09:05:00", "09h05", "+9:05"] {
            assert_eq!(LocalTime::parse(bad), Err(Invalid::Time), "{bad}");
        }
        assert_eq!(ZoneName::parse("indian/reunion"), Ok(ZoneName("Indian/Reunion".into())));
        for bad in ["Paris", "Europe/Atlantis", "", "+02:00"] {
            assert_eq!(ZoneName::parse(bad), Err(Invalid::TimeZone), "{bad}");
        }
    }

    fn plan(date: &str, time: &str) -> Plan {
        Plan {
            date: SessionDate(parse_date(date).unwrap()),
            time: LocalTime::parse(time).unwrap(),
            time_zone: ZoneName::default(),
            site: Label::parse("Collège").unwrap(),
            room: Label::parse("12").unwrap(),
            examiner: None,
            duration_minutes: DEFAULT_DURATION_MINUTES,
        }
    }

    #[test]
    fn the_window_follows_the_local_clock() {
        let window = Window::around(plan("2026-06-15", "09:00").scheduled_at().unwrap());
        assert_eq!(window.opens_at.to_string(), "2026-06-15T05:00:00Z");
        assert_eq!(window.closes_at.to_string(), "2026-06-16T07:00:00Z");
        assert_eq!(plan("2026-03-29", "02:30").scheduled_at(), Err(Invalid::Time), "skipped by summer time");
        assert_eq!(plan("2026-10-25", "02:30").scheduled_at().unwrap().to_string(), "2026-10-25T00:30:00Z");
    }
}
