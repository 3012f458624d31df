//! One project: how it is, what was brought of it, and what there is to do.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::choose::under_projects;
use super::references::reference_form;
use super::row::{ProjectRow, title};
use super::tables::{DataRow, ToolRow, data, tools};
use super::under_way::{OpenRun, Running};
use super::why_not;
use crate::app::App;
use crate::connection::{Health, ProjectState, ShownProject, UnavailableCause};
use crate::help;
use crate::identity::FirmId;
use crate::ledger::RunKind;
use crate::paths;
use crate::store::projects::{self, BoardProject};
use crate::store::records;
use crate::store::{activities, hooks, project_runs};
use crate::text::projects::{self as text, CHECK_AGAIN};
use crate::text::setup::TRY_AGAIN;
use crate::text::sync::SYNC_NOW;
use crate::verdict::{Obstacle, fixes_of_projects};
use crate::web::access::FirmAccess;
use crate::web::answer::page;
use crate::web::error::PageError;
use crate::web::form::FormState;
use crate::web::integration::activity::entry;
use crate::web::integration::connected;
use crate::web::view::{FixCard, Link, Nav, Shell, Signal, Since, TimelineEntry};
use crate::web::wizard::SeenFields;

/// Entries of the timeline on the page.
const MOST_DONE: i64 = 10;

#[derive(Template)]
#[template(path = "integration/project.html")]
struct ProjectPage {
    shell: Shell,
    pages: Nav,
    here: String,
    back: String,
    project: ProjectRow,
    /// How it is, in one word and one sentence, once it is integrated.
    health: Option<(Signal, &'static str, &'static str)>,
    /// Where it is integrated, while it is not.
    choose: Option<String>,
    /// Where it is removed, as the next step of one that does not come back.
    remove: Option<Link>,
    /// Where it is looked at again, unless nothing is looked at now.
    check: Option<String>,
    why_not: Option<&'static str>,
    seen: SeenFields,
    /// The button that is the next step.
    main: &'static str,
    /// The buttons that the state allows: label and address.
    buttons: Vec<(&'static str, String)>,
    /// The pages that it allows.
    links: Vec<Link>,
    card: Option<FixCard>,
    running: Option<Running>,
    is_moving: bool,
    /// What is brought, in a line.
    brings: Option<String>,
    since: Option<Since>,
    webhook: Option<String>,
    tools: Vec<ToolRow>,
    data: Vec<DataRow>,
    /// The form that changes the host product's reference.
    form: FormState,
    save_reference: String,
    references: String,
    /// Where its events are.
    events: Option<Link>,
    activity: Vec<TimelineEntry>,
}

impl ProjectPage {
    /// How a button looks: the next step is filled, the others come second.
    fn style(&self, label: &str) -> &'static str {
        match label == self.main {
            true => "button",
            false => "button button-second",
        }
    }
}

pub(super) async fn get(
    State(app): State<App>,
    access: FirmAccess,
    Path((_, id)): Path<(String, i64)>,
) -> Result<Response, PageError> {
    show(&app, &access, id, None).await
}

