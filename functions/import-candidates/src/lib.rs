//! `POST /sessions/{session}/candidates/import`: enrols a class list from a file, or says what it would do with it.

use axum::{
    extract::{Query, State, rejection::QueryRejection},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use class_list::{
    ClassList, NameOrder,
    answers::{self, File, ImportedLine, Judged, Summary, Upload, Wish, judge, ready, refuse_blocked, told},
};
use jiff::tz::TimeZone;
use serde::Serialize;
use shared::{
    App,
    domain::{candidate::Candidate, refusal::Refusal, session::SessionNumber},
    http::{CandidateView, Json, Organiser, Problem, RequestKey, SessionInPath, language::Language},
    refusals,
    store::{self, Import, Room},
};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

/// How often an import looks again at a room that others enrol in at the same time.
const ROUNDS: usize = 5;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(import))
}

/// What was understood of a list, and what becomes of it.
#[derive(Serialize, ToSchema)]
struct Imported {
    lines: Vec<ImportedLine>,
    #[serde(flatten)]
    summary: Summary,
    /// How many more candidates the session takes, this import aside.
    places: u32,
    /// Who was enrolled, in the list's order; absent with `dryRun`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    candidates: Option<Vec<CandidateView>>,
}

refusals!(Refusals: Unauthenticated, Forbidden, SessionNotFound, UnsupportedMediaType, InvalidFields, UnreadableFile, KeyReused,
    SessionFinalised, SessionFull);

/// Enrol a class list from a file, all or none.
///
/// The body is the file itself, to 5 MB: text with tabs, semicolons or commas between cells (in UTF-8, UTF-16 or
/// Windows-1252; call the last two `application/csv`, since gateways take `text/…` for UTF-8), or the first sheet of a
/// spreadsheet that is not empty. `Content-Type` says which. Its first line may name the columns, in French or English and in any order. With `dryRun`
/// nothing is enrolled, and the answer says what is wrong line by line. Without it, a line that can't be enrolled is refused
/// as `invalid_fields`, such as `lines[3].birthdate` with its `line` in the file, or `columns.birthdate` where the list lacks that column; who is enrolled already is passed over. Of a
/// list of more than 99 a part stays enrolled where the session is finalised meanwhile, or nobody sends again what was answered
/// with `busy`. The same key with the same file goes on where it stopped, unless somebody of that part was removed or corrected
/// since: `key_reused`.
#[utoipa::path(post, path = "/sessions/{session}/candidates/import", operation_id = "importCandidates", tag = "organiser",
    params(
        SessionInPath,
        ("dryRun" = Option<bool>, Query, description = "Whether only to look, `false` unless given"),
        ("nameOrder" = Option<NameOrder>, Query, description = "Which name comes first, where the list does not say"),
    ),
    request_body(content(
        (File = "text/csv"),
        (File = "application/csv"),
        (File = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (File = "application/vnd.oasis.opendocument.spreadsheet"),
    )),
    responses((status = 200, body = Imported, description = "What would be enrolled"), (status = 201, body = Imported), Refusals))]
async fn import(
    State(app): State<App>,
    organiser: Organiser,
    SessionInPath(number): SessionInPath,
    language: Language,
    key: Result<RequestKey, Problem>,
    query: Result<Query<answers::Query>, QueryRejection>,
    upload: Result<Upload, Problem>,
) -> Result<Response, Problem> {
    let mut room = room(&app, &organiser, &number).await?;
    let Query(query) = query.map_err(|_| Refusal::MalformedRequest)?;
    let (key, wish, upload) = (key?, Wish::of(&query)?, upload?);
    let now = app.now();
    let today = now.to_zoned(TimeZone::UTC).date();
    let list = upload.read(move |bytes, format| class_list::read(bytes, format, wish.order, today)).await?;
    let codes = app.codes()?.of(&room.session).ok_or_else(|| Problem::internal("the session's code key is lost"))?;
    let import = Import {
        by: organiser.actor(),
        at: now,
        request: key.request_id("import", &organiser.account),
        said: list.said().map_err(Problem::internal)?,
    };
    for _ in 0..ROUNDS {
        let judged = judge(&list.lines, &room, codes, &import);
        let answer = |candidates| answer(&list, &judged, &room, &import, language, candidates);
        if wish.dry_run {
            room.session.check_changeable()?;
            return Ok(Json(answer(None)).into_response());
        }
        refuse_blocked(&list, &judged)?;
        match app.store().import(&room, ready(&list.lines, &judged), &import).await {
            Ok(enrolled) => {
                let views = enrolled.iter().map(|candidate| CandidateView::for_staff(candidate, now)).collect();
                return Ok((StatusCode::CREATED, Json(answer(Some(views)))).into_response());
            }
            // By others, since the room was read.
            Err(store::Error::AlreadyEnrolled(_) | store::Error::Changed) => room = self::room(&app, &organiser, &number).await?,
            Err(error) => return Err(error.into()),
        }
    }
    Err(Problem::busy("a room kept changing"))
}

async fn room(app: &App, organiser: &Organiser, number: &SessionNumber) -> Result<Room<Candidate>, Problem> {
    let room = app.store().whole_room(number).await?;
    organiser.check(&room.session)?;
    Ok(room)
}

fn answer(
    list: &ClassList,
    judged: &[Judged],
    room: &Room<Candidate>,
    import: &Import,
    language: Language,
    candidates: Option<Vec<CandidateView>>,
) -> Imported {
    Imported {
        lines: list.lines.iter().zip(judged).map(|(line, judged)| told(line, judged, language)).collect(),
        summary: Summary::of(list, judged),
        places: import.places(room),
        candidates,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use class_list::{Format, MAX_ROWS, answers::LineStatus};
    use jiff::civil::date;

    /// What Lambda takes of an answer; what 300 candidates take of one at most, and what the names of all columns do.
    const MAX_ANSWER: usize = 6 * 1024 * 1024;
    const CANDIDATES: usize = 1024 * 1024;
    const COLUMNS: usize = 64 * 1024;

    /// The bytes of all lines of a list, as a text in the answer that Lambda takes.
    fn size_of(line: &str) -> usize {
        let list = format!("Nom;Prénom;Né le;Tiers temps\n{}", format!("{line}\n").repeat(MAX_ROWS - 1));
        let list = class_list::read(list.as_bytes(), Format::Text, None, date(2026, 11, 23)).unwrap();
        let told = list.lines.iter().map(|line| {
            let status = if line.candidate.is_some() { LineStatus::Ready } else { LineStatus::Blocked };
            told(line, &Judged { status, id: None, findings: line.findings.clone() }, Language::French)
        });
        let body = serde_json::to_string(&told.collect::<Vec<_>>()).unwrap();
        serde_json::to_string(&body).unwrap().len()
    }

    #[test]
    fn an_answer_about_the_longest_list_fits() {
        let name = "𝐀".repeat(255);
        let understood = size_of(&format!("{name};{name};31/05/2012;33"));
        assert!(understood + COLUMNS + CANDIDATES < MAX_ANSWER, "{understood}");
        let cell = "\u{7}".repeat(255);
        let blocked = size_of(&[cell.as_str(); 4].join(";"));
        assert!(blocked + COLUMNS < MAX_ANSWER, "{blocked}");
    }
}
