//! The ledger of a completion as pages show it.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;

use crate::app::App;
use crate::catalog::DataSet;
use crate::ledger::Action;
use crate::ledger::{ActionState, ListProgress, Overall, RunState};
use crate::text::plan as text;
use crate::text::projects::not_deleted;
use crate::text::time::duration;

use crate::store::StoreError;
use crate::store::actions::{self, Entry};
use crate::store::checks::CheckRow;
use crate::store::onboardings::Stored;
use crate::store::runs::{self, Run};
use crate::text::reading;
use crate::verdict::{Check, Said};
use crate::web::view::{LedgerRow, Notice, Shell, percent};

/// The newest run of a connection with its actions.
pub(crate) async fn newest(
    app: &App,
    stored: &Stored,
) -> Result<Option<(Run, Vec<Entry>)>, StoreError> {
    let Some(connection) = &stored.connection else {
        return Ok(None);
    };
    let mut conn = app.db.acquire().await?;
    let run = runs::find_newest(&mut conn, connection.firm_id, connection.id).await?;
    let Some(run) = run else { return Ok(None) };
    let entries = actions::list(&mut conn, run.firm_id, run.id).await?;
    Ok(Some((run, entries)))
}

/// The state of the run in one sentence.
pub(crate) fn notice(shell: &Shell, run: &Run, ledger: &[Entry]) -> Notice {
    let current = ledger.iter().find(|entry| entry.state.is_open());
    match (run.state, current) {
        (RunState::NeedsPerson, _) => Notice::needs_you(text::STOPPED),
        (RunState::Waiting, entry) => {
            let not_before = entry.and_then(|entry| entry.not_before);
            let until = shell.when(not_before.unwrap_or(shell.now)).time();
            Notice::waiting(text::waiting(run.code, &until))
        }
        (RunState::Running | RunState::Done | RunState::Abandoned, Some(entry)) => {
            let (read, total) = amount(entry);
            Notice::info(text::under_way(entry.action, read, total))
        }
        (RunState::Running | RunState::Done | RunState::Abandoned, None) => {
            Notice::info(text::NEARLY_DONE)
        }
    }
}

/// How many records were read, and how many there are as far as Procore said.
fn amount(entry: &Entry) -> (u64, Option<u64>) {
    let total = entry.total.map(i64::unsigned_abs);
    (entry.records.unsigned_abs(), total)
}

/// All actions of the plan.
pub(crate) fn rows(shell: &Shell, ledger: &[Entry]) -> Vec<LedgerRow> {
    let resumed = resumed_at(ledger);
    let rows = ledger.iter().map(|entry| row(shell, entry, resumed));
    rows.collect()
}

/// Whether Procore refused a data set before anything of it was read.
fn is_refused(entry: &Entry) -> bool {
    let reads = entry.action.data_set().is_some();
    reads && entry.state == ActionState::Partial && entry.records == 0
}

/// When access was last found good: nothing is read before, and what stood still until then took no time.
fn resumed_at(ledger: &[Entry]) -> Option<DateTime<Utc>> {
    let access = ledger.iter().find(|it| it.action == Action::Reverify)?;
    access.finished_at
}

/// One action of the plan.
fn row(shell: &Shell, entry: &Entry, resumed: Option<DateTime<Utc>>) -> LedgerRow {
    let name = match entry.state {
        ActionState::Running => entry.action.doing(),
        ActionState::Pending
        | ActionState::Waiting
        | ActionState::Done
        | ActionState::Partial
        | ActionState::Short
        | ActionState::NeedsPerson => entry.action.label(),
    };
    let state = match (entry.state, entry.action) {
        // Nothing was to be read.
        (ActionState::Partial, Action::RemoveHooks) => ActionState::NeedsPerson,
        (state, _) => state,
    };
    let mut row = LedgerRow::new(name, state);
    let reads = entry.action.data_set().is_some() || entry.action == Action::CatchUp;
    let is_refused = is_refused(entry);
    if is_refused {
        row = row.refused();
    } else if reads && (entry.records > 0 || !entry.state.is_open()) {
        let (read, total) = amount(entry);
        row = row.records(read, total);
    }
    // What stands still takes no time.
    let takes_time = entry.finished_at.is_some() || entry.state == ActionState::Running;
    if let Some(began) = entry.started_at.filter(|_| takes_time) {
        let ended = entry.finished_at.unwrap_or(shell.now);
        let began = resumed
            .filter(|it| *it < ended)
            .map_or(began, |it| began.max(it));
        if ended - began >= TimeDelta::seconds(1) {
            row = row.elapsed(duration(ended - began));
        }
    }
    if let Some(note) = note(shell, entry) {
        row = row.note(note);
    }
    match entry.code {
        Some(code) if entry.state != ActionState::Running => row.code(code.to_string()),
        Some(_) | None => row,
    }
}

