//! Who did what, newest first.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;

use super::pages;
use crate::activity::Audience;
use crate::app::App;
use crate::identity::ActivityId;
use crate::paths;
use crate::store::activities::{self, Activity};
use crate::text;
use crate::text::count::{Noun, counted};
use crate::web::access::FirmAccess;
use crate::web::answer::ok;
use crate::web::error::PageError;
use crate::web::view::{Nav, Pager, Shell, TimelineEntry};

/// Entries on a page.
const PER_PAGE: usize = 50;

#[derive(Debug, Default, Deserialize)]
pub(crate) struct ActivityQuery {
    before: Option<ActivityId>,
}

#[derive(Template)]
#[template(path = "integration/activity.html")]
struct IntegrationActivityPage {
    shell: Shell,
    pages: Nav,
    entries: Vec<TimelineEntry>,
    pager: Pager,
}

pub(crate) async fn get(
    State(app): State<App>,
    access: FirmAccess,
    Query(asked): Query<ActivityQuery>,
) -> Result<Response, PageError> {
    let firm = access.firm.id;
    let one_more = PER_PAGE as i64 + 1;
    let mut conn = app.db.acquire().await?;
    let mut found =
        activities::list_of_firm(&mut conn, firm, Audience::Firm, asked.before, one_more).await?;
    drop(conn);
    let more = found.len() > PER_PAGE;
    found.truncate(PER_PAGE);

    let shell = access.shell(&app);
    let here = paths::integration_page(firm, "activity");
    let older = found.last().filter(|_| more);
    ok(&IntegrationActivityPage {
        pages: pages(&shell, firm),
        pager: Pager {
            showing: counted(found.len(), Noun::Line),
            previous: asked.before.map(|_| here.clone()),
            next: older.map(|last| format!("{here}?before={}", last.activity_id)),
        },
        entries: found
            .iter()
            .map(|activity| entry(&shell, activity))
            .collect(),
        shell,
    })
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
    );
    entry.from = activity.source.clone();
    entry
}
