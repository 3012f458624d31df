//! Hooks: list, create, show, change, delete.

use http::StatusCode;
use serde_json::{Map, Value};
use url::Url;

use super::Hook;
use crate::answer::{Answer, NotFound, Refusal};
use crate::call::Call;
use crate::rest::pages;
use crate::routes::Answered;
use crate::world::{State, World};

/// The fields of a new hook that may not be left out, the one that may, and that of a change.
const FIELDS: [&str; 5] = [
    "payload_version",
    "namespace",
    "destination_url",
    "destination_headers",
    "status",
];

/// `GET …/webhooks/hooks`: this app's hooks of this company, or of this project.
pub fn list(world: &mut World, call: &Call<'_>) -> Answered {
    let namespace = call.request.query("namespace");
    let version = call.request.query("payload_version").map(dotted);
    let with_count = call.request.query("include_trigger_count") == Some("true");
    let hooks = world
        .state
        .hooks
        .values()
        .filter(|hook| belongs(hook, call));
    let hooks = hooks.filter(|hook| namespace.is_none_or(|name| hook.namespace == name));
    let hooks = hooks.filter(|hook| {
        version
            .as_ref()
            .is_none_or(|version| dotted(&hook.payload_version) == *version)
    });
    let rows: Vec<Value> = hooks.map(|hook| hook.shown(with_count)).collect();
    Ok(pages::page_of(world, call, &rows, Answer::found))
}

pub fn create(world: &mut World, call: &Call<'_>) -> Answered {
    let body = body(call, &FIELDS[..4])?;
    let missing = |name: &&&str| {
        body.get(**name)
            .and_then(Value::as_str)
            .is_none_or(str::is_empty)
    };
    if let Some(name) = FIELDS[..3].iter().find(missing) {
        return Err(Refusal::bad(format!("{name} is required")));
    }
    let now = world.clock.now();
    let mut hook = Hook {
        id: 0,
        client_id: call.client_id.clone(),
        company_id: call.company_id,
        project_id: call.project_id,
        active: true,
        payload_version: String::new(),
        namespace: String::new(),
        destination_url: String::new(),
        authorization: None,
        created_at: now,
        updated_at: now,
        triggers: Vec::new(),
    };
    fill(&mut hook, &body).map_err(Refusal::bad)?;
    hook.id = world.state.next_id();
    let shown = hook.shown(false);
    world.state.hooks.insert(hook.id, hook);
    Ok(Answer::data(StatusCode::CREATED, shown))
}

pub fn show(world: &mut World, call: &Call<'_>) -> Answered {
    Ok(Answer::found(
        find(&mut world.state, call, "id")?.shown(false),
    ))
}

pub fn update(world: &mut World, call: &Call<'_>) -> Answered {
    let body = body(call, &FIELDS)?;
    let now = world.clock.now();
    let hook = find(&mut world.state, call, "id")?;
    let mut changed = hook.clone();
    fill(&mut changed, &body).map_err(Refusal::bad)?;
    changed.updated_at = now;
    *hook = changed;
    Ok(Answer::found(hook.shown(false)))
}

/// Deletes a hook with its triggers; what waits for delivery to it is dropped.
pub fn delete(world: &mut World, call: &Call<'_>) -> Answered {
    let id = find(&mut world.state, call, "id")?.id;
    world.state.hooks.remove(&id);
    world
        .state
        .outbox
        .discard(|delivery| delivery.hook_id == id);
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}

/// The hook that the path names, if it is this app's and of this scope.
pub fn find<'s>(
    state: &'s mut State,
    call: &Call<'_>,
    name: &str,
) -> Result<&'s mut Hook, NotFound> {
    let hook = state.hooks.get_mut(&call.path_id(name)?);
    hook.filter(|hook| belongs(hook, call)).ok_or(NotFound)
}

fn belongs(hook: &Hook, call: &Call<'_>) -> bool {
    let scope = (hook.company_id, hook.project_id);
    hook.client_id == call.client_id && scope == (call.company_id, call.project_id)
}

fn body(call: &Call<'_>, known: &[&str]) -> Result<Map<String, Value>, Refusal> {
    let Value::Object(body) = call.json()? else {
        return Err(Refusal::bad("the body must be an object"));
    };
    match body.keys().find(|name| !known.contains(&name.as_str())) {
        Some(name) => Err(Refusal::bad(format!("unknown field {name}"))),
        None => Ok(body),
    }
}

/// Takes the fields of a body over, or says which is wrong and how.
fn fill(hook: &mut Hook, body: &Map<String, Value>) -> Result<(), String> {
    for (name, value) in body {
        if name == "destination_headers" {
            hook.authorization = authorization(value)?;
            continue;
        }
        let text = value
            .as_str()
            .ok_or_else(|| format!("{name} must be a text"))?
            .to_owned();
        match name.as_str() {
            "payload_version" => {
                if !VERSIONS.contains(&dotted(&text).as_str()) {
                    return Err(format!("payload_version cannot be {text}"));
                }
                hook.payload_version = text;
            }
            "namespace" => {
                let allowed = |letter| matches!(letter, 'a'..='z' | '0'..='9' | '-');
                if text.is_empty() || !text.chars().all(allowed) {
                    return Err("namespace may hold a-z, 0-9 and - only".to_owned());
                }
                hook.namespace = text;
            }
            "destination_url" => {
                let url = Url::parse(&text).map_err(|_| "destination_url is not a URL")?;
                let local = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
                if url.scheme() != "https" && !(url.scheme() == "http" && local) {
                    return Err("destination_url must be https".to_owned());
                }
                hook.destination_url = text;
            }
            _ => match text.as_str() {
                "active" => hook.active = true,
                "disabled" => hook.active = false,
                _ => return Err(format!("status cannot be {text}")),
            },
        }
    }
    Ok(())
}

fn authorization(headers: &Value) -> Result<Option<String>, String> {
    let headers = headers
        .as_object()
        .ok_or("destination_headers must be an object")?;
    if let Some(name) = headers.keys().find(|name| *name != "Authorization") {
        return Err(format!(
            "destination_headers holds {name}: only Authorization is known"
        ));
    }
    let value = headers.get("Authorization");
    let text = value.map(|value| value.as_str().ok_or("Authorization must be a text"));
    Ok(text.transpose()?.map(str::to_owned))
}

pub const VERSIONS: [&str; 3] = ["v2.0", "v3.0", "v4.0"];

/// `v2` and `v2.0` are the same version.
pub fn dotted(version: &str) -> String {
    match version.contains('.') {
        true => version.to_owned(),
        false => format!("{version}.0"),
    }
}
