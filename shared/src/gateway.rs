//! API Gateway's events, before `lambda_http` makes requests of them: it panics where that is not possible,
//! and Lambda then answers with a bare 500. And the answers' bodies, of which it would take something away.

use axum::{Router, body::to_bytes, response::Response};
use data_encoding::BASE64;
use lambda_http::{
    Body, BoxFuture, IntoResponse, LambdaEvent, Request, Service,
    aws_lambda_events::apigw::ApiGatewayV2httpRequest,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header},
    lambda_runtime::{Error, run, service_fn},
    request::LambdaRequest,
};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde::Deserialize;
use tower::ServiceExt;

const SCHEME: HeaderName = HeaderName::from_static("x-forwarded-proto");
/// What may not stand in a query as it is; what is written as `%` and two digits already stays so.
const IN_QUERY: &AsciiSet =
    &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'<').add(b'>').add(b'\\').add(b'^').add(b'`').add(b'{').add(b'|').add(b'}');
/// API Gateway has decoded the path.
const IN_PATH: &AsciiSet = &IN_QUERY.add(b'?');

/// Serves events until Lambda ends the function: by `routes`, but what is no request by `unreadable`.
///
/// # Errors
/// When Lambda's runtime API fails.
pub async fn serve(routes: Router, unreadable: Router) -> Result<(), Error> {
    run(service_fn(move |event: LambdaEvent<Event>| {
        let (request, router) = match event.payload.request() {
            Ok(request) => (request, &routes),
            Err(outline) => (outline, &unreadable),
        };
        let request = LambdaEvent::new(LambdaRequest::ApiGatewayV2(*request), event.context);
        lambda_http::Adapter::from(ServiceExt::<Request>::map_response(router.clone(), ToTheByte)).call(request)
    }))
    .await
}

/// An answer with its body as it is. `lambda_http` decodes a text, and leaves out the byte order mark by which a spreadsheet
/// knows UTF-8.
struct ToTheByte(Response);

impl IntoResponse for ToTheByte {
    fn into_response(self) -> BoxFuture<'static, lambda_http::Response<Body>> {
        Box::pin(async move {
            let (mut parts, body) = self.0.into_parts();
            let body = match to_bytes(body, usize::MAX).await.map(|bytes| String::from_utf8(bytes.into())) {
                Ok(Ok(text)) => Body::Text(text),
                Ok(Err(bytes)) => Body::Binary(bytes.into_bytes()),
                Err(error) => {
                    tracing::error!(%error, "the body of an answer broke off");
                    (parts.status, parts.headers) = (StatusCode::INTERNAL_SERVER_ERROR, HeaderMap::new());
                    Body::Empty
                }
            };
            lambda_http::Response::from_parts(parts, body)
        })
    }
}

/// An event as it came.
#[derive(Deserialize)]
#[serde(untagged)]
enum Event {
    Request(Box<ApiGatewayV2httpRequest>),
    /// Not even that, such as for its headers.
    Other(Outline),
}

/// All that an answer needs.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Outline {
    request_context: OutlineContext,
    #[serde(default)]
    headers: serde_json::Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OutlineContext {
    request_id: String,
}

impl Event {
    /// A request that `lambda_http` takes; of any other as much as its answer needs.
    fn request(self) -> Result<Box<ApiGatewayV2httpRequest>, Box<ApiGatewayV2httpRequest>> {
        match self {
            Self::Request(mut request) => {
                if repair(&mut request) {
                    Ok(request)
                } else {
                    Err(outline(request.request_context.request_id, request.headers.remove(header::ACCEPT_LANGUAGE)))
                }
            }
            Self::Other(Outline { request_context, headers }) => {
                let language = headers.get(header::ACCEPT_LANGUAGE.as_str()).and_then(serde_json::Value::as_str);
                Err(outline(Some(request_context.request_id), language.and_then(|language| language.parse().ok())))
            }
        }
    }
}

fn outline(request_id: Option<String>, language: Option<HeaderValue>) -> Box<ApiGatewayV2httpRequest> {
    let mut request = Box::<ApiGatewayV2httpRequest>::default();
    request.raw_path = Some("/".to_owned());
    request.request_context.request_id = request_id;
    request.headers.extend(language.map(|language| (header::ACCEPT_LANGUAGE, language)));
    request
}

/// Whether `lambda_http` can make a request of it now.
fn repair(event: &mut ApiGatewayV2httpRequest) -> bool {
    // They would make the path an absolute address, which nobody asks for, and need not make one at all.
    event.headers.remove(SCHEME);
    event.headers.remove(header::HOST);
    event.request_context.domain_name = None;
    let path = encoded(event.raw_path.as_deref().unwrap_or("/"), IN_PATH);
    let query = encoded(event.raw_query_string.as_deref().unwrap_or_default(), IN_QUERY);
    let is_encoded_well = || event.body.as_ref().is_none_or(|body| BASE64.decode(body.as_bytes()).is_ok());
    let is_readable =
        path.starts_with('/') && Uri::try_from(format!("{path}?{query}")).is_ok() && (!event.is_base64_encoded || is_encoded_well());
    (event.raw_path, event.raw_query_string) = (Some(path), Some(query));
    is_readable
}

fn encoded(text: &str, set: &'static AsciiSet) -> String {
    utf8_percent_encode(text, set).to_string()
}
