//! The host product's references of projects: one by one, or by a file.

mod compare;
pub(super) mod file;
mod of_project;

pub(super) use compare::{get as compare, post as save_file, upload};
pub(super) use of_project::{post as post_of_project, reference_form};

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::{Form, Query};
use serde::Deserialize;
use url::form_urlencoded;

use super::choose::under_projects;
use super::{PER_PAGE, with_query};
use crate::app::App;
use crate::connection::{ReferenceChange, ReferencedProject, parse_reference};
use crate::flows::save_references;
use crate::identity::FirmId;
use crate::paths;
use crate::store::projects::{self, ReferenceFilter};
use crate::text::count::{Noun, counted};
use crate::text::projects::{self as project_text, title};
use crate::text::references as text;
use crate::web::access::FirmAccess;
use crate::web::answer::{page, see_other};
use crate::web::error::PageError;
use crate::web::form::{FormState, clean, search_of};
use crate::web::integration::connected;
use crate::web::view::{Link, Nav, NavItem, Pager, Shell};
use crate::web::wizard::{SeenFields, SeenInput};

/// Which projects the page shows.
#[derive(Debug, Default, Clone, Deserialize)]
pub(crate) struct ReferencesQuery {
    #[serde(default)]
    q: String,
    /// `without`: only those without a reference.
    #[serde(default)]
    show: String,
    after: Option<i64>,
}

impl ReferencesQuery {
    fn only_without(&self) -> bool {
        self.show == "without"
    }

    fn search(&self) -> String {
        search_of(&self.q)
    }

    fn filter(&self) -> ReferenceFilter {
        ReferenceFilter {
            search: Some(self.search()).filter(|it| !it.is_empty()),
            only_without: self.only_without(),
        }
    }

    fn address(&self, firm: FirmId, only_without: bool, after: Option<i64>) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        if !self.search().is_empty() {
            query.append_pair("q", &self.search());
        }
        if only_without {
            query.append_pair("show", "without");
        }
        if let Some(after) = after {
            query.append_pair("after", &after.to_string());
        }
        with_query(paths::references(firm), &query.finish())
    }
}

#[derive(Template)]
#[template(path = "integration/references.html")]
struct ReferencesPage {
    shell: Shell,
    pages: Nav,
    here: String,
    /// This very page, where its form leads back.
    again: String,
    back: String,
    overview: String,
    views: Nav,
    search: String,
    only_without: bool,
    none_known: bool,
    seen: SeenFields,
    form: FormState,
    rows: Vec<ReferenceField>,
    pager: Pager,
    upload: String,
    file: String,
}

/// A project with the field of its reference.
struct ReferenceField {
    title: String,
    href: String,
    /// The name of the field, and of the one that says what it was.
    field: String,
    was_field: String,
    label: String,
}

fn field_of(project: i64) -> String {
    format!("reference-{project}")
}

fn was_field_of(project: i64) -> String {
    format!("was-{project}")
}

pub(super) async fn get(
    State(app): State<App>,
    access: FirmAccess,
    Query(asked): Query<ReferencesQuery>,
) -> Result<Response, PageError> {
    show(&app, &access, &asked, FormState::default()).await
}

/// The page; a form with mistakes is shown with them.
async fn show(
    app: &App,
    access: &FirmAccess,
    asked: &ReferencesQuery,
    mut form: FormState,
) -> Result<Response, PageError> {
    let (connection, _) = match connected(access) {
        Ok(connected) => connected,
        Err(elsewhere) => return Ok(elsewhere.into_response()),
    };
    let (firm, of) = (access.firm.id, (connection.firm_id, connection.id));
    let one_more = PER_PAGE as i64 + 1;
    let mut conn = app.db.acquire().await?;
    let mut found =
        projects::list_referenced(&mut conn, of, &asked.filter(), asked.after, one_more).await?;
    let with = projects::count_referenced(&mut conn, of).await?;
    let known = projects::count(&mut conn, of).await?.known();
    drop(conn);
    let more = found.len() > PER_PAGE;
    found.truncate(PER_PAGE);
    for project in &found {
        let reference = || project.reference.clone().unwrap_or_default();
        let field = field_of(project.project_id);
        if !form.is_kept(&field) {
            form.set(field, reference());
            form.set(was_field_of(project.project_id), reference());
        }
    }
    let status = match form.is_valid() {
        true => StatusCode::OK,
        false => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let shell = access.shell(app);
    let only_without = asked.only_without();
    let view = |label: &str, number, without| NavItem {
        link: Link::new(
            project_text::view(label, number),
            asked.address(firm, without, None),
        ),
        current: only_without == without,
    };
    let next = found.last().filter(|_| more).map(|last| last.project_id);
    page(
        status,
        &ReferencesPage {
            pages: under_projects(&shell, firm),
            here: paths::references(firm),
            again: asked.address(firm, only_without, asked.after),
            back: paths::projects(firm),
            overview: text::overview(with, known),
            views: Nav {
                label: text::REFERENCES,
                items: vec![
                    view(project_text::ALL, known, false),
                    view(text::ONLY_WITHOUT, known - with, true),
                ],
            },
            search: asked.search(),
            only_without,
            none_known: known == 0,
            seen: (&access.onboarding()?.onboarding).into(),
            form,
            pager: Pager {
                showing: counted(found.len(), Noun::Project),
                previous: None,
                first: asked.after.map(|_| asked.address(firm, only_without, None)),
                next: next.map(|last| asked.address(firm, only_without, Some(last))),
            },
            rows: found.into_iter().map(|it| row(firm, it)).collect(),
            upload: paths::upload_references(firm),
            file: paths::references_file(firm),
            shell,
        },
    )
}

fn row(firm: FirmId, project: ReferencedProject) -> ReferenceField {
    let id = project.project_id;
    let title = title(&project.number, &project.name, id);
    ReferenceField {
        href: paths::project(firm, id),
        field: field_of(id),
        was_field: was_field_of(id),
        label: text::of_project(&title),
        title,
    }
}

/// *Save*.
pub(super) async fn post(
    State(app): State<App>,
    access: FirmAccess,
    Query(asked): Query<ReferencesQuery>,
    Form(input): Form<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    let value = |name: &str| {
        let mut input = input.iter();
        let found = input.find(|(it, _)| it == name);
        found.map(|(_, value)| value.as_str()).unwrap_or_default()
    };
    let seen = SeenInput::new(value("onboarding"), value("version")).seen()?;
    let mut form = FormState::default();
    let mut changes = Vec::new();
    for (name, typed) in &input {
        let id = name.strip_prefix("reference-").map(str::parse::<i64>);
        let Some(Ok(project_id)) = id else { continue };
        form.set(name.clone(), clean(typed));
        // Kept as it was shown: what somebody else saved meanwhile is not taken for what the reader saw.
        let was = was_field_of(project_id);
        let before = stored(value(&was));
        form.set(was.clone(), value(&was));
        let after = parse_reference(typed).map_err(|_| text::too_long());
        let after = form.check(name.clone(), after);
        if let Some(after) = after.filter(|after| *after != before) {
            changes.push(ReferenceChange {
                project_id,
                before,
                after,
            });
        }
    }
    if !form.is_valid() {
        return show(&app, &access, &asked, form).await;
    }
    let saved = save_references::run(&app, &access.actor, seen, &changes).await?;
    let again = asked.address(access.firm.id, asked.only_without(), asked.after);
    Ok(see_other(again)
        .with_message(text::saved(saved))
        .into_response())
}

/// A reference as a page carried it.
fn stored(text: &str) -> Option<String> {
    Some(text.to_owned()).filter(|it| !it.is_empty())
}
