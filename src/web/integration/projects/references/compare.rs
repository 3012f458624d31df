//! What a file of references would change, before anything is saved.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum_extra::extract::{Form, Query};
use serde::Deserialize;
use uuid::Uuid;

use super::{ReferencesQuery, file, show};
use crate::app::App;
use crate::connection::{ReferenceComparison, ReferenceRow, ReferencedProject, compare_references};
use crate::flows::save_references::{self, SavedFile};
use crate::identity::FirmId;
use crate::paths;
use crate::store::projects;
use crate::text::projects::title;
use crate::text::references::{self as text, FileProblem};
use crate::web::access::FirmAccess;
use crate::web::answer::{ok, see_other};
use crate::web::error::PageError;
use crate::web::form::FormState;
use crate::web::integration::connected;
use crate::web::integration::projects::choose::under_projects;
use crate::web::upload::Upload;
use crate::web::view::{Nav, Pager, Shell};
use crate::web::wizard::{SeenFields, SeenInput};

/// More than ten thousand rows of two columns need.
const LARGEST_FILE: usize = 1024 * 1024;
/// Rows of each kind on a page.
const PER_PAGE: usize = 100;

/// Takes a file: what it would change is shown next.
pub(in crate::web::integration::projects) async fn upload(
    State(app): State<App>,
    access: FirmAccess,
    request: Request,
) -> Result<Response, PageError> {
    let upload = Upload::read(request, LARGEST_FILE).await?;
    let rows = match &upload.file {
        None => Err(FileProblem::TooLarge),
        Some(bytes) if bytes.is_empty() && !upload.has_file_name => Err(FileProblem::Missing),
        Some(bytes) => file::read(bytes),
    };
    let rows = match rows {
        Ok(rows) => rows,
        Err(problem) => {
            let mut form = FormState::default();
            form.fail("file", text::file_problem(problem));
            return show(&app, &access, &ReferencesQuery::default(), form).await;
        }
    };
    let seen = SeenInput::new(&upload.field("onboarding"), &upload.field("version")).seen()?;
    save_references::keep_file(&app, &access.actor, seen, &rows).await?;
    Ok(see_other(paths::compare_references(access.firm.id)).into_response())
}

#[derive(Template)]
#[template(path = "integration/references_compare.html")]
struct ComparePage {
    shell: Shell,
    pages: Nav,
    here: String,
    back: String,
    seen: SeenFields,
    file: Uuid,
    label: String,
    summary: String,
    unchanged: Option<String>,
    changes: Vec<ChangeRow>,
    /// Whether anything is to be saved, on this page or another.
    has_changes: bool,
    left_out: String,
    problems: Vec<ProblemRow>,
    /// Where there is more than a page of either.
    pager: Option<Pager>,
}

struct ChangeRow {
    title: String,
    before: String,
    after: String,
}

struct ProblemRow {
    line: usize,
    project: String,
    reference: String,
    why: String,
}

/// Which page of the comparison.
#[derive(Debug, Default, Deserialize)]
pub(in crate::web::integration::projects) struct CompareQuery {
    #[serde(default)]
    page: usize,
}

