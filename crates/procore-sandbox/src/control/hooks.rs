//! Changes hooks, as another program with the same app would.

use chrono::{DateTime, Utc};
use serde_json::json;

use super::error::CommandResult;
use super::target::Target;
use crate::webhooks::hooks::VERSIONS;
use crate::webhooks::{Hook, Trigger};
use crate::world::State;

/// Makes an active hook with these triggers: resource and event.
pub(super) fn create(
    state: &mut State,
    target: &Target,
    now: DateTime<Utc>,
    namespace: String,
    destination_url: String,
    triggers: Vec<(String, String)>,
) -> CommandResult {
    let (company_id, client_id) = target.resolve(state)?;
    let id = state.next_id();
    let triggers = triggers.into_iter();
    let trigger = |(resource_name, event_type)| Trigger {
        id: state.next_id(),
        resource_name,
        event_type,
    };
    let hook = Hook {
        id,
        client_id,
        company_id,
        active: true,
        payload_version: VERSIONS[2].to_owned(),
        namespace,
        destination_url,
        created_at: now,
        updated_at: now,
        triggers: triggers.map(trigger).collect(),
        ..Hook::default()
    };
    state.hooks.insert(id, hook);
    Ok(json!({ "id": id.to_string() }))
}

/// Disables, enables or deletes the first hook.
pub(super) fn change(state: &mut State, active: Option<bool>, deleted: bool) -> CommandResult {
    let (id, hook) = state.hooks.iter_mut().next().ok_or("there is no hook")?;
    let id = *id;
    hook.active = active.unwrap_or(hook.active);
    if deleted {
        state.hooks.remove(&id);
    }
    Ok(json!({ "id": id.to_string() }))
}

/// Deletes the first trigger of the first hook that has one.
pub(super) fn delete_trigger(state: &mut State) -> CommandResult {
    let mut hooks = state.hooks.values_mut();
    let hook = hooks.find(|hook| !hook.triggers.is_empty());
    let hook = hook.ok_or("no hook has a trigger")?;
    let gone = hook.triggers.remove(0);
    Ok(json!({ "id": gone.id.to_string() }))
}
