//! Lists that say which session each candidate is in.

use crate::{
    ClassList, Column, Finding, Line, MAX_SESSIONS, NameOrder, Row, below_title,
    columns::{self, Ignored, Places},
    entry::mark_doubles,
    plan::{Details, Place, PlanPlaces, read_plan},
    understand as understand_people,
};
use jiff::civil::Date;
use shared::domain::{
    invalid::Invalid,
    name::Label,
    request::Said,
    session::{DEFAULT_DURATION_MINUTES, Plan, SessionPlace, ZoneName},
};
use std::collections::BTreeMap;

/// What was understood of a list with sessions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SessionList {
    /// Its candidates. A line's findings are about its session, too, and so are columns that are missing.
    pub people: ClassList,
    /// In the order in which the list names them.
    pub sessions: Vec<PlannedSession>,
    /// For each line, what it says about its session.
    pub plans: Vec<LinePlan>,
}

impl SessionList {
    /// What it says, however it is written.
    ///
    /// # Errors
    /// When that can't be written as JSON.
    pub fn said(&self) -> serde_json::Result<Said> {
        let sessions: Vec<_> = self.sessions.iter().map(|session| &session.plan).collect();
        let lines: Vec<_> = self.people.lines.iter().zip(&self.plans).map(|(line, plan)| (plan.session, line.values())).collect();
        Said::of(&(sessions, lines))
    }
}

/// A session of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedSession {
    /// Where the list first names it.
    pub line: u32,
    pub plan: Plan,
    /// What the list does say of it, of what it may leave out.
    said: Vec<Column>,
}

impl PlannedSession {
    /// What the list says otherwise than this plan, which is for the same place.
    pub fn differs_from(&self, plan: &Plan) -> Vec<Column> {
        let differs = |column: &Column| match column {
            Column::TimeZone => self.plan.time_zone != plan.time_zone,
            Column::Examiner => self.plan.examiner != plan.examiner,
            Column::Duration => self.plan.duration_minutes != plan.duration_minutes,
            _ => false,
        };
        self.said.iter().copied().filter(differs).collect()
    }
}

/// Which of the sessions a line is about, if that can be told, and what it says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinePlan {
    pub session: Option<usize>,
    pub written: WrittenPlan,
}

/// What somebody wrote about a session.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WrittenPlan {
    pub date: String,
    pub time: String,
    pub time_zone: String,
    pub site: String,
    pub room: String,
    pub examiner: String,
    pub duration: String,
}

pub(crate) fn understand(mut rows: Vec<Row>, wanted: Option<NameOrder>, zone: &ZoneName, today: Date) -> SessionList {
    rows = below_title(rows, |row| PlanPlaces::named_in(row).taken().len() + Places::named_in(row).taken().len());
    let at = rows.first().map(PlanPlaces::named_in).unwrap_or_default();
    let taken = at.taken();
    let written: Vec<_> = rows.iter().map(|row| at.written(row)).collect();
    // What is left is a class list.
    for row in &mut rows {
        for place in &taken {
            if let Some(cell) = row.cells.get_mut(*place) {
                cell.clear();
            }
        }
    }
    let found = if taken.is_empty() { columns::find(&rows, wanted) } else { columns::find_named(&rows, wanted) };
    let (mut people, who) = understand_people(&rows, &found, today);
    // There are candidates, and nothing says which of their columns is which.
    let heading = rows.split_first().filter(|_| found.named && found.at.is_empty());
    let is_lost = heading
        .is_some_and(|(heading, others)| columns::ignored(others, Some(heading), &found.at).iter().any(Ignored::looks_like_candidates));
    if heading.is_some() && !is_lost {
        people.missing.clear();
    }
    people.missing.splice(0..0, at.missing());
    let mut sessions = Sessions { may_be_empty: !is_lost, ..Sessions::default() };
    let mut plans = vec![];
    for (line, written) in people.lines.iter_mut().zip(written.into_iter().skip(usize::from(found.named))) {
        plans.push(sessions.read_line(line, written));
    }
    let sessions = sessions.planned(zone, &mut plans, &mut people.lines);
    // Who takes the test twice does so in two sessions.
    let who = who.into_iter().zip(&plans).map(|(who, plan)| who.zip(plan.session));
    mark_doubles(people.lines.iter_mut().zip(who));
    SessionList { people, sessions, plans }
}

