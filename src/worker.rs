//! The flat list of all work and who does it.

use std::sync::Arc;

use anyhow::{Context, bail};
use async_trait::async_trait;
use chrono::TimeDelta;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::completion::{Completion, Repair, SettingsChange};
use crate::engine::{self, FaultInjector, NoFaults, Plan};
use crate::flows::procore_sign_in::{install, revoke};
use crate::flows::{
    fold_counts, hand_over, replace_credentials, request_reset, reset_factor, tidy_up, visit,
};
use crate::identity::{FirmId, RunId};
use crate::ledger::RunKind;
use crate::projects::{ProjectIntegration, ProjectReconcile, ProjectRemoval};
use crate::reading::again::ReadingAgain;
use crate::reconcile::Reconcile;
use crate::removal::{Removal, clean_up};
use crate::store::{events as days, waiting_events};
use crate::watch::{address, connections, deliveries, new_projects, projects, walks};
use crate::webhooks::late_look;
use crate::work::{Handler, Lease, WorkKind, Worker};
use crate::{checks, events, mail, projects as integration, reconcile};

/// Done periodically, each by one process for all.
const PUT_LEFT_EVENTS: &str = "put_left_events";
const PREPARE_DAYS: &str = "prepare_days";
const EXPIRE_HAND_OVERS: &str = "expire_hand_overs";
const NOTICE_HAND_OVERS: &str = "notice_hand_overs";
const FOLD_COUNTS: &str = "tend_queue"; // the word that is stored
const END_VISITS: &str = "end_visits";
const WATCH_WALKS: &str = "watch_walks";
const SEND_KEPT_MAIL: &str = "send_kept_mail";
const TIDY_UP: &str = "tidy_up";
const NOTICE_OUTAGE: &str = "notice_outage";

/// Runs take as long as Procore does; checks and mails are waited for by somebody.
const KINDS: &[WorkKind] = &[
    asked_for(engine::KIND, 6),
    asked_for(engine::PROJECT_KIND, 6),
    asked_for(integration::KIND, 2),
    asked_for(integration::RECONCILES, 2),
    asked_for(checks::KIND, 4),
    asked_for(checks::REPLACEMENT, 2),
    asked_for(events::KIND, 4),
    asked_for(reconcile::KIND, 2),
    asked_for(late_look::KIND, 1),
    asked_for(connections::KIND, 4),
    asked_for(projects::KIND, 4),
    asked_for(new_projects::KIND, 1),
    asked_for(deliveries::KIND, 1),
    asked_for(address::KIND, 2),
    asked_for(mail::KIND, 8),
    asked_for(request_reset::KIND, 2),
    asked_for(reset_factor::KIND, 1),
    asked_for(clean_up::KIND, 1),
    asked_for(revoke::KIND, 1),
    asked_for(install::KIND, 1),
    periodic(PUT_LEFT_EVENTS, TimeDelta::seconds(10)),
    periodic(PREPARE_DAYS, TimeDelta::hours(1)),
    periodic(EXPIRE_HAND_OVERS, TimeDelta::minutes(1)),
    periodic(NOTICE_HAND_OVERS, TimeDelta::minutes(1)),
    periodic(FOLD_COUNTS, TimeDelta::seconds(30)),
    periodic(END_VISITS, TimeDelta::minutes(1)),
    periodic(WATCH_WALKS, TimeDelta::seconds(10)),
    periodic(SEND_KEPT_MAIL, TimeDelta::minutes(1)),
    periodic(TIDY_UP, TimeDelta::hours(1)),
    periodic(NOTICE_OUTAGE, TimeDelta::minutes(5)),
];

const fn asked_for(name: &'static str, places: usize) -> WorkKind {
    WorkKind {
        name,
        places,
        every: None,
    }
}

const fn periodic(name: &'static str, every: TimeDelta) -> WorkKind {
    WorkKind {
        name,
        places: 1,
        every: Some(every),
    }
}

/// Does all the product's work.
struct Jobs {
    app: App,
    /// Long work is put down when this is cancelled; the rest is finished.
    stop: CancellationToken,
}

