//! A webhook delivery: the ids of something that changed.
//!
//! Payload versions 2.0, 3.0 and 4.0 name the same facts differently. Any field may be null, ids
//! come as numbers beyond 2^53 or as strings, and a project that was just created arrives with an
//! empty project id; all of that is read, and nothing is guessed.

use std::borrow::{Borrow, Cow};
use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::lenient::{self, Spelled};

/// One change in Procore. Everything except the id may be unknown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Identifies a repeated delivery: the `ulid` of versions 2.0 and 3.0, the `id` of 4.0.
    pub id: String,
    pub version: Version,
    /// The resource's name as Procore writes it: "Company Vendors".
    pub resource: Option<String>,
    pub event_type: Option<EventType>,
    pub resource_id: Option<i64>,
    pub company_id: Option<i64>,
    pub project_id: Option<i64>,
    pub user_id: Option<i64>,
    pub timestamp: Option<DateTime<Utc>>,
    /// The client id of the app whose call caused the event (versions 2.0 and 3.0).
    pub source_application_id: Option<String>,
}

/// The shape of a payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    V2,
    V3,
    V4,
}

/// What happened to a resource. Version 4.0 leaves the set open.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum EventType {
    Create,
    Update,
    Delete,
    /// Anything else, in lower case.
    Other(String),
}

/// A body that is no event: no JSON object, or one without an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the body is no JSON object with an id")]
pub struct NoEvent;

impl EventType {
    /// The value used in requests: `create`.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::Other(other) => other,
        }
    }
}

impl From<&str> for EventType {
    /// Reads every spelling seen: `create`, `CREATE`, `CREATED`.
    fn from(text: &str) -> Self {
        let lower = text.trim().to_lowercase();
        match lower.as_str() {
            "create" | "created" => Self::Create,
            "update" | "updated" => Self::Update,
            "delete" | "deleted" => Self::Delete,
            _ => Self::Other(lower),
        }
    }
}

impl From<String> for EventType {
    fn from(text: String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<EventType> for String {
    fn from(event_type: EventType) -> Self {
        event_type.as_str().to_owned()
    }
}

impl fmt::Display for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Event {
    /// The id of an event that was delivered, and when it happened: all that is needed to store it.
    pub(crate) fn id_and_time(json: &str) -> Result<(String, Option<DateTime<Utc>>), NoEvent> {
        let fields = fields(json)?;
        Ok((id(&fields)?, field(&fields, "timestamp")))
    }

    /// Reads an event that was delivered.
    pub fn parse(json: &str) -> Result<Self, NoEvent> {
        let fields = fields(json)?;
        let version = if fields.contains_key("resource_type") {
            Version::V4
        } else if fields.contains_key("related_resources") {
            Version::V3
        } else {
            Version::V2
        };
        let (resource, event_type) = match version {
            Version::V2 | Version::V3 => ("resource_name", "event_type"),
            Version::V4 => ("resource_type", "reason"),
        };
        let metadata: Option<Fields<'_>> = fields
            .get("metadata")
            .and_then(|json| serde_json::from_str(json.get()).ok());
        let source = |name| field(metadata.as_ref()?, name);
        Ok(Self {
            id: id(&fields)?,
            version,
            resource: field(&fields, resource),
            event_type: field::<String>(&fields, event_type).map(EventType::from),
            resource_id: field(&fields, "resource_id"),
            company_id: field(&fields, "company_id"),
            project_id: field(&fields, "project_id"),
            user_id: field(&fields, "user_id"),
            timestamp: field(&fields, "timestamp"),
            source_application_id: source("source_application_id"),
        })
    }
}

type Fields<'a> = BTreeMap<Name<'a>, &'a RawValue>;

/// The name of a field, borrowed where it has no escapes.
#[derive(PartialEq, Eq, PartialOrd, Ord, Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

impl Borrow<str> for Name<'_> {
    fn borrow(&self) -> &str {
        &self.0
    }
}

fn fields(json: &str) -> Result<Fields<'_>, NoEvent> {
    serde_json::from_str(json).map_err(|_| NoEvent)
}

/// What an event is known by.
fn id(fields: &Fields<'_>) -> Result<String, NoEvent> {
    let id = field(fields, "ulid").or_else(|| field(fields, "id"));
    id.ok_or(NoEvent)
}

