//! Counts for operators, read on each scrape of the metrics.

use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::StoreError;

/// The pending work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct QueueState {
    /// Work that is due or running.
    pub jobs: u64,
    /// How long the oldest due work has waited.
    pub oldest: Duration,
}

/// The pending work at `now`, without periodic work.
pub(crate) async fn queue(
    conn: &mut PgConnection,
    now: DateTime<Utc>,
) -> Result<QueueState, StoreError> {
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

/// How many open onboardings that wait for a person have made no progress since `before`.
pub(crate) async fn stalled(
    conn: &mut PgConnection,
    before: DateTime<Utc>,
) -> Result<u64, StoreError> {
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
