//! The board of projects, and how single ones are integrated.

mod act;
mod asked;
mod automatic;
mod choose;
mod ids;
mod not_ready;
mod one;
mod plan;
mod references;
mod row;
mod tables;
mod under_way;
mod unshared;

use askama::Template;
use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::handler::Handler;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum_extra::extract::{Form, Query};
use serde::Deserialize;

use super::{connected, pages};
use crate::app::App;
use crate::connection::{Connection, ShownProject};
use crate::flows::{Error, check_projects};
use crate::identity::FirmId;
use crate::paths;
use crate::store::project_runs;
use crate::store::projects::{self, BoardOrder, BoardProject, IntegrationProgress, ProjectCounts};
use crate::text::count::{Noun, counted};
use crate::text::references::REFERENCES;
use crate::text::{pages as words, projects as text};
use crate::web::access::FirmAccess;
use crate::web::answer::{ok, see_other};
use crate::web::error::PageError;
use crate::web::view::{Column, Link, Nav, NavItem, Pager, Shell, Sort, percent};
pub(super) use asked::BoardQuery;
use asked::{in_address, with_query};
use automatic::NewProjects;
use not_ready::NotReadyCard;
use row::ProjectRow;

/// Projects on a page.
const PER_PAGE: usize = 50;
/// Projects in need that the board names.
const NAMED_IN_NEED: i64 = 5;
/// The most projects that one form chooses.
const MOST_CHOSEN: i64 = 20_000;

/// The pages of projects.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route(paths::PROJECTS, get(board))
        .route(
            paths::CHOOSE_FOR_PROJECTS,
            get(choose::get).post(choose::post),
        )
        .route(
            paths::PROJECTS_PLAN,
            get(plan::get).post(plan::post.layer(DefaultBodyLimit::max(plan::LARGEST_FORM))),
        )
        .route(paths::NEW_PROJECTS, post(automatic::post))
        .route(
            paths::PROJECT_DEFAULTS,
            get(automatic::defaults).post(automatic::post_defaults),
        )
        .route(paths::CHECK_PROJECTS, post(check_again))
        .route(
            paths::UNSHARED_PROJECTS,
            get(unshared::get).post(unshared::post),
        )
        .route(paths::CHECK_UNSHARED, post(unshared::check))
        .route(
            paths::REFERENCES,
            get(references::get).post(references::post),
        )
        .route(paths::REFERENCES_FILE, get(references::file::get))
        .route(paths::UPLOAD_REFERENCES, post(references::upload))
        .route(
            paths::COMPARE_REFERENCES,
            get(references::compare).post(references::save_file),
        )
        .route(paths::PROJECT_REFERENCE, post(references::post_of_project))
        .route(paths::PROJECT, get(one::get))
        .route(paths::SYNC_PROJECT, post(act::sync))
        .route(paths::TRY_PROJECT_AGAIN, post(act::try_again))
        .route(
            paths::CHANGE_PROJECT,
            get(act::change).post(act::post_change),
        )
        .route(
            paths::REMOVE_PROJECT,
            get(act::remove).post(act::post_remove),
        )
}

#[derive(Template)]
#[template(path = "integration/projects.html")]
struct Board {
    shell: Shell,
    pages: Nav,
    here: String,
    /// The same as it is asked for now.
    again: String,
    lead: String,
    search: String,
    /// The state that is shown, and the order, for the form that searches.
    kept: Vec<(&'static str, String)>,
    states: Nav,
    columns: Vec<Column>,
    newest: Link,
    references: Link,
    rows: Vec<ProjectRow>,
    pager: Pager,
    progress: Option<Progress>,
    not_ready: Option<NotReadyCard>,
    choose: String,
    check: String,
    /// Where all that are found and free are chosen, and how many they are.
    all: Option<(String, String)>,
    none_known: bool,
    /// How many integrated projects need something, with those that do.
    needs: Option<(String, Vec<Link>)>,
    /// What is not shared with us, of what is searched for, and where more is said.
    unshared: (Option<String>, Link),
    /// Why nothing is checked now.
    why_not: Option<&'static str>,
    is_moving: bool,
    new_projects: NewProjects,
}

/// How far the integration of several projects is.
struct Progress {
    percent: u64,
    text: String,
}

/// Why no project is looked at now.
fn why_not(access: &FirmAccess, connection: &Connection) -> Option<&'static str> {
    match connection.pause {
        Some(_) => Some(text::PAUSED),
        None => access.is_broken().then_some(text::BROKEN),
    }
}

