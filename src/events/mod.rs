//! Applies what Procore announced: reads each record that changed, and makes our copy say the same.
//!
//! Events carry ids and no contents, come late, twice or out of order, so none is believed: what
//! counts is what Procore shows when asked, as of when it was asked.

mod decision;
mod followed;
mod shown;
mod standing;
mod subject;

use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::Context as _;
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::{StreamExt, stream};
use sqlx::PgConnection;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::catalog::{Ids, Single};
use crate::connection::{Connection, EventOutcome};
use crate::identity::{ConnectionId, FirmId};
use crate::procore::{CompanyApi, Error, Urgency};
use crate::store::list_readings::{self, ListReading, ListsOf};
use crate::store::records::RecordSet;
use crate::store::{connections, credentials, projects, records, single_records, waiting_events};
use crate::sync::changed;
use crate::sync::single::{self, Shown};
use crate::work::{self, Lease, Task};
use decision::{Decision, Deletion, decide, decide_of_unknown, is_last_try};
use shown::{answered, keep};
use standing::{Applied, Later, earlier, settle};
use subject::{Brought, Change, sort};

/// The kind of this work; it is put once events are stored.
pub(crate) use crate::store::waiting_events::APPLY as KIND;

/// Events that are read at a time.
const BATCH: i64 = 500;
/// Records of one connection that are asked for at a time.
const AT_A_TIME: usize = 4;
/// When to ask again after Procore did not answer.
const AFTER_SILENCE: TimeDelta = TimeDelta::minutes(1);
/// When to ask again for records of a kind that Procore refused, or where nothing may be read.
const AFTER_REFUSAL: TimeDelta = TimeDelta::hours(1);

/// The work of applying what was announced for a connection.
pub(crate) fn task(firm_id: FirmId, connection: ConnectionId) -> Task {
    Task {
        kind: KIND,
        key: connection.0,
        firm: Some(firm_id),
    }
}

/// A connection whose events are applied.
struct Site<'a> {
    app: &'a App,
    connection: &'a Connection,
    api: CompanyApi,
    /// Kinds of records of the company (0) or of a project that Procore refused: the others of them are
    /// not asked for now.
    refused: Mutex<Vec<(i64, &'static str)>>,
}

/// Why the work ends before everything due is applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Until(DateTime<Utc>);

/// Applies every event of a connection that is due. What has to wait, or comes meanwhile, is work for
/// later.
pub(crate) async fn handle(
    app: &App,
    stop: &CancellationToken,
    lease: &Lease,
) -> anyhow::Result<()> {
    let firm_id = lease.firm_id.context("events of no firm")?;
    let id = ConnectionId(lease.key);
    let mut conn = app.db.acquire().await?;
    let Some(connection) = connections::find(&mut conn, firm_id, id).await? else {
        return Ok(());
    };
    // Put again by the end of a first reading, and by the end of a pause.
    if !connection.is_active() {
        return Ok(());
    }
    let Some(access) = credentials::find_access(&mut conn, &connection).await? else {
        return Ok(());
    };
    drop(conn);
    let access = app.access(&connection, &access)?;
    let site = Site {
        app,
        connection: &connection,
        api: app.procore.company(access, Urgency::Background),
        refused: Mutex::default(),
    };
    let mut not_before = None;
    while not_before.is_none() && !stop.is_cancelled() && site.apply_some(&mut not_before).await? {}

    let mut conn = app.db.acquire_for_write().await?;
    if let Some(next) = waiting_events::next_due(&mut conn, firm_id, id).await? {
        let due_at = not_before.map_or(next, |Until(until)| until.max(next));
        work::put(&mut conn, task(firm_id, id), due_at).await?;
    }
    Ok(conn.finish().await?)
}