fn field<T: Spelled>(fields: &Fields<'_>, name: &str) -> Option<T> {
    lenient::value(fields.get(name)?.get())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    const V2: &str = r#"{"id":5982324300946918154,"ulid":"01JMYXMZRBVKK0PC6XS8SA4QRE",
        "timestamp":"2026-02-06T23:34:12.246562Z",
        "metadata":{"source_user_id":987,"source_project_id":null,"source_application_id":"abc"},
        "user_id":987,"company_id":135,"project_id":null,"api_version":"v2.0",
        "event_type":"update","resource_name":"Company Vendors","resource_id":5982324300946918154}"#;

    #[test]
    fn version_2_is_read_with_ids_beyond_the_safe_integers() {
        let event = Event::parse(V2).unwrap();
        assert_eq!(event.version, Version::V2);
        assert_eq!(event.id, "01JMYXMZRBVKK0PC6XS8SA4QRE");
        assert_eq!(event.resource.as_deref(), Some("Company Vendors"));
        assert_eq!(event.event_type, Some(EventType::Update));
        assert_eq!(event.resource_id, Some(5_982_324_300_946_918_154));
        assert_eq!(
            (event.company_id, event.project_id, event.user_id),
            (Some(135), None, Some(987))
        );
        assert_eq!(event.source_application_id.as_deref(), Some("abc"));
        assert_eq!(
            event.timestamp.unwrap().to_rfc3339(),
            "2026-02-06T23:34:12.246562+00:00"
        );
    }

    #[test]
    fn version_3_is_told_by_its_related_resources_and_an_id_serves_without_a_ulid() {
        let body = r#"{"id":5982324300946918154,"resource_name":"RFIs","event_type":"CREATED","related_resources":[]}"#;
        let event = Event::parse(body).unwrap();
        assert_eq!(event.version, Version::V3);
        assert_eq!(event.id, "5982324300946918154");
        assert_eq!(event.event_type, Some(EventType::Create));
    }

    #[test]
    fn version_4_is_read_with_its_empty_project_id() {
        let body = r#"{"id":"01JMYXMZRBVKK0PC6XS8SA4QRE","timestamp":"2026-02-25T16:04:43.619085Z",
            "reason":"recycled","company_id":"8","project_id":"","user_id":"5447",
            "resource_type":"Projects","resource_id":"562949953421312","payload_version":"v4.0"}"#;
        let event = Event::parse(body).unwrap();
        assert_eq!(event.version, Version::V4);
        assert_eq!(event.event_type, Some(EventType::Other("recycled".into())));
        assert_eq!(event.resource.as_deref(), Some("Projects"));
        assert_eq!(event.resource_id, Some(562_949_953_421_312));
        assert_eq!((event.company_id, event.project_id), (Some(8), None));
    }

    #[test]
    fn names_of_fields_may_have_escapes_and_the_last_of_two_counts() {
        let body = r#"{"\u0069d":"a","user_id":1,"user_id":2}"#;
        let event = Event::parse(body).unwrap();
        assert_eq!((event.id.as_str(), event.user_id), ("a", Some(2)));
        assert_eq!(Event::id_and_time(body), Ok(("a".to_owned(), None)));
    }

    #[test]
    fn what_has_no_id_is_no_event() {
        for body in ["<html>", "[]", "7", "", r#"{"id":null,"ulid":" "}"#] {
            assert_eq!(Event::parse(body), Err(NoEvent), "{body}");
        }
    }

    /// The kinds of value a field was seen with, and some that nobody should send.
    fn any_value() -> impl Strategy<Value = Value> {
        prop_oneof![
            Just(Value::Null),
            Just(json!("")),
            any::<i64>().prop_map(|n| json!(n)),
            any::<i64>().prop_map(|n| json!(n.to_string())),
            any::<u64>().prop_map(|n| json!(n)),
            any::<f64>().prop_map(|n| json!(n)),
            ".{0,12}".prop_map(|s| json!(s)),
            any::<bool>().prop_map(|b| json!(b)),
            Just(json!({"a": []})),
        ]
    }

    proptest! {
        #[test]
        fn any_body_is_survived(body in ".{0,300}") {
            let _ = Event::parse(&body);
        }

        #[test]
        fn any_values_in_its_fields_are_survived(
            id in any_value(), ulid in any_value(), resource in any_value(), reason in any_value(),
            resource_id in any_value(), project in any_value(), time in any_value(), metadata in any_value(),
        ) {
            let body = json!({"id": id, "ulid": ulid, "resource_type": resource, "reason": reason,
                "resource_id": resource_id, "project_id": project, "timestamp": time, "metadata": metadata});
            if let Ok(event) = Event::parse(&body.to_string()) {
                prop_assert!(!event.id.is_empty());
            }
        }

        #[test]
        fn every_id_survives_exactly(id in any::<i64>(), as_text in any::<bool>()) {
            let value = if as_text { json!(id.to_string()) } else { json!(id) };
            let body = json!({"id": "e", "resource_id": value}).to_string();
            prop_assert_eq!(Event::parse(&body).unwrap().resource_id, Some(id));
        }
    }
}
