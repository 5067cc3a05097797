//! `template.yaml`, for what it alone defines.

use anyhow::{Context, Result};
use serde_json::Value;

const TEMPLATE: &str = include_str!("../../template.yaml");

/// The properties of a resource; a tag is a map, as in `{"!Ref": "Api"}`.
///
/// # Errors
/// When the template has no such resource.
pub fn properties(resource: &str) -> Result<Value> {
    let template: yaml_serde::Value = yaml_serde::from_str(TEMPLATE).context("reading template.yaml")?;
    let properties = template.get("Resources").and_then(|r| r.get(resource)).and_then(|r| r.get("Properties"));
    let properties = properties.with_context(|| format!("template.yaml has no {resource}"))?;
    Ok(serde_json::to_value(properties)?)
}
