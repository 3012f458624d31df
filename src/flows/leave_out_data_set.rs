//! An admin takes a data set that cannot be read out of the plan.

use super::Error;
use super::retry_run::go_on;
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::catalog::DataSet;
use crate::identity::{Actor, FirmId, OnboardingId, Verb};
use crate::ledger::{Action, ActionState, RunKind, RunState};
use crate::onboarding::Stage;
use crate::store::{actions, connections, onboardings, records, runs};
use serde_json::json;

/// What became of the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeftOut {
    /// The data set is no longer part of the plan.
    Done,
    /// It gives no trouble: it was taken out before, or was fixed. Nothing was changed.
    NoTrouble,
    /// It is the last one in the plan. Nothing was changed.
    OnlyOne,
}

/// Removes a data set that is partial or cannot be read from the settings and the ledger, deletes
/// its records, and resumes the completion without it.
///
/// Returns what became of it, and the step where the setup stands.
pub async fn run(
    app: &App,
    actor: &Actor,
    onboarding_id: OnboardingId,
    data_set: DataSet,
) -> Result<(LeftOut, Stage), Error> {
    let firm = actor.may(Verb::DropDataSet)?;
    let firm_id: FirmId = firm;
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    let stored = onboardings::find_for_update(&mut tx, firm_id, onboarding_id)
        .await?
        .ok_or(Error::Missing)?;
    let stage = stored.onboarding.stage;
    let (mut onboarding, Some(mut connection)) = (stored.onboarding, stored.connection) else {
        return Ok((LeftOut::NoTrouble, stage));
    };
    let completion = RunKind::Completion;
    let run = runs::find_open_for_update(&mut tx, firm, connection.id, completion).await?;
    let Some(run) = run.filter(|run| run.state == RunState::NeedsPerson) else {
        return Ok((LeftOut::NoTrouble, stage));
    };
    let ledger = actions::list(&mut tx, firm_id, run.id).await?;
    let troubled = ledger.iter().any(|entry| {
        entry.action.data_set() == Some(data_set)
            && matches!(entry.state, ActionState::Partial | ActionState::NeedsPerson)
            && entry.code.is_some_and(|code| !code.stops_everything())
    });
    if !troubled {
        return Ok((LeftOut::NoTrouble, stage));
    }
    let chosen = connection.settings.as_ref();
    let Some(Ok(settings)) = chosen.map(|chosen| chosen.without(data_set)) else {
        return Ok((LeftOut::OnlyOne, stage));
    };
    onboarding.leave_out(&mut connection, settings, now)?;
    onboardings::save(&mut tx, &mut onboarding, actor.name()).await?;
    connections::save(&mut tx, &connection).await?;
    actions::remove_data_set(&mut tx, firm_id, run.id, data_set).await?;
    records::remove_data_set(&mut tx, firm_id, connection.id, data_set, now).await?;

    // The webhook needs fewer triggers from now on, and credentials entered while the completion
    // waited have to be verified first.
    let announces = |entry: &&actions::Entry| match entry.action {
        Action::Reverify | Action::Triggers | Action::LastLook => true,
        Action::Readiness
        | Action::Hook
        | Action::Lookups(_)
        | Action::Sync(_)
        | Action::CatchUp
        | Action::ProjectIds
        | Action::Switch
        | Action::Finish
        | Action::RemoveHooks
        | Action::DropRecords
        | Action::Release => false,
    };
    let again: Vec<i32> = ledger
        .iter()
        .filter(announces)
        .map(|it| it.position)
        .collect();
    let stopped = |entry: &&actions::Entry| entry.state == ActionState::NeedsPerson;
    let on: Vec<i32> = ledger
        .iter()
        .filter(stopped)
        .map(|it| it.position)
        .collect();
    actions::reopen(&mut tx, firm_id, run.id, &on, now).await?;
    actions::redo(&mut tx, firm_id, run.id, &again, now).await?;
    let verb = ActivityVerb::CompletionDataSetLeftOut;
    let facts = json!({ "data_set": data_set.key() });
    let of = (&run, onboarding.id);
    go_on(&mut tx, app, actor, of, verb, facts).await?;
    tx.commit().await?;
    Ok((LeftOut::Done, stage))
}
