//! The report: what the record of a session tells, on paper.

use crate::{Facts, NotMade, Text, day, world};
use jiff::{Timestamp, tz::TimeZone};
use serde::Serialize;
use shared::domain::{
    chronology::{Line, Whom, Words, chronology},
    language::Language,
    name::Named,
    record::{Instant, Interruption, Record, RecordedCandidate, RecordedIncident, RecordedStatus},
    state_table::Status,
};

/// What the report says. Where it is none of the session's, an instant has its date.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Report {
    facts: Facts,
    duration_minutes: u32,
    /// When it was read, of a session that is not finalised: more may come.
    as_of: Option<String>,
    /// How it was finalised. Sessions of before there were seals do not know.
    finalised: Option<Finalised>,
    proctors: Vec<Text>,
    /// How many candidates have each status, in its words, where there are any.
    counts: Vec<(usize, &'static str)>,
    candidates: Vec<Candidate>,
    incidents: Vec<Incident>,
    events: Vec<Event>,
    seal: Option<String>,
    /// Address of the page that verifies records.
    verify: Option<String>,
}

#[derive(Serialize)]
struct Finalised {
    at: String,
    by: Option<Text>,
    count: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Candidate {
    last_name: Text,
    first_name: Text,
    birthdate: String,
    present: String,
    started: String,
    ended: String,
    interruptions: String,
    extra: String,
    status: &'static str,
}

#[derive(Serialize)]
struct Incident {
    at: String,
    category: &'static str,
    about: Text,
    by: Text,
    text: Text,
}

#[derive(Serialize)]
struct Event {
    at: String,
    what: &'static str,
    about: Text,
    by: Text,
    detail: Text,
}

/// The report of a session: what its record tells at this instant, and its seal, if it has one. `page` is the address of
/// Vigie's page, if it is known.
///
/// # Errors
/// A defect of ours.
pub fn report(record: &Record, seal: Option<&str>, page: Option<&str>, now: Timestamp, language: Language) -> Result<Vec<u8>, NotMade> {
    let teller = Teller { record, zone: record.session.plan.zone(), words: Words(language) };
    world::pdf(world::REPORT, &teller.report(seal, page, now), language)
}

struct Teller<'a> {
    record: &'a Record,
    zone: TimeZone,
    words: Words,
}

