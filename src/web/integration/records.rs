//! The records of a data set, page by page, and one record whole.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::Value;

use super::connected;
use super::record_place::Place;
use crate::app::App;
use crate::catalog::{DataSet, Shows};
use crate::identity::FirmId;
use crate::paths;
use crate::store::records::{self, Record, RecordSummary};
use crate::store::shown_events::{self, EventFilter, ShownEvent};
use crate::text::count::{Noun, counted};
use crate::text::pages as words;
use crate::web::access::FirmAccess;
use crate::web::answer::ok;
use crate::web::error::PageError;
use crate::web::form::search_of;
use crate::web::view::{Column, Link, Nav, Pager, Shell, Since, When};

/// Records on a page.
const PER_PAGE: usize = 50;
/// Events of one record that are shown.
const MOST_EVENTS: i64 = 20;

#[derive(Debug, Default, Deserialize)]
pub(crate) struct RecordsQuery {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    q: String,
    after: Option<i64>,
    /// The project whose records they are; without it they are the company's.
    project: Option<i64>,
}

#[derive(Template)]
#[template(path = "integration/records.html")]
struct List {
    shell: Shell,
    pages: Nav,
    label: String,
    plural: &'static str,
    here: String,
    kind: &'static str,
    /// The project, for the form that searches.
    project: Option<i64>,
    search: String,
    kinds: Nav,
    columns: Vec<Column>,
    rows: Vec<RecordRow>,
    pager: Pager,
    back: Link,
}

struct RecordRow {
    id: i64,
    name: String,
    href: String,
    updated: Option<When>,
    seen: When,
    gone: bool,
    unavailable: bool,
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
    let mut conn = app.db.acquire().await?;
    let place = Place::find(&mut conn, (connection, settings), &set, asked.project).await?;
    let set = place.set;
    let kind = match asked.kind.as_str() {
        "" => set.entry().main_read().kind,
        kind => known(set, kind)?,
    };
    let record_set = place.record_set(connection, kind);
    let search = search_of(&asked.q);
    let wanted = (!search.is_empty()).then_some(search.as_str());
    let one_more = PER_PAGE as i64 + 1;
    let mut found = records::list(&mut conn, &record_set, wanted, asked.after, one_more).await?;
    drop(conn);

    let more = found.len() > PER_PAGE;
    found.truncate(PER_PAGE);
    let firm = access.firm.id;
    let address = |after: Option<i64>| place.address(firm, kind, &search, after);
    let pager = Pager {
        showing: counted(found.len(), Noun::Record),
        previous: None,
        first: asked.after.map(|_| address(None)),
        next: found
            .last()
            .filter(|_| more)
            .map(|last| address(Some(last.procore_id))),
    };
    let shell = access.shell(&app);
    let plural = set.entry().reads.iter().find(|read| read.kind == kind);
    ok(&List {
        pages: place.pages(&shell, firm),
        label: place.label(),
        plural: plural.map_or(words::OF_A_LIST, |read| read.plural),
        here: paths::data_set(firm, set),
        kinds: kinds(firm, &place, kind),
        columns: vec![
            Column::text(words::NAME),
            Column::number(words::PROCORE_ID),
            Column::text(words::CHANGED),
            Column::text(words::LAST_SEEN),
        ],
        rows: found
            .into_iter()
            .map(|record| row(&shell, firm, &place, kind, record))
            .collect(),
        pager,
        back: place.above(firm),
        project: place.project,
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
    gone: Option<Since>,
    unavailable: Option<Since>,
    /// What the record says, field by field.
    fields: Vec<(String, String)>,
    /// Readings and changes, newest first.
    lines: Vec<(When, String)>,
    body: String,
    label: String,
    back: String,
}

#[derive(Debug, Default, Deserialize)]
pub(crate) struct RecordQuery {
    /// The project whose record it is.
    project: Option<i64>,
}

/// One record as Procore sent it.
pub(super) async fn one(
    State(app): State<App>,
    access: FirmAccess,
    Path((_, set, kind, id)): Path<(String, String, String, i64)>,
    Query(asked): Query<RecordQuery>,
) -> Result<Response, PageError> {
    let (connection, settings) = match connected(&access) {
        Ok(connected) => connected,
        Err(elsewhere) => return Ok(elsewhere.into_response()),
    };
    let mut conn = app.db.acquire().await?;
    let place = Place::find(&mut conn, (connection, settings), &set, asked.project).await?;
    let set = place.set;
    let kind = known(set, &kind)?;
    let of_kind = place.record_set(connection, kind);
    let record = records::find(&mut conn, &of_kind, id).await?;
    let record = record.ok_or(PageError::Missing)?;
    let reads = set.entry().reads.iter().filter(|read| read.kind == kind);
    let resources = reads.flat_map(|read| read.announced_as.iter().copied().map(str::to_owned));
    let resources: Vec<String> = resources.collect();
    let events = match resources.is_empty() {
        false => {
            let filter = EventFilter {
                resources,
                record: Some(id),
                ..EventFilter::default()
            };
            let of = (connection.firm_id, connection.id);
            shown_events::list(&mut conn, of, &filter, None, MOST_EVENTS).await?
        }
        true => Vec::new(),
    };
    drop(conn);

    let shell = access.shell(&app);
    let firm = access.firm.id;
    ok(&One {
        pages: place.pages(&shell, firm),
        name: record.name.clone().unwrap_or_else(|| words::record(id)),
        id,
        updated: record.procore_updated_at.map(|at| shell.when(at)),
        gone: record.gone_at.map(|at| shell.when(at).into()),
        unavailable: record.unavailable_at.map(|at| shell.when(at).into()),
        fields: fields(&record.body),
        lines: lines(&shell, &record, &events),
        body: laid_out(record.body),
        label: place.label(),
        back: place.address(firm, kind, "", None),
        shell,
    })
}

/// The fields of a record with a value that can be read in a line; its id stands above them.
fn fields(json: &str) -> Vec<(String, String)> {
    let Ok(Value::Object(fields)) = serde_json::from_str(json) else {
        return Vec::new();
    };
    fields
        .iter()
        .filter(|(name, _)| *name != "id")
        .filter_map(|(name, value)| Some((words::field(name), plain(value)?)))
        .collect()
}

/// A value in a line; of another record its name.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::Bool(true) => Some(words::YES.to_owned()),
        Value::Bool(false) => Some(words::NO.to_owned()),
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => (!text.is_empty()).then(|| text.clone()),
        Value::Object(fields) => plain(fields.get("name")?),
        Value::Array(values) => {
            let texts: Vec<String> = values.iter().filter_map(plain).collect();
            (!texts.is_empty()).then(|| texts.join(", "))
        }
    }
}

