//! Edits records, as a person in Procore would.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::error::CommandResult;
use super::target::Target;
use crate::data::{Dataset, Filter};
use crate::webhooks::events::{self, Event};
use crate::world::World;

/// The directory user in whose name people edit on the control page.
pub(super) const PERSON: i64 = 160_000;

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Action {
    Create,
    Update,
    Activate,
    Deactivate,
    Delete,
}

/// Creates, changes or deletes a record and lets webhooks know.
pub(super) fn change(
    world: &mut World,
    target: &Target,
    dataset: Dataset,
    action: Action,
    id: Option<i64>,
    mut fields: Map<String, Value>,
) -> CommandResult {
    let now = world.clock.now();
    let (company_id, company) = target.company(&mut world.state)?;
    let records = &mut company.records;
    let first = records.rows(dataset, &Filter::default()).next();
    let known = id
        .or(first.map(|row| row.id))
        .ok_or("there are no such records");
    let active = match action {
        Action::Activate => Some(true),
        Action::Deactivate => Some(false),
        Action::Create | Action::Update | Action::Delete => None,
    };
    let shown = match dataset {
        Dataset::Projects => Some("active"),
        Dataset::Users | Dataset::Vendors => Some("is_active"),
        _ => None,
    };
    fields.extend(
        shown
            .zip(active)
            .map(|(name, active)| (name.to_owned(), json!(active))),
    );
    let (id, event_type) = match action {
        Action::Create => (records.create(dataset, fields, now), "create"),
        Action::Update | Action::Activate | Action::Deactivate => {
            let edit = records.edit(dataset, known?, now)?;
            edit.fields.extend(fields);
            edit.active = active.or(edit.active);
            (known?, "update")
        }
        Action::Delete => {
            records.edit(dataset, known?, now)?.deleted = true;
            (known?, "delete")
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
