//! Answers that clients ask for again and again: an `ETag` spares them the body, and the server says
//! when to come back.

use crate::{app::App, config::Refresh, domain::channel::Channel};
use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use data_encoding::BASE64URL_NOPAD;
use jiff::Timestamp;
use serde::Serialize;
use std::hash::{DefaultHasher, Hash, Hasher};
use utoipa::ToSchema;

/// What changes with every look, and so does not count for the `ETag`.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Polled<T> {
    #[serde(flatten)]
    pub view: T,
    #[schema(value_type = String, format = DateTime)]
    pub server_time: Timestamp,
    /// When to ask again, in seconds; spread by a tenth so that a room's devices do not ask together.
    #[schema(example = 5.2)]
    pub refresh_after_seconds: f64,
    /// Absent where nothing is announced to this token: to organisers, and where the operator has switched it off.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub live: Option<LiveView>,
}

/// Where changes are announced to the token that got this answer, by [the WebSocket protocol of AWS AppSync
/// Events](https://docs.aws.amazon.com/appsync/latest/eventapi/event-api-websocket-protocol.html).
///
/// Open `url` with two subprotocols: `aws-appsync-event-ws`, and `header-` with the base64url, without padding, of
/// `{"host": host, "Authorization": token}`, where the token stands without `Bearer`. Send `{"type": "connection_init"}`; after
/// `connection_ack` send `{"type": "subscribe", "id": any, "channel": channel, "authorization": the same}`.
///
/// After `subscribe_success`, and after each `data`, something may have changed, and nothing says what: read again, within
/// two seconds and not all at once, once for several that come together, a board at most every two seconds. They can
/// come late, twice or never.
///
/// Silent for `connectionTimeoutMs`, the connection is lost. Refused as `Unauthorized…`, try no more with this token;
/// otherwise again at a random time, within seconds at first and within a minute in the end, or after a connection that
/// stood. While there is none, ask at the answer's own `refreshAfterSeconds`.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Live)]
pub struct LiveView {
    #[schema(example = "wss://example.appsync-realtime-api.eu-west-3.amazonaws.com/event/realtime")]
    url: String,
    /// What to show as `host` beside the token.
    #[schema(example = "example.appsync-api.eu-west-3.amazonaws.com")]
    host: String,
    #[schema(example = "/room/9533127/*")]
    channel: String,
    /// When to ask again all the same while subscribed, in seconds, instead of the other `refreshAfterSeconds`; spread likewise.
    #[schema(example = 62.5)]
    refresh_after_seconds: f64,
}

/// Answers with the view, or with 304 when the client has it already. `channel` is where who asks may hear of changes.
pub fn polled<T: Serialize + Hash>(app: &App, request: &HeaderMap, view: T, refresh: Refresh, channel: Option<&Channel>) -> Response {
    let tag = tag_of(&view);
    let mut response = if has_current(request, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let live = app.live().zip(channel).map(|(live, channel)| LiveView {
            url: live.url.clone(),
            host: live.host.clone(),
            channel: channel.to_string(),
            refresh_after_seconds: spread(refresh.live),
        });
        axum::Json(Polled { view, server_time: app.now(), refresh_after_seconds: spread(refresh.after), live }).into_response()
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    if let Ok(tag) = HeaderValue::from_str(&format!("W/\"{tag}\"")) {
        headers.insert(header::ETAG, tag);
    }
    response
}

fn spread(seconds: f64) -> f64 {
    let factor = fastrand::f64().mul_add(0.2, 0.9);
    (seconds * factor * 10.0).round() / 10.0
}

/// Tells a view from any other without writing it. It goes by the values, not by how they are written: a version that
/// writes the same ones in another form has to hash something more. Another release of Rust may give another tag.
fn tag_of(view: &impl Hash) -> String {
    let mut hasher = DefaultHasher::new();
    view.hash(&mut hasher);
    BASE64URL_NOPAD.encode(&hasher.finish().to_be_bytes())
}

/// Whether `If-None-Match` names this tag (RFC 9110, weak comparison).
fn has_current(request: &HeaderMap, tag: &str) -> bool {
    let named = request.get_all(header::IF_NONE_MATCH).into_iter().filter_map(|value| value.to_str().ok());
    named
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .any(|known| known == "*" || known.trim_start_matches("W/").trim_matches('"') == tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn if_none_match() {
        let has = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::IF_NONE_MATCH, value.parse().unwrap());
            has_current(&headers, "abc")
        };
        assert!(has("W/\"abc\"") && has("\"abc\"") && has("\"x\", W/\"abc\"") && has("*"));
        assert!(!has("W/\"abd\"") && !has(""));
    }
}
