//! Lengths of time, and moments as seen from another one.

use chrono::{DateTime, Datelike, TimeDelta};
use chrono_tz::Tz;

use super::count::{Noun, counted};

/// A length of time in its one or two largest units: `45 seconds`, `2 hours 5 minutes`, `3 days`.
///
/// A negative length counts as none.
pub(crate) fn duration(length: TimeDelta) -> String {
    let seconds = length.num_seconds().max(0);
    let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400);
    let two = |large: i64, large_unit, small: i64, small_unit| match small {
        0 => counted(large, large_unit),
        _ => format!(
            "{} {}",
            counted(large, large_unit),
            counted(small, small_unit)
        ),
    };
    if days >= 7 {
        counted(days, Noun::Day)
    } else if days > 0 {
        two(days, Noun::Day, hours % 24, Noun::Hour)
    } else if hours > 0 {
        two(hours, Noun::Hour, minutes % 60, Noun::Minute)
    } else if minutes > 0 {
        two(minutes, Noun::Minute, seconds % 60, Noun::Second)
    } else {
        counted(seconds, Noun::Second)
    }
}

/// `just now`, `3 minutes ago`, `in 2 hours`, `yesterday`; beyond a month the day itself.
pub(crate) fn relative(now: DateTime<Tz>, at: DateTime<Tz>) -> String {
    let past = at <= now;
    let distance = (now - at).abs();
    let (minutes, hours) = (distance.num_minutes(), distance.num_hours());
    let days = (now.date_naive() - at.date_naive()).num_days().abs();
    let told = |number, noun| match past {
        true => format!("{} ago", counted(number, noun)),
        false => format!("in {}", counted(number, noun)),
    };
    match past {
        true if minutes == 0 => "just now".to_owned(),
        false if minutes == 0 => "in less than a minute".to_owned(),
        _ if minutes < 60 => told(minutes, Noun::Minute),
        _ if hours < 24 => told(hours, Noun::Hour),
        true if days == 1 => "yesterday".to_owned(),
        false if days == 1 => "tomorrow".to_owned(),
        _ if days <= 31 => told(days, Noun::Day),
        true => day(now, at),
        false => format!("on {}", day(now, at)),
    }
}

/// `3 May 2026, 14:05 CEST`.
pub(crate) fn exact(at: DateTime<Tz>) -> String {
    at.format("%-d %B %Y, %H:%M %Z").to_string()
}

/// The day, without the year when it is this one: `3 May`, `3 May 2025`.
pub(crate) fn day(now: DateTime<Tz>, at: DateTime<Tz>) -> String {
    let this_year = at.year() == now.year();
    at.format(if this_year { "%-d %B" } else { "%-d %B %Y" })
        .to_string()
}

/// A day as a heading: `Today`, `Yesterday`, `Monday 2 March`.
pub(crate) fn calendar_day(now: DateTime<Tz>, at: DateTime<Tz>) -> String {
    match (now.date_naive() - at.date_naive()).num_days() {
        0 => "Today".to_owned(),
        1 => "Yesterday".to_owned(),
        _ => format!("{} {}", at.format("%A"), day(now, at)),
    }
}

/// The time of day, `14:05`; `14:05 on 4 May` when that is not today.
pub(crate) fn time_of_day(now: DateTime<Tz>, at: DateTime<Tz>) -> String {
    let time = at.format("%H:%M").to_string();
    match at.date_naive() == now.date_naive() {
        true => time,
        false => format!("{time} on {}", day(now, at)),
    }
}

/// A time of day inside a sentence.
pub(crate) fn at_time(time: &str) -> String {
    format!("at {time}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_told_in_at_most_two_units() {
        for (seconds, text) in [
            (-5, "0 seconds"),
            (0, "0 seconds"),
            (1, "1 second"),
            (59, "59 seconds"),
            (60, "1 minute"),
            (125, "2 minutes 5 seconds"),
            (3_600, "1 hour"),
            (7_500, "2 hours 5 minutes"),
            (86_400, "1 day"),
            (90_000, "1 day 1 hour"),
            (86_400 * 7 + 3_600, "7 days"),
        ] {
            assert_eq!(duration(TimeDelta::seconds(seconds)), text);
        }
    }
}
