//! The table `outage`: when Procore did not answer in an environment.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::StoreError;

/// An outage that has not ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Outage {
    pub environment: String,
    pub since: DateTime<Utc>,
}

/// Notes that Procore does not answer in an environment.
pub(crate) async fn note(
    conn: &mut PgConnection,
    environment: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        insert into outage (environment, since, seen_at) values ($1, $2, $2)
        on conflict (environment) where ended_at is null do update
        set seen_at = greatest(outage.seen_at, excluded.seen_at)
        "#,
        environment,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes that Procore answered there.
pub(crate) async fn end(
    conn: &mut PgConnection,
    environment: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        update outage set ended_at = $2
        where environment = $1 and ended_at is null and seen_at < $2
        "#,
        environment,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// When the last outage of an environment ended.
pub(crate) async fn last_end(
    conn: &mut PgConnection,
    environment: &str,
) -> Result<Option<DateTime<Utc>>, StoreError> {
    let ended = sqlx::query_scalar!(
        "select max(ended_at) from outage where environment = $1",
        environment,
    );
    Ok(ended.fetch_one(conn).await?)
}

/// The outages that last.
pub(crate) async fn list_open(conn: &mut PgConnection) -> Result<Vec<Outage>, StoreError> {
    let open = sqlx::query_as!(
        Outage,
        r#"
        select environment, since from outage
        where ended_at is null
        order by since
        "#,
    );
    Ok(open.fetch_all(conn).await?)
}
