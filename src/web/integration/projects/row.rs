//! A project as a row of the board.

use crate::catalog::{Choice, DataSet};
use crate::connection::{ProjectState, Settings, ShownProject};
use crate::identity::FirmId;
use crate::paths;
use crate::store::projects::BoardProject;
use crate::text::projects as text;
use crate::verdict::{NeededTool, needed_tools};
use crate::web::view::{Shell, Signal, When};

/// A row of the board, and the head of a project's own page.
pub(super) struct ProjectRow {
    pub id: i64,
    pub title: String,
    pub number: String,
    pub name: String,
    pub stage: String,
    pub href: String,
    /// Whether it can be ticked.
    pub is_free: bool,
    pub signal: Signal,
    pub word: &'static str,
    /// Why it is not ready, or cannot be read, and who chose it where nobody did.
    pub why: Vec<String>,
    /// Whether the tools that it needs are on, and our level on them.
    pub tools: Option<String>,
    /// Somebody waits for a look at it.
    pub is_asked: bool,
    pub looked_at: Option<When>,
    pub last_event: Option<When>,
    pub last_copy: Option<When>,
}

impl ProjectRow {
    /// `defaults` are what the firm brings of projects for which it chose nothing else; `why_not` is why nothing is
    /// looked at now.
    pub(super) fn new(
        shell: &Shell,
        firm: FirmId,
        project: BoardProject,
        defaults: Option<&Settings>,
        why_not: Option<&str>,
    ) -> Self {
        let (signal, word) = standing(&project);
        let needed = tools_of(&project, defaults);
        Self {
            id: project.project_id,
            title: title(&project),
            href: paths::project(firm, project.project_id),
            is_free: is_free(&project),
            signal,
            word,
            why: why(&project),
            tools: text::tools_in_a_line(&needed),
            is_asked: project.is_asked && why_not.is_none(),
            looked_at: project.looked_at.map(|at| shell.when(at)),
            last_event: project.last_event_at.map(|at| shell.when(at)),
            last_copy: project.last_copy_at.map(|at| shell.when(at)),
            number: project.number,
            name: match project.name.is_empty() {
                true => text::unnamed(project.project_id),
                false => project.name,
            },
            stage: project.stage,
        }
    }
}

/// The tools that what is brought of a project needs, or would be; none where nothing of it can be read.
pub(super) fn tools_of(project: &BoardProject, defaults: Option<&Settings>) -> Vec<NeededTool> {
    let is_out = project.is_template || project.sighting().cause().is_some();
    let Some(tools) = project.tools.as_ref().filter(|_| !is_out) else {
        return Vec::new();
    };
    let all = DataSet::OF_PROJECT.map(Choice::of);
    let wanted = project.settings.as_ref().or(defaults);
    needed_tools(&tools.0, wanted.map_or(&all[..], |it| it.choices()))
}

/// What people call a project.
pub(super) fn title(project: &BoardProject) -> String {
    text::title(&project.number, &project.name, project.project_id)
}

/// Whether a project can be integrated now.
pub(super) fn is_free(project: &BoardProject) -> bool {
    project.state.is_none()
        && project.hidden_at.is_none()
        && project.is_active
        && !project.is_template
}

/// The state in one word.
fn standing(project: &BoardProject) -> (Signal, &'static str) {
    let is_removed = project.state == Some(ProjectState::Removing);
    if project.shown_as == ShownProject::Unavailable && !is_removed {
        return (Signal::Waiting, text::shown(ShownProject::Unavailable));
    }
    let Some(state) = project.state else {
        let signal = match project.shown_as {
            ShownProject::Ready => Signal::Idle,
            ShownProject::NotReady if is_free(project) => Signal::Needed,
            _ => Signal::Idle,
        };
        return (signal, text::shown(project.shown_as));
    };
    let stopped = is_stopped(project);
    let signal = match state {
        _ if stopped => Signal::Needed,
        ProjectState::Queued => Signal::Waiting,
        ProjectState::Integrating | ProjectState::Removing => Signal::Running,
        ProjectState::Integrated => Signal::Done,
    };
    (signal, text::integration(state, stopped))
}

/// Whether bringing or removing it stands still for something other than Procore's pace.
fn is_stopped(project: &BoardProject) -> bool {
    project.stopped.is_some_and(|code| !code.is_wait())
}

/// What stands in the way.
fn why(project: &BoardProject) -> Vec<String> {
    let mut why = obstacles(project);
    if project.is_by_itself {
        why.push(text::CHOSEN_BY_ITSELF.to_owned());
    } else if project.is_awaited && is_free(project) && !project.obstacles.0.is_empty() {
        why.push(text::WAITS_BY_ITSELF.to_owned());
    }
    why
}

fn obstacles(project: &BoardProject) -> Vec<String> {
    if project.state == Some(ProjectState::Removing) {
        let cause = project.sighting().cause().map(text::unavailable);
        let is_refused = is_stopped(project) && !project.is_access_gone();
        let waits = is_refused.then_some(text::WEBHOOK_STAYS);
        return cause.into_iter().chain(waits).map(str::to_owned).collect();
    }
    if let Some(cause) = project.sighting().cause() {
        let follows = match project.state {
            Some(_) => text::what_follows(cause),
            None => text::what_helps(cause),
        };
        return vec![text::unavailable(cause).to_owned(), follows.to_owned()];
    }
    if project.is_template {
        return vec![text::IS_TEMPLATE.to_owned()];
    }
    let obstacles = project.obstacles.0.iter().map(text::obstacle);
    let obstacles: Vec<String> = obstacles.collect();
    match project.trouble {
        // Found by a look as well, it says more.
        Some(code) if obstacles.is_empty() => vec![text::trouble(code)],
        Some(_) | None => obstacles,
    }
}
