//! Hooks: list, create, show, change, delete.

use http::StatusCode;
use serde_json::{Map, Value};
use url::Url;

use super::Hook;
use crate::answer::Answer;
use crate::call::Call;
use crate::guard::Refusal;
use crate::rest::pages;
use crate::routes::Answered;
use crate::world::World;

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
            .is_none_or(|it| dotted(&hook.payload_version) == *it)
    });
    let rows: Vec<Value> = hooks.map(|hook| hook.shown(with_count)).collect();
    Ok(pages::page_of(world, call, &rows, Answer::found))
}

pub fn create(world: &mut World, call: &Call<'_>) -> Answered {
    let body = body(
        call,
        &[
            "payload_version",
            "namespace",
            "destination_url",
            "destination_headers",
        ],
    )?;
    for name in ["payload_version", "namespace", "destination_url"] {
        if body
            .get(name)
            .and_then(Value::as_str)
            .is_none_or(str::is_empty)
        {
            return Err(wrong_body(call, &format!("{name} is required")));
        }
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
    fill(&mut hook, &body).map_err(|why| wrong_body(call, &why))?;
    hook.id = world.state.next_id();
    let shown = hook.shown(false);
    world.state.hooks.insert(hook.id, hook);
    Ok(Answer::data(StatusCode::CREATED, shown))
}

pub fn show(world: &mut World, call: &Call<'_>) -> Answered {
    Ok(Answer::data(
        StatusCode::OK,
        find(world, call, "id")?.shown(false),
    ))
}

pub fn update(world: &mut World, call: &Call<'_>) -> Answered {
    let known = [
        "payload_version",
        "namespace",
        "destination_url",
        "destination_headers",
        "status",
    ];
    let body = body(call, &known)?;
    let now = world.clock.now();
    let hook = find(world, call, "id")?;
    let mut changed = hook.clone();
    fill(&mut changed, &body).map_err(|why| wrong_body(call, &why))?;
    changed.updated_at = now;
    *hook = changed;
    Ok(Answer::found(hook.shown(false)))
}

/// Deletes a hook with its triggers; what waits for delivery to it is dropped.
pub fn delete(world: &mut World, call: &Call<'_>) -> Answered {
    let id = find(world, call, "id")?.id;
    world.state.hooks.remove(&id);
    world
        .state
        .outbox
        .discard(|delivery| delivery.hook_id == id);
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}

/// The hook that the path names, if it is this app's and of this scope.
pub fn find<'w>(
    world: &'w mut World,
    call: &Call<'_>,
    name: &str,
) -> Result<&'w mut Hook, Option<Refusal>> {
    let id = call.path_id(name).ok_or(None)?;
    world
        .state
        .hooks
        .get_mut(&id)
        .filter(|hook| belongs(hook, call))
        .ok_or(None)
}

fn belongs(hook: &Hook, call: &Call<'_>) -> bool {
    hook.client_id == call.client_id
        && hook.company_id == call.company_id
        && hook.project_id == call.project_id
}

fn body(call: &Call<'_>, known: &[&str]) -> Result<Map<String, Value>, Option<Refusal>> {
    match call.json() {
        Ok(Value::Object(body)) => match body.keys().find(|name| !known.contains(&name.as_str())) {
            Some(name) => Err(wrong_body(call, &format!("unknown field {name}"))),
            None => Ok(body),
        },
        Ok(_) => Err(wrong_body(call, "the body must be an object")),
        Err(answer) => Err(Some(Refusal {
            why: "wrong body".to_owned(),
            answer,
        })),
    }
}

/// A body that does not follow the facts: refused with 400 and counted.
pub fn wrong_body(call: &Call<'_>, why: &str) -> Option<Refusal> {
    Some(Refusal {
        why: format!("wrong body: {why}"),
        answer: call.wrong(why),
    })
}

/// Takes the fields of a body into a hook; says which is wrong.
fn fill(hook: &mut Hook, body: &Map<String, Value>) -> Result<(), String> {
    for (name, value) in body {
        if name == "destination_headers" {
            hook.authorization = authorization(value)?.or(hook.authorization.take());
            continue;
        }
        let text = value
            .as_str()
            .ok_or_else(|| format!("{name} must be a text"))?
            .to_owned();
        match name.as_str() {
            "payload_version" => {
                if !["v2.0", "v3.0", "v4.0"].contains(&dotted(&text).as_str()) {
                    return Err(format!("payload_version cannot be {text}"));
                }
                hook.payload_version = text;
            }
            "namespace" => {
                let allowed = |letter: char| matches!(letter, 'a'..='z' | '0'..='9' | '-');
                if text.is_empty() || !text.chars().all(allowed) {
                    return Err("namespace may hold a-z, 0-9 and - only".to_owned());
                }
                hook.namespace = text;
            }
            "destination_url" => {
                let url =
                    Url::parse(&text).map_err(|_| "destination_url is not a URL".to_owned())?;
                let local = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
                if url.scheme() != "https" && !(url.scheme() == "http" && local) {
                    return Err("destination_url must be https".to_owned());
                }
                hook.destination_url = text;
            }
            "status" => match text.as_str() {
                "active" => hook.active = true,
                "disabled" => hook.active = false,
                _ => return Err(format!("status cannot be {text}")),
            },
            _ => return Err(format!("unknown field {name}")),
        }
    }
    Ok(())
}

fn authorization(headers: &Value) -> Result<Option<String>, String> {
    let headers = headers
        .as_object()
        .ok_or("destination_headers must be an object")?;
    let other = headers.keys().find(|name| *name != "Authorization");
    if let Some(name) = other {
        return Err(format!(
            "destination_headers holds {name}: only Authorization is known"
        ));
    }
    match headers.get("Authorization") {
        None => Ok(None),
        Some(value) => value
            .as_str()
            .map(|text| Some(text.to_owned()))
            .ok_or_else(|| "Authorization must be a text".to_owned()),
    }
}

/// `v2` and `v2.0` are the same version.
pub fn dotted(version: &str) -> String {
    if version.contains('.') {
        version.to_owned()
    } else {
        format!("{version}.0")
    }
}