/// Which plan the runs of a kind carry out.
fn plan(kind: RunKind) -> &'static dyn Plan {
    match kind {
        RunKind::Completion => &Completion,
        RunKind::Removal => &Removal,
        RunKind::Reading => &ReadingAgain,
        RunKind::Reconcile => &Reconcile,
        RunKind::Repair => &Repair,
        RunKind::Change => &SettingsChange,
        RunKind::Project => &ProjectIntegration,
        RunKind::ProjectRemoval => &ProjectRemoval,
        RunKind::ProjectReconcile => &ProjectReconcile,
    }
}

/// Works on a run by the plan of its kind; `faults` ends it where a test wants a crash.
pub async fn carry_out(
    app: &App,
    faults: &dyn FaultInjector,
    stop: &CancellationToken,
    firm_id: FirmId,
    run_id: RunId,
) -> anyhow::Result<()> {
    engine::work(app, plan, faults, stop, firm_id, run_id).await
}

/// The worker of a process. Once `stop` is cancelled it puts long work down.
pub fn new(app: App, stop: CancellationToken) -> Arc<Worker> {
    let (db, clock) = (app.db.clone(), app.clock.clone());
    Worker::new(db, clock, KINDS, Arc::new(Jobs { app, stop }))
}

/// Works until `stop` is cancelled, then finishes or puts down what is in hand.
pub async fn run(app: App, stop: CancellationToken) {
    let told_by = app.listen_url().cloned();
    new(app, stop.clone()).run(told_by, stop).await;
}

#[async_trait]
impl Handler for Jobs {
    async fn handle(&self, work: &Lease) -> anyhow::Result<()> {
        let app = &self.app;
        match work.kind.as_str() {
            engine::KIND | engine::PROJECT_KIND => {
                let firm_id = work.firm_id.context("a run of no firm")?;
                carry_out(app, &NoFaults, &self.stop, firm_id, RunId(work.key)).await?;
            }
            integration::KIND => integration::handle(app, work).await?,
            integration::RECONCILES => integration::reconcile_due(app, work).await?,
            checks::KIND => checks::handle(app, work).await?,
            checks::REPLACEMENT => replace_credentials::settle(app, work).await?,
            events::KIND => events::handle(app, &self.stop, work).await?,
            reconcile::KIND => reconcile::handle(app, work).await?,
            late_look::KIND => late_look::handle(app, work).await?,
            connections::KIND => connections::handle(app, work).await?,
            projects::KIND => projects::handle(app, work).await?,
            new_projects::KIND => new_projects::handle(app, work).await?,
            deliveries::KIND => deliveries::handle(app, work).await?,
            address::KIND => address::handle(app, work).await?,
            mail::KIND => mail::send(app, work.key.into()).await?,
            reset_factor::KIND => reset_factor::carry_out(app, work.key.into()).await?,
            request_reset::KIND => request_reset::send(app, work.key.into()).await?,
            clean_up::KIND => clean_up::run(app, FirmId(work.key)).await.map(drop)?,
            install::KIND => install::look(app, work.key).await?,
            revoke::KIND => revoke::carry_out(app, work.key.into()).await?,
            PUT_LEFT_EVENTS => {
                let mut conn = app.db.acquire_for_write().await?;
                waiting_events::put_left_work(&mut conn).await?;
                conn.finish().await?;
            }
            PREPARE_DAYS => {
                let mut conn = app.db.acquire_for_write().await?;
                days::prepare_days(&mut conn, app.clock.now().date_naive()).await?;
                conn.finish().await?;
            }
            EXPIRE_HAND_OVERS => hand_over::expire::run(app).await?,
            NOTICE_HAND_OVERS => hand_over::notice::run(app).await?,
            FOLD_COUNTS => fold_counts::run(app).await?,
            END_VISITS => visit::end_expired(app).await.map(drop)?,
            WATCH_WALKS => walks::look_at_due(app).await.map(drop)?,
            SEND_KEPT_MAIL => mail::send_kept(app).await?,
            TIDY_UP => tidy_up::run(app).await?,
            NOTICE_OUTAGE => reconcile::notice(app).await?,
            unknown => bail!("nobody does work of the kind {unknown:?}"),
        }
        Ok(())
    }
}