pub(in crate::web::integration::projects) async fn get(
    State(app): State<App>,
    access: FirmAccess,
    Query(asked): Query<CompareQuery>,
) -> Result<Response, PageError> {
    let (connection, _) = match connected(&access) {
        Ok(connected) => connected,
        Err(elsewhere) => return Ok(elsewhere.into_response()),
    };
    let (firm, of) = (access.firm.id, (connection.firm_id, connection.id));
    let mut conn = app.db.acquire().await?;
    let kept = projects::find_reference_file(&mut conn, of).await?;
    let Some((file, rows)) = kept else {
        return Ok(see_other(paths::references(firm)).into_response());
    };
    let known = projects::list_all_referenced(&mut conn, of).await?;
    drop(conn);
    let comparison = compare_references(&rows, &known);
    let shell = access.shell(&app);
    let unchanged = comparison.unchanged;
    let longest = comparison.changes.len().max(comparison.problems.len());
    let pages_in_all = longest.div_ceil(PER_PAGE).max(1);
    let page = asked.page.clamp(1, pages_in_all);
    ok(&ComparePage {
        pages: under_projects(&shell, firm),
        here: paths::compare_references(firm),
        back: paths::references(firm),
        seen: (&access.onboarding()?.onboarding).into(),
        file,
        label: comparison.label(),
        summary: text::would_change(comparison.changes.len()),
        unchanged: (unchanged > 0).then(|| text::unchanged(unchanged)),
        has_changes: !comparison.changes.is_empty(),
        left_out: text::left_out(comparison.problems.len()),
        changes: changes(&comparison, &known, page),
        problems: problems(comparison, page),
        pager: (pages_in_all > 1).then(|| pager(firm, page, pages_in_all)),
        shell,
    })
}

fn pager(firm: FirmId, page: usize, all: usize) -> Pager {
    let address = |page: usize| format!("{}?page={page}", paths::compare_references(firm));
    Pager {
        first: None,
        showing: text::page_of(page, all),
        previous: (page > 1).then(|| address(page - 1)),
        next: (page < all).then(|| address(page + 1)),
    }
}

/// The rows of a page.
fn of_page<T>(rows: impl Iterator<Item = T>, page: usize) -> impl Iterator<Item = T> {
    rows.skip((page - 1) * PER_PAGE).take(PER_PAGE)
}

fn changes(
    comparison: &ReferenceComparison,
    known: &[ReferencedProject],
    page: usize,
) -> Vec<ChangeRow> {
    let known: BTreeMap<i64, &ReferencedProject> =
        known.iter().map(|it| (it.project_id, it)).collect();
    let shown = |reference: &Option<String>| match reference {
        Some(reference) => reference.clone(),
        None => text::NONE.to_owned(),
    };
    let changes = of_page(comparison.changes.iter(), page);
    let rows = changes.filter_map(|change| {
        let project = known.get(&change.project_id)?;
        Some(ChangeRow {
            title: title(&project.number, &project.name, project.project_id),
            before: shown(&change.before),
            after: shown(&change.after),
        })
    });
    rows.collect()
}

fn problems(comparison: ReferenceComparison, page: usize) -> Vec<ProblemRow> {
    let problems = of_page(comparison.problems.into_iter(), page);
    let row = |(row, problem): (ReferenceRow, _)| ProblemRow {
        line: row.line,
        project: match (row.number.as_str(), row.id) {
            // A file of two columns says which of both it is nowhere.
            (number, _) if number == row.name && !number.is_empty() => row.number,
            ("", None) if row.name.is_empty() && !row.unreadable_id.is_empty() => row.unreadable_id,
            ("", None) if row.name.is_empty() => text::NO_PROJECT.to_owned(),
            (number, id) => title(number, &row.name, id.unwrap_or_default()),
        },
        reference: row.reference,
        why: text::row_problem(problem),
    };
    problems.map(row).collect()
}

#[derive(Deserialize)]
pub(crate) struct SaveForm {
    #[serde(flatten)]
    seen: SeenInput,
    #[serde(default)]
    file: String,
    #[serde(default)]
    label: String,
}

/// *Save references*.
pub(in crate::web::integration::projects) async fn post(
    State(app): State<App>,
    access: FirmAccess,
    Form(input): Form<SaveForm>,
) -> Result<Response, PageError> {
    let firm = access.firm.id;
    let file = input.file.parse().map_err(|_| PageError::Stale)?;
    let seen = input.seen.seen()?;
    let saved = save_references::save_file(&app, &access.actor, seen, file, &input.label).await?;
    Ok(match saved {
        SavedFile::Saved(references) => {
            see_other(paths::references(firm)).with_message(text::saved(references))
        }
        SavedFile::Changed => {
            see_other(paths::compare_references(firm)).with_message(text::CHANGED_SINCE)
        }
    }
    .into_response())
}
