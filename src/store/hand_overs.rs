//! The table `hand_over`: tasks handed over to colleagues without an account.

mod marks;

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::StoreError;
use crate::identity::{CredentialId, Email, FirmId, HandOverId, OnboardingId, PersonId, Task};
use crate::onboarding::hand_over::{End, HandOverOutcome, HandOverState, Moments, over};
use crate::onboarding::{Onboarding, Stage};

pub(crate) use marks::end_sent_by;
pub use marks::{
    end, end_all, end_over, finish, mark_checked, mark_entered, mark_opened, mark_told,
};

/// A task that was handed over by a link, and how far it is.
#[derive(Clone, Debug)]
pub struct HandOver {
    pub id: HandOverId,
    pub firm: FirmId,
    pub onboarding_id: OnboardingId,
    pub task: Task,
    /// The step at which it was handed over.
    pub step: Stage,
    /// Name of the person who asked.
    pub asked_by: String,
    /// `None` if support asked for the firm.
    pub asked_by_id: Option<PersonId>,
    /// The colleague.
    pub name: String,
    pub email: Email,
    /// The company, if the admin knew it before the details were entered.
    pub company_id: Option<i64>,
    /// What the person who asked says in their own words.
    pub message: Option<String>,
    /// Keys of the checks that had not passed when it was handed over.
    pub checks: Vec<String>,
    pub created_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    pub opened_at: Option<DateTime<Utc>>,
    /// When the colleague last started the checks.
    pub checked_at: Option<DateTime<Utc>>,
    /// The credential that the colleague entered last.
    pub credential_id: Option<CredentialId>,
    pub entered_at: Option<DateTime<Utc>>,
    pub finished_at: Option<DateTime<Utc>>,
    pub outcome: Option<HandOverOutcome>,
    /// Why it cannot be done, in the colleague's words.
    pub reason: Option<String>,
    pub ended_at: Option<DateTime<Utc>>,
    pub ended_by: Option<End>,
}

impl HandOver {
    /// How far it is, going by its own row.
    pub fn state(&self, now: DateTime<Utc>) -> HandOverState {
        Moments {
            opened_at: self.opened_at,
            expires_at: self.expires_at,
            outcome: self.outcome,
            ended_by: self.ended_by,
        }
        .state(now)
    }

    /// What was asked, for a new link.
    pub fn asked(&self) -> Asked {
        Asked {
            task: self.task,
            step: self.step,
            asked_by: self.asked_by.clone(),
            asked_by_id: self.asked_by_id,
            name: self.name.clone(),
            email: self.email.clone(),
            company_id: self.company_id,
            message: self.message.clone(),
            checks: self.checks.clone(),
        }
    }

    /// How far it is, and whether the setup still needs it. A task that is no longer needed counts
    /// as such even if its link expired, so that nobody is offered a new link for it.
    pub fn standing(&self, onboarding: &Onboarding, now: DateTime<Utc>) -> HandOverState {
        let state = self.state(now);
        match state {
            HandOverState::Sent | HandOverState::Opened | HandOverState::Ended(End::Expired) => {
                over(self.task, self.step, onboarding).map_or(state, HandOverState::Ended)
            }
            HandOverState::Finished(_) | HandOverState::Ended(_) => state,
        }
    }
}

/// What is asked, of whom and by whom: what a new link takes over from an older one.
#[derive(Clone, Debug)]
pub struct Asked {
    pub task: Task,
    pub step: Stage,
    pub asked_by: String,
    pub asked_by_id: Option<PersonId>,
    pub name: String,
    pub email: Email,
    pub company_id: Option<i64>,
    pub message: Option<String>,
    pub checks: Vec<String>,
}

/// A hand-over to be created.
#[derive(Clone, Debug)]
pub struct NewHandOver {
    pub id: HandOverId,
    pub firm: FirmId,
    pub onboarding_id: OnboardingId,
    pub asked: Asked,
    pub created_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
}

