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

impl Delivery {
    /// When it was first tried: what it announces is older.
    pub fn first_tried_at(&self) -> Option<DateTime<Utc>> {
        let times = self.attempts.iter();
        times
            .filter_map(|it| it.started_at.or(it.completed_at))
            .min()
    }

    /// When it was last tried.
    pub fn last_tried_at(&self) -> Option<DateTime<Utc>> {
        let times = self.attempts.iter();
        times
            .filter_map(|it| it.completed_at.or(it.started_at))
            .max()
    }

    /// When what it announces came about, as near as it tells. What waited behind a delivery that failed may
    /// never have been tried.
    pub fn came_about_at(&self) -> Option<DateTime<Utc>> {
        let event = self.event.as_ref();
        event
            .and_then(|it| it.timestamp)
            .or_else(|| self.first_tried_at())
    }
}

/// The deliveries of a list, or the first pages of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Deliveries {
    pub listed: Vec<Delivery>,
    /// Whether all of them came: there may be more otherwise.
    pub is_whole: bool,
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
    /// A hook's deliveries, at most `most_pages` pages of a hundred.
    pub async fn deliveries(
        &self,
        hook_id: &str,
        filter: DeliveryFilter,
        most_pages: usize,
    ) -> Result<Deliveries, Error> {
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
        let found = self.api.beginning::<Wire>(deliveries, most_pages).await?;
        let is_whole = found.gap.is_none() && !found.has_more;
        let delivery = |wire: Wire| Delivery {
            id: wire.id.0,
            status: wire.status.unwrap_or_default(),
            event: wire.payload.and_then(|body| Event::parse(body.get()).ok()),
            attempts: wire.delivery_attempts,
        };
        Ok(Deliveries {
            listed: found.rows.into_iter().map(delivery).collect(),
            is_whole,
        })
    }
}
