//! Changes hooks, as another program with the same app would.

use chrono::{DateTime, Utc};
use serde_json::json;

use super::error::CommandResult;
use crate::webhooks::hooks::VERSIONS;
use crate::webhooks::{Hook, Trigger};
use crate::world::State;

impl Hook {
    /// An active hook without triggers, of a company or a project.
    pub(super) fn made(
        (company_id, client_id): (i64, String),
        project_id: Option<i64>,
        namespace: String,
        destination_url: String,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            client_id,
            company_id,
            project_id,
            active: true,
            payload_version: VERSIONS[2].to_owned(),
            namespace,
            destination_url,
            created_at: now,
            updated_at: now,
            ..Self::default()
        }
    }
}

/// Adds a hook with these triggers: resource and event.
pub(super) fn create(
    state: &mut State,
    mut hook: Hook,
    triggers: Vec<(String, String)>,
) -> CommandResult {
    hook.id = state.next_id();
    let triggers = triggers.into_iter();
    let trigger = |(resource_name, event_type)| Trigger {
        id: state.next_id(),
        resource_name,
        event_type,
    };
    hook.triggers = triggers.map(trigger).collect();
    let id = hook.id;
    state.hooks.insert(id, hook);
    Ok(json!({ "id": id.to_string() }))
}

/// Disables, enables or deletes the first hook, or the first of a project.
pub(super) fn change(
    state: &mut State,
    project_id: Option<i64>,
    active: Option<bool>,
    deleted: bool,
) -> CommandResult {
    let mut hooks = state.hooks.iter_mut();
    let first = hooks.find(|(_, hook)| project_id.is_none() || hook.project_id == project_id);
    let (id, hook) = first.ok_or("there is no hook")?;
    let id = *id;
    hook.active = active.unwrap_or(hook.active);
    if deleted {
        state.hooks.remove(&id);
    }
    Ok(json!({ "id": id.to_string() }))
}

/// Deletes the first trigger of the first hook that has one.
pub(super) fn delete_trigger(state: &mut State, project_id: Option<i64>) -> CommandResult {
    let mut hooks = state.hooks.values_mut();
    let hook = hooks.find(|hook| {
        !hook.triggers.is_empty() && (project_id.is_none() || hook.project_id == project_id)
    });
    let hook = hook.ok_or("no hook has a trigger")?;
    let gone = hook.triggers.remove(0);
    Ok(json!({ "id": gone.id.to_string() }))
}