pub(super) async fn board(
    State(app): State<App>,
    access: FirmAccess,
    Query(asked): Query<BoardQuery>,
) -> Result<Response, PageError> {
    let (connection, _) = match connected(&access) {
        Ok(connected) => connected,
        Err(elsewhere) => return Ok(elsewhere.into_response()),
    };
    let (firm, of) = (access.firm.id, (connection.firm_id, connection.id));
    let (filter, order) = (asked.filter(), asked.order());
    let mut conn = app.db.acquire().await?;
    let one_more = PER_PAGE as i64 + 1;
    // Whether any is being brought is read before how each of them is.
    let counts = projects::count(&mut conn, of).await?;
    let mut found =
        projects::list_board(&mut conn, of, &filter, order, asked.after, one_more).await?;
    let named = Some(NAMED_IN_NEED);
    let (needs, in_need) = project_runs::list_in_need(&mut conn, of, named).await?;
    let not_ready = counts.shown(ShownProject::NotReady);
    let obstacles = not_ready::count(&mut conn, of, &asked, not_ready).await?;
    let defaults = project_runs::find_defaults(&mut conn, of).await?;
    let unshared = unshared::line(&mut conn, of, &asked.search()).await?;
    let shell = access.shell(&app);
    let seen = (&access.onboarding()?.onboarding).into();
    let new_projects =
        NewProjects::find(&mut conn, &shell, connection, defaults.as_ref(), seen).await?;
    drop(conn);

    let (known, progress) = (counts.known(), counts.progress());
    let more = found.len() > PER_PAGE;
    found.truncate(PER_PAGE);
    let not_ready = not_ready::card(&app, &access, &asked, obstacles)?;
    let free = found.iter().filter(|it| row::is_free(it)).count();
    let all = (free > 1 && (more || asked.after.is_some())).then(|| {
        (
            choose::all_address(firm, &asked),
            text::ALL_FOUND.to_owned(),
        )
    });
    let why_not = why_not(&access, connection);
    let is_asked = why_not.is_none() && found.iter().any(|it| it.is_asked);
    // What runs stops by itself where nothing can be read; what waits its turn does not.
    let moves = progress.running > 0 || progress.waiting > 0 && !access.is_broken();
    let moves = moves && connection.pause.is_none();
    ok(&Board {
        pages: pages(&shell, firm),
        here: paths::projects(firm),
        again: asked.address(firm, asked.after),
        lead: text::overview(known, progress.done, progress.coming(), progress.stopped),
        search: asked.search(),
        kept: kept(&asked),
        states: states(firm, &asked, &counts),
        columns: columns(firm, &asked),
        newest: Link::new(text::NEWEST, asked.sorted_by("newest").address(firm, None)),
        references: Link::new(REFERENCES, paths::references(firm)),
        pager: Pager {
            showing: counted(found.len(), Noun::Project),
            previous: None,
            first: asked.after.map(|_| asked.address(firm, None)),
            next: found
                .last()
                .filter(|_| more)
                .map(|last| asked.address(firm, Some(last.project_id))),
        },
        rows: found
            .into_iter()
            .map(|project| ProjectRow::new(&shell, firm, project, defaults.as_ref(), why_not))
            .collect(),
        progress: shown_progress(progress),
        not_ready,
        choose: paths::choose_for_projects(firm),
        check: paths::check_projects(firm),
        all,
        none_known: known == 0,
        needs: (!needs.is_empty()).then(|| {
            let links = needs.iter().map(|it| {
                let title = text::title(&it.number, &it.name, it.project_id);
                Link::new(title, paths::project(firm, it.project_id))
            });
            (text::in_need(in_need, counts.integrated()), links.collect())
        }),
        unshared,
        why_not,
        is_moving: is_asked || moves,
        new_projects,
        shell,
    })
}

