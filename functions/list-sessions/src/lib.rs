//! `GET /sessions`: a centre's sessions.

use axum::extract::{Query, State, rejection::QueryRejection};
use data_encoding::BASE64URL_NOPAD;
use jiff::Timestamp;
use serde::Serialize;
use shared::{
    App,
    domain::{invalid::Invalid, session::SessionNumber},
    http::{Json, Organiser, Problem, SessionView, body::within},
    refusals,
    store::Cursor,
};
use std::collections::HashMap;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

const LIMITS: std::ops::RangeInclusive<u32> = 1..=100;
const DEFAULT_LIMIT: u32 = 50;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list))
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Sessions {
    sessions: Vec<SessionView>,
    /// Send as `cursor` for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

refusals!(Refusals: Unauthenticated, Forbidden, InvalidFields);

/// List the sessions of one's centre, newest first.
///
/// A page at a time: `nextCursor` leads to the next.
#[utoipa::path(get, path = "/sessions", operation_id = "listSessions", tag = "organiser",
    params(("limit" = Option<u32>, Query, minimum = 1, maximum = 100, description = "50 unless given"), ("cursor" = Option<String>, Query, description = "The `nextCursor` of the page before")),
    responses((status = 200, body = Sessions), Refusals))]
async fn list(
    State(app): State<App>,
    organiser: Organiser,
    query: Result<Query<HashMap<String, String>>, QueryRejection>,
) -> Result<Json<Sessions>, Problem> {
    let (limit, cursor) = page(&query.map(|Query(query)| query).unwrap_or_default())?;
    let page = app.store().sessions_of(&organiser.centre, limit, cursor).await?;
    Ok(Json(Sessions { sessions: page.sessions.iter().map(SessionView::from).collect(), next_cursor: page.next.as_ref().map(write) }))
}

fn page(query: &HashMap<String, String>) -> Result<(u32, Option<Cursor>), Problem> {
    let limit = query
        .get("limit")
        .map_or(Ok(DEFAULT_LIMIT), |text| text.parse().map_err(|_| Invalid::WrongType).and_then(|limit| within(&LIMITS, limit)));
    let cursor = query.get("cursor").map(|text| read(text).ok_or(Invalid::Other)).transpose();
    match (limit, cursor) {
        (Ok(limit), Ok(cursor)) => Ok((limit, cursor)),
        (limit, cursor) => Err(Problem::any_of([("limit", limit.err()), ("cursor", cursor.err())])),
    }
}

fn write(cursor: &Cursor) -> String {
    BASE64URL_NOPAD.encode(format!("{} {}", cursor.created_at.as_millisecond(), cursor.number).as_bytes())
}

fn read(text: &str) -> Option<Cursor> {
    let decoded = String::from_utf8(BASE64URL_NOPAD.decode(text.as_bytes()).ok()?).ok()?;
    let (created_at, number) = decoded.split_once(' ')?;
    Some(Cursor { created_at: Timestamp::from_millisecond(created_at.parse().ok()?).ok()?, number: SessionNumber::parse(number)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_round_trip_and_nothing_else_is_one() {
        let cursor = Cursor {
            created_at: Timestamp::from_millisecond(1_767_000_000_123).unwrap(),
            number: SessionNumber::parse("1234567").unwrap(),
        };
        assert_eq!(read(&write(&cursor)), Some(cursor));
        for bad in ["", "x", "é", &BASE64URL_NOPAD.encode(b"1 2 3"), &BASE64URL_NOPAD.encode(b"99999999999999999 12345")] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
