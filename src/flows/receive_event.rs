//! Procore delivers an event.

use aws_lc_rs::digest::{SHA256, digest};
use chrono::{DateTime, NaiveDate, Utc};
use secrecy::SecretString;
use serde_json::value::RawValue;

use super::Error;
use crate::app::App;
use crate::procore::{Event, is_storable, readable, without_secrets};
use crate::store::events::{self, NewEvent};
use crate::store::hooks;
use crate::store::unread::{self, NewUnreadEvent};
use crate::vault::{owner_of_endpoint, same_bytes, token_hash};

/// The digits of a ULID in the order of their values.
const CROCKFORD: &str = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// The result of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Receipt {
    /// New, and stored.
    Stored,
    /// Stored before.
    Known,
    /// There is no such address.
    NoSuchAddress,
    /// The `Authorization` value is wrong. Nothing is stored.
    WrongAuthorization,
    /// From Procore, but in whole or in part not an event that can be stored. It is kept for support.
    Unreadable,
}

/// Stores a delivery durably, once: one event, or a list of them. They are processed later: Procore
/// allows five seconds and holds back every delivery behind a failed one.
///
/// For the same reason, unknown resources are stored too, and what is no event is kept for support
/// instead of being refused.
pub(crate) async fn run(
    app: &App,
    endpoint: &SecretString,
    authorization: Option<&SecretString>,
    body: &[u8],
) -> Result<Receipt, Error> {
    let Some(firm_id) = owner_of_endpoint(endpoint) else {
        return Ok(Receipt::NoSuchAddress);
    };
    let now = app.clock.now();
    let endpoint = token_hash(endpoint);
    let find = async || -> Result<_, Error> {
        let mut conn = app.db.acquire_for_write().await?;
        let known = hooks::find_endpoint(&mut conn, firm_id, &endpoint).await?;
        Ok((conn, known))
    };
    let (mut conn, Some(known)) = app.db.retried(find).await? else {
        return Ok(Receipt::NoSuchAddress);
    };
    let given = authorization.map(token_hash).unwrap_or_default();
    let opens = known
        .keys(now)
        .fold(false, |opens, key| opens | same_bytes(key, &given));
    if !opens {
        return Ok(Receipt::WrongAuthorization);
    }
    let text = readable(body);
    let mut receipt = Receipt::Known;
    let mut unread = Vec::new();
    for part in parts(&text) {
        let Some((event, body)) = event(part) else {
            unread.push(part);
            continue;
        };
        let new = NewEvent {
            firm_id,
            hook_id: known.hook_id,
            event_id: &event.id,
            day: day(&event),
            received_at: now,
            body,
        };
        if events::insert(&mut conn, &new).await? {
            receipt = Receipt::Stored;
        }
    }
    for part in unread {
        let shown = without_secrets(part, &[]);
        let new = NewUnreadEvent {
            firm_id,
            hook_id: known.hook_id,
            hash: hash(part),
            body: shown.as_bytes(),
            received_at: now,
        };
        unread::keep_event(&mut conn, &new).await?;
        receipt = Receipt::Unreadable;
    }
    conn.finish().await?;
    Ok(receipt)
}

/// The events of a body; anything but a list is one.
fn parts(body: &str) -> Vec<&str> {
    match serde_json::from_str::<Vec<&RawValue>>(body) {
        Ok(parts) => parts.into_iter().map(RawValue::get).collect(),
        Err(_) => vec![body],
    }
}

/// An event that can be stored, and its JSON.
fn event(part: &str) -> Option<(Event, &RawValue)> {
    let body = serde_json::from_str(part).ok()?;
    let event = Event::parse(part).ok()?;
    is_storable(part).then_some((event, body))
}

fn hash(part: &str) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, part.as_bytes()).as_ref());
    hash
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
    fn a_list_is_taken_apart_and_every_part_judged_by_itself() {
        for (body, events) in [
            (r#"{"id":1}"#, vec![true]),
            (
                r#"[{"id":1},7,{"id":null},{"id":2,"n":1e400}]"#,
                vec![true, false, false, true],
            ),
            ("[]", vec![]),
            ("[1,", vec![false]),
            (r#"{"id":1,"n":1e200000}"#, vec![false]),
            ("", vec![false]),
        ] {
            let parts = parts(body);
            let found: Vec<bool> = parts.iter().map(|part| event(part).is_some()).collect();
            assert_eq!(found, events, "{body}");
        }
    }
}
