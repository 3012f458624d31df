//! The board of projects, and how single ones are integrated.

mod act;
mod choose;
mod one;
mod plan;
mod row;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum_extra::extract::{Form, Query};
use serde::Deserialize;
use url::form_urlencoded;

use super::{connected, pages};
use crate::app::App;
use crate::connection::{Connection, ShownProject};
use crate::flows::check_projects;
use crate::help;
use crate::identity::FirmId;
use crate::paths;
use crate::store::projects::{self, BoardFilter, BoardOrder, BoardProject, IntegrationProgress};
use crate::text::count::{Noun, counted};
use crate::text::{pages as words, projects as text};
use crate::verdict::fixes_of_projects;
use crate::web::access::FirmAccess;
use crate::web::answer::{ok, see_other};
use crate::web::error::PageError;
use crate::web::form::clean;
use crate::web::view::{Column, FixCard, Link, Nav, NavItem, Pager, Shell, Sort, percent};
use row::{ProjectRow, title};

/// Projects on a page.
const PER_PAGE: usize = 50;
/// Longer than any name that is searched for.
const LONGEST_SEARCH: usize = 100;
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
        .route(paths::PROJECTS_PLAN, get(plan::get).post(plan::post))
        .route(paths::CHECK_PROJECTS, post(check_again))
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

/// What the board shows.
#[derive(Debug, Default, Clone, Deserialize)]
pub(crate) struct BoardQuery {
    #[serde(default)]
    q: String,
    #[serde(default)]
    state: String,
    #[serde(default)]
    sort: String,
    after: Option<i64>,
}

impl BoardQuery {
    fn search(&self) -> String {
        clean(&self.q).chars().take(LONGEST_SEARCH).collect()
    }

    fn state(&self) -> Option<ShownProject> {
        ShownProject::from_stored(&self.state.replace('-', "_"))
    }

    fn order(&self) -> BoardOrder {
        match self.sort.as_str() {
            "name" => BoardOrder::Name,
            "newest" => BoardOrder::Newest,
            _ => BoardOrder::Number,
        }
    }

    fn filter(&self) -> BoardFilter {
        BoardFilter {
            search: Some(self.search()).filter(|it| !it.is_empty()),
            shown_as: self.state(),
        }
    }

    /// What stands in addresses besides the page and the order.
    fn filters(&self) -> Vec<(&'static str, String)> {
        let state = self.state().map(in_address);
        let search = Some(self.search()).filter(|it| !it.is_empty());
        let search = search.map(|it| ("q", it));
        search
            .into_iter()
            .chain(state.map(|it| ("state", it)))
            .collect()
    }

    fn address(&self, firm: FirmId, after: Option<i64>) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in self.filters() {
            query.append_pair(name, &value);
        }
        match self.order() {
            BoardOrder::Number => {}
            BoardOrder::Name => drop(query.append_pair("sort", "name")),
            BoardOrder::Newest => drop(query.append_pair("sort", "newest")),
        }
        if let Some(after) = after {
            query.append_pair("after", &after.to_string());
        }
        with_query(paths::projects(firm), &query.finish())
    }
}

/// A state of projects as addresses spell it.
fn in_address(state: ShownProject) -> String {
    state.as_str().replace('_', "-")
}

fn with_query(path: String, query: &str) -> String {
    match query.is_empty() {
        true => path,
        false => format!("{path}?{query}"),
    }
}

