//! The delivery log of a hook as its owner reads it.

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::{Delivery, DeliveryStatus, hooks};
use crate::answer::Answer;
use crate::call::Call;
use crate::clock::iso;
use crate::guard::Refusal;
use crate::rest::pages;
use crate::routes::Answered;
use crate::world::World;

pub fn list(world: &mut World, call: &Call<'_>) -> Answered {
    let hook_id = hooks::find(world, call, "hook_id")?.id;
    let query = |name: &str| call.request.query(name);
    let status = query("filter[status]");
    if let Some(other) = status.filter(|status| !STATUSES.contains(status)) {
        return Err(wrong(call, &format!("filter[status] cannot be {other}")));
    }
    let (start, end) = (day(call, "filter[start]")?, day(call, "filter[end]")?);
    let rows: Vec<Value> = world
        .state
        .outbox
        .all()
        .into_iter()
        .rev()
        .filter(|delivery| delivery.hook_id == hook_id)
        .filter(|delivery| status.is_none_or(|status| delivery.is(status)))
        .filter(|delivery| {
            query("filter[resource_name]").is_none_or(|name| delivery.resource_name == name)
        })
        .filter(|delivery| {
            query("filter[event_type]").is_none_or(|name| delivery.event_type == name)
        })
        .filter(|delivery| start.is_none_or(|day| delivery.created_at.date_naive() >= day))
        .filter(|delivery| end.is_none_or(|day| delivery.created_at.date_naive() <= day))
        .map(Delivery::shown)
        .collect();
    Ok(pages::page_of(world, call, &rows, Answer::found))
}

const STATUSES: [&str; 5] = ["succeeded", "failed", "discarded", "enqueued", "retrying"];

fn day(call: &Call<'_>, name: &str) -> Result<Option<NaiveDate>, Option<Refusal>> {
    let Some(text) = call.request.query(name) else {
        return Ok(None);
    };
    text.parse()
        .map(Some)
        .map_err(|_| wrong(call, &format!("{name} must be yyyy-mm-dd")))
}

fn wrong(call: &Call<'_>, why: &str) -> Option<Refusal> {
    Some(Refusal {
        why: why.to_owned(),
        answer: call.wrong(why),
    })
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
        let status = match self.status {
            DeliveryStatus::Delivered => "delivered",
            DeliveryStatus::Discarded => "discarded",
            DeliveryStatus::Enqueued => "enqueued",
            DeliveryStatus::Retrying => "retrying",
        };
        let attempts = self.attempts.iter().map(|attempt| {
            json!({
                "id": attempt.id.to_string(), "success": attempt.success,
                "response_status": attempt.response_status,
                "response_body": attempt.response_body, "response_headers": {},
                "started_at": iso(attempt.started_at), "completed_at": iso(attempt.completed_at),
            })
        });
        json!({
            "id": self.id.to_string(), "status": status, "payload": self.payload,
            "delivery_attempts": attempts.collect::<Vec<_>>(),
        })
    }
}
