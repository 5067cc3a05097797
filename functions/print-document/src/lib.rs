//! `GET …/kit.pdf`, `…/attendance.pdf`, `…/report.pdf`: what there is of a session on paper.

use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use documents::{Attendance, Enrolled, Facts, Kit, NotMade};
use shared::{
    App,
    domain::{record::record, refusal::Refusal, session::SessionNumber},
    http::{self, Organiser, Problem, SessionInPath, Staff, language::Language},
    refusals,
    work::blocking,
};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(kit)).routes(routes!(attendance)).routes(routes!(report))
}

/// A document, as it is.
#[derive(ToSchema)]
#[schema(as = PdfFile, value_type = String, format = Binary)]
#[expect(dead_code, reason = "only described")]
struct File(Vec<u8>);

refusals!(Refusals: Unauthenticated, Forbidden, SessionNotFound);

/// Print the proctor's kit.
///
/// One sheet, as PDF/UA, in the language that `Accept-Language` asks for: number and codes, the procedure, QR codes that open the
/// page with the number of the session filled in, and a half to cut off for the candidates, without the session password.
#[utoipa::path(get, path = "/sessions/{session}/kit.pdf", operation_id = "printKit", tag = "organiser", params(SessionInPath),
    responses((status = 200, body = File, content_type = "application/pdf", headers(("Content-Disposition" = String))), Refusals))]
async fn kit(State(app): State<App>, staff: Staff, SessionInPath(number): SessionInPath, language: Language) -> Result<Response, Problem> {
    let session = app.store().session(&number).await?.ok_or(Refusal::SessionNotFound)?;
    staff.check(&session)?;
    let codes = http::views::Kit::of(&session, app.codes()?).ok_or_else(|| Problem::internal("the session's code key is lost"))?;
    let kit = Kit {
        facts: Facts::from(&session),
        address: app.page().map(ToOwned::to_owned),
        session_password: codes.session_password,
        access_code: codes.access_code,
    };
    printed(&number, "kit", language, move || documents::kit(&kit, language)).await
}

/// Print the attendance sheet.
///
/// As PDF/UA, in the language that `Accept-Language` asks for: who is enrolled, by family name, thirty on a page, with a place to
/// sign for each and one for the proctor. It does not tell who has extra time, since everybody who signs reads it.
#[utoipa::path(get, path = "/sessions/{session}/attendance.pdf", operation_id = "printAttendance", tag = "organiser",
    params(SessionInPath),
    responses((status = 200, body = File, content_type = "application/pdf", headers(("Content-Disposition" = String))), Refusals))]
async fn attendance(
    State(app): State<App>,
    staff: Staff,
    SessionInPath(number): SessionInPath,
    language: Language,
) -> Result<Response, Problem> {
    let mut room = app.store().board(&number).await?;
    staff.check(&room.session)?;
    room.in_order();
    let candidates = room.candidates.iter();
    let enrolled = candidates
        .map(|candidate| Enrolled::new(candidate.last_name.as_str(), candidate.first_name.as_str(), candidate.birthdate.0))
        .collect();
    let attendance = Attendance { facts: Facts::from(&room.session), candidates: enrolled };
    printed(&number, "attendance", language, move || documents::attendance(&attendance, language)).await
}

/// Print the report of a session.
///
/// What its record tells, as PDF/UA, in the language that `Accept-Language` asks for: candidates with starts, interruptions, minutes
/// and ends, incidents, all that happened in order, and of a finalised session the seal, with places to sign. The record itself
/// is the file that `sessionReport` gives: it alone can be verified.
#[utoipa::path(get, path = "/sessions/{session}/report.pdf", operation_id = "printReport", tag = "organiser", params(SessionInPath),
    responses((status = 200, body = File, content_type = "application/pdf", headers(("Content-Disposition" = String))), Refusals))]
async fn report(
    State(app): State<App>,
    organiser: Organiser,
    SessionInPath(number): SessionInPath,
    language: Language,
) -> Result<Response, Problem> {
    let now = app.now();
    let kept = app.store().record(&number, now).await?;
    organiser.check(&kept.session)?;
    let page = app.page().map(ToOwned::to_owned);
    printed(&number, "report", language, move || {
        let seal = kept.session.seal.as_ref().map(|seal| seal.jws.as_str());
        documents::report(&record(&kept), seal, page.as_deref(), now, language)
    })
    .await
}

/// The answer with a document, which takes a processor's time to write.
async fn printed(
    number: &SessionNumber,
    name: &str,
    language: Language,
    write: impl FnOnce() -> Result<Vec<u8>, NotMade> + Send + 'static,
) -> Result<Response, Problem> {
    let document = blocking("writing a document", write).await?.map_err(Problem::internal)?;
    let headers = [
        (header::CONTENT_TYPE, "application/pdf".to_owned()),
        (header::CONTENT_DISPOSITION, format!("inline; filename=\"vigie-{number}-{name}.pdf\"")),
        (header::CONTENT_LANGUAGE, language.tag().to_owned()),
        (header::VARY, "accept-language".to_owned()),
    ];
    Ok((headers, document).into_response())
}
