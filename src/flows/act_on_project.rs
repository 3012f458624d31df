//! What an admin does with a project that is integrated: *Check again*, *Sync now*, *Change data* and
//! *Remove*.

use serde_json::json;

use super::Error;
use super::onboarding::{Seen, lock, lock_connected};
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::catalog::Scope;
use crate::connection::{Connection, ProjectState, Settings};
use crate::identity::{Actor, Verb};
use crate::ledger::{RunKind, plan};
use crate::store::runs::Run;
use crate::store::{activities, project_runs};
use crate::{engine, projects, removal, work};

/// Lets a project that waits for somebody go on now. Does nothing if it does not wait.
pub async fn try_again(app: &App, actor: &Actor, seen: Seen, project: i64) -> Result<(), Error> {
    let firm = actor.may(Verb::ChangeIntegration)?;
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    let connection = lock(&mut tx, firm, seen).await?.connection;
    let connection = connection.filter(Connection::is_active);
    let of = (firm, connection.ok_or(Error::Stale)?.id);
    // Runs before projects, as in every write of a run.
    let mut open = Vec::new();
    for kind in [RunKind::Project, RunKind::ProjectRemoval] {
        open.extend(project_runs::find_open_run(&mut tx, of, project, kind).await?);
    }
    let known = project_runs::find(&mut tx, of, project).await?;
    let known = known.ok_or(Error::Missing)?;
    for run in open {
        work::put(&mut tx, project_runs::run_task(firm, run), now).await?;
        let facts = json!({ "project": project });
        let activity = app
            .activity(actor, ActivityVerb::ProjectRetried)
            .with(facts);
        activities::record(&mut tx, &activity.about(known.title())).await?;
    }
    Ok(tx.commit().await?)
}

/// Has everything of an integrated project read again, and its webhook checked. Does nothing while that is
/// being done.
pub async fn sync_now(app: &App, actor: &Actor, seen: Seen, project: i64) -> Result<(), Error> {
    let firm = actor.may(Verb::SyncNow)?;
    let mut tx = app.db.begin().await?;
    let connection = lock(&mut tx, firm, seen).await?.connection;
    let connection = connection.filter(Connection::is_active);
    let of = (firm, connection.ok_or(Error::Stale)?.id);
    let open = project_runs::find_open_run(&mut tx, of, project, RunKind::Project).await?;
    if open.is_none() {
        // Lists that did not come whole are read by this run, too.
        project_runs::abandon_runs_but_removal(&mut tx, of, project, app.clock.now()).await?;
    }
    let known = project_runs::find(&mut tx, of, project).await?;
    let known = known.ok_or(Error::Missing)?;
    let settings = known.settings.clone();
    let settings = settings.filter(|_| known.state == Some(ProjectState::Integrated));
    let settings = match (settings, open) {
        (Some(settings), None) => settings,
        (_, open) => {
            if let Some(run) = open {
                // One that waits goes on.
                let task = project_runs::run_task(firm, run);
                work::put(&mut tx, task, app.clock.now()).await?;
            }
            return Ok(tx.commit().await?);
        }
    };
    let actions = plan::project(&settings);
    let (id, kind, now) = (app.clock.new_id(), RunKind::Project, app.clock.now());
    let run = Run::of_project(id, kind, of, (project, &settings), actor.name(), now);
    engine::begin(&mut tx, &run, &actions, now).await?;
    let facts = json!({ "project": project });
    let activity = app
        .activity(actor, ActivityVerb::ProjectSyncAsked)
        .with(facts);
    activities::record(&mut tx, &activity.about(known.title())).await?;
    Ok(tx.commit().await?)
}

