//! One worker's lease on one run: the only way in which a run writes.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use sqlx::{PgConnection, Postgres, Transaction};
use tokio_util::sync::CancellationToken;

use super::failure::Halt;
use super::fault::{FaultInjector, FaultPoint};
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::identity::{Actor, FirmId, OnboardingId, RunId};
use crate::procore;
use crate::store::actions::{self, ActionEnd, Entry};
use crate::store::activities::{self, NewActivity};
use crate::store::onboardings::{self, Stored};
use crate::store::queue_lines;
use crate::store::runs::{self, LeasedRun, Rest};

/// A run that one worker has.
pub(crate) struct RunLease<'a> {
    pub app: &'a App,
    faults: &'a dyn FaultInjector,
    stop: &'a CancellationToken,
    pub held: LeasedRun,
}

/// A transaction that writes under this worker's fence, or not at all.
pub(crate) struct Write {
    pub tx: Transaction<'static, Postgres>,
    what: &'static str,
}

impl<'a> RunLease<'a> {
    /// Takes a run; its previous worker writes nothing from here on.
    pub(crate) async fn take(
        app: &'a App,
        faults: &'a dyn FaultInjector,
        stop: &'a CancellationToken,
        firm_id: FirmId,
        run_id: RunId,
    ) -> Result<Option<Self>, Halt> {
        pass(faults, FaultPoint::BeforeWrite("take"))?;
        let mut conn = app.db.acquire_for_write().await?;
        let held = runs::take(&mut conn, firm_id, run_id).await?;
        conn.finish().await?;
        pass(faults, FaultPoint::AfterWrite("take"))?;
        Ok(held.map(|held| Self {
            app,
            faults,
            stop,
            held,
        }))
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.app.clock.now()
    }

    /// Begins a write; `what` names its fault points.
    pub(crate) async fn begin(&self, what: &'static str) -> Result<Write, Halt> {
        pass(self.faults, FaultPoint::BeforeWrite(what))?;
        let mut tx = self.app.db.begin().await?;
        runs::lock(&mut tx, &self.held).await?;
        Ok(Write { tx, what })
    }

    /// Begins a write that changes the run's onboarding too. The onboarding is locked before the
    /// run, as in every flow, so that two of them cannot deadlock.
    pub(crate) async fn begin_with_onboarding(
        &self,
        what: &'static str,
        onboarding_id: OnboardingId,
    ) -> Result<(Write, Stored), Halt> {
        pass(self.faults, FaultPoint::BeforeWrite(what))?;
        let mut tx = self.app.db.begin().await?;
        let LeasedRun { firm_id, .. } = self.held;
        let stored = onboardings::find_for_update(&mut tx, firm_id, onboarding_id).await?;
        let stored =
            stored.ok_or_else(|| anyhow::anyhow!("run {} has no onboarding", self.held.run_id))?;
        runs::lock(&mut tx, &self.held).await?;
        Ok((Write { tx, what }, stored))
    }

    /// Ends a write: all of it, or nothing.
    pub(crate) async fn commit(&mut self, write: Write) -> Result<(), Halt> {
        write.tx.commit().await?;
        pass(self.faults, FaultPoint::AfterWrite(write.what))
    }

    /// Asks Procore something, with no transaction open.
    pub(crate) async fn call<T>(
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
    pub(crate) fn ready(&self, what: &'static str) -> Result<(), Halt> {
        if self.stop.is_cancelled() {
            return Err(Halt::Stopping);
        }
        pass(self.faults, FaultPoint::BeforeCall(what))
    }

    /// Tells that a call has ended.
    pub(crate) fn answered(&self, what: &'static str) -> Result<(), Halt> {
        pass(self.faults, FaultPoint::AfterCall(what))
    }

    pub(crate) fn is_stopping(&self) -> bool {
        self.stop.is_cancelled()
    }

    /// Releases the run: it waits, or needs a person.
    pub(crate) async fn put_down(&self, conn: &mut PgConnection, rest: Rest) -> Result<(), Halt> {
        Ok(runs::put_down(conn, &self.held, rest).await?)
    }

    /// Marks the last action done, and with it the run.
    pub(crate) async fn end_run(&self, conn: &mut PgConnection, last: &Entry) -> Result<(), Halt> {
        let (position, now) = (last.position, self.now());
        actions::finish(conn, &self.held, position, ActionEnd::Done, &json!({}), now).await?;
        self.put_down(conn, Rest::Done(now)).await
    }

    /// Writes a line of the timeline, in the product's own name.
    pub(crate) async fn record_activity(
        &self,
        conn: &mut PgConnection,
        verb: ActivityVerb,
        about: Option<&str>,
        facts: Value,
    ) -> Result<(), Halt> {
        let actor = Actor::system_for(self.held.firm_id);
        let id = self.app.clock.new_id();
        let mut activity = NewActivity::new(id, self.now(), &actor, verb).with(facts);
        if let Some(about) = about {
            activity = activity.about(about);
        }
        Ok(activities::record(conn, &activity).await?)
    }

    /// Brings the support queue's line up to date.
    pub(crate) async fn refresh_queue_line(&self, conn: &mut PgConnection) -> Result<(), Halt> {
        let run = runs::find(conn, self.held.firm_id, self.held.run_id).await?;
        if let Some(run) = run {
            let (firm, now) = (run.firm_id, self.now());
            let onboarding =
                onboardings::find_id_of_connection(conn, firm, run.connection_id).await?;
            if let Some(onboarding) = onboarding {
                queue_lines::refresh(conn, firm, onboarding, now).await?;
            }
        }
        Ok(())
    }
}

/// Goes past a point, unless a test ends the worker there.
fn pass(faults: &dyn FaultInjector, point: FaultPoint) -> Result<(), Halt> {
    if faults.at(point).is_break() {
        Err(Halt::Interrupted)
    } else {
        Ok(())
    }
}
