//! Procore's deliveries to a hook, to compare with what arrived.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::error::Error;
use super::event::Event;
use super::lenient::{TextId, list, spelled};
use super::webhooks::{Webhooks, segment};

/// Which deliveries to list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DeliveryFilter {
    /// Procore's filter values: `succeeded`, `failed`, `discarded`, `enqueued`, `retrying`.
    pub status: Option<&'static str>,
    /// First and last day, by Procore's calendar in UTC.
    pub start: Option<NaiveDate>,
    pub end: Option<NaiveDate>,
}

/// An event and the attempts to deliver it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    pub id: String,
    /// Procore's value: `delivered` (the filter says `succeeded`), `failed`, `discarded`,
    /// `enqueued` or `retrying`.
    pub status: String,
    /// The event, where its payload can be read.
    pub event: Option<Event>,
    pub attempts: Vec<Attempt>,
}

/// One attempt at a delivery.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Attempt {
    #[serde(default, deserialize_with = "spelled")]
    pub success: Option<bool>,
    /// The status our endpoint returned.
    #[serde(default, deserialize_with = "spelled")]
    pub response_status: Option<u16>,
    #[serde(default, deserialize_with = "spelled")]
    pub started_at: Option<DateTime<Utc>>,
    #[serde(default, deserialize_with = "spelled")]
    pub completed_at: Option<DateTime<Utc>>,
}

impl Webhooks {
    /// A hook's deliveries, at most `most_pages` pages of a hundred; a longer list is
    /// [`Error::Unexpected`], so narrow it by days.
    pub async fn deliveries(
        &self,
        hook_id: &str,
        filter: DeliveryFilter,
        most_pages: usize,
    ) -> Result<Vec<Delivery>, Error> {
        #[derive(Deserialize)]
        struct Wire {
            id: TextId,
            #[serde(default, deserialize_with = "spelled")]
            status: Option<String>,
            payload: Option<Box<RawValue>>,
            #[serde(default, deserialize_with = "list")]
            delivery_attempts: Vec<Attempt>,
        }
        let query = [
            filter
                .status
                .map(|status| ("filter[status]", status.to_owned())),
            filter.start.map(|day| ("filter[start]", day.to_string())),
            filter.end.map(|day| ("filter[end]", day.to_string())),
        ];
        let path = format!("/hooks/{}/deliveries", segment(hook_id));
        let query = query.into_iter().flatten().collect();
        let deliveries = self.list("list webhook deliveries", &path, query);
        let found: Vec<Wire> = self.api.read_all(deliveries, most_pages).await?;
        let delivery = |wire: Wire| Delivery {
            id: wire.id.0,
            status: wire.status.unwrap_or_default(),
            event: wire.payload.and_then(|body| Event::parse(body.get()).ok()),
            attempts: wire.delivery_attempts,
        };
        Ok(found.into_iter().map(delivery).collect())
    }
}
