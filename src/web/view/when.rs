//! A moment as a person wants to read it: how long ago, and exactly when in their own time zone.

use std::fmt;

use askama::filters::HtmlSafe;
use chrono::{DateTime, SecondsFormat, Utc};
use chrono_tz::Tz;

use crate::text::time;

/// A moment, told from another moment (now) in a time zone.
///
/// Shown in a page it is a `<time>` element: relative text, the exact time on hover and for assistive technology.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct When {
    now: DateTime<Utc>,
    at: DateTime<Utc>,
    zone: Tz,
}

impl When {
    pub fn new(now: DateTime<Utc>, at: DateTime<Utc>, zone: Tz) -> Self {
        Self { now, at, zone }
    }

    /// `just now`, `3 minutes ago`, `in 2 hours`, `yesterday`; beyond a month the day itself.
    pub(crate) fn relative(&self) -> String {
        time::relative(self.local_now(), self.local())
    }

    /// `3 May 2026, 14:05 CEST`.
    pub fn exact(&self) -> String {
        time::exact(self.local())
    }

    /// The day, without the year when it is this one: `3 May`, `3 May 2025`.
    pub fn day(&self) -> String {
        time::day(self.local_now(), self.local())
    }

    /// `Today`, `Yesterday`, or the day itself.
    pub(crate) fn calendar_day(&self) -> String {
        time::calendar_day(self.local_now(), self.local())
    }

    /// The time of day, `14:05`; with the day before it when that is not today.
    pub fn time(&self) -> String {
        time::time_of_day(self.local_now(), self.local())
    }

    /// For machines: `2026-05-03T12:05:00Z`.
    pub(crate) fn iso(&self) -> String {
        self.at.to_rfc3339_opts(SecondsFormat::Secs, true)
    }

    fn local(&self) -> DateTime<Tz> {
        self.at.with_timezone(&self.zone)
    }

    fn local_now(&self) -> DateTime<Tz> {
        self.now.with_timezone(&self.zone)
    }
}

impl fmt::Display for When {
    /// Nothing in it comes from a person, so it needs no escaping.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (iso, exact, relative) = (self.iso(), self.exact(), self.relative());
        write!(
            f,
            r#"<time datetime="{iso}" title="{exact}">{relative}<span class="visually-hidden"> ({exact})</span></time>"#,
        )
    }
}

impl HtmlSafe for When {}

/// A moment from which something holds, as it reads after the word *since*: `14:05`, `14:05 on 3 May`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Since(When);

impl From<When> for Since {
    fn from(when: When) -> Self {
        Self(when)
    }
}

impl fmt::Display for Since {
    /// As for [`When`].
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (iso, exact, time) = (self.0.iso(), self.0.exact(), self.0.time());
        write!(f, r#"<time datetime="{iso}" title="{exact}">{time}</time>"#)
    }
}

impl HtmlSafe for Since {}

#[cfg(test)]
mod tests {
    use chrono::{TimeDelta, TimeZone};

    use super::*;

    fn noon() -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 5, 3, 12, 0, 0)
            .single()
            .expect("a real moment")
    }

    #[test]
    fn distance_is_told_in_one_unit() {
        for (minutes, text) in [
            (0, "just now"),
            (-1, "1 minute ago"),
            (-59, "59 minutes ago"),
            (-60, "1 hour ago"),
            (-60 * 23, "23 hours ago"),
            (-60 * 24, "yesterday"),
            (-60 * 24 * 2, "2 days ago"),
            (-60 * 24 * 31, "31 days ago"),
            (-60 * 24 * 40, "24 March"),
            (-60 * 24 * 400, "29 March 2025"),
            (1, "in 1 minute"),
            (60 * 2, "in 2 hours"),
            (60 * 24, "tomorrow"),
            (60 * 24 * 10, "in 10 days"),
            (60 * 24 * 40, "on 12 June"),
        ] {
            let at = noon() + TimeDelta::minutes(minutes);
            assert_eq!(
                When::new(noon(), at, Tz::UTC).relative(),
                text,
                "{minutes} minutes"
            );
        }
        let soon = noon() + TimeDelta::seconds(20);
        assert_eq!(
            When::new(noon(), soon, Tz::UTC).relative(),
            "in less than a minute"
        );
    }

    #[test]
    fn exact_times_are_in_the_zone_of_the_reader() {
        for (zone, exact) in [
            (Tz::UTC, "3 May 2026, 12:00 UTC"),
            (Tz::Europe__Berlin, "3 May 2026, 14:00 CEST"),
            (Tz::America__Los_Angeles, "3 May 2026, 05:00 PDT"),
            (Tz::Pacific__Auckland, "4 May 2026, 00:00 NZST"),
        ] {
            assert_eq!(When::new(noon(), noon(), zone).exact(), exact);
        }
    }

    #[test]
    fn the_day_is_named_only_when_it_is_another_one() {
        let later = noon() + TimeDelta::hours(13);
        assert_eq!(
            When::new(noon(), noon(), Tz::Europe__Berlin).time(),
            "14:00"
        );
        assert_eq!(When::new(noon(), later, Tz::UTC).time(), "01:00 on 4 May");
    }

    #[test]
    fn a_time_since_which_something_holds_is_a_time_of_day() {
        for (minutes, told) in [(0, "12:00"), (3, "11:57"), (60 * 24, "12:00 on 2 May")] {
            let at = noon() - TimeDelta::minutes(minutes);
            let since = Since::from(When::new(noon(), at, Tz::UTC)).to_string();
            assert!(since.ends_with(&format!(">{told}</time>")), "{since}");
        }
    }

    #[test]
    fn the_element_says_all_three() {
        let at = noon() - TimeDelta::minutes(3);
        assert_eq!(
            When::new(noon(), at, Tz::UTC).to_string(),
            "<time datetime=\"2026-05-03T11:57:00Z\" title=\"3 May 2026, 11:57 UTC\">3 minutes ago\
             <span class=\"visually-hidden\"> (3 May 2026, 11:57 UTC)</span></time>",
        );
    }
}
