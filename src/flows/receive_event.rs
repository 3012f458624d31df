//! Procore delivers an event.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use secrecy::SecretString;

use super::Error;
use crate::app::App;
use crate::app::deliveries::Outcome;
use crate::identity::FirmId;
use crate::procore::{Event, is_storable, parts, readable, without_secrets};
use crate::store::events::{NewEvent, ProvenHook};
use crate::store::unread::{self, NewUnread, UnreadTexts};
use crate::store::{address_tests, hooks};
use crate::vault::{owner_of_endpoint, same_bytes, token_hash};

/// The digits of a ULID in the order of their values.
const CROCKFORD: &str = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Where somebody may deliver.
#[derive(Debug, Clone)]
pub(crate) enum OpenedEndpoint {
    Hook(Arc<ProvenHook>),
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
///
/// A hook that proved itself lately is not asked for: storing looks whether any has changed ([`run`]).
pub(crate) async fn open(
    app: &App,
    endpoint: &SecretString,
    authorization: Option<&SecretString>,
) -> Result<Result<OpenedEndpoint, Refused>, Error> {
    let Some(firm_id) = owner_of_endpoint(endpoint) else {
        return Ok(Err(Refused::NoSuchAddress));
    };
    let endpoint = token_hash(endpoint);
    let given = authorization.map(token_hash).unwrap_or_default();
    let now = app.clock.now();
    match app.endpoints.find(firm_id, &endpoint, &given, now) {
        Some(hook) => Ok(Ok(OpenedEndpoint::Hook(hook))),
        // In a box, as it is seldom needed and large.
        None => Box::pin(ask(app, firm_id, endpoint, given, now)).await,
    }
}

/// Asks the database what an address belongs to, and whether the hash of a value opens it.
async fn ask(
    app: &App,
    firm_id: FirmId,
    endpoint: Vec<u8>,
    given: Vec<u8>,
    now: DateTime<Utc>,
) -> Result<Result<OpenedEndpoint, Refused>, Error> {
    let opens = |key: &[u8]| same_bytes(key, &given);
    let find = async || -> Result<_, Error> {
        let mut conn = app.db.acquire().await?;
        if let Some(known) = hooks::find_endpoint(&mut conn, firm_id, &endpoint).await? {
            // All are compared, so that the time taken does not tell which.
            let opened = known.keys(now).fold(None, |opened, (key, until)| {
                let opens = opens(key);
                opened.or(opens.then_some(until))
            });
            return Ok(Some(opened.map(|until| {
                OpenedEndpoint::Hook(Arc::new(ProvenHook {
                    firm_id,
                    connection_id: known.connection_id,
                    hook_id: known.hook_id,
                    endpoint_hash: endpoint.clone(),
                    secret_hash: given.clone(),
                    until,
                    generation: known.generation,
                }))
            })));
        }
        let key = address_tests::find_secret(&mut conn, firm_id, &endpoint, now).await?;
        let test = || OpenedEndpoint::Test(firm_id, endpoint.clone());
        Ok(key.map(|key| opens(&key).then(test)))
    };
    Ok(match app.db.retried(find).await? {
        None => Err(Refused::NoSuchAddress),
        Some(None) => Err(Refused::WrongAuthorization),
        Some(Some(opened)) => {
            if let OpenedEndpoint::Hook(hook) = &opened {
                app.endpoints.remember(hook.clone());
            }
            Ok(opened)
        }
    })
}

/// Stores a delivery durably, once: one event, or a list of them. They are processed later: Procore
/// allows five seconds and holds back every delivery behind a failed one.
///
/// For the same reason, unknown resources are stored too, and what is no event, or one that the
/// database does not take, is kept for support instead of being refused.
///
/// Returns `None` where a hook has ended, or its value changed, since this one proved itself: it may be
/// this one. Nothing is stored then, and the address is [opened](open) again.
pub(crate) async fn run(
    app: &App,
    endpoint: &OpenedEndpoint,
    delivered: &Delivered,
) -> Result<Option<Receipt>, Error> {
    let text = readable(&delivered.body);
    let hook = match endpoint {
        OpenedEndpoint::Hook(hook) => hook,
        OpenedEndpoint::Test(firm_id, endpoint) => {
            let receipt = Box::pin(note_test(app, *firm_id, endpoint, &text)).await?;
            return Ok(Some(receipt));
        }
    };
    let receipt = store(app, hook, &text, delivered.is_cut).await?;
    if receipt.is_none() {
        app.endpoints.forget(hook);
    }
    Ok(receipt)
}

async fn store(
    app: &App,
    hook: &Arc<ProvenHook>,
    text: &str,
    is_cut: bool,
) -> Result<Option<Receipt>, Error> {
    let parts = parts(text);
    let last = parts.len().saturating_sub(1);
    let mut unread = UnreadTexts::of_deliveries();
    let mut new = Vec::new();
    for (place, part) in parts.iter().enumerate() {
        match event(part) {
            Some(event) => new.push(event),
            None => unread.add(without_secrets(part, &[]), is_cut && place == last),
        }
    }
    if !new.is_empty() {
        let outcome = app.deliveries.store(hook.clone(), new).await;
        match outcome.map_err(anyhow::Error::from)? {
            Outcome::Stored(refused) => {
                for event in refused {
                    unread.add(without_secrets(&event.body, &[]), false);
                }
            }
            Outcome::Outdated => return Ok(None),
        }
    }
    let unread = unread.kept();
    if unread.is_empty() {
        return Ok(Some(Receipt::Stored));
    }
    let is_open = Box::pin(keep_unread(app, hook, unread)).await?;
    Ok(is_open.then_some(Receipt::Unreadable))
}

/// Keeps for support what is no event; returns whether the hook is still open.
async fn keep_unread(app: &App, hook: &ProvenHook, unread: &[NewUnread]) -> Result<bool, Error> {
    let mut conn = app.db.acquire_for_write().await?;
    let now = app.clock.now();
    let is_open = unread::keep_events(&mut conn, hook, unread, now).await?;
    conn.finish().await?;
    Ok(is_open)
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
fn event(part: &str) -> Option<NewEvent> {
    let (event_id, timestamp) = Event::id_and_time(part).ok()?;
    is_storable(part).then(|| NewEvent {
        day: day(&event_id, timestamp),
        event_id,
        body: part.to_owned(),
    })
}

/// The day an event is stored under, taken from the event itself so that a late duplicate gets the
/// same day; one that names no time is stored under the first day there is.
fn day(event_id: &str, timestamp: Option<DateTime<Utc>>) -> NaiveDate {
    ulid_time(event_id)
        .or(timestamp)
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
            assert_eq!(event(body).unwrap().day.to_string(), expected);
        }
    }

    #[test]
    fn what_is_no_event_is_told_from_what_is_one() {
        for (part, is_event) in [
            (r#"{"id":1}"#, true),
            (r#"{"id":2,"n":1e400}"#, true),
            (r#"{"id":1,"n":1e200000}"#, false),
            (r#"{"id":null}"#, false),
            ("7", false),
            ("", false),
        ] {
            assert_eq!(event(part).is_some(), is_event, "{part}");
        }
    }
}
