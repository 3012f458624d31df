//! A project that was unavailable and is there again catches up by itself: its webhook is checked, and all that is
//! brought is read.

use chrono::{DateTime, Utc};
use serde_json::json;
use sqlx::PgConnection;

use crate::activity::ActivityVerb;
use crate::app::App;
use crate::engine;
use crate::identity::{Actor, ConnectionId, FirmId};
use crate::ledger::{RunKind, plan};
use crate::store::runs::Run;
use crate::store::{StoreError, activities, project_runs};
use crate::work;

/// Lets up to `room` projects catch up that have to; returns whether there are any, begun or not.
pub(super) async fn begin(
    conn: &mut PgConnection,
    app: &App,
    of: (FirmId, ConnectionId),
    room: i64,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let returned = project_runs::list_returned(conn, of, room + 1).await?;
    let is_any = !returned.is_empty();
    for project in returned.into_iter().take(room.unsigned_abs() as usize) {
        let (id, kind) = (project.project_id, RunKind::Project);
        // Runs before projects, as in every write of a run.
        let open = project_runs::find_open_run(conn, of, id, kind).await?;
        match open {
            Some(run) => work::put(conn, project_runs::run_task(of.0, run), now).await?,
            None => {
                project_runs::abandon_runs_but_removal(conn, of, id, now).await?;
                let (run, by) = (app.clock.new_id(), Actor::system_for(of.0));
                let settings = &project.settings;
                let run = Run::of_project(run, kind, of, (id, settings), by.name(), now);
                engine::begin(conn, &run, &plan::project(settings), now).await?;
            }
        }
        project_runs::note_returned(conn, of, id, open.is_none()).await?;
        if !project.was_away {
            continue; // what was done to it is told where it was done
        }
        let known = project_runs::find(conn, of, id).await?;
        let by = Actor::system_for(of.0);
        let activity = app.activity(&by, ActivityVerb::ProjectReturned);
        let activity = activity.with(json!({ "project": id }));
        let title = known.map(|it| it.title()).unwrap_or_default();
        activities::record(conn, &activity.about(title)).await?;
    }
    Ok(is_any)
}
