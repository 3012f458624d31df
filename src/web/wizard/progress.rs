//! Step 6 while the plan is carried out: the ledger, live.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::Form;
use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::{help, rail};
use crate::app::App;
use crate::catalog::DataSet;
use crate::content::{self, Placeholder};
use crate::flows::leave_out_data_set::{self, LeftOut};
use crate::flows::retry_run;
use crate::onboarding::ledger::{ActionState, RunState};
use crate::onboarding::plan::Action;
use crate::onboarding::reason::ReasonCode;
use crate::onboarding::{AccessWay, Onboarding, Stage};
use crate::store::actions::{self, Entry};
use crate::store::onboardings::Stored;
use crate::store::runs::{self, Run};
use crate::web::access::FirmAccess;
use crate::web::answer::{ok, see_other};
use crate::web::error::PageError;
use crate::web::paths;
use crate::web::view::{
    LedgerRow, LedgerState, Notice, NoticeKind, Rail, Remedy, Shell, counted, duration, grouped,
};

#[derive(Template)]
#[template(path = "wizard/progress.html")]
struct Page {
    shell: Shell,
    rail: Rail,
    here: String,
    /// Whether anything moves by itself, so that it is worth looking again.
    moving: bool,
    notice: Notice,
    trouble: Option<Trouble>,
    rows: Vec<LedgerRow>,
    try_again: String,
    leave_out: String,
}

/// What somebody has to mend.
struct Trouble {
    explanation: String,
    remedy: Option<Remedy>,
    code: String,
    /// Where the key and secret are changed, if they are the cause.
    details: Option<String>,
    /// Data sets that may be taken out instead.
    optional: Vec<DataSet>,
}

/// The page while a plan is carried out.
pub async fn page(app: &App, access: &FirmAccess, stored: &Stored) -> Result<Response, PageError> {
    let onboarding = &stored.onboarding;
    let mut conn = app.db.acquire().await?;
    let run = runs::find_newest(&mut conn, onboarding.firm_id, onboarding.id).await?;
    let run = run.ok_or(PageError::Missing)?;
    let ledger = actions::list(&mut conn, run.firm_id, run.id).await?;
    drop(conn);

    let shell = access.shell(app);
    let firm = access.firm.id;
    let needs_person = run.state == RunState::NeedsPerson;
    ok(&Page {
        rail: rail(access, &shell, stored, Stage::Completing, needs_person),
        here: paths::step(firm, Stage::Complete),
        moving: !needs_person && !run.state.is_over(),
        notice: notice(&shell, &run, &ledger),
        trouble: match run.code {
            Some(code) if needs_person => Some(trouble(app, access, onboarding, &ledger, code)),
            Some(_) | None => None,
        },
        rows: ledger.iter().map(|entry| row(&shell, entry)).collect(),
        try_again: paths::try_again(firm),
        leave_out: paths::leave_out(firm),
        shell,
    })
}

/// *Try again*.
pub async fn try_again(State(app): State<App>, access: FirmAccess) -> Result<Response, PageError> {
    let onboarding = &access.onboarding()?.onboarding;
    retry_run::run(&app, &access.actor, onboarding.id).await?;
    Ok(see_other(paths::step(access.firm.id, Stage::Complete)).into_response())
}

#[derive(Deserialize)]
pub struct LeaveOut {
    #[serde(default)]
    data_set: String,
}

/// Takes a data set out that cannot be read.
pub async fn leave_out(
    State(app): State<App>,
    access: FirmAccess,
    Form(input): Form<LeaveOut>,
) -> Result<Response, PageError> {
    let data_set = DataSet::from_key(&input.data_set).ok_or(PageError::Unreadable)?;
    let onboarding = &access.onboarding()?.onboarding;
    let left = leave_out_data_set::run(&app, &access.actor, onboarding.id, data_set).await?;
    let back = see_other(paths::step(access.firm.id, Stage::Complete));
    let label = data_set.label();
    let answer = match left {
        LeftOut::Done => back.with_success(format!("{label} are left out.")),
        LeftOut::OnlyOne => back.with(
            NoticeKind::NeedsYou,
            format!("{label} are all that you chose, so they cannot be left out."),
        ),
    };
    Ok(answer.into_response())
}

/// What goes on, in one sentence.
fn notice(shell: &Shell, run: &Run, ledger: &[Entry]) -> Notice {
    let current = ledger
        .iter()
        .find(|entry| !matches!(entry.state, ActionState::Done | ActionState::Partial));
    match (run.state, current) {
        (RunState::NeedsPerson, _) => Notice::needs_you(
            "We stopped here. What is done stays done, and we go on from this point.",
        ),
        (RunState::Waiting, _) => {
            let until = shell.when(run.due_at).time();
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

fn row(shell: &Shell, entry: &Entry) -> LedgerRow {
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
        Some(code) => row.code(code.to_string()),
        None => row,
    }
}

/// What there is to say about an action besides its state.
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
            let set = counted(set, "kind of change");
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

/// The texts of a stored list; of its objects, those under `key`.
fn names(list: &serde_json::Value, key: &str) -> Vec<String> {
    let items = list.as_array().into_iter().flatten();
    items
        .filter_map(|item| item.as_str().or_else(|| item[key].as_str()))
        .map(str::to_owned)
        .collect()
}

fn trouble(
    app: &App,
    access: &FirmAccess,
    onboarding: &Onboarding,
    ledger: &[Entry],
    code: ReasonCode,
) -> Trouble {
    let stopped =
        |entry: &&Entry| matches!(entry.state, ActionState::Partial | ActionState::NeedsPerson);
    let mut optional: Vec<DataSet> = ledger
        .iter()
        .filter(stopped)
        .filter_map(|entry| entry.action.data_set())
        .collect();
    optional.dedup();
    let at = ledger
        .iter()
        .find(|entry| stopped(entry) && entry.code == Some(code));
    let way = onboarding
        .target
        .as_ref()
        .map_or(AccessWay::OwnApp, |target| target.access_way);
    let mut values = help::values(app, Some(onboarding));
    if let ReasonCode::Level(tool) = code {
        values = values.with(Placeholder::Tool, tool.label());
    }
    if let Some(data_set) = at.and_then(|entry| entry.action.data_set()) {
        values = values
            .with(Placeholder::What, data_set.label())
            .with(Placeholder::Level, data_set.entry().needs().level.label());
    }
    let help = content::shared().ok();
    let help = help.and_then(|content| content.remedy(code, way, &values));
    let by_details = matches!(
        code,
        ReasonCode::Credentials | ReasonCode::Environment | ReasonCode::Company
    );
    Trouble {
        explanation: match &help {
            Some(help) => help.explanation(),
            None => code.party().label().to_owned(),
        },
        remedy: help.as_ref().map(Remedy::from),
        code: code.to_string(),
        details: by_details.then(|| paths::step(access.firm.id, Stage::Credentials)),
        optional,
    }
}
