//! Whether new projects are integrated by themselves, and what is brought of them then.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::Form;
use serde::Deserialize;
use sqlx::PgConnection;

use super::choose::{everything, under_projects};
use crate::app::App;
use crate::catalog::{DataSet, Scope};
use crate::connection::{Connection, Settings};
use crate::flows::integrate_new_projects::{self, Wished};
use crate::paths;
use crate::store::{StoreError, project_runs, projects};
use crate::text::projects as text;
use crate::web::access::FirmAccess;
use crate::web::answer::{ok, refused, see_other};
use crate::web::error::PageError;
use crate::web::form::FormState;
use crate::web::integration::connected;
use crate::web::view::{Nav, Shell};
use crate::web::wizard::data_form::{self, DataSetBox};
use crate::web::wizard::{SeenFields, SeenInput};

/// The part of the board about new projects.
pub(super) struct NewProjects {
    pub action: String,
    pub seen: SeenFields,
    pub is_on: bool,
    /// Since when, and whose wish it is.
    pub wished: Option<String>,
    /// What is brought of them, in a line; `None` before anybody chose it.
    pub brings: Option<String>,
    pub defaults: String,
}

impl NewProjects {
    pub(super) async fn find(
        conn: &mut PgConnection,
        shell: &Shell,
        connection: &Connection,
        defaults: Option<&Settings>,
        seen: SeenFields,
    ) -> Result<Self, StoreError> {
        let firm = connection.firm_id;
        let wish = projects::find_wish(conn, (firm, connection.id)).await?;
        Ok(Self {
            action: paths::new_projects(firm),
            seen,
            is_on: wish.is_some(),
            wished: wish.map(|it| text::wished(&it.wished_by, &shell.when(it.wished_at).day())),
            brings: defaults.map(|it| it.labels()),
            defaults: paths::project_defaults(firm),
        })
    }
}

#[derive(Deserialize)]
pub(crate) struct WishForm {
    #[serde(flatten)]
    seen: SeenInput,
    #[serde(default)]
    automatic: Option<String>,
}

/// *Save* beside *Integrate new projects automatically*.
pub(super) async fn post(
    State(app): State<App>,
    access: FirmAccess,
    Form(input): Form<WishForm>,
) -> Result<Response, PageError> {
    let firm = access.firm.id;
    let (seen, on) = (input.seen.seen()?, input.automatic.is_some());
    let wished = integrate_new_projects::set(&app, &access.actor, seen, on).await?;
    let answer = match (wished, on) {
        (Wished::NothingChosen, _) => {
            see_other(paths::project_defaults(firm)).with_message(text::CHOOSE_FIRST)
        }
        (Wished::Saved, true) => see_other(paths::projects(firm)).with_message(text::NOW_BY_ITSELF),
        (Wished::Saved, false) => {
            see_other(paths::projects(firm)).with_message(text::NOT_BY_ITSELF)
        }
    };
    Ok(answer.into_response())
}

#[derive(Template)]
#[template(path = "integration/projects_defaults.html")]
struct DefaultsPage {
    shell: Shell,
    pages: Nav,
    here: String,
    back: String,
    seen: SeenFields,
    form: FormState,
    sets: Vec<DataSetBox>,
}

fn defaults_page(
    app: &App,
    access: &FirmAccess,
    form: FormState,
) -> Result<DefaultsPage, PageError> {
    let firm = access.firm.id;
    let shell = access.shell(app);
    let sets = DataSet::OF_PROJECT.into_iter();
    let sets = sets.map(|set| DataSetBox::new(set, set.entry().consequence.to_owned()));
    Ok(DefaultsPage {
        pages: under_projects(&shell, firm),
        here: paths::project_defaults(firm),
        back: paths::projects(firm),
        seen: (&access.onboarding()?.onboarding).into(),
        form,
        sets: sets.collect(),
        shell,
    })
}

/// What to bring of projects for which nobody chooses it.
pub(super) async fn defaults(
    State(app): State<App>,
    access: FirmAccess,
) -> Result<Response, PageError> {
    let (connection, _) = match connected(&access) {
        Ok(connected) => connected,
        Err(elsewhere) => return Ok(elsewhere.into_response()),
    };
    let mut conn = app.db.acquire().await?;
    let of = (connection.firm_id, connection.id);
    let chosen = project_runs::find_defaults(&mut conn, of).await?;
    drop(conn);
    let form = chosen.map_or_else(everything, |it| data_form::filled(&it));
    ok(&defaults_page(&app, &access, form)?)
}

#[derive(Deserialize)]
pub(crate) struct DefaultsForm {
    #[serde(flatten)]
    seen: SeenInput,
    #[serde(default)]
    data: Vec<String>,
    #[serde(default)]
    option: Vec<String>,
}

/// *Save*.
pub(super) async fn post_defaults(
    State(app): State<App>,
    access: FirmAccess,
    Form(input): Form<DefaultsForm>,
) -> Result<Response, PageError> {
    let (form, settings) = data_form::parse_of(Scope::Project, &input.data, &input.option);
    let Some(settings) = settings else {
        return refused(&defaults_page(&app, &access, form)?);
    };
    let seen = input.seen.seen()?;
    integrate_new_projects::save_defaults(&app, &access.actor, seen, &settings).await?;
    let back = see_other(paths::projects(access.firm.id));
    Ok(back.with_message(text::DEFAULTS_SAVED).into_response())
}
