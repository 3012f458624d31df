//! What is not shared with us, and how to share it.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::{Form, Query};
use serde::Deserialize;
use sqlx::PgConnection;

use super::choose::under_projects;
use super::{why_not, with_query};
use crate::app::App;
use crate::connection::{AccessWay, UnsharedSource};
use crate::content::PathId;
use crate::flows::{Error, find_unshared};
use crate::help;
use crate::identity::{ConnectionId, FirmId};
use crate::paths;
use crate::store::onboardings::Stored;
use crate::store::projects::{self, Unshared, UnsharedProject};
use crate::text::projects as text;
use crate::verdict::ReasonCode;
use crate::web::access::FirmAccess;
use crate::web::answer::{ok, refused, see_other};
use crate::web::error::PageError;
use crate::web::form::{FormState, clean, search_of};
use crate::web::integration::connected;
use crate::web::view::{Link, Nav, Remedy, Shell, When};

/// Projects that the board names.
const NAMED: i64 = 5;
/// Projects that the page lists; the rest is found by searching.
const LISTED: i64 = 200;
const OWN_COUNT: &str = "own_count";

/// What the board says of projects that are not shared with us, and where more is said.
pub(super) async fn line(
    conn: &mut PgConnection,
    of: (FirmId, ConnectionId),
    search: &str,
) -> Result<(Option<String>, Link), PageError> {
    let wanted = Some(search).filter(|it| !it.is_empty());
    let found = projects::find_unshared(conn, of, wanted, NAMED).await?;
    let href = address(of.0, search);
    if found.count > 0 {
        let named: Vec<String> = found.projects.iter().map(title).collect();
        let line = text::unshared(&named, found.count, wanted.is_some());
        return Ok((Some(line), Link::new(text::HOW_TO_SHARE, href)));
    }
    Ok((None, Link::new(text::FIND_OUT, href)))
}

fn address(firm: FirmId, search: &str) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    if !search.is_empty() {
        query.append_pair("q", search);
    }
    with_query(paths::unshared_projects(firm), &query.finish())
}

fn title(project: &UnsharedProject) -> String {
    text::title(&project.number, &project.name, project.id)
}

#[derive(Debug, Default, Deserialize)]
pub(crate) struct UnsharedQuery {
    #[serde(default)]
    q: String,
}

impl UnsharedQuery {
    fn search(&self) -> String {
        search_of(&self.q)
    }
}

#[derive(Template)]
#[template(path = "integration/projects_unshared.html")]
struct UnsharedPage {
    shell: Shell,
    pages: Nav,
    here: String,
    /// The same with what is searched for.
    again: String,
    back: String,
    check: String,
    search: String,
    /// How many are not shared, or that none is.
    lead: String,
    source: String,
    known_at: Option<When>,
    is_asked: bool,
    rows: Vec<Row>,
    /// Whether more are found than are listed.
    is_cut: bool,
    how: Option<Remedy>,
    /// Where the firm says how many projects it has.
    form: Option<FormState>,
    /// Why nothing is asked now.
    why_not: Option<&'static str>,
}

struct Row {
    title: String,
    stage: String,
}

pub(super) async fn get(
    State(app): State<App>,
    access: FirmAccess,
    Query(asked): Query<UnsharedQuery>,
) -> Result<Response, PageError> {
    match page(&app, &access, &asked.search(), None).await? {
        Ok(page) => ok(&page),
        Err(elsewhere) => Ok(elsewhere),
    }
}

