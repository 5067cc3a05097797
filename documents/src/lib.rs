//! A session's documents on paper, as PDF/UA: the proctor's kit, the attendance sheet, the report.
//!
//! The documents are written in Typst (`documents/typst/`), which gets what it prints as data and never as markup: a name
//! stays a name, whatever stands in it.

mod qr;
mod report;
mod text;
mod world;

pub use report::report;
pub use text::Text;

use jiff::civil::Date;
use serde::Serialize;
use shared::domain::{
    language::Language,
    record::{RecordedPlan, RecordedSession},
    session::{DEFAULT_TIME_ZONE, Session},
};
use world::{ATTENDANCE, KIT};

/// Why a document can't be made: a defect of ours.
#[derive(Debug, thiserror::Error)]
#[error("a document can't be made: {0}")]
pub struct NotMade(String);

/// When and where a session is.
#[derive(Debug, Clone, Serialize)]
pub struct Facts {
    pub number: String,
    /// As the procedure writes it, `15/06/2026 - 10:30`; with its zone where that is not the usual one.
    pub when: String,
    pub site: Text,
    pub room: Text,
    pub examiner: Option<Text>,
}

/// What the proctor's kit says.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Kit {
    pub facts: Facts,
    /// Of the page, such as `https://vigie.example.org/app/`; where nobody knows it, there are no QR codes either.
    pub address: Option<String>,
    pub session_password: String,
    pub access_code: String,
}

/// What the attendance sheet says.
#[derive(Debug, Clone, Serialize)]
pub struct Attendance {
    pub facts: Facts,
    /// In the order in which they stand on it.
    pub candidates: Vec<Enrolled>,
}

/// Somebody who is to sign.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Enrolled {
    pub last_name: Text,
    pub first_name: Text,
    /// As `31/05/2012`.
    pub birthdate: String,
}

impl From<&Session> for Facts {
    fn from(session: &Session) -> Self {
        Self::new(session.number.to_string(), &RecordedPlan::from(&session.plan))
    }
}

impl From<&RecordedSession> for Facts {
    fn from(session: &RecordedSession) -> Self {
        Self::new(session.number.clone(), &session.plan)
    }
}

impl Facts {
    fn new(number: String, plan: &RecordedPlan) -> Self {
        let RecordedPlan { date, time, time_zone: zone, site, room, examiner, .. } = plan;
        let zone = if zone == DEFAULT_TIME_ZONE { String::new() } else { format!(" ({zone})") };
        Self {
            number,
            when: format!("{} - {time}{zone}", day(*date)),
            site: Text::of(site),
            room: Text::of(room),
            examiner: examiner.as_deref().map(Text::of),
        }
    }
}

impl Enrolled {
    pub fn new(last_name: &str, first_name: &str, birthdate: Date) -> Self {
        Self { last_name: Text::of(last_name), first_name: Text::of(first_name), birthdate: day(birthdate) }
    }
}

/// `31/05/2012`.
fn day(date: Date) -> String {
    date.strftime("%d/%m/%Y").to_string()
}

/// The proctor's kit: what the proctor needs, and below it what is cut off for the candidates.
///
/// # Errors
/// A defect of ours.
pub fn kit(kit: &Kit, language: Language) -> Result<Vec<u8>, NotMade> {
    /// Where QR codes lead.
    #[derive(Serialize)]
    struct Codes {
        proctor: String,
        candidate: String,
    }
    #[derive(Serialize)]
    struct Printed<'a> {
        #[serde(flatten)]
        kit: &'a Kit,
        codes: Option<Codes>,
    }
    let code = |address: &str, place| qr::svg(&format!("{address}{place}#{}", kit.facts.number));
    let codes = |address: &String| Ok(Codes { proctor: code(address, "proctor")?, candidate: code(address, "candidate")? });
    let codes = kit.address.as_ref().map(codes).transpose()?;
    world::pdf(KIT, &Printed { kit, codes }, language)
}

/// The attendance sheet: who is to sign, thirty on each page.
///
/// # Errors
/// A defect of ours.
pub fn attendance(attendance: &Attendance, language: Language) -> Result<Vec<u8>, NotMade> {
    world::pdf(ATTENDANCE, attendance, language)
}
