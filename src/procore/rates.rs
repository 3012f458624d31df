//! Procore's rate windows, and when the next call fits into them.
//!
//! Procore counts calls per app and company in an hourly and a ten-second window. The limits are
//! not fixed, so we read them from the headers: every reply names the limit, the remaining calls
//! and the reset of the window closest to exhaustion. That is nearly always the ten-second one, so
//! the hour's calls are counted here as well. Until the ten-second window is known, calls are paced.

mod slice;
mod window;

pub(crate) use slice::slice_of;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

pub(crate) use self::window::left_for_background;
use self::window::{InFlight, Window};
use super::input::{ClientId, CompanyId};

/// The scope of Procore's limits: one app in one company of one environment.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RateKey {
    pub environment: String,
    pub client_id: ClientId,
    pub company_id: CompanyId,
}

/// Priority of a call, the most urgent first. Background work leaves a reserve for people.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Urgency {
    /// A person is waiting at a page.
    #[default]
    Waiting,
    /// Nobody is waiting.
    Background,
    /// Nobody is waiting, and it is not to use more than a share of the hour.
    Upkeep,
}

/// Whether a call may be made now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// Yes; report the reply's headers afterwards.
    Go,
    /// Not before the end of this wait.
    Wait(Wait),
}

impl Admission {
    /// Not before a window has room again.
    fn after(until: DateTime<Utc>) -> Self {
        let reason = WaitReason::Rate;
        Self::Wait(Wait { until, reason })
    }
}

/// How long calls have to wait, and why: who asks again before the end is told the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wait {
    pub until: DateTime<Utc>,
    pub reason: WaitReason,
}

/// Why calls have to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WaitReason {
    /// To stay within Procore's windows.
    Rate,
    /// Procore said that it is busy.
    Busy,
}

/// The rate headers of one reply, and its status.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RateHeaders {
    /// Calls allowed in the window.
    pub limit: Option<u32>,
    /// Calls left in it.
    pub remaining: Option<u32>,
    /// When it ends, by Procore's clock; at most an hour ahead. `None` if the reply does not tell.
    pub reset: Option<DateTime<Utc>>,
    /// Procore's clock at the reply, so that clock skew does not matter.
    pub server_date: Option<DateTime<Utc>>,
    /// `None` if nothing was answered.
    pub status: Option<u16>,
}

impl RateHeaders {
    /// When the window ends by our clock, never less than a second away.
    fn reset_from(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        Some(now + self.wait(now)?.max(TimeDelta::seconds(1)))
    }

    fn wait(&self, now: DateTime<Utc>) -> Option<TimeDelta> {
        Some(self.reset? - self.server_date.unwrap_or(now))
    }
}

/// The shorter window; a reset further away than this belongs to the hourly one.
const SPIKE: TimeDelta = TimeDelta::seconds(10);
/// The clock of `Date` and the reset are both in whole seconds.
const ROUNDING: TimeDelta = TimeDelta::seconds(1);
/// How many times what is allowed in ten seconds is certainly the limit of an hour.
const MUCH_MORE: u32 = 10;
const HOUR: TimeDelta = TimeDelta::hours(1);
/// How long the limit of an hour holds since Procore last named it. Keeping within it means that
/// Procore does not name it again, so it must not lapse soon; one that was raised must not hold long.
pub(crate) const REMEMBERED: TimeDelta = TimeDelta::days(7);
/// Burst size while no window is known: enough for a token and a few concurrent calls.
/// Procore's smallest known window allows 25.
const BURST: f64 = 8.0;
/// Calls per second while no window is known.
const PACE: f64 = 2.0;

/// How many calls one key may still make; pure, and small enough to keep in a database row.
///
/// Windows that Procore told of may be used up, minus the calls in flight; without one, calls are
/// paced at two per second. Background work leaves a tenth of each window (at most 60 calls), so
/// that people at a page are served until it ends; of an hour that Procore did not tell of, by our
/// own count. That count never holds people back.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Budget {
    spike: Option<Window>,
    hour: Option<Window>,
    /// What upkeep has used of an hour, by our own count.
    #[serde(default)]
    upkeep: Option<Used>,
    /// The limit that Procore last named for ten seconds.
    spike_limit: Option<u32>,
    hourly_limit: Option<HourlyLimit>,
    /// The limit of an hour until Procore names one; without it the hour is not counted.
    #[serde(skip)]
    assumed: Option<u32>,
    /// The percentage of an hour that upkeep may use.
    #[serde(skip)]
    upkeep_percent: Option<u32>,
    #[serde(rename = "blocked_until")]
    blocked: Option<Wait>,
    #[serde(rename = "under_way")]
    in_flight: InFlight,
    /// Calls the pace still allows, and when that was computed.
    pace: Option<(f64, DateTime<Utc>)>,
}

/// The limit that Procore last named for an hour, and when.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct HourlyLimit {
    calls: u32,
    named_at: DateTime<Utc>,
}

/// Calls that were made in an hour.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Used {
    calls: u32,
    ends: DateTime<Utc>,
}

impl Budget {
    /// The limit that Procore last named for an hour.
    pub(crate) fn hourly_limit(&self) -> Option<u32> {
        self.hourly_limit.map(|named| named.calls)
    }

    /// The same with the limit of an hour until Procore names one.
    pub(crate) fn assuming(self, hourly_calls: u32) -> Self {
        Self {
            assumed: Some(hourly_calls),
            ..self
        }
    }

    /// The same with the percentage of an hour that upkeep may use.
    pub(crate) fn sparing(self, upkeep_percent: u32) -> Self {
        Self {
            upkeep_percent: Some(upkeep_percent),
            ..self
        }
    }