#[derive(Template)]
#[template(path = "integration/projects.html")]
struct Board {
    shell: Shell,
    pages: Nav,
    here: String,
    lead: String,
    search: String,
    /// The state that is shown, and the order, for the form that searches.
    kept: Vec<(&'static str, String)>,
    states: Nav,
    columns: Vec<Column>,
    newest: Link,
    rows: Vec<ProjectRow>,
    pager: Pager,
    progress: Option<Progress>,
    card: Option<FixCard>,
    choose: String,
    check: String,
    /// Where all that are found and free are chosen, and how many they are.
    all: Option<(String, String)>,
    none_known: bool,
    paused: bool,
}

/// How far the integration of several projects is.
struct Progress {
    percent: u64,
    text: String,
}

impl Board {
    /// Whether anything moves by itself, so that the page refreshes itself.
    fn is_moving(&self) -> bool {
        self.progress.is_some() || self.rows.iter().any(|row| row.is_asked)
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
    let mut found =
        projects::list_board(&mut conn, of, &filter, order, asked.after, one_more).await?;
    let counts = projects::count_board(&mut conn, of).await?;
    let progress = projects::progress(&mut conn, of).await?;
    drop(conn);

    let count = |state| {
        let mut counts = counts.iter();
        counts
            .find(|(it, _)| *it == state)
            .map_or(0, |(_, count)| *count)
    };
    let known: i64 = counts.iter().map(|(_, count)| count).sum();
    let more = found.len() > PER_PAGE;
    found.truncate(PER_PAGE);
    let shell = access.shell(&app);
    let card = match asked.state() {
        Some(ShownProject::NotReady) => card(&app, &access, &found)?,
        _ => None,
    };
    let free = found.iter().filter(|it| row::is_free(it)).count();
    let all = (free > 1 && (more || asked.after.is_some())).then(|| {
        (
            choose::all_address(firm, &asked),
            text::ALL_FOUND.to_owned(),
        )
    });
    ok(&Board {
        pages: pages(&shell, firm),
        here: paths::projects(firm),
        lead: text::overview(known, progress.done),
        search: asked.search(),
        kept: kept(&asked),
        states: states(firm, &asked, known, count),
        columns: columns(firm, &asked),
        newest: Link::new(
            text::NEWEST,
            sorted_by(&asked, "newest").address(firm, None),
        ),
        pager: Pager {
            showing: counted(found.len(), Noun::Project),
            previous: asked.after.map(|_| asked.address(firm, None)),
            next: found
                .last()
                .filter(|_| more)
                .map(|last| asked.address(firm, Some(last.project_id))),
        },
        rows: found
            .into_iter()
            .map(|project| ProjectRow::new(&shell, firm, project))
            .collect(),
        progress: shown_progress(progress),
        card,
        choose: paths::choose_for_projects(firm),
        check: paths::check_projects(firm),
        all,
        none_known: known == 0,
        paused: connection.pause.is_some(),
        shell,
    })
}

/// What the projects of the page need, as one card.
fn card(
    app: &App,
    access: &FirmAccess,
    found: &[BoardProject],
) -> Result<Option<FixCard>, PageError> {
    let titles: Vec<String> = found.iter().map(title).collect();
    let obstacles = found.iter().zip(&titles).flat_map(|(project, title)| {
        let obstacles = project.obstacles.0.iter();
        obstacles.map(move |obstacle| (title.as_str(), obstacle))
    });
    let fixes = fixes_of_projects(obstacles);
    let card = help::card_of_projects(app, access.onboarding()?, &fixes);
    Ok(card.as_ref().map(FixCard::from))
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

fn sorted_by(asked: &BoardQuery, sort: &str) -> BoardQuery {
    BoardQuery {
        sort: sort.to_owned(),
        ..asked.clone()
    }
}

fn columns(firm: FirmId, asked: &BoardQuery) -> Vec<Column> {
    let sorts = |sort: &str, order| {
        let address = sorted_by(asked, sort).address(firm, None);
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

fn states(
    firm: FirmId,
    asked: &BoardQuery,
    known: i64,
    count: impl Fn(ShownProject) -> i64,
) -> Nav {
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
    let all = item(None, text::ALL, known);
    let states = ShownProject::ALL.into_iter();
    let states = states.map(|it| item(Some(it), text::shown(it), count(it)));
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
    check_projects::run(&app, &access.actor, connection, &input.project).await?;
    Ok(see_other(back)
        .with_message(text::CHECK_ASKED)
        .into_response())
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