/// The page; with a `refused_form` of the reference, what was typed with its mistake.
pub(super) async fn show(
    app: &App,
    access: &FirmAccess,
    id: i64,
    refused_form: Option<FormState>,
) -> Result<Response, PageError> {
    let (connection, _) = match connected(access) {
        Ok(connected) => connected,
        Err(elsewhere) => return Ok(elsewhere.into_response()),
    };
    let (firm, of) = (access.firm.id, (connection.firm_id, connection.id));
    let shell = access.shell(app);
    let mut conn = app.db.acquire().await?;
    // What may be running is read before its result.
    let brought = OpenRun::find(&mut conn, of, id, RunKind::Project, shell.now).await?;
    let removed = OpenRun::find(&mut conn, of, id, RunKind::ProjectRemoval, shell.now).await?;
    let found = projects::list_on_board(&mut conn, of, &[id]).await?;
    let found = found.into_iter().next().ok_or(PageError::Missing)?;
    let run = match found.state {
        Some(ProjectState::Removing) => removed,
        Some(ProjectState::Queued | ProjectState::Integrating | ProjectState::Integrated)
        | None => brought,
    };
    let has_run = [
        Some(ProjectState::Integrating),
        Some(ProjectState::Removing),
    ];
    let is_starting = run.is_none() && has_run.contains(&found.state);
    let counts = match found.state {
        Some(_) => records::count_of_project(&mut conn, of, id).await?,
        None => Vec::new(),
    };
    let hooks = hooks::list(&mut conn, of.0, of.1, id).await?;
    let hooks: Vec<Option<String>> = hooks.into_iter().map(|it| it.procore_id).collect();
    let defaults = project_runs::find_defaults(&mut conn, of).await?;
    let done = activities::list_of_project(&mut conn, of.0, id, MOST_DONE).await?;
    drop(conn);
    let running = match Running::of(app, &shell, found.state, run).await? {
        Some(it)
            if it.is_stopped
                && found.state == Some(ProjectState::Removing)
                && !found.is_access_gone() =>
        {
            Some(it.held_up(app, access, &hooks)?)
        }
        other => other,
    };
    let is_free = super::row::is_free(&found);
    let is_stopped = running.as_ref().is_some_and(|it| it.is_stopped);
    let again = match is_stopped {
        true => TRY_AGAIN,
        false => CHECK_AGAIN,
    };
    let again = help::once_resumed(access.onboarding()?, again);
    let card = card(app, access, &found, again)?;
    let (buttons, mut links) = match connection.pause {
        Some(_) => Default::default(),
        None => actions_of(firm, &found, is_stopped),
    };
    let status = match refused_form {
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    let remove = does_not_come_back(&found).then(|| links.pop()).flatten();
    let reference = found.reference.clone().unwrap_or_default();
    let (why_not, is_paused) = (why_not(access, connection), connection.pause.is_some());
    let health = health(&found, is_paused);
    // What runs stops by itself where nothing can be read; a removal goes on in a pause, too.
    let rests = match found.state {
        Some(ProjectState::Removing) => false,
        Some(ProjectState::Queued) => why_not.is_some(),
        Some(ProjectState::Integrating | ProjectState::Integrated) | None => is_paused,
    };
    let moves = is_starting || running.as_ref().is_some_and(|it| it.is_moving);
    let is_moving = !rests && moves || found.is_asked && why_not.is_none();
    let shown = ProjectPage {
        pages: under_projects(&shell, firm),
        here: paths::project(firm, id),
        back: paths::projects(firm),
        main: match &remove {
            Some(_) => text::REMOVE,
            None => main_button(is_stopped, card.is_some(), is_free, found.state),
        },
        choose: is_free.then(|| format!("{}?project={id}", paths::choose_for_projects(firm))),
        remove,
        check: why_not.is_none().then(|| paths::check_projects(firm)),
        // A pause is what its health says already.
        why_not: why_not.filter(|_| health.is_none() || !is_paused),
        seen: (&access.onboarding()?.onboarding).into(),
        buttons,
        links,
        card,
        running,
        is_moving,
        brings: found.settings.as_ref().map(|it| it.labels()),
        since: found.integrated_at.map(|at| shell.when(at).into()),
        webhook: found.state.map(|state| match state {
            ProjectState::Removing => text::webhook_of_removed(&hooks),
            ProjectState::Queued | ProjectState::Integrating | ProjectState::Integrated => {
                text::webhook(!hooks.is_empty()).to_owned()
            }
        }),
        tools: tools(&found, defaults.as_ref()),
        data: data(&shell, firm, &found, &counts),
        health,
        events: found.state.map(|_| {
            let events = paths::integration_page(firm, "events");
            Link::new(text::EVENTS, format!("{events}?project={id}"))
        }),
        activity: done.iter().map(|it| entry(&shell, it)).collect(),
        project: ProjectRow::new(&shell, firm, found, defaults.as_ref(), why_not),
        form: refused_form.unwrap_or_else(|| reference_form(&reference)),
        save_reference: paths::project_reference(firm, id),
        references: paths::references(firm),
        shell,
    };
    page(status, &shown)
}

/// How an integrated project is.
fn health(project: &BoardProject, is_paused: bool) -> Option<(Signal, &'static str, &'static str)> {
    match project.state {
        Some(ProjectState::Integrated) => {}
        Some(ProjectState::Queued | ProjectState::Integrating | ProjectState::Removing) | None => {
            return None;
        }
    }
    let needs = project.trouble.is_some() || !project.obstacles.0.is_empty();
    let (signal, health) = if is_paused {
        (Signal::Idle, Health::Paused)
    } else if project.shown_as == ShownProject::Unavailable {
        (Signal::Waiting, Health::Broken)
    } else if needs {
        (Signal::Needed, Health::Degraded)
    } else {
        (Signal::Done, Health::Healthy)
    };
    Some((signal, health.label(), text::health(health)))
}

/// The button that is the next step.
fn main_button(
    is_stopped: bool,
    is_in_need: bool,
    is_free: bool,
    state: Option<ProjectState>,
) -> &'static str {
    match state {
        _ if is_stopped => TRY_AGAIN,
        _ if is_in_need => CHECK_AGAIN,
        _ if is_free => text::INTEGRATE,
        Some(ProjectState::Integrated) => SYNC_NOW,
        Some(ProjectState::Queued | ProjectState::Integrating | ProjectState::Removing) | None => {
            CHECK_AGAIN
        }
    }
}

