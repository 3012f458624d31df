//! The table `hand_over`: tasks in the hands of colleagues without an account.

mod marks;

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{StoreError, known};
use crate::identity::{Email, FirmId, PersonId, Task};
use crate::onboarding::hand_over::{End, Moments, Outcome, State, over};
use crate::onboarding::{Onboarding, Stage};

pub use marks::{end, end_all, finish, mark_checked, mark_entered, mark_opened, mark_told};

/// One link that was sent, and what came of it.
#[derive(Clone, Debug)]
pub struct HandOver {
    pub id: Uuid,
    pub firm: FirmId,
    pub onboarding_id: Uuid,
    pub task: Task,
    /// The step from which it was asked.
    pub step: Stage,
    /// Who asked, in words.
    pub asked_by: String,
    /// `None` where support asked in the firm's stead.
    pub asked_by_id: Option<PersonId>,
    /// The colleague.
    pub name: String,
    pub email: Email,
    /// What the admin knew of the company before there were details.
    pub company_id: Option<i64>,
    /// The checks that stood open when it was asked, by their keys.
    pub checks: Vec<String>,
    pub created_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    pub opened_at: Option<DateTime<Utc>>,
    /// When the colleague last had it checked.
    pub checked_at: Option<DateTime<Utc>>,
    /// What the colleague entered last.
    pub credential_id: Option<Uuid>,
    pub entered_at: Option<DateTime<Utc>>,
    pub finished_at: Option<DateTime<Utc>>,
    pub outcome: Option<Outcome>,
    /// Why not, in the colleague's words.
    pub reason: Option<String>,
    pub ended_at: Option<DateTime<Utc>>,
    pub ended_by: Option<End>,
}

impl HandOver {
    /// Where it stands.
    pub fn state(&self, now: DateTime<Utc>) -> State {
        Moments {
            opened_at: self.opened_at,
            expires_at: self.expires_at,
            outcome: self.outcome,
            ended_by: self.ended_by,
        }
        .state(now)
    }

    /// What was asked, for a fresh link.
    pub fn asked(&self) -> Asked {
        Asked {
            task: self.task,
            step: self.step,
            asked_by: self.asked_by.clone(),
            asked_by_id: self.asked_by_id,
            name: self.name.clone(),
            email: self.email.clone(),
            company_id: self.company_id,
            checks: self.checks.clone(),
        }
    }

    /// Where it stands, with an eye to whether the setup still needs it. Time alone ends a link last, so
    /// that nobody is offered a fresh one for what is over.
    pub fn standing(&self, onboarding: &Onboarding, now: DateTime<Utc>) -> State {
        let state = self.state(now);
        match state {
            State::Sent | State::Opened | State::Ended(End::Expired) => {
                over(self.task, self.step, onboarding).map_or(state, State::Ended)
            }
            State::Finished(_) | State::Ended(_) => state,
        }
    }
}

/// What is asked, of whom, by whom: the part that a fresh link takes over from an older one.
#[derive(Clone, Debug)]
pub struct Asked {
    pub task: Task,
    pub step: Stage,
    pub asked_by: String,
    pub asked_by_id: Option<PersonId>,
    pub name: String,
    pub email: Email,
    pub company_id: Option<i64>,
    pub checks: Vec<String>,
}

/// A link that is about to be sent.
#[derive(Clone, Debug)]
pub struct NewHandOver {
    pub id: Uuid,
    pub firm: FirmId,
    pub onboarding_id: Uuid,
    pub asked: Asked,
    pub created_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
}

struct Row {
    firm_id: Uuid,
    hand_over_id: Uuid,
    onboarding_id: Uuid,
    task: String,
    step: String,
    asked_by: String,
    asked_by_id: Option<Uuid>,
    name: String,
    address: String,
    company_id: Option<i64>,
    checks: Vec<String>,
    created_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    opened_at: Option<DateTime<Utc>>,
    checked_at: Option<DateTime<Utc>>,
    credential_id: Option<Uuid>,
    entered_at: Option<DateTime<Utc>>,
    finished_at: Option<DateTime<Utc>>,
    outcome: Option<String>,
    reason: Option<String>,
    ended_at: Option<DateTime<Utc>>,
    ended_by: Option<String>,
}

impl TryFrom<Row> for HandOver {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let outcome = row
            .outcome
            .map(|text| known("outcome of a hand-over", text, Outcome::from_stored));
        let ended_by = row
            .ended_by
            .map(|text| known("end of a hand-over", text, End::from_stored));
        Ok(Self {
            id: row.hand_over_id,
            firm: row.firm_id.into(),
            onboarding_id: row.onboarding_id,
            task: known("task", row.task, Task::from_stored)?,
            step: known("stage", row.step, Stage::from_stored)?,
            asked_by: row.asked_by,
            asked_by_id: row.asked_by_id.map(PersonId),
            name: row.name,
            email: Email::from_stored(row.address),
            company_id: row.company_id,
            checks: row.checks,
            created_at: row.created_at,
            expires_at: row.expires_at,
            opened_at: row.opened_at,
            checked_at: row.checked_at,
            credential_id: row.credential_id,
            entered_at: row.entered_at,
            finished_at: row.finished_at,
            outcome: outcome.transpose()?,
            reason: row.reason,
            ended_at: row.ended_at,
            ended_by: ended_by.transpose()?,
        })
    }
}

