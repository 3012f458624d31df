//! Procore delivers an event.

use chrono::{DateTime, NaiveDate, Utc};
use secrecy::SecretString;

use super::Error;
use crate::app::App;
use crate::identity::{FirmId, HookId};
use crate::procore::{Event, is_storable, parts, readable, without_secrets};
use crate::store::events::NewEvent;
use crate::store::unread::{self, UnreadTexts};
use crate::store::{address_tests, hooks};
use crate::vault::{owner_of_endpoint, same_bytes, token_hash};

/// The digits of a ULID in the order of their values.
const CROCKFORD: &str = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A hook of ours to which somebody may deliver.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OpenedHook {
    firm_id: FirmId,
    hook_id: HookId,
}

/// Where somebody may deliver.
#[derive(Debug, Clone)]
pub(crate) enum OpenedEndpoint {
    Hook(OpenedHook),
    /// The endpoint of a test of our address, by its hash: nothing that arrives there is kept.
    Test(FirmId, Vec<u8>),
}

/// Why nothing may be delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// There is no such address.
    NoSuchAddress,
    /// The `Authorization` value is wrong.
    WrongAuthorization,
}

/// What was delivered, unpacked.
#[derive(Debug)]
pub(crate) struct Delivered {
    pub body: Vec<u8>,
    /// Whether more came than we take.
    pub is_cut: bool,
}

/// The result of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Receipt {
    /// Every part is an event, stored now or before.
    Stored,
    /// The event of a test of our address: nothing of it is kept.
    Tested,
    /// From Procore, but in whole or in part not an event that can be stored. It is kept for support.
    Unreadable,
}

/// Finds what an address belongs to, if the `Authorization` value opens it.
pub(crate) async fn open(
    app: &App,
    endpoint: &SecretString,
    authorization: Option<&SecretString>,
) -> Result<Result<OpenedEndpoint, Refused>, Error> {
    let Some(firm_id) = owner_of_endpoint(endpoint) else {
        return Ok(Err(Refused::NoSuchAddress));
    };
    let (endpoint, now) = (token_hash(endpoint), app.clock.now());
    let find = async || -> Result<_, Error> {
        let mut conn = app.db.acquire().await?;
        if let Some(known) = hooks::find_endpoint(&mut conn, firm_id, &endpoint).await? {
            let keys = known.keys(now).map(<[u8]>::to_vec).collect();
            let hook = OpenedHook {
                firm_id,
                hook_id: known.hook_id,
            };
            return Ok(Some((OpenedEndpoint::Hook(hook), keys)));
        }
        let key = address_tests::find_secret(&mut conn, firm_id, &endpoint, now).await?;
        let test = OpenedEndpoint::Test(firm_id, endpoint.clone());
        Ok(key.map(|key| (test, vec![key])))
    };
    let Some((known, keys)) = app.db.retried(find).await? else {
        return Ok(Err(Refused::NoSuchAddress));
    };
    let given = authorization.map(token_hash).unwrap_or_default();
    let opens = keys
        .iter()
        .fold(false, |opens, key| opens | same_bytes(key, &given));
    Ok(match opens {
        true => Ok(known),
        false => Err(Refused::WrongAuthorization),
    })
}

/// Stores a delivery durably, once: one event, or a list of them. They are processed later: Procore
/// allows five seconds and holds back every delivery behind a failed one.
///
/// For the same reason, unknown resources are stored too, and what is no event, or one that the
/// database does not take, is kept for support instead of being refused.
pub(crate) async fn run(
    app: &App,
    endpoint: &OpenedEndpoint,
    delivered: &Delivered,
) -> Result<Receipt, Error> {
    let text = readable(&delivered.body);
    let hook = match endpoint {
        OpenedEndpoint::Hook(hook) => *hook,
        OpenedEndpoint::Test(firm_id, endpoint) => {
            return note_test(app, *firm_id, endpoint, &text).await;
        }
    };
    let parts = parts(&text);
    let last = parts.len().saturating_sub(1);
    let mut unread = UnreadTexts::of_deliveries();
    let mut new = Vec::new();
    for (place, part) in parts.iter().enumerate() {
        match event(hook, part) {
            Some(event) => new.push(event),
            None => unread.add(
                without_secrets(part, &[]),
                delivered.is_cut && place == last,
            ),
        }
    }
    if !new.is_empty() {
        let refused = app.deliveries.store(new).await;
        for event in refused.map_err(anyhow::Error::from)? {
            unread.add(without_secrets(&event.body, &[]), false);
        }
    }
    let unread = unread.kept();
    if unread.is_empty() {
        return Ok(Receipt::Stored);
    }
    let mut conn = app.db.acquire_for_write().await?;
    let now = app.clock.now();
    unread::keep_events(&mut conn, hook.firm_id, hook.hook_id, unread, now).await?;
    conn.finish().await?;
    Ok(Receipt::Unreadable)
}

