//! Procore's two rate windows per app and company, and the waits that were ordered.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use http::StatusCode;
use serde::Deserialize;

use crate::faults::Reset;

const HOUR: TimeDelta = TimeDelta::hours(1);
const SPIKE: TimeDelta = TimeDelta::seconds(10);
/// How long calls that were under way when a wait was ordered may still arrive.
const UNDER_WAY: Duration = Duration::from_secs(1);
/// What the headers say while windows are off.
const UNLIMITED: u32 = 1_000_000;

/// Who is counted: an app together with a company.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub client_id: String,
    pub company_id: Option<i64>,
}

/// Calls in an hour and in ten seconds; 0 is no limit.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(crate) struct Limits {
    pub hourly: u32,
    pub spike: u32,
}

pub(crate) struct Rates {
    pub limits: Limits,
    /// Where one app and company has limits of its own.
    own: BTreeMap<Key, Limits>,
    windows: BTreeMap<Key, (Window, Window)>,
    orders: BTreeMap<Key, OrderedWait>,
}

#[derive(Clone, Copy)]
struct Window {
    since: DateTime<Utc>,
    used: u32,
}

/// A wait that was ordered.
#[derive(Clone)]
pub(crate) struct OrderedWait {
    pub until: DateTime<Utc>,
    /// The time that the caller is told.
    pub told: DateTime<Utc>,
    pub reset: Reset,
    /// 429 or 503.
    pub status: StatusCode,
    /// Whether the time is given in `Retry-After`.
    pub retry_after: bool,
    ordered: Instant,
    /// The request that was told to wait: repeating it early cannot be an accident.
    request: String,
}

impl OrderedWait {
    pub(crate) fn new(until: DateTime<Utc>, status: StatusCode, request: String) -> Self {
        Self {
            until,
            told: until,
            reset: Reset::Seconds,
            status,
            retry_after: false,
            ordered: Instant::now(),
            request,
        }
    }
}

/// What the rate-limit headers say.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Budget {
    pub limit: u32,
    pub remaining: u32,
    pub reset: DateTime<Utc>,
}

impl Rates {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            limits,
            own: BTreeMap::new(),
            windows: BTreeMap::new(),
            orders: BTreeMap::new(),
        }
    }

    /// Sets limits for one app and company and begins new windows there.
    pub(crate) fn limit(&mut self, key: Key, limits: Limits) {
        self.windows.remove(&key);
        self.own.insert(key, limits);
    }

    /// The window that the headers show: the spike window, which is the next to be hit, unless
    /// only the hourly one is on, or is used up.
    pub(crate) fn budget(&mut self, key: &Key, now: DateTime<Utc>) -> Budget {
        let limits = *self.own.get(key).unwrap_or(&self.limits);
        // Windows begin at whole seconds, in which their end is told.
        let since = now.trunc_subsecs(0);
        let fresh = Window { since, used: 0 };
        let (hour, spike) = self.windows.entry(key.clone()).or_insert((fresh, fresh));
        for (window, length) in [(&mut *hour, HOUR), (&mut *spike, SPIKE)] {
            if now >= window.since + length {
                *window = fresh;
            }
        }
        let hour = budget(limits.hourly, *hour, HOUR);
        let spike = budget(limits.spike, *spike, SPIKE);
        match hour.remaining == 0 || limits.spike == 0 {
            true => hour,
            false => spike,
        }
    }

    /// Counts a call, or says when there is room for it again.
    pub(crate) fn take(&mut self, key: &Key, now: DateTime<Utc>) -> Result<(), DateTime<Utc>> {
        let before = self.budget(key, now);
        if before.remaining == 0 {
            return Err(before.reset);
        }
        if let Some((hour, spike)) = self.windows.get_mut(key) {
            hour.used += 1;
            spike.used += 1;
        }
        Ok(())
    }

    /// Remembers that a request was told to come back later.
    pub(crate) fn remember(&mut self, key: Key, order: OrderedWait) {
        self.orders.insert(key, order);
    }

    /// The wait that was ordered and is not over, and whether the request may have been under way
    /// when it was.
    pub(crate) fn standing(
        &mut self,
        key: &Key,
        request: &str,
        now: DateTime<Utc>,
    ) -> Option<(OrderedWait, bool)> {
        self.orders.retain(|_, order| now < order.until);
        let order = self.orders.get(key)?;
        let under_way = order.request != request && order.ordered.elapsed() < UNDER_WAY;
        Some((order.clone(), under_way))
    }

    pub(crate) fn forget_waits(&mut self) {
        self.orders.clear();
    }
}

fn budget(limit: u32, window: Window, length: TimeDelta) -> Budget {
    let limit = if limit == 0 { UNLIMITED } else { limit };
    let used = if limit == UNLIMITED { 0 } else { window.used };
    Budget {
        limit,
        remaining: limit.saturating_sub(used),
        reset: window.since + length,
    }
}
