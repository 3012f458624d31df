//! What to bring of the chosen projects.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::{Form, Query};
use serde::Deserialize;
use url::form_urlencoded;

use super::row::{is_free, title};
use super::{BoardQuery, chosen, with_query};
use crate::app::App;
use crate::catalog::{Choice, DataSet, Scope};
use crate::connection::{Connection, Settings};
use crate::identity::FirmId;
use crate::paths;
use crate::store::project_runs;
use crate::store::projects::BoardProject;
use crate::text::projects as text;
use crate::verdict::obstacles;
use crate::web::access::FirmAccess;
use crate::web::answer::{ok, refused, see_other};
use crate::web::error::PageError;
use crate::web::form::FormState;
use crate::web::integration::{connected, under};
use crate::web::view::{Nav, Shell};
use crate::web::wizard::data_form::{self, DataSetBox};

/// Reasons that the hint of a data set names.
const MOST_REASONS: usize = 3;

/// The chosen projects, and the ticked data sets once there are any.
#[derive(Debug, Default, Clone, Deserialize)]
pub(crate) struct Chosen {
    #[serde(default)]
    pub project: Vec<i64>,
    /// All that the board finds, not single ones.
    #[serde(default)]
    pub all: Option<String>,
    #[serde(default)]
    pub q: String,
    #[serde(default)]
    pub state: String,
    #[serde(default)]
    pub data: Vec<String>,
    #[serde(default)]
    pub option: Vec<String>,
}

impl Chosen {
    /// What the board finds, where all of it is chosen.
    fn board(&self) -> Option<BoardQuery> {
        self.all.as_ref().map(|_| BoardQuery {
            q: self.q.clone(),
            state: self.state.clone(),
            ..BoardQuery::default()
        })
    }

    /// The chosen projects, as far as they are known.
    pub(super) async fn projects(
        &self,
        app: &App,
        connection: &Connection,
    ) -> Result<Vec<BoardProject>, PageError> {
        chosen(app, connection, &self.project, self.board().as_ref()).await
    }

    /// Which projects are chosen, as a form carries it.
    pub(super) fn fields(&self) -> Vec<(&'static str, String)> {
        match self.board() {
            Some(board) => {
                let all = [("all", "1".to_owned())].into_iter();
                all.chain(board.filters()).collect()
            }
            None => {
                let projects = self.project.iter();
                projects.map(|id| ("project", id.to_string())).collect()
            }
        }
    }

    /// The ticked data sets.
    pub(super) fn parse(&self) -> (FormState, Option<Settings>) {
        data_form::parse_of(Scope::Project, &self.data, &self.option)
    }

    /// An address with the projects, and the choice of data if there is one.
    pub(super) fn address(&self, path: String, settings: Option<&Settings>) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(self.fields());
        query.extend_pairs(settings.map(data_form::fields).unwrap_or_default());
        with_query(path, &query.finish())
    }
}

/// Where all that the board finds are chosen.
pub(super) fn all_address(firm: FirmId, asked: &BoardQuery) -> String {
    let all = Chosen {
        all: Some("1".to_owned()),
        q: asked.q.clone(),
        state: asked.state.clone(),
        ..Chosen::default()
    };
    all.address(paths::choose_for_projects(firm), None)
}

#[derive(Template)]
#[template(path = "integration/projects_choose.html")]
struct Choose {
    shell: Shell,
    pages: Nav,
    here: String,
    back: String,
    title: &'static str,
    /// The chosen projects in a line.
    named: String,
    form: FormState,
    fields: Vec<(&'static str, String)>,
    sets: Vec<DataSetBox>,
}

pub(super) async fn get(
    State(app): State<App>,
    access: FirmAccess,
    Query(asked): Query<Chosen>,
) -> Result<Response, PageError> {
    page(&app, &access, asked, None).await
}

/// *Review plan*.
pub(super) async fn post(
    State(app): State<App>,
    access: FirmAccess,
    Form(input): Form<Chosen>,
) -> Result<Response, PageError> {
    match input.parse() {
        (_, Some(settings)) => {
            let plan = input.address(paths::projects_plan(access.firm.id), Some(&settings));
            Ok(see_other(plan).into_response())
        }
        (form, None) => page(&app, &access, input, Some(form)).await,
    }
}

/// The page; with a `refused_form`, what was sent with its mistakes.
async fn page(
    app: &App,
    access: &FirmAccess,
    asked: Chosen,
    refused_form: Option<FormState>,
) -> Result<Response, PageError> {
    let (connection, _) = match connected(access) {
        Ok(connected) => connected,
        Err(elsewhere) => return Ok(elsewhere.into_response()),
    };
    let firm = access.firm.id;
    let mut found = asked.projects(app, connection).await?;
    found.retain(is_free);
    if found.is_empty() {
        let back = see_other(paths::projects(firm));
        return Ok(back.with_message(text::CHOOSE_SOME).into_response());
    }
    let is_refused = refused_form.is_some();
    let form = match (refused_form, asked.parse()) {
        (Some(form), _) => form,
        (None, (form, Some(_))) => form,
        (None, (_, None)) => {
            let mut conn = app.db.acquire().await?;
            let of = (connection.firm_id, connection.id);
            let defaults = project_runs::find_defaults(&mut conn, of).await?;
            defaults.map_or_else(everything, |it| data_form::filled(&it))
        }
    };
    let shell = access.shell(app);
    let page = Choose {
        pages: under_projects(&shell, firm),
        here: paths::choose_for_projects(firm),
        back: paths::projects(firm),
        title: text::bring_of(found.len()),
        named: text::named(&titles(&found)),
        fields: asked.fields(),
        sets: DataSet::OF_PROJECT
            .into_iter()
            .map(|set| DataSetBox::new(set, hint(set, &found)))
            .collect(),
        form,
        shell,
    };
    match is_refused {
        true => refused(&page),
        false => ok(&page),
    }
}

/// The line of pages, with that of projects marked.
pub(super) fn under_projects(shell: &Shell, firm: FirmId) -> Nav {
    under(shell, firm, "projects")
}

pub(super) fn titles(projects: &[BoardProject]) -> Vec<String> {
    projects.iter().map(title).collect()
}

/// What is ticked before the firm chose: everything, active records only.
pub(super) fn everything() -> FormState {
    let all = Settings::new(DataSet::OF_PROJECT.map(Choice::of));
    all.map_or_else(|_| FormState::default(), |it| data_form::filled(&it))
}

/// What a data set is, and in how many of the projects it cannot be read yet.
fn hint(set: DataSet, projects: &[BoardProject]) -> String {
    let mut reasons: Vec<String> = Vec::new();
    let mut affected = 0;
    for project in projects {
        let Some(tools) = &project.tools else {
            continue;
        };
        let found = obstacles(&tools.0, &[Choice::of(set)]);
        let mut own = found.iter().filter(|it| it.data_sets.contains(&set));
        if let Some(obstacle) = own.next() {
            affected += 1;
            let reason = text::obstacle(obstacle);
            if !reasons.contains(&reason) {
                reasons.push(reason);
            }
        }
    }
    reasons.truncate(MOST_REASONS);
    let what = set.entry().consequence;
    match affected {
        0 => what.to_owned(),
        _ => text::sentences(what, &text::not_in(affected, projects.len(), &reasons)),
    }
}
