//! Procore's webhooks, version 2.0: hooks, their triggers, and the catalog of events.
//!
//! A hook is a destination in a scope (the company, or one project); its triggers say which
//! events it delivers. Company hooks never deliver events of project tools.

use chrono::{DateTime, Utc};
use reqwest::Method;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use url::Url;

use super::call::Call;
use super::client::CompanyApi;
use super::error::Error;
use super::event::EventType;
use super::lenient::{TextId, list, object, spelled};
use super::page_cursor::PageCursor;
use super::pages::ListRequest;
use super::transport::Reply;

mod bulk;

pub use bulk::{BulkCreated, BulkDeleted};

/// The payload version of our hooks, the one that Procore recommends. Events of older ones are read as
/// well, as long as a hook moves.
pub(crate) const PAYLOAD_VERSION: &str = "v4.0";

/// The largest page of a v2 list.
pub(super) const PER_PAGE: u32 = 100;

/// Far more pages than any list here has.
const MOST_PAGES: usize = 50;

/// A destination for events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hook {
    pub id: String,
    pub status: HookStatus,
    /// As Procore writes it: `v4.0`, or `v4`.
    pub payload_version: String,
    pub namespace: String,
    pub destination_url: String,
    /// The `Authorization` value with all but its last five characters masked.
    pub authorization_mask: Option<String>,
    pub project_id: Option<String>,
    pub created_at: Option<DateTime<Utc>>,
}

impl Hook {
    /// Whether its payloads have our version, in either spelling: `v4.0` or `v4`. One that is not told
    /// counts.
    pub fn has_our_payload(&self) -> bool {
        let short = |version: &str| version.trim_end_matches(".0").to_ascii_lowercase();
        let told = short(&self.payload_version);
        told.is_empty() || told == short(PAYLOAD_VERSION)
    }

    /// Whether the masked `Authorization` value can be this one, judged by its last five
    /// characters; `None` if Procore shows no mask.
    pub fn may_carry(&self, authorization: &SecretString) -> Option<bool> {
        let mask = self.authorization_mask.as_deref()?;
        let shown = mask.trim_start_matches('*');
        Some(!shown.is_empty() && authorization.expose_secret().ends_with(shown))
    }
}

/// Whether a hook delivers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HookStatus {
    Active,
    /// Delivery is paused.
    Disabled,
    Other(String),
}

/// A hook to create.
#[derive(Debug, Clone)]
pub struct NewHook {
    /// `a-z`, `0-9` and `-`.
    pub namespace: String,
    pub destination_url: Url,
    /// Sent back verbatim in the `Authorization` header of every delivery; it is the only proof
    /// that a delivery is Procore's, and cannot be read back.
    pub authorization: SecretString,
}

/// Changes to a hook; `None` leaves a value unchanged.
#[derive(Debug, Clone, Default)]
pub struct HookChange {
    pub destination_url: Option<Url>,
    pub authorization: Option<SecretString>,
    /// `Some(true)` resumes delivery, `Some(false)` pauses it.
    pub active: Option<bool>,
}

/// An event that a hook delivers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trigger {
    pub id: String,
    pub resource: String,
    pub event: EventType,
}

/// A trigger to create.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TriggerSpec {
    /// As the catalog writes it; Procore is case-sensitive.
    pub resource: String,
    pub event: EventType,
}

impl Trigger {
    /// Whether this trigger matches `spec`, ignoring case.
    pub fn is(&self, spec: &TriggerSpec) -> bool {
        self.event == spec.event && self.resource.eq_ignore_ascii_case(&spec.resource)
    }
}

/// A resource whose events can be delivered in this scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogEntry {
    pub resource: String,
    pub tool: Option<String>,
    pub category: Option<String>,
    pub events: Vec<EventType>,
}

/// The webhooks of one scope.
#[derive(Clone)]
pub struct Webhooks {
    pub(super) api: CompanyApi,
    base: String,
}

impl CompanyApi {
    /// The company's own webhooks.
    pub fn webhooks(&self) -> Webhooks {
        let base = format!("/rest/v2.0/companies/{}/webhooks", self.company_id());
        Webhooks {
            api: self.clone(),
            base,
        }
    }

    /// The webhooks of one of its projects.
    pub fn project_webhooks(&self, project_id: i64) -> Webhooks {
        let company = self.company_id();
        let base = format!("/rest/v2.0/companies/{company}/projects/{project_id}/webhooks");
        Webhooks {
            api: self.clone(),
            base,
        }
    }
}

impl Webhooks {
    /// All hooks of a namespace in this scope.
    pub async fn hooks(&self, namespace: &str) -> Result<Vec<Hook>, Error> {
        let query = vec![("namespace", namespace.to_owned())];
        let found: Vec<WireHook> = self.all("list webhooks", "/hooks", query).await?;
        Ok(found.into_iter().map(Hook::from).collect())
    }

    /// Creates a hook. It delivers nothing before it has triggers.
    ///
    /// Procore does not say whether it refuses a second hook of the same namespace, so list first;
    /// after [`Error::Conflict`] or [`Error::Validation`], list again.
    pub async fn create_hook(&self, hook: &NewHook) -> Result<Hook, Error> {
        let body = json!({
            "payload_version": PAYLOAD_VERSION,
            "namespace": hook.namespace,
            "destination_url": hook.destination_url,
            "destination_headers": {"Authorization": hook.authorization.expose_secret()},
        });
        let call = self
            .call("create a webhook", Method::POST, "/hooks")
            .json(body)
            .hiding(Some(&hook.authorization));
        self.data::<WireHook>(&self.api.send(&call).await?)
            .map(Hook::from)
    }

