//! What Procore announced, and what became of it.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, SecondsFormat};
use serde::Deserialize;
use sqlx::PgConnection;
use url::form_urlencoded;

use super::{connected, pages};
use crate::app::App;
use crate::catalog::{self, Choice, Scope};
use crate::connection::{EventOutcome, Settings};
use crate::identity::{ConnectionId, FirmId};
use crate::paths;
use crate::store::shown_events::{self, EventFilter, EventMark, ShownEvent};
use crate::store::{projects, records};
use crate::text::count::{Noun, counted};
use crate::text::events as text;
use crate::text::projects as projects_text;
use crate::web::access::FirmAccess;
use crate::web::answer::ok;
use crate::web::error::PageError;
use crate::web::form::FormState;
use crate::web::view::{Column, Nav, Pager, Shell, When};

/// Events on a page.
const PER_PAGE: usize = 50;
/// The filter for what waits, beside the outcomes.
const WAITING: &str = "waiting";

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct EventsQuery {
    outcome: String,
    kind: String,
    after: String,
    /// A project's number in Procore.
    project: String,
}

impl EventsQuery {
    fn project(&self) -> Option<i64> {
        self.project.parse().ok()
    }
}

#[derive(Template)]
#[template(path = "integration/events.html")]
struct EventsPage {
    shell: Shell,
    pages: Nav,
    here: String,
    form: FormState,
    outcomes: Vec<(&'static str, &'static str)>,
    kinds: Vec<(&'static str, &'static str)>,
    /// The project whose events alone are shown, and its page.
    project: Option<(String, String)>,
    is_filtered: bool,
    columns: Vec<Column>,
    rows: Vec<EventRow>,
    pager: Pager,
}

/// An event in the table, also of one record.
pub(super) struct EventRow {
    pub at: When,
    pub what: String,
    /// The record in our copy, if its kind is brought.
    pub record: Option<(String, String)>,
    pub outcome: String,
    pub handled: Option<When>,
}

pub(super) async fn get(
    State(app): State<App>,
    access: FirmAccess,
    Query(asked): Query<EventsQuery>,
) -> Result<Response, PageError> {
    let (connection, settings) = match connected(&access) {
        Ok(connected) => connected,
        Err(elsewhere) => return Ok(elsewhere.into_response()),
    };
    let firm = access.firm.id;
    let filter = EventFilter {
        waiting: asked.outcome == WAITING,
        outcome: EventOutcome::from_stored(&asked.outcome),
        resources: (!asked.kind.is_empty())
            .then(|| asked.kind.clone())
            .into_iter()
            .collect(),
        record: None,
        project: asked.project(),
    };
    let after = mark(&asked.after);
    let mut conn = app.db.acquire().await?;
    let (of, one_more) = ((firm, connection.id), PER_PAGE as i64 + 1);
    let mut found = shown_events::list(&mut conn, of, &filter, after.as_ref(), one_more).await?;
    let ids: Vec<i64> = found.iter().filter_map(ShownEvent::record_id).collect();
    let reads = settings.choices().iter().flat_map(Choice::reads);
    let brought: Vec<String> = reads.map(|read| read.kind.to_owned()).collect();
    let there = records::list_known(&mut conn, of, &brought, &ids).await?;
    let project = match filter.project {
        Some(id) => Some(named(&mut conn, of, id).await?),
        None => None,
    };
    drop(conn);

    let more = found.len() > PER_PAGE;
    found.truncate(PER_PAGE);
    let shell = access.shell(&app);
    let address = |after: Option<&ShownEvent>| address(firm, &asked, after);
    ok(&EventsPage {
        pages: pages(&shell, firm),
        here: paths::integration_page(firm, "events"),
        form: FormState::default()
            .keep("outcome", &asked.outcome)
            .keep("kind", &asked.kind)
            .keep(
                "project",
                filter.project.map(|id| id.to_string()).unwrap_or_default(),
            ),
        project,
        outcomes: outcomes(),
        kinds: kinds(settings),
        is_filtered: filter.waiting
            || filter.outcome.is_some()
            || filter.project.is_some()
            || !filter.resources.is_empty(),
        columns: vec![
            Column::text(text::RECEIVED),
            Column::text(text::CHANGE),
            Column::text(text::RECORD),
            Column::text(text::OUTCOME),
        ],
        pager: Pager {
            showing: counted(found.len(), Noun::Event),
            previous: None,
            first: after.map(|_| address(None)),
            next: found
                .last()
                .filter(|_| more)
                .map(|last| address(Some(last))),
        },
        rows: found
            .iter()
            .map(|event| row(&shell, firm, &there, event))
            .collect(),
        shell,
    })
}