/// What may be done with a project that is integrated, or is being integrated.
fn actions_of(
    firm: FirmId,
    project: &BoardProject,
    is_stopped: bool,
) -> (Vec<(&'static str, String)>, Vec<Link>) {
    let id = project.project_id;
    let mut buttons = Vec::new();
    let mut links = Vec::new();
    if is_stopped {
        buttons.push((TRY_AGAIN, paths::try_project_again(firm, id)));
    }
    match project.state {
        // Nothing of it can be read, and nothing else chosen.
        Some(_) if does_not_come_back(project) => {}
        Some(ProjectState::Integrated) => {
            buttons.push((SYNC_NOW, paths::sync_project(firm, id)));
            links.push(Link::new(
                text::CHANGE_DATA,
                paths::change_project(firm, id),
            ));
        }
        Some(ProjectState::Integrating) => {
            links.push(Link::new(
                text::CHANGE_DATA,
                paths::change_project(firm, id),
            ));
        }
        Some(ProjectState::Queued | ProjectState::Removing) | None => {}
    }
    if matches!(
        project.state,
        Some(ProjectState::Queued | ProjectState::Integrating | ProjectState::Integrated)
    ) {
        links.push(Link::new(text::REMOVE, paths::remove_project(firm, id)));
    }
    (buttons, links)
}

/// Whether it was deleted in Procore, as far as anything tells.
fn does_not_come_back(project: &BoardProject) -> bool {
    project.state.is_some() && project.sighting().cause() == Some(UnavailableCause::Deleted)
}

/// What stands in the way, as a card whose last step is `again`.
fn card(
    app: &App,
    access: &FirmAccess,
    project: &BoardProject,
    again: &str,
) -> Result<Option<FixCard>, PageError> {
    if project.state == Some(ProjectState::Removing) {
        return Ok(None); // whether it can be read matters no more
    }
    let title = title(project);
    let found = match project.sighting().cause() {
        // Also where no look ever found that.
        Some(UnavailableCause::NotPermitted | UnavailableCause::NotShown) => {
            vec![Obstacle::hidden()]
        }
        Some(
            UnavailableCause::Closed
            | UnavailableCause::Deactivated
            | UnavailableCause::Refused
            | UnavailableCause::Deleted,
        )
        | None => project.obstacles.0.clone(),
    };
    let fixes = fixes_of_projects(found.iter().map(|it| (title.as_str(), it)));
    let card = help::card_of_projects(app, access.onboarding()?, &fixes, again);
    Ok(card.as_ref().map(FixCard::from))
}
