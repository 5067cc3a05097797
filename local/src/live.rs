//! Announcements on this machine: the WebSocket protocol of AWS AppSync Events, with the functions' own code on both sides
//! of it. `announce` says where a change is heard, `authorise-channel` by whom.
//!
//! <https://docs.aws.amazon.com/appsync/latest/eventapi/event-api-websocket-protocol.html>

use crate::database::{Tables, next};
use announce::{Changes, announce};
use authorise_channel::{Context, Operation, Request, authorise};
use axum::{
    Router,
    extract::{
        State, WebSocketUpgrade,
        ws::{CloseFrame, Message, WebSocket},
    },
    http::{HeaderMap, header::SEC_WEBSOCKET_PROTOCOL},
    response::Response,
    routing::get,
};
use data_encoding::BASE64URL_NOPAD;
use serde::Deserialize;
use serde_json::{Value, json};
use shared::{App, config::Live, domain::channel::Channel};
use std::{
    collections::HashMap,
    convert::Infallible,
    future::ready,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{
    sync::mpsc,
    time::{Instant, interval_at, timeout},
};

const PATH: &str = "/event/realtime";
const PROTOCOL: &str = "aws-appsync-event-ws";
/// Why something is refused; for the second reason, another try may be answered otherwise.
const UNAUTHORIZED: &str = "UnauthorizedException";
const FAILED: &str = "InternalFailureException";
/// How often a connection is told that it stands, and after how much silence its client is to give it up: AppSync's.
const KEEP_ALIVE: Duration = Duration::from_mins(1);
const PATIENCE: Duration = Duration::from_mins(5);
/// How long a client may take to say that it is there, and to take what it is told.
const HASTE: Duration = Duration::from_secs(15);
/// How much a client may say at once: a subscription with its token is far less.
const MAX_MESSAGE_BYTES: usize = 16 * 1024;
/// Of one connection.
const MAX_SUBSCRIPTIONS: usize = 100;
/// What waits for a client that is slow; it is told no more until it has taken that.
const WAITING: usize = 64;
/// What a connection reads at once: far less than the library's own 128 KiB, since it is kept for each.
const BUFFER_BYTES: usize = 4 * 1024;

/// Where a server at this address announces changes.
pub fn at(address: SocketAddr) -> Live {
    Live { url: format!("ws://{address}{PATH}"), host: address.to_string() }
}

/// The channels of these tables, as one service.
pub fn router(app: &App, tables: &Tables) -> Router {
    let hub = Hub::default();
    let mut changes = tables.changes_of_sessions();
    let announcing = hub.clone();
    tokio::spawn(async move {
        while let Some(record) = next(&mut changes).await {
            if let Ok(changes) = serde_json::from_value::<Changes>(json!({"Records": [record]})) {
                let publish = |channel| {
                    announcing.publish(&channel);
                    ready(Ok::<_, Infallible>(()))
                };
                announce(changes, publish).await;
            }
        }
    });
    Router::new().route(PATH, get(connect)).with_state((app.clone(), hub))
}

/// Who hears what, by session.
#[derive(Clone, Default)]
struct Hub(Arc<Mutex<HashMap<String, Vec<Listener>>>>);

struct Listener {
    subscription: String,
    channel: String,
    connection: mpsc::Sender<String>,
}

impl Hub {
    fn rooms(&self) -> MutexGuard<'_, HashMap<String, Vec<Listener>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn publish(&self, channel: &Channel) {
        let rooms = self.rooms();
        let listeners = rooms.get(room_of(channel.as_str())).into_iter().flatten();
        for listener in listeners.filter(|listener| hears(&listener.channel, channel.as_str())) {
            // Whoever is that slow has enough to hear.
            let _ = listener.connection.try_send(listener.subscription.clone());
        }
    }

    fn subscribe(&self, listener: Listener) {
        self.rooms().entry(room_of(&listener.channel).to_owned()).or_default().push(listener);
    }

    /// Takes away a subscription of a connection.
    fn leave(&self, room: &str, connection: &mpsc::Sender<String>, subscription: &str) {
        let mut rooms = self.rooms();
        if let Some(listeners) = rooms.get_mut(room) {
            listeners.retain(|listener| !(listener.connection.same_channel(connection) && listener.subscription == subscription));
            if listeners.is_empty() {
                rooms.remove(room);
            }
        }
    }
}

