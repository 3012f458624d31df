//! Procore's rate windows, shared by all replicas and given to each in slices.
//!
//! The truth is one [`Budget`] per key in Postgres. A process takes several calls from it at once,
//! hands them out by itself and reports what the answers said when it next asks: at the latest
//! after a second, at once when they tell of another window. So a busy sync costs a round trip per slice, not two per call, and a process
//! that dies loses no more than its slice until the window ends.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::Mutex;

use super::App;
use crate::connection::Connection;
use crate::procore::rates::{REMEMBERED, left_for_background, slice_of};
use crate::procore::{Admission, Budget, PortError, RateGate, RateHeaders, RateKey, Urgency, Wait};
use crate::store::StoreError;
use crate::store::credentials;
use crate::store::database::Database;
use crate::store::rates::{self, Key, Stored};
use crate::store::vendor_installs::{self, Calls};
use crate::telemetry::metrics;

/// How long a slice is valid, and the longest delay before other replicas see an observation.
const SLICE_LIFE: TimeDelta = TimeDelta::seconds(1);
/// The most observations held back.
const KEPT_BACK: usize = 16;
/// The longest window is an hour, so an older share says nothing.
const IDLE_AFTER: TimeDelta = TimeDelta::hours(2);
/// Rows that count the vendor's calls of a day.
const SLOTS: i64 = 8;
/// Write conflicts on one key before we give up.
const TRIES: usize = 50;

/// Rate budgets in the database.
pub struct Rates {
    db: Database,
    /// The limit of an hour until Procore names one.
    hourly_calls: u32,
    /// The percentage of an hour that upkeep may use.
    upkeep_percent: u32,
    /// The vendor's clients, by environment: their calls are counted.
    vendor: HashSet<(String, String)>,
    shares: Mutex<HashMap<RateKey, Arc<Mutex<Share>>>>,
}

/// What this process holds of one budget.
#[derive(Default)]
struct Share {
    /// Calls admitted and not used yet.
    left: u32,
    /// What they were admitted for: nothing less urgent may use them.
    urgency: Urgency,
    /// Calls to give back.
    unused: u32,
    good_until: Option<DateTime<Utc>>,
    /// Observations not reported yet.
    seen: Vec<(RateHeaders, DateTime<Utc>)>,
    reported_at: Option<DateTime<Utc>>,
    /// Limit and reset of the window that the last answer described.
    window: Option<(u32, DateTime<Utc>)>,
    /// Calls by the vendor's app that are not counted yet.
    counted: Calls,
}

