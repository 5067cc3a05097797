//! Letters on this machine: none leaves it. `send-mail` writes them as on Lambda, and they are read at `/mails`.

use crate::database::{Tables, next};
use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, header},
    response::{Html, IntoResponse, Response},
    routing::get,
};
use jiff::Timestamp;
use send_mail::{Mail, NotSent, send};
use serde::Serialize;
use serde_json::{Value, json};
use shared::App;
use std::{
    collections::VecDeque,
    fmt::Write,
    future::ready,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::broadcast::Receiver;

/// The sender of letters that nobody is sent.
pub const SENDER: &str = "vigie@example.org";

const PATH: &str = "/mails";
/// How many letters are kept: the newest.
const KEPT: usize = 100;

/// The letters that would have been sent, the newest first.
#[derive(Clone, Default)]
pub struct Outbox(Arc<Mutex<VecDeque<Sent>>>);

/// A letter, as `/mails` lists it.
#[derive(Clone, Serialize)]
pub struct Sent {
    pub to: String,
    pub subject: String,
    pub text: String,
    pub at: Timestamp,
    /// The same as HTML.
    #[serde(skip)]
    pub html: String,
}

impl Outbox {
    /// Those that there are now.
    pub fn letters(&self) -> Vec<Sent> {
        self.open().iter().cloned().collect()
    }

    fn keep(&self, Mail { to, subject, text, html }: Mail, at: Timestamp) {
        let mut letters = self.open();
        letters.push_front(Sent { to, subject: subject.to_owned(), text, at, html });
        letters.truncate(KEPT);
    }

    fn open(&self) -> MutexGuard<'_, VecDeque<Sent>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes the letters that are asked for in some tables into an outbox.
pub struct Writer {
    app: App,
    changes: Receiver<Value>,
    /// Where the page is that links lead to.
    page: String,
    outbox: Outbox,
}

impl Writer {
    pub fn new(app: &App, tables: &Tables, page: String) -> Self {
        Self { app: app.clone(), changes: tables.changes_of_accounts(), page, outbox: Outbox::default() }
    }

    pub fn outbox(&self) -> Outbox {
        self.outbox.clone()
    }

    /// Writes each as soon as it is asked for.
    pub async fn go_on(mut self) {
        while let Some(record) = next(&mut self.changes).await {
            self.write(record).await;
        }
    }

    /// Writes what was asked for until now.
    pub async fn catch_up(&mut self) {
        while let Ok(record) = self.changes.try_recv() {
            self.write(record).await;
        }
    }

    async fn write(&self, record: Value) {
        // As the filter of the function's stream says.
        let is_letter = record.pointer("/dynamodb/Keys/pk/S").and_then(Value::as_str).is_some_and(|pk| pk.starts_with("mail#"));
        let Some(changes) = serde_json::from_value(json!({"Records": [record]})).ok().filter(|_| is_letter) else { return };
        let keep = |mail| {
            self.outbox.keep(mail, self.app.now());
            ready(Ok::<_, NotSent>(()))
        };
        send(&self.app, &self.page, changes, keep).await;
    }
}

/// The letters, for programs as JSON and for people as a page.
pub fn router(outbox: Outbox) -> Router {
    Router::new().route(PATH, get(list)).with_state(outbox)
}

async fn list(State(outbox): State<Outbox>, headers: HeaderMap) -> Response {
    let accepted = headers.get("accept").and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    let letters = outbox.letters();
    let list = if accepted.contains("text/html") { Html(page(&letters)).into_response() } else { Json(letters).into_response() };
    ([(header::CACHE_CONTROL, "no-store"), (header::X_CONTENT_TYPE_OPTIONS, "nosniff")], list).into_response()
}

/// What letters say comes from this program, but addresses from whoever typed them.
fn page(letters: &[Sent]) -> String {
    let mut page = "<!doctype html>\n<html lang=\"fr\">\n<meta charset=\"utf-8\">\n\
        <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>E-mails · Vigie</title>\n\
        <style>body { font: 1rem/1.5 system-ui, sans-serif; margin: 1rem auto; max-width: 45rem; padding: 0 1rem; \
        color-scheme: light dark; overflow-wrap: anywhere }</style>\n<h1>E-mails</h1>\n"
        .to_owned();
    if letters.is_empty() {
        page += "<p>Aucun e-mail. Rien ne part de cette machine : ce qui serait envoyé se lit ici.</p>\n";
    }
    for Sent { to, subject, at, html, .. } in letters {
        let (to, body) = (to.replace('&', "&amp;").replace('<', "&lt;"), html.find("<p>").map_or("", |start| &html[start..]));
        let body = body.trim_end().trim_end_matches("</html>");
        // A page is written into a text, which takes all of it.
        let _ = write!(page, "<article>\n<h2>{subject}</h2>\n<p>{to} · {at:.0}</p>\n{body}</article>\n<hr>\n");
    }
    page
}
