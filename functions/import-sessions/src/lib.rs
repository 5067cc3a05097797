//! `POST /sessions/import`: creates sessions with their candidates from a file, or says what it would do with it.

use axum::{
    extract::{Query, State, rejection::QueryRejection},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use class_list::{
    Column, Line, NameOrder, PlannedSession, SessionList,
    answers::{self, File, ImportedLine, Judged, LineStatus, Summary, Upload, Wish, judge, ready, refuse_blocked, told},
    read_sessions,
};
use jiff::{civil::Date, tz::TimeZone};
use serde::Serialize;
use shared::{
    App,
    domain::{
        candidate::Candidate,
        code::CodeKeys,
        correction::Enrolment,
        identity::CandidateId,
        name::shown,
        refusal::Refusal,
        request::Said,
        session::{NewSession, Session, SessionNumber},
    },
    http::{Json, Organiser, Problem, RequestKey, language::Language},
    refusals,
    store::{self, Created, Import, Room},
};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

/// How often an import looks again at a session that others change at the same time.
const ROUNDS: usize = 6;
/// What sets the requests of imports apart from others with the same key.
const ACTION: &str = "import-sessions";
/// Of how many lines that are not understood the answer says what stands there: Lambda takes no larger one.
const MAX_WRITTEN: usize = 500;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(import))
}

/// What was understood of a list of sessions, and what becomes of it.
#[derive(Serialize, ToSchema)]
struct ImportedSessions {
    /// In the order in which the list names them.
    sessions: Vec<ImportedSession>,
    lines: Vec<SessionsLine>,
    #[serde(flatten)]
    summary: Summary,
}

/// A session of the list, or the one that the centre has already when and where the list says: that one stays as it is.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ImportedSession {
    /// Where the list first names it.
    #[schema(example = 2)]
    line: u32,
    status: SessionStatus,
    /// Once it is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "9533127")]
    number: Option<String>,
    #[schema(value_type = String, format = Date, example = "2026-06-15")]
    date: Date,
    /// Local, in `timeZone`.
    #[schema(example = "09:00")]
    time: String,
    #[schema(example = "Europe/Paris")]
    time_zone: String,
    /// Long texts are shortened here.
    #[schema(example = "Collège Jean Moulin")]
    site: String,
    #[schema(example = "Salle 12")]
    room: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "AED")]
    examiner: Option<String>,
    #[schema(example = 105)]
    duration_minutes: u32,
    /// How many of the list are, or were, enrolled in it by this import.
    #[schema(example = 30)]
    candidates: usize,
    /// How many more it takes, this import aside.
    #[schema(example = 300)]
    places: u32,
    /// What the list says otherwise than the session that is there.
    otherwise: Vec<Column>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ImportSessionStatus)]
enum SessionStatus {
    /// Is, or without `dryRun` was, created by this import.
    Ready,
    /// Is there already: whoever is new in the list is enrolled in it.
    Exists,
    /// Is there already, finalised: nobody is enrolled in it any more.
    Finalised,
    /// One of its lines can't be taken, or there are too many.
    Blocked,
}

/// A line of the list that is not empty, but for its heading: about a candidate, or about a session alone.
#[derive(Serialize, ToSchema)]
#[schema(as = ImportedSessionsLine)]
struct SessionsLine {
    /// Which of the sessions it is about, counted from 0, if that can be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = 0)]
    session: Option<usize>,
    #[serde(flatten)]
    line: ImportedLine,
}

refusals!(Refusals: Unauthenticated, Forbidden, UnsupportedMediaType, InvalidFields, UnreadableFile, KeyReused, SessionFinalised, SessionFull);