/// When the record was read and when it changed, with the events that said so, newest first. Earlier
/// contents are not kept.
fn lines(shell: &Shell, record: &Record, events: &[ShownEvent]) -> Vec<(When, String)> {
    let mut lines = vec![(record.first_seen_at, words::FIRST_READ.to_owned())];
    if record.listed {
        lines.push((record.last_seen_at, words::SEEN_IN_LIST.to_owned()));
    }
    if record.changed_at > record.first_seen_at {
        lines.push((record.changed_at, words::COPY_CHANGED.to_owned()));
    }
    lines.extend(events.iter().map(|it| {
        let what = words::event(it.change.as_deref(), it.outcome);
        (it.received_at, what)
    }));
    lines.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    let shown = lines.into_iter().map(|(at, what)| (shell.when(at), what));
    shown.collect()
}

/// JSON on several lines, or as it is where we cannot decode it.
fn laid_out(json: String) -> String {
    let decoded = serde_json::from_str::<Value>(&json);
    decoded
        .and_then(|value| serde_json::to_string_pretty(&value))
        .unwrap_or(json)
}

/// A kind of record of a data set.
fn known(set: DataSet, kind: &str) -> Result<&'static str, PageError> {
    let read = set.entry().reads.iter().find(|read| read.kind == kind);
    read.map(|read| read.kind).ok_or(PageError::Missing)
}

/// The lists of a data set, where it has several.
fn kinds(firm: FirmId, place: &Place, current: &str) -> Nav {
    let reads = place
        .set
        .entry()
        .reads
        .iter()
        .filter(|read| !read.inactive_only && read.shows == Shows::Records);
    let links = reads.map(|read| (read.plural, place.address(firm, read.kind, "", None)));
    Nav::new(words::LISTS, &place.address(firm, current, "", None), links)
}

fn row(shell: &Shell, firm: FirmId, place: &Place, kind: &str, record: RecordSummary) -> RecordRow {
    let id = record.procore_id;
    RecordRow {
        id,
        name: record.label.unwrap_or_else(|| words::record(id)),
        href: place.record(firm, kind, id),
        updated: record.procore_updated_at.map(|at| shell.when(at)),
        seen: shell.when(record.last_seen_at),
        gone: record.gone_at.is_some(),
        unavailable: record.unavailable_at.is_some(),
    }
}