    /// Admits a call, or returns when to ask again.
    pub fn acquire(&mut self, urgency: Urgency, now: DateTime<Utc>) -> Admission {
        self.drop_expired(now);
        if let Some(wait) = self.blocked {
            return Admission::Wait(wait);
        }
        if self.hour.is_none() {
            let named = self.hourly_limit.map(|named| named.calls);
            let limit = named.or(self.assumed);
            self.hour = limit.map(|limit| Window::counted(limit, now));
        }
        if urgency == Urgency::Upkeep
            && let Some(ends) = self.upkeep_ends()
        {
            return Admission::after(ends);
        }
        let full = self.windows().filter(|window| window.is_full(urgency));
        if let Some(ends) = full.map(|window| window.ends).max() {
            return Admission::after(ends);
        }
        if self.told().next().is_none() {
            let allowed = self.allowed_by_pace(now);
            if allowed < 1.0 {
                let wait = ((1.0 - allowed) / PACE * 1000.0).ceil() as i64;
                return Admission::after(now + TimeDelta::milliseconds(wait));
            }
            self.pace = Some((allowed - 1.0, now));
        }
        for window in self.windows_mut() {
            window.remaining = window.remaining.saturating_sub(1);
        }
        if urgency == Urgency::Upkeep {
            let ends = now + HOUR;
            self.upkeep.get_or_insert(Used { calls: 0, ends }).calls += 1;
        }
        self.in_flight.begin(now);
        Admission::Go
    }

    /// When upkeep has its share of an hour again, if that is used up.
    fn upkeep_ends(&self) -> Option<DateTime<Utc>> {
        let limit = self.hour.as_ref()?.limit;
        let share = (limit.saturating_mul(self.upkeep_percent?) / 100).max(1);
        let used_up = self.upkeep.filter(|used| used.calls >= share);
        used_up.map(|used| used.ends)
    }

    /// Records a reply's headers; to be called once per admitted call, answered or not.
    pub fn observe(&mut self, headers: RateHeaders, now: DateTime<Utc>) {
        self.in_flight.end(1);
        let (Some(limit), Some(remaining), Some(wait), Some(ends)) = (
            headers.limit.filter(|limit| *limit > 0),
            headers.remaining,
            headers.wait(now),
            headers.reset_from(now),
        ) else {
            return;
        };
        // Procore did not count the calls in flight when it wrote this reply, but we did: within
        // one window the smaller figure is right.
        let told = Window {
            limit,
            remaining: remaining.saturating_sub(self.in_flight.count()),
            ends,
            reset: headers.reset,
        };
        let ends_soon = wait <= SPIKE + ROUNDING;
        if ends_soon && !self.is_of_hour(&told) {
            self.forget_hours_within(limit);
            self.spike_limit = Some(limit);
            Window::merge(&mut self.spike, told);
        } else if self.spike_limit.is_none_or(|spike| spike < limit) {
            self.hourly_limit = Some(HourlyLimit {
                calls: limit,
                named_at: now,
            });
            Window::merge(&mut self.hour, told);
        }
    }

    /// Whether a window that ends within ten seconds is an hour all the same: the one that is known, or
    /// one whose limit Procore named for an hour, or that is far too large for ten seconds.
    fn is_of_hour(&self, window: &Window) -> bool {
        let is_known = |hour: &Window| {
            let apart = hour.reset.zip(window.reset).map(|(one, other)| one - other);
            hour.limit == window.limit && apart.is_some_and(|apart| apart.abs() <= ROUNDING)
        };
        let named = self.hourly_limit.map(|named| named.calls);
        let by_limit = |spike: u32| {
            let is_more = spike < window.limit;
            is_more && named == Some(window.limit)
                || spike.saturating_mul(MUCH_MORE) <= window.limit
        };
        self.hour.as_ref().is_some_and(is_known) || self.spike_limit.is_some_and(by_limit)
    }

    /// An hour that allows no more than ten seconds do was the short window with an odd reset.
    fn forget_hours_within(&mut self, spike_limit: u32) {
        self.hour
            .take_if(|hour| hour.reset.is_some() && hour.limit <= spike_limit);
        self.hourly_limit
            .take_if(|named| named.calls <= spike_limit);
    }

    /// Admits nothing before the end of this wait, or of a longer one that began before.
    pub fn block(&mut self, wait: Wait) {
        if self
            .blocked
            .is_none_or(|blocked| blocked.until < wait.until)
        {
            self.blocked = Some(wait);
        }
    }

    fn windows(&self) -> impl Iterator<Item = &Window> {
        self.spike.iter().chain(&self.hour)
    }

    fn windows_mut(&mut self) -> impl Iterator<Item = &mut Window> {
        self.spike.iter_mut().chain(&mut self.hour)
    }

    /// The windows that Procore told of.
    fn told(&self) -> impl Iterator<Item = &Window> {
        self.windows().filter(|window| window.reset.is_some())
    }

    fn drop_expired(&mut self, now: DateTime<Utc>) {
        for window in [&mut self.spike, &mut self.hour] {
            window.take_if(|window| window.ends <= now);
        }
        self.upkeep.take_if(|used| used.ends <= now);
        self.blocked.take_if(|wait| wait.until <= now);
        self.hourly_limit
            .take_if(|named| now - named.named_at > REMEMBERED);
    }

    fn allowed_by_pace(&self, now: DateTime<Utc>) -> f64 {
        match self.pace {
            None => BURST,
            Some((left, since)) => {
                let seconds = (now - since).num_milliseconds().max(0) as f64 / 1000.0;
                (left + seconds * PACE).min(BURST)
            }
        }
    }
}

#[cfg(test)]
mod tests;
