//! A network and a DynamoDB that misbehave: a proxy on loopback that fails requests as AWS does.

use futures::{
    FutureExt,
    future::{BoxFuture, ready},
};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::Mutex as AsyncMutex,
};

/// What becomes of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// None: it passes.
    Pass,
    /// It is carried out, and the connection closes before the answer.
    DropAnswer,
    /// It is carried out, and the connection closes in the middle of the answer.
    CutAnswer,
    /// It never arrives: the connection is reset.
    Reset,
    /// It takes a while, so that later requests overtake it.
    Delay,
    Throttle,
    Overload,
    /// Something else is being written in the same place. For a transaction whose conditions do not
    /// hold either: one of its reasons reads so.
    Conflict,
    ServerError,
    /// A part of it is done, where that is allowed: a short page, some keys left over.
    Partly,
}

impl Fault {
    pub const ALL: [Self; 10] = [
        Self::Pass,
        Self::DropAnswer,
        Self::CutAnswer,
        Self::Reset,
        Self::Delay,
        Self::Throttle,
        Self::Overload,
        Self::Conflict,
        Self::ServerError,
        Self::Partly,
    ];
}

type Choice = dyn FnMut(&str) -> BoxFuture<'static, Fault> + Send;

/// A proxy before a DynamoDB.
#[derive(Clone)]
pub struct Chaos {
    /// Where the SDK is to send its requests.
    pub endpoint: String,
    upstream: String,
    http: reqwest::Client,
    choose: Arc<AsyncMutex<Choice>>,
    counts: Arc<Mutex<BTreeMap<Fault, usize>>>,
}

impl Chaos {
    /// Before the DynamoDB at `upstream`; `choose` is told the operation, such as `UpdateItem`.
    pub async fn before(upstream: &str, mut choose: impl FnMut(&str) -> Fault + Send + 'static) -> Self {
        Self::deciding(upstream, move |operation| ready(choose(operation)).boxed()).await
    }

