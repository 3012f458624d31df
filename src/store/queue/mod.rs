//! The queue of support: the lines of `attention` in an order, under a filter, page by page.
//!
//! A page costs the same however many onboardings there are: every order has its index, every
//! filter has one in the order of urgency, and a page begins behind the last row of the one before
//! instead of counting rows. `docs/adr/0040-the-queue-reads-one-index.md` tells what that takes.

mod counts;
mod filter;
mod found;
mod mark;
#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{StoreError, known, reason};
use crate::identity::PersonId;
use crate::onboarding::Stage;
use crate::onboarding::attention::WaitingOn;
use crate::onboarding::cause::Cause;
use crate::verdict::ReasonCode;

pub use counts::{Counts, MOST_COUNTED, count, fold};
pub use filter::{Assignee, Filter, Order, SortBy, State, View};
pub use found::{Found, MOST_FOUND, find};
pub use mark::Mark;

/// An onboarding as the queue shows it.
#[derive(Debug, Clone)]
pub struct Listed {
    pub onboarding_id: Uuid,
    pub firm_name: String,
    pub company_id: Option<i64>,
    pub stage: Stage,
    /// Without regard to time: see [`Cause::after`].
    pub cause: Cause,
    pub code: Option<ReasonCode>,
    pub waiting_on: WaitingOn,
    /// Since when the cause holds.
    pub since: DateTime<Utc>,
    /// Since when nothing moved.
    pub progress_at: DateTime<Utc>,
    pub due_at: Option<DateTime<Utc>>,
    pub snoozed_until: Option<DateTime<Utc>>,
    pub assignee: Option<PersonId>,
    pub contacted_at: Option<DateTime<Utc>>,
    pub completed_at: Option<DateTime<Utc>>,
    /// Where it stands in each order.
    key: Key,
}

/// What the orders sort by, beside the columns that are shown.
#[derive(Debug, Clone)]
struct Key {
    urgency: i16,
    urgent_at: DateTime<Utc>,
    firm: String,
}

#[derive(sqlx::FromRow)]
struct Row {
    onboarding_id: Uuid,
    firm_name: String,
    company_id: Option<i64>,
    stage: String,
    cause: String,
    code: Option<String>,
    waiting_on: String,
    since: DateTime<Utc>,
    progress_at: DateTime<Utc>,
    due_at: Option<DateTime<Utc>>,
    snoozed_until: Option<DateTime<Utc>>,
    assignee_id: Option<Uuid>,
    contacted_at: Option<DateTime<Utc>>,
    completed_at: Option<DateTime<Utc>>,
    urgency: i16,
    urgent_at: DateTime<Utc>,
    firm_key: String,
}

const COLUMNS: &str = "onboarding_id, firm_name, company_id, stage, cause, code, waiting_on, since, \
     progress_at, due_at, snoozed_until, assignee_id, contacted_at, completed_at, urgency, \
     urgent_at, firm_key";

impl TryFrom<Row> for Listed {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        Ok(Self {
            onboarding_id: row.onboarding_id,
            firm_name: row.firm_name,
            company_id: row.company_id,
            stage: known("stage", row.stage, Stage::from_stored)?,
            cause: known("cause", row.cause, Cause::from_stored)?,
            code: row.code.map(reason).transpose()?,
            waiting_on: known("party", row.waiting_on, WaitingOn::from_stored)?,
            since: row.since,
            progress_at: row.progress_at,
            due_at: row.due_at,
            snoozed_until: row.snoozed_until,
            assignee: row.assignee_id.map(PersonId::from),
            contacted_at: row.contacted_at,
            completed_at: row.completed_at,
            key: Key {
                urgency: row.urgency,
                urgent_at: row.urgent_at,
                firm: row.firm_key,
            },
        })
    }
}

/// Which page is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Page {
    First,
    After(Mark),
    /// The rows right before the mark, in the same order as any.
    Before(Mark),
}

/// Up to `limit` onboardings that the filter lets through.
pub async fn list(
    conn: &mut PgConnection,
    filter: &Filter,
    page: &Page,
    limit: u32,
) -> Result<Vec<Listed>, StoreError> {
    let backwards = matches!(page, Page::Before(_));
    let order = filter.order.turned(backwards);
    // The filter decides which clauses there are, so that each shape of it is a statement of its
    // own with a plan of its own. One statement for all would be planned for none.
    let mut sql = sqlx::QueryBuilder::new("select ");
    sql.push(COLUMNS).push(" from attention where ");
    filter.push(&mut sql);
    if let Page::After(mark) | Page::Before(mark) = page {
        mark.push(&mut sql, order);
    }
    order.push(&mut sql);
    sql.push(" limit ").push(limit);

    let rows: Vec<Row> = sql.build_query_as().fetch_all(conn).await?;
    let mut listed: Vec<Listed> = rows
        .into_iter()
        .map(Listed::try_from)
        .collect::<Result<_, _>>()?;
    if backwards {
        listed.reverse();
    }
    Ok(listed)
}
