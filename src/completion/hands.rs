//! A run in a worker's hands: the only way in which a completion writes.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::{PgConnection, Postgres, Transaction};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::failure::Halt;
use super::watch::{Moment, Watch};
use crate::app::App;
use crate::onboarding::Onboarding;
use crate::procore;
use crate::store::onboardings;
use crate::store::runs::{self, Held};

/// How long a run stays in a worker's hands without a write. Longer than any call to Procore may
/// take, so that a living worker is never overtaken.
pub const LEASE: TimeDelta = TimeDelta::seconds(60);

/// A call is begun only with at least this much of the lease left.
const ENOUGH: TimeDelta = TimeDelta::seconds(30);

/// The hold of one worker on one run.
pub(super) struct Hands<'a> {
    pub app: &'a App,
    watch: &'a dyn Watch,
    stop: &'a CancellationToken,
    pub held: Held,
    lease_until: DateTime<Utc>,
}

/// A transaction that writes under this worker's fence, or not at all.
pub(super) struct Write {
    pub tx: Transaction<'static, Postgres>,
    what: &'static str,
    lease_until: DateTime<Utc>,
}

impl<'a> Hands<'a> {
    /// Takes a run that is due and in nobody's hands.
    pub async fn take(
        app: &'a App,
        watch: &'a dyn Watch,
        stop: &'a CancellationToken,
        firm_id: Uuid,
        run_id: Uuid,
    ) -> Result<Option<Self>, Halt> {
        look(watch, Moment::BeforeWrite("take"))?;
        let now = app.clock.now();
        let lease_until = now + LEASE;
        let mut conn = app.db.acquire().await?;
        let held = runs::take(&mut conn, firm_id, run_id, now, lease_until).await?;
        look(watch, Moment::AfterWrite("take"))?;
        Ok(held.map(|held| Self {
            app,
            watch,
            stop,
            held,
            lease_until,
        }))
    }

    pub fn now(&self) -> DateTime<Utc> {
        self.app.clock.now()
    }

    /// Begins a write; `what` names it for whoever looks on.
    pub async fn begin(&self, what: &'static str) -> Result<Write, Halt> {
        look(self.watch, Moment::BeforeWrite(what))?;
        let lease_until = self.now() + LEASE;
        let mut tx = self.app.db.begin().await?;
        runs::hold(&mut tx, &self.held, lease_until).await?;
        Ok(Write {
            tx,
            what,
            lease_until,
        })
    }

    /// Begins a write that changes the run's onboarding too. The onboarding is held before the run,
    /// as in every flow, so that neither waits for the other in a circle.
    pub async fn begin_with_onboarding(
        &self,
        what: &'static str,
        onboarding_id: Uuid,
    ) -> Result<(Write, Onboarding), Halt> {
        look(self.watch, Moment::BeforeWrite(what))?;
        let lease_until = self.now() + LEASE;
        let mut tx = self.app.db.begin().await?;
        let Held { firm_id, .. } = self.held;
        let stored = onboardings::find_for_update(&mut tx, firm_id, onboarding_id).await?;
        let onboarding = stored
            .ok_or_else(|| anyhow::anyhow!("run {} has no onboarding", self.held.run_id))?
            .onboarding;
        runs::hold(&mut tx, &self.held, lease_until).await?;
        let write = Write {
            tx,
            what,
            lease_until,
        };
        Ok((write, onboarding))
    }

    /// Ends a write: all of it, or nothing.
    pub async fn commit(&mut self, write: Write) -> Result<(), Halt> {
        write.tx.commit().await?;
        self.lease_until = write.lease_until;
        look(self.watch, Moment::AfterWrite(write.what))
    }

    /// Asks Procore something, with enough of the lease left and no transaction open.
    pub async fn call<T>(
        &mut self,
        what: &'static str,
        call: impl Future<Output = Result<T, procore::Error>>,
    ) -> Result<Result<T, procore::Error>, Halt> {
        self.ready(what).await?;
        let answer = call.await;
        self.answered(what)?;
        Ok(answer)
    }

    /// Makes sure that a call may begin.
    pub async fn ready(&mut self, what: &'static str) -> Result<(), Halt> {
        if self.stop.is_cancelled() {
            return Err(Halt::Stopping);
        }
        if self.lease_until - self.now() < ENOUGH {
            let write = self.begin("renew").await?;
            self.commit(write).await?;
        }
        look(self.watch, Moment::BeforeCall(what))?;
        if self.lease_until <= self.now() {
            return Err(Halt::Overtaken); // the machine slept; another worker may have the run
        }
        Ok(())
    }

    /// Tells that a call has ended.
    pub fn answered(&self, what: &'static str) -> Result<(), Halt> {
        look(self.watch, Moment::AfterCall(what))
    }

    pub fn is_stopping(&self) -> bool {
        self.stop.is_cancelled()
    }

    /// Puts the run down.
    pub async fn put_down(&self, conn: &mut PgConnection, rest: runs::Rest) -> Result<(), Halt> {
        Ok(runs::put_down(conn, &self.held, rest).await?)
    }
}

fn look(watch: &dyn Watch, moment: Moment) -> Result<(), Halt> {
    if watch.at(moment).is_break() {
        Err(Halt::Interrupted)
    } else {
        Ok(())
    }
}
