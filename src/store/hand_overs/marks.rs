//! Writes how far a hand-over is, and how it ended.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::super::StoreError;
use crate::identity::{CredentialId, FirmId, HandOverId, OnboardingId, PersonId, Task};
use crate::onboarding::Onboarding;
use crate::onboarding::hand_over::{End, HandOverOutcome, over};

/// Records that the link was opened; returns `false` if it was before.
pub async fn mark_opened(
    conn: &mut PgConnection,
    firm: FirmId,
    id: HandOverId,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let written = sqlx::query!(
        r#"
        update hand_over set opened_at = $3
        where firm_id = $1 and hand_over_id = $2 and opened_at is null
          and finished_at is null and ended_at is null
        "#,
        firm.0,
        id.0,
        now,
    )
    .execute(conn)
    .await?
    .rows_affected();
    Ok(written == 1)
}

/// A hand-over that ended with the access of the person who asked.
pub(crate) struct EndedWithAsker {
    pub id: HandOverId,
    pub onboarding: OnboardingId,
    pub name: String,
    pub task: Task,
}

/// Revokes every link that a person sent for a firm, also one that expired and could be renewed.
pub(crate) async fn end_sent_by(
    conn: &mut PgConnection,
    firm: FirmId,
    person: PersonId,
    now: DateTime<Utc>,
) -> Result<Vec<EndedWithAsker>, StoreError> {
    let ended = sqlx::query_as!(
        EndedWithAsker,
        r#"
        update hand_over
        set ended_at = coalesce(ended_at, $3), ended_by = 'revoked'
        where firm_id = $1 and asked_by_id = $2 and finished_at is null
          and (ended_at is null or ended_by = 'expired')
        returning hand_over_id as id, onboarding_id as onboarding, name, task as "task: Task"
        "#,
        firm.0,
        person.0,
        now,
    );
    Ok(ended.fetch_all(conn).await?)
}

/// Records that the colleague started the checks.
pub async fn mark_checked(
    conn: &mut PgConnection,
    firm: FirmId,
    id: HandOverId,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update hand_over set checked_at = $3 where firm_id = $1 and hand_over_id = $2",
        firm.0,
        id.0,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Records what the colleague entered.
pub async fn mark_entered(
    conn: &mut PgConnection,
    firm: FirmId,
    id: HandOverId,
    credential_id: CredentialId,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        update hand_over set credential_id = $3, entered_at = $4
        where firm_id = $1 and hand_over_id = $2
        "#,
        firm.0,
        id.0,
        credential_id.0,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Records that the person who asked was told how the checks went; returns `false` if they knew.
pub async fn mark_told(
    conn: &mut PgConnection,
    firm: FirmId,
    id: HandOverId,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let written = sqlx::query!(
        r#"
        update hand_over set told_at = $3
        where firm_id = $1 and hand_over_id = $2 and finished_at is null and ended_at is null
          and (told_at is null or told_at <= greatest(checked_at, entered_at))
        "#,
        firm.0,
        id.0,
        now,
    )
    .execute(conn)
    .await?
    .rows_affected();
    Ok(written == 1)
}

/// Writes the colleague's answer; returns `false` if the link no longer works.
pub async fn finish(
    conn: &mut PgConnection,
    firm: FirmId,
    id: HandOverId,
    outcome: HandOverOutcome,
    reason: Option<&str>,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let written = sqlx::query!(
        r#"
        update hand_over set finished_at = $5, outcome = $3, reason = $4
        where firm_id = $1 and hand_over_id = $2 and finished_at is null and ended_at is null
          and expires_at > $5
        "#,
        firm.0,
        id.0,
        outcome.as_str(),
        reason,
        now,
    )
    .execute(conn)
    .await?
    .rows_affected();
    Ok(written == 1)
}

/// Ends a hand-over that the colleague has not answered; returns `false` if it had ended. One that
/// expired and was not renewed can still be revoked.
pub async fn end(
    conn: &mut PgConnection,
    firm: FirmId,
    id: HandOverId,
    end: End,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let written = sqlx::query!(
        r#"
        update hand_over set ended_at = $4, ended_by = $3
        where firm_id = $1 and hand_over_id = $2 and finished_at is null
          and (ended_at is null or (ended_by = 'expired' and $3 <> 'expired'))
        "#,
        firm.0,
        id.0,
        end.as_str(),
        now,
    )
    .execute(conn)
    .await?
    .rows_affected();
    Ok(written == 1)
}

/// Ends the tasks that the setup has gone past, and returns whether there were any. A colleague who
/// did what was asked is done, also without having said so.
pub async fn end_over(
    conn: &mut PgConnection,
    onboarding: &Onboarding,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let firm = onboarding.firm_id;
    let mut any = false;
    for open in super::list_open(conn, firm, onboarding.id).await? {
        let Some(by) = over(open.task, open.step, onboarding) else {
            continue;
        };
        any = true;
        let did_it = match open.task {
            Task::EnterCredentials => open.credential_id.is_some(),
            Task::FixPermissions => open.checked_at.is_some(),
        };
        let is_done = did_it && by == End::Overtaken;
        if is_done && finish(conn, firm, open.id, HandOverOutcome::Done, None, now).await? {
            continue;
        }
        end(conn, firm, open.id, by, now).await?;
    }
    Ok(any)
}

/// Ends every open hand-over of an onboarding except one, if given.
pub async fn end_all(
    conn: &mut PgConnection,
    firm: FirmId,
    onboarding_id: OnboardingId,
    except: Option<HandOverId>,
    end: End,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        update hand_over set ended_at = $5, ended_by = $4
        where firm_id = $1 and onboarding_id = $2 and hand_over_id is distinct from $3
          and finished_at is null and ended_at is null
        "#,
        firm.0,
        onboarding_id.0,
        except.map(|it| it.0),
        end.as_str(),
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}
