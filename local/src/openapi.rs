//! The OpenAPI description of all functions together.

use anyhow::Result;
use shared::http::{limits::MAX_KEY, openapi::problem_schemas};
use utoipa::openapi::{
    InfoBuilder, LicenseBuilder, OpenApi, RefOr, Required, Responses, SecurityRequirement,
    path::{Parameter, ParameterBuilder, ParameterIn},
    schema::{ObjectBuilder, SchemaType, Type},
    security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    server::Server,
    tag::TagBuilder,
};

const ABOUT: &str = "The room side of a certification exam: proctors tick who is present, candidates start with an access code, \
resume after a crash when the proctor says so, and ended tests stay ended.

Refusals are problem details (RFC 9457) in French, or in English when `Accept-Language` prefers it; act on `code`. Unknown fields \
are ignored, absent optional fields left out. The gateway's own refusals (413, 429, 503) may have another form.";

/// Each request to them is a try, has a link that is good once, or does no harm twice.
const LOGINS: [&str; 7] = ["acceptInvitation", "changePassword", "login", "proctorLogin", "proveEmail", "renewLogin", "resetPassword"];

/// Builds the description from the handlers.
///
/// # Errors
/// When it can't be written as JSON.
pub fn openapi() -> Result<OpenApi> {
    let mut api = crate::routes().into_openapi();
    api.info = InfoBuilder::new()
        .title("Vigie")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(ABOUT))
        .license(Some(LicenseBuilder::new().name("Apache-2.0").identifier(Some("Apache-2.0")).build()))
        .build();
    api.servers = Some(vec![Server::new("/")]);
    let tags = [
        ("accounts", "Signing up and logging in"),
        ("proctor", "The room"),
        ("candidate", "The test"),
        ("organiser", "Sessions"),
        ("centre", "Who organises together"),
        ("about", "The API itself"),
    ];
    api.tags = Some(tags.map(|(name, description)| TagBuilder::new().name(name).description(Some(description)).build()).into());
    api.security = Some(vec![SecurityRequirement::new("bearer", [""; 0])]);
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
    let components = api.components.get_or_insert_default();
    components.security_schemes.insert("bearer".to_owned(), SecurityScheme::Http(bearer).into());
    components.schemas.extend(problem_schemas());
    for path in api.paths.paths.values_mut() {
        let changing = [&mut path.post, &mut path.put, &mut path.patch, &mut path.delete].into_iter().flatten();
        for operation in changing.filter(|operation| !operation.operation_id.as_deref().is_some_and(|id| LOGINS.contains(&id))) {
            operation.parameters.get_or_insert_default().push(RefOr::T(idempotency_key()));
        }
        for operation in [&mut path.get, &mut path.post, &mut path.put, &mut path.patch, &mut path.delete].into_iter().flatten() {
            describe(&mut operation.responses);
        }
    }
    remove_unused_schemas(&mut api)?;
    Ok(api)
}

/// utoipa lists a generic answer's content too, which stands in the answer's own schema.
fn remove_unused_schemas(api: &mut OpenApi) -> Result<()> {
    let description = api.to_json()?;
    let components = api.components.get_or_insert_default();
    components.schemas.retain(|name, _| description.contains(&format!("#/components/schemas/{name}\"")));
    Ok(())
}

/// OpenAPI 3.1 wants a description of every response; a success mostly says all in its schema.
fn describe(responses: &mut Responses) {
    for response in responses.responses.values_mut() {
        if let RefOr::T(response) = response
            && response.description.is_empty()
        {
            "Done".clone_into(&mut response.description);
        }
    }
}

/// Every `POST`, `PUT` and `DELETE` takes one, but logins.
fn idempotency_key() -> Parameter {
    let text = ObjectBuilder::new().schema_type(SchemaType::new(Type::String)).max_length(Some(MAX_KEY)).build();
    ParameterBuilder::new()
        .name("Idempotency-Key")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some("New for each try of a person, the same for its retries, which then change nothing twice."))
        .schema(Some(text))
        .build()
}

/// The text of `openapi.json`.
///
/// # Errors
/// When it can't be written as JSON.
pub fn json() -> Result<String> {
    Ok(openapi()?.to_pretty_json()? + "\n")
}
