//! What tests and people look at: violations, requests, deliveries, the whole state.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde_json::{Map, Value, json};

use super::{Done, apps};
use crate::clock::iso;
use crate::data::{Dataset, Filter};
use crate::dispatch;
use crate::server::Shared;
use crate::webhooks::Hook;
use crate::world::World;

type Room = State<Arc<Shared>>;

/// `[{at, method, path, why}]`: every request that broke the facts.
pub async fn violations(State(shared): Room) -> Json<Value> {
    Json(shared.with_world(|world| json!(world.ledger.violations)))
}

/// How often each path was asked, and the latest requests.
pub async fn requests(State(shared): Room) -> Json<Value> {
    Json(
        shared.with_world(
            |world| json!({ "counts": world.ledger.counts(), "latest": world.ledger.log }),
        ),
    )
}

/// Every delivery that is remembered, oldest first.
pub async fn deliveries(State(shared): Room) -> Json<Value> {
    Json(shared.with_world(|world| json!(world.state.outbox.all())))
}

/// Answers once everything that can be delivered now has been tried, with every delivery.
pub async fn settled(State(shared): Room) -> Json<Value> {
    loop {
        let ended = shared.delivered.notified();
        tokio::pin!(ended);
        // From here on no end is missed, also not one before the wait below.
        ended.as_mut().enable();
        let deliveries = shared.with_dispatch(|world, dispatch| {
            dispatch::is_settled(world, dispatch).then(|| json!(world.state.outbox.all()))
        });
        match deliveries {
            Some(deliveries) => return Json(deliveries),
            None => ended.await,
        }
    }
}

/// All that an onboarding leaves behind: hooks with their triggers, apps, companies, requests.
pub async fn state(State(shared): Room) -> Json<Value> {
    Json(shared.with_world(|world| {
        let hooks = world.state.hooks.values().map(hook);
        let companies = world.state.companies.iter();
        let companies = companies.map(|(id, company)| {
            let records = Dataset::ALL.map(|dataset| {
                let count = company.records.rows(dataset, &Filter::default()).count();
                (dataset.name().to_owned(), json!(count))
            });
            let records: Map<String, Value> = records.into_iter().collect();
            json!({ "id": id, "name": company.name, "records": records })
        });
        json!({
            "now": iso(world.clock.now()),
            "hooks": hooks.collect::<Vec<_>>(),
            "companies": companies.collect::<Vec<_>>(),
            "clients": apps::shown(world),
            "requests": world.ledger.counts(),
            "most_at_once": world.ledger.most_at_once,
            "violations": world.ledger.violations.len(),
        })
    }))
}

/// A hook with what its owner cannot read back: the whole `Authorization` value.
fn hook(hook: &Hook) -> Value {
    let mut triggers: Vec<[&str; 2]> = hook
        .triggers
        .iter()
        .map(|trigger| [trigger.resource_name.as_str(), trigger.event_type.as_str()])
        .collect();
    triggers.sort_unstable();
    json!({
        "id": hook.id.to_string(), "client_id": hook.client_id, "company_id": hook.company_id,
        "project_id": hook.project_id, "status": if hook.active { "active" } else { "disabled" },
        "payload_version": hook.payload_version, "namespace": hook.namespace,
        "destination_url": hook.destination_url, "authorization": hook.authorization,
        "triggers": triggers,
    })
}

pub fn reset_violations(world: &mut World) -> Done {
    world.ledger.violations.clear();
    Ok(json!({}))
}

pub fn reset_requests(world: &mut World) -> Done {
    world.ledger.reset_counts();
    Ok(json!({}))
}
