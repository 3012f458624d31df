//! The only reader of the time of day.
//!
//! Everything that depends on time takes it from a [`Clock`], so that a test can move four weeks
//! ahead in a line and no rule ever asks the machine behind the caller's back.

use std::sync::{Arc, Mutex, RwLock};

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use uuid::{ContextV7, Timestamp, Uuid};

/// Tells the time; cheap to clone, and all clones of a settable clock agree.
#[derive(Clone, Debug)]
pub struct Clock {
    source: TimeSource,
    /// Counts ids within a millisecond, so that they sort in the order in which they were made.
    ids: Arc<Mutex<ContextV7>>,
}

#[derive(Clone, Debug)]
enum TimeSource {
    System,
    Settable(Arc<RwLock<DateTime<Utc>>>),
}

impl Clock {
    fn new(source: TimeSource) -> Self {
        Self {
            source,
            ids: Arc::default(),
        }
    }

    /// The machine's clock.
    pub fn system() -> Self {
        Self::new(TimeSource::System)
    }

    /// A clock that shows `at` until it is moved.
    pub fn settable(at: DateTime<Utc>) -> Self {
        Self::new(TimeSource::Settable(Arc::new(RwLock::new(whole_micros(
            at,
        )))))
    }

    /// The present moment, in whole microseconds: Postgres keeps no finer ones, and what is
    /// written must equal what is read back.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the machine's clock"
    )]
    pub fn now(&self) -> DateTime<Utc> {
        match &self.source {
            TimeSource::System => whole_micros(Utc::now()),
            TimeSource::Settable(at) => *at.read().unwrap_or_else(|poisoned| poisoned.into_inner()),
        }
    }

    /// A fresh id that sorts by the time at which it was made (UUIDv7).
    pub fn new_id<Id: From<Uuid>>(&self) -> Id {
        let now = self.now();
        let seconds = u64::try_from(now.timestamp()).unwrap_or_default();
        let timestamp = Timestamp::from_unix(&*self.ids, seconds, now.timestamp_subsec_nanos());
        Uuid::new_v7(timestamp).into()
    }

    /// Moves a settable clock to `to`; the system's clock is not ours to set and stays as it is.
    pub fn set(&self, to: DateTime<Utc>) {
        if let TimeSource::Settable(at) = &self.source {
            *at.write().unwrap_or_else(|poisoned| poisoned.into_inner()) = whole_micros(to);
        }
    }

    /// Moves a settable clock on by `by`.
    pub fn advance(&self, by: TimeDelta) {
        self.set(self.now() + by);
    }
}

fn whole_micros(at: DateTime<Utc>) -> DateTime<Utc> {
    at.duration_trunc(TimeDelta::microseconds(1)).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_of_a_settable_clock_move_together() {
        let clock = Clock::settable(DateTime::UNIX_EPOCH);
        let other = clock.clone();
        clock.advance(TimeDelta::hours(2));
        assert_eq!(other.now(), DateTime::UNIX_EPOCH + TimeDelta::hours(2));
    }

    #[test]
    fn ids_sort_in_the_order_in_which_they_were_made_even_while_the_clock_stands() {
        let clock = Clock::settable(DateTime::UNIX_EPOCH + TimeDelta::days(20_000));
        let ids: Vec<Uuid> = (0..50)
            .map(|nth| {
                clock.advance(TimeDelta::milliseconds(nth % 2));
                clock.new_id()
            })
            .collect();
        assert!(ids.is_sorted());
    }

    #[test]
    fn setting_the_system_clock_changes_nothing() {
        let clock = Clock::system();
        clock.set(DateTime::UNIX_EPOCH);
        assert!(clock.now() > DateTime::UNIX_EPOCH);
    }
}
