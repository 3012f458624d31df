//! What is done with one project: read again, bring other data of it, remove it.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum_extra::extract::Form;
use serde::Deserialize;

use super::choose::under_projects;
use super::row::title;
use crate::app::App;
use crate::catalog::{DataSet, Scope};
use crate::flows::act_on_project;
use crate::paths;
use crate::store::projects::{self, BoardProject};
use crate::text::projects as text;
use crate::web::access::FirmAccess;
use crate::web::answer::{ok, refused, see_other};
use crate::web::error::PageError;
use crate::web::form::FormState;
use crate::web::integration::connected;
use crate::web::view::{Nav, Shell};
use crate::web::wizard::data_form::{self, DataSetBox};
use crate::web::wizard::{SeenFields, SeenInput};

/// *Sync now*.
pub(super) async fn sync(
    State(app): State<App>,
    access: FirmAccess,
    Path((_, id)): Path<(String, i64)>,
    Form(seen): Form<SeenInput>,
) -> Result<Response, PageError> {
    act_on_project::sync_now(&app, &access.actor, seen.seen()?, id).await?;
    let back = see_other(paths::project(access.firm.id, id));
    Ok(back.with_message(text::SYNCING).into_response())
}

/// *Try again*.
pub(super) async fn try_again(
    State(app): State<App>,
    access: FirmAccess,
    Path((_, id)): Path<(String, i64)>,
    Form(seen): Form<SeenInput>,
) -> Result<Response, PageError> {
    act_on_project::try_again(&app, &access.actor, seen.seen()?, id).await?;
    Ok(see_other(paths::project(access.firm.id, id)).into_response())
}

/// A project of the firm's connection.
async fn find(app: &App, access: &FirmAccess, id: i64) -> Result<BoardProject, PageError> {
    let (connection, _) = connected(access).map_err(|_| PageError::Missing)?;
    let mut conn = app.db.acquire().await?;
    let of = (connection.firm_id, connection.id);
    let found = projects::list_on_board(&mut conn, of, &[id]).await?;
    let mut found = found.into_iter().filter(|it| it.settings.is_some());
    found.next().ok_or(PageError::Missing)
}

#[derive(Template)]
#[template(path = "integration/project_data.html")]
struct ChangePage {
    shell: Shell,
    pages: Nav,
    here: String,
    back: String,
    title: String,
    seen: SeenFields,
    form: FormState,
    sets: Vec<DataSetBox>,
}

/// What to bring of a project that is integrated.
pub(super) async fn change(
    State(app): State<App>,
    access: FirmAccess,
    Path((_, id)): Path<(String, i64)>,
) -> Result<Response, PageError> {
    let project = find(&app, &access, id).await?;
    let settings = project.settings.as_ref().ok_or(PageError::Missing)?;
    let form = data_form::filled(settings);
    ok(&change_page(&app, &access, &project, form)?)
}

fn change_page(
    app: &App,
    access: &FirmAccess,
    project: &BoardProject,
    form: FormState,
) -> Result<ChangePage, PageError> {
    let (firm, id) = (access.firm.id, project.project_id);
    let shell = access.shell(app);
    Ok(ChangePage {
        pages: under_projects(&shell, firm),
        here: paths::change_project(firm, id),
        back: paths::project(firm, id),
        title: title(project),
        seen: (&access.onboarding()?.onboarding).into(),
        form,
        sets: DataSet::OF_PROJECT
            .into_iter()
            .map(|set| DataSetBox::new(set, set.entry().consequence.to_owned()))
            .collect(),
        shell,
    })
}

#[derive(Deserialize)]
pub(crate) struct ChangeForm {
    #[serde(flatten)]
    seen: SeenInput,
    #[serde(default)]
    data: Vec<String>,
    #[serde(default)]
    option: Vec<String>,
}

/// *Save changes*.
pub(super) async fn post_change(
    State(app): State<App>,
    access: FirmAccess,
    Path((_, id)): Path<(String, i64)>,
    Form(input): Form<ChangeForm>,
) -> Result<Response, PageError> {
    let project = find(&app, &access, id).await?;
    let (form, settings) = data_form::parse_of(Scope::Project, &input.data, &input.option);
    let Some(settings) = settings else {
        return refused(&change_page(&app, &access, &project, form)?);
    };
    let told = match project.settings.as_ref() == Some(&settings) {
        true => text::NOT_CHANGED,
        false => text::CHANGED,
    };
    act_on_project::change(&app, &access.actor, input.seen.seen()?, id, &settings).await?;
    let back = see_other(paths::project(access.firm.id, id));
    Ok(back.with_message(told).into_response())
}

#[derive(Template)]
#[template(path = "integration/project_remove.html")]
struct RemovePage {
    shell: Shell,
    pages: Nav,
    here: String,
    back: String,
    title: String,
    seen: SeenFields,
}

/// What removing a project would do.
pub(super) async fn remove(
    State(app): State<App>,
    access: FirmAccess,
    Path((_, id)): Path<(String, i64)>,
) -> Result<Response, PageError> {
    let project = find(&app, &access, id).await?;
    let firm = access.firm.id;
    let shell = access.shell(&app);
    ok(&RemovePage {
        pages: under_projects(&shell, firm),
        here: paths::remove_project(firm, id),
        back: paths::project(firm, id),
        title: title(&project),
        seen: (&access.onboarding()?.onboarding).into(),
        shell,
    })
}

#[derive(Deserialize)]
pub(crate) struct RemoveForm {
    #[serde(flatten)]
    seen: SeenInput,
    /// *Also delete the data*.
    #[serde(default)]
    data: Option<String>,
}

/// *Remove*.
pub(super) async fn post_remove(
    State(app): State<App>,
    access: FirmAccess,
    Path((_, id)): Path<(String, i64)>,
    Form(input): Form<RemoveForm>,
) -> Result<Response, PageError> {
    let with_data = input.data.is_some();
    act_on_project::remove(&app, &access.actor, input.seen.seen()?, id, with_data).await?;
    let back = see_other(paths::project(access.firm.id, id));
    Ok(back.with_message(text::REMOVING).into_response())
}
