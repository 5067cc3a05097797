//! What one line says about a session.

use crate::{
    Column, Finding, Row,
    columns::places,
    entry::{is_digit, note, read_date},
    sessions::WrittenPlan,
};
use shared::{
    domain::{
        invalid::{Invalid, WrongDate},
        name::Label,
        session::{LocalTime, SessionDate, YEARS, ZoneName},
    },
    http::body,
};
use std::ops::RangeInclusive;

/// Of several columns the one counts whose name stands first here.
const DATES: &[&str] = &[
    "datedelasession",
    "datesession",
    "datedutest",
    "datetest",
    "datedelepreuve",
    "datedepassage",
    "sessiondate",
    "testdate",
    "date",
    "datededebut",
    "startdate",
    "jour",
    "day",
];
const TIMES: &[&str] = &[
    "heuredelasession",
    "heuresession",
    "heuredutest",
    "heuredepassage",
    "sessiontime",
    "heure",
    "heurededebut",
    "heuredebut",
    "horaire",
    "starttime",
    "time",
];
const TIME_ZONES: &[&str] = &["fuseauhoraire", "fuseau", "timezone"];
const SITES: &[&str] = &["site", "nomdusite", "lieu", "etablissement", "nomdeletablissement", "sitename", "school", "venue", "location"];
const ROOMS: &[&str] = &["salle", "nomdelasalle", "salledetest", "room", "roomname"];
const EXAMINERS: &[&str] = &[
    "surveillant",
    "surveillants",
    "surveillante",
    "nomdusurveillant",
    "examinateur",
    "examiner",
    "examiners",
    "proctor",
    "proctors",
    "invigilator",
    "invigilators",
];
const DURATIONS: &[&str] = &["duree", "dureedutest", "dureeminutes", "dureeenminutes", "dureemin", "duration", "durationminutes"];

/// Where the columns about sessions are.
#[derive(Debug, Default)]
pub(crate) struct PlanPlaces {
    date: Option<usize>,
    time: Option<usize>,
    time_zone: Option<usize>,
    site: Option<usize>,
    room: Option<usize>,
    examiner: Option<usize>,
    duration: Option<usize>,
}

impl PlanPlaces {
    /// By the headings in a row.
    pub(crate) fn named_in(row: &Row) -> Self {
        let [date, time, time_zone, site, room, examiner, duration] =
            places(row, [DATES, TIMES, TIME_ZONES, SITES, ROOMS, EXAMINERS, DURATIONS]);
        Self { date, time, time_zone, site, room, examiner, duration }
    }

    pub(crate) fn taken(&self) -> Vec<usize> {
        let Self { date, time, time_zone, site, room, examiner, duration } = self;
        [date, time, time_zone, site, room, examiner, duration].into_iter().flatten().copied().collect()
    }

    /// What every list of sessions needs and this one lacks.
    pub(crate) fn missing(&self) -> Vec<Column> {
        let needed = [(Column::Date, self.date), (Column::Time, self.time), (Column::Site, self.site), (Column::Room, self.room)];
        needed.into_iter().filter(|(_, place)| place.is_none()).map(|(column, _)| column).collect()
    }

    pub(crate) fn written(&self, row: &Row) -> WrittenPlan {
        let cell = |place: Option<usize>| place.map(|place| row.cell(place)).unwrap_or_default().to_owned();
        WrittenPlan {
            date: cell(self.date),
            time: cell(self.time),
            time_zone: cell(self.time_zone),
            site: cell(self.site),
            room: cell(self.room),
            examiner: cell(self.examiner),
            duration: cell(self.duration),
        }
    }
}

/// When and where a session is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) date: SessionDate,
    pub(crate) time: LocalTime,
    pub(crate) site: Label,
    pub(crate) room: Label,
}

/// What a line says of a session besides, if it says so.
#[derive(Debug)]
pub(crate) struct Details {
    pub(crate) time_zone: Option<ZoneName>,
    pub(crate) examiner: Option<Label>,
    pub(crate) duration_minutes: Option<u32>,
}

/// Reads what was written about a session, as a new one is read. The place is there if nothing is wrong with it.
pub(crate) fn read_plan(written: &WrittenPlan, findings: &mut Vec<Finding>) -> (Option<Place>, Details) {
    let date = note(findings, Column::Date, read_session_date(&written.date));
    let time = note(findings, Column::Time, read_time(&written.time));
    let time_zone = if_said(&written.time_zone, |text| note(findings, Column::TimeZone, ZoneName::parse(text)));
    let site = note(findings, Column::Site, Label::parse(&written.site));
    let room = note(findings, Column::Room, Label::parse(&written.room));
    let examiner = if_said(&written.examiner, |text| note(findings, Column::Examiner, Label::parse(text)));
    let duration_minutes = if_said(&written.duration, |text| note(findings, Column::Duration, read_duration(text)));
    let place = date.zip(time).zip(site).zip(room).map(|(((date, time), site), room)| Place { date, time, site, room });
    (place, Details { time_zone, examiner, duration_minutes })
}

