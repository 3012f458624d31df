//! Events: what is sent to hooks when something changes in a company or a project.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use super::catalog::Owner;
use super::hooks::dotted;
use super::{Delivery, DeliveryStatus, Hook, catalog};
use crate::world::World;

/// Where event ids begin: beyond 2^53, where a float no longer holds them.
const FIRST_EVENT: i64 = 5_982_324_300_946_918_154;

/// A change that hooks may want to know.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub company_id: i64,
    pub project_id: Option<i64>,
    pub resource_name: String,
    /// `create`, `update` or `delete`.
    pub event_type: String,
    pub resource_id: i64,
    /// The directory user who did it.
    pub user_id: i64,
}

/// Queues the event for every active or paused hook of its scope with a trigger for it; returns
/// how many. A company hook hears nothing of project tools, and nobody of what the catalog lacks.
pub(crate) fn emit(world: &mut World, event: &Event) -> usize {
    let now = world.clock.now();
    let number = world.state.next_id();
    let ulid = ulid(now, number);
    let (resource, kind) = (&event.resource_name, &event.event_type);
    let hears = |hook: &&Hook| {
        let scope = (hook.company_id, hook.project_id) == (event.company_id, event.project_id);
        let offered = || {
            let (owner, version) = (Owner::of_hook(hook), &hook.payload_version);
            catalog::actions(&world.state, &owner, version, resource)
        };
        scope && hook.has_trigger(resource, kind) && offered().is_some_and(|it| it.contains(kind))
    };
    let hooks = world.state.hooks.values().filter(hears);
    let queued: Vec<(i64, Value)> = hooks
        .map(|hook| (hook.id, payload(hook, event, number, &ulid, now)))
        .collect();
    let count = queued.len();
    for (hook_id, payload) in queued {
        let delivery = Delivery {
            id: world.state.next_id(),
            hook_id,
            status: DeliveryStatus::Enqueued,
            resource_name: resource.clone(),
            event_type: kind.clone(),
            payload,
            created_at: now,
            attempts: Vec::new(),
        };
        world.state.outbox.push(delivery);
    }
    count
}

/// The body in the hook's payload version.
fn payload(hook: &Hook, event: &Event, number: i64, ulid: &str, now: DateTime<Utc>) -> Value {
    let timestamp = now.to_rfc3339_opts(SecondsFormat::Micros, true);
    let version = dotted(&hook.payload_version);
    if version == "v4.0" {
        // A new project's first event names no project yet: an empty string, as seen live.
        let is_new_project = event.resource_name == "Projects" && event.event_type == "create";
        let project = match event.resource_name.as_str() {
            "Projects" if !is_new_project => json!(event.resource_id.to_string()),
            "Projects" => json!(""),
            _ => json!(event.project_id.map(|id| id.to_string())),
        };
        return json!({
            "id": ulid, "timestamp": timestamp, "reason": event.event_type,
            "company_id": event.company_id.to_string(), "project_id": project,
            "user_id": event.user_id.to_string(), "resource_type": event.resource_name,
            "resource_id": event.resource_id.to_string(), "payload_version": "v4.0",
        });
    }
    let mut payload = json!({
        "id": FIRST_EVENT + number, "ulid": ulid, "timestamp": timestamp,
        "metadata": {
            "source_user_id": event.user_id, "source_project_id": event.project_id,
            "source_operation_id": null, "source_company_id": event.company_id,
            "source_application_id": null,
        },
        "user_id": event.user_id, "company_id": event.company_id, "project_id": event.project_id,
        "api_version": version, "event_type": event.event_type,
        "resource_name": event.resource_name, "resource_id": event.resource_id,
    });
    if version == "v3.0" {
        payload["related_resources"] = json!([]);
    }
    payload
}

/// A ULID: 48 bits of milliseconds, then 80 bits that here count up instead of being random.
fn ulid(now: DateTime<Utc>, number: i64) -> String {
    const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let bits = (now.timestamp_millis() as u128) << 80 | number as u128;
    let letters = (0..26)
        .rev()
        .map(|place| ALPHABET[(bits >> (place * 5)) as usize % 32] as char);
    letters.collect()
}
