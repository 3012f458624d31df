//! Checks requests against an OpenAPI file: path, method, parameters, JSON body.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};
use http::Method;
use serde_json::{Map, Value};
use url::form_urlencoded;

use crate::request::Request;

/// How deep references and bodies are followed.
const DEPTH: u8 = 12;

/// The files that this process has read: each test starts a Procore of its own, and reading one takes a while.
static READ: Mutex<BTreeMap<PathBuf, Arc<Value>>> = Mutex::new(BTreeMap::new());

pub(crate) struct Schema {
    document: Arc<Value>,
}

fn document_at(path: &Path) -> Result<Value> {
    let shown = path.display();
    let text =
        std::fs::read(path).with_context(|| format!("cannot read the OpenAPI file {shown}"))?;
    let document: Value =
        serde_json::from_slice(&text).with_context(|| format!("{shown} is not JSON"))?;
    anyhow::ensure!(document["paths"].is_object(), "{shown} has no paths");
    Ok(document)
}

impl Schema {
    pub(crate) fn load(path: &Path) -> Result<Self> {
        let mut read = READ.lock().unwrap_or_else(PoisonError::into_inner);
        let document = match read.get(path) {
            Some(document) => document.clone(),
            None => {
                let document = Arc::new(document_at(path)?);
                read.insert(path.to_owned(), document.clone());
                document
            }
        };
        Ok(Self { document })
    }

    /// Returns how the request departs from the schema. The successor of the cost code lists is
    /// announced and in no file yet.
    pub(crate) fn check(&self, request: &Request) -> Result<(), String> {
        if request.path.contains("/work_breakdown_structure/") {
            return Ok(());
        }
        let said = |why: String| format!("schema: {why}");
        let item = self
            .path_item(&request.path)
            .ok_or_else(|| said("unknown path".to_owned()))?;
        let operation = &item[request.method.as_str().to_ascii_lowercase()];
        if operation.is_null() {
            return Err(said("unknown method for this path".to_owned()));
        }
        let parameters = [&item["parameters"], &operation["parameters"]].into_iter();
        let parameters = parameters.filter_map(Value::as_array).flatten();
        let parameters: Vec<&Value> = parameters.map(|it| self.resolved(it)).collect();
        self.check_query(request, &parameters).map_err(said)?;
        if is_change_of_project_hook(request) {
            return Ok(());
        }
        self.check_body(request, &operation["requestBody"])
            .map_err(said)
    }

    /// The path item whose template fits; the one with the most literal parts wins.
    fn path_item(&self, path: &str) -> Option<&Value> {
        let fits = |template: &str| {
            let mut parts = path.split('/');
            template.split('/').all(|expected| {
                let part = parts.next();
                part == Some(expected)
                    || (expected.starts_with('{') && part.is_some_and(|part| !part.is_empty()))
            }) && parts.next().is_none()
        };
        let items = self.document["paths"].as_object()?.iter();
        let fitting = items.filter(|(template, _)| fits(template));
        let best = fitting.min_by_key(|(template, _)| template.matches('{').count());
        best.map(|(_, item)| item)
    }

    fn check_query(&self, request: &Request, parameters: &[&Value]) -> Result<(), String> {
        // The missing company header has an answer of its own.
        let in_query = parameters
            .iter()
            .filter(|parameter| parameter["in"] == "query");
        let named = |parameter: &Value, name: &str| {
            let known = parameter["name"].as_str().unwrap_or_default();
            known.trim_end_matches("[]") == name.trim_end_matches("[]")
        };
        for (name, text) in &request.query {
            let parameter = in_query.clone().find(|parameter| named(parameter, name));
            let parameter = parameter.ok_or_else(|| format!("unknown parameter {name}"))?;
            let schema = self.resolved(&parameter["schema"]);
            let typed = match schema["type"].as_str() {
                Some("integer") => text.parse::<i64>().is_ok(),
                Some("boolean") => matches!(text.as_str(), "true" | "false"),
                _ => true,
            };
            let allowed = schema["enum"].as_array();
            if !typed || allowed.is_some_and(|allowed| !allowed.iter().any(|it| it == text)) {
                return Err(format!("parameter {name} cannot be {text:?}"));
            }
        }
        let mut required = in_query.filter(|parameter| parameter["required"] == true);
        let missing = required.find(|parameter| {
            !request
                .query
                .iter()
                .any(|(name, _)| parameter["name"] == **name)
        });
        match missing.and_then(|parameter| parameter["name"].as_str()) {
            Some(name) => Err(format!("missing parameter {name}")),
            None => Ok(()),
        }
    }

