//! Checks bodies against Discord's own OpenAPI description, when the environment names it.
//!
//! `DISCORD_OPENAPI=openapi.json cargo test --features standin/openapi`, with the file from
//! <https://github.com/discord/discord-api-spec>. Without the feature nobody builds what reads a schema.

#[cfg(feature = "openapi")]
mod description;

use serde_json::Value;

#[cfg(feature = "openapi")]
use self::description::differences;
use crate::limits::Refusal;

/// The environment variable that names the description.
const VARIABLE: &str = "DISCORD_OPENAPI";

#[cfg(not(feature = "openapi"))]
fn differences(_pointer: &str, _body: &Value) -> Option<Vec<Refusal>> {
    assert!(std::env::var_os(VARIABLE).is_none(), "{VARIABLE} needs `cargo test --features standin/openapi`");
    None
}

/// Whether bodies are checked against Discord's description.
pub fn is_checked() -> bool {
    cfg!(feature = "openapi") && std::env::var_os(VARIABLE).is_some()
}

/// Where a route's request body is described, such as `request("put", "/applications/{application_id}/commands")`.
pub fn request(method: &str, route: &str) -> String {
    let route = route.replace('/', "~1");
    format!("/paths/{route}/{method}/requestBody/content/application~1json/schema")
}

/// Where a route's answer is described.
pub fn response(method: &str, route: &str, status: u16) -> String {
    let route = route.replace('/', "~1");
    format!("/paths/{route}/{method}/responses/{status}/content/application~1json/schema")
}

/// Where a named schema is.
pub fn named(name: &str) -> String {
    format!("/components/schemas/{name}")
}

/// Everything in `body` that differs from the schema at `pointer`; nothing without a description to check against.
pub fn check(pointer: &str, body: &Value) -> Vec<Refusal> {
    differences(pointer, body).unwrap_or_default()
}
