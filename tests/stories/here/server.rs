//! The server on this machine and its database: what other pages and stuck clients get of them.

use axum::{Router, routing::get};
use local::{
    database::{self, Served},
    server::{self, Patience},
};
use reqwest::{Method, StatusCode};
use std::time::{Duration, Instant};
use tests::{Value, World, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::{mpsc, oneshot},
    task::JoinHandle,
};

/// Half a second of a request's time is for its answer.
const PATIENCE: Patience = Patience { head: Duration::from_millis(400), request: Duration::from_millis(900) };
/// For what should come at once.
const SOON: Duration = Duration::from_secs(10);

/// A server until it is told to stop, or to the test's end.
struct Running {
    address: String,
    stop: oneshot::Sender<()>,
    ended: JoinHandle<()>,
}

impl Running {
    async fn start(router: Router) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (stop, stopped) = oneshot::channel::<()>();
        let ended = tokio::spawn(server::serve(listener, router, PATIENCE, async { drop(stopped.await) }));
        Self { address, stop, ended }
    }

    /// What comes back for these bytes until the server closes the connection.
    async fn say(&self, bytes: &str) -> String {
        let mut connection = TcpStream::connect(&self.address).await.unwrap();
        connection.write_all(bytes.as_bytes()).await.unwrap();
        let mut answer = String::new();
        // A connection may also be reset, with what was read before.
        let closed = tokio::time::timeout(SOON, connection.read_to_string(&mut answer)).await;
        assert!(closed.is_ok(), "the connection stays open");
        answer
    }
}

#[tokio::test]
async fn a_database_that_is_served_answers_who_has_its_key_and_no_page() {
    let Served { endpoint, access_key } = database::serve(database::open(None).unwrap()).await.unwrap();
    let signed =
        |key: &str| format!("AWS4-HMAC-SHA256 Credential={key}/20260101/local/dynamodb/aws4_request, SignedHeaders=host, Signature=0");
    let ask = async |method: Method, headers: &[(&str, &str)]| {
        let mut request = reqwest::Client::new().request(method, &endpoint).header("content-type", "application/x-amz-json-1.0");
        for (name, value) in headers.iter().chain(&[("x-amz-target", "DynamoDB_20120810.Scan"), ("x-amz-date", "20260101T000000Z")]) {
            request = request.header(*name, *value);
        }
        let answer = request.body(json!({"TableName": database::ACCOUNTS}).to_string()).send().await.unwrap();
        let opened = answer.headers().keys().any(|name| name.as_str().starts_with("access-control-"));
        (answer.status(), opened, answer.text().await.unwrap())
    };
    let nothing = (StatusCode::FORBIDDEN, false, String::new());
    let (right, wrong) = (&*signed(&access_key), &*signed("anybody"));
    let page = ("origin", "https://elsewhere.example.org");
    for headers in [
        vec![],
        vec![("authorization", "")],
        vec![("authorization", wrong)],
        vec![("authorization", wrong), page],
        vec![("authorization", right), page],
        vec![("authorization", right), ("origin", "null")],
        // By another name of this machine, a page is of the same origin.
        vec![("authorization", wrong), ("host", "elsewhere.example.org")],
        vec![page, ("access-control-request-method", "POST"), ("access-control-request-headers", "authorization,x-amz-target")],
    ] {
        for method in [Method::OPTIONS, Method::POST, Method::GET] {
            assert_eq!(ask(method.clone(), &headers).await, nothing, "{method} {headers:?}");
        }
    }
    let (status, _, body) = ask(Method::POST, &[("authorization", right)]).await;
    assert_eq!((status, serde_json::from_str::<Value>(&body).unwrap()["Count"].clone()), (StatusCode::OK, json!(0)));
}

#[tokio::test]
async fn a_page_gets_nothing_by_giving_this_machine_a_name_of_its_own() {
    let world = World::new().await;
    let server = Running::start(local::router(&world.app)).await;
    let port = server.address.rsplit(':').next().unwrap();
    for (host, status) in [
        (format!("127.0.0.1:{port}"), 200),
        (format!("localhost:{port}"), 200),
        ("LOCALHOST".to_owned(), 200),
        (format!("[::1]:{port}"), 421),
        (format!("elsewhere.example.org:{port}"), 421),
        (format!("localhost.example.org:{port}"), 421),
        (format!("localhost@elsewhere.example.org:{port}"), 421),
        (String::new(), 421),
    ] {
        let answer = server.say(&format!("GET /health HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n")).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{host}: {answer}");
    }
    assert!(server.say("GET /health HTTP/1.0\r\n\r\n").await.starts_with("HTTP/1.0 421 "), "no name at all");
}

#[tokio::test]
async fn who_sends_half_of_a_request_is_not_waited_for() {
    let world = World::new().await;
    let server = Running::start(local::router(&world.app)).await;
    let begun = Instant::now();
    for half in ["", "GET /hea", "GET /health HTTP/1.1\r\nhost: localhost\r\naccept"] {
        let answer = server.say(half).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 408 "), "{half}: {answer}");
    }
    let whole = server.say("GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
    assert!(whole.starts_with("HTTP/1.1 200 "), "answered, then closed as nothing more came: {whole}");
    for length in ["content-length: 100", "transfer-encoding: chunked"] {
        let head = format!("POST /login HTTP/1.1\r\nhost: localhost\r\naccept-language: en\r\n{length}\r\n\r\n");
        let answer = server.say(&format!("{head}{}", if length.starts_with('c') { "{\"email\":" } else { "9\r\n{\"email\":\r\n" })).await;
        assert!(answer.starts_with("HTTP/1.1 503 ") && answer.contains("\"code\":\"busy\"") && answer.contains("x-request-id"), "{answer}");
    }
    assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
    // Nor do two hundred of them keep anybody else out.
    let stuck =
        futures::future::join_all((0..200).map(|_| server.say("POST /login HTTP/1.1\r\nhost: localhost\r\ncontent-length: 9\r\n\r\n")));
    let (stuck, served) = tokio::join!(stuck, server.say("GET /health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"));
    assert!(served.starts_with("HTTP/1.1 200 "), "{served}");
    assert!(stuck.iter().all(|answer| answer.starts_with("HTTP/1.1 503 ")));
}

#[tokio::test]
async fn a_server_that_stops_answers_what_it_has_begun() {
    let (begin, mut begun) = mpsc::channel(1);
    let slow = get(move || {
        let begin = begin.clone();
        async move {
            begin.send(()).await.unwrap();
            tokio::time::sleep(Duration::from_millis(200)).await;
            "done"
        }
    });
    let server = Running::start(Router::new().route("/slow", slow)).await;
    let mut idle = TcpStream::connect(&server.address).await.unwrap();
    let mut connection = TcpStream::connect(&server.address).await.unwrap();
    connection.write_all(b"GET /slow HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
    begun.recv().await.unwrap();
    server.stop.send(()).unwrap();
    tokio::time::timeout(SOON, server.ended).await.unwrap().unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("done"), "{answer}");
    assert_eq!(idle.read(&mut [0]).await.unwrap(), 0, "closed");
    TcpStream::connect(&server.address).await.unwrap_err();
}