    /// The same, where the choice takes its time: those that come after it wait.
    pub async fn deciding(upstream: &str, choose: impl FnMut(&str) -> BoxFuture<'static, Fault> + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let chaos = Self {
            endpoint: format!("http://{}", listener.local_addr().unwrap()),
            upstream: upstream.to_owned(),
            http: reqwest::Client::new(),
            choose: Arc::new(AsyncMutex::new(choose)),
            counts: Arc::default(),
        };
        let serving = chaos.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let serving = serving.clone();
                tokio::spawn(async move { serving.connection(stream).await });
            }
        });
        chaos
    }

    /// Fails one request in `one_in`, each time in another way.
    pub async fn storm(upstream: &str, seed: u64, one_in: u32) -> Self {
        let mut random = fastrand::Rng::with_seed(seed);
        Self::before(upstream, move |_| {
            let [pass, faults @ ..] = Fault::ALL;
            if random.u32(..one_in) == 0 { faults[random.usize(..faults.len())] } else { pass }
        })
        .await
    }

    /// How often each fault happened.
    pub fn counts(&self) -> BTreeMap<Fault, usize> {
        self.counts.lock().unwrap().clone()
    }

    async fn connection(&self, mut stream: TcpStream) -> std::io::Result<()> {
        let mut buffer = vec![];
        while let Some((head, body)) = request(&mut stream, &mut buffer).await? {
            let operation = head.lines().find_map(|line| {
                line.to_ascii_lowercase().starts_with("x-amz-target:").then(|| line.rsplit('.').next().unwrap_or_default().to_owned())
            });
            let operation = operation.unwrap_or_default();
            let fault = (self.choose.lock().await)(&operation).await;
            *self.counts.lock().unwrap().entry(fault).or_default() += 1;
            let answer = match fault {
                Fault::Reset => {
                    stream.set_zero_linger()?;
                    return Ok(());
                }
                Fault::Throttle => error(400, "com.amazon.coral.availability#ThrottlingException", &json!({})),
                Fault::Overload => error(400, "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException", &json!({})),
                Fault::ServerError => error(500, "com.amazonaws.dynamodb.v20120810#InternalServerError", &json!({})),
                Fault::Conflict if matches!(&*operation, "UpdateItem" | "PutItem" | "DeleteItem") => {
                    error(400, "com.amazonaws.dynamodb.v20120810#TransactionConflictException", &json!({}))
                }
                Fault::Conflict if operation == "TransactWriteItems" => self.conflict(&head, &body).await,
                Fault::Partly => self.partly(&operation, &head, body).await,
                Fault::Delay => {
                    tokio::time::sleep(Duration::from_millis(salt(&body) as u64 % 30)).await;
                    self.forward(&head, body).await
                }
                _ => self.forward(&head, body).await,
            };
            match fault {
                Fault::DropAnswer => return Ok(()),
                Fault::CutAnswer => return stream.write_all(&answer[..answer.len() * 2 / 3]).await,
                _ => stream.write_all(&answer).await?,
            }
        }
        Ok(())
    }

    /// Sends it on and returns the answer as it goes over the wire.
    async fn forward(&self, head: &str, body: Vec<u8>) -> Vec<u8> {
        let (status, body) = self.ask(head, body).await;
        wire(status, &body)
    }

    async fn ask(&self, head: &str, body: Vec<u8>) -> (u16, Vec<u8>) {
        let mut call = self.http.post(&self.upstream).body(body);
        for (name, value) in head.lines().filter_map(|line| line.split_once(':')) {
            if matches!(&*name.to_ascii_lowercase(), "content-type" | "authorization" | "x-amz-target" | "x-amz-date") {
                call = call.header(name, value.trim());
            }
        }
        let answer = call.send().await.unwrap();
        (answer.status().as_u16(), answer.bytes().await.unwrap().to_vec())
    }

    /// A transaction that loses against another: either nothing was looked at, or one of its items
    /// was under way while the conditions of others did not hold.
    async fn conflict(&self, head: &str, body: &[u8]) -> Vec<u8> {
        let request: Value = serde_json::from_slice(body).unwrap();
        let items = request["TransactItems"].as_array().unwrap().len();
        let none = json!({"Code": "None"});
        let conflict = json!({"Code": "TransactionConflict", "Message": "Transaction is ongoing for the item"});
        let place = salt(body) / 2 % items;
        if salt(body).is_multiple_of(2) {
            let reasons: Vec<_> = (0..items).map(|item| if item == place { &conflict } else { &none }).collect();
            return canceled(&json!(reasons));
        }
        // Only an answer that says no can be garbled in this way: what was written is written.
        let (status, answer) = self.ask(head, body.to_vec()).await;
        let mut answer_body: Value = serde_json::from_slice(&answer).unwrap();
        match answer_body["CancellationReasons"].as_array_mut() {
            Some(reasons) if status == 400 => {
                reasons[place] = conflict;
                canceled(&answer_body["CancellationReasons"])
            }
            _ => wire(status, &answer),
        }
    }

    /// A page of two items, or all keys but the first left over.
    async fn partly(&self, operation: &str, head: &str, body: Vec<u8>) -> Vec<u8> {
        let mut request: Value = serde_json::from_slice(&body).unwrap();
        match operation {
            "Query" => {
                request["Limit"] = json!(request["Limit"].as_u64().unwrap_or(2).min(2));
                self.forward(head, request.to_string().into_bytes()).await
            }
            "BatchGetItem" => {
                let mut left = request["RequestItems"].clone();
                for (table, keys) in request["RequestItems"].as_object_mut().unwrap() {
                    keys["Keys"].as_array_mut().unwrap().truncate(1);
                    left[table]["Keys"].as_array_mut().unwrap().remove(0);
                }
                left.as_object_mut().unwrap().retain(|_, keys| keys["Keys"].as_array().is_some_and(|keys| !keys.is_empty()));
                let (status, answer) = self.ask(head, request.to_string().into_bytes()).await;
                let mut answer: Value = serde_json::from_slice(&answer).unwrap();
                answer["UnprocessedKeys"] = left;
                wire(status, answer.to_string().as_bytes())
            }
            _ => self.forward(head, body).await,
        }
    }
}

/// Reads one request: its head and its body; nothing at the end of the connection.
async fn request(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> std::io::Result<Option<(String, Vec<u8>)>> {
    loop {
        if let Some(end) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&buffer[..end]).into_owned();
            let length = head.lines().find_map(|line| {
                line.to_ascii_lowercase().strip_prefix("content-length:").map(|length| length.trim().parse::<usize>().unwrap())
            });
            let total = end + 4 + length.unwrap_or(0);
            if buffer.len() >= total {
                let rest = buffer.split_off(total);
                let body = std::mem::replace(buffer, rest).split_off(end + 4);
                return Ok(Some((head, body)));
            }
        }
        if stream.read_buf(buffer).await? == 0 {
            return Ok(None);
        }
    }
}

/// Varies from request to request.
fn salt(body: &[u8]) -> usize {
    body.iter().map(|byte| usize::from(*byte)).sum()
}

fn wire(status: u16, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 {status} X\r\ncontent-type: application/x-amz-json-1.0\r\nx-amzn-requestid: chaos\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

fn error(status: u16, code: &str, more: &Value) -> Vec<u8> {
    let mut body = json!({"__type": code, "message": "as ordered"});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    wire(status, body.to_string().as_bytes())
}

fn canceled(reasons: &Value) -> Vec<u8> {
    error(400, "com.amazonaws.dynamodb.v20120810#TransactionCanceledException", &json!({"CancellationReasons": reasons}))
}