/// How far the reading of all data sets is; `found` are the checks, which saw how long lists are.
pub(crate) fn overall(
    shell: &Shell,
    run: &Run,
    ledger: &[Entry],
    found: &[CheckRow],
) -> Option<OverallProgress> {
    // The pace is that of the lists that were read without a stop in between.
    let resumed = resumed_at(ledger);
    let lists = ledger.iter().filter_map(|entry| match entry.action {
        Action::Sync(set) => {
            let (read, total) = amount(entry);
            Some(ListProgress {
                state: entry.state,
                read,
                expected: total.or_else(|| expected(set, found)),
                is_told: total.is_some(),
                started_at: entry
                    .started_at
                    .filter(|at| resumed.is_none_or(|it| it <= *at)),
            })
        }
        _ => None,
    });
    let lists: Vec<ListProgress> = lists.collect();
    let overall = Overall::of(&lists, shell.now)?;
    let so_far = text::read_so_far(overall.read, overall.total, overall.about);
    let left = overall.left.filter(|_| run.state == RunState::Running);
    Some(OverallProgress {
        percent: percent(overall.read, overall.total),
        text: match left {
            Some(left) => text::with_time_left(&so_far, left),
            None => so_far,
        },
    })
}

/// One bar over all that is read.
pub(crate) struct OverallProgress {
    pub percent: u64,
    pub text: String,
}

/// How many records of a data set the checks saw.
pub(crate) fn expected(set: DataSet, found: &[CheckRow]) -> Option<u64> {
    let row = found.iter().find(|row| row.check == Check::DataSet(set));
    row.and_then(|row| row.result.as_ref()?.detail.records)
}

/// The note beside the state of an action.
fn note(shell: &Shell, entry: &Entry) -> Option<String> {
    match entry.state {
        ActionState::Waiting => {
            let at = shell.when(entry.not_before?);
            return Some(text::waits(entry.code, &at.time()));
        }
        ActionState::Partial if entry.action == Action::RemoveHooks => {
            return Some(match entry.code {
                Some(code) if code.stops_everything() => text::STOPPED_HERE.to_owned(),
                _ => not_deleted(&names(&entry.outcome["left"], "")),
            });
        }
        ActionState::Partial if is_refused(entry) => return entry.code.map(text::not_read),
        ActionState::Partial => {
            return Some(text::refused_lists(&names(
                &entry.outcome["refused"],
                "list",
            )));
        }
        ActionState::NeedsPerson => {
            let triggers = names(&entry.outcome["refused_triggers"], "");
            return Some(match triggers.is_empty() {
                true => text::STOPPED_HERE.to_owned(),
                false => text::refused_triggers(&triggers),
            });
        }
        ActionState::Short => return Some(reading::NOT_COMPLETE.to_owned()),
        ActionState::Pending | ActionState::Running => return None,
        ActionState::Done => {}
    }
    match entry.action {
        Action::Hook => {
            let foreign = names(&entry.outcome["foreign"], "").len();
            Some(text::webhook(entry.outcome["how"].as_str(), foreign))
        }
        Action::Triggers => {
            let set = entry.outcome["set"].as_u64().unwrap_or_default() as usize;
            let missing = names(&entry.outcome["missing"], "");
            Some(text::announced(set, &missing))
        }
        Action::Reverify
        | Action::Readiness
        | Action::Lookups(_)
        | Action::Sync(_)
        | Action::CatchUp
        | Action::ProjectIds
        | Action::LastLook
        | Action::Switch
        | Action::Finish
        | Action::RemoveHooks
        | Action::DropRecords
        | Action::Release => None,
    }
}

/// The strings of a stored list; for objects, their value at `key`.
fn names(list: &serde_json::Value, key: &str) -> Vec<String> {
    let items = list.as_array().into_iter().flatten();
    items
        .filter_map(|item| item.as_str().or_else(|| item[key].as_str()))
        .map(str::to_owned)
        .collect()
}

/// What Procore said when it refused something of an action, each sentence once.
pub(crate) fn said(entry: &Entry) -> Vec<Said> {
    let lists = entry.outcome["refused"].as_array().into_iter().flatten();
    let of_list = |list: &serde_json::Value| Said::deserialize(&list["said"]).ok();
    let mut said: Vec<Said> = Vec::new();
    for new in entry.said.iter().cloned().chain(lists.filter_map(of_list)) {
        if !said.iter().any(|before| before.is_same(&new)) {
            said.push(new);
        }
    }
    said
}
