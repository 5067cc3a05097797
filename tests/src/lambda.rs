//! A function as a process of its own, under a Lambda runtime API made here:
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>.

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::StatusCode,
    response::IntoResponse,
    routing::{get, post},
};
use serde_json::Value;
use std::{
    process::{ExitStatus, Stdio},
    sync::{Arc, Mutex},
    time::{Duration, Instant, SystemTime},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, BufReader},
    net::TcpListener,
    process::{Child, Command},
    sync::{Mutex as AsyncMutex, mpsc, oneshot},
    task::JoinHandle,
};

/// A running function. It ends when this is dropped.
pub struct Function {
    process: Child,
    begun: Instant,
    timeout: Duration,
    ready: Option<oneshot::Receiver<Instant>>,
    invocations: mpsc::Sender<Invocation>,
    output: [JoinHandle<Vec<String>>; 2],
    server: JoinHandle<std::io::Result<()>>,
}

struct Invocation {
    event: String,
    deadline: SystemTime,
    result: oneshot::Sender<Invoked>,
}

/// What an invocation came to.
#[derive(Debug)]
pub struct Invoked {
    /// The function's answer; where it failed, what it told Lambda of the error.
    pub payload: Value,
    pub failed: bool,
    /// From handing out the event to the whole answer.
    pub took: Duration,
}

impl Invoked {
    /// The HTTP status of the answer, for a function behind API Gateway.
    pub fn status(&self) -> u64 {
        self.payload["statusCode"].as_u64().unwrap_or_else(|| panic!("no HTTP answer: {self:?}"))
    }

    /// The JSON in the answer's body.
    pub fn body(&self) -> Value {
        self.payload["body"].as_str().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
    }
}

/// The runtime API of one process, which takes one event at a time.
struct Api {
    ready: Mutex<Option<oneshot::Sender<Instant>>>,
    invocations: AsyncMutex<mpsc::Receiver<Invocation>>,
    under_way: Mutex<Option<(oneshot::Sender<Invoked>, Instant)>>,
}

impl Function {
    /// Starts a program as Lambda does, with its settings added to what Lambda itself sets.
    pub async fn start(mut program: Command, timeout: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (became_ready, ready) = oneshot::channel();
        let (invocations, next) = mpsc::channel(1);
        let api = Arc::new(Api { ready: Mutex::new(Some(became_ready)), invocations: AsyncMutex::new(next), under_way: Mutex::default() });
        let router = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(hand_out))
            .route("/2018-06-01/runtime/invocation/{id}/response", post(async |State(api), body: Bytes| take(&api, &body, false)))
            .route("/2018-06-01/runtime/invocation/{id}/error", post(async |State(api), body: Bytes| take(&api, &body, true)))
            .with_state(api);
        let server = tokio::spawn(async { axum::serve(listener, router).await });
        // Whoever needs a DynamoDB has its credentials set.
        let has_credentials = program.as_std().get_envs().any(|(name, _)| name == "AWS_ACCESS_KEY_ID");
        program.envs([("AWS_ACCESS_KEY_ID", "local"), ("AWS_SECRET_ACCESS_KEY", "local")].into_iter().filter(|_| !has_credentials));
        program
            .env("AWS_LAMBDA_RUNTIME_API", address)
            .env("AWS_LAMBDA_FUNCTION_NAME", "function")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .env("AWS_LAMBDA_LOG_FORMAT", "JSON")
            .env("AWS_LAMBDA_LOG_LEVEL", "INFO")
            .env("AWS_REGION", "eu-west-3")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        let begun = Instant::now();
        let mut process = program.spawn().unwrap_or_else(|error| panic!("{program:?}: {error}"));
        let output = [tokio::spawn(lines(process.stdout.take().unwrap())), tokio::spawn(lines(process.stderr.take().unwrap()))];
        Self { process, begun, timeout, ready: Some(ready), invocations, output, server }
    }

    /// Waits until the function first asks for an event; returns how long that took from its start.
    pub async fn ready(&mut self) -> Duration {
        let ready = self.ready.take().unwrap();
        tokio::select! {
            at = ready => at.unwrap() - self.begun,
            status = self.process.wait() => panic!("ended before it was ready: {status:?}"),
        }
    }

    /// Hands the function an event and waits for what comes of it, for ever if need be.
    pub async fn invoke(&mut self, event: &Value) -> Invoked {
        let (result, answered) = oneshot::channel();
        let invocation = Invocation { event: event.to_string(), deadline: SystemTime::now() + self.timeout, result };
        self.invocations.send(invocation).await.map_err(|_| "the function's API is gone").unwrap();
        tokio::select! {
            invoked = answered => invoked.unwrap(),
            status = self.process.wait() => panic!("ended with an event: {status:?}"),
        }
    }

    /// The process's id, while it runs.
    pub fn pid(&self) -> u32 {
        self.process.id().unwrap()
    }

    /// Waits for the process to end by itself; what it wrote, line by line.
    pub async fn end(mut self) -> (ExitStatus, Vec<String>) {
        let status = self.process.wait().await.unwrap();
        (status, self.output().await)
    }

    /// Ends the process; what it wrote, line by line.
    pub async fn stop(mut self) -> Vec<String> {
        self.process.kill().await.unwrap();
        self.output().await
    }

    async fn output(self) -> Vec<String> {
        self.server.abort();
        let [out, err] = self.output;
        [out.await.unwrap(), err.await.unwrap()].concat()
    }
}

async fn lines(pipe: impl AsyncRead + Unpin) -> Vec<String> {
    let (mut read, mut lines) = (BufReader::new(pipe).lines(), vec![]);
    while let Ok(Some(line)) = read.next_line().await {
        lines.push(line);
    }
    lines
}

async fn hand_out(State(api): State<Arc<Api>>) -> impl IntoResponse {
    if let Some(ready) = api.ready.lock().unwrap().take() {
        let _ = ready.send(Instant::now());
    }
    let Some(Invocation { event, deadline, result }) = api.invocations.lock().await.recv().await else {
        return Err(StatusCode::GONE);
    };
    let deadline = deadline.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_millis().to_string();
    let headers = [
        ("lambda-runtime-aws-request-id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd".to_owned()),
        ("lambda-runtime-deadline-ms", deadline),
        ("lambda-runtime-invoked-function-arn", "arn:aws:lambda:eu-west-3:123456789012:function:function".to_owned()),
        ("lambda-runtime-trace-id", "Root=1-6a2fa2f9-a6450dd722603a896b3e7553;Parent=53995c3f42cd8ad8;Sampled=0".to_owned()),
        ("content-type", "application/json".to_owned()),
    ];
    *api.under_way.lock().unwrap() = Some((result, Instant::now()));
    Ok((headers, event))
}

fn take(api: &Arc<Api>, payload: &[u8], failed: bool) -> StatusCode {
    let Some((result, begun)) = api.under_way.lock().unwrap().take() else { return StatusCode::BAD_REQUEST };
    let took = begun.elapsed();
    // Nobody waits any more when a test has given up.
    let _ = result.send(Invoked { payload: serde_json::from_slice(payload).unwrap_or_default(), failed, took });
    StatusCode::ACCEPTED
}