#[derive(Debug, thiserror::Error)]
enum Failed {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("no database connection is available")]
    Pool(#[from] sqlx::Error),
    #[error("the budget cannot be written as JSON")]
    Json(#[from] serde_json::Error),
}

impl From<Failed> for PortError {
    fn from(failed: Failed) -> Self {
        Self::new(failed)
    }
}

impl Share {
    /// Uses a call of the slice, if there is one for this urgency and the slice is still valid.
    fn hand_out(&mut self, urgency: Urgency, now: DateTime<Utc>) -> bool {
        let is_reserved = urgency > self.urgency;
        let is_over = self.good_until.is_none_or(|until| until <= now);
        if self.left == 0 || is_reserved || is_over {
            return false;
        }
        self.left -= 1;
        true
    }

    /// Keeps at most `calls` of the slice.
    fn trim(&mut self, calls: u32) {
        let surplus = self.left.saturating_sub(calls);
        self.left -= surplus;
        self.unused += surplus;
    }

    fn is_idle(&self, now: DateTime<Utc>) -> bool {
        self.reported_at.is_none_or(|at| now - at > IDLE_AFTER)
    }
}

impl Rates {
    /// Budgets that assume `hourly_calls` until Procore names its limit; upkeep may use so many
    /// percent.
    pub fn new(db: impl Into<Database>, hourly_calls: u32, upkeep_percent: u32) -> Arc<Self> {
        Self::with_vendor(db, hourly_calls, upkeep_percent, [])
    }

    /// The same where some clients are the vendor's, each with its environment.
    pub(crate) fn with_vendor(
        db: impl Into<Database>,
        hourly_calls: u32,
        upkeep_percent: u32,
        vendor: impl IntoIterator<Item = (String, String)>,
    ) -> Arc<Self> {
        Arc::new(Self {
            db: db.into(),
            hourly_calls,
            upkeep_percent,
            vendor: vendor.into_iter().collect(),
            shares: Mutex::default(),
        })
    }

    fn is_vendor(&self, key: &RateKey) -> bool {
        let client = (key.environment.clone(), key.client_id.as_str().to_owned());
        !self.vendor.is_empty() && self.vendor.contains(&client)
    }

    /// This process's share of a key. Long idle shares are dropped.
    async fn share(&self, key: &RateKey, now: DateTime<Utc>) -> Arc<Mutex<Share>> {
        let mut shares = self.shares.lock().await;
        if let Some(known) = shares.get(key) {
            return Arc::clone(known);
        }
        // A share that is locked, or handed out, is in use.
        shares.retain(|_, share| {
            let in_use = Arc::strong_count(share) > 1;
            in_use || share.try_lock().map_or(true, |share| !share.is_idle(now))
        });
        let new = Arc::default();
        shares.insert(key.clone(), Arc::clone(&new));
        new
    }

    /// Reports what this process has seen and does not need, applies `change`, and writes the
    /// budget back. Repeats that when another process wrote in between.
    async fn settle<T>(
        &self,
        key: &RateKey,
        share: &mut Share,
        now: DateTime<Utc>,
        change: impl Fn(&mut Budget) -> T,
    ) -> Result<T, Failed> {
        let at = Key {
            environment: &key.environment,
            client_id: key.client_id.as_str(),
            company_id: key.company_id.get(),
        };
        let mut conn = self.db.acquire_for_write().await?;
        let mut tries = 0;
        loop {
            let stored = rates::find(&mut conn, at).await?;
            // A budget in an older format counts as none; the next reply restores it.
            let mut budget: Budget = stored
                .as_ref()
                .and_then(|stored| serde_json::from_value(stored.budget.clone()).ok())
                .unwrap_or_default();
            budget = budget
                .assuming(self.hourly_calls)
                .sparing(self.upkeep_percent);
            budget.give_back(share.unused, share.urgency);
            for (headers, at) in &share.seen {
                budget.observe(*headers, *at);
            }
            let result = change(&mut budget);
            let budget = serde_json::to_value(&budget)?;
            let written = match stored {
                Some(Stored { version, .. }) => {
                    rates::update(&mut conn, at, &Stored { budget, version }, now).await
                }
                None => {
                    rates::delete_older(&mut conn, now - REMEMBERED).await?;
                    rates::insert(&mut conn, at, &budget, now).await
                }
            };
            match written {
                Ok(()) => {
                    conn.finish().await?;
                    share.unused = 0;
                    share.seen.clear();
                    share.reported_at = Some(now);
                    if share.counted != Calls::default()
                        && let Err(error) = self.count(key, share, now).await
                    {
                        // Counted with the next ones: no call waits for a statistic.
                        let error = anyhow::Error::from(error);
                        tracing::warn!("Calls of the vendor's app cannot be counted: {error:#}");
                    }
                    return Ok(result);
                }
                Err(StoreError::Stale) if tries < TRIES => tries += 1,
                Err(error) => return Err(error.into()),
            }
        }
    }
}

impl Rates {
    /// Adds the calls of the vendor's app to its statistics.
    async fn count(
        &self,
        key: &RateKey,
        share: &mut Share,
        now: DateTime<Utc>,
    ) -> Result<(), Failed> {
        // Several rows a day: companies must not wait for each other.
        let slot = (key.company_id.get() % SLOTS) as i16;
        let at = (key.environment.as_str(), now.date_naive(), slot);
        let mut conn = self.db.acquire_for_write().await?;
        vendor_installs::add_calls(&mut conn, at, share.counted).await?;
        conn.finish().await?;
        share.counted = Calls::default();
        Ok(())
    }
}

impl App {
    /// What is left of so many calls an hour for work that nobody waits for at a page.
    pub(crate) fn left_for_background(&self, hourly: u32) -> u32 {
        left_for_background(hourly, self.config.reconcile_percent)
    }

    /// How many calls an hour Procore allows a connection: what it last told, or what is assumed until
    /// it does.
    pub(crate) async fn hourly_calls(&self, connection: &Connection) -> anyhow::Result<u32> {
        let assumed = self.config.procore_hourly_calls;
        let mut conn = self.db.acquire().await?;
        let Some(access) = credentials::find_access(&mut conn, connection).await? else {
            return Ok(assumed);
        };
        let access = self.access(connection, &access)?;
        let key = Key {
            environment: &access.environment.name,
            client_id: access.client_id.as_str(),
            company_id: access.company_id.get(),
        };
        let stored = rates::find(&mut conn, key).await?;
        let budget = stored.and_then(|it| serde_json::from_value::<Budget>(it.budget).ok());
        let told = budget.and_then(|budget| budget.hourly_limit());
        Ok(told.unwrap_or(assumed))
    }
}

#[async_trait]
impl RateGate for Rates {
    async fn acquire(
        &self,
        key: &RateKey,
        urgency: Urgency,
        now: DateTime<Utc>,
    ) -> Result<Admission, PortError> {
        let share = self.share(key, now).await;
        let mut share = share.lock().await;
        if share.hand_out(urgency, now) {
            return Ok(Admission::Go);
        }
        share.trim(0);
        let taken = self.settle(key, &mut share, now, |budget| budget.take(urgency, now));
        match taken.await? {
            Ok(calls) => {
                share.left = calls - 1;
                share.urgency = urgency;
                share.good_until = Some(now + SLICE_LIFE);
                Ok(Admission::Go)
            }
            Err(wait) => {
                metrics::procore_held_back(&key.environment);
                Ok(Admission::Wait(wait))
            }
        }
    }

    async fn observe(
        &self,
        key: &RateKey,
        headers: RateHeaders,
        now: DateTime<Utc>,
    ) -> Result<(), PortError> {
        let share = self.share(key, now).await;
        let mut share = share.lock().await;
        share.seen.push((headers, now));
        if self.is_vendor(key) {
            share.counted.count(headers.status);
        }
        let answered = headers.server_date.is_some() || headers.limit.is_some();
        let outcome = if answered { "answered" } else { "unanswered" };
        metrics::procore_called(&key.environment, outcome);
        let mut is_news = false;
        if let (Some(remaining), Some(limit)) = (headers.remaining, headers.limit) {
            metrics::rate_observed(&key.environment, remaining, limit);
            // A new window may have begun since the slice was taken.
            share.trim(if remaining == 0 {
                0
            } else {
                slice_of(remaining)
            });
            let window = headers.reset.map(|reset| (limit, reset));
            is_news = remaining == 0 || share.window != window;
            share.window = window;
        }
        let is_due = is_news
            || share.seen.len() >= KEPT_BACK
            || share.reported_at.is_none_or(|at| now - at >= SLICE_LIFE);
        if is_due {
            self.settle(key, &mut share, now, |_| ()).await?;
        }
        Ok(())
    }

    async fn block(&self, key: &RateKey, wait: Wait) -> Result<(), PortError> {
        metrics::procore_blocked(&key.environment);
        // There is no clock here. Only the age of rows and shares depends on it, so use the end.
        let share = self.share(key, wait.until).await;
        let mut share = share.lock().await;
        share.trim(0);
        self.settle(key, &mut share, wait.until, |budget| budget.block(wait))
            .await?;
        Ok(())
    }
}
