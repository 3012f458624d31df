//! Procore's two rate windows per app and company, and the waits that were ordered.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use http::StatusCode;

const HOUR: TimeDelta = TimeDelta::hours(1);
const SPIKE: TimeDelta = TimeDelta::seconds(10);
/// How long calls that were under way when a wait was ordered may still arrive.
const UNDER_WAY: Duration = Duration::from_secs(1);
/// What the headers say while windows are off.
const UNLIMITED: u32 = 1_000_000;

/// Who is counted: an app together with a company.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    pub client_id: String,
    pub company_id: Option<i64>,
}

pub struct Rates {
    pub hourly: u32,
    pub spike: u32,
    windows: BTreeMap<Key, (Window, Window)>,
    waits: BTreeMap<Key, Wait>,
}

#[derive(Clone, Copy)]
struct Window {
    since: DateTime<Utc>,
    used: u32,
}

/// A wait that was ordered.
#[derive(Clone)]
pub struct Wait {
    pub until: DateTime<Utc>,
    /// 429 or 503.
    pub status: StatusCode,
    /// Whether the time is given in `Retry-After`.
    pub retry_after: bool,
    ordered: Instant,
    /// The request that was told to wait: repeating it early cannot be an accident.
    request: String,
}

impl Wait {
    pub fn new(
        until: DateTime<Utc>,
        status: StatusCode,
        retry_after: bool,
        request: String,
    ) -> Self {
        Self {
            until,
            status,
            retry_after,
            ordered: Instant::now(),
            request,
        }
    }
}

/// What the rate-limit headers say: the window that will be hit first.
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    pub limit: u32,
    pub remaining: u32,
    pub reset: DateTime<Utc>,
}

/// How a call stands to a wait that was ordered before.
pub enum Standing {
    Free,
    /// It may have been under way when the wait was ordered.
    UnderWay(Wait),
    Ignored(Wait),
}

impl Rates {
    pub fn new(hourly: u32, spike: u32) -> Self {
        Self {
            hourly,
            spike,
            windows: BTreeMap::new(),
            waits: BTreeMap::new(),
        }
    }

    /// Sets new limits and begins new windows.
    pub fn set(&mut self, hourly: u32, spike: u32) {
        *self = Self::new(hourly, spike);
    }

    /// The windows as they stand, before this call is counted.
    pub fn budget(&mut self, key: &Key, now: DateTime<Utc>) -> Budget {
        let fresh = Window {
            since: now,
            used: 0,
        };
        let (hour, spike) = self.windows.entry(key.clone()).or_insert((fresh, fresh));
        for (window, length) in [(&mut *hour, HOUR), (&mut *spike, SPIKE)] {
            if now >= window.since + length {
                *window = fresh;
            }
        }
        let hour = budget(self.hourly, *hour, HOUR);
        let spike = budget(self.spike, *spike, SPIKE);
        if spike.remaining < hour.remaining {
            spike
        } else {
            hour
        }
    }

    /// Counts a call; `Err` when a window is used up.
    pub fn take(&mut self, key: &Key, now: DateTime<Utc>) -> Result<Budget, Budget> {
        let before = self.budget(key, now);
        if before.remaining == 0 {
            return Err(before);
        }
        if let Some((hour, spike)) = self.windows.get_mut(key) {
            hour.used += 1;
            spike.used += 1;
        }
        Ok(self.budget(key, now))
    }

    /// Remembers that a request was told to come back later.
    pub fn order_wait(&mut self, key: Key, wait: Wait) {
        self.waits.insert(key, wait);
    }

    pub fn standing(&mut self, key: &Key, request: &str, now: DateTime<Utc>) -> Standing {
        let Some(wait) = self.waits.get(key) else {
            return Standing::Free;
        };
        if now >= wait.until {
            self.waits.remove(key);
            return Standing::Free;
        }
        if wait.request != request && wait.ordered.elapsed() < UNDER_WAY {
            return Standing::UnderWay(wait.clone());
        }
        Standing::Ignored(wait.clone())
    }

    pub fn forget_waits(&mut self) {
        self.waits.clear();
    }
}

fn budget(limit: u32, window: Window, length: TimeDelta) -> Budget {
    let limit = if limit == 0 { UNLIMITED } else { limit };
    let used = if limit == UNLIMITED { 0 } else { window.used };
    // Reset is in whole seconds: round up, so that coming back then is never too early.
    let reset = window.since + length;
    let reset = DateTime::from_timestamp(reset.timestamp() + 1, 0).unwrap_or(reset);
    Budget {
        limit,
        remaining: limit.saturating_sub(used),
        reset,
    }
}
