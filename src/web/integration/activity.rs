//! Who did what, newest first.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;

use super::pages;
use crate::activity::Audience;
use crate::app::App;
use crate::identity::{ActivityId, ActorKind};
use crate::paths;
use crate::store::activities::{self, Activity};
use crate::text;
use crate::text::count::{Noun, counted};
use crate::web::access::FirmAccess;
use crate::web::answer::ok;
use crate::web::error::PageError;
use crate::web::form::FormState;
use crate::web::view::{Nav, Pager, Shell, TimelineEntry};

/// Entries on a page.
const PER_PAGE: usize = 50;

#[derive(Debug, Default, Deserialize)]
pub(crate) struct ActivityQuery {
    before: Option<ActivityId>,
    /// The kind of actor.
    #[serde(default)]
    who: String,
}

impl ActivityQuery {
    /// The kinds of actors that are asked for; all if empty.
    pub(super) fn kinds(&self) -> Vec<ActorKind> {
        ActorKind::from_stored(&self.who).into_iter().collect()
    }

    /// The filter as the query of an address.
    fn filter(&self) -> Option<String> {
        let kinds = self.kinds();
        kinds.first().map(|kind| format!("who={}", kind.as_str()))
    }
}

#[derive(Template)]
#[template(path = "integration/activity.html")]
struct IntegrationActivityPage {
    shell: Shell,
    pages: Nav,
    here: String,
    form: FormState,
    whos: Vec<(&'static str, &'static str)>,
    file: String,
    entries: Vec<TimelineEntry>,
    pager: Pager,
}

pub(crate) async fn get(
    State(app): State<App>,
    access: FirmAccess,
    Query(asked): Query<ActivityQuery>,
) -> Result<Response, PageError> {
    let firm = access.firm.id;
    let (one_more, kinds) = (PER_PAGE as i64 + 1, asked.kinds());
    let mut conn = app.db.acquire().await?;
    let mut found = activities::list_of_firm(
        &mut conn,
        firm,
        Audience::Firm,
        &kinds,
        asked.before,
        one_more,
    )
    .await?;
    drop(conn);
    let more = found.len() > PER_PAGE;
    found.truncate(PER_PAGE);

    let shell = access.shell(&app);
    let here = paths::integration_page(firm, "activity");
    let filter = asked.filter();
    let address = |before: Option<ActivityId>| {
        let before = before.map(|id| format!("before={id}"));
        with_query(&here, filter.iter().cloned().chain(before))
    };
    let older = found.last().filter(|_| more);
    ok(&IntegrationActivityPage {
        pages: pages(&shell, firm),
        pager: Pager {
            showing: counted(found.len(), Noun::Entry),
            previous: None,
            first: asked.before.map(|_| address(None)),
            next: older.map(|last| address(Some(last.activity_id))),
        },
        file: with_query(&paths::activity_file(firm), filter.clone()),
        form: FormState::default().keep("who", &asked.who),
        whos: whos(),
        entries: found
            .iter()
            .map(|activity| entry(&shell, activity))
            .collect(),
        here,
        shell,
    })
}

/// The kinds of actors to choose from.
fn whos() -> Vec<(&'static str, &'static str)> {
    let kinds = ActorKind::ALL.into_iter();
    let kinds = kinds.map(|kind| (kind.as_str(), kind.word()));
    [("", text::pages::EVERYBODY)]
        .into_iter()
        .chain(kinds)
        .collect()
}

fn with_query(path: &str, parts: impl IntoIterator<Item = String>) -> String {
    let parts: Vec<String> = parts.into_iter().collect();
    match parts.is_empty() {
        true => path.to_owned(),
        false => format!("{path}?{}", parts.join("&")),
    }
}

/// One activity as an entry of a timeline.
pub(in crate::web) fn entry(shell: &Shell, activity: &Activity) -> TimelineEntry {
    let what = text::activity::stored(&activity.verb);
    let when = shell.when(activity.at);
    let mut entry =
        TimelineEntry::new(activity.actor_kind, activity.actor_name.clone(), what, when);
    entry.detail = text::activity::about(
        &activity.verb,
        activity.subject.as_deref(),
        &activity.details,
        shell.zone,
    );
    entry.from = activity.source.clone();
    entry
}
