//! The loop: the first action that is not done, then what came of it, then the next.

use serde_json::Value;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::case::Case;
use super::failure::{Failure, Halt, MOST_ATTEMPTS, pause};
use super::hands::Hands;
use super::watch::Watch;
use super::{catch_up, finish, hook, last_look, removal, report, reverify, sync, task, triggers};
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::onboarding::ledger::ActionState;
use crate::onboarding::plan::Action;
use crate::store::actions::{self, Entry};
use crate::store::runs::{Held, Rest};
use crate::verdict::ReasonCode;

/// What came of an action.
pub(super) struct Outcome {
    pub partial: Option<ReasonCode>,
    /// In the words of the action.
    pub report: Value,
    /// What goes into the timeline: a verb and what it is about.
    pub told: Vec<(ActivityVerb, String)>,
}

impl Outcome {
    pub fn done(report: Value) -> Self {
        Self {
            partial: None,
            report,
            told: Vec::new(),
        }
    }

    /// What was read stays; the rest is missing.
    pub fn partial(mut self, code: ReasonCode) -> Self {
        self.partial = Some(code);
        self
    }

    pub fn tell(mut self, verb: ActivityVerb, about: String) -> Self {
        self.told.push((verb, about));
        self
    }
}

/// Works on a run until it is done, has to wait, needs a person, or is taken from this worker.
///
/// Does nothing if the run waits for a person or is over. An error is a fault of our own side; the
/// run goes on later.
pub async fn work(
    app: &App,
    watch: &dyn Watch,
    stop: &CancellationToken,
    firm_id: Uuid,
    run_id: Uuid,
) -> anyhow::Result<()> {
    let mut hands = match Hands::take(app, watch, stop, firm_id, run_id).await {
        Ok(Some(hands)) => hands,
        Ok(None) | Err(Halt::Interrupted) => return Ok(()),
        Err(halt) => return Err(halt.into()),
    };
    match go_on(&mut hands).await {
        Ok(()) | Err(Halt::Interrupted) => Ok(()),
        Err(Halt::Overtaken) => {
            tracing::info!(run.id = %run_id, "Run {run_id} is in other hands now");
            Ok(())
        }
        Err(Halt::Stopping) => {
            let mut conn = app.db.acquire().await?;
            Ok(crate::work::put(&mut conn, task(firm_id, run_id), app.clock.now()).await?)
        }
        Err(halt) => Err(halt.into()),
    }
}

async fn go_on(hands: &mut Hands<'_>) -> Result<(), Halt> {
    let mut case = None;
    let mut told = false;
    loop {
        let ledger = ledger(hands).await?;
        let open = ledger.iter().find(|entry| is_open(entry.state));
        // The last action ends the run in the very write that marks it done.
        let entry = open.ok_or_else(|| anyhow::anyhow!("an open run has no open action"))?;
        if hands.is_stopping() {
            return Err(Halt::Stopping);
        }
        let attempts = entry.attempts + 1;
        let mut write = hands.begin("action started").await?;
        actions::start(&mut write.tx, &hands.held, entry.position, hands.now()).await?;
        if !std::mem::replace(&mut told, true) {
            report::queue_line(&mut write.tx, hands).await?; // it may have waited until now
        }
        hands.commit(write).await?;

        let done = if attempts > MOST_ATTEMPTS {
            Err(Halt::Failed(Failure::NeedsPerson(ReasonCode::Unexpected)))
        } else {
            match &mut case {
                Some(case) => act(hands, case, &ledger, entry).await,
                none => match Case::load(hands).await {
                    Ok(loaded) => act(hands, none.insert(loaded), &ledger, entry).await,
                    Err(halt) => Err(halt),
                },
            }
        };
        match done {
            Ok(Some(outcome)) => record(hands, entry, outcome).await?,
            Ok(None) => return Ok(()),
            Err(Halt::Failed(failure)) => {
                let attempts = attempts_since_progress(hands, entry).await?;
                return record_failure(hands, entry, failure.after(attempts), attempts).await;
            }
            Err(halt) => return Err(halt),
        }
    }
}

