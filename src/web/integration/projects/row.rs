//! A project as a row of the board.

use crate::connection::{ProjectState, ShownProject};
use crate::identity::FirmId;
use crate::paths;
use crate::store::projects::BoardProject;
use crate::text::projects as text;
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
    /// Why it is not ready, or cannot be read.
    pub why: Vec<String>,
    /// Somebody waits for a look at it.
    pub is_asked: bool,
    pub looked_at: Option<When>,
    pub last_event: Option<When>,
    pub last_copy: Option<When>,
    pub reference: String,
}

impl ProjectRow {
    pub(super) fn new(shell: &Shell, firm: FirmId, project: BoardProject) -> Self {
        let (signal, word) = standing(&project);
        Self {
            id: project.project_id,
            title: title(&project),
            href: paths::project(firm, project.project_id),
            is_free: is_free(&project),
            signal,
            word,
            why: why(&project),
            is_asked: project.is_asked,
            looked_at: project.looked_at.map(|at| shell.when(at)),
            last_event: project.last_event_at.map(|at| shell.when(at)),
            last_copy: project.last_copy_at.map(|at| shell.when(at)),
            reference: project.reference.unwrap_or_default(),
            number: project.number,
            name: match project.name.is_empty() {
                true => text::unnamed(project.project_id),
                false => project.name,
            },
            stage: project.stage,
        }
    }
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
    if project.shown_as == ShownProject::Unavailable {
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
    let stopped = project.stopped.is_some_and(|code| !code.is_wait());
    let signal = match state {
        _ if stopped => Signal::Needed,
        ProjectState::Queued => Signal::Waiting,
        ProjectState::Integrating | ProjectState::Removing => Signal::Running,
        ProjectState::Integrated => Signal::Done,
    };
    (signal, text::integration(state, stopped))
}

/// What stands in the way.
fn why(project: &BoardProject) -> Vec<String> {
    if project.hidden_at.is_some() {
        return vec![text::IS_HIDDEN.to_owned()];
    }
    if !project.is_active {
        return vec![text::IS_INACTIVE.to_owned()];
    }
    if project.is_template {
        return vec![text::IS_TEMPLATE.to_owned()];
    }
    project.obstacles.0.iter().map(text::obstacle).collect()
}
