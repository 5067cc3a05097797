//! What imports have in common: the file that is sent, and what is told of each of its lines.

use crate::{ClassList, Column, Finding, Format, Line, NameOrder, Written};
use axum::{
    body::{Bytes, to_bytes},
    extract::{FromRequest, Request},
    http::header::CONTENT_TYPE,
};
use jiff::civil::Date;
use serde::Serialize;
use shared::{
    domain::{
        candidate::Candidate,
        code::CodeKey,
        correction::Enrolment,
        identity::CandidateId,
        invalid::{FieldError, Invalid},
        name::shown,
        refusal::Refusal,
        session::ZoneName,
        unreadable::Unreadable,
    },
    http::{Problem, language::Language, limits::MAX_LIST_BYTES, problem::message},
    store::{Import, Room},
    work::blocking,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    str::FromStr,
};
use utoipa::ToSchema;

/// A file as it is.
#[derive(ToSchema)]
#[schema(as = ClassListFile, value_type = String, format = Binary)]
#[expect(dead_code, reason = "only described")]
pub struct File(Vec<u8>);

/// A list as it was sent.
pub struct Upload {
    format: Format,
    bytes: Bytes,
}

impl Upload {
    /// Reads it, beside whatever else there is to do.
    ///
    /// # Errors
    /// When it is no list, or none that can be read within bounds.
    pub async fn read<T: Send + 'static>(
        self,
        read: impl FnOnce(&[u8], Format) -> Result<T, Unreadable> + Send + 'static,
    ) -> Result<T, Problem> {
        Ok(blocking("reading a list", move || read(&self.bytes, self.format)).await??)
    }
}

impl<S: Send + Sync> FromRequest<S> for Upload {
    type Rejection = Problem;

    /// # Errors
    /// `body_too_large`, `unsupported_media_type`.
    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let media_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let format = Format::of(media_type).ok_or(Refusal::UnsupportedMediaType)?;
        let bytes = to_bytes(request.into_body(), MAX_LIST_BYTES).await.map_err(|_| Refusal::BodyTooLarge)?;
        Ok(Self { format, bytes })
    }
}

/// The parameters of a request, as they stand there.
pub type Query = Vec<(String, String)>;

/// How the sender wants it.
pub struct Wish {
    pub dry_run: bool,
    pub order: Option<NameOrder>,
    /// Of sessions.
    pub zone: ZoneName,
}

impl Wish {
    /// Of candidates.
    ///
    /// # Errors
    /// `invalid_fields`.
    pub fn of(query: &Query) -> Result<Self, Problem> {
        Self::read(query, &["dryRun", "nameOrder"])
    }

    /// Of sessions.
    ///
    /// # Errors
    /// `invalid_fields`.
    pub fn of_sessions(query: &Query) -> Result<Self, Problem> {
        Self::read(query, &["dryRun", "nameOrder", "timeZone"])
    }

    /// What is not known, or stands twice, is refused: a list that was to be tried would be taken in.
    fn read(query: &Query, known: &[&str]) -> Result<Self, Problem> {
        let mut seen = BTreeSet::new();
        let wrong = query.iter().filter_map(|(name, _)| {
            let is_known = known.contains(&name.as_str());
            let invalid = if !is_known {
                Invalid::NoParameter
            } else if seen.insert(name) {
                return None;
            } else {
                Invalid::Other
            };
            Some(FieldError::new(shown(name), invalid))
        });
        let wrong: Vec<_> = wrong.collect();
        if !wrong.is_empty() {
            return Err(Problem::fields(wrong));
        }
        let dry_run = said(query, "dryRun", Invalid::WrongType);
        let order = said(query, "nameOrder", Invalid::Other);
        let zone = value(query, "timeZone").map_or_else(|| Ok(ZoneName::default()), ZoneName::parse);
        match (dry_run, order, zone) {
            (Ok(dry_run), Ok(order), Ok(zone)) => Ok(Self { dry_run: dry_run.unwrap_or_default(), order, zone }),
            (dry_run, order, zone) => {
                Err(Problem::any_of([("dryRun", dry_run.err()), ("nameOrder", order.err()), ("timeZone", zone.err())]))
            }
        }
    }
}

fn said<T: FromStr>(query: &Query, name: &str, invalid: Invalid) -> Result<Option<T>, Invalid> {
    value(query, name).map(|text| text.parse().map_err(|_| invalid)).transpose()
}

fn value<'a>(query: &'a Query, name: &str) -> Option<&'a str> {
    query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

