//! The table `heartbeat`: when this installation last worked.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::StoreError;

/// Notes that it works, and returns when it was last noted.
pub(crate) async fn beat(
    conn: &mut PgConnection,
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"
        with last as (
            delete from heartbeat returning at
        ), noted as (
            insert into heartbeat (at) values ($1)
        )
        select max(at) from last
        "#,
        now,
    )
    .fetch_one(conn)
    .await?)
}
