//! A run in a worker's hands: the only way in which a completion writes.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, Postgres, Transaction};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::failure::Halt;
use super::watch::{Moment, Watch};
use crate::app::App;
use crate::procore;
use crate::store::onboardings::{self, Stored};
use crate::store::runs::{self, Held};

/// The hold of one worker on one run.
pub(super) struct Hands<'a> {
    pub app: &'a App,
    watch: &'a dyn Watch,
    stop: &'a CancellationToken,
    pub held: Held,
}

/// A transaction that writes under this worker's fence, or not at all.
pub(super) struct Write {
    pub tx: Transaction<'static, Postgres>,
    what: &'static str,
}

impl<'a> Hands<'a> {
    /// Takes a run; whoever had it before writes nothing from here on.
    pub async fn take(
        app: &'a App,
        watch: &'a dyn Watch,
        stop: &'a CancellationToken,
        firm_id: Uuid,
        run_id: Uuid,
    ) -> Result<Option<Self>, Halt> {
        look(watch, Moment::BeforeWrite("take"))?;
        let mut conn = app.db.acquire().await?;
        let held = runs::take(&mut conn, firm_id, run_id).await?;
        look(watch, Moment::AfterWrite("take"))?;
        Ok(held.map(|held| Self {
            app,
            watch,
            stop,
            held,
        }))
    }

    pub fn now(&self) -> DateTime<Utc> {
        self.app.clock.now()
    }

    /// Begins a write; `what` names it for whoever looks on.
    pub async fn begin(&self, what: &'static str) -> Result<Write, Halt> {
        look(self.watch, Moment::BeforeWrite(what))?;
        let mut tx = self.app.db.begin().await?;
        runs::hold(&mut tx, &self.held).await?;
        Ok(Write { tx, what })
    }

    /// Begins a write that changes the run's onboarding too. The onboarding is held before the run,
    /// as in every flow, so that neither waits for the other in a circle.
    pub async fn begin_with_onboarding(
        &self,
        what: &'static str,
        onboarding_id: Uuid,
    ) -> Result<(Write, Stored), Halt> {
        look(self.watch, Moment::BeforeWrite(what))?;
        let mut tx = self.app.db.begin().await?;
        let Held { firm_id, .. } = self.held;
        let stored = onboardings::find_for_update(&mut tx, firm_id, onboarding_id).await?;
        let stored =
            stored.ok_or_else(|| anyhow::anyhow!("run {} has no onboarding", self.held.run_id))?;
        runs::hold(&mut tx, &self.held).await?;
        Ok((Write { tx, what }, stored))
    }

    /// Ends a write: all of it, or nothing.
    pub async fn commit(&mut self, write: Write) -> Result<(), Halt> {
        write.tx.commit().await?;
        look(self.watch, Moment::AfterWrite(write.what))
    }

    /// Asks Procore something, with no transaction open.
    pub async fn call<T>(
        &mut self,
        what: &'static str,
        call: impl Future<Output = Result<T, procore::Error>>,
    ) -> Result<Result<T, procore::Error>, Halt> {
        self.ready(what)?;
        let answer = call.await;
        self.answered(what)?;
        Ok(answer)
    }

    /// Makes sure that a call may begin.
    pub fn ready(&self, what: &'static str) -> Result<(), Halt> {
        if self.stop.is_cancelled() {
            return Err(Halt::Stopping);
        }
        look(self.watch, Moment::BeforeCall(what))
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
