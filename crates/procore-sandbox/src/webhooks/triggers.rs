//! Triggers of a hook, one by one and in bulk.

use http::StatusCode;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Trigger, catalog, hooks};
use crate::answer::{Answer, Answered, NotFound, Refusal};
use crate::call::Call;
use crate::faults::Repeated;
use crate::rest::pages;
use crate::world::World;

/// More in one call is refused with 413.
const BULK_MAX: usize = 500;

/// The trigger that a call asks for.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    resource_name: String,
    event_type: String,
}

/// Why a trigger is not made: a field, and what is wrong with it.
type Wrong = (&'static str, &'static str);

pub(crate) fn list(world: &mut World, call: &Call<'_>) -> Answered {
    let hook = hooks::find(&mut world.state, call, "hook_id")?;
    let rows: Vec<Value> = hook
        .triggers
        .iter()
        .map(|trigger| trigger.shown(hook))
        .collect();
    Ok(pages::page_of(world, call, &rows, Answer::found))
}

pub(crate) fn create(world: &mut World, call: &Call<'_>) -> Answered {
    let wanted: Wanted = call.json()?;
    match add(world, call, &wanted)? {
        Ok(shown) => Ok(Answer::data(StatusCode::CREATED, shown)),
        Err((field, why)) => Ok(Answer::error(
            StatusCode::BAD_REQUEST,
            format!("{field} {why}"),
        )),
    }
}

/// Creates each trigger by itself: 201 when all exist now, 207 when some were refused.
pub(crate) fn create_bulk(world: &mut World, call: &Call<'_>) -> Answered {
    let rows: Vec<Wanted> = read_array(call)?;
    hooks::find(&mut world.state, call, "hook_id")?;
    let failing = Repeated::take(&mut world.faults.triggers).unwrap_or_default();
    let (mut results, mut status) = (Vec::new(), StatusCode::CREATED);
    for (position, wanted) in (1..).zip(&rows) {
        let added = match failing.refuse(position, &wanted.resource_name, &wanted.event_type) {
            true => Err(("base", "could not be saved")),
            false => add(world, call, wanted)?,
        };
        results.push(added.unwrap_or_else(|(field, why)| {
            status = StatusCode::MULTI_STATUS;
            json!({
                "code": "400", "message": "Bad Request", "trigger": wanted,
                "errors": { field: why },
            })
        }));
    }
    Ok(Answer::data(status, Value::Array(results)))
}

pub(crate) fn delete(world: &mut World, call: &Call<'_>) -> Answered {
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
pub(crate) fn delete_bulk(world: &mut World, call: &Call<'_>) -> Answered {
    let ids: Vec<String> = read_array(call)?;
    let triggers = &mut hooks::find(&mut world.state, call, "hook_id")?.triggers;
    let known: Vec<String> = triggers
        .iter()
        .map(|trigger| trigger.id.to_string())
        .collect();
    let is_known = |id: &String| known.contains(id);
    let (succeeded, failed): (Vec<String>, Vec<String>) = ids.into_iter().partition(is_known);
    triggers.retain(|trigger| !succeeded.contains(&trigger.id.to_string()));
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
    wanted: &Wanted,
) -> Result<Result<Value, Wrong>, NotFound> {
    let Wanted {
        resource_name,
        event_type,
    } = wanted;
    let id = world.state.next_id();
    let version = hooks::find(&mut world.state, call, "hook_id")?
        .payload_version
        .clone();
    let owner = catalog::Owner::of_call(call);
    let actions = catalog::actions(&world.state, &owner, &version, resource_name);
    let is_checked = world.faults.is_late;
    let hook = hooks::find(&mut world.state, call, "hook_id")?;
    Ok(match actions {
        None => Err(("resource_name", "is not included in the list")),
        Some(actions) if !actions.iter().any(|action| action == event_type) => {
            Err(("event_type", "is not included in the list"))
        }
        Some(_) if hook.has_trigger(resource_name, event_type) && !is_checked => {
            Err(("event_type", "has already been taken"))
        }
        Some(_) => {
            let (resource_name, event_type) = (resource_name.clone(), event_type.clone());
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

fn read_array<T: DeserializeOwned>(call: &Call<'_>) -> Result<Vec<T>, Refusal> {
    let rows: Vec<T> = call.json()?;
    match rows.len() {
        0 => Err(Refusal::bad("the array is empty")),
        1..=BULK_MAX => Ok(rows),
        many => {
            let why = format!("{many} entries in one call: at most {BULK_MAX}");
            Err(Refusal::violation(StatusCode::PAYLOAD_TOO_LARGE, why))
        }
    }
}
