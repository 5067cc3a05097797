//! Reads class lists as schools have them: exported, pasted or typed text, and spreadsheets; also such that say which
//! session each candidate is in. What can't be taken is told line by line, in the words of the list.

pub mod answers;
mod archive;
mod columns;
mod entry;
mod names;
mod ods;
mod plan;
mod sessions;
mod sheet;
mod text;
mod xlsx;

pub use sessions::{LinePlan, PlannedSession, SessionList, WrittenPlan};

use columns::{Columns, Places};
use jiff::civil::Date;
use serde::Serialize;
use shared::domain::{correction::Enrolment, invalid::Invalid, request::Said, session::ZoneName, unreadable::Unreadable};
use strum::EnumString;
use utoipa::ToSchema;

/// The most lines read of a list, its heading among them: ten sessions in one file.
pub const MAX_ROWS: usize = 3_000;
/// The most sessions in a file.
pub const MAX_SESSIONS: usize = 50;
/// The most columns that may have something in them.
pub const MAX_COLUMNS: usize = 100;
/// The most rows above the heading of a list.
const MAX_TITLE: usize = 10;
/// The most sheets of a file that are looked at, and told.
const MAX_SHEETS: usize = 20;
/// The most bytes of text read from the cells of a spreadsheet, which may repeat one text without end.
const MAX_TEXT: usize = 3 * 1024 * 1024;

/// How a list is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Cells between tabs, semicolons or commas.
    Text,
    /// Excel's.
    Xlsx,
    /// LibreOffice's.
    Ods,
}

impl Format {
    /// The format of this media type, whatever its parameters.
    pub fn of(media_type: &str) -> Option<Self> {
        let essence = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match essence.as_str() {
            // The other name for it: API Gateway takes what is called text for UTF-8, and spoils all that is not.
            "text/csv" | "application/csv" => Some(Self::Text),
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" => Some(Self::Xlsx),
            "application/vnd.oasis.opendocument.spreadsheet" => Some(Self::Ods),
            _ => None,
        }
    }
}

/// What a list says about a candidate, and about their session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum Column {
    LastName,
    FirstName,
    Birthdate,
    #[serde(rename = "extraTimePercent")]
    ExtraTime,
    Date,
    Time,
    TimeZone,
    Site,
    Room,
    Examiner,
    #[serde(rename = "durationMinutes")]
    Duration,
}

impl Column {
    /// As in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::LastName => "lastName",
            Self::FirstName => "firstName",
            Self::Birthdate => "birthdate",
            Self::ExtraTime => "extraTimePercent",
            Self::Date => "date",
            Self::Time => "time",
            Self::TimeZone => "timeZone",
            Self::Site => "site",
            Self::Room => "room",
            Self::Examiner => "examiner",
            Self::Duration => "durationMinutes",
        }
    }
}

/// Which name comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, EnumString, ToSchema)]
#[serde(rename_all = "camelCase")]
#[strum(serialize_all = "camelCase")]
pub enum NameOrder {
    LastFirst,
    FirstLast,
}

/// What was understood of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClassList {
    pub lines: Vec<Line>,
    /// Columns that every list needs and this one lacks.
    pub missing: Vec<Column>,
    /// Columns that mean nothing here, by name or number.
    pub ignored: Vec<String>,
    /// Those of them that look like extra time.
    pub suspect: Vec<String>,
    /// Sheets beside the one that was read, with something in them.
    pub other_sheets: Vec<String>,
    /// How the names were told apart, where the list does not say.
    pub order: Option<NameOrder>,
}

impl ClassList {
    /// What it says, however it is written.
    ///
    /// # Errors
    /// When that can't be written as JSON.
    pub fn said(&self) -> serde_json::Result<Said> {
        Said::of(&self.lines.iter().filter_map(Line::values).collect::<Vec<_>>())
    }
}

impl Line {
    fn values(&self) -> Option<impl Serialize> {
        let who = self.candidate.as_ref()?;
        Some((&who.last_name, &who.first_name, who.birthdate, who.extra_time_percent))
    }
}

/// One line of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// In the text or the sheet, counted from 1; where the line begins.
    pub line: u32,
    pub written: Written,
    /// If nothing is wrong with it by itself, and it is about one: a line may say no more than that there is a session.
    pub candidate: Option<Enrolment>,
    pub findings: Vec<Finding>,
}

/// What somebody wrote about a candidate.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Written {
    pub last_name: String,
    pub first_name: String,
    pub birthdate: String,
    pub extra_time: String,
}