/// Brings what `settings` say of a project from now on. What is new is read, then what is not chosen any
/// more is deleted. To choose what is brought changes nothing.
pub async fn change(
    app: &App,
    actor: &Actor,
    seen: Seen,
    project: i64,
    settings: &Settings,
) -> Result<(), Error> {
    let firm = actor.may(Verb::ChangeIntegration)?;
    let mut choices = settings.choices().iter();
    if !choices.all(|choice| choice.data_set.scope() == Scope::Project) {
        return Err(Error::Stale); // no page of ours offers anything else
    }
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    let connection = lock(&mut tx, firm, seen).await?.connection;
    let connection = connection.filter(Connection::is_active);
    let of = (firm, connection.ok_or(Error::Stale)?.id);
    let mut is_read = true;
    for kind in [RunKind::Project, RunKind::Reading] {
        let open = project_runs::find_open_run(&mut tx, of, project, kind).await?;
        is_read &= open.is_none();
    }
    let known = project_runs::find(&mut tx, of, project).await?;
    let known = known.ok_or(Error::Missing)?;
    let before = known.settings.as_ref().ok_or(Error::Stale)?;
    if before == settings {
        return Ok(()); // the same page sent twice
    }
    match known.state {
        Some(ProjectState::Integrating | ProjectState::Integrated) => {}
        Some(ProjectState::Queued | ProjectState::Removing) | None => return Err(Error::Stale),
    }
    // What a run that is not over was to read is read as a whole.
    let in_use = Some(before).filter(|_| is_read);
    project_runs::abandon_runs_but_removal(&mut tx, of, project, now).await?;
    project_runs::change(&mut tx, of, project, settings).await?;
    let actions = plan::project_change(in_use, settings);
    let (id, kind) = (app.clock.new_id(), RunKind::Project);
    let run = Run::of_project(id, kind, of, (project, settings), actor.name(), now);
    engine::begin(&mut tx, &run, &actions, now).await?;
    let sets = settings.choices().iter();
    let sets: Vec<&str> = sets.map(|choice| choice.data_set.key()).collect();
    let facts = json!({ "project": project, "data_sets": sets });
    let activity = app
        .activity(actor, ActivityVerb::ProjectChangeStarted)
        .with(facts);
    activities::record(&mut tx, &activity.about(known.title())).await?;
    // The company's webhook may have to announce more, too.
    work::put(&mut tx, projects::task(of.0, of.1), now).await?;
    Ok(tx.commit().await?)
}

/// Removes a project from the integration: its webhook first, and with `with_data` the records that were
/// read of it. One that still waits for its turn is taken out of the queue. Asked twice, it does nothing more.
pub async fn remove(
    app: &App,
    actor: &Actor,
    seen: Seen,
    project: i64,
    with_data: bool,
) -> Result<(), Error> {
    let firm = actor.may(Verb::ChangeIntegration)?;
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    let of = lock_connected(&mut tx, firm, seen).await?;
    // Runs before projects, as in every write of a run.
    let was_running = project_runs::abandon_runs_but_removal(&mut tx, of, project, now).await?;
    let known = project_runs::find(&mut tx, of, project).await?;
    let known = known.ok_or(Error::Missing)?;
    let Some(settings) = known.settings.clone() else {
        return Ok(());
    };
    if known.state == Some(ProjectState::Removing)
        || !project_runs::begin_removal(&mut tx, of, project).await?
    {
        return Ok(());
    }
    let begins = match was_running {
        true => now + removal::SETTLED_AFTER, // a webhook may just be being created
        false => removal::settles_at(&mut tx, of, now).await?.unwrap_or(now),
    };
    let (id, kind) = (app.clock.new_id(), RunKind::ProjectRemoval);
    let run = Run::of_project(id, kind, of, (project, &settings), actor.name(), now);
    engine::begin(&mut tx, &run, &plan::project_removal(with_data), begins).await?;
    let facts = json!({ "project": project, "with_data": with_data });
    let activity = app
        .activity(actor, ActivityVerb::ProjectRemovalStarted)
        .with(facts);
    activities::record(&mut tx, &activity.about(known.title())).await?;
    Ok(tx.commit().await?)
}