fn if_said<T>(text: &str, read: impl FnOnce(&str) -> Option<T>) -> Option<T> {
    if text.is_empty() { None } else { read(text) }
}

fn read_session_date(typed: &str) -> Result<SessionDate, Invalid> {
    let date = read_date(typed, Invalid::WrittenDate)?;
    if YEARS.contains(&date.year()) { Ok(SessionDate(date)) } else { Err(Invalid::WrittenDate(WrongDate::Year)) }
}

/// Reads 9:00, 09:00:00, 9h, 9 h 30 or 9.30.
fn read_time(typed: &str) -> Result<LocalTime, Invalid> {
    if typed.is_empty() {
        return Err(Invalid::Required);
    }
    let (hours, minutes) = hours_and_minutes(typed).ok_or(Invalid::WrittenTime)?;
    let time = i8::try_from(hours).ok().zip(i8::try_from(minutes).ok()).and_then(|(hour, minute)| LocalTime::of(hour, minute));
    time.ok_or(Invalid::WrittenTime)
}

/// Reads 105, 105 min, 1h45 or 1:45. What 1.25 means nobody knows.
fn read_duration(typed: &str) -> Result<u32, Invalid> {
    let number = typed.to_lowercase();
    let number = ["minutes", "minute", "min", "mn"].iter().find_map(|unit| number.strip_suffix(unit)).unwrap_or(&number).trim_end();
    let is_number = number.chars().all(is_digit);
    let minutes = if is_number {
        number.parse().ok()
    } else {
        hours_and_minutes(typed).filter(|_| !typed.contains('.')).map(|(hours, minutes)| i64::from(hours * 60 + minutes))
    };
    // What can't be read is out of every range.
    Ok(body::duration(Some(minutes.unwrap_or(-1)))?.unwrap_or_default())
}

/// Two numbers on both sides of `h`, `:` or `.`, of which the second has two digits, or may be left out after `h`; seconds, if they
/// are zero. One digit may be less than it was: a spreadsheet keeps 9.30 as 9.3, and 1.5 may be an hour and a half.
fn hours_and_minutes(typed: &str) -> Option<(u32, u32)> {
    let typed = typed.strip_suffix(":00").filter(|rest| rest.contains(':')).unwrap_or(typed);
    let (hours, minutes) = typed.split_once(['h', 'H', ':', '.'])?;
    let number = |text: &str, lengths: RangeInclusive<usize>| {
        let text = text.trim();
        (lengths.contains(&text.len()) && text.chars().all(is_digit)).then(|| text.parse().ok()).flatten()
    };
    let is_whole = minutes.trim().is_empty() && typed.trim_end().ends_with(['h', 'H']);
    let minutes = if is_whole { 0 } else { number(minutes, 2..=2).filter(|minutes| *minutes < 60)? };
    Some((number(hours, 1..=2)?, minutes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_time_is_read_as_it_is_written() {
        for (text, time) in [
            ("9:00", "09:00"),
            ("09:00", "09:00"),
            ("09:00:00", "09:00"),
            ("9h", "09:00"),
            ("9 h", "09:00"),
            ("9h05", "09:05"),
            ("14 H 30", "14:30"),
            ("14.30", "14:30"),
            ("0:00", "00:00"),
            ("23:59", "23:59"),
        ] {
            assert_eq!(read_time(text).map(String::from), Ok(time.to_owned()), "{text}");
        }
        assert_eq!(read_time(""), Err(Invalid::Required));
        for text in
            ["9", "9.3", "9:3", "9h3", "24:00", "9:60", "9:", ":30", "h30", "9h5h", "900", "midi", "9:00:30", "2 PM", "-9:00", "9:00 PM"]
        {
            assert_eq!(read_time(text), Err(Invalid::WrittenTime), "{text}");
        }
    }

    #[test]
    fn a_duration_is_read_as_it_is_written() {
        for (text, minutes) in
            [("105", 105), ("105 min", 105), ("105 minutes", 105), ("60mn", 60), ("1h45", 105), ("1 h", 60), ("01:45", 105), ("720", 720)]
        {
            assert_eq!(read_duration(text), Ok(minutes), "{text}");
        }
        for text in ["4", "721", "12:01", "une heure", "min", "-60", "99999999999999999999", "1,5", "1.5", "1.25", "1h5", "1.5.3"] {
            assert_eq!(read_duration(text), Err(Invalid::out_of_range(5, 720)), "{text}");
        }
    }

    #[test]
    fn a_date_is_of_a_year_that_sessions_may_have() {
        for text in ["15/06/2026", "2026-06-15", "15062026"] {
            assert_eq!(read_session_date(text), Ok(SessionDate(date(2026, 6, 15))), "{text}");
        }
        for (text, why) in
            [("15/06/26", WrongDate::Year), ("15/06/1899", WrongDate::Year), ("31/06/2026", WrongDate::Day), ("lundi", WrongDate::Shape)]
        {
            assert_eq!(read_session_date(text), Err(Invalid::WrittenDate(why)), "{text}");
        }
        assert!(read_session_date("31/12/2199").is_ok());
    }
}
