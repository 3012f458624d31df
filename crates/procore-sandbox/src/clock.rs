//! The simulated Procore's own time, which a test may advance, set or freeze.

use std::time::{Instant, SystemTime};

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};

/// Runs with the machine's clock unless frozen, shifted by what the control page asked for.
pub(crate) struct Clock {
    base: DateTime<Utc>,
    started: Instant,
    frozen: bool,
}

impl Clock {
    /// Starts at `start`, or at the machine's time; a frozen clock moves only when advanced.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the machine's clock"
    )]
    pub(crate) fn start(start: Option<DateTime<Utc>>, frozen: bool) -> Self {
        let base = start.unwrap_or_else(|| DateTime::<Utc>::from(SystemTime::now()));
        Self {
            base,
            started: Instant::now(),
            frozen,
        }
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        if self.frozen {
            return self.base;
        }
        let passed = TimeDelta::from_std(self.started.elapsed()).unwrap_or_default();
        self.base + passed
    }

    pub(crate) fn advance(&mut self, by: TimeDelta) {
        self.base += by;
    }

    pub(crate) fn set(&mut self, now: DateTime<Utc>) {
        self.base = now;
        self.started = Instant::now();
    }
}

/// ISO 8601 in UTC with whole seconds, as Procore writes times in records.
pub(crate) fn iso(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// The `Date` header's form.
pub(crate) fn http_date(at: DateTime<Utc>) -> String {
    at.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}
