//! The delivery log of a hook as its owner reads it.

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::{Delivery, DeliveryStatus, hooks};
use crate::answer::{Answer, Answered, Refusal};
use crate::call::Call;
use crate::clock::iso;
use crate::rest::pages;
use crate::world::World;

/// The filters that the log knows.
pub(crate) const QUERY: &[&str] = &[
    "filter[status]",
    "filter[resource_name]",
    "filter[event_type]",
    "filter[start]",
    "filter[end]",
];
const STATUSES: [&str; 5] = ["succeeded", "failed", "discarded", "enqueued", "retrying"];

pub(crate) fn list(world: &mut World, call: &Call<'_>) -> Answered {
    let hook_id = hooks::find(&mut world.state, call, "hook_id")?.id;
    let query = |name: &str| call.request.query(name);
    let day = |name: &str| {
        let parsed = query(name).map(str::parse::<NaiveDate>).transpose();
        parsed.map_err(|_| Refusal::bad(format!("{name} must be yyyy-mm-dd")))
    };
    let [status, resource, event] = [
        "filter[status]",
        "filter[resource_name]",
        "filter[event_type]",
    ]
    .map(query);
    if let Some(other) = status.filter(|status| !STATUSES.contains(status)) {
        return Err(Refusal::bad(format!("filter[status] cannot be {other}")));
    }
    let (start, end) = (day("filter[start]")?, day("filter[end]")?);
    let fits = |delivery: &&Delivery| {
        let created = delivery.created_at.date_naive();
        delivery.hook_id == hook_id
            && status.is_none_or(|status| delivery.is(status))
            && resource.is_none_or(|name| delivery.resource_name == name)
            && event.is_none_or(|name| delivery.event_type == name)
            && start.is_none_or(|day| created >= day)
            && end.is_none_or(|day| created <= day)
    };
    let all = world.state.outbox.all();
    let rows: Vec<Value> = all
        .into_iter()
        .rev()
        .filter(fits)
        .map(Delivery::shown)
        .collect();
    Ok(pages::page_of(world, call, &rows, Answer::found))
}

impl Delivery {
    /// The filter says `succeeded` where the field says `delivered`; a retried one has failed.
    fn is(&self, filter: &str) -> bool {
        match self.status {
            DeliveryStatus::Delivered => filter == "succeeded",
            DeliveryStatus::Discarded => filter == "discarded",
            DeliveryStatus::Enqueued => filter == "enqueued",
            DeliveryStatus::Retrying => filter == "retrying" || filter == "failed",
        }
    }

    fn shown(&self) -> Value {
        let attempts = self.attempts.iter().map(|attempt| {
            json!({
                "id": attempt.id.to_string(), "success": attempt.success,
                "response_status": attempt.response_status,
                "response_body": attempt.response_body, "response_headers": {},
                "started_at": iso(attempt.started_at), "completed_at": iso(attempt.completed_at),
            })
        });
        json!({
            "id": self.id.to_string(), "status": self.status, "payload": self.payload,
            "delivery_attempts": attempts.collect::<Vec<_>>(),
        })
    }
}