/// Notes that the event of a test of our address came, and keeps nothing else.
async fn note_test(
    app: &App,
    firm_id: FirmId,
    endpoint: &[u8],
    text: &str,
) -> Result<Receipt, Error> {
    if Event::parse(text).is_ok() {
        let mut conn = app.db.acquire_for_write().await?;
        address_tests::mark_arrived(&mut conn, firm_id, endpoint, app.clock.now()).await?;
        conn.finish().await?;
    }
    Ok(Receipt::Tested)
}

/// An event that can be stored.
fn event(hook: OpenedHook, part: &str) -> Option<NewEvent> {
    let event = Event::parse(part).ok()?;
    is_storable(part).then(|| NewEvent {
        firm_id: hook.firm_id,
        hook_id: hook.hook_id,
        day: day(&event),
        event_id: event.id,
        body: part.to_owned(),
    })
}

/// The day an event is stored under, taken from the event itself so that a late duplicate gets the
/// same day; one that names no time is stored under the first day there is.
fn day(event: &Event) -> NaiveDate {
    ulid_time(&event.id)
        .or(event.timestamp)
        .map(|at| at.date_naive())
        .unwrap_or_default()
}

/// The time in a ULID: the first 10 of its 26 letters are milliseconds since 1970.
fn ulid_time(id: &str) -> Option<DateTime<Utc>> {
    if id.len() != 26 {
        return None;
    }
    let mut millis: i64 = 0;
    for letter in id.chars().take(10) {
        let value = CROCKFORD.find(letter.to_ascii_uppercase())?;
        millis = millis.checked_mul(32)?.checked_add(value as i64)?;
    }
    DateTime::from_timestamp_millis(millis)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_ulid_tells_when_it_was_made() {
        let at = ulid_time("01JMYXMZRBVKK0PC6XS8SA4QRE").unwrap();
        assert_eq!(at.to_rfc3339(), "2025-02-25T16:04:44.427+00:00");
        for id in [
            "",
            "5982324300946918154",
            "01JMYXMZRBVKK0PC6XS8SA4QR",
            "UUUUUUUUUUUUUUUUUUUUUUUUUU",
        ] {
            assert_eq!(ulid_time(id), None, "{id}");
        }
    }

    #[test]
    fn the_day_of_an_event_never_depends_on_when_it_arrives() {
        for (body, expected) in [
            (r#"{"ulid":"01JMYXMZRBVKK0PC6XS8SA4QRE"}"#, "2025-02-25"),
            (
                r#"{"id":7,"timestamp":"2026-02-05T23:34:12Z"}"#,
                "2026-02-05",
            ),
            (r#"{"id":7,"timestamp":"soon"}"#, "1970-01-01"),
        ] {
            assert_eq!(day(&Event::parse(body).unwrap()).to_string(), expected);
        }
    }

    #[test]
    fn what_is_no_event_is_told_from_what_is_one() {
        let hook = OpenedHook {
            firm_id: Uuid::nil().into(),
            hook_id: Uuid::nil().into(),
        };
        for (part, is_event) in [
            (r#"{"id":1}"#, true),
            (r#"{"id":2,"n":1e400}"#, true),
            (r#"{"id":1,"n":1e200000}"#, false),
            (r#"{"id":null}"#, false),
            ("7", false),
            ("", false),
        ] {
            assert_eq!(event(hook, part).is_some(), is_event, "{part}");
        }
    }
}
