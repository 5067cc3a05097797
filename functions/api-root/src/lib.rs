//! The API's description, its public keys, its health, and the answer to every unmatched request.

use axum::{
    extract::State,
    http::{HeaderValue, Method, Uri, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use shared::{
    App,
    domain::refusal::Refusal,
    http::{Json, Problem},
    refusals,
};
use std::{collections::BTreeMap, sync::LazyLock};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

/// The description of all functions together, generated from them; see the README.
pub const OPENAPI: &str = include_str!("../../../openapi.json");

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(openapi)).routes(routes!(public_keys)).routes(routes!(health)).fallback(unmatched)
}

refusals!(Refusals:);

/// Read this description.
///
/// OpenAPI 3.1, generated from the code that answers.
#[utoipa::path(get, path = "/openapi.json", operation_id = "openapi", tag = "about", security(()),
    responses((status = 200, body = Object), Refusals))]
async fn openapi() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], OPENAPI)
}

#[derive(Serialize, ToSchema)]
struct PublicKeys {
    #[schema(value_type = Vec<Object>)]
    keys: Vec<serde_json::Value>,
}

/// Read the public keys (RFC 7517).
///
/// Of tokens one, and during a rotation the former too. Those whose `kid` begins with `record-` seal records, and no token:
/// all that there ever were. A token or a seal names its own by `kid`.
#[utoipa::path(get, path = "/.well-known/jwks.json", operation_id = "publicKeys", tag = "about", security(()),
    responses((status = 200, body = PublicKeys), Refusals))]
async fn public_keys(State(app): State<App>) -> Result<Response, Problem> {
    let of_tokens = app.tokens()?.public_keys().keys.iter().map(serde_json::to_value);
    let keys = of_tokens.chain(app.seals()?.public_keys().map(Ok)).collect::<Result<_, _>>().map_err(Problem::internal)?;
    Ok(Json(PublicKeys { keys }).into_response())
}

#[derive(Serialize, ToSchema)]
struct Health {
    #[schema(example = "ok")]
    status: &'static str,
    #[schema(example = "0.1.0")]
    version: &'static str,
}

/// See whether the API answers.
///
/// It does without its database, so this says nothing of that.
#[utoipa::path(get, path = "/health", operation_id = "health", tag = "about", security(()), responses((status = 200, body = Health), Refusals))]
async fn health() -> Json<Health> {
    Json(Health { status: "ok", version: env!("CARGO_PKG_VERSION") })
}

/// Behind API Gateway, what no route takes comes here: also a known path with a wrong method.
async fn unmatched(uri: Uri) -> Response {
    let allowed = PATHS.as_ref().and_then(|paths| paths.at(uri.path()).ok());
    let Some(allowed) = allowed.and_then(|found| HeaderValue::from_str(found.value).ok()) else {
        return Problem::new(Refusal::NotFound).into_response();
    };
    ([(header::ALLOW, allowed)], Problem::new(Refusal::MethodNotAllowed)).into_response()
}

/// Every path of the API with the methods it takes.
static PATHS: LazyLock<Option<matchit::Router<String>>> = LazyLock::new(|| {
    #[derive(serde::Deserialize)]
    struct Description {
        paths: BTreeMap<String, serde_json::Map<String, serde_json::Value>>,
    }
    let description: Description = serde_json::from_str(OPENAPI).ok()?;
    let mut paths = matchit::Router::new();
    for (path, operations) in description.paths {
        let methods = operations.keys().filter_map(|method| Method::from_bytes(method.to_uppercase().as_bytes()).ok());
        let methods: Vec<_> = methods.map(|method| method.to_string()).collect();
        paths.insert(path, methods.join(",")).ok()?;
    }
    Some(paths)
});