/// The sessions that lines named until now.
#[derive(Default)]
struct Sessions {
    /// A line may say no more than that there is a session.
    may_be_empty: bool,
    found: Vec<Found>,
    by_place: BTreeMap<SessionPlace, usize>,
}

/// A session, with the line that says so first.
struct Found {
    line: u32,
    place: Place,
    time_zone: Option<(u32, ZoneName)>,
    examiner: Option<(u32, Label)>,
    duration_minutes: Option<(u32, u32)>,
}

impl Sessions {
    /// Reads what a line says of a session, and finds which that is.
    fn read_line(&mut self, line: &mut Line, written: WrittenPlan) -> LinePlan {
        let mut findings = vec![];
        let (place, details) = read_plan(&written, &mut findings);
        let session = place.and_then(|place| {
            let session = self.at(place, line.line);
            if session.is_none() {
                findings.push(Finding { field: None, invalid: Invalid::TooManySessions { max: MAX_SESSIONS } });
            }
            session
        });
        if let Some(found) = session.and_then(|session| self.found.get_mut(session)) {
            found.add(line.line, details, &mut findings);
        }
        if self.may_be_empty && line.written.is_empty() {
            line.findings.clear();
        }
        line.findings.splice(0..0, findings);
        LinePlan { session, written }
    }

    fn at(&mut self, place: Place, line: u32) -> Option<usize> {
        let key = SessionPlace::of(place.date, place.time, &place.site, &place.room);
        if let Some(known) = self.by_place.get(&key) {
            return Some(*known);
        }
        if self.found.len() == MAX_SESSIONS {
            return None;
        }
        self.by_place.insert(key, self.found.len());
        self.found.push(Found { line, place, time_zone: None, examiner: None, duration_minutes: None });
        Some(self.found.len() - 1)
    }

    /// The sessions as they are to be, by all that their lines say. Where a clock change skips the time of one, each of its lines
    /// is told, and it is left out.
    fn planned(self, zone: &ZoneName, plans: &mut [LinePlan], lines: &mut [Line]) -> Vec<PlannedSession> {
        let mut sessions = vec![];
        let places: Vec<_> = self
            .found
            .into_iter()
            .map(|found| {
                let session = found.planned(zone);
                session.plan.scheduled_at()?;
                sessions.push(session);
                Ok(sessions.len() - 1)
            })
            .collect();
        for (line, plan) in lines.iter_mut().zip(plans) {
            let place: Option<Result<usize, Invalid>> = plan.session.and_then(|session| places.get(session).cloned());
            plan.session = match place.transpose() {
                Ok(place) => place,
                Err(invalid) => {
                    line.findings.insert(0, Finding { field: Some(Column::Time), invalid });
                    None
                }
            };
        }
        sessions
    }
}

impl Found {
    fn add(&mut self, line: u32, details: Details, findings: &mut Vec<Finding>) {
        agree(&mut self.time_zone, line, details.time_zone, Column::TimeZone, findings);
        agree(&mut self.examiner, line, details.examiner, Column::Examiner, findings);
        agree(&mut self.duration_minutes, line, details.duration_minutes, Column::Duration, findings);
    }

    fn planned(self, zone: &ZoneName) -> PlannedSession {
        let Place { date, time, site, room } = self.place;
        let said = [
            (Column::TimeZone, self.time_zone.is_some()),
            (Column::Examiner, self.examiner.is_some()),
            (Column::Duration, self.duration_minutes.is_some()),
        ];
        let said = said.into_iter().filter(|(_, is_said)| *is_said).map(|(column, _)| column).collect();
        let plan = Plan {
            date,
            time,
            time_zone: self.time_zone.map_or_else(|| zone.clone(), |(_, zone)| zone),
            site,
            room,
            examiner: self.examiner.map(|(_, examiner)| examiner),
            duration_minutes: self.duration_minutes.map_or(DEFAULT_DURATION_MINUTES, |(_, minutes)| minutes),
        };
        PlannedSession { line: self.line, plan, said }
    }
}

/// Keeps what was said first, and tells of a line that says something else.
fn agree<T: PartialEq>(known: &mut Option<(u32, T)>, line: u32, said: Option<T>, field: Column, findings: &mut Vec<Finding>) {
    match (known.as_ref(), said) {
        (None, Some(said)) => *known = Some((line, said)),
        (Some((first, value)), Some(said)) if *value != said => {
            findings.push(Finding { field: Some(field), invalid: Invalid::SaidOtherwise { line: *first } });
        }
        _ => {}
    }
}