/// Selects hand-overs; `$rest` is what follows the table.
macro_rules! select_hand_overs {
    ($rest:literal $(, $argument:expr)*) => {
        sqlx::query_as!(
            HandOver,
            r#"
            select hand_over_id as id, firm_id as firm, onboarding_id, task as "task: Task",
                   step as "step: Stage", asked_by, asked_by_id as "asked_by_id: PersonId", name,
                   address as "email: Email", company_id, message, checks, created_at, expires_at,
                   opened_at, checked_at, credential_id as "credential_id: CredentialId",
                   entered_at, finished_at, outcome as "outcome: HandOverOutcome", reason, ended_at,
                   ended_by as "ended_by: End"
            from hand_over
            "# + $rest,
            $($argument),*
        )
    };
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
        new.onboarding_id.0,
        new.asked.task.as_str(),
        new.created_at,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        r#"
        insert into hand_over (firm_id, hand_over_id, onboarding_id, task, step, asked_by,
                               asked_by_id, name, address, token_hash, company_id, checks,
                               created_at, expires_at, message)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
        "#,
        new.firm.0,
        new.id.0,
        new.onboarding_id.0,
        new.asked.task.as_str(),
        new.asked.step.as_str(),
        new.asked.asked_by,
        new.asked.asked_by_id.map(|it| it.0),
        new.asked.name,
        new.asked.email.as_str(),
        token_hash,
        new.asked.company_id,
        &new.asked.checks,
        new.created_at,
        new.expires_at,
        new.asked.message,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The hand-over that a token belongs to, whether or not it is open.
pub(crate) async fn find_by_token(
    conn: &mut PgConnection,
    firm: FirmId,
    token_hash: &[u8],
) -> Result<Option<HandOver>, StoreError> {
    let found = select_hand_overs!(
        "where firm_id = $1 and (token_hash = $2 or hand_over_id = (
            select hand_over_id from hand_over_link where firm_id = $1 and token_hash = $2
        ))",
        firm.0,
        token_hash
    );
    Ok(found.fetch_optional(conn).await?)
}

/// Adds a further link to a task; those before stay good, and all of them live until `expires_at`.
pub(crate) async fn add_link(
    conn: &mut PgConnection,
    hand_over: &HandOver,
    token_hash: &[u8],
    now: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        insert into hand_over_link (firm_id, token_hash, hand_over_id, created_at)
        values ($1, $2, $3, $4)
        "#,
        hand_over.firm.0,
        token_hash,
        hand_over.id.0,
        now,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "update hand_over set expires_at = $3 where firm_id = $1 and hand_over_id = $2",
        hand_over.firm.0,
        hand_over.id.0,
        expires_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// One hand-over of a firm.
pub async fn find(
    conn: &mut PgConnection,
    firm: FirmId,
    id: HandOverId,
) -> Result<Option<HandOver>, StoreError> {
    let found = select_hand_overs!("where firm_id = $1 and hand_over_id = $2", firm.0, id.0);
    Ok(found.fetch_optional(conn).await?)
}

/// Every hand-over of an onboarding, open or not, newest first.
pub async fn list_for_onboarding(
    conn: &mut PgConnection,
    firm: FirmId,
    onboarding_id: OnboardingId,
) -> Result<Vec<HandOver>, StoreError> {
    let found = select_hand_overs!(
        "where firm_id = $1 and onboarding_id = $2 order by hand_over_id desc",
        firm.0,
        onboarding_id.0
    );
    Ok(found.fetch_all(conn).await?)
}

/// The open hand-overs of an onboarding, oldest first.
pub(crate) async fn list_open(
    conn: &mut PgConnection,
    firm: FirmId,
    onboarding_id: OnboardingId,
) -> Result<Vec<HandOver>, StoreError> {
    let found = select_hand_overs!(
        "where firm_id = $1 and onboarding_id = $2 and finished_at is null and ended_at is null
        order by hand_over_id",
        firm.0,
        onboarding_id.0
    );
    Ok(found.fetch_all(conn).await?)
}

/// Open hand-overs whose colleague last did something at or before `since`, and of which the person
/// who asked was not told after that.
pub(crate) async fn list_quiet(
    conn: &mut PgConnection,
    since: DateTime<Utc>,
    at_most: i64,
) -> Result<Vec<(FirmId, HandOverId)>, StoreError> {
    let rows = sqlx::query!(
        r#"
        select firm_id as "firm: FirmId", hand_over_id as "id: HandOverId"
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
    Ok(rows.into_iter().map(|row| (row.firm, row.id)).collect())
}

/// Open hand-overs that have expired by `now`.
pub(crate) async fn list_expired(
    conn: &mut PgConnection,
    now: DateTime<Utc>,
    at_most: i64,
) -> Result<Vec<(FirmId, HandOverId)>, StoreError> {
    let rows = sqlx::query!(
        r#"
        select firm_id as "firm: FirmId", hand_over_id as "id: HandOverId"
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
    Ok(rows.into_iter().map(|row| (row.firm, row.id)).collect())
}
