//! The page beside the API, as CloudFront serves both: `template.yaml` says the same to it.

use crate::template;
use anyhow::{Context, Result};
use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header},
    middleware::{Next, from_fn_with_state},
    response::Response,
    routing::get,
};
use serde_json::Value;
use shared::config::Live;
use std::path::Path;
use tower_http::{compression::CompressionLayer, services::ServeDir};

/// Where `make run` builds the page, in the project's folder.
const PAGE: &str = "web/dist";
/// The engine that comes with the page.
const DEMO_ENGINE: &str = "'self'";

/// Where nothing stands but the way to somewhere else.
const LEADING: [(&str, &str); 4] =
    [("/", "/app/"), ("/app", "/app/"), ("/docs", "/app/docs/"), ("/.well-known/change-password", "/app/account/password")];

/// The folder of the page, if the current directory has one that is built.
pub fn built() -> Option<&'static Path> {
    let page = Path::new(PAGE);
    page.join("index.html").is_file().then_some(page)
}

/// The API, and the page of this folder at `/app/`, where `/` leads; `/docs` leads to the description of the API in it, and
/// where password managers ask, to where a password is changed. The page may connect to where changes are announced.
///
/// # Errors
/// When `template.yaml` lacks the page's headers.
pub fn beside(api: Router, page: &Path, live: Option<&Live>) -> Result<Router> {
    let files = ServeDir::new(page).append_index_html_on_directories(false);
    let page = Router::new().fallback_service(files).layer(CompressionLayer::new()).layer(from_fn_with_state(headers(live)?, serve));
    let lead = |to| get(async move || (StatusCode::FOUND, [(header::LOCATION, to), (header::CACHE_CONTROL, "no-store")]));
    let leading = LEADING.into_iter().fold(api, |api, (path, to)| api.route(path, lead(to)));
    Ok(leading.nest_service("/app/", page))
}

async fn serve(State(headers): State<HeaderMap>, mut request: Request, next: Next) -> Response {
    if let Some(page) = page_at(request.uri().path()) {
        *request.uri_mut() = Uri::from_static(page);
    }
    let kept = kept(request.uri().path());
    let mut response = next.run(request).await;
    response.headers_mut().extend(headers);
    if response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED {
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(kept));
    }
    response
}

/// The page that stands at a path which names no file: most are places in the one page, which finds its own way.
fn page_at(path: &str) -> Option<&'static str> {
    match path.rsplit_once('/') {
        Some(("/engine", "")) => Some("/engine/index.html"),
        Some(("/docs", "")) => Some("/docs/index.html"),
        Some((_, name)) if name.contains('.') => None,
        _ => Some("/index.html"),
    }
}

/// How long browsers may keep a file: what changes its name with its content, for ever.
fn kept(path: &str) -> &'static str {
    if path.starts_with("/assets/") { "public, max-age=31536000, immutable" } else { "no-cache" }
}

/// The page's headers, but the one that browsers only believe over HTTPS.
fn headers(live: Option<&Live>) -> Result<HeaderMap> {
    let policy = template::properties("PageHeaders")?;
    let headers = policy.pointer("/ResponseHeadersPolicyConfig/SecurityHeadersConfig").context("PageHeaders are not security headers")?;
    let text = |pointer| headers.pointer(pointer).and_then(Value::as_str).with_context(|| format!("PageHeaders have no {pointer}"));
    let content = text("/ContentSecurityPolicy/ContentSecurityPolicy/!Sub/0")?.replace("${Engine}", DEMO_ENGINE);
    let channels = match live {
        Some(live) => {
            let url: Uri = live.url.parse()?;
            format!(" {}://{}", url.scheme_str().unwrap_or_default(), url.authority().context("LIVE_URL names no host")?)
        }
        None => String::new(),
    };
    let content = content.replace("${Channels}", &channels);
    let referrer = text("/ReferrerPolicy/ReferrerPolicy")?;
    let each: [(HeaderName, &str); 3] =
        [(header::CONTENT_SECURITY_POLICY, &content), (header::REFERRER_POLICY, referrer), (header::X_CONTENT_TYPE_OPTIONS, "nosniff")];
    each.into_iter().map(|(name, value)| Ok((name, HeaderValue::from_str(value)?))).collect()
}