impl Written {
    fn is_empty(&self) -> bool {
        [&self.last_name, &self.first_name, &self.birthdate, &self.extra_time].into_iter().all(String::is_empty)
    }
}

/// Why a line can't be taken, or what is to be known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Unless it is about the whole line.
    pub field: Option<Column>,
    pub invalid: Invalid,
}

/// A row of a table that is not empty: where it stands, and its cells with their spaces tidied.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Row {
    line: u32,
    cells: Vec<String>,
}

impl Row {
    fn cell(&self, index: usize) -> &str {
        self.cells.get(index).map_or("", String::as_str)
    }
}

/// Reads a class list. Birth dates after `today` are none; `order` says which name comes first where the list does not.
///
/// # Errors
/// When it is no list, or none that can be read within bounds.
pub fn read(list: &[u8], format: Format, order: Option<NameOrder>, today: Date) -> Result<ClassList, Unreadable> {
    let Table { rows, other_sheets } = table(list, format)?;
    let rows = below_title(rows, |row| Places::named_in(row).taken().len());
    let (mut list, who) = understand(&rows, &columns::find(&rows, order), today);
    list.other_sheets = other_sheets;
    entry::mark_doubles(list.lines.iter_mut().zip(who));
    if list.lines.is_empty() { Err(Unreadable::Empty) } else { Ok(list) }
}

/// Reads a list that says on each line when and where the candidate takes the test, under a heading. Lines that agree in date,
/// time, site and room are one session; those that say no time zone are in this one.
///
/// # Errors
/// As [`read`].
pub fn read_sessions(
    list: &[u8],
    format: Format,
    order: Option<NameOrder>,
    zone: &ZoneName,
    today: Date,
) -> Result<SessionList, Unreadable> {
    let Table { rows, other_sheets } = table(list, format)?;
    let mut list = sessions::understand(rows, order, zone, today);
    list.people.other_sheets = other_sheets;
    if list.people.lines.is_empty() { Err(Unreadable::Empty) } else { Ok(list) }
}

/// What stands in a file.
#[derive(Debug, Default, PartialEq)]
struct Table {
    rows: Vec<Row>,
    other_sheets: Vec<String>,
}

fn table(list: &[u8], format: Format) -> Result<Table, Unreadable> {
    match format {
        Format::Text => Ok(Table { rows: text::rows(&text::decode(list)?)?, ..Table::default() }),
        Format::Xlsx => xlsx::table(list),
        Format::Ods => ods::table(list),
    }
}

/// The rows of a list without what stands above its heading, such as the name of the class: nobody's birth date is among it.
fn below_title(mut rows: Vec<Row>, headings: impl Fn(&Row) -> usize) -> Vec<Row> {
    let heading = rows.iter().take(MAX_TITLE + 1).position(|row| headings(row) > 1);
    if let Some(above) = heading.filter(|above| !rows.iter().take(*above).any(has_date)) {
        rows.drain(..above);
    }
    rows
}

fn has_date(row: &Row) -> bool {
    row.cells.iter().any(|cell| entry::looks_like_date(cell))
}

/// What columns that were found in a list say, and whom each of its lines is about, if that can be told.
fn understand(rows: &[Row], found: &Columns, today: Date) -> (ClassList, Vec<Option<String>>) {
    let (heading, rows) = match rows {
        [heading, rows @ ..] if found.named => (Some(heading), rows),
        rows => (None, rows),
    };
    let at = &found.at;
    let (lines, who) = rows.iter().map(|row| entry::read_line(row, at, found.order, today)).unzip();
    let ignored = columns::ignored(rows, heading, at);
    let list = ClassList {
        lines,
        missing: if rows.is_empty() { vec![] } else { at.missing() },
        suspect: ignored.iter().filter(|column| column.looks_like_extra_time()).map(|column| column.name.clone()).collect(),
        ignored: ignored.into_iter().map(|column| column.name).collect(),
        other_sheets: vec![],
        order: found.order.filter(|_| at.first_name.or(at.full_name).is_some()),
    };
    (list, who)
}

/// One plain space where there were several, of whatever kind, or a line break.
fn tidy(cell: &str) -> String {
    cell.split(is_space).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Also the mark that a file in UTF-8 may begin with.
fn is_space(c: char) -> bool {
    c.is_whitespace() || c == '\u{feff}'
}

#[cfg(test)]
mod tests;