async fn page(
    app: &App,
    access: &FirmAccess,
    search: &str,
    refused_form: Option<FormState>,
) -> Result<Result<UnsharedPage, Response>, PageError> {
    let (connection, _) = match connected(access) {
        Ok(connected) => connected,
        Err(elsewhere) => return Ok(Err(elsewhere.into_response())),
    };
    let firm = access.firm.id;
    let of = (connection.firm_id, connection.id);
    let wanted = Some(search).filter(|it| !it.is_empty());
    let mut conn = app.db.acquire().await?;
    let found = projects::find_unshared(&mut conn, of, wanted, LISTED).await?;
    drop(conn);
    let Unshared {
        source,
        projects,
        count,
        is_asked,
    } = found;
    let why_not = why_not(access, connection);
    let shell = access.shell(app);
    let form = match source {
        UnsharedSource::OwnUser(_) | UnsharedSource::Person => None,
        UnsharedSource::OwnCount(own) => {
            Some(FormState::default().keep(OWN_COUNT, own.to_string()))
        }
        UnsharedSource::Nobody => Some(FormState::default()),
    };
    Ok(Ok(UnsharedPage {
        pages: under_projects(&shell, firm),
        here: paths::unshared_projects(firm),
        again: address(firm, search),
        back: paths::projects(firm),
        check: paths::check_unshared(firm),
        search: search.to_owned(),
        lead: match count {
            0 => text::all_shared(source, wanted.is_some()).to_owned(),
            _ => text::unshared(&[], count, wanted.is_some()),
        },
        source: text::unshared_source(source),
        known_at: match source {
            UnsharedSource::OwnUser(at) => Some(shell.when(at)),
            UnsharedSource::Person | UnsharedSource::OwnCount(_) | UnsharedSource::Nobody => None,
        },
        is_asked: is_asked && why_not.is_none(),
        is_cut: count > LISTED,
        rows: projects
            .iter()
            .map(|project| Row {
                title: title(project),
                stage: project.stage.clone(),
            })
            .collect(),
        how: how_to_share(app, access.onboarding()?),
        form: refused_form.or(form),
        why_not,
        shell,
    }))
}

/// The click path with its drawings; an account that is no app is added to projects in the Directory.
fn how_to_share(app: &App, stored: &Stored) -> Option<Remedy> {
    let values = help::values(app, Some(stored));
    let way = stored.target().map(|target| target.access_way);
    if way == Some(AccessWay::LegacyAccount) {
        let help = help::remedy_in_general(ReasonCode::NoProjects, stored, &values);
        return help.as_ref().map(Remedy::from);
    }
    let path = help::path(PathId::PermittedProjects, &values);
    path.as_ref().map(Remedy::from)
}

#[derive(Debug, Deserialize)]
pub(crate) struct OwnCountForm {
    #[serde(default)]
    own_count: String,
}

impl OwnCountForm {
    fn parse(&self) -> Result<Option<i32>, FormState> {
        let typed = clean(&self.own_count);
        let plain: String = typed
            .chars()
            .filter(|it| !matches!(it, ',' | ' '))
            .collect();
        if plain.is_empty() {
            return Ok(None);
        }
        match plain.parse::<i32>() {
            Ok(count) if (1..=1_000_000).contains(&count) => Ok(Some(count)),
            _ => {
                let mut form = FormState::default().keep(OWN_COUNT, typed);
                form.fail(OWN_COUNT, text::OWN_COUNT);
                Err(form)
            }
        }
    }
}

/// *Save*: how many active projects the firm has.
pub(super) async fn post(
    State(app): State<App>,
    access: FirmAccess,
    Form(input): Form<OwnCountForm>,
) -> Result<Response, PageError> {
    let (connection, _) = match connected(&access) {
        Ok(connected) => connected,
        Err(elsewhere) => return Ok(elsewhere.into_response()),
    };
    let count = match input.parse() {
        Ok(count) => count,
        Err(form) => {
            return match page(&app, &access, "", Some(form)).await? {
                Ok(page) => refused(&page),
                Err(elsewhere) => Ok(elsewhere),
            };
        }
    };
    find_unshared::save_own_count(&app, &access.actor, connection, count).await?;
    let back = see_other(paths::unshared_projects(access.firm.id));
    Ok(back.with_message(text::OWN_COUNT_SAVED).into_response())
}

/// *Check again*.
pub(super) async fn check(
    State(app): State<App>,
    access: FirmAccess,
) -> Result<Response, PageError> {
    let (connection, _) = match connected(&access) {
        Ok(connected) => connected,
        Err(elsewhere) => return Ok(elsewhere.into_response()),
    };
    let back = see_other(paths::unshared_projects(access.firm.id));
    match find_unshared::check(&app, &access.actor, connection).await {
        Ok(()) => Ok(back.with_message(text::UNSHARED_ASKED).into_response()),
        // The page says why not.
        Err(Error::Stale) => Ok(back.into_response()),
        Err(error) => Err(error.into()),
    }
}
