//! Triggers of a hook, one by one and in bulk.

use http::StatusCode;
use serde_json::{Value, json};

use super::{Trigger, catalog, hooks};
use crate::answer::{Answer, NotFound, Refusal};
use crate::call::Call;
use crate::rest::pages;
use crate::routes::Answered;
use crate::world::World;

/// More in one call is refused with 413.
const BULK_MAX: usize = 500;

/// Why a trigger is not made: a field, and what is wrong with it.
type Wrong = (&'static str, &'static str);

pub fn list(world: &mut World, call: &Call<'_>) -> Answered {
    let hook = hooks::find(&mut world.state, call, "hook_id")?;
    let rows: Vec<Value> = hook
        .triggers
        .iter()
        .map(|trigger| trigger.shown(hook))
        .collect();
    Ok(pages::page_of(world, call, &rows, Answer::found))
}

pub fn create(world: &mut World, call: &Call<'_>) -> Answered {
    let (resource, event) = wanted(&call.json()?)?;
    match add(world, call, &resource, &event)? {
        Ok(shown) => Ok(Answer::data(StatusCode::CREATED, shown)),
        Err((field, why)) => Ok(Answer::error(
            StatusCode::BAD_REQUEST,
            format!("{field} {why}"),
        )),
    }
}

/// Creates each trigger by itself: 201 when all exist now, 207 when some were refused.
pub fn create_bulk(world: &mut World, call: &Call<'_>) -> Answered {
    let rows = read_array(call)?;
    let wanted = rows.iter().map(wanted).collect::<Result<Vec<_>, _>>()?;
    hooks::find(&mut world.state, call, "hook_id")?;
    let (mut results, mut status) = (Vec::new(), StatusCode::CREATED);
    for (position, (resource, event)) in (1..).zip(&wanted) {
        let added = match world.faults.refuses_trigger(position, resource, event) {
            true => Err(("base", "could not be saved")),
            false => add(world, call, resource, event)?,
        };
        results.push(added.unwrap_or_else(|(field, why)| {
            status = StatusCode::MULTI_STATUS;
            json!({
                "code": "400", "message": "Bad Request",
                "trigger": { "resource_name": resource, "event_type": event },
                "errors": { field: why },
            })
        }));
    }
    world.faults.end_bulk();
    Ok(Answer::data(status, Value::Array(results)))
}

pub fn delete(world: &mut World, call: &Call<'_>) -> Answered {
    let id = call.path_id("id")?;
    let triggers = &mut hooks::find(&mut world.state, call, "hook_id")?.triggers;
    let position = triggers
        .iter()
        .position(|trigger| trigger.id == id)
        .ok_or(NotFound)?;
    triggers.remove(position);
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}

/// Deletes the triggers whose ids the body lists: 200, or 207 when some were not there.
pub fn delete_bulk(world: &mut World, call: &Call<'_>) -> Answered {
    let ids = read_array(call)?;
    let ids: Option<Vec<&str>> = ids.iter().map(Value::as_str).collect();
    let ids = ids.ok_or_else(|| Refusal::bad("ids must be texts"))?;
    let triggers = &mut hooks::find(&mut world.state, call, "hook_id")?.triggers;
    let known: Vec<String> = triggers
        .iter()
        .map(|trigger| trigger.id.to_string())
        .collect();
    let is_known = |id: &&str| known.iter().any(|known| known == id);
    let (succeeded, failed): (Vec<&str>, Vec<&str>) = ids.into_iter().partition(is_known);
    triggers.retain(|trigger| !succeeded.contains(&trigger.id.to_string().as_str()));
    Ok(match failed.is_empty() {
        true => Answer::found(json!({ "succeeded": succeeded })),
        false => {
            let data = json!({ "succeeded": succeeded, "failed": failed });
            Answer::data(StatusCode::MULTI_STATUS, data)
        }
    })
}

/// Adds a trigger to the called hook and shows it; or says which field is wrong and how.
fn add(
    world: &mut World,
    call: &Call<'_>,
    resource: &str,
    event: &str,
) -> Result<Result<Value, Wrong>, NotFound> {
    let id = world.state.next_id();
    let version = hooks::find(&mut world.state, call, "hook_id")?
        .payload_version
        .clone();
    let in_project = call.project_id.is_some();
    let actions = catalog::actions(&world.state, in_project, &version, resource);
    let hook = hooks::find(&mut world.state, call, "hook_id")?;
    Ok(match actions {
        None => Err(("resource_name", "is not included in the list")),
        Some(actions) if !actions.iter().any(|action| action == event) => {
            Err(("event_type", "is not included in the list"))
        }
        Some(_) if hook.has_trigger(resource, event) => {
            Err(("event_type", "has already been taken"))
        }
        Some(_) => {
            let (resource_name, event_type) = (resource.to_owned(), event.to_owned());
            let trigger = Trigger {
                id,
                resource_name,
                event_type,
            };
            let shown = trigger.shown(hook);
            hook.triggers.push(trigger);
            Ok(shown)
        }
    })
}

fn read_array(call: &Call<'_>) -> Result<Vec<Value>, Refusal> {
    match call.json()? {
        Value::Array(rows) if rows.is_empty() => Err(Refusal::bad("the array is empty")),
        Value::Array(rows) if rows.len() > BULK_MAX => {
            let why = format!("{} entries in one call: at most {BULK_MAX}", rows.len());
            Err(Refusal::violation(StatusCode::PAYLOAD_TOO_LARGE, why))
        }
        Value::Array(rows) => Ok(rows),
        _ => Err(Refusal::bad("the body must be a bare array")),
    }
}

/// Reads `{resource_name, event_type}`, with nothing besides.
fn wanted(row: &Value) -> Result<(String, String), Refusal> {
    let known = ["resource_name", "event_type"];
    let mut names = row.as_object().into_iter().flat_map(|fields| fields.keys());
    if let Some(name) = names.find(|name| !known.contains(&name.as_str())) {
        return Err(Refusal::bad(format!("unknown field {name}")));
    }
    match known.map(|name| row[name].as_str().filter(|text| !text.is_empty())) {
        [Some(resource), Some(event)] => Ok((resource.to_owned(), event.to_owned())),
        _ => Err(Refusal::bad("resource_name and event_type are required")),
    }
}
