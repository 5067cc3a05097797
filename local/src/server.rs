//! The server on this machine: whom it answers, and for how long it waits.

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{StatusCode, header, uri::Authority},
    middleware::{Next, from_fn, from_fn_with_state},
    response::{IntoResponse, Response},
    serve::Listener,
};
use hyper::{body::Incoming, server::conn::http1};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use lambda_http::Context;
use std::{
    pin::pin,
    time::{Duration, SystemTime},
};
use tokio::{net::TcpListener, sync::watch};
use tower::ServiceExt;

/// The names of this machine. A name of somebody else's that leads here makes a page of theirs one of this
/// server's in the eyes of a browser (DNS rebinding), and it could log in with what the README says. Pages of
/// other origins are no danger, since what they need is a token, and browsers send none by themselves.
const NAMES: [&str; 2] = ["127.0.0.1", "localhost"];

/// How long the server waits for clients that send nothing more.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// For the head of a request, from the connection's start or the answer before: then the connection is closed.
    pub head: Duration,
    /// For a request's body and its answer together: half a second before, the answer is `busy`.
    pub request: Duration,
}

impl Default for Patience {
    /// As long as the slowest function has on Lambda.
    fn default() -> Self {
        Self { head: Duration::from_secs(30), request: Duration::from_secs(30) }
    }
}

/// Serves until `stop`; requests under way then are still answered.
pub async fn serve(mut listener: TcpListener, router: Router, patience: Patience, stop: impl Future<Output = ()>) {
    let router = router.layer(from_fn_with_state(patience.request, set_deadline)).layer(from_fn(refuse_other_names));
    let service = router.map_request(|request: Request<Incoming>| request.map(Body::new));
    let service = TowerToHyperService::new(service);
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(patience.head);
    let (stopping, _) = watch::channel(());
    let mut stop = pin!(stop);
    loop {
        let stream = tokio::select! {
            // Accepting again after errors is its affair.
            (stream, _) = Listener::accept(&mut listener) => stream,
            () = &mut stop => break,
        };
        let connection = http.serve_connection(TokioIo::new(stream), service.clone()).with_upgrades();
        let mut stops = stopping.subscribe();
        tokio::spawn(async move {
            let mut connection = pin!(connection);
            let ended = tokio::select! {
                ended = connection.as_mut() => ended,
                _ = stops.changed() => {
                    connection.as_mut().graceful_shutdown();
                    connection.await
                }
            };
            // Clients that go or fall silent are none of ours.
            drop((ended, stops));
        });
    }
    drop(listener);
    stopping.send_replace(());
    stopping.closed().await;
}

async fn refuse_other_names(request: Request, next: Next) -> Response {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok()).and_then(|host| host.parse::<Authority>().ok());
    if host.is_some_and(|host| NAMES.iter().any(|name| name.eq_ignore_ascii_case(host.host()))) {
        next.run(request).await
    } else {
        (StatusCode::MISDIRECTED_REQUEST, "This server answers as localhost or 127.0.0.1 only.\n").into_response()
    }
}

/// Gives requests the time that Lambda would, so that they end as they do there.
async fn set_deadline(State(time): State<Duration>, mut request: Request, next: Next) -> Response {
    let deadline = (SystemTime::now() + time).duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let mut context = Context::default();
    context.deadline = u64::try_from(deadline.as_millis()).unwrap_or(u64::MAX);
    request.extensions_mut().insert(context);
    next.run(request).await
}
