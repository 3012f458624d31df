//! Triggers of a hook, one by one and in bulk.

use http::StatusCode;
use serde_json::{Map, Value, json};

use super::{Trigger, catalog, hooks};
use crate::answer::Answer;
use crate::call::Call;
use crate::guard::Refusal;
use crate::rest::pages;
use crate::routes::Answered;
use crate::world::World;

/// More in one call is refused with 413.
const BULK_MAX: usize = 500;

pub fn list(world: &mut World, call: &Call<'_>) -> Answered {
    let hook = hooks::find(world, call, "hook_id")?;
    let rows: Vec<Value> = hook
        .triggers
        .iter()
        .map(|trigger| trigger.shown(hook))
        .collect();
    Ok(pages::page_of(world, call, &rows, Answer::found))
}

pub fn create(world: &mut World, call: &Call<'_>) -> Answered {
    let body = read_body(call)?;
    let wanted = wanted(call, &body)?;
    match add(world, call, &wanted)? {
        Ok(shown) => Ok(Answer::data(StatusCode::CREATED, shown)),
        Err((field, message)) => Ok(call.wrong(&format!("{field} {message}"))),
    }
}

/// Creates each trigger by itself: 201 when all exist now, 207 when some were refused.
pub fn create_bulk(world: &mut World, call: &Call<'_>) -> Answered {
    let rows = read_array(call)?;
    let wanted = rows
        .iter()
        .map(|row| wanted(call, row))
        .collect::<Result<Vec<_>, _>>()?;
    hooks::find(world, call, "hook_id")?;
    let (mut results, mut failed) = (Vec::new(), false);
    for (position, wanted) in (1..).zip(&wanted) {
        let added = match world.faults.refuses_trigger(position, &wanted.0, &wanted.1) {
            true => Err(("base", "could not be saved")),
            false => add(world, call, wanted)?,
        };
        results.push(added.unwrap_or_else(|(field, message)| {
            failed = true;
            json!({
                "code": "400", "message": "Bad Request",
                "trigger": { "resource_name": wanted.0, "event_type": wanted.1 },
                "errors": { field: message },
            })
        }));
    }
    world.faults.end_bulk();
    let status = if failed {
        StatusCode::MULTI_STATUS
    } else {
        StatusCode::CREATED
    };
    Ok(Answer::data(status, Value::Array(results)))
}

pub fn delete(world: &mut World, call: &Call<'_>) -> Answered {
    let id = call.path_id("id").ok_or(None)?;
    let hook = hooks::find(world, call, "hook_id")?;
    let before = hook.triggers.len();
    hook.triggers.retain(|trigger| trigger.id != id);
    if hook.triggers.len() == before {
        Err(None)
    } else {
        Ok(Answer::empty(StatusCode::NO_CONTENT))
    }
}

/// Deletes the triggers whose ids the body lists: 200, or 207 when some were not there.
pub fn delete_bulk(world: &mut World, call: &Call<'_>) -> Answered {
    let ids = read_array(call)?;
    let hook = hooks::find(world, call, "hook_id")?;
    let (mut succeeded, mut failed) = (Vec::new(), Vec::new());
    for id in &ids {
        let Some(text) = id.as_str() else {
            return Err(hooks::wrong_body(call, "ids must be texts"));
        };
        match hook
            .triggers
            .iter()
            .position(|trigger| trigger.id.to_string() == text)
        {
            Some(position) => {
                hook.triggers.remove(position);
                succeeded.push(text);
            }
            None => failed.push(text),
        }
    }
    if failed.is_empty() {
        return Ok(Answer::data(
            StatusCode::OK,
            json!({ "succeeded": succeeded }),
        ));
    }
    let data = json!({ "succeeded": succeeded, "failed": failed });
    Ok(Answer::data(StatusCode::MULTI_STATUS, data))
}

/// Adds a trigger to the called hook and shows it; or says which field is wrong and how.
fn add(
    world: &mut World,
    call: &Call<'_>,
    (resource_name, event_type): &(String, String),
) -> Result<Result<Value, (&'static str, &'static str)>, Option<Refusal>> {
    let version = hooks::find(world, call, "hook_id")?.payload_version.clone();
    let actions = catalog::actions(
        &world.state,
        call.project_id.is_some(),
        &version,
        resource_name,
    );
    let Some(actions) = actions else {
        return Ok(Err(("resource_name", "is not included in the list")));
    };
    if !actions.contains(event_type) {
        return Ok(Err(("event_type", "is not included in the list")));
    }
    let id = world.state.next_id();
    let hook = hooks::find(world, call, "hook_id")?;
    if hook.has_trigger(resource_name, event_type) {
        return Ok(Err(("event_type", "has already been taken")));
    }
    let trigger = Trigger {
        id,
        resource_name: resource_name.clone(),
        event_type: event_type.clone(),
    };
    let shown = trigger.shown(hook);
    hook.triggers.push(trigger);
    Ok(Ok(shown))
}

fn read_body(call: &Call<'_>) -> Result<Value, Option<Refusal>> {
    call.json().map_err(|answer| {
        Some(Refusal {
            why: "wrong body".to_owned(),
            answer,
        })
    })
}

fn read_array(call: &Call<'_>) -> Result<Vec<Value>, Option<Refusal>> {
    let Value::Array(rows) = read_body(call)? else {
        return Err(hooks::wrong_body(call, "the body must be a bare array"));
    };
    if rows.is_empty() {
        return Err(hooks::wrong_body(call, "the array is empty"));
    }
    if rows.len() > BULK_MAX {
        let why = format!("{} entries in one call: at most {BULK_MAX}", rows.len());
        let answer = Answer::error(&call.request.path, StatusCode::PAYLOAD_TOO_LARGE, &why);
        return Err(Some(Refusal { why, answer }));
    }
    Ok(rows)
}

/// Reads `{resource_name, event_type}`, with nothing besides.
fn wanted(call: &Call<'_>, row: &Value) -> Result<(String, String), Option<Refusal>> {
    let empty = Map::new();
    let fields = row.as_object().unwrap_or(&empty);
    let known = ["resource_name", "event_type"];
    if let Some(name) = fields.keys().find(|name| !known.contains(&name.as_str())) {
        return Err(hooks::wrong_body(call, &format!("unknown field {name}")));
    }
    let text = |name: &str| {
        fields
            .get(name)
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty())
    };
    match (text("resource_name"), text("event_type")) {
        (Some(resource), Some(event)) => Ok((resource.to_owned(), event.to_owned())),
        _ => Err(hooks::wrong_body(
            call,
            "resource_name and event_type are required",
        )),
    }
}
