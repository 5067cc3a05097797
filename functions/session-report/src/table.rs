//! The record as a table: one line for each event, in the order of time, each with all that there is of its candidate. So
//! who filters by a kind of event has a list, and who filters by enrolments has the attendance.

use shared::{
    domain::{
        chronology::{Whom, Words, chronology},
        record::{Instant, Record},
    },
    http::language::Language,
};

/// By which a spreadsheet knows that the text is UTF-8.
const BYTE_ORDER_MARK: &str = "\u{feff}";

const FRENCH: [&str; 19] = [
    "Heure",
    "Événement",
    "Nom",
    "Prénom",
    "Date de naissance",
    "Par",
    "En tant que",
    "Minutes",
    "Interruption (s)",
    "Précisions",
    "Statut du candidat",
    "Temps majoré (%)",
    "Présence confirmée",
    "Début du test",
    "Fin du test",
    "Nombre de débuts et de reprises",
    "Minutes ajoutées en tout",
    "Nombre d’interruptions",
    "Interruptions en tout (s)",
];

const ENGLISH: [&str; 19] = [
    "Time",
    "Event",
    "Family name",
    "First name",
    "Birth date",
    "By",
    "As",
    "Minutes",
    "Interruption (s)",
    "Details",
    "Status of the candidate",
    "Extra time (%)",
    "Presence confirmed",
    "Test started",
    "Test over",
    "Starts and resumptions",
    "Minutes added in all",
    "Interruptions",
    "Interruptions in all (s)",
];

const fn columns(language: Language) -> [&'static str; 19] {
    match language {
        Language::French => FRENCH,
        Language::English => ENGLISH,
    }
}

/// What spreadsheets expect between cells where this language is spoken.
const fn separator(language: Language) -> u8 {
    match language {
        Language::French => b';',
        Language::English => b',',
    }
}

/// Writes a record as a table that a spreadsheet opens: with the separator that it expects in this language.
///
/// # Errors
/// Never: it is written into memory.
pub fn write(record: &Record, language: Language) -> Result<Vec<u8>, csv::Error> {
    let words = Words(language);
    let zone = record.session.plan.zone();
    let local = |instant: Option<Instant>| {
        instant.map(|instant| instant.0.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string()).unwrap_or_default()
    };
    let mut table = csv::WriterBuilder::new().delimiter(separator(language)).from_writer(BYTE_ORDER_MARK.as_bytes().to_vec());
    table.write_record(columns(language))?;
    for line in chronology(record, words) {
        let [first_name, last_name, birthdate] = line.whom.map(Whom::person).unwrap_or_default();
        let candidate = line.whom.and_then(Whom::enrolled);
        let interruptions = candidate.map_or(&[][..], |candidate| &candidate.interruptions);
        table.write_record([
            local(Some(line.at)),
            line.what.to_owned(),
            disarmed(&last_name),
            disarmed(&first_name),
            birthdate,
            line.by.map(|by| disarmed(&format!("{} {}", by.first_name, by.last_name))).unwrap_or_default(),
            line.role.to_owned(),
            number(line.minutes),
            number(line.interrupted),
            disarmed(&line.detail),
            candidate.map(|candidate| words.status(candidate.status, record.session.status)).unwrap_or_default().to_owned(),
            number(candidate.map(|candidate| candidate.extra_time_percent)),
            local(candidate.and_then(|candidate| candidate.present_since)),
            local(candidate.and_then(|candidate| candidate.started_at)),
            local(candidate.and_then(|candidate| candidate.ended_at)),
            number(candidate.map(|candidate| candidate.starts)),
            number(candidate.map(|candidate| candidate.extra_minutes)),
            number(candidate.map(|_| interruptions.len())),
            number(candidate.map(|_| interruptions.iter().filter_map(|interruption| interruption.seconds).sum::<i64>())),
        ])?;
    }
    table.into_inner().map_err(|error| error.into_error().into())
}

fn number(number: Option<impl ToString>) -> String {
    number.map(|number| number.to_string()).unwrap_or_default()
}

/// What somebody typed, so that no spreadsheet takes it for a formula, or a part of it, where it splits cells elsewhere.
fn disarmed(text: &str) -> String {
    let mut disarmed = String::with_capacity(text.len() + 1);
    let mut begins = true;
    for c in text.chars() {
        let is_formula = begins && matches!(c, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠');
        if is_formula || disarmed.is_empty() && matches!(c, '\t' | '\r' | '\n') {
            disarmed.push('\'');
        }
        disarmed.push(c);
        begins = matches!(c, ',' | ';' | '"' | '\t' | '\r' | '\n');
    }
    disarmed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_disarmed() {
        for armed in ["=1+1", "+33", "-1", "@SUM(A1)", "\t1", "\r1", "\n1", "＝1"] {
            assert_eq!(disarmed(armed), format!("'{armed}"));
        }
        assert_eq!(disarmed("a\r\n\r\n\tb"), "a\r\n\r\n\tb", "lines are no formulas");
        assert_eq!(disarmed("a;=1,-2\n@3\"+4; =5"), "a;'=1,'-2\n'@3\"'+4; =5");
        for plain in ["", "Zoé", "'=1", "a=1", " =1", "Jean-Pierre", "a, b\nc"] {
            assert_eq!(disarmed(plain), plain);
        }
    }
}
