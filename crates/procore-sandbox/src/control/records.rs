//! Commands that edit records, as a person in Procore would, and those about events.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Done, Whose};
use crate::data::{Dataset, Filter};
use crate::dispatch::Dispatch;
use crate::webhooks::DeliveryStatus;
use crate::webhooks::events::{self, Event};
use crate::world::World;

/// The directory user in whose name people edit on the control page.
const PERSON: i64 = 160_000;

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Action {
    Create,
    Update,
    Activate,
    Deactivate,
    Delete,
}

#[derive(Deserialize)]
pub struct Change {
    #[serde(flatten)]
    whose: Whose,
    dataset: Dataset,
    action: Action,
    /// The record; the first of the data set when left out.
    id: Option<i64>,
    #[serde(default)]
    fields: Map<String, Value>,
    /// Short for `fields: {"name": …}`.
    name: Option<String>,
}

/// Creates, changes or deletes a record and lets webhooks know.
pub fn change(world: &mut World, it: Change) -> Done {
    let (now, dataset) = (world.clock.now(), it.dataset);
    let company_id = it.whose.company_id(world)?;
    let records = &mut it.whose.company_mut(world)?.records;
    let mut fields = it.fields;
    fields.extend(it.name.map(|name| ("name".to_owned(), json!(name))));
    let id = match (it.id, &it.action) {
        (_, Action::Create) => records.create(dataset, fields.clone(), now),
        (Some(id), _) => id,
        (None, _) => {
            let filter = Filter::default();
            let first = records.rows(dataset, &filter).next();
            first.map(|row| row.id).ok_or("there are no such records")?
        }
    };
    let event_type = match it.action {
        Action::Create => "create",
        Action::Update => {
            records.update(dataset, id, fields, None, now)?;
            "update"
        }
        Action::Activate | Action::Deactivate => {
            let active = matches!(it.action, Action::Activate);
            let shown = if dataset == Dataset::Projects {
                "active"
            } else {
                "is_active"
            };
            if matches!(
                dataset,
                Dataset::Projects | Dataset::Users | Dataset::Vendors
            ) {
                fields.insert(shown.to_owned(), json!(active));
            }
            records.update(dataset, id, fields, Some(active), now)?;
            "update"
        }
        Action::Delete => {
            records.delete(dataset, id, now)?;
            "delete"
        }
    };
    let event = Event {
        company_id,
        project_id: None,
        resource_name: dataset.resource().to_owned(),
        event_type: event_type.to_owned(),
        resource_id: id,
        user_id: PERSON,
    };
    let queued = events::emit(world, &event);
    Ok(json!({ "id": id, "dataset": dataset.name(), "deliveries": queued }))
}

#[derive(Deserialize)]
pub struct SendEvent {
    #[serde(flatten)]
    whose: Whose,
    project_id: Option<i64>,
    resource_name: String,
    event_type: String,
    resource_id: i64,
    times: Option<u32>,
}

/// Tells hooks of a change that the simulator has no records for, any number of times.
pub fn event(world: &mut World, it: SendEvent) -> Done {
    let event = Event {
        company_id: it.whose.company_id(world)?,
        project_id: it.project_id,
        resource_name: it.resource_name,
        event_type: it.event_type,
        resource_id: it.resource_id,
        user_id: PERSON,
    };
    let queued: usize = (0..it.times.unwrap_or(1))
        .map(|_| events::emit(world, &event))
        .sum();
    Ok(json!({ "deliveries": queued }))
}

/// Keeps deliveries back until they are released.
pub fn hold(dispatch: &mut Dispatch) -> Done {
    dispatch.held = true;
    Ok(json!({}))
}

#[derive(Deserialize)]
pub struct Release {
    /// Send what waits in the wrong order.
    #[serde(default)]
    reverse: bool,
}

pub fn release(dispatch: &mut Dispatch, it: Release) -> Done {
    dispatch.held = false;
    dispatch.reversed = it.reverse;
    Ok(json!({}))
}

/// Sends the latest delivered event once more, unchanged.
pub fn duplicate(world: &mut World) -> Done {
    let last = world.state.outbox.last_delivered().cloned();
    let mut copy = last.ok_or("nothing was delivered yet")?;
    copy.id = world.state.next_id();
    copy.status = DeliveryStatus::Enqueued;
    copy.attempts.clear();
    copy.created_at = world.clock.now();
    world.state.outbox.push(copy);
    Ok(json!({}))
}
