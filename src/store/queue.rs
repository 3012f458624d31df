//! The queue of support: the lines of `attention` with the firms that they are about.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{StoreError, known, reason};
use crate::onboarding::Stage;
use crate::onboarding::attention::{Reason, WaitingOn};
use crate::onboarding::cause::Cause;
use crate::onboarding::reason::ReasonCode;

/// An onboarding as the queue shows it.
#[derive(Debug, Clone)]
pub struct Listed {
    pub onboarding_id: Uuid,
    pub firm_name: String,
    pub company_id: Option<i64>,
    pub stage: Stage,
    pub cause: Cause,
    pub code: Option<ReasonCode>,
    pub waiting_on: WaitingOn,
    /// Since when nothing moved.
    pub progress_at: DateTime<Utc>,
    pub due_at: Option<DateTime<Utc>>,
    pub assignee: Option<String>,
    pub contacted_at: Option<DateTime<Utc>>,
}

struct Row {
    onboarding_id: Uuid,
    firm_name: String,
    company_id: Option<i64>,
    stage: String,
    reason: String,
    code: Option<String>,
    waiting_on: String,
    progress_at: DateTime<Utc>,
    due_at: Option<DateTime<Utc>>,
    assignee: Option<String>,
    contacted_at: Option<DateTime<Utc>>,
}

impl TryFrom<Row> for Listed {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let stage = known("stage", row.stage, Stage::from_stored)?;
        let code = row.code.map(reason).transpose()?;
        let reason = known("reason", row.reason, Reason::from_stored)?;
        Ok(Self {
            onboarding_id: row.onboarding_id,
            firm_name: row.firm_name,
            company_id: row.company_id,
            stage,
            cause: Cause::of(stage, reason, code),
            code,
            waiting_on: known("party", row.waiting_on, WaitingOn::from_stored)?,
            progress_at: row.progress_at,
            due_at: row.due_at,
            assignee: row.assignee,
            contacted_at: row.contacted_at,
        })
    }
}

/// The open onboardings, those with a due time first, then those idle for longest.
pub async fn list(conn: &mut PgConnection, limit: i64) -> Result<Vec<Listed>, StoreError> {
    sqlx::query_as!(
        Row,
        r#"
        select a.onboarding_id, f.name as firm_name, o.company_id, a.stage, a.reason, a.code,
               a.waiting_on, a.progress_at, a.due_at, p.name as "assignee?", a.contacted_at
        from attention a
        join firm f on f.firm_id = a.firm_id
        join onboarding o on o.firm_id = a.firm_id and o.onboarding_id = a.onboarding_id
        left join person p on p.person_id = a.assignee_id
        where a.reason not in ('connected', 'closed')
        order by a.due_at nulls last, a.progress_at, a.onboarding_id
        limit $1
        "#,
        limit,
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(Listed::try_from)
    .collect()
}
