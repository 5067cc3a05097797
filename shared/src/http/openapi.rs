//! What the handlers' OpenAPI descriptions have in common.

use super::problem::{ProblemDetails, status};
use crate::domain::refusal::Refusal;
use std::collections::BTreeMap;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        Content, HeaderBuilder, Ref, RefOr, Response, ResponseBuilder,
        example::ExampleBuilder,
        schema::{ObjectBuilder, SchemaType, Type},
    },
};

/// The responses for these refusals, each code an example, with those every route can give.
pub fn refusals(own: &[Refusal]) -> BTreeMap<String, RefOr<Response>> {
    const EVERYWHERE: [Refusal; 4] = [Refusal::MalformedRequest, Refusal::BodyTooLarge, Refusal::InternalError, Refusal::Busy];
    let mut by_status: BTreeMap<u16, Vec<Refusal>> = BTreeMap::new();
    for refusal in own.iter().chain(&EVERYWHERE) {
        by_status.entry(status(*refusal).as_u16()).or_default().push(*refusal);
    }
    by_status.into_iter().map(|(status, refusals)| (status.to_string(), RefOr::T(response(status, &refusals)))).collect()
}

fn response(status: u16, refusals: &[Refusal]) -> Response {
    let codes: Vec<_> = refusals.iter().map(|refusal| format!("`{}`", refusal.code())).collect();
    let mut content = Content::new(Some(RefOr::Ref(Ref::from_schema_name(ProblemDetails::name()))));
    content.examples = refusals
        .iter()
        .map(|refusal| {
            let text = super::messages::of_refusal(*refusal, super::language::Language::English);
            let example = serde_json::json!({
                "type": format!("/problems/{}", refusal.code()),
                "title": text.title,
                "status": status,
                "detail": text.detail,
                "code": refusal.code(),
                "requestId": "01JZ8K2M3N4P5Q6R7S8T9V0W1X",
            });
            (refusal.code().to_owned(), RefOr::T(ExampleBuilder::new().value(Some(example)).build()))
        })
        .collect();
    let mut response = ResponseBuilder::new().description(codes.join(", ")).content("application/problem+json", content);
    if matches!(status, 429 | 503) {
        let seconds = ObjectBuilder::new().schema_type(SchemaType::new(Type::Integer)).build();
        response = response.header("Retry-After", HeaderBuilder::new().schema(Some(seconds)).description(Some("Seconds")).build());
    }
    response.build()
}

/// Declares the refusals of an operation, as a type its `responses(…)` can name.
#[macro_export]
macro_rules! refusals {
    ($visibility:vis $name:ident: $($refusal:ident),* $(,)?) => {
        $visibility struct $name;
        impl utoipa::IntoResponses for $name {
            fn responses() -> std::collections::BTreeMap<String, utoipa::openapi::RefOr<utoipa::openapi::response::Response>> {
                $crate::http::openapi::refusals(&[$($crate::domain::refusal::Refusal::$refusal),*])
            }
        }
    };
}

/// The schema of the problem details, which the responses above refer to.
pub fn problem_schemas() -> Vec<(String, RefOr<utoipa::openapi::Schema>)> {
    let mut schemas = vec![(ProblemDetails::name().into_owned(), ProblemDetails::schema())];
    ProblemDetails::schemas(&mut schemas);
    schemas
}