/// A project by its name, and its page.
async fn named(
    conn: &mut PgConnection,
    of: (FirmId, ConnectionId),
    id: i64,
) -> Result<(String, String), PageError> {
    let known = projects::list_on_board(conn, of, &[id]).await?.pop();
    let title = known.map(|it| projects_text::title(&it.number, &it.name, id));
    let title = title.unwrap_or_else(|| projects_text::unnamed(id));
    Ok((title, paths::project(of.0, id)))
}

/// An event as the page shows it, with a link to its record where our copy has it.
fn row(shell: &Shell, firm: FirmId, there: &[(String, i64)], it: &ShownEvent) -> EventRow {
    let resource = it.resource.as_deref();
    let record = it
        .record_id()
        .zip(resource.and_then(|name| catalog::announced_as(Scope::Company, name)));
    let record = record.filter(|(id, (_, read))| {
        there
            .iter()
            .any(|(kind, there)| kind == read.kind && there == id)
    });
    let record =
        record.map(|(id, (set, read))| (text::record(id), paths::record(firm, set, read.kind, id)));
    EventRow {
        at: shell.when(it.received_at),
        what: text::change(resource, it.change.as_deref()),
        record,
        outcome: match it.outcome {
            Some(outcome) => outcome.sentence().to_owned(),
            None => text::waits(it.tries, it.due_at.map(|at| shell.when(at).time())),
        },
        handled: it.handled_at.map(|at| shell.when(at)),
    }
}

fn outcomes() -> Vec<(&'static str, &'static str)> {
    let settled = EventOutcome::ALL.into_iter();
    let settled = settled.map(|outcome| (outcome.as_str(), outcome.label()));
    [("", text::ALL_OUTCOMES), (WAITING, text::WAITING)]
        .into_iter()
        .chain(settled)
        .collect()
}

/// The kinds of record that are announced.
fn kinds(settings: &Settings) -> Vec<(&'static str, &'static str)> {
    let choices = settings.choices().iter();
    let mut names: Vec<&str> = choices
        .flat_map(|choice| choice.data_set.entry().webhooks())
        .collect();
    names.sort_unstable();
    let named = names.into_iter().map(|name| (name, name));
    [("", text::ALL_KINDS)].into_iter().chain(named).collect()
}

/// Where a page begins, from its address.
fn mark(after: &str) -> Option<EventMark> {
    let (at, event_id) = after.split_once('~')?;
    let received_at = DateTime::parse_from_rfc3339(at).ok()?.to_utc();
    Some(EventMark {
        received_at,
        event_id: event_id.to_owned(),
    })
}

fn address(firm: FirmId, asked: &EventsQuery, after: Option<&ShownEvent>) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, value) in [("outcome", &asked.outcome), ("kind", &asked.kind)] {
        if !value.is_empty() {
            query.append_pair(name, value);
        }
    }
    if let Some(project) = asked.project() {
        query.append_pair("project", &project.to_string());
    }
    if let Some(last) = after {
        let at = last
            .received_at
            .to_rfc3339_opts(SecondsFormat::Micros, true);
        query.append_pair("after", &format!("{at}~{}", last.event_id));
    }
    let (path, query) = (paths::integration_page(firm, "events"), query.finish());
    match query.is_empty() {
        true => path,
        false => format!("{path}?{query}"),
    }
}
