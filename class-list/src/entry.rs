//! What one line says about a candidate.

use crate::{Column, Finding, Line, NameOrder, Row, Written, columns::Places, names};
use jiff::civil::Date;
use shared::domain::{
    correction::Enrolment,
    identity::{Birthdate, identity},
    invalid::{Invalid, WrongDate},
    name::{PersonName, fold},
    session::{EXTRA_TIME_PERCENT, YEARS},
};
use std::collections::{BTreeMap, btree_map::Entry};

/// The third that is the rule in French schools.
pub(crate) const A_THIRD: u32 = 33;
/// The least that is extra time without a `%`: 1 is rather a yes.
const LEAST: u32 = 5;
const YES: [&str; 6] = ["oui", "yes", "x", "vrai", "true", "tierstemps"];
const NO: [&str; 4] = ["non", "no", "faux", "false"];

/// A line, and who it is about, if that can be told.
type Told = (Line, Option<String>);

pub(crate) fn read_line(row: &Row, at: &Places, order: Option<NameOrder>, today: Date) -> Told {
    let cell = |place: Option<usize>| place.map(|place| row.cell(place)).unwrap_or_default().to_owned();
    let last_name = || Some(cell(at.last_name)).filter(|name| !name.is_empty()).unwrap_or_else(|| cell(at.other_last_name));
    let (last_name, first_name) =
        at.full_name.map_or_else(|| (last_name(), cell(at.first_name)), |whole| names::split(row.cell(whole), order));
    let written = Written { last_name, first_name, birthdate: cell(at.birthdate), extra_time: cell(at.extra_time) };

    let mut findings = vec![];
    let last_name = note(&mut findings, Column::LastName, read_name(&written.last_name));
    let first_name = note(&mut findings, Column::FirstName, read_name(&written.first_name));
    let birthdate = note(&mut findings, Column::Birthdate, read_birthdate(&written.birthdate, today));
    let extra_time = read_extra_time(&written.extra_time).filter(|percent| EXTRA_TIME_PERCENT.contains(percent));
    let extra_time = note(&mut findings, Column::ExtraTime, extra_time.ok_or(Invalid::NotAPercentage));

    let person = last_name.zip(first_name).zip(birthdate);
    let who = person.as_ref().map(|((last, first), born)| identity([first, last], *born));
    let candidate = person.zip(extra_time).map(|(((last_name, first_name), birthdate), extra_time_percent)| Enrolment {
        first_name,
        last_name,
        birthdate,
        extra_time_percent,
    });
    (Line { line: row.line, written, candidate, findings }, who)
}

pub(crate) fn note<T>(findings: &mut Vec<Finding>, field: Column, read: Result<T, Invalid>) -> Option<T> {
    read.map_err(|invalid| findings.push(Finding { field: Some(field), invalid })).ok()
}

/// Says of each line that is about the same person as one before it which that is.
pub(crate) fn mark_doubles<'a, Who: Ord>(lines: impl Iterator<Item = (&'a mut Line, Option<Who>)>) {
    let mut first = BTreeMap::new();
    for (line, who) in lines {
        let Some(who) = who else { continue };
        match first.entry(who) {
            Entry::Vacant(place) => {
                place.insert(line.line);
            }
            Entry::Occupied(of) => line.findings.push(Finding { field: None, invalid: Invalid::Double { line: *of.get() } }),
        }
    }
}

/// What a formula leaves that found nothing, such as `#N/A` or `#REF!`, is no name.
fn read_name(written: &str) -> Result<PersonName, Invalid> {
    let is_error = written.starts_with('#') && (written == "#N/A" || written.ends_with(['!', '?']));
    if is_error { Err(Invalid::NotAName) } else { PersonName::parse(written) }
}

/// Reads a date of birth as [`read_date`] does.
///
/// # Errors
/// `required`, `invalid_date`, and `out_of_range` for a year in which nobody was born who takes a test today.
pub(crate) fn read_birthdate(typed: &str, today: Date) -> Result<Birthdate, Invalid> {
    let date = read_date(typed, Invalid::Birthdate)?;
    let is_possible = date <= today && date.year() >= *YEARS.start();
    if is_possible { Ok(Birthdate(date)) } else { Err(Invalid::Birthdate(WrongDate::Year)) }
}

/// Reads 31/05/2012, 31 05 2012, 31052012 or 2012-05-31; says otherwise what is wrong with it.
///
/// # Errors
/// `required`, and what is made of a wrong date.
pub(crate) fn read_date(typed: &str, wrong: fn(WrongDate) -> Invalid) -> Result<Date, Invalid> {
    let typed = typed.trim();
    let shape = wrong(WrongDate::Shape);
    if typed.is_empty() {
        return Err(Invalid::Required);
    }
    if !typed.starts_with(is_digit) || !typed.ends_with(is_digit) {
        return Err(shape);
    }
    let parts: Vec<_> = typed.split(|c| !is_digit(c)).filter(|part| !part.is_empty()).collect();
    let is_short = |part: &str| part.len() <= 2;
    match *parts.as_slice() {
        [year, month, day] if year.len() == 4 && is_short(month) && is_short(day) => check(year, month, day).map_err(wrong),
        [day, month, year] if is_short(day) && is_short(month) => check(year, month, day).map_err(wrong),
        [all] if all.len() == 8 => {
            let (day_month, year) = all.split_at(4);
            let (day, month) = day_month.split_at(2);
            check(year, month, day).map_err(wrong)
        }
        _ => Err(shape),
    }
}

pub(crate) fn is_digit(c: char) -> bool {
    c.is_ascii_digit()
}

fn check(year: &str, month: &str, day: &str) -> Result<Date, WrongDate> {
    if year.len() != 4 {
        return Err(WrongDate::Year);
    }
    let (Ok(year), Ok(month), Ok(day)) = (year.parse(), month.parse(), day.parse()) else { return Err(WrongDate::Shape) };
    Date::new(year, month, day).map_err(|_| WrongDate::Day)
}

/// Extra time in percent, from `33`, `33 %`, `1/3` or `oui`; `None` where the text is none of these.
pub(crate) fn read_extra_time(text: &str) -> Option<u32> {
    let text = text.trim();
    let number = text.strip_prefix('+').unwrap_or(text).trim_start();
    let number = number.strip_suffix('%').unwrap_or(number).trim_end();
    if (1..=4).contains(&number.len()) && number.chars().all(is_digit) {
        return number.parse().ok().filter(|percent| *percent == 0 || *percent >= LEAST || text.ends_with('%'));
    }
    let word = fold(text);
    if text == "1/3" || YES.contains(&word.as_str()) {
        Some(A_THIRD)
    } else if ["", "-", "–", "—"].contains(&text) || NO.contains(&word.as_str()) {
        Some(0)
    } else {
        None
    }
}

/// Whether a text is meant to be a date.
pub(crate) fn looks_like_date(text: &str) -> bool {
    let parts: Vec<_> = text.split(['-', '/', '.']).collect();
    let is_number = |part: &str, most| (1..=most).contains(&part.len()) && part.chars().all(is_digit);
    matches!(*parts.as_slice(), [one, two, three] if is_number(one, 4) && is_number(two, 2) && is_number(three, 4))
}