/// All of a channel but its last part.
fn room_of(channel: &str) -> &str {
    channel.rsplit_once('/').map_or(channel, |(room, _)| room)
}

fn hears(subscribed: &str, channel: &str) -> bool {
    subscribed.strip_suffix('*').map_or(subscribed == channel, |beginning| channel.starts_with(beginning))
}

/// What shows who somebody is, at the connection and with each subscription.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Authorization {
    authorization: String,
}

/// What a client says.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Said {
    ConnectionInit,
    Subscribe { id: String, channel: String, authorization: Authorization },
    Unsubscribe { id: String },
    Publish { id: String },
}

async fn connect(State((app, hub)): State<(App, Hub)>, headers: HeaderMap, upgrade: WebSocketUpgrade) -> Response {
    let shown = shown(&headers);
    upgrade
        .protocols([PROTOCOL])
        .max_message_size(MAX_MESSAGE_BYTES)
        .max_frame_size(MAX_MESSAGE_BYTES)
        .read_buffer_size(BUFFER_BYTES)
        .write_buffer_size(0)
        .on_upgrade(async move |socket| {
            let (telling, told) = mpsc::channel(WAITING);
            let connection = Connection { app, hub, socket, subscriptions: HashMap::new(), telling };
            connection.serve(shown.as_deref().unwrap_or_default(), told).await;
        })
}

/// The token among the protocols that a client asks for: a browser can't send it in a header of its own.
fn shown(headers: &HeaderMap) -> Option<String> {
    let asked = headers.get_all(SEC_WEBSOCKET_PROTOCOL).into_iter().filter_map(|value| value.to_str().ok());
    let shown = asked.flat_map(|protocols| protocols.split(',')).find_map(|protocol| protocol.trim().strip_prefix("header-"))?;
    let shown: Authorization = serde_json::from_slice(&BASE64URL_NOPAD.decode(shown.trim_end_matches('=').as_bytes()).ok()?).ok()?;
    Some(shown.authorization)
}

struct Connection {
    app: App,
    hub: Hub,
    socket: WebSocket,
    /// The room of each, by its id.
    subscriptions: HashMap<String, String>,
    telling: mpsc::Sender<String>,
}

impl Drop for Connection {
    fn drop(&mut self) {
        for (id, room) in &self.subscriptions {
            self.hub.leave(room, &self.telling, id);
        }
    }
}

impl Connection {
    /// Goes on until the client leaves or does not answer. `told` has the subscriptions in which something happened.
    async fn serve(mut self, token: &str, mut told: mpsc::Receiver<String>) {
        if let Err(kind) = may(&self.app, token, Operation::EventConnect, None).await {
            if self.tell(&json!({"type": "connection_error", "errors": errors(kind)})).await.is_some() {
                let close = CloseFrame { code: 4401, reason: kind.into() };
                let _ = timeout(HASTE, self.socket.send(Message::Close(Some(close)))).await;
            }
            return;
        }
        let Ok(Some(Said::ConnectionInit)) = timeout(HASTE, self.hear()).await else { return };
        let mut ready = self.tell(&json!({"type": "connection_ack", "connectionTimeoutMs": PATIENCE.as_millis()})).await;
        let mut keep_alive = interval_at(Instant::now() + KEEP_ALIVE, KEEP_ALIVE);
        while ready.is_some() {
            ready = tokio::select! {
                said = self.hear() => match said {
                    Some(said) => self.answer(said).await,
                    None => None,
                },
                Some(id) = told.recv() => self.tell(&json!({"type": "data", "id": id, "event": "{}"})).await,
                _ = keep_alive.tick() => self.tell(&json!({"type": "ka"})).await,
            };
        }
    }

    /// What the client says next; nothing when it is gone, or says what nobody can understand.
    async fn hear(&mut self) -> Option<Said> {
        loop {
            match self.socket.recv().await?.ok()? {
                Message::Text(text) => return serde_json::from_str(&text).ok(),
                Message::Close(_) => return None,
                _ => {}
            }
        }
    }

