//! One of Procore's windows, and the calls that nobody has reported yet.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::{HOUR, Urgency};

/// An admitted call that was never reported (its process died) is dropped after one to two of
/// these intervals; no call takes that long.
const LOST_AFTER: TimeDelta = TimeDelta::seconds(30);

/// Calls admitted and not yet reported. The older count is dropped at each rotation, so that calls
/// of a dead process do not narrow the windows forever.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub(super) struct InFlight {
    recent: u32,
    older: u32,
    #[serde(rename = "turned_at")]
    rotated_at: Option<DateTime<Utc>>,
}

impl InFlight {
    pub(super) fn begin(&mut self, now: DateTime<Utc>) {
        match self.rotated_at {
            Some(at) if now - at < LOST_AFTER => {}
            Some(at) if now - at < LOST_AFTER * 2 => {
                *self = Self {
                    recent: 0,
                    older: self.recent,
                    rotated_at: Some(now),
                };
            }
            Some(_) | None => {
                *self = Self {
                    rotated_at: Some(now),
                    ..Self::default()
                }
            }
        }
        self.recent += 1;
    }

    pub(super) fn end(&mut self, calls: u32) {
        let older = calls.saturating_sub(self.recent);
        self.recent = self.recent.saturating_sub(calls);
        self.older = self.older.saturating_sub(older);
    }

    pub(super) fn count(self) -> u32 {
        self.recent + self.older
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Window {
    pub(super) limit: u32,
    pub(super) remaining: u32,
    pub(super) ends: DateTime<Utc>,
    /// Procore's own reset time, which identifies the window; `None` for an hour that only we count.
    pub(super) reset: Option<DateTime<Utc>>,
}

fn reserve_of(limit: u32) -> u32 {
    (limit / 10).clamp(1, 60).min(limit.saturating_sub(1))
}

/// The calls of an hour that are left for work that nobody waits for, beside upkeep with its share; at least one.
pub(crate) fn left_for_background(limit: u32, upkeep_percent: u32) -> u32 {
    let upkeep = u64::from(limit) * u64::from(upkeep_percent) / 100;
    let upkeep = u32::try_from(upkeep).unwrap_or(limit);
    limit.saturating_sub(reserve_of(limit) + upkeep).max(1)
}

impl Window {
    /// An hour by our own count alone.
    pub(super) fn counted(limit: u32, now: DateTime<Utc>) -> Self {
        Self {
            limit,
            remaining: limit,
            ends: now + HOUR,
            reset: None,
        }
    }

    /// Whether a call has to wait for its end.
    pub(super) fn is_full(&self, urgency: Urgency) -> bool {
        match urgency {
            Urgency::Waiting => self.reset.is_some() && self.remaining == 0,
            Urgency::Background | Urgency::Upkeep => self.remaining <= self.reserve(),
        }
    }

    /// What background work leaves for people.
    fn reserve(&self) -> u32 {
        reserve_of(self.limit)
    }

    /// Combines what was known of this window with what a reply says of it or of a later one.
    pub(super) fn merge(known: &mut Option<Self>, told: Self) {
        match known {
            Some(window) if window.reset > told.reset => {} // a late reply, overtaken by a newer one
            Some(window) if window.reset == told.reset && window.limit == told.limit => {
                window.remaining = window.remaining.min(told.remaining);
            }
            Some(_) | None => *known = Some(told),
        }
    }
}
