//! Support's queue: the lines of `queue_line` in an order, under a filter, page by page.
//!
//! A page costs the same however many lines there are: every order has its index, every filter has
//! one in the order of urgency, and a page begins behind the last row of the one before instead of
//! counting rows. `docs/adr/0040-the-queue-reads-one-index.md` explains what that takes.

mod counts;
mod filter;
mod found;
mod mark;
#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};
use sqlx::postgres::PgRow;
use sqlx::{FromRow, PgConnection, Row as _};

use super::{StoreError, incidents};
use crate::connection::incident::Incident;
use crate::identity::{OnboardingId, PersonId, QueueLineId};
use crate::onboarding::Stage;
use crate::onboarding::situation::{Situation, SituationCode};

pub use counts::{Counts, MOST_COUNTED, count, count_each, fold};
pub use filter::{Assignee, Filter, LineState, Order, SortBy, View};
pub use found::{Found, MOST_FOUND, find};
pub use mark::Mark;

/// How many of the integrated projects something is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InProjects {
    pub count: u64,
    pub of: u64,
}

/// A line as the queue shows it.
#[derive(Debug, Clone)]
pub struct ListedLine {
    pub onboarding: OnboardingId,
    pub firm_name: String,
    pub company_id: Option<i64>,
    pub stage: Stage,
    /// Without regard to time: see [`crate::onboarding::situation::SituationCode::after`].
    pub situation: Situation,
    /// The integrated projects that its reason is about, where it is about those alone.
    pub projects: Option<InProjects>,
    /// Since when nothing moved.
    pub progress_at: DateTime<Utc>,
    pub due_at: Option<DateTime<Utc>>,
    pub snoozed_until: Option<DateTime<Utc>>,
    pub assignee: Option<PersonId>,
    pub contacted_at: Option<DateTime<Utc>>,
    pub completed_at: Option<DateTime<Utc>>,
    /// How often support acted on it.
    pub revision: i64,
    line_id: QueueLineId,
    urgency: i16,
    urgent_at: DateTime<Utc>,
    firm_key: String,
}

const COLUMNS: &str = "line_id, onboarding_id, firm_name, company_id, stage, situation, reason, \
     waiting_on, since, progress_at, due_at, snoozed_until, assignee_id, contacted_at, \
     completed_at, revision, urgency, urgent_at, firm_key";

impl FromRow<'_, PgRow> for ListedLine {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            onboarding: row.try_get("onboarding_id")?,
            firm_name: row.try_get("firm_name")?,
            company_id: row.try_get("company_id")?,
            stage: row.try_get("stage")?,
            situation: Situation {
                code: row.try_get("situation")?,
                reason: row.try_get("reason")?,
                party: row.try_get("waiting_on")?,
                since: row.try_get("since")?,
            },
            projects: None,
            progress_at: row.try_get("progress_at")?,
            due_at: row.try_get("due_at")?,
            snoozed_until: row.try_get("snoozed_until")?,
            assignee: row.try_get("assignee_id")?,
            contacted_at: row.try_get("contacted_at")?,
            completed_at: row.try_get("completed_at")?,
            revision: row.try_get("revision")?,
            line_id: row.try_get("line_id")?,
            urgency: row.try_get("urgency")?,
            urgent_at: row.try_get("urgent_at")?,
            firm_key: row.try_get("firm_key")?,
        })
    }
}

/// Which page is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum QueuePage {
    First,
    After(Mark),
    /// The rows right before the mark, in the same order as any.
    Before(Mark),
}

/// Up to `limit` lines that meet the filter.
pub async fn list(
    conn: &mut PgConnection,
    filter: &Filter,
    page: &QueuePage,
    limit: u32,
) -> Result<Vec<ListedLine>, StoreError> {
    let backwards = matches!(page, QueuePage::Before(_));
    let order = filter.order.reversed_if(backwards);
    // Each combination of filters is a statement of its own, with the plan that suits it.
    let mut sql = sqlx::QueryBuilder::new("select ");
    sql.push(COLUMNS).push(" from queue_line where ");
    filter.push(&mut sql);
    if let QueuePage::After(mark) | QueuePage::Before(mark) = page {
        mark.push(&mut sql, order);
    }
    order.push(&mut sql);
    sql.push(" limit ").push(limit);

    let mut listed: Vec<ListedLine> = sql.build_query_as().fetch_all(&mut *conn).await?;
    if backwards {
        listed.reverse();
    }
    say_in_projects(conn, &mut listed).await?;
    Ok(listed)
}

/// Adds how many projects a line's reason is about.
async fn say_in_projects(
    conn: &mut PgConnection,
    listed: &mut [ListedLine],
) -> Result<(), StoreError> {
    let is_degraded = |it: &&ListedLine| it.situation.code == SituationCode::ConnectionDegraded;
    let degraded = listed.iter().filter(is_degraded);
    let degraded: Vec<OnboardingId> = degraded.map(|it| it.onboarding).collect();
    if degraded.is_empty() {
        return Ok(());
    }
    let found = incidents::list_of_projects(conn, &degraded).await?;
    for line in listed {
        let mut found = found.iter().filter(|(it, _)| *it == line.onboarding);
        let is_reason = |it: &&Incident| line.situation.reason == Some(it.code);
        let reason = found.find_map(|(_, it)| Some(it).filter(is_reason));
        line.projects = reason
            .filter(|it| it.is_of_projects_alone())
            .and_then(|it| it.finding.projects.as_deref())
            .map(|it| InProjects {
                count: it.count,
                of: it.of,
            });
    }
    Ok(())
}
