//! Webhooks v2.0: hooks, triggers, the catalog, and the deliveries that follow from them.

pub(crate) mod catalog;
pub(crate) mod deliveries;
pub(crate) mod events;
pub(crate) mod hooks;
mod outbox;
mod queue;
pub(crate) mod triggers;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::clock::iso;

pub(crate) use outbox::Outbox;
pub(crate) use queue::{Parcel, Queue};

/// A destination for events of one company or one project.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Hook {
    pub id: i64,
    /// The app that made it; only that app sees it.
    pub client_id: String,
    pub company_id: i64,
    /// None for a hook of the company.
    pub project_id: Option<i64>,
    pub active: bool,
    pub payload_version: String,
    pub namespace: String,
    pub destination_url: String,
    pub authorization: Option<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub triggers: Vec<Trigger>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Trigger {
    pub id: i64,
    pub resource_name: String,
    pub event_type: String,
}

/// One event on its way to one hook.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Delivery {
    pub id: i64,
    pub hook_id: i64,
    pub status: DeliveryStatus,
    pub resource_name: String,
    pub event_type: String,
    pub payload: Value,
    pub created_at: DateTime<Utc>,
    pub attempts: Vec<Attempt>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DeliveryStatus {
    Enqueued,
    Retrying,
    Delivered,
    Discarded,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Attempt {
    pub id: i64,
    pub success: bool,
    pub response_status: Option<u16>,
    pub response_body: Option<String>,
    pub started_at: DateTime<Utc>,
    pub completed_at: DateTime<Utc>,
}

impl Hook {
    /// The hook as Procore shows it: string ids, and only the end of the `Authorization` value.
    pub(crate) fn shown(&self, with_count: bool) -> Value {
        let authorization = self.authorization.as_ref().map(|value| {
            let start = value.char_indices().rev().nth(4).map_or(0, |(at, _)| at);
            format!("*****{}", &value[start..])
        });
        let (company_id, project_id) = self.scope();
        let mut shown = json!({
            "id": self.id.to_string(),
            "status": self.status(),
            "payload_version": self.payload_version, "namespace": self.namespace,
            "destination_headers": { "Authorization": authorization },
            "destination_url": self.destination_url,
            "company_id": company_id, "project_id": project_id,
            "created_at": iso(self.created_at), "updated_at": iso(self.updated_at),
            "hook_type": "classic",
        });
        if with_count {
            shown["trigger_count"] = json!(self.triggers.len());
        }
        shown
    }

    /// Its company or its project, as Procore shows them.
    fn scope(&self) -> (Option<String>, Option<String>) {
        match self.project_id {
            Some(id) => (None, Some(id.to_string())),
            None => (Some(self.company_id.to_string()), None),
        }
    }

    pub(crate) fn status(&self) -> &'static str {
        if self.active { "active" } else { "disabled" }
    }

    pub(crate) fn has_trigger(&self, resource_name: &str, event_type: &str) -> bool {
        self.triggers.iter().any(|trigger| {
            trigger.resource_name == resource_name && trigger.event_type == event_type
        })
    }
}

impl Trigger {
    pub(crate) fn shown(&self, hook: &Hook) -> Value {
        let (company_id, project_id) = hook.scope();
        json!({
            "id": self.id.to_string(), "webhook_hook_id": hook.id.to_string(),
            "resource_name": self.resource_name, "event_type": self.event_type,
            "company_id": company_id, "project_id": project_id,
        })
    }
}