/// How often an action was taken up since it last came forward, this time included.
async fn attempts_since_progress(hands: &mut Hands<'_>, entry: &Entry) -> Result<i32, Halt> {
    let ledger = ledger(hands).await?;
    let now = ledger.iter().find(|now| now.position == entry.position);
    Ok(now.map_or(entry.attempts + 1, |now| now.attempts.max(1)))
}

/// Does one action. The last one records itself, together with the end of the run.
async fn act(
    hands: &mut Hands<'_>,
    case: &Case,
    ledger: &[Entry],
    entry: &Entry,
) -> Result<Option<Outcome>, Halt> {
    match entry.action {
        Action::Reverify => reverify::act(hands, case).await.map(Some),
        Action::Hook => hook::act(hands, case).await.map(Some),
        Action::Triggers => triggers::act(hands, case).await.map(Some),
        Action::Lookups(set) => sync::lookups(hands, case, entry, set).await.map(Some),
        Action::Sync(set) => sync::data_set(hands, case, entry, set).await.map(Some),
        Action::CatchUp => catch_up::act(hands, case, ledger, entry).await.map(Some),
        Action::LastLook => last_look::act(hands, case).await.map(Some),
        Action::Finish => finish::act(hands, case, ledger, entry).await.map(|()| None),
        Action::RemoveHooks => removal::remove_hooks(hands, case).await.map(Some),
        Action::DropRecords => removal::drop_records(hands, case).await.map(Some),
        Action::Release => removal::release(hands, case, ledger, entry)
            .await
            .map(|()| None),
    }
}

async fn ledger(hands: &Hands<'_>) -> Result<Vec<Entry>, Halt> {
    let mut conn = hands.app.db.acquire().await?;
    Ok(actions::list(&mut conn, hands.held.firm_id, hands.held.run_id).await?)
}

fn is_open(state: ActionState) -> bool {
    match state {
        ActionState::Pending
        | ActionState::Running
        | ActionState::Waiting
        | ActionState::NeedsPerson => true,
        ActionState::Done | ActionState::Partial => false,
    }
}

async fn record(hands: &mut Hands<'_>, entry: &Entry, outcome: Outcome) -> Result<(), Halt> {
    let now = hands.now();
    let mut write = hands.begin("action done").await?;
    let tx = &mut write.tx;
    let (partial, report) = (outcome.partial, &outcome.report);
    actions::finish(tx, &hands.held, entry.position, partial, report, now).await?;
    for (verb, about) in outcome.told {
        report::tell(tx, hands, verb, about).await?;
    }
    hands.commit(write).await
}

/// Records why the action cannot go on, and puts the run down until it can.
async fn record_failure(
    hands: &mut Hands<'_>,
    entry: &Entry,
    failure: Failure,
    attempts: i32,
) -> Result<(), Halt> {
    let now = hands.now();
    let (code, not_before, asked) = match failure {
        Failure::Wait { code, not_before } => {
            let until = not_before.unwrap_or(now + pause(attempts));
            (code, Some(until), not_before.is_some())
        }
        Failure::NeedsPerson(code) => (code, None, false),
    };
    let mut write = hands.begin("failed").await?;
    let tx = &mut write.tx;
    actions::stop(
        tx,
        &hands.held,
        entry.position,
        code,
        not_before,
        asked,
        now,
    )
    .await?;
    match not_before {
        Some(until) => {
            hands.put_down(tx, Rest::Waiting(code)).await?;
            let Held {
                firm_id, run_id, ..
            } = hands.held;
            crate::work::put(tx, task(firm_id, run_id), until).await?;
        }
        None => {
            hands.put_down(tx, Rest::NeedsPerson(code)).await?;
            report::needs_person(tx, hands, entry, code).await?;
        }
    }
    report::queue_line(tx, hands).await?;
    hands.commit(write).await
}
