//! The records of a data set, page by page, and one record whole.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::Value;
use url::form_urlencoded;

use super::{connected, under};
use crate::app::App;
use crate::catalog::DataSet;
use crate::connection::Settings;
use crate::identity::FirmId;
use crate::paths;
use crate::store::records::{self, RecordSet, RecordSummary};
use crate::text::count::{Noun, counted};
use crate::text::pages as words;
use crate::web::access::FirmAccess;
use crate::web::answer::ok;
use crate::web::error::PageError;
use crate::web::form::clean;
use crate::web::view::{Column, Nav, Pager, Shell, When};

/// Records on a page.
const PER_PAGE: usize = 50;
/// Longer than any name that is searched for.
const LONGEST_SEARCH: usize = 100;

#[derive(Debug, Default, Deserialize)]
pub(crate) struct RecordsQuery {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    q: String,
    after: Option<i64>,
}

#[derive(Template)]
#[template(path = "integration/records.html")]
struct List {
    shell: Shell,
    pages: Nav,
    label: &'static str,
    plural: &'static str,
    here: String,
    kind: &'static str,
    search: String,
    kinds: Nav,
    columns: Vec<Column>,
    rows: Vec<RecordRow>,
    pager: Pager,
    back: String,
}

struct RecordRow {
    id: i64,
    name: String,
    href: String,
    updated: Option<When>,
    seen: When,
    gone: bool,
}

/// A page of the records of one kind.
pub(super) async fn list(
    State(app): State<App>,
    access: FirmAccess,
    Path((_, set)): Path<(String, String)>,
    Query(asked): Query<RecordsQuery>,
) -> Result<Response, PageError> {
    let (connection, settings) = match connected(&access) {
        Ok(connected) => connected,
        Err(elsewhere) => return Ok(elsewhere.into_response()),
    };
    let set = chosen(settings, &set)?;
    let kind = match asked.kind.as_str() {
        "" => set.entry().main_read().kind,
        kind => known(set, kind)?,
    };
    let record_set = RecordSet::of_company(connection, set, kind);
    let search: String = clean(&asked.q).chars().take(LONGEST_SEARCH).collect();
    let wanted = (!search.is_empty()).then_some(search.as_str());
    let mut conn = app.db.acquire().await?;
    let one_more = PER_PAGE as i64 + 1;
    let mut found = records::list(&mut conn, &record_set, wanted, asked.after, one_more).await?;
    drop(conn);

    let more = found.len() > PER_PAGE;
    found.truncate(PER_PAGE);
    let firm = access.firm.id;
    let address = |after: Option<i64>| address(firm, set, kind, &search, after);
    let pager = Pager {
        showing: counted(found.len(), Noun::Record),
        previous: asked.after.map(|_| address(None)),
        next: found
            .last()
            .filter(|_| more)
            .map(|last| address(Some(last.procore_id))),
    };
    let shell = access.shell(&app);
    let plural = set.entry().reads.iter().find(|read| read.kind == kind);
    ok(&List {
        pages: under(&shell, firm, "data"),
        label: set.label(),
        plural: plural.map_or(words::OF_A_LIST, |read| read.plural),
        here: paths::data_set(firm, set),
        kinds: kinds(firm, set, kind),
        columns: vec![
            Column::text(words::NAME),
            Column::number(words::PROCORE_NUMBER),
            Column::text(words::CHANGED_IN_PROCORE),
            Column::text(words::LAST_SEEN),
        ],
        rows: found
            .into_iter()
            .map(|record| row(&shell, firm, set, kind, record))
            .collect(),
        pager,
        back: paths::integration_page(firm, "data"),
        kind,
        search,
        shell,
    })
}

#[derive(Template)]
#[template(path = "integration/record.html")]
struct One {
    shell: Shell,
    pages: Nav,
    name: String,
    id: i64,
    updated: Option<When>,
    first_seen: When,
    last_seen: When,
    gone: Option<When>,
    body: String,
    label: &'static str,
    back: String,
}

/// One record as Procore sent it.
pub(super) async fn one(
    State(app): State<App>,
    access: FirmAccess,
    Path((_, set, kind, id)): Path<(String, String, String, i64)>,
) -> Result<Response, PageError> {
    let (connection, settings) = match connected(&access) {
        Ok(connected) => connected,
        Err(elsewhere) => return Ok(elsewhere.into_response()),
    };
    let set = chosen(settings, &set)?;
    let kind = known(set, &kind)?;
    let mut conn = app.db.acquire().await?;
    let record =
        records::find(&mut conn, &RecordSet::of_company(connection, set, kind), id).await?;
    drop(conn);
    let record = record.ok_or(PageError::Missing)?;

    let shell = access.shell(&app);
    let firm = access.firm.id;
    ok(&One {
        pages: under(&shell, firm, "data"),
        name: record.name.unwrap_or_else(|| words::record(id)),
        id,
        updated: record.procore_updated_at.map(|at| shell.when(at)),
        first_seen: shell.when(record.first_seen_at),
        last_seen: shell.when(record.last_seen_at),
        gone: record.gone_at.map(|at| shell.when(at)),
        body: laid_out(record.body),
        label: set.label(),
        back: address(firm, set, kind, "", None),
        shell,
    })
}

/// JSON on several lines, or as it is where we cannot decode it.
fn laid_out(json: String) -> String {
    let decoded = serde_json::from_str::<Value>(&json);
    decoded
        .and_then(|value| serde_json::to_string_pretty(&value))
        .unwrap_or(json)
}

/// A data set of this connection.
fn chosen(settings: &Settings, key: &str) -> Result<DataSet, PageError> {
    let set = DataSet::from_key(key).ok_or(PageError::Missing)?;
    let choice = settings.choice(set);
    choice
        .map(|choice| choice.data_set)
        .ok_or(PageError::Missing)
}

/// A kind of record of a data set.
fn known(set: DataSet, kind: &str) -> Result<&'static str, PageError> {
    let read = set.entry().reads.iter().find(|read| read.kind == kind);
    read.map(|read| read.kind).ok_or(PageError::Missing)
}

fn address(firm: FirmId, set: DataSet, kind: &str, search: &str, after: Option<i64>) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("kind", kind);
    if !search.is_empty() {
        query.append_pair("q", search);
    }
    if let Some(after) = after {
        query.append_pair("after", &after.to_string());
    }
    format!("{}?{}", paths::data_set(firm, set), query.finish())
}

/// The lists of a data set, where it has several.
fn kinds(firm: FirmId, set: DataSet, current: &str) -> Nav {
    let reads = set.entry().reads.iter().filter(|read| !read.inactive_only);
    let links = reads.map(|read| (read.plural, address(firm, set, read.kind, "", None)));
    Nav::new(words::LISTS, &address(firm, set, current, "", None), links)
}

fn row(shell: &Shell, firm: FirmId, set: DataSet, kind: &str, record: RecordSummary) -> RecordRow {
    let id = record.procore_id;
    RecordRow {
        id,
        name: record.label.unwrap_or_else(|| words::record(id)),
        href: paths::record(firm, set, kind, id),
        updated: record.procore_updated_at.map(|at| shell.when(at)),
        seen: shell.when(record.last_seen_at),
        gone: record.gone_at.is_some(),
    }
}
