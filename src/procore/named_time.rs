//! When Procore asks us to come back, in every unit that servers write it in.

use chrono::{DateTime, TimeDelta, Utc};

/// The longest wait that is honoured; after it the call is tried again. Procore's longest window is
/// an hour, so a longer order is a mistake of units or of a clock.
const LONGEST: TimeDelta = TimeDelta::hours(1);
/// The shortest wait.
const SHORTEST: TimeDelta = TimeDelta::seconds(1);

/// Numbers below are seconds to wait: as a Unix time they would be in 1973.
const SECONDS_LEFT: f64 = 1e8;
/// Numbers below are Unix time in seconds, larger ones in milliseconds.
const UNIX_SECONDS: f64 = 1e11;

/// How long to wait by the value of `X-Rate-Limit-Reset` or `Retry-After`, which is never longer than
/// an hour. `there` is Procore's clock, so that skew does not matter.
pub(super) fn wait(text: &str, there: DateTime<Utc>) -> Option<TimeDelta> {
    Some(told(text, there)?.min(LONGEST))
}

/// The same, where that is at most an hour as it is: a longer one says nothing about a window.
pub(super) fn wait_within_an_hour(text: &str, there: DateTime<Utc>) -> Option<TimeDelta> {
    told(text, there).filter(|wait| *wait <= LONGEST)
}

/// The wait that a text tells of: seconds left, Unix time in seconds or milliseconds, or a date.
fn told(text: &str, there: DateTime<Utc>) -> Option<TimeDelta> {
    let wait = match text.trim().parse::<f64>() {
        Ok(number) if !number.is_finite() => return None,
        Ok(number) if number < SECONDS_LEFT => millis(number * 1000.0),
        Ok(number) if number < UNIX_SECONDS => millis(number * 1000.0) - since_epoch(there),
        Ok(number) => millis(number) - since_epoch(there),
        Err(_) => date(text)? - there,
    };
    Some(wait.max(SHORTEST))
}

/// A date as HTTP or ISO 8601 writes it.
pub(super) fn date(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc2822(text)
        .or_else(|_| DateTime::parse_from_rfc3339(text))
        .ok()
        .map(|date| date.to_utc())
}

/// Far enough from the ends of the type that differences cannot overflow.
fn millis(number: f64) -> TimeDelta {
    TimeDelta::milliseconds(number.clamp(-1e15, 1e15) as i64)
}

fn since_epoch(at: DateTime<Utc>) -> TimeDelta {
    at - DateTime::UNIX_EPOCH
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_unit_is_recognised_and_no_wait_is_longer_than_an_hour() {
        let there = "2026-11-28T12:00:00Z".parse::<DateTime<Utc>>().unwrap();
        let (unix, hour) = (there.timestamp(), 3600);
        let table = [
            ("7".to_owned(), Some(7)),
            ("7.0".to_owned(), Some(7)),
            ("0".to_owned(), Some(1)),
            ("-1".to_owned(), Some(1)),
            ("86400".to_owned(), Some(hour)),
            ((unix + 9).to_string(), Some(9)),
            (format!("{}.0", unix + 9), Some(9)),
            ((unix - 9).to_string(), Some(1)),
            ((unix + 86_400).to_string(), Some(hour)),
            (((unix + 30) * 1000).to_string(), Some(30)),
            (((unix + 86_400) * 1000).to_string(), Some(hour)),
            ("99999999999999999999".to_owned(), Some(hour)),
            ("Sat, 28 Nov 2026 12:00:30 GMT".to_owned(), Some(30)),
            ("2026-11-28T12:00:30Z".to_owned(), Some(30)),
            ("Sat, 28 Nov 2099 12:00:30 GMT".to_owned(), Some(hour)),
            ("soon".to_owned(), None),
            ("".to_owned(), None),
            ("inf".to_owned(), None),
            ("NaN".to_owned(), None),
        ];
        for (text, seconds) in table {
            let expected = seconds.map(TimeDelta::seconds);
            assert_eq!(wait(&text, there), expected, "{text:?}");
            let plain = expected.filter(|wait| *wait < LONGEST);
            assert_eq!(wait_within_an_hour(&text, there), plain, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_survived(text in ".{0,30}|-?[0-9]{1,25}(\\.[0-9]{1,3})?") {
            if let Some(wait) = wait(&text, DateTime::UNIX_EPOCH) {
                prop_assert!((SHORTEST..=LONGEST).contains(&wait));
            }
        }
    }
}
