//! The table `throttle`: how often something was tried.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::StoreError;
use crate::identity::Throttle;

/// Counts an attempt before it is made, so that concurrent ones are counted too.
///
/// Returns the time to wait until instead, if it comes too early; such an attempt does not
/// count. `subject` is a hash of whom or what is tried. Without a wait, `blocked_until` lies far
/// back: attempts at once may come here in another order than they read the clock.
pub(crate) async fn attempt(
    conn: &mut PgConnection,
    throttle: &Throttle,
    subject: &[u8],
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, StoreError> {
    let attempts = sqlx::query_scalar!(
        r#"
        insert into throttle (kind, subject, attempts, last_at, blocked_until)
        values ($1, $2, 1, $3, 'epoch')
        on conflict (kind, subject) do update
        set attempts = case when throttle.last_at < $4 then 1 else throttle.attempts + 1 end,
            last_at = $3
        where throttle.blocked_until <= $3
        returning attempts
        "#,
        throttle.kind,
        subject,
        now,
        now - throttle.forgets_after,
    )
    .fetch_optional(&mut *conn)
    .await?;
    let Some(attempts) = attempts else {
        let blocked_until = sqlx::query_scalar!(
            "select blocked_until from throttle where kind = $1 and subject = $2",
            throttle.kind,
            subject,
        )
        .fetch_optional(conn)
        .await?;
        return Ok(blocked_until);
    };
    let wait = throttle.wait_after(attempts);
    if !wait.is_zero() {
        sqlx::query!(
            r#"
            update throttle
            set blocked_until = greatest(blocked_until, $3)
            where kind = $1 and subject = $2
            "#,
            throttle.kind,
            subject,
            now + wait,
        )
        .execute(conn)
        .await?;
    }
    Ok(None)
}

/// Resets the attempts after a successful one.
pub(crate) async fn forgive(
    conn: &mut PgConnection,
    throttle: &Throttle,
    subject: &[u8],
) -> Result<(), StoreError> {
    sqlx::query!(
        "delete from throttle where kind = $1 and subject = $2",
        throttle.kind,
        subject,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Uncounts a successful attempt, and ends the wait it began.
pub(crate) async fn take_back(
    conn: &mut PgConnection,
    throttle: &Throttle,
    subject: &[u8],
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        update throttle
        set attempts = greatest(attempts - 1, 0), blocked_until = 'epoch'
        where kind = $1 and subject = $2
        "#,
        throttle.kind,
        subject,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Deletes counts not updated since `before`.
pub(crate) async fn purge(
    conn: &mut PgConnection,
    before: DateTime<Utc>,
) -> Result<u64, StoreError> {
    let removed = sqlx::query!("delete from throttle where last_at < $1", before)
        .execute(conn)
        .await?
        .rows_affected();
    Ok(removed)
}
