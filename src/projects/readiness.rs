//! Looks at the project's tools before anything is created: what they refuse is not asked for, since every
//! refused call counts.

use serde_json::json;

use crate::catalog::{DataSet, Tool};
use crate::engine::{ActionOutcome, Failure, Halt, RunContext, RunLease};
use crate::procore::Error;
use crate::store::actions::{self, ActionEnd, Entry};
use crate::store::project_runs::{self, FoundTools};
use crate::store::projects;
use crate::verdict::{Obstacle, ReasonCode, Refusal, obstacles};
use crate::watch::projects::{AGAIN, tools};
use crate::work;

/// A project is known to be there, so a refusal is about it as a whole.
const PROJECT: Refusal = Refusal {
    forbidden: ReasonCode::Hidden,
    hidden: ReasonCode::Hidden,
};

/// Does the action. What a tool refuses is partial at once; without webhooks nothing is begun.
pub(super) async fn act(
    lease: &mut RunLease<'_>,
    context: &RunContext,
    ledger: &[Entry],
) -> Result<ActionOutcome, Halt> {
    let of = (context.run.firm_id, context.connection.id);
    let project_id = context.project_id();
    let api = context.api()?;
    let mut conn = lease.app.db.acquire().await?;
    let requests = projects::count_look_requests(&mut conn, of, project_id).await?;
    drop(conn);
    lease.ready("project tools")?;
    let asked = tools(lease.app, api, of, project_id).await?;
    lease.answered("project tools")?;
    let (tools, found) = match asked {
        Ok(tools) => {
            let found = obstacles(&tools, context.settings.choices());
            (Some(tools), found)
        }
        Err(Error::NotVisible(_) | Error::NotPermitted(_)) => (None, vec![Obstacle::hidden()]),
        Err(error) => return Err(Halt::of(error, PROJECT)),
    };
    let now = lease.now();
    let look = FoundTools {
        tools: tools.as_deref(),
        obstacles: &found,
        at: now,
        away: None,
        next: match &tools {
            Some(_) => now + AGAIN,
            None => now, // a look asks why it is not shown
        },
        requests,
    };
    let mut write = lease.begin("project tools").await?;
    project_runs::keep_tools(&mut write.tx, of, project_id, &look).await?;
    if tools.is_none() {
        work::put(&mut write.tx, projects::look_task(of.0, of.1), now).await?;
    }
    for entry in ledger.iter().filter(|entry| entry.state.is_open()) {
        let Some(code) = entry.action.data_set().and_then(|set| refusal(&found, set)) else {
            continue;
        };
        let (end, report) = (ActionEnd::Partial(code), json!({}));
        actions::finish(
            &mut write.tx,
            &lease.held,
            entry.position,
            end,
            &report,
            now,
        )
        .await?;
    }
    lease.commit(write).await?;
    let as_a_whole = |it: &&Obstacle| matches!(it.tool, None | Some(Tool::WebhooksApi));
    match found.iter().find(as_a_whole) {
        Some(obstacle) => Err(Failure::needs_person(obstacle.code).into()),
        None => Ok(ActionOutcome::done(json!({ "obstacles": found }))),
    }
}

/// Why a data set cannot be read, if the tools say so.
fn refusal(found: &[Obstacle], set: DataSet) -> Option<ReasonCode> {
    let mut found = found.iter();
    found
        .find(|it| it.data_sets.contains(&set))
        .map(|it| it.code)
}