/// Create sessions with their candidates from a file, all or none of each session.
///
/// The body is a file as for a class list, to 5 MB, with a heading that names the columns: beside those of candidates the date,
/// time, site and room of their session, and if need be its time zone, examiner and duration in minutes. Lines that agree in
/// date, time, site and room are one session, of which there may be 50; a line without a candidate says that there is one.
/// A session that the centre has already then and there is not created again: whoever is not enrolled in it yet is. With
/// `dryRun` nothing is created, and the answer says what is wrong line by line. Without it, a line that can't be taken is
/// refused as `invalid_fields`, such as `lines[3].time` with its `line` in the file, or `columns.time` where the list lacks that
/// column, and nothing is created. The same key with the same file goes on where
/// it stopped.
#[utoipa::path(post, path = "/sessions/import", operation_id = "importSessions", tag = "organiser",
    params(
        ("dryRun" = Option<bool>, Query, description = "Whether only to look, `false` unless given"),
        ("nameOrder" = Option<NameOrder>, Query, description = "Which name comes first, where the list does not say"),
        ("timeZone" = Option<String>, Query, description = "IANA name of the time zone of sessions of which the list says none, `Europe/Paris` unless given"),
    ),
    request_body(content(
        (File = "text/csv"),
        (File = "application/csv"),
        (File = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (File = "application/vnd.oasis.opendocument.spreadsheet"),
    )),
    responses((status = 200, body = ImportedSessions, description = "What would be created"), (status = 201, body = ImportedSessions), Refusals))]
async fn import(
    State(app): State<App>,
    organiser: Organiser,
    key: RequestKey,
    language: Language,
    query: Result<Query<answers::Query>, QueryRejection>,
    upload: Upload,
) -> Result<Response, Problem> {
    let Query(query) = query.map_err(|_| Refusal::MalformedRequest)?;
    let wish = Wish::of_sessions(&query)?;
    let today = app.now().to_zoned(TimeZone::UTC).date();
    let list = upload.read(move |bytes, format| read_sessions(bytes, format, wish.order, &wish.zone, today)).await?;
    let importing =
        Importing { app: &app, codes: app.codes()?, organiser: &organiser, list: &list, said: list.said().map_err(Problem::internal)? };
    let mut sessions = importing.find(&key).await?;
    let answer = |sessions: &[Wanted]| Json(importing.answer(sessions, language));
    if wish.dry_run {
        return Ok(answer(&sessions).into_response());
    }
    refuse_blocked(&list.people, &importing.judged(&sessions))?;
    sessions.iter().try_for_each(Wanted::check)?;
    importing.note(&key).await?;
    for session in &mut sessions {
        importing.make(session).await?;
    }
    Ok((StatusCode::CREATED, answer(&sessions)).into_response())
}

/// One import of a list.
struct Importing<'a> {
    app: &'a App,
    codes: &'a CodeKeys,
    organiser: &'a Organiser,
    list: &'a SessionList,
    said: Said,
}

/// A session that the list names, and what becomes of its lines.
struct Wanted<'a> {
    planned: &'a PlannedSession,
    lines: Vec<&'a Line>,
    new: NewSession,
    import: Import,
    /// As it is, or as it is to be.
    room: Room<Candidate>,
    is_there: bool,
    judged: Vec<Judged>,
}

