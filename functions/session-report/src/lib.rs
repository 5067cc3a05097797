//! `GET …/report`: tells the record of a session.

mod table;

use axum::{
    extract::State,
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use shared::{
    App,
    domain::{
        record::{Record, record},
        seal::canonical,
        session::SessionNumber,
    },
    http::{Organiser, Problem, SessionInPath, language::Language},
    refusals,
};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(report))
}

/// A record, with its seal.
#[derive(Serialize, ToSchema)]
struct SealedRecord {
    #[serde(flatten)]
    record: Record,
    /// Of a finalised session: a detached JWS (RFC 7515, with RFC 7797's `b64`: false) over the canonical JSON (RFC 8785) of all
    /// the rest. Its key is that of `/.well-known/jwks.json` that its `kid` names, one that begins with `record-`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    seal: Option<String>,
}

refusals!(Refusals: Unauthenticated, Forbidden, SessionNotFound);

/// Read the record of a session: all that happened in it.
///
/// As canonical JSON (RFC 8785), sealed once the session is finalised; or, where `Accept` prefers `text/csv`, as a table with
/// one line for each event, in the language and with the separator that `Accept-Language` asks for. The table has no seal.
#[utoipa::path(get, path = "/sessions/{session}/report", operation_id = "sessionReport", tag = "organiser",
    params(SessionInPath),
    responses(
        (status = 200, headers(("Content-Disposition" = String)), content(
            (SealedRecord = "application/json"),
            (String = "text/csv"),
        )),
        Refusals,
    ))]
async fn report(
    State(app): State<App>,
    organiser: Organiser,
    SessionInPath(number): SessionInPath,
    language: Language,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let kept = app.store().record(&number, app.now()).await?;
    organiser.check(&kept.session)?;
    let (record, seal) = (record(&kept), kept.session.seal.map(|seal| seal.jws));
    if prefers_table(&headers) {
        let table = table::write(&record, language).map_err(Problem::internal)?;
        let named = attachment("text/csv; charset=utf-8", &number, "csv");
        return Ok((named, [(header::CONTENT_LANGUAGE, language.tag())], table).into_response());
    }
    let sealed = canonical(&SealedRecord { record, seal }).map_err(Problem::internal)?;
    Ok((attachment("application/json", &number, "json"), sealed).into_response())
}

fn attachment(kind: &'static str, number: &SessionNumber, extension: &str) -> [(header::HeaderName, String); 3] {
    [
        (header::CONTENT_TYPE, kind.to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"vigie-{number}.{extension}\"")),
        (header::VARY, "accept, accept-language".to_owned()),
    ]
}

/// JSON, unless `Accept` prefers a table to it.
fn prefers_table(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok()).collect::<Vec<_>>().join(",");
    quality(&accepted, ["text/csv", "text/*"]) > quality(&accepted, ["application/json", "application/*"])
}

/// How much a media type is wanted (RFC 9110, 12.5.1): as the most exact of the ranges that it is in says.
fn quality(accepted: &str, [exactly, like]: [&str; 2]) -> f32 {
    let ranges = accepted.split(',').filter_map(|range| {
        let mut parts = range.split(';').map(str::trim);
        let name = parts.next()?;
        let exact = [exactly, like, "*/*"].iter().rev().position(|known| name.eq_ignore_ascii_case(known))?;
        let quality = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
        Some((exact, quality.map_or(Some(1.0), |quality| quality.parse().ok())?))
    });
    ranges.max_by_key(|(exact, _)| *exact).map_or(0.0, |(_, quality)| quality)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_only_where_it_is_preferred() {
        for (accepted, expected) in [
            (None, false),
            (Some("text/csv"), true),
            (Some("TEXT/CSV"), true),
            (Some("application/json"), false),
            (Some("*/*"), false),
            (Some("text/*"), true),
            (Some("text/csv, */*;q=0.1"), true),
            (Some("text/csv;q=0.5, application/json"), false),
            (Some("text/csv; header=present; q=0.5, application/*; q=0.4"), true),
            (Some("text/csv;q=0, */*"), false),
            (Some("image/png"), false),
            (Some("text/csv;q=x"), false),
            (Some(";;,"), false),
        ] {
            let mut headers = HeaderMap::new();
            headers.extend(accepted.map(|accepted| (header::ACCEPT, accepted.parse().unwrap())));
            assert_eq!(prefers_table(&headers), expected, "{accepted:?}");
        }
    }
}
