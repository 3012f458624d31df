//! One project: how it is, what was brought of it, and what there is to do.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};

use super::choose::under_projects;
use super::row::{ProjectRow, title};
use crate::app::App;
use crate::connection::{Connection, ProjectState};
use crate::help;
use crate::identity::FirmId;
use crate::ledger::{RunKind, RunState};
use crate::paths;
use crate::store::projects::{self, BoardProject};
use crate::store::records::{self, RecordCount};
use crate::store::runs;
use crate::store::{actions, hooks};
use crate::text::count::grouped;
use crate::text::projects as text;
use crate::text::setup::TRY_AGAIN;
use crate::text::sync::SYNC_NOW;
use crate::verdict::fixes_of_projects;
use crate::web::access::FirmAccess;
use crate::web::answer::ok;
use crate::web::error::PageError;
use crate::web::integration::connected;
use crate::web::view::{FixCard, LedgerRow, Link, Nav, Notice, Shell, When};
use crate::web::wizard::SeenFields;
use crate::web::wizard::ledger::{self, OverallProgress};

#[derive(Template)]
#[template(path = "integration/project.html")]
struct ProjectPage {
    shell: Shell,
    pages: Nav,
    here: String,
    back: String,
    project: ProjectRow,
    /// Where it is integrated, while it is not.
    choose: Option<String>,
    check: String,
    paused: bool,
    seen: SeenFields,
    /// The buttons that the state allows: label and address.
    buttons: Vec<(&'static str, String)>,
    /// The pages that it allows.
    links: Vec<Link>,
    card: Option<FixCard>,
    running: Option<Running>,
    /// What is brought, in a line.
    brings: Option<String>,
    since: Option<When>,
    webhook: Option<&'static str>,
    data: Vec<DataRow>,
}

/// The project is being brought.
struct Running {
    notice: Notice,
    overall: Option<OverallProgress>,
    rows: Vec<LedgerRow>,
    is_moving: bool,
    /// Somebody has to fix something first.
    is_stopped: bool,
}

struct DataRow {
    label: &'static str,
    href: String,
    there: String,
    gone: String,
    changed: Option<When>,
    seen: Option<When>,
}

impl ProjectPage {
    /// Whether anything moves by itself, so that the page refreshes itself.
    fn is_moving(&self) -> bool {
        self.project.is_asked || self.running.as_ref().is_some_and(|it| it.is_moving)
    }
}

pub(super) async fn get(
    State(app): State<App>,
    access: FirmAccess,
    Path((_, id)): Path<(String, i64)>,
) -> Result<Response, PageError> {
    let (connection, _) = match connected(&access) {
        Ok(connected) => connected,
        Err(elsewhere) => return Ok(elsewhere.into_response()),
    };
    let (firm, of) = (access.firm.id, (connection.firm_id, connection.id));
    let mut conn = app.db.acquire().await?;
    let found = projects::list_on_board(&mut conn, of, &[id]).await?;
    let found = found.into_iter().next().ok_or(PageError::Missing)?;
    let counts = match found.state {
        Some(_) => records::count_of_project(&mut conn, of, id).await?,
        None => Vec::new(),
    };
    let hooks = hooks::list(&mut conn, of.0, of.1, id).await?;
    drop(conn);
    let shell = access.shell(&app);
    let card = card(&app, &access, &found)?;
    let running = running(&app, &shell, connection, &found).await?;
    let is_free = super::row::is_free(&found);
    let is_stopped = running.as_ref().is_some_and(|it| it.is_stopped);
    let (buttons, links) = match connection.pause {
        Some(_) => Default::default(),
        None => actions_of(firm, &found, is_stopped),
    };
    ok(&ProjectPage {
        pages: under_projects(&shell, firm),
        here: paths::project(firm, id),
        back: paths::projects(firm),
        choose: is_free.then(|| format!("{}?project={id}", paths::choose_for_projects(firm))),
        check: paths::check_projects(firm),
        paused: connection.pause.is_some(),
        seen: (&access.onboarding()?.onboarding).into(),
        buttons,
        links,
        card,
        running,
        brings: found.settings.as_ref().map(|it| it.labels()),
        since: found.integrated_at.map(|at| shell.when(at)),
        webhook: found.state.map(|_| text::webhook(!hooks.is_empty())),
        data: data(&shell, firm, &found, &counts),
        project: ProjectRow::new(&shell, firm, found),
        shell,
    })
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

/// What stands in the way, as a card.
fn card(
    app: &App,
    access: &FirmAccess,
    project: &BoardProject,
) -> Result<Option<FixCard>, PageError> {
    let title = title(project);
    let obstacles = project.obstacles.0.iter();
    let fixes = fixes_of_projects(obstacles.map(|it| (title.as_str(), it)));
    let card = help::card_of_projects(app, access.onboarding()?, &fixes);
    Ok(card.as_ref().map(FixCard::from))
}

/// The ledger of bringing it, until everything is there.
async fn running(
    app: &App,
    shell: &Shell,
    connection: &Connection,
    project: &BoardProject,
) -> Result<Option<Running>, PageError> {
    match project.state {
        Some(ProjectState::Queued) => Ok(Some(Running {
            notice: Notice::waiting(text::WAITS_ITS_TURN),
            overall: None,
            rows: Vec::new(),
            is_moving: true,
            is_stopped: false,
        })),
        Some(state) => {
            let kind = match state {
                ProjectState::Removing => RunKind::ProjectRemoval,
                _ => RunKind::Project,
            };
            let of = (connection.firm_id, connection.id);
            let mut conn = app.db.acquire().await?;
            let run = runs::find_open_of_project(&mut conn, of, project.project_id, kind).await?;
            let Some(run) = run else { return Ok(None) };
            let entries = actions::list(&mut conn, of.0, run.id).await?;
            drop(conn);
            let is_stopped = run.state == RunState::NeedsPerson;
            Ok(Some(Running {
                notice: ledger::notice(shell, &run, &entries),
                overall: ledger::overall(shell, &run, &entries, &[]),
                rows: entries
                    .iter()
                    .map(|entry| ledger::row(shell, entry))
                    .collect(),
                is_moving: !is_stopped,
                is_stopped,
            }))
        }
        None => Ok(None),
    }
}

/// What was brought, by data set.
fn data(
    shell: &Shell,
    firm: FirmId,
    project: &BoardProject,
    counts: &[RecordCount],
) -> Vec<DataRow> {
    let choices = project.settings.iter().flat_map(|it| it.choices().to_vec());
    choices
        .map(|choice| {
            let set = choice.data_set;
            let kind = set.entry().main_read().kind;
            let of_set = |it: &&RecordCount| it.data_set == set && it.kind == kind;
            let count = counts.iter().find(of_set);
            let address = paths::data_set(firm, set);
            DataRow {
                label: choice.label(),
                href: format!("{address}?project={}", project.project_id),
                there: grouped(count.map_or(0, |it| it.there)),
                gone: grouped(count.map_or(0, |it| it.gone)),
                changed: count.and_then(|it| it.changed_at).map(|at| shell.when(at)),
                seen: count.and_then(|it| it.seen_at).map(|at| shell.when(at)),
            }
        })
        .collect()
}
