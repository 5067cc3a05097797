//! What every answer has, whichever function gives it.

use super::{
    language::Language,
    limits::{MAX_BODY_BYTES, max_body_bytes},
    problem::Problem,
};
use crate::{app::App, domain::refusal::Refusal};
use axum::{
    Router,
    body::HttpBody,
    extract::{DefaultBodyLimit, MatchedPath, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, header},
    middleware::{Next, from_fn, from_fn_with_state},
    response::{IntoResponse, Response},
};
use lambda_http::{Context, request::RequestContext};
use std::time::{Duration, Instant, SystemTime};
use tower_http::{catch_panic::CatchPanicLayer, cors::CorsLayer};
use ulid::Ulid;
use utoipa_axum::router::OpenApiRouter;

pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// How long browsers may remember a preflight answer; they cap it at two hours.
const PREFLIGHT_MAX_AGE: Duration = Duration::from_hours(2);
/// How long before Lambda ends a function it gives up: enough for an answer to get out.
const TO_ANSWER: Duration = Duration::from_millis(500);

/// How much a request did, when it was not one thing; put into the answer's extensions.
#[derive(Debug, Clone, Copy)]
pub struct Done(pub usize);

/// Makes routes into a service: state, CORS, problems in the client's language, headers, log line.
pub fn service(routes: OpenApiRouter<App>, app: &App) -> Router {
    let (router, _) = routes.split_for_parts();
    router
        .method_not_allowed_fallback(async || Problem::new(Refusal::MethodNotAllowed))
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .layer(from_fn(refuse_large_bodies))
        .layer(from_fn(give_up_in_time))
        .layer(CatchPanicLayer::custom(|_| Problem::internal("a handler panicked").into_response()))
        .layer(cors(app))
        .layer(from_fn_with_state(app.clone(), refuse_ways_round))
        .layer(from_fn(finish))
        .with_state(app.clone())
}

/// Answers what could not even be read as a request.
pub fn unreadable() -> Router {
    Router::new().fallback(async || Problem::new(Refusal::MalformedRequest)).layer(from_fn(finish))
}

fn cors(app: &App) -> CorsLayer {
    CorsLayer::new()
        .allow_origin(app.allowed_origins().to_vec())
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE, header::ACCEPT_LANGUAGE, IDEMPOTENCY_KEY, header::IF_NONE_MATCH])
        .expose_headers([header::ETAG, header::RETRY_AFTER, REQUEST_ID, header::LOCATION])
        .max_age(PREFLIGHT_MAX_AGE)
}

/// Refuses what came round the firewall, before anything else is looked at.
async fn refuse_ways_round(State(app): State<App>, request: Request, next: Next) -> Response {
    if app.origin_secrets().is_some_and(|secrets| !secrets.are_shown_in(request.headers())) {
        return Problem::new(Refusal::Forbidden).into_response();
    }
    next.run(request).await
}

async fn refuse_large_bodies(request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str);
    if request.body().size_hint().lower() > max_body_bytes(route) as u64 {
        return Problem::new(Refusal::BodyTooLarge).into_response();
    }
    next.run(request).await
}

/// Answers `busy` before Lambda ends the function without an answer, however many slow
/// calls a handler makes. What was written stays written, as with an answer that got lost.
async fn give_up_in_time(request: Request, next: Next) -> Response {
    let Some(deadline) = request.extensions().get().map(Context::deadline) else { return next.run(request).await };
    let left = deadline.duration_since(SystemTime::now()).unwrap_or_default().saturating_sub(TO_ANSWER);
    let answer = tokio::time::timeout(left, next.run(request)).await;
    answer.unwrap_or_else(|_| Problem::busy("no time left").into_response())
}

/// Gives the request its id, the problem its words, the answer its headers and the log its line,
/// which counts a change as `done` and a refusal as `refused`. What was only read is not counted:
/// Lambda's own metrics do that, free of charge.
async fn finish(request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let request_id = request_id(&request);
    let language = Language::preferred(request.headers());
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map_or_else(|| "none".to_owned(), |path| path.as_str().to_owned());

    let mut response = next.run(request).await;
    let problem = response.extensions_mut().remove::<Problem>();
    if let Some(problem) = &problem {
        let (parts, body) = problem.render(language, &request_id).into_parts();
        *response.body_mut() = body;
        response.headers_mut().remove(header::CONTENT_LENGTH);
        for (name, value) in &parts.headers {
            response.headers_mut().append(name, value.clone());
        }
    }

    let headers = response.headers_mut();
    in_one_line(headers, &header::VARY);
    if let Ok(id) = HeaderValue::from_str(&request_id) {
        headers.insert(REQUEST_ID, id);
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=63072000; includeSubDomains"));

    let status = response.status().as_u16();
    let code = problem.as_ref().map_or("ok", |problem| problem.refusal.code());
    let millis = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    let changes = [Method::POST, Method::PUT, Method::PATCH, Method::DELETE].contains(&method);
    let done = response.extensions_mut().remove().unwrap_or(Done(1)).0;
    let (done, refused) = if problem.is_some() { (None, Some(1)) } else { (changes.then_some(done), None) };
    if let Some(cause) = problem.as_ref().and_then(Problem::cause) {
        tracing::error!(%method, route, status, code, millis, request_id, refused, cause, "request failed");
    } else {
        tracing::info!(%method, route, status, code, millis, request_id, done, refused, "request");
    }
    response
}

/// Joins the values of a header that several layers added to: API Gateway passes one of them on.
fn in_one_line(headers: &mut HeaderMap, name: &HeaderName) {
    let values: Vec<_> = headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).collect();
    if values.len() > 1
        && let Ok(line) = HeaderValue::from_str(&values.join(", "))
    {
        headers.insert(name, line);
    }
}

/// The gateway's own id of the request where there is one, so that its log and ours agree.
fn request_id(request: &Request) -> String {
    let gateway = match request.extensions().get::<RequestContext>() {
        Some(RequestContext::ApiGatewayV2(context)) => context.request_id.clone(),
        _ => None,
    };
    gateway.unwrap_or_else(|| Ulid::generate().to_string())
}
