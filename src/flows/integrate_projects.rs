//! An admin has projects integrated.

use serde_json::json;

use super::Error;
use super::onboarding::{Seen, lock_connected};
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::catalog::Scope;
use crate::connection::Settings;
use crate::identity::{Actor, Verb};
use crate::projects;
use crate::store::activities;
use crate::store::project_runs::{self, ProjectStanding};
use crate::text::projects::named_shortly;
use crate::work;

/// What became of a wish to integrate projects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Integration {
    /// Those that wait for their turn now, in the order in which they were named.
    pub queued: Vec<i64>,
    /// The others, each with the reason.
    pub left_out: Vec<(i64, NotIntegrated)>,
}

/// Why a project is not integrated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotIntegrated {
    /// Procore does not show it to us.
    NotShown,
    /// It is closed.
    Inactive,
    /// It is a template or a demonstration.
    Template,
    /// It is integrated, waits for its turn, or is being removed.
    Already,
}

/// Lets these projects wait for their turn to be integrated, in this order, before all that were asked for
/// earlier, and keeps what was chosen as the firm's defaults. Asked twice, it does nothing more.
pub async fn run(
    app: &App,
    actor: &Actor,
    seen: Seen,
    projects: &[i64],
    settings: &Settings,
) -> Result<Integration, Error> {
    queue(app, actor, seen, projects, settings, false).await
}

/// The same, for all of these projects or for none: `None` where one cannot be integrated by now.
pub(crate) async fn run_all(
    app: &App,
    actor: &Actor,
    seen: Seen,
    projects: &[i64],
    settings: &Settings,
) -> Result<Option<Integration>, Error> {
    let integration = queue(app, actor, seen, projects, settings, true).await?;
    Ok(Some(integration).filter(|it| it.left_out.is_empty()))
}

async fn queue(
    app: &App,
    actor: &Actor,
    seen: Seen,
    projects: &[i64],
    settings: &Settings,
    all_or_none: bool,
) -> Result<Integration, Error> {
    let firm = actor.may(Verb::ChangeIntegration)?;
    let is_of_projects = |it: &Settings| {
        let mut choices = it.choices().iter();
        choices.all(|choice| choice.data_set.scope() == Scope::Project)
    };
    if !is_of_projects(settings) {
        return Err(Error::Stale); // no page of ours offers anything else
    }
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    let of = lock_connected(&mut tx, firm, seen).await?;
    let known = project_runs::list(&mut tx, of, projects).await?;
    let mut integration = Integration {
        queued: Vec::new(),
        left_out: Vec::new(),
    };
    let mut titles = Vec::new();
    for id in projects {
        let standing = known.iter().find(|it| it.project_id == *id);
        match standing.map_or(Some(NotIntegrated::NotShown), why_not) {
            Some(why) => integration.left_out.push((*id, why)),
            None if integration.queued.contains(id) => {} // named twice
            None => {
                integration.queued.push(*id);
                titles.extend(standing.map(ProjectStanding::title));
            }
        }
    }
    if all_or_none && !integration.left_out.is_empty() {
        return Ok(integration);
    }
    if !integration.queued.is_empty() {
        project_runs::queue(&mut tx, of, &integration.queued, settings, now).await?;
        project_runs::save_defaults(&mut tx, of, settings).await?;
        work::put(&mut tx, projects::task(of.0, of.1), now).await?;
        let sets = settings.choices().iter();
        let sets: Vec<&str> = sets.map(|choice| choice.data_set.key()).collect();
        let facts = json!({ "projects": integration.queued.len(), "data_sets": sets });
        let activity = app
            .activity(actor, ActivityVerb::ProjectsQueued)
            .with(facts);
        let activity = activity.about(named_shortly(&titles));
        activities::record(&mut tx, &activity).await?;
    }
    tx.commit().await?;
    Ok(integration)
}

/// Why a project that we know cannot be integrated now.
fn why_not(project: &ProjectStanding) -> Option<NotIntegrated> {
    if project.state.is_some() {
        Some(NotIntegrated::Already)
    } else if project.is_hidden {
        Some(NotIntegrated::NotShown)
    } else if !project.is_active {
        Some(NotIntegrated::Inactive)
    } else {
        project.is_template.then_some(NotIntegrated::Template)
    }
}
