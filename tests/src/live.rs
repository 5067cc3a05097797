//! Who hears of changes: a client of the channels, by the protocol of AWS AppSync Events.

use crate::{variable, world::DYNAMODB};
use data_encoding::BASE64URL_NOPAD;
use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{ClientRequestBuilder, Message},
};

/// After which nothing comes any more.
const LONG: Duration = Duration::from_secs(20);

/// The member `live` of a board or a status; nothing where it is known that no changes are announced.
pub fn announced(answer: &Value) -> Option<Value> {
    let is_known = variable(DYNAMODB).is_some() || variable("VIGIE_LIVE").is_some_and(|live| live == "off");
    let live = answer.get("live").cloned();
    assert!(live.is_some() || is_known, "no changes are announced: {answer}");
    live
}

/// What shows who somebody is, at the connection and with each subscription.
pub fn authorization(host: &Value, token: &str) -> Value {
    json!({"host": host, "Authorization": token})
}

/// A connection.
pub struct Ear {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    host: Value,
}

impl Ear {
    /// Connects with this token.
    ///
    /// # Errors
    /// The server's refusal.
    pub async fn connect(live: &Value, token: &str) -> Result<Self, Value> {
        let mut ear = Self::dial(live, token).await?;
        ear.say(&json!({"type": "connection_init"})).await;
        let told = ear.told(LONG).await.unwrap_or_default();
        if told["type"] == "connection_ack" { Ok(ear) } else { Err(told) }
    }

    /// The same, without a word yet.
    ///
    /// # Errors
    /// When there is no server.
    pub async fn dial(live: &Value, token: &str) -> Result<Self, Value> {
        let shown = authorization(&live["host"], token).to_string();
        let request = ClientRequestBuilder::new(live["url"].as_str().unwrap().parse().unwrap())
            .with_sub_protocol("aws-appsync-event-ws")
            .with_sub_protocol(format!("header-{}", BASE64URL_NOPAD.encode(shown.as_bytes())));
        let (socket, _) = connect_async(request).await.map_err(|error| json!({"type": "no connection", "error": error.to_string()}))?;
        Ok(Self { socket, host: live["host"].clone() })
    }

    /// Connects and subscribes to the channel of this answer.
    pub async fn open(live: &Value, token: &str) -> Self {
        let mut ear = Self::connect(live, token).await.unwrap();
        ear.subscribe(live["channel"].as_str().unwrap(), token).await.unwrap();
        ear
    }

    /// Subscribes to a channel.
    ///
    /// # Errors
    /// The server's refusal.
    pub async fn subscribe(&mut self, channel: &str, token: &str) -> Result<(), Value> {
        let authorization = authorization(&self.host, token);
        self.say(&json!({"type": "subscribe", "id": channel, "channel": channel, "authorization": authorization})).await;
        let told = self.told(LONG).await.unwrap_or_default();
        if told["type"] == "subscribe_success" { Ok(()) } else { Err(told) }
    }

    pub async fn say(&mut self, what: &Value) {
        // The server may have closed the connection; what it tells last shows it.
        let _ = self.socket.send(Message::text(what.to_string())).await;
    }

    /// What the server tells next; nothing when it does not within this time, or has gone.
    pub async fn told(&mut self, within: Duration) -> Option<Value> {
        let text = async {
            loop {
                match self.socket.next().await?.ok()? {
                    Message::Text(text) => {
                        let told: Value = serde_json::from_str(&text).unwrap();
                        if told["type"] != "ka" {
                            return Some(told);
                        }
                    }
                    Message::Close(_) => return None,
                    _ => {}
                }
            }
        };
        timeout(within, text).await.ok().flatten()
    }

    /// The next announcement.
    pub async fn hear(&mut self) -> Value {
        let told = self.told(LONG).await.unwrap_or_else(|| panic!("nothing is announced"));
        assert_eq!(told["type"], "data", "{told}");
        told
    }

    /// Whether the server ends the connection, whatever it tells before.
    pub async fn has_ended(&mut self, within: Duration) -> bool {
        let end = async { while self.socket.next().await.is_some_and(|message| message.is_ok_and(|message| !message.is_close())) {} };
        timeout(within, end).await.is_ok()
    }

    /// Whether something is announced within this time.
    pub async fn hears(&mut self, within: Duration) -> bool {
        self.told(within).await.is_some_and(|told| told["type"] == "data")
    }
}
