//! Counts for operators, read when metrics are fetched.

use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::StoreError;

/// What lies in the job queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueueState {
    /// Jobs that wait or run.
    pub jobs: u64,
    /// How long the oldest job that could run has waited, by the database's clock, as the queue's
    /// times are.
    pub oldest: Duration,
}

pub async fn queue(conn: &mut PgConnection) -> Result<QueueState, StoreError> {
    // The queue's schema is its library's, so no macro can know it. Jobs that have used up their
    // attempts lie there until somebody looks; they neither wait nor run.
    let (jobs, oldest): (i64, Option<f64>) = sqlx::query_as(
        "select count(*), extract(epoch from now() - min(run_at)
             filter (where locked_at is null and run_at <= now()))::float8
         from graphile_worker.jobs
         where attempts < max_attempts",
    )
    .fetch_one(conn)
    .await?;
    Ok(QueueState {
        jobs: jobs.unsigned_abs(),
        oldest: Duration::try_from_secs_f64(oldest.unwrap_or_default()).unwrap_or_default(),
    })
}

/// How many open onboardings that wait for somebody have not moved since `before`.
pub async fn stalled(conn: &mut PgConnection, before: DateTime<Utc>) -> Result<u64, StoreError> {
    let count = sqlx::query_scalar!(
        r#"
        select count(*) as "count!"
        from attention join onboarding using (firm_id, onboarding_id)
        where archived_at is null and waiting_on <> 'nobody' and progress_at <= $1
        "#,
        before,
    )
    .fetch_one(conn)
    .await?;
    Ok(count.unsigned_abs())
}
