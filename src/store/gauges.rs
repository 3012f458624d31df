//! Counts for operators, read when metrics are fetched.

use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::StoreError;

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueueState {
    /// Work that is due or being done.
    pub jobs: u64,
    /// How long the oldest work that could be done has waited.
    pub oldest: Duration,
}

/// What is to be done at `now`, periodic work aside.
pub async fn queue(conn: &mut PgConnection, now: DateTime<Utc>) -> Result<QueueState, StoreError> {
    let row = sqlx::query!(
        r#"
        select count(*) as "jobs!", min(due_at) filter (where lease_until is null) as oldest
        from work
        where (lease_until is not null or due_at <= $1) and key <> $2
        "#,
        now,
        Uuid::nil(),
    )
    .fetch_one(conn)
    .await?;
    let waited = row.oldest.map(|oldest| now - oldest);
    Ok(QueueState {
        jobs: row.jobs.unsigned_abs(),
        oldest: waited.and_then(|it| it.to_std().ok()).unwrap_or_default(),
    })
}

/// How many open onboardings that wait for somebody have not moved since `before`.
pub async fn stalled(conn: &mut PgConnection, before: DateTime<Utc>) -> Result<u64, StoreError> {
    let count = sqlx::query_scalar!(
        r#"
        select count(*) as "count!"
        from queue_line join onboarding using (firm_id, onboarding_id)
        where archived_at is null and waiting_on <> 'nobody' and progress_at <= $1
        "#,
        before,
    )
    .fetch_one(conn)
    .await?;
    Ok(count.unsigned_abs())
}
