//! `/support/onboardings.csv`: the queue as a file, under the same filter.

use std::collections::HashMap;

use axum::body::Body;
use axum::extract::{Query, State};
use axum::response::Response;
use chrono::{DateTime, Utc};
use futures_util::stream;

use super::address::QueueQuery;
use super::{filter, row};
use crate::app::App;
use crate::flows::audit;
use crate::identity::PersonId;
use crate::paths;
use crate::store::people;
use crate::store::queue::{self, Filter, ListedLine, Mark, QueuePage};
use crate::text::queue::EXPORT;
use crate::web::access::SupportAccess;
use crate::web::error::PageError;
use crate::web::sheet::{self, iso};

/// Rows that are read and held in memory at a time.
const CHUNK: u32 = 500;

/// Reads chunk by chunk and returns the connection in between: a slow client holds no transaction
/// open, and memory does not grow with the file.
pub(crate) async fn get(
    State(app): State<App>,
    support: SupportAccess,
    Query(asked): Query<QueueQuery>,
) -> Result<Response, PageError> {
    audit::export(&app, &support.actor).await?;
    let shell = support.shell(&app);
    let mut conn = app.queue_db.acquire().await?;
    let reader = support.session.person;
    let (filter, _) = filter(&mut conn, &app, &shell, &asked.read(), reader).await?;
    let staff = people::list_support_names(&mut conn).await?;
    drop(conn);

    let file = format!("onboardings-{}.csv", shell.now.format("%Y-%m-%d"));
    let export = Export {
        app,
        filter,
        now: shell.now,
        staff: staff.into_iter().collect(),
        next: Some(QueuePage::First),
        has_begun: false,
    };
    let chunks = stream::try_unfold(export, |export| async move {
        let chunk = export.chunk().await;
        if let Err(error) = &chunk {
            tracing::error!("An export of the queue broke off: {error:#}");
        }
        chunk
    });
    sheet::download(&file, Body::from_stream(chunks))
}

/// An export in progress.
struct Export {
    app: App,
    filter: Filter,
    now: DateTime<Utc>,
    staff: HashMap<PersonId, String>,
    /// Where the next chunk begins; `None` after the last one.
    next: Option<QueuePage>,
    has_begun: bool,
}

impl Export {
    async fn chunk(mut self) -> anyhow::Result<Option<(Vec<u8>, Self)>> {
        let Some(page) = self.next.take() else {
            return Ok(None);
        };
        let mut conn = self.app.queue_db.acquire().await?;
        let listed = queue::list(&mut conn, &self.filter, &page, CHUNK).await?;
        drop(conn);

        let mut csv = sheet::writer(!self.has_begun);
        if !self.has_begun {
            csv.write_record(EXPORT)?;
            self.has_begun = true;
        }
        for it in &listed {
            csv.write_record(self.record(it).map(sheet::harmless))?;
        }
        if listed.len() == CHUNK as usize {
            let last = listed.last();
            self.next = last.map(|it| QueuePage::After(Mark::of(it, self.filter.order.by)));
        }
        Ok(Some((csv.into_inner()?, self)))
    }

    fn record(&self, it: &ListedLine) -> [String; EXPORT.len()] {
        let is_idle = it.progress_at <= self.filter.idle_since;
        let situation = it.situation.code.after(is_idle);
        let reason = it.situation.reason;
        let base = self.app.config.public_url.as_str().trim_end_matches('/');
        let name = |person| self.staff.get(&person).cloned().unwrap_or_default();
        [
            it.firm_name.clone(),
            it.company_id.map_or(String::new(), |id| id.to_string()),
            it.stage.numbered(),
            row::reason(it, situation),
            reason.map_or(String::new(), |reason| reason.to_string()),
            it.situation.party.label().to_owned(),
            iso(Some(it.situation.since)),
            iso(Some(it.progress_at)),
            (self.now - it.progress_at).num_hours().max(0).to_string(),
            iso(it.due_at),
            iso(it.snoozed_until),
            it.assignee.map_or(String::new(), name),
            iso(it.contacted_at),
            iso(it.completed_at),
            it.onboarding.to_string(),
            situation.label().to_owned(),
            format!("{base}{}", paths::case(it.onboarding)),
        ]
    }
}