/// Adds a hand-over. Every other link for the same task stops working: one that is open, and one
/// that expired and could have been renewed.
pub async fn replace(
    conn: &mut PgConnection,
    new: &NewHandOver,
    token_hash: &[u8],
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        update hand_over
        set ended_at = coalesce(ended_at, $4), ended_by = 'replaced'
        where firm_id = $1 and onboarding_id = $2 and task = $3 and finished_at is null
          and (ended_at is null or ended_by = 'expired')
        "#,
        new.firm.0,
        new.onboarding_id,
        new.asked.task.as_str(),
        new.created_at,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        r#"
        insert into hand_over (firm_id, hand_over_id, onboarding_id, task, step, asked_by,
                               asked_by_id, name, address, token_hash, company_id, checks,
                               created_at, expires_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
        "#,
        new.firm.0,
        new.id,
        new.onboarding_id,
        new.asked.task.as_str(),
        new.asked.step.as_str(),
        new.asked.asked_by,
        new.asked.asked_by_id.map(Uuid::from),
        new.asked.name,
        new.asked.email.as_str(),
        token_hash,
        new.asked.company_id,
        &new.asked.checks,
        new.created_at,
        new.expires_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The hand-over that a token belongs to, good or not.
pub async fn find_by_token(
    conn: &mut PgConnection,
    firm: FirmId,
    token_hash: &[u8],
) -> Result<Option<HandOver>, StoreError> {
    sqlx::query_as!(
        Row,
        r#"
        select firm_id, hand_over_id, onboarding_id, task, step, asked_by, asked_by_id, name,
               address, company_id, checks, created_at, expires_at, opened_at, checked_at,
               credential_id, entered_at, finished_at, outcome, reason, ended_at, ended_by
        from hand_over
        where firm_id = $1 and token_hash = $2
        "#,
        firm.0,
        token_hash,
    )
    .fetch_optional(conn)
    .await?
    .map(HandOver::try_from)
    .transpose()
}

/// One hand-over of a firm.
pub async fn find(
    conn: &mut PgConnection,
    firm: FirmId,
    id: Uuid,
) -> Result<Option<HandOver>, StoreError> {
    sqlx::query_as!(
        Row,
        r#"
        select firm_id, hand_over_id, onboarding_id, task, step, asked_by, asked_by_id, name,
               address, company_id, checks, created_at, expires_at, opened_at, checked_at,
               credential_id, entered_at, finished_at, outcome, reason, ended_at, ended_by
        from hand_over
        where firm_id = $1 and hand_over_id = $2
        "#,
        firm.0,
        id,
    )
    .fetch_optional(conn)
    .await?
    .map(HandOver::try_from)
    .transpose()
}

/// Every hand-over of an onboarding, open and past, the newest first.
pub async fn list_for_onboarding(
    conn: &mut PgConnection,
    firm: FirmId,
    onboarding_id: Uuid,
) -> Result<Vec<HandOver>, StoreError> {
    sqlx::query_as!(
        Row,
        r#"
        select firm_id, hand_over_id, onboarding_id, task, step, asked_by, asked_by_id, name,
               address, company_id, checks, created_at, expires_at, opened_at, checked_at,
               credential_id, entered_at, finished_at, outcome, reason, ended_at, ended_by
        from hand_over
        where firm_id = $1 and onboarding_id = $2
        order by hand_over_id desc
        "#,
        firm.0,
        onboarding_id,
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(HandOver::try_from)
    .collect()
}

/// The open ones of an onboarding.
pub async fn list_open(
    conn: &mut PgConnection,
    firm: FirmId,
    onboarding_id: Uuid,
) -> Result<Vec<HandOver>, StoreError> {
    sqlx::query_as!(
        Row,
        r#"
        select firm_id, hand_over_id, onboarding_id, task, step, asked_by, asked_by_id, name,
               address, company_id, checks, created_at, expires_at, opened_at, checked_at,
               credential_id, entered_at, finished_at, outcome, reason, ended_at, ended_by
        from hand_over
        where firm_id = $1 and onboarding_id = $2 and finished_at is null and ended_at is null
        order by hand_over_id
        "#,
        firm.0,
        onboarding_id,
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(HandOver::try_from)
    .collect()
}

/// Open hand-overs whose colleague had something checked before `since`, and not again, of which nobody
/// was told since: firm and id.
pub async fn list_quiet(
    conn: &mut PgConnection,
    since: DateTime<Utc>,
    at_most: i64,
) -> Result<Vec<(FirmId, Uuid)>, StoreError> {
    let rows = sqlx::query!(
        r#"
        select firm_id, hand_over_id
        from hand_over
        where finished_at is null and ended_at is null
          and greatest(checked_at, entered_at) <= $1
          and (told_at is null or told_at <= greatest(checked_at, entered_at))
        order by expires_at
        limit $2
        "#,
        since,
        at_most,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.firm_id.into(), row.hand_over_id))
        .collect())
}

/// Open hand-overs whose time is over by `now`: firm and id.
pub async fn list_expired(
    conn: &mut PgConnection,
    now: DateTime<Utc>,
    at_most: i64,
) -> Result<Vec<(FirmId, Uuid)>, StoreError> {
    let rows = sqlx::query!(
        r#"
        select firm_id, hand_over_id
        from hand_over
        where finished_at is null and ended_at is null and expires_at <= $1
        order by expires_at
        limit $2
        "#,
        now,
        at_most,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.firm_id.into(), row.hand_over_id))
        .collect())
}
