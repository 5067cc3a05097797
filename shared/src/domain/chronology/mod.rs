//! A record as people read it: what happened, event by event, in the words of a language.

mod words;

pub use words::Words;

use super::{
    act::Action,
    actor::ActorRole,
    correction::Former,
    history::SessionAction,
    name::Named,
    record::{Event, Instant, Interruption, Record, RecordedCandidate, RecordedChange, RecordedIncident, RecordedPlan},
};

/// An event as it is told.
#[derive(Debug, Clone)]
pub struct Line<'a> {
    pub at: Instant,
    pub what: &'static str,
    pub by: Option<&'a Named>,
    /// What whoever did it is here.
    pub role: &'static str,
    /// That were added.
    pub minutes: Option<i32>,
    /// Of a resumption: seconds since the test was left, where that is known.
    pub interrupted: Option<i64>,
    /// The reason, what was reported, or what stood there before; often nothing.
    pub detail: String,
    /// Whom it is about.
    pub whom: Option<Whom<'a>>,
}

/// A candidate whom something is about.
#[derive(Debug, Clone, Copy)]
pub enum Whom<'a> {
    Enrolled(&'a RecordedCandidate),
    /// Who was removed since: what was enrolled.
    Removed(&'a Former),
}

impl<'a> Line<'a> {
    const fn new(at: Instant, what: &'static str, by: Option<&'a Named>, role: &'static str) -> Self {
        Self { at, what, by, role, minutes: None, interrupted: None, detail: String::new(), whom: None }
    }
}

/// Tells all that is in a record, the oldest first.
pub fn chronology(record: &Record, words: Words) -> Vec<Line<'_>> {
    let session = &record.session;
    let organiser = words.role(ActorRole::Organiser);
    let created = Line::new(session.created_at, words.created(), session.created_by.as_ref(), organiser);
    let before = record.changes.iter().map(|change| (change.finalised_at, change.finalised_by.as_ref()));
    let finalised = before.chain([(session.finalised_at, session.finalised_by.as_ref())]);
    let finalised = finalised.filter_map(|(at, by)| Some(Line::new(at?, words.finalised(), by, organiser)));
    let proctors = record.proctors.iter();
    let proctors =
        proctors.map(|proctor| Line::new(proctor.since, words.proctor_came(), Some(&proctor.named), words.role(ActorRole::Proctor)));
    // A correction of a candidate is in their history, too.
    let changes = record.changes.iter().filter(|change| change.action != SessionAction::Correct);
    let changes = changes.map(|change| of_change(change, record, words));
    let histories = record.candidates.iter().flat_map(|candidate| history(candidate, words));
    let incidents = record.incidents.iter().map(|incident| of_incident(incident, record, words));
    let lines = std::iter::once(created).chain(proctors).chain(changes).chain(histories).chain(incidents).chain(finalised);
    let mut lines: Vec<_> = lines.collect();
    lines.sort_by_key(|line| line.at);
    lines
}

fn history<'a>(candidate: &'a RecordedCandidate, words: Words) -> Vec<Line<'a>> {
    let mut resumptions = candidate.interruptions.iter().filter(|interruption| interruption.to.is_some());
    let mut begun = false;
    let line = |event: &'a Event| {
        let is_start = event.action == Action::Start;
        let resumed: Option<&Interruption> = if is_start && begun { resumptions.next() } else { None };
        let what = if is_start && begun { words.resumed() } else { words.action(event.action) };
        begun |= is_start;
        let reason = event.reason.clone();
        Line {
            minutes: event.minutes,
            interrupted: resumed.and_then(|interruption| interruption.seconds),
            detail: reason.or_else(|| event.former.as_ref().map(|former| words.before(&of_former(former)))).unwrap_or_default(),
            whom: Some(Whom::Enrolled(candidate)),
            ..Line::new(event.at, what, event.by.as_ref(), words.role(event.role))
        }
    };
    candidate.history.iter().map(line).collect()
}

fn of_change<'a>(change: &'a RecordedChange, record: &'a Record, words: Words) -> Line<'a> {
    let role = if change.action == SessionAction::Reopen { words.operator() } else { words.role(ActorRole::Organiser) };
    let reason = change.reason.clone();
    Line {
        detail: reason.or_else(|| change.former_plan.as_ref().map(|plan| words.before(&of_plan(plan)))).unwrap_or_default(),
        whom: change.candidate.as_deref().and_then(|id| record.whom(id, change.at)),
        ..Line::new(change.at, words.session_action(change.action), change.by.as_ref(), role)
    }
}

fn of_incident<'a>(incident: &'a RecordedIncident, record: &'a Record, words: Words) -> Line<'a> {
    let category = words.category(incident.category);
    Line {
        detail: incident.text.as_ref().map_or_else(|| category.to_owned(), |text| words.about(category, text)),
        whom: record.whom_of(incident),
        ..Line::new(incident.at, words.incident(), Some(&incident.by), words.role(incident.role))
    }
}

fn of_former(former: &Former) -> String {
    let Former { first_name, last_name, birthdate, extra_time_percent } = former;
    let names = [first_name, last_name].into_iter().flatten().map(|name| name.as_str().to_owned());
    let others = [birthdate.map(|birthdate| birthdate.0.to_string()), extra_time_percent.map(|percent| format!("{percent}\u{a0}%"))];
    names.chain(others.into_iter().flatten()).collect::<Vec<_>>().join(", ")
}

fn of_plan(plan: &RecordedPlan) -> String {
    let RecordedPlan { date, time, time_zone, site, room, examiner, duration_minutes } = plan;
    let first = format!("{date} {time} ({time_zone}), {site}, {room}");
    let last = format!("{duration_minutes}\u{a0}min");
    [Some(&first), examiner.as_ref(), Some(&last)].into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join(", ")
}

impl Record {
    /// Whom an incident is about, if it is about a candidate.
    pub fn whom_of(&self, incident: &RecordedIncident) -> Option<Whom<'_>> {
        self.whom(incident.candidate.as_deref()?, incident.at)
    }

    /// Whose id this was at that time. A correction may have given them another since, and they may have been removed.
    fn whom(&self, id: &str, at: Instant) -> Option<Whom<'_>> {
        let (mut id, mut removed) = (id, None);
        for change in self.changes.iter().filter(|change| change.at >= at) {
            let whose = change.candidate.as_deref();
            if change.moved_from.as_deref() == Some(id) {
                id = whose.unwrap_or(id);
            } else if change.action == SessionAction::Remove && whose == Some(id) {
                removed = change.former.as_ref();
            }
        }
        let enrolled = self.candidates.iter().find(|candidate| candidate.id == id);
        enrolled.map(Whom::Enrolled).or_else(|| removed.map(Whom::Removed))
    }
}

impl<'a> Whom<'a> {
    /// First name, family name and birth date.
    pub fn person(self) -> [String; 3] {
        match self {
            Self::Enrolled(candidate) => [candidate.first_name.clone(), candidate.last_name.clone(), candidate.birthdate.to_string()],
            Self::Removed(Former { first_name, last_name, birthdate, .. }) => {
                let [first_name, last_name] =
                    [first_name, last_name].map(|name| name.as_ref().map(|name| name.as_str().to_owned()).unwrap_or_default());
                [first_name, last_name, birthdate.map(|birthdate| birthdate.0.to_string()).unwrap_or_default()]
            }
        }
    }

    /// Whom the session has still.
    pub const fn enrolled(self) -> Option<&'a RecordedCandidate> {
        match self {
            Self::Enrolled(candidate) => Some(candidate),
            Self::Removed(_) => None,
        }
    }
}