    /// Changes a hook's destination, its `Authorization` value or whether it delivers.
    pub async fn update_hook(&self, hook_id: &str, change: &HookChange) -> Result<(), Error> {
        let mut body = Map::new();
        if let Some(url) = &change.destination_url {
            body.insert("destination_url".into(), json!(url));
        }
        if let Some(value) = &change.authorization {
            let headers = json!({"Authorization": value.expose_secret()});
            body.insert("destination_headers".into(), headers);
        }
        if let Some(active) = change.active {
            let status = if active { "active" } else { "disabled" };
            body.insert("status".into(), json!(status));
        }
        let path = format!("/hooks/{}", segment(hook_id));
        let call = self
            .call("change a webhook", Method::PATCH, &path)
            .json(Value::Object(body))
            .hiding(change.authorization.as_ref());
        let reply = self.api.send(&call).await?;
        reply.confirm_change(&self.api.secrets())
    }

    /// Deletes a hook with its triggers. One that is gone already is [`Error::NotVisible`].
    pub async fn delete_hook(&self, hook_id: &str) -> Result<(), Error> {
        let path = format!("/hooks/{}", segment(hook_id));
        let call = self.call("delete a webhook", Method::DELETE, &path);
        let reply = self.api.send(&call).await?;
        reply.confirm_change(&self.api.secrets())
    }

    /// All triggers of a hook.
    pub async fn triggers(&self, hook_id: &str) -> Result<Vec<Trigger>, Error> {
        let path = format!("/hooks/{}/triggers", segment(hook_id));
        let found: Vec<WireTrigger> = self.all("list webhook triggers", &path, Vec::new()).await?;
        Ok(found.into_iter().map(Trigger::from).collect())
    }

    /// The events available in this scope, in our payload version. Read it each time: names and
    /// events differ between companies and change.
    pub async fn catalog(&self) -> Result<Vec<CatalogEntry>, Error> {
        #[derive(Deserialize)]
        struct Resource {
            name: String,
            #[serde(default, deserialize_with = "spelled")]
            tool: Option<String>,
            #[serde(default, deserialize_with = "spelled")]
            category: Option<String>,
            #[serde(default, deserialize_with = "list")]
            actions: Vec<EventType>,
        }
        let query = vec![("payload_version", PAYLOAD_VERSION.to_owned())];
        let found: Vec<Resource> = self
            .all("read the webhook catalog", "/resources", query)
            .await?;
        let entry = |resource: Resource| CatalogEntry {
            resource: resource.name,
            tool: resource.tool,
            category: resource.category,
            events: resource.actions,
        };
        Ok(found.into_iter().map(entry).collect())
    }

    pub(super) fn call(&self, action: &'static str, method: Method, path: &str) -> Call {
        Call::new(action, method, format!("{}{path}", self.base))
    }

    pub(super) fn list(
        &self,
        action: &'static str,
        path: &str,
        query: Vec<(&'static str, String)>,
    ) -> ListRequest {
        ListRequest {
            action,
            path: format!("{}{path}", self.base),
            query,
            page: PageCursor::first(),
            per_page: Some(PER_PAGE),
            grouped_in: None,
        }
    }

    async fn all<T: DeserializeOwned>(
        &self,
        action: &'static str,
        path: &str,
        query: Vec<(&'static str, String)>,
    ) -> Result<Vec<T>, Error> {
        self.api
            .read_all(self.list(action, path, query), MOST_PAGES)
            .await
    }

    /// Unwraps the envelope of v2 replies.
    pub(super) fn data<T: DeserializeOwned>(&self, reply: &Reply) -> Result<T, Error> {
        #[derive(Deserialize)]
        struct Envelope<T> {
            data: T,
        }
        Ok(reply.json::<Envelope<T>>(&self.api.secrets())?.data)
    }
}

/// An id of Procore's as one part of a path, with any characters.
pub(super) fn segment(id: &str) -> String {
    url::form_urlencoded::byte_serialize(id.as_bytes()).collect()
}

#[derive(Deserialize)]
struct WireHook {
    id: TextId,
    #[serde(default, deserialize_with = "spelled")]
    status: Option<String>,
    #[serde(default, deserialize_with = "spelled")]
    payload_version: Option<String>,
    #[serde(default, deserialize_with = "spelled")]
    namespace: Option<String>,
    #[serde(default, deserialize_with = "spelled")]
    destination_url: Option<String>,
    #[serde(default, deserialize_with = "object")]
    destination_headers: Option<WireHeaders>,
    #[serde(default, deserialize_with = "spelled")]
    project_id: Option<String>,
    #[serde(default, deserialize_with = "spelled")]
    created_at: Option<DateTime<Utc>>,
}

#[derive(Deserialize)]
struct WireHeaders {
    #[serde(rename = "Authorization", default, deserialize_with = "spelled")]
    authorization: Option<String>,
}

impl From<WireHook> for Hook {
    fn from(wire: WireHook) -> Self {
        Self {
            id: wire.id.0,
            status: match wire.status.as_deref() {
                Some("active") | None => HookStatus::Active,
                Some("disabled") => HookStatus::Disabled,
                Some(other) => HookStatus::Other(other.to_owned()),
            },
            payload_version: wire.payload_version.unwrap_or_default(),
            namespace: wire.namespace.unwrap_or_default(),
            destination_url: wire.destination_url.unwrap_or_default(),
            authorization_mask: wire.destination_headers.and_then(|it| it.authorization),
            project_id: wire.project_id,
            created_at: wire.created_at,
        }
    }
}

#[derive(Deserialize)]
struct WireTrigger {
    id: TextId,
    resource_name: String,
    event_type: EventType,
}

impl From<WireTrigger> for Trigger {
    fn from(wire: WireTrigger) -> Self {
        Self {
            id: wire.id.0,
            resource: wire.resource_name,
            event: wire.event_type,
        }
    }
}