    fn check_body(&self, request: &Request, expected: &Value) -> Result<(), String> {
        if expected.is_null() {
            return match request.body.is_empty() || request.method == Method::POST {
                true => Ok(()),
                false => Err("this call has no body".to_owned()),
            };
        }
        if request.body.is_empty() {
            return Err("the body is missing".to_owned());
        }
        let kind = request.content_type().unwrap_or_default();
        let schema = &expected["content"][kind]["schema"];
        if schema.is_null() {
            return Err(format!("a body of type {kind:?} is not known here"));
        }
        let body = match kind {
            "application/json" => serde_json::from_slice(&request.body)
                .map_err(|_| "the body is not JSON".to_owned())?,
            _ => form(&request.body),
        };
        self.check_value("body", &body, schema, DEPTH)
    }

    /// A JSON value against a schema: types, required and unknown fields, allowed values.
    fn check_value(
        &self,
        at: &str,
        value: &Value,
        schema: &Value,
        depth: u8,
    ) -> Result<(), String> {
        let schema = self.resolved(schema);
        if depth == 0 || (value.is_null() && schema["nullable"] == true) {
            return Ok(());
        }
        let right = match schema["type"].as_str() {
            Some("object") => value.is_object(),
            Some("array") => value.is_array(),
            Some("string") => value.is_string(),
            Some("integer") => value.is_i64() || value.is_u64(),
            Some("number") => value.is_number(),
            Some("boolean") => value.is_boolean(),
            _ => true,
        };
        if !right {
            return Err(format!("{at} must be of type {}", schema["type"]));
        }
        if schema["enum"]
            .as_array()
            .is_some_and(|allowed| !allowed.contains(value))
        {
            return Err(format!("{at} cannot be {value}"));
        }
        for (index, item) in value.as_array().into_iter().flatten().enumerate() {
            self.check_value(&format!("{at}[{index}]"), item, &schema["items"], depth - 1)?;
        }
        let (Some(fields), Some(known)) = (value.as_object(), schema["properties"].as_object())
        else {
            return Ok(());
        };
        for (name, field) in fields {
            let known = known
                .get(name)
                .ok_or_else(|| format!("unknown field {at}.{name}"))?;
            self.check_value(&format!("{at}.{name}"), field, known, depth - 1)?;
        }
        let required = schema["required"].as_array().into_iter().flatten();
        let missing = required
            .filter_map(Value::as_str)
            .find(|name| !fields.contains_key(*name));
        missing.map_or(Ok(()), |name| Err(format!("missing field {at}.{name}")))
    }

    /// Follows `$ref` to the component it names.
    fn resolved<'a>(&'a self, mut schema: &'a Value) -> &'a Value {
        for _ in 0..DEPTH {
            let target = schema["$ref"]
                .as_str()
                .and_then(|name| name.strip_prefix('#'));
            let Some(target) = target else { break };
            schema = self.document.pointer(target).unwrap_or(&Value::Null);
        }
        schema
    }
}

/// Procore's file lists no `status` for the hook of a project, and what becomes of one is unknown:
/// the endpoint decides.
fn is_change_of_project_hook(request: &Request) -> bool {
    let path = &request.path;
    request.method == Method::PATCH
        && path.contains("/projects/")
        && path.contains("/webhooks/hooks/")
}

fn form(body: &[u8]) -> Value {
    let fields = form_urlencoded::parse(body).into_owned();
    Value::Object(
        fields
            .map(|(name, value)| (name, Value::String(value)))
            .collect::<Map<_, _>>(),
    )
}
