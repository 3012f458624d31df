//! Procore delivers an event.

use chrono::{DateTime, NaiveDate, Utc};
use secrecy::SecretString;
use serde_json::value::RawValue;

use super::Error;
use crate::app::App;
use crate::procore::Event;
use crate::store::events::{self, NewEvent};
use crate::store::{StoreError, hooks};
use crate::sync;
use crate::vault::{owner_of_endpoint, same_bytes, token_hash};

/// The digits of a ULID in the order of their values.
const CROCKFORD: &str = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// The result of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Receipt {
    /// New, and stored.
    Stored,
    /// Stored before.
    Known,
    /// There is no such address.
    NoSuchAddress,
    /// The `Authorization` value is wrong. Nothing is stored.
    WrongAuthorization,
    /// From Procore, but not an event that can be stored.
    Unreadable,
}

/// Stores an event durably, once. It is processed later: Procore allows five seconds and holds back
/// every delivery behind a failed one.
///
/// For the same reason, unknown resources are stored too, and unreadable bodies are not refused;
/// `body` is `None` if it is larger than any event.
pub async fn run(
    app: &App,
    endpoint: &SecretString,
    authorization: Option<&SecretString>,
    body: Option<&[u8]>,
) -> Result<Receipt, Error> {
    let Some(firm_id) = owner_of_endpoint(endpoint) else {
        return Ok(Receipt::NoSuchAddress);
    };
    let now = app.clock.now();
    let hash = token_hash(endpoint);
    let find = async || -> Result<_, Error> {
        let mut conn = app.db.acquire_for_write().await?;
        let known = hooks::find_endpoint(&mut conn, firm_id, &hash).await?;
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
    let body = body.unwrap_or_default();
    let (Ok(event), Ok(given)) = (
        Event::parse(body),
        serde_json::from_slice::<&RawValue>(body),
    ) else {
        return Ok(Receipt::Unreadable);
    };
    let storable =
        sync::storable_json(given.get()).and_then(|text| RawValue::from_string(text).ok());
    let new = NewEvent {
        firm_id,
        hook_id: known.hook_id,
        event_id: &event.id,
        day: day(&event, now),
        received_at: now,
        body: storable.as_deref().unwrap_or(given),
    };
    match events::insert(&mut conn, &new).await {
        Ok(true) => {
            conn.finish().await?;
            Ok(Receipt::Stored)
        }
        Ok(false) => Ok(Receipt::Known),
        Err(error) if is_bad_data(&error) => Ok(Receipt::Unreadable),
        Err(error) => Err(error.into()),
    }
}

/// Whether the table refused the body itself, such as a number out of range. A retry would fail
/// again and hold back every event behind this one.
fn is_bad_data(error: &StoreError) -> bool {
    match error {
        StoreError::Database(sqlx::Error::Database(error)) => {
            error.code().is_some_and(|code| code.starts_with("22"))
        }
        StoreError::Database(_) | StoreError::Stale | StoreError::Unknown { .. } => false,
    }
}

/// The day an event is stored under, taken from the event itself so that a late duplicate gets the
/// same day.
fn day(event: &Event, now: DateTime<Utc>) -> NaiveDate {
    ulid_time(&event.id)
        .or(event.timestamp)
        .unwrap_or(now)
        .date_naive()
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
    fn the_day_of_an_event_never_depends_on_when_it_arrives_if_it_says_anything() {
        let day_of = |body: &str, now: &str| {
            day(
                &Event::parse(body.as_bytes()).unwrap(),
                now.parse().unwrap(),
            )
            .to_string()
        };
        let (early, late) = ("2026-02-06T23:59:00Z", "2026-02-08T00:01:00Z");
        for (body, expected) in [
            (r#"{"ulid":"01JMYXMZRBVKK0PC6XS8SA4QRE"}"#, "2025-02-25"),
            (
                r#"{"id":7,"timestamp":"2026-02-05T23:34:12Z"}"#,
                "2026-02-05",
            ),
        ] {
            assert_eq!(day_of(body, early), expected);
            assert_eq!(day_of(body, late), expected);
        }
        assert_eq!(day_of(r#"{"id":7}"#, early), "2026-02-06");
    }
}
