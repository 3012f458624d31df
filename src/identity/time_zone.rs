//! A person's time zone.

use std::fmt;

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, TimeZone as _, Utc};
use chrono_tz::Tz;

/// A zone of the IANA database; UTC unless the person chose another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeZone(Tz);

impl TimeZone {
    pub const UTC: Self = Self(Tz::UTC);

    /// Reads a zone's name, like `America/Chicago`. An old name of a zone is the zone.
    pub fn parse(name: &str) -> Option<Self> {
        let mut names = zones().map(str::split_ascii_whitespace);
        let current = names.find_map(|mut names| {
            let current = names.next()?;
            names.any(|old| old == name).then_some(current)
        });
        current.unwrap_or(name).parse().ok().map(Self)
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

    /// The zones to choose from: UTC, then those of all countries under their current names.
    pub fn choices() -> impl Iterator<Item = Self> {
        let current = zones().filter_map(|line| line.split_ascii_whitespace().next());
        let by_name = current.filter_map(|name| name.parse().ok().map(Self));
        std::iter::once(Self::UTC).chain(by_name)
    }
}

/// The zones of the IANA database by their current names, each with its old ones behind it. Browsers
/// name some zones by these: `Asia/Calcutta`.
fn zones() -> impl Iterator<Item = &'static str> {
    include_str!("time_zones.txt").lines()
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
        for (old, current) in [
            ("Asia/Calcutta", "Asia/Kolkata"),
            ("America/Buenos_Aires", "America/Argentina/Buenos_Aires"),
            ("US/Eastern", "America/New_York"),
        ] {
            assert_eq!(TimeZone::parse(old).map(TimeZone::name), Some(current));
            assert!(TimeZone::choices().all(|zone| zone.name() != old), "{old}");
        }
        assert!(
            TimeZone::choices().count() > 400,
            "each country has its own"
        );
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
