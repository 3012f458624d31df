//! Which period the overview is about: the last so many days, or from one day to another.

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use serde::Deserialize;

use super::first_of;
use crate::connection::AccessWay;
use crate::onboarding::situation::SituationCode;
use crate::store::figures::{Narrowed, Period};
use crate::text::forms;
use crate::web::form::FormState;

/// Periods that a link leads to.
pub(crate) const PRESETS: [u64; 3] = [7, 30, 90];
/// The one that is shown when nobody says otherwise.
pub(crate) const USUAL: u64 = 30;
/// Two years: older figures say nothing about how it is now.
pub(crate) const LONGEST_DAYS: usize = 731;

/// As it stands in the address.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct PeriodQuery {
    pub days: String,
    pub from: String,
    pub to: String,
    pub way: String,
    pub reason: String,
}

/// Whole days where the reader is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ChosenPeriod {
    pub first: NaiveDate,
    pub last: NaiveDate,
    pub period: Period,
}

impl PeriodQuery {
    /// The period, or what has to be put right at the form. A day that is left out is today, or
    /// the one that makes it thirty days.
    pub(crate) fn read(
        &self,
        now: DateTime<Utc>,
        zone: Tz,
        form: &mut FormState,
    ) -> Option<ChosenPeriod> {
        let today = now.with_timezone(&zone).date_naive();
        if let Some(days) = self.preset() {
            return Some(ChosenPeriod::new(first_of(today, days), today, zone));
        }
        let from = form.check("from", day(&self.from));
        let to = form.check("to", day(&self.to));
        let (from, to) = (from?, to?);
        let last = to.unwrap_or(today);
        let first = from.unwrap_or_else(|| first_of(last, USUAL));
        let days = (last - first).num_days();
        if days < 0 {
            form.fail("to", forms::BACKWARDS);
        } else if days >= LONGEST_DAYS as i64 {
            form.fail("from", forms::TOO_LONG_AGO);
        } else {
            return Some(ChosenPeriod::new(first, last, zone));
        }
        None
    }
}

impl PeriodQuery {
    /// Which setups are counted; what is no such way or reason narrows nothing.
    pub(super) fn narrowed(&self) -> Narrowed {
        Narrowed {
            way: AccessWay::from_stored(&self.way),
            met: SituationCode::from_stored(&self.reason),
        }
    }
}

impl ChosenPeriod {
    fn new(first: NaiveDate, last: NaiveDate, zone: Tz) -> Self {
        let behind = last.succ_opt().unwrap_or(last);
        Self {
            first,
            last,
            period: Period {
                from: midnight(first, zone),
                until: midnight(behind, zone),
            },
        }
    }
}

/// Nothing where nothing was typed.
fn day(typed: &str) -> Result<Option<NaiveDate>, &'static str> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Ok(None);
    }
    let day = NaiveDate::parse_from_str(typed, "%Y-%m-%d").ok();
    let years = 1970..=9998;
    day.filter(|day| years.contains(&chrono::Datelike::year(day)))
        .map(Some)
        .ok_or(forms::DAY)
}

/// When a day begins; where the clocks are put forward at midnight, an hour later.
fn midnight(day: NaiveDate, zone: Tz) -> DateTime<Utc> {
    let midnight = day.and_time(NaiveTime::MIN);
    let at = |time| zone.from_local_datetime(&time).earliest();
    at(midnight)
        .or_else(|| at(midnight + TimeDelta::hours(1)))
        .map_or_else(|| midnight.and_utc(), |at| at.to_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "2026-03-31T02:00:00Z";

    fn read(days: &str, from: &str, to: &str, zone: Tz) -> Result<(String, String), String> {
        let asked = PeriodQuery {
            days: days.to_owned(),
            from: from.to_owned(),
            to: to.to_owned(),
            ..PeriodQuery::default()
        };
        let mut form = FormState::default();
        let chosen = asked.read(NOW.parse().unwrap(), zone, &mut form);
        match chosen {
            Some(ChosenPeriod { period, .. }) => {
                Ok((period.from.to_rfc3339(), period.until.to_rfc3339()))
            }
            None => Err(form.errors()[0].message.to_owned()),
        }
    }

    #[test]
    fn a_period_is_of_whole_days_where_the_reader_is() {
        let cases = [
            ("", "", "", Tz::UTC, "2026-03-02T00", "2026-04-01T00"),
            ("7", "", "", Tz::UTC, "2026-03-25T00", "2026-04-01T00"),
            ("90", "", "", Tz::UTC, "2026-01-01T00", "2026-04-01T00"),
            ("8", "", "", Tz::UTC, "2026-03-02T00", "2026-04-01T00"),
            ("x", "", "", Tz::UTC, "2026-03-02T00", "2026-04-01T00"),
            (
                "7",
                "",
                "",
                Tz::America__New_York,
                "2026-03-24T04",
                "2026-03-31T04",
            ),
            (
                "",
                "2026-03-28",
                "2026-03-29",
                Tz::Europe__Berlin,
                "2026-03-27T23",
                "2026-03-29T22",
            ),
            (
                "7",
                "2026-03-31",
                "",
                Tz::UTC,
                "2026-03-31T00",
                "2026-04-01T00",
            ),
            (
                "",
                "",
                "2026-02-01",
                Tz::UTC,
                "2026-01-03T00",
                "2026-02-02T00",
            ),
        ];
        for (days, from, to, zone, first, behind) in cases {
            let hour = |text: &str| format!("{text}:00:00+00:00");
            assert_eq!(
                read(days, from, to, zone),
                Ok((hour(first), hour(behind))),
                "{days} {from} {to} {zone}"
            );
        }
    }

    #[test]
    fn what_is_no_period_is_refused() {
        for (from, to, said) in [
            ("31.3.2026", "", "Enter a day in the form 2026-03-31"),
            ("", "2026-02-30", "Enter a day in the form 2026-03-31"),
            ("0000-01-01", "", "Enter a day in the form 2026-03-31"),
            ("", "+999999-01-01", "Enter a day in the form 2026-03-31"),
            (
                "2026-03-02",
                "2026-03-01",
                "The last day must not be before the first one",
            ),
            ("2020-01-01", "", "Choose a period of at most two years"),
        ] {
            assert_eq!(
                read("", from, to, Tz::UTC),
                Err(said.to_owned()),
                "{from} {to}"
            );
        }
    }
}
