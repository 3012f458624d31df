//! A person's time zone.

use std::fmt;

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, TimeZone as _, Utc};
use chrono_tz::Tz;

/// A zone of the IANA database; UTC unless the person chose another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeZone(Tz);

impl TimeZone {
    pub const UTC: Self = Self(Tz::UTC);

    /// Reads a zone's name, like `America/Chicago`.
    pub fn parse(name: &str) -> Option<Self> {
        name.parse().ok().map(Self)
    }

    pub fn name(self) -> &'static str {
        self.0.name()
    }

    pub(crate) fn tz(self) -> Tz {
        self.0
    }

    /// When a day begins in this zone: an hour after midnight if clocks go forward then.
    pub(crate) fn start_of(self, day: NaiveDate) -> Option<DateTime<Utc>> {
        let midnight = day.and_time(NaiveTime::MIN);
        [midnight, midnight + TimeDelta::hours(1)]
            .into_iter()
            .find_map(|at| self.0.from_local_datetime(&at).earliest())
            .map(|at| at.with_timezone(&Utc))
    }

    /// The zones to choose from: UTC, then those named by continent and city, in order.
    pub fn choices() -> impl Iterator<Item = Self> {
        const CONTINENTS: [&str; 10] = [
            "Africa/",
            "America/",
            "Antarctica/",
            "Arctic/",
            "Asia/",
            "Atlantic/",
            "Australia/",
            "Europe/",
            "Indian/",
            "Pacific/",
        ];
        let by_city = chrono_tz::TZ_VARIANTS.iter().copied().filter(|tz| {
            CONTINENTS
                .iter()
                .any(|continent| tz.name().starts_with(continent))
        });
        std::iter::once(Tz::UTC).chain(by_city).map(Self)
    }
}

/// Reads a stored name. A name that this release's time zone database lacks becomes UTC: a wrong
/// hour on a page is better than no page.
impl From<String> for TimeZone {
    fn from(name: String) -> Self {
        Self::parse(&name).unwrap_or(Self::UTC)
    }
}

impl fmt::Display for TimeZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name().replace('_', " "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_choice_can_be_read_back() {
        assert_eq!(TimeZone::choices().next(), Some(TimeZone::UTC));
        for zone in TimeZone::choices() {
            assert_eq!(TimeZone::parse(zone.name()), Some(zone));
        }
        let day = NaiveDate::from_ymd_opt(2026, 9, 6).unwrap();
        let santiago = TimeZone::parse("America/Santiago").unwrap();
        assert_eq!(
            santiago.start_of(day),
            Some("2026-09-06T04:00:00Z".parse().unwrap()),
            "there is no midnight that day"
        );
        assert_eq!(TimeZone::from("Mars/Olympus".to_owned()), TimeZone::UTC);
        assert_eq!(
            TimeZone::parse("America/New_York").unwrap().to_string(),
            "America/New York"
        );
    }
}
