//! Discord's OpenAPI description, and what in a body differs from it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock};

use jsonschema::error::ValidationErrorKind;
use jsonschema::{ValidationError, Validator};
use serde_json::{Value, json};

use super::VARIABLE;
use crate::limits::Refusal;

struct Description {
    document: Value,
    /// One validator for each pointer into the document; building one takes a while.
    validators: Mutex<HashMap<String, Arc<Validator>>>,
}

fn description() -> Option<&'static Description> {
    static DESCRIPTION: OnceLock<Option<Description>> = OnceLock::new();
    let load = || {
        let file = std::env::var_os(VARIABLE)?;
        let text = std::fs::read(&file).unwrap_or_else(|error| panic!("{VARIABLE} names {file:?}: {error}"));
        let document = serde_json::from_slice(&text).unwrap_or_else(|error| panic!("{file:?} is no JSON: {error}"));
        Some(Description { document, validators: Mutex::default() })
    };
    DESCRIPTION.get_or_init(load).as_ref()
}

/// Everything in `body` that differs from the schema at `pointer`; `None` without a description to check against.
pub(super) fn differences(pointer: &str, body: &Value) -> Option<Vec<Refusal>> {
    let description = description()?;
    let validator = {
        let mut validators = description.validators.lock().expect("no check panics while it holds the lock");
        let build = || Arc::new(description.validator(pointer));
        Arc::clone(validators.entry(pointer.to_owned()).or_insert_with(build))
    };
    let mut refusals = Vec::new();
    for error in validator.iter_errors(body) {
        explain(&error, &mut refusals);
    }
    Some(refusals)
}

impl Description {
    fn validator(&self, pointer: &str) -> Validator {
        assert!(self.document.pointer(pointer).is_some(), "Discord's description has nothing at {pointer}");
        let reference = format!("#{}", pointer.replace('{', "%7B").replace('}', "%7D"));
        let schema = json!({
            "$ref": reference,
            "paths": self.document["paths"],
            "components": self.document["components"],
        });
        jsonschema::validator_for(&schema).unwrap_or_else(|error| panic!("no schema at {pointer}: {error}"))
    }
}

/// A `oneOf` of component types fails in all its branches: the telling one is the branch whose `type` fits.
fn explain(error: &ValidationError<'_>, into: &mut Vec<Refusal>) {
    if let ValidationErrorKind::OneOfNotValid { context } | ValidationErrorKind::AnyOf { context } = error.kind() {
        let path = error.instance_path().to_string();
        let of_another_type = |branch: &&Vec<ValidationError<'static>>| {
            branch.iter().any(|inner| {
                let at = inner.instance_path().to_string();
                at == format!("{path}/type") || (at == path && matches!(inner.kind(), ValidationErrorKind::Type { .. }))
            })
        };
        if let Some(branch) = context.iter().find(|branch| !branch.is_empty() && !of_another_type(branch)) {
            for inner in branch {
                explain(inner, into);
            }
            return;
        }
    }
    let path = error.instance_path().to_string();
    into.push(Refusal {
        path: path.split('/').skip(1).map(str::to_owned).collect(),
        code: "SCHEMA".into(),
        message: error.to_string().chars().take(400).collect(),
    });
}