/// What was understood of a list as a whole.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ImportSummary)]
pub struct Summary {
    /// How many candidates are, or without `dryRun` were, enrolled by this import; how many are already; how many lines can't be
    /// taken.
    ready: usize,
    enrolled: usize,
    blocked: usize,
    /// Columns that every list needs and this one lacks.
    missing_columns: Vec<Column>,
    /// Columns that are not read, by name or number.
    ignored_columns: Vec<String>,
    /// Those of them that may say something about extra time.
    suspect_columns: Vec<String>,
    /// Sheets of the file with something in them that are not read: only its first is.
    other_sheets: Vec<String>,
    /// Which name was read first, where the list does not say. Send the other one as `nameOrder` if it is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    name_order: Option<NameOrder>,
}

impl Summary {
    pub fn of(list: &ClassList, judged: &[Judged]) -> Self {
        let count = |status| judged.iter().filter(move |judged| judged.status == status);
        let people = |status| count(status).filter(|judged| judged.id.is_some()).count();
        Self {
            ready: people(LineStatus::Ready),
            enrolled: people(LineStatus::Enrolled),
            blocked: count(LineStatus::Blocked).count(),
            missing_columns: list.missing.clone(),
            ignored_columns: list.ignored.iter().map(|name| shown(name)).collect(),
            suspect_columns: list.suspect.iter().map(|name| shown(name)).collect(),
            other_sheets: list.other_sheets.iter().map(|name| shown(name)).collect(),
            name_order: list.order,
        }
    }
}

/// A line of the list that is not empty, but for its heading.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ImportedLine {
    /// Where it begins, in the text or the sheet, counted from 1.
    #[schema(example = 2)]
    line: u32,
    status: LineStatus,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    candidate: Option<Understood>,
    /// What stands there about a candidate, shortened, where it is not understood.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub written: Option<AsWritten>,
    /// Why it is `blocked`; of who is `enrolled` already, what stays otherwise than the list says.
    findings: Vec<Remark>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ImportStatus)]
pub enum LineStatus {
    Ready,
    /// Is so already: the line is passed over.
    Enrolled,
    Blocked,
}

/// Whom a line is about; long names are shortened here, and enrolled whole.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ImportedCandidate)]
pub struct Understood {
    #[schema(example = "Bernard")]
    last_name: String,
    #[schema(example = "Zoé")]
    first_name: String,
    #[schema(value_type = String, format = Date, example = "2012-05-31")]
    birthdate: Date,
    /// Absent where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = 33)]
    extra_time_percent: Option<u32>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ImportedCells)]
pub struct AsWritten {
    #[schema(example = "Bernard")]
    last_name: String,
    #[schema(example = "Zoé")]
    first_name: String,
    #[schema(example = "31/02/2012")]
    birthdate: String,
    #[schema(example = "33 %")]
    extra_time_percent: String,
}

/// Why a line is blocked.
#[derive(Serialize, ToSchema)]
#[schema(as = ImportFinding)]
pub struct Remark {
    /// Unless it is about the whole line.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    field: Option<Column>,
    /// As in `errors` of a problem.
    #[schema(example = "invalid_date")]
    code: &'static str,
    /// For people.
    message: String,
}

/// What becomes of a line.
#[derive(Debug, Clone)]
pub struct Judged {
    pub status: LineStatus,
    /// Whose line it is, if it is understood.
    pub id: Option<CandidateId>,
    /// Why it is blocked; of who is enrolled already, what stays otherwise than the list says.
    pub findings: Vec<Finding>,
}

impl Judged {
    /// A line that can't be taken by what it says itself.
    pub fn blocked(line: &Line) -> Self {
        Self { status: LineStatus::Blocked, id: None, findings: line.findings.clone() }
    }
}