impl Site<'_> {
    /// Applies some of what is due; returns whether there was any.
    async fn apply_some(&self, not_before: &mut Option<Until>) -> anyhow::Result<bool> {
        let Connection { firm_id, id, .. } = *self.connection;
        let now = self.app.clock.now();
        let mut conn = self.app.db.acquire().await?;
        let Some(company) = connections::find_announced(&mut conn, firm_id, id).await? else {
            return Ok(false); // it has ended
        };
        let waiting = waiting_events::list_due(&mut conn, firm_id, id, now, BATCH).await?;
        if waiting.is_empty() {
            return Ok(false);
        }
        let projects = projects::list_settings(&mut conn, firm_id, id).await?;
        drop(conn);
        let brought = Brought {
            company,
            projects: projects.into_iter().collect(),
        };
        if !self.is_active().await? {
            return Ok(false);
        }
        let mut sorted = sort(waiting, &brought);
        // What takes a question for each of many projects holds up nothing else.
        let is_followed = |change: &Change| brought.follower(change).is_some();
        sorted.changes.sort_by_cached_key(is_followed);
        for (outcome, events) in &sorted.settled {
            let mut conn = self.app.db.acquire_for_write().await?;
            waiting_events::settle(&mut conn, firm_id, events, *outcome, now).await?;
            conn.finish().await?;
        }
        let brought = &brought;
        let mut applying = stream::iter(sorted.changes)
            .map(|change| async move { self.apply(&change, brought).await })
            .buffer_unordered(AT_A_TIME);
        while let Some(applied) = applying.next().await {
            if let Err(until) = applied? {
                *not_before = Some(until);
                break;
            }
        }
        Ok(true)
    }

    /// Whether it still is neither paused nor ended.
    async fn is_active(&self) -> anyhow::Result<bool> {
        let Connection { firm_id, id, .. } = *self.connection;
        let mut conn = self.app.db.acquire().await?;
        let stored = connections::find(&mut conn, firm_id, id).await?;
        Ok(stored.is_some_and(|it| it.is_active()))
    }

    /// Applies one change, unless nothing can be asked now; in the projects first where only the company
    /// announces what is theirs, too.
    async fn apply(&self, change: &Change, brought: &Brought) -> anyhow::Result<Result<(), Until>> {
        let mut held = None;
        for followed in self.in_projects(change, brought).await? {
            match self.apply_one(&followed, None).await? {
                Ok(Applied::Settled) => {}
                Ok(Applied::Later(later)) => held = Some(earlier(held, later)),
                Err(until) => return Ok(Err(until)),
            }
        }
        if change.project_id == 0 && brought.company.choice(change.data_set).is_none() {
            let Connection { firm_id, .. } = *self.connection;
            let (outcome, now) = (EventOutcome::Applied, self.app.clock.now());
            let mut conn = self.app.db.acquire_for_write().await?;
            settle(&mut conn, firm_id, &change.events, outcome, held, now).await?;
            conn.finish().await?;
            return Ok(Ok(()));
        }
        Ok(self.apply_one(change, held).await?.map(drop))
    }

    /// Applies one change in the company or in one project. Where `held` says that it is not over elsewhere,
    /// its events wait until then.
    async fn apply_one(
        &self,
        change: &Change,
        held: Option<Later>,
    ) -> anyhow::Result<Result<Applied, Until>> {
        let asked_at = self.app.clock.now();
        if self.refused_kinds().contains(&change.place()) {
            let later = asked_at + AFTER_REFUSAL;
            self.put_off(change, later).await?;
            return Ok(Ok(Applied::Later(Later::refused(later))));
        }
        if !self.is_active().await? {
            return Ok(Err(Until(asked_at))); // the work that follows at once ends for good
        }
        let shown = match self.ask(change).await? {
            Ok(shown) => shown,
            Err(error) => return self.refused(change, error, asked_at).await,
        };
        let (answered, deleted) = answered(&shown, change);
        let decision = decide(answered, deleted, change.tries);
        let (set, id) = (self.record_set(change), change.procore_id);
        let now = self.app.clock.now();
        let mut tx = self.app.db.begin().await?;
        let (announced, paused_at) =
            connections::lock_announced(&mut tx, set.firm_id, set.connection_id).await?;
        if paused_at.is_some() {
            return Ok(Err(Until(now))); // since it was read
        }
        let brought = match change.project_id {
            0 => announced,
            project => {
                // As in a reading of the list of projects, which locks changes before their rows.
                records::lock_changes(&mut tx, set.firm_id).await?;
                projects::lock_settings(&mut tx, &set, project).await?
            }
        };
        let choice = brought.and_then(|it| it.choice(set.data_set));
        let is_brought = match (choice, &shown) {
            (None, _) => false, // since it was read
            (Some(choice), Shown::Record(record)) if change.leaves_out(choice, record) => {
                single_records::is_known(&mut tx, &set, id).await?
            }
            (Some(_), _) => true,
        };
        if !is_brought {
            let outcome = EventOutcome::NotChosen;
            settle(&mut tx, set.firm_id, &change.events, outcome, held, now).await?;
            tx.commit().await?;
            return Ok(Ok(Applied::Settled));
        }
        // A project is asked again as long as it did not keep an answer that is certain.
        let is_followed = change.events.is_empty();
        let of_unknown = decide_of_unknown(decision, change.tries);
        let is_of_itself = !is_followed && !matches!(change.read.single, Single::Parts(_));
        let is_unknown = is_of_itself
            && of_unknown != decision
            && !single_records::is_known(&mut tx, &set, id).await?;
        let decision = if is_unknown { of_unknown } else { decision };
        let shown_parts = match decision {
            Decision::AskAgain(_) if is_followed => Vec::new(),
            Decision::AskAgain(_) | Decision::Settle(_) => {
                keep(&mut tx, (&set, change), shown, asked_at, now).await?
            }
        };
        let (firm_id, events) = (set.firm_id, &change.events);
        match decision {
            Decision::Settle(outcome) => {
                let is_gone = outcome == EventOutcome::Gone;
                match (change.read.single, outcome) {
                    (
                        Single::Parts(field),
                        EventOutcome::Applied | EventOutcome::Gone | EventOutcome::Unavailable,
                    ) => {
                        let (of, shown) = ((field, id), &shown_parts);
                        let tx = &mut tx;
                        single_records::mark_parts_absent(tx, &set, of, shown, is_gone, asked_at)
                            .await?;
                    }
                    (_, EventOutcome::Gone | EventOutcome::Unavailable) => {
                        single_records::mark_absent(&mut tx, &set, id, is_gone, asked_at).await?;
                    }
                    _ => {}
                }
                if change.project_id != 0 {
                    projects::note_event(&mut tx, &set, now).await?;
                }
                settle(&mut tx, firm_id, events, outcome, held, now).await?;
                tx.commit().await?;
                Ok(Ok(Applied::Settled))
            }
            Decision::AskAgain(pause) => {
                let later = now + pause;
                waiting_events::put_off(&mut tx, firm_id, events, later, true).await?;
                tx.commit().await?;
                Ok(Ok(Applied::Later(Later {
                    until: later,
                    counts: true,
                })))
            }
        }
    }

    /// What Procore shows of the record.
    async fn ask(&self, change: &Change) -> anyhow::Result<Result<Shown, Error>> {
        let (set, read) = (self.record_set(change), change.read);
        let mut conn = self.app.db.acquire().await?;
        let parents = single::parents(&mut conn, &set, read, change.procore_id).await?;
        let known = match read.has_other_ids {
            true => self.known_until(&mut conn, change).await?,
            false => None,
        };
        drop(conn);
        let ids = Ids {
            company: self.connection.target.company_id,
            project: change.project_id,
        };
        let shown = single::read(&self.api, ids, read, change.procore_id, &parents).await;
        if let (Ok(Shown::Nothing), Some(since)) = (&shown, known) {
            let (kind, now) = ((change.data_set, read.kind), self.app.clock.now());
            let changed = changed::read(&self.api, ids, kind, since, now).await;
            return Ok(changed.map(Shown::Changed));
        }
        let is_absent = matches!(shown, Ok(Shown::Nothing)) && change.deletion == Deletion::NotTold;
        if is_absent && read.successor.is_some() && is_last_try(change.tries) {
            return Ok(match single::has_moved(&self.api, read).await {
                Ok(true) => Ok(Shown::Elsewhere),
                Ok(false) => shown,
                Err(error) => Err(error),
            });
        }
        Ok(shown)
    }

    /// Until when the list of a record is known, where the event may name it by an id that the list does not
    /// know; `None` where our copy has it by that id.
    async fn known_until(
        &self,
        conn: &mut PgConnection,
        change: &Change,
    ) -> anyhow::Result<Option<DateTime<Utc>>> {
        let set = self.record_set(change);
        if single_records::is_there(conn, &set, change.procore_id).await? {
            return Ok(None);
        }
        let of = ListsOf {
            firm: set.firm_id,
            connection: set.connection_id,
            project: set.project_id,
        };
        let lists = list_readings::list_of(conn, of).await?;
        let list = lists.iter().find(|it| it.list == change.read.name);
        Ok(list.and_then(ListReading::known_until))
    }

    /// What follows when Procore does not answer the question: events wait, and none is lost.
    async fn refused(
        &self,
        change: &Change,
        error: Error,
        now: DateTime<Utc>,
    ) -> anyhow::Result<Result<Applied, Until>> {
        let until = match error {
            Error::Ours { .. } => return Err(error.into()),
            Error::RateLimited { until, .. } | Error::Busy { until, .. } => until,
            Error::Unavailable { .. } => now + AFTER_SILENCE,
            Error::BadCredentials(_) | Error::TokenRejected(_) | Error::NotConnected(_) => {
                now + AFTER_REFUSAL
            }
            Error::NotPermitted(_)
            | Error::NotVisible(_)
            | Error::Conflict(_)
            | Error::Validation(_)
            | Error::Unexpected(_) => {
                let firm_id = self.connection.firm_id;
                tracing::info!(firm.id = %firm_id, "A record cannot be read now: {error}");
                self.refused_kinds().push(change.place());
                let later = now + AFTER_REFUSAL;
                self.put_off(change, later).await?;
                let mut later = Later::refused(later);
                // What one project refuses is not asked of all the others for ever.
                later.counts = change.project_id != 0;
                return Ok(Ok(Applied::Later(later)));
            }
        };
        tracing::info!(firm.id = %self.connection.firm_id, "Events have to wait: {error}");
        Ok(Err(Until(until)))
    }

    async fn put_off(&self, change: &Change, until: DateTime<Utc>) -> anyhow::Result<()> {
        let firm_id = self.connection.firm_id;
        let mut conn = self.app.db.acquire_for_write().await?;
        waiting_events::put_off(&mut conn, firm_id, &change.events, until, false).await?;
        Ok(conn.finish().await?)
    }

    fn refused_kinds(&self) -> MutexGuard<'_, Vec<(i64, &'static str)>> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn record_set(&self, change: &Change) -> RecordSet {
        RecordSet {
            project_id: change.project_id,
            ..RecordSet::of_company(self.connection, change.data_set, change.read.kind)
        }
    }
}
