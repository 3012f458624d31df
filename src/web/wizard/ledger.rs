//! The ledger of a completion as pages show it.

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::help;
use crate::app::App;
use crate::connection::AccessWay;
use crate::content::{self, Placeholder};
use crate::ledger::Action;
use crate::ledger::{ActionState, RunState};

use crate::store::actions::Entry;
use crate::store::onboardings::Stored;
use crate::store::runs::Run;
use crate::verdict::{ReasonCode, Said};
use crate::web::view::{LedgerRow, LedgerState, Notice, Shell, counted, duration, grouped};

/// The state of the run in one sentence.
pub fn notice(shell: &Shell, run: &Run, ledger: &[Entry]) -> Notice {
    let current = ledger
        .iter()
        .find(|entry| !matches!(entry.state, ActionState::Done | ActionState::Partial));
    match (run.state, current) {
        (RunState::NeedsPerson, _) => Notice::needs_you(
            "We stopped here. What is done stays done, and we go on from this point.",
        ),
        (RunState::Waiting, entry) => {
            let not_before = entry.and_then(|entry| entry.not_before);
            let until = shell.when(not_before.unwrap_or(shell.now)).time();
            Notice::waiting(match run.code {
                Some(ReasonCode::Rate) => {
                    format!("Procore asked us to slow down. We go on at {until}.")
                }
                Some(ReasonCode::Busy) => {
                    format!("Procore is busy and asked us to come back. We go on at {until}.")
                }
                Some(ReasonCode::Unreachable) => {
                    format!("Procore is not answering right now. We try again at {until}.")
                }
                Some(_) | None => format!("We try again at {until}."),
            })
        }
        (RunState::Running | RunState::Done | RunState::Abandoned, Some(entry)) => {
            let amount = match (entry.records, entry.total) {
                (0, _) => String::new(),
                (read, Some(total)) if total > read => {
                    format!(": {} of {}", grouped(read), counted(total, "record"))
                }
                (read, _) => format!(": {}", counted(read, "record")),
            };
            Notice::info(format!("{}{amount}", entry.action.label()))
        }
        (RunState::Running | RunState::Done | RunState::Abandoned, None) => {
            Notice::info("Nearly done")
        }
    }
}

/// One action of the plan.
pub fn row(shell: &Shell, entry: &Entry) -> LedgerRow {
    let state = match entry.state {
        ActionState::Pending => LedgerState::Pending,
        ActionState::Running => LedgerState::Running,
        ActionState::Waiting => LedgerState::Waiting,
        ActionState::Done => LedgerState::Done,
        ActionState::Partial => LedgerState::Partial,
        ActionState::NeedsPerson => LedgerState::NeedsPerson,
    };
    let mut row = LedgerRow::new(entry.action.label(), state);
    let reads = entry.action.data_set().is_some() || entry.action == Action::CatchUp;
    if reads && (entry.records > 0 || entry.state == ActionState::Done) {
        let total = entry.total.map(|total| total.unsigned_abs());
        row = row.count("record", entry.records.unsigned_abs(), total);
    }
    if let Some(began) = entry.started_at {
        row = row.elapsed(duration(entry.finished_at.unwrap_or(shell.now) - began));
    }
    if let Some(note) = note(shell, entry) {
        row = row.note(note);
    }
    match entry.code {
        Some(code) if entry.state != ActionState::Running => row.code(code.to_string()),
        Some(_) | None => row,
    }
}

/// The note beside the state of an action.
fn note(shell: &Shell, entry: &Entry) -> Option<String> {
    match entry.state {
        ActionState::Waiting => {
            let until = entry
                .not_before
                .map(|at| waits_until(shell, at, entry.code));
            return until;
        }
        ActionState::Partial => {
            let refused = names(&entry.outcome["refused"], "list").join(", ");
            return Some(format!(
                "Procore refused to list: {}. What was read stays.",
                refused.replace('_', " ")
            ));
        }
        ActionState::NeedsPerson => return Some("See above what to do".to_owned()),
        ActionState::Pending | ActionState::Running => return None,
        ActionState::Done => {}
    }
    match entry.action {
        Action::Hook => {
            let foreign = names(&entry.outcome["foreign"], "").len();
            let how = match entry.outcome["how"].as_str() {
                Some("adopted") => "There was one of ours, which we use on",
                Some("kept") => "It was there",
                Some(_) | None => "Created",
            };
            Some(match foreign {
                0 => how.to_owned(),
                _ => format!(
                    "{how}. {} under the same name lead elsewhere; we left them alone",
                    counted(foreign, "other webhook")
                ),
            })
        }
        Action::Triggers => {
            let missing = names(&entry.outcome["missing"], "").join(", ");
            let set = entry.outcome["set"].as_u64().unwrap_or_default();
            let set = format!("{} of change", counted(set, "kind"));
            Some(match missing.is_empty() {
                true => set,
                false => format!("{set}. Your Procore does not offer: {missing}"),
            })
        }
        Action::Reverify
        | Action::Lookups(_)
        | Action::Sync(_)
        | Action::CatchUp
        | Action::LastLook
        | Action::Finish
        | Action::RemoveHooks
        | Action::DropRecords
        | Action::Release => None,
    }
}

fn waits_until(shell: &Shell, at: DateTime<Utc>, code: Option<ReasonCode>) -> String {
    let until = shell.when(at).time();
    match code {
        Some(ReasonCode::Rate) => format!("until {until}, Procore asked us to slow down"),
        Some(ReasonCode::Busy) => format!("until {until}, Procore is busy"),
        Some(ReasonCode::Unreachable) => format!("until {until}, Procore is not answering"),
        Some(_) | None => format!("until {until}"),
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
pub fn said(entry: &Entry) -> Vec<Said> {
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

/// Whether an action is stopped by something that a person has to fix.
pub fn is_stopped(entry: &Entry) -> bool {
    matches!(entry.state, ActionState::Partial | ActionState::NeedsPerson)
}

/// The remedy for the reason why a completion needs a person.
pub fn remedy(
    app: &App,
    stored: &Stored,
    ledger: &[Entry],
    code: ReasonCode,
) -> Option<content::Remedy> {
    let at = ledger
        .iter()
        .find(|entry| is_stopped(entry) && entry.code == Some(code));
    let way = stored
        .target()
        .map_or(AccessWay::OwnApp, |target| target.access_way);
    let mut values = help::values(app, Some(stored));
    if let ReasonCode::Level(tool) = code {
        values = values.with(Placeholder::Tool, tool.label());
    }
    if let Some(data_set) = at.and_then(|entry| entry.action.data_set()) {
        values = values
            .with(Placeholder::What, data_set.label())
            .with(Placeholder::Level, data_set.entry().needs().level.label());
    }
    content::shared().ok()?.remedy(code, way, &values)
}