/// Says what becomes of these lines in a room. One that is about nobody is passed over.
pub fn judge<'a>(lines: impl IntoIterator<Item = &'a Line>, room: &Room<Candidate>, codes: &CodeKey, import: &Import) -> Vec<Judged> {
    let own: BTreeSet<_> = import.enrolled(room).into_iter().map(|candidate| &candidate.id).collect();
    let others = room.candidates.iter().filter(|candidate| !own.contains(&candidate.id));
    let there: BTreeMap<_, _> = others.map(|candidate| (&candidate.id, candidate)).collect();
    // Whoever was enrolled with the identity of a line may be somebody else now, and keeps its id. An import that has begun
    // passes over them, as over all who are enrolled: nothing is refused once a part is written.
    let is_taken = |id: &CandidateId| own.is_empty() && room.session.id_of(id).is_none();
    let judge = |line: &Line| {
        let id = line.candidate.as_ref().map(|who| who.id(codes, &room.session.number));
        let mut findings = line.findings.clone();
        if id.as_ref().is_some_and(is_taken) {
            findings.push(Finding { field: None, invalid: Invalid::AlreadyEnrolled });
        }
        let status = match &id {
            Some(id) if findings.is_empty() => {
                if there.contains_key(id) || room.session.is_corrected_to(id) {
                    LineStatus::Enrolled
                } else {
                    LineStatus::Ready
                }
            }
            None if findings.is_empty() => LineStatus::Enrolled,
            _ => LineStatus::Blocked,
        };
        if status == LineStatus::Enrolled {
            let whom = id.as_ref().and_then(|id| there.get(room.session.id_of(id)?));
            findings.extend(whom.and_then(|whom| otherwise(line, whom)));
        }
        Judged { status, id, findings }
    };
    lines.into_iter().map(judge).collect()
}

/// What the line says of somebody's extra time, where they are enrolled with another one.
fn otherwise(line: &Line, enrolled: &Candidate) -> Option<Finding> {
    let said = line.candidate.as_ref().filter(|_| !line.written.extra_time.is_empty())?.extra_time_percent;
    let percent = enrolled.extra_time_percent;
    (said != percent).then_some(Finding { field: Some(Column::ExtraTime), invalid: Invalid::EnrolledWith { percent } })
}

/// Who is to be enrolled of these lines.
pub fn ready<'a>(lines: impl IntoIterator<Item = &'a Line>, judged: impl IntoIterator<Item = &'a Judged>) -> Vec<(CandidateId, Enrolment)> {
    let ready = judged.into_iter().zip(lines).filter(|(judged, _)| judged.status == LineStatus::Ready);
    ready.filter_map(|(judged, line)| Some((judged.id.clone()?, line.candidate.clone()?))).collect()
}

/// Names all that is wrong with the lines that can't be enrolled, if there are any; where the list lacks columns, these instead.
///
/// # Errors
/// `invalid_fields`.
pub fn refuse_blocked(list: &ClassList, judged: &[Judged]) -> Result<(), Problem> {
    let blocked = list.lines.iter().zip(judged).enumerate().filter(|(_, (_, judged))| judged.status == LineStatus::Blocked);
    let errors = blocked.flat_map(|(place, (line, judged))| {
        judged.findings.iter().map(move |Finding { field, invalid }| {
            let field = field.map(|column| format!(".{}", column.name())).unwrap_or_default();
            FieldError { field: format!("lines[{place}]{field}"), line: Some(line.line), invalid: invalid.clone() }
        })
    });
    let errors: Vec<_> = errors.collect();
    if errors.is_empty() {
        return Ok(());
    }
    let lacks = list.missing.iter().map(|column| FieldError::new(format!("columns.{}", column.name()), Invalid::NoColumn));
    Err(Problem::fields(if list.missing.is_empty() { errors } else { lacks.collect() }))
}

/// What is told of a line.
pub fn told(line: &Line, judged: &Judged, language: Language) -> ImportedLine {
    let findings = judged.findings.iter().map(|Finding { field, invalid }| Remark {
        field: *field,
        code: invalid.code(),
        message: message(invalid, language),
    });
    let candidate = line.candidate.as_ref().map(Understood::from);
    let written = (candidate.is_none() && !line.written.is_empty()).then(|| AsWritten::from(&line.written));
    ImportedLine { line: line.line, status: judged.status, candidate, written, findings: findings.collect() }
}

impl From<&Enrolment> for Understood {
    fn from(Enrolment { last_name, first_name, birthdate, extra_time_percent }: &Enrolment) -> Self {
        let [last_name, first_name] = [last_name, first_name].map(|name| shown(name.as_str()));
        let extra_time_percent = Some(*extra_time_percent).filter(|percent| *percent > 0);
        Self { last_name, first_name, birthdate: birthdate.0, extra_time_percent }
    }
}

impl From<&Written> for AsWritten {
    fn from(Written { last_name, first_name, birthdate, extra_time }: &Written) -> Self {
        let [last_name, first_name, birthdate, extra_time_percent] = [last_name, first_name, birthdate, extra_time].map(|text| shown(text));
        Self { last_name, first_name, birthdate, extra_time_percent }
    }
}
