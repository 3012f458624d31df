//! Numbers, and how many there are of something.

use std::fmt::Display;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Noun {
    Second,
    Minute,
    Hour,
    Day,
    Record,
    Project,
    Check,
    Permission,
    Entry,
    Mail,
    Onboarding,
    Delivery,
    Event,
    RecoveryCode,
    Call,
    Webhook,
    Tool,
}

impl Noun {
    /// The words for one and for any other number.
    fn forms(self) -> (&'static str, &'static str) {
        match self {
            Self::Second => ("second", "seconds"),
            Self::Minute => ("minute", "minutes"),
            Self::Hour => ("hour", "hours"),
            Self::Day => ("day", "days"),
            Self::Record => ("record", "records"),
            Self::Project => ("project", "projects"),
            Self::Check => ("check", "checks"),
            Self::Permission => ("permission", "permissions"),
            Self::Entry => ("entry", "entries"),
            Self::Mail => ("mail", "mails"),
            Self::Onboarding => ("onboarding", "onboardings"),
            Self::RecoveryCode => ("recovery code", "recovery codes"),
            Self::Event => ("event", "events"),
            Self::Call => ("call", "calls"),
            Self::Webhook => ("webhook", "webhooks"),
            Self::Tool => ("tool", "tools"),
            Self::Delivery => ("delivery", "deliveries"),
        }
    }
}

/// `1 project`, `1,204 projects`.
pub(crate) fn counted(number: impl Display, noun: Noun) -> String {
    let (one, several) = noun.forms();
    match grouped(number) {
        number if number == "1" => format!("1 {one}"),
        number => format!("{number} {several}"),
    }
}

/// Rows of Procore's lists that could not be read.
pub(crate) fn could_not_be_read(rows: i64) -> String {
    format!("{} could not be read", counted(rows, Noun::Record))
}

/// Deliveries of Procore's that are no events.
pub(crate) fn deliveries_could_not_be_read(deliveries: i64) -> String {
    format!("{} could not be read", counted(deliveries, Noun::Delivery))
}

/// `1,204 of 3,550 projects`; without the part where it is the whole, or the whole is not known.
pub(crate) fn counted_of(part: u64, whole: Option<u64>, noun: Noun) -> String {
    match whole {
        Some(whole) if whole != part => {
            format!("{} of {}", grouped(part), counted(whole, noun))
        }
        Some(_) | None => counted(part, noun),
    }
}

/// A whole number with thousands separators: `12,480`. It takes any integer, so that templates need
/// no casts.
pub(crate) fn grouped(number: impl Display) -> String {
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
            assert_eq!(counted(number, Noun::Project), text);
        }
    }

    #[test]
    fn a_part_is_told_with_the_whole_that_it_is_of() {
        for (part, whole, text) in [
            (0, Some(12), "0 of 12 projects"),
            (12, Some(12), "12 projects"),
            (0, Some(1), "0 of 1 project"),
            (1_204, None, "1,204 projects"),
        ] {
            assert_eq!(counted_of(part, whole, Noun::Project), text);
        }
    }
}
