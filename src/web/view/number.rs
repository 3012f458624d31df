//! Numbers and lengths of time in words.

use std::fmt::Display;

use chrono::TimeDelta;

/// A whole number with thousands separators: `12,480`. It takes any integer, so that templates need no casts.
pub fn grouped(number: impl Display) -> String {
    let text = number.to_string();
    let (sign, digits) = text
        .strip_prefix('-')
        .map_or(("", text.as_str()), |digits| ("-", digits));
    let mut grouped = String::with_capacity(text.len() + digits.len() / 3);
    grouped.push_str(sign);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A number with its unit, which takes an `s` unless there is exactly one: `1 project`, `1,204 projects`.
pub fn counted(number: impl Display, unit: &str) -> String {
    let number = grouped(number);
    if number == "1" {
        format!("1 {unit}")
    } else {
        format!("{number} {unit}s")
    }
}

/// A whole share of a total in percent, rounded down so that 100 means all; nothing of nothing is 0.
pub fn percent(part: u64, total: u64) -> u64 {
    if total == 0 {
        0
    } else {
        (u128::from(part.min(total)) * 100 / u128::from(total)) as u64
    }
}

/// A length of time in its one or two largest units: `45 seconds`, `2 hours 5 minutes`, `3 days`.
///
/// A negative length counts as none.
pub fn duration(length: TimeDelta) -> String {
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
        counted(days, "day")
    } else if days > 0 {
        two(days, "day", hours % 24, "hour")
    } else if hours > 0 {
        two(hours, "hour", minutes % 60, "minute")
    } else if minutes > 0 {
        two(minutes, "minute", seconds % 60, "second")
    } else {
        counted(seconds, "second")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_by_thousands() {
        for (number, text) in [
            (0, "0"),
            (7, "7"),
            (999, "999"),
            (1_000, "1,000"),
            (12_480, "12,480"),
            (100_000, "100,000"),
            (1_234_567, "1,234,567"),
            (-1_234, "-1,234"),
            (-999, "-999"),
            (i64::MIN, "-9,223,372,036,854,775,808"),
        ] {
            assert_eq!(grouped(number), text);
        }
    }

    #[test]
    fn only_one_is_singular() {
        for (number, text) in [
            (0, "0 projects"),
            (1, "1 project"),
            (2, "2 projects"),
            (1_204, "1,204 projects"),
        ] {
            assert_eq!(counted(number, "project"), text);
        }
    }

    #[test]
    fn a_share_reaches_a_hundred_only_with_the_last_one() {
        for (part, total, share) in [
            (0, 0, 0),
            (0, 10, 0),
            (1, 3, 33),
            (999, 1_000, 99),
            (10, 10, 100),
            (12, 10, 100),
        ] {
            assert_eq!(percent(part, total), share, "{part} of {total}");
        }
        assert_eq!(percent(u64::MAX, u64::MAX), 100);
    }

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
