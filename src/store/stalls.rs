//! The watch over idle onboardings: what it looks at in the table `attention`, and what it keeps.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::StoreError;

/// What the watch looks at in one line.
#[derive(Debug, Clone)]
pub struct Line {
    pub since: DateTime<Utc>,
    pub progress_at: DateTime<Utc>,
    pub handed_over_at: Option<DateTime<Utc>>,
    pub snoozed_until: Option<DateTime<Utc>>,
    pub reminded_at: Option<DateTime<Utc>>,
    pub reminders_stopped_at: Option<DateTime<Utc>>,
    pub stalled_at: Option<DateTime<Utc>>,
    pub escalated_at: Option<DateTime<Utc>>,
}

/// What a look came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    pub stalled: bool,
    pub reminded: bool,
    /// By when support is to have seen to it, if it became their turn.
    pub due_at: Option<DateTime<Utc>>,
    pub look_at: Option<DateTime<Utc>>,
}

/// Firm and id of the onboarding that has waited longest to be looked at, held for this worker
/// until the transaction ends; one that another worker has in hand is passed over.
pub async fn claim(
    conn: &mut PgConnection,
    now: DateTime<Utc>,
) -> Result<Option<(Uuid, Uuid)>, StoreError> {
    let claimed = sqlx::query!(
        r#"
        select firm_id, onboarding_id
        from attention
        where look_at <= $1
        order by look_at
        limit 1
        for update skip locked
        "#,
        now,
    );
    let claimed = claimed.fetch_optional(conn).await?;
    Ok(claimed.map(|row| (row.firm_id, row.onboarding_id)))
}

/// The line of an onboarding.
pub async fn find(
    conn: &mut PgConnection,
    firm_id: Uuid,
    onboarding_id: Uuid,
    now: DateTime<Utc>,
) -> Result<Option<Line>, StoreError> {
    let line = sqlx::query_as!(
        Line,
        r#"
        select a.since, a.progress_at, a.snoozed_until, a.reminded_at, a.reminders_stopped_at,
               a.stalled_at, a.escalated_at,
               (
                   select max(h.created_at) from hand_over h
                   where h.firm_id = a.firm_id and h.onboarding_id = a.onboarding_id
                     and h.finished_at is null and h.ended_at is null and h.expires_at > $3
               ) as handed_over_at
        from attention a
        where a.firm_id = $1 and a.onboarding_id = $2
        "#,
        firm_id,
        onboarding_id,
        now,
    );
    Ok(line.fetch_optional(conn).await?)
}

/// Keeps what a look came to. A due time that somebody set stays.
pub async fn settle(
    conn: &mut PgConnection,
    (firm_id, onboarding_id): (Uuid, Uuid),
    seen: Seen,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        update attention
        set look_at = $3,
            stalled_at = case when $4 then coalesce(stalled_at, $7) end,
            reminded_at = case when $5 then $7 else reminded_at end,
            contacted_at = case when $5 then $7 else contacted_at end,
            reminders = reminders + case when $5 then 1 else 0 end,
            escalated_at = case when $6::timestamptz is null then escalated_at else $7 end,
            waiting_on = case when $6 is null then waiting_on else 'us' end,
            due_at = coalesce(due_at, $6)
        where firm_id = $1 and onboarding_id = $2
        "#,
        firm_id,
        onboarding_id,
        seen.look_at,
        seen.stalled,
        seen.reminded,
        seen.due_at,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Whether Procore does not answer in an environment, as far as anything of ours waits for it
/// there.
pub async fn procore_is_down(
    conn: &mut PgConnection,
    environment: &str,
) -> Result<bool, StoreError> {
    let down = sqlx::query_scalar!(
        r#"
        select exists (
            select from check_run
            join connection using (firm_id, connection_id)
            where check_run.retry_at is not null and check_run.code = 'PC-UNREACHABLE'
              and connection.environment = $1
        ) or exists (
            select from run
            join connection using (firm_id, connection_id)
            where run.state = 'waiting' and run.code = 'PC-UNREACHABLE'
              and connection.environment = $1
        ) as "down!"
        "#,
        environment,
    );
    Ok(down.fetch_one(conn).await?)
}