impl<'a> Importing<'a> {
    /// Looks which of the sessions are there, and what becomes of their lines.
    async fn find(&self, key: &RequestKey) -> Result<Vec<Wanted<'a>>, Problem> {
        let days = self.list.sessions.iter().map(|session| session.plan.date).collect();
        let there = self.app.store().sessions_on(&self.organiser.centre, &days).await?;
        let mut sessions = vec![];
        for (place, planned) in self.list.sessions.iter().enumerate() {
            let mut session = self.wanted(place, planned, key)?;
            let at_its_place = |known: &&Session| known.plan.place() == planned.plan.place();
            let is_open = |known: &&Session| known.check_changeable().is_ok();
            let known = there.iter().find(|known| session.import.created(known));
            let known = known.or_else(|| there.iter().filter(at_its_place).find(is_open)).or_else(|| there.iter().find(at_its_place));
            match known {
                Some(known) => self.look(&mut session, known.number.clone()).await?,
                None => self.judge(&mut session)?,
            }
            sessions.push(session);
        }
        Ok(sessions)
    }

    fn wanted(&self, place: usize, planned: &'a PlannedSession, key: &RequestKey) -> Result<Wanted<'a>, Problem> {
        let at = self.app.now();
        let new = self.organiser.new_session(planned.plan.clone(), self.codes, at).map_err(Problem::internal)?;
        let about = planned.plan.place().request(&new.centre);
        let request = key.request_about(ACTION, &self.organiser.account, about.as_str());
        let lines = self.list.people.lines.iter().zip(&self.list.plans).filter(|(_, plan)| plan.session == Some(place));
        Ok(Wanted {
            planned,
            lines: lines.map(|(line, _)| line).collect(),
            room: Room::of(new.numbered(self.codes.session_number(&about, 0))),
            new,
            import: Import { by: self.organiser.actor(), at, request, said: self.said.clone() },
            is_there: false,
            judged: vec![],
        })
    }

    /// Reads the session of this number, unless it is gone by now.
    async fn look(&self, session: &mut Wanted<'_>, number: SessionNumber) -> Result<(), Problem> {
        match self.app.store().whole_room(&number).await {
            Ok(room) => (session.room, session.is_there) = (room, true),
            Err(store::Error::Refused(Refusal::SessionNotFound)) => {
                (session.room, session.is_there) = (Room::of(session.new.numbered(number)), false);
            }
            Err(error) => return Err(error.into()),
        }
        self.judge(session)
    }

    fn judge(&self, session: &mut Wanted<'_>) -> Result<(), Problem> {
        let codes = self.codes.of(&session.room.session).ok_or_else(|| Problem::internal("the session's code key is lost"))?;
        session.judged = judge(session.lines.iter().copied(), &session.room, codes, &session.import);
        if session.is_own() {
            for judged in session.judged.iter_mut().filter(|judged| judged.status == LineStatus::Enrolled && judged.id.is_none()) {
                judged.status = LineStatus::Ready;
            }
        }
        Ok(())
    }

    /// Notes what this request says, so that another one with its key is known.
    async fn note(&self, key: &RequestKey) -> Result<(), Problem> {
        let request = key.request_id(ACTION, &self.organiser.account);
        Ok(self.app.store().note_import(&request, &self.said, self.app.now()).await?)
    }

    /// Creates a session that is not there, and enrols whoever is not in it.
    async fn make(&self, session: &mut Wanted<'_>) -> Result<(), Problem> {
        for _ in 0..ROUNDS {
            if !session.is_there {
                self.create(session).await?;
                continue;
            }
            if session.judged.iter().any(|judged| judged.status == LineStatus::Blocked) {
                return Err(Problem::busy("a session was changed while it was imported"));
            }
            match self.app.store().import(&session.room, session.ready(), &session.import).await {
                Ok(_) => return Ok(()),
                Err(store::Error::AlreadyEnrolled(_) | store::Error::Changed | store::Error::Refused(Refusal::SessionNotFound)) => {
                    self.look(session, session.room.session.number.clone()).await?;
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(Problem::busy("a session kept changing"))
    }

    /// Creates a session, unless somebody else has by now.
    async fn create(&self, session: &mut Wanted<'_>) -> Result<(), Problem> {
        let people: Vec<_> = session.ready().into_iter().map(|(_, who)| who).collect();
        match self.app.store().create_room(&session.new, &people, self.codes, &session.import).await {
            Ok(Created::New(room)) => {
                (session.room, session.is_there) = (*room, true);
                self.judge(session)
            }
            Ok(Created::There(number)) => self.look(session, number).await,
            Err(store::Error::Changed) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// What becomes of each line of the list.
    fn judged(&self, sessions: &[Wanted]) -> Vec<Judged> {
        let mut of_sessions: Vec<_> = sessions.iter().map(|session| session.judged.iter()).collect();
        let lines = self.list.people.lines.iter().zip(&self.list.plans);
        let judged = lines.map(|(line, plan)| {
            let judged = plan.session.and_then(|session| of_sessions.get_mut(session)?.next());
            judged.cloned().unwrap_or_else(|| Judged::blocked(line))
        });
        judged.collect()
    }

    fn answer(&self, sessions: &[Wanted], language: Language) -> ImportedSessions {
        let judged = self.judged(sessions);
        ImportedSessions {
            sessions: sessions.iter().map(ImportedSession::from).collect(),
            lines: lines_told(self.list, &judged, language),
            summary: Summary::of(&self.list.people, &judged),
        }
    }
}

fn lines_told(list: &SessionList, judged: &[Judged], language: Language) -> Vec<SessionsLine> {
    let lines = list.people.lines.iter().zip(&list.plans).zip(judged);
    let mut lines: Vec<_> =
        lines.map(|((line, plan), judged)| SessionsLine { session: plan.session, line: told(line, judged, language) }).collect();
    for line in lines.iter_mut().filter(|line| line.line.written.is_some()).skip(MAX_WRITTEN) {
        line.line.written = None;
    }
    lines
}

impl Wanted<'_> {
    /// Whether it is this import that creates it, or did.
    fn is_own(&self) -> bool {
        !self.is_there || self.import.created(&self.room.session)
    }

    fn ready(&self) -> Vec<(CandidateId, Enrolment)> {
        ready(self.lines.iter().copied(), &self.judged)
    }

    /// Whether whoever is ready can be enrolled.
    ///
    /// # Errors
    /// `session_finalised`, `session_full`.
    fn check(&self) -> Result<(), Refusal> {
        let ready = self.ready().len();
        if ready > self.import.enrolled(&self.room).len() {
            self.room.session.check_changeable()?;
        }
        let places = usize::try_from(self.import.places(&self.room)).unwrap_or(usize::MAX);
        if ready > places { Err(Refusal::SessionFull) } else { Ok(()) }
    }

    fn status(&self) -> SessionStatus {
        match self.check() {
            Err(Refusal::SessionFinalised) => SessionStatus::Finalised,
            Ok(()) if self.judged.iter().all(|judged| judged.status != LineStatus::Blocked) => {
                if self.is_own() {
                    SessionStatus::Ready
                } else {
                    SessionStatus::Exists
                }
            }
            _ => SessionStatus::Blocked,
        }
    }
}

impl From<&Wanted<'_>> for ImportedSession {
    fn from(wanted: &Wanted) -> Self {
        let session = &wanted.room.session;
        let plan = &session.plan;
        Self {
            line: wanted.planned.line,
            status: wanted.status(),
            number: wanted.is_there.then(|| session.number.to_string()),
            date: plan.date.0,
            time: plan.time.into(),
            time_zone: plan.time_zone.as_str().to_owned(),
            site: shown(plan.site.as_str()),
            room: shown(plan.room.as_str()),
            examiner: plan.examiner.as_ref().map(|examiner| shown(examiner.as_str())),
            duration_minutes: plan.duration_minutes,
            candidates: wanted.ready().len(),
            places: wanted.import.places(&wanted.room),
            otherwise: wanted.planned.differs_from(plan),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use class_list::{Format, MAX_ROWS};
    use jiff::civil::date;
    use shared::domain::session::ZoneName;

    /// What Lambda takes of an answer, and what sessions and the names of all columns take of one at most.
    const MAX_ANSWER: usize = 6 * 1024 * 1024;
    const SESSIONS_AND_COLUMNS: usize = 128 * 1024;

    /// The bytes of all lines of a list, as a text in the answer that Lambda takes.
    fn size_of(line: &str) -> usize {
        let heading = "Date;Heure;Fuseau;Site;Salle;Surveillant;Durée;Nom;Prénom;Né le;Tiers temps";
        let list = format!("{heading}\n{}", format!("{line}\n").repeat(MAX_ROWS - 1));
        let list = read_sessions(list.as_bytes(), Format::Text, None, &ZoneName::default(), date(2026, 11, 23)).unwrap();
        let judged: Vec<_> = list.people.lines.iter().map(Judged::blocked).collect();
        let body = serde_json::to_string(&lines_told(&list, &judged, Language::French)).unwrap();
        serde_json::to_string(&body).unwrap().len()
    }

    #[test]
    fn an_answer_about_the_longest_list_fits() {
        let name = "𝐀".repeat(255);
        let understood = size_of(&format!("15/06/2026;9:00;;Collège;12;;;{name};{name};31/05/2012;33"));
        assert!(understood + SESSIONS_AND_COLUMNS < MAX_ANSWER, "{understood}");
        let cell = "\u{7}".repeat(255);
        let blocked = size_of(&[cell.as_str(); 11].join(";"));
        assert!(blocked + SESSIONS_AND_COLUMNS < MAX_ANSWER, "{blocked}");
    }
}