impl Teller<'_> {
    fn report(&self, seal: Option<&str>, page: Option<&str>, now: Timestamp) -> Report {
        let session = &self.record.session;
        let finalised = session.finalised_at.map(|at| Finalised {
            at: self.dated(at),
            by: session.finalised_by.as_ref().map(name),
            count: self.record.finalisation.unwrap_or(1),
        });
        Report {
            facts: Facts::from(session),
            duration_minutes: session.plan.duration_minutes,
            as_of: matches!(session.status, RecordedStatus::Open).then(|| self.dated(Instant(now))),
            finalised,
            proctors: self.record.proctors.iter().map(|proctor| name(&proctor.named)).collect(),
            counts: self.counts(),
            candidates: self.record.candidates.iter().map(|candidate| self.candidate(candidate)).collect(),
            incidents: self.record.incidents.iter().map(|incident| self.incident(incident)).collect(),
            events: chronology(self.record, self.words).iter().map(|line| self.event(line)).collect(),
            verify: page.filter(|_| seal.is_some()).map(|page| format!("{page}verify")),
            seal: seal.map(ToOwned::to_owned),
        }
    }

    fn counts(&self) -> Vec<(usize, &'static str)> {
        let count = |status: &Status| self.record.candidates.iter().filter(|candidate| candidate.status == *status).count();
        let counts = Status::ALL.iter().map(|status| (count(status), self.status(*status)));
        counts.filter(|(count, _)| *count > 0).collect()
    }

    fn status(&self, status: Status) -> &'static str {
        self.words.status(status, self.record.session.status)
    }

    fn candidate(&self, candidate: &RecordedCandidate) -> Candidate {
        let minute = |instant: Option<Instant>| instant.map(|instant| self.local(instant, "%H:%M")).unwrap_or_default();
        Candidate {
            last_name: Text::of(&candidate.last_name),
            first_name: Text::of(&candidate.first_name),
            birthdate: day(candidate.birthdate),
            present: minute(candidate.present_since),
            started: minute(candidate.started_at),
            ended: minute(candidate.ended_at),
            interruptions: self.interruptions(&candidate.interruptions),
            extra: extra(candidate.extra_time_percent, candidate.extra_minutes),
            status: self.status(candidate.status),
        }
    }

    /// How many, and how long all together.
    fn interruptions(&self, interruptions: &[Interruption]) -> String {
        let known: Vec<_> = interruptions.iter().filter_map(|interruption| interruption.seconds).collect();
        let long = duration(known.iter().sum());
        match (interruptions.len(), known.len()) {
            (0, _) => String::new(),
            (count, 0) => count.to_string(),
            (count, known) if known < count => format!("{count} ({long} {})", self.words.at_least()),
            (count, _) => format!("{count} ({long})"),
        }
    }

    fn incident(&self, incident: &RecordedIncident) -> Incident {
        Incident {
            at: self.second(incident.at),
            category: self.words.category(incident.category),
            about: self.about(self.record.whom_of(incident)),
            by: by(Some(&incident.by), self.words.role(incident.role)),
            text: Text::of(incident.text.as_deref().unwrap_or_default()),
        }
    }

    fn event(&self, line: &Line<'_>) -> Event {
        let minutes = line.minutes.map(|minutes| format!("{minutes:+}\u{a0}min"));
        let interrupted = line.interrupted.map(|seconds| self.words.interrupted_for(&duration(seconds)));
        let detail = Some(line.detail.clone()).filter(|detail| !detail.is_empty());
        Event {
            at: self.second(line.at),
            what: line.what,
            about: self.about(line.whom),
            by: by(line.by, line.role),
            detail: Text::of(&[minutes, interrupted, detail].into_iter().flatten().collect::<Vec<_>>().join(", ")),
        }
    }

    /// The name of a candidate, with their place in the list, if they are in it.
    fn about(&self, whom: Option<Whom>) -> Text {
        let Some(whom) = whom else { return Text::default() };
        let [first_name, last_name, _] = whom.person();
        let place = whom.enrolled().and_then(|candidate| self.record.candidates.iter().position(|each| each.id == candidate.id));
        let place = place.map(|index| format!(" ({})", index + 1)).unwrap_or_default();
        Text::of(&format!("{last_name} {first_name}{place}"))
    }

    fn second(&self, instant: Instant) -> String {
        self.local(instant, "%H:%M:%S")
    }

    fn local(&self, instant: Instant, time: &str) -> String {
        let local = instant.0.to_zoned(self.zone.clone());
        let time = local.strftime(time).to_string();
        if local.date() == self.record.session.plan.date { time } else { format!("{} {time}", day(local.date())) }
    }

    fn dated(&self, instant: Instant) -> String {
        instant.0.to_zoned(self.zone.clone()).strftime("%d/%m/%Y - %H:%M:%S").to_string()
    }
}

fn name(named: &Named) -> Text {
    Text::of(&format!("{} {}", named.first_name, named.last_name))
}

fn by(named: Option<&Named>, role: &str) -> Text {
    match named {
        Some(Named { first_name, last_name }) => Text::of(&format!("{first_name} {last_name}, {role}")),
        None => Text::of(role),
    }
}

/// Extra time and added minutes: `33 % + 10 min`.
fn extra(percent: u32, minutes: i32) -> String {
    let percent = (percent > 0).then(|| format!("{percent}\u{a0}%"));
    let minutes = (minutes != 0).then(|| format!("{minutes}\u{a0}min"));
    [percent, minutes].into_iter().flatten().collect::<Vec<_>>().join(" + ")
}

/// `48 s`, `6 min 05 s`, `1 h 02 min`.
fn duration(seconds: i64) -> String {
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds}\u{a0}s"),
        (0, minutes, seconds) => format!("{minutes}\u{a0}min\u{a0}{seconds:02}\u{a0}s"),
        (hours, minutes, _) => format!("{hours}\u{a0}h\u{a0}{minutes:02}\u{a0}min"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_and_extra_time_are_short() {
        let told = [0, 48, 65, 605, 3600, 3725].map(|seconds| duration(seconds).replace('\u{a0}', " "));
        assert_eq!(told, ["0 s", "48 s", "1 min 05 s", "10 min 05 s", "1 h 00 min", "1 h 02 min"]);
        let told = [(0, 0), (33, 0), (0, 10), (33, 10)].map(|(percent, minutes)| extra(percent, minutes).replace('\u{a0}', " "));
        assert_eq!(told, ["", "33 %", "10 min", "33 % + 10 min"]);
    }
}