/// While anything is being integrated.
fn shown_progress(progress: IntegrationProgress) -> Option<Progress> {
    let IntegrationProgress {
        waiting,
        running,
        stopped,
        done,
    } = progress;
    let all = waiting + running + stopped + done;
    (waiting + running > 0).then(|| Progress {
        percent: percent(done.unsigned_abs(), all.unsigned_abs()),
        text: text::progress(done, all, stopped),
    })
}

fn columns(firm: FirmId, asked: &BoardQuery) -> Vec<Column> {
    let sorts = |sort: &str, order| {
        let address = asked.sorted_by(sort).address(firm, None);
        (address, (asked.order() == order).then_some(Sort::Ascending))
    };
    let (by_number, number) = sorts("", BoardOrder::Number);
    let (by_name, name) = sorts("name", BoardOrder::Name);
    vec![
        Column::text(text::CHOOSE),
        Column::text(text::NUMBER).sorts(by_number, number),
        Column::text(words::NAME).sorts(by_name, name),
        Column::text(text::STATE),
        Column::text(text::CHECKED),
        Column::text(text::LAST_EVENT),
        Column::text(text::LAST_COPY),
    ]
}

fn kept(asked: &BoardQuery) -> Vec<(&'static str, String)> {
    let state = asked.state().map(|it| ("state", in_address(it)));
    let sort = Some(("sort", asked.sort.clone())).filter(|(_, it)| !it.is_empty());
    state.into_iter().chain(sort).collect()
}

fn states(firm: FirmId, asked: &BoardQuery, counts: &ProjectCounts) -> Nav {
    let address = |state: Option<ShownProject>| {
        let state = state.map(in_address).unwrap_or_default();
        let asked = BoardQuery {
            state,
            ..asked.clone()
        };
        asked.address(firm, None)
    };
    let item = |state: Option<ShownProject>, label: &str, number| NavItem {
        link: Link::new(text::view(label, number), address(state)),
        current: asked.state() == state,
    };
    let all = item(None, text::ALL, counts.known());
    let states = ShownProject::ALL.into_iter();
    let states = states.map(|it| item(Some(it), text::shown(it), counts.shown(it)));
    Nav {
        label: text::STATES,
        items: std::iter::once(all).chain(states).collect(),
    }
}

#[derive(Debug, Deserialize)]
pub(crate) struct CheckForm {
    #[serde(default)]
    project: Vec<i64>,
    /// Set on the page of one project, which is where it leads back.
    #[serde(default)]
    one: Option<String>,
}

/// *Check again*.
pub(super) async fn check_again(
    State(app): State<App>,
    access: FirmAccess,
    Form(input): Form<CheckForm>,
) -> Result<Response, PageError> {
    let (connection, _) = match connected(&access) {
        Ok(connected) => connected,
        Err(elsewhere) => return Ok(elsewhere.into_response()),
    };
    let firm = access.firm.id;
    let back = match (input.one, input.project.as_slice()) {
        (Some(_), [one]) => paths::project(firm, *one),
        _ => paths::projects(firm),
    };
    if input.project.is_empty() {
        return Ok(see_other(back)
            .with_message(text::CHOOSE_SOME)
            .into_response());
    }
    let back = see_other(back);
    match check_projects::run(&app, &access.actor, connection, &input.project).await {
        Ok(()) => Ok(back.with_message(text::CHECK_ASKED).into_response()),
        // The page says why not.
        Err(Error::Stale) => Ok(back.into_response()),
        Err(error) => Err(error.into()),
    }
}

/// The projects that a form names, or all that a filter finds, as far as they are known.
async fn chosen(
    app: &App,
    connection: &Connection,
    named: &[i64],
    all: Option<&BoardQuery>,
) -> Result<Vec<BoardProject>, PageError> {
    let of = (connection.firm_id, connection.id);
    let mut conn = app.db.acquire().await?;
    let ids = match all {
        Some(asked) => projects::list_free(&mut conn, of, &asked.filter(), MOST_CHOSEN).await?,
        None => named.to_vec(),
    };
    Ok(projects::list_on_board(&mut conn, of, &ids).await?)
}