    /// Returns nothing when the client did not take it.
    async fn tell(&mut self, what: &Value) -> Option<()> {
        timeout(HASTE, self.socket.send(Message::text(what.to_string()))).await.ok()?.ok()
    }

    async fn answer(&mut self, said: Said) -> Option<()> {
        let answer = match said {
            Said::ConnectionInit => return Some(()),
            Said::Subscribe { id, channel, authorization } => {
                let is_new = self.subscriptions.len() < MAX_SUBSCRIPTIONS && !self.subscriptions.contains_key(&id);
                let may = if is_new {
                    may(&self.app, &authorization.authorization, Operation::EventSubscribe, Some(channel.clone())).await
                } else {
                    Err(UNAUTHORIZED)
                };
                match may {
                    Ok(()) => {
                        self.subscriptions.insert(id.clone(), room_of(&channel).to_owned());
                        self.hub.subscribe(Listener { subscription: id.clone(), channel, connection: self.telling.clone() });
                        json!({"type": "subscribe_success", "id": id})
                    }
                    Err(kind) => json!({"type": "subscribe_error", "id": id, "errors": errors(kind)}),
                }
            }
            Said::Unsubscribe { id } => {
                let ended = self.subscriptions.remove(&id);
                if let Some(room) = &ended {
                    self.hub.leave(room, &self.telling, &id);
                }
                json!({"type": if ended.is_some() { "unsubscribe_success" } else { "unsubscribe_error" }, "id": id})
            }
            Said::Publish { id } => json!({"type": "publish_error", "id": id, "errors": errors(UNAUTHORIZED)}),
        };
        self.tell(&answer).await
    }
}

async fn may(app: &App, token: &str, operation: Operation, channel: Option<String>) -> Result<(), &'static str> {
    let request = Request { authorization_token: token.to_owned(), request_context: Context { operation, channel } };
    match authorise(app, request).await {
        Ok(answer) if answer.is_authorized => Ok(()),
        Ok(_) => Err(UNAUTHORIZED),
        Err(error) => {
            tracing::error!(%error, "could not say who may hear of changes");
            Err(FAILED)
        }
    }
}

fn errors(kind: &str) -> Value {
    json!([{"errorType": kind}])
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::domain::session::SessionNumber;

    fn listener(room: &str, connection: &mpsc::Sender<String>) -> Listener {
        Listener { subscription: room.to_owned(), channel: format!("/room/{room}/*"), connection: connection.clone() }
    }

    #[tokio::test]
    async fn who_does_not_listen_keeps_nobody_waiting_and_hears_again_later() {
        let hub = Hub::default();
        let channel = Channel::session(&SessionNumber::parse("95331").unwrap());
        let (slow, mut to_slow) = mpsc::channel(2);
        let (quick, mut to_quick) = mpsc::channel(8);
        hub.subscribe(listener("95331", &slow));
        hub.subscribe(listener("95331", &quick));
        for _ in 0..5 {
            hub.publish(&channel);
        }
        assert_eq!((to_slow.len(), to_quick.len()), (2, 5));
        while to_slow.try_recv().is_ok() {}
        hub.publish(&channel);
        assert_eq!((to_slow.len(), to_quick.len()), (1, 6));
        to_quick.close();
    }

    #[tokio::test]
    async fn a_room_that_nobody_hears_is_forgotten() {
        let hub = Hub::default();
        let (connection, mut told) = mpsc::channel(8);
        let (other, _) = mpsc::channel(8);
        hub.subscribe(listener("95331", &connection));
        hub.subscribe(listener("95331", &other));
        hub.leave("/room/95331", &connection, "95331");
        hub.publish(&Channel::session(&SessionNumber::parse("95331").unwrap()));
        assert!(told.try_recv().is_err() && hub.rooms().len() == 1);
        hub.leave("/room/95331", &other, "another");
        assert_eq!(hub.rooms().len(), 1);
        hub.leave("/room/95331", &other, "95331");
        assert!(hub.rooms().is_empty());
    }
}
