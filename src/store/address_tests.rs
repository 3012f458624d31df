//! The table `address_test`: endpoints that live as long as a test of our public address.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::StoreError;
use crate::identity::{ConnectionId, FirmId};

/// Opens the endpoint of a test, in place of one that was not ended.
pub(crate) async fn open(
    conn: &mut PgConnection,
    (firm_id, connection_id): (FirmId, ConnectionId),
    endpoint_hash: &[u8],
    secret_hash: &[u8],
    expires_at: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        insert into address_test (firm_id, connection_id, endpoint_hash, secret_hash, expires_at)
        values ($1, $2, $3, $4, $5)
        on conflict (firm_id, connection_id) do update
        set endpoint_hash = excluded.endpoint_hash, secret_hash = excluded.secret_hash,
            expires_at = excluded.expires_at, arrived_at = null
        "#,
        firm_id.0,
        connection_id.0,
        endpoint_hash,
        secret_hash,
        expires_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The hash of what opens the endpoint of a test, by the address' hash.
pub(crate) async fn find_secret(
    conn: &mut PgConnection,
    firm_id: FirmId,
    endpoint_hash: &[u8],
    now: DateTime<Utc>,
) -> Result<Option<Vec<u8>>, StoreError> {
    let secret = sqlx::query_scalar!(
        r#"
        select secret_hash from address_test
        where firm_id = $1 and endpoint_hash = $2 and expires_at > $3
        "#,
        firm_id.0,
        endpoint_hash,
        now,
    );
    Ok(secret.fetch_optional(conn).await?)
}

/// Notes that the event of a test arrived.
pub(crate) async fn mark_arrived(
    conn: &mut PgConnection,
    firm_id: FirmId,
    endpoint_hash: &[u8],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update address_test set arrived_at = $3 where firm_id = $1 and endpoint_hash = $2",
        firm_id.0,
        endpoint_hash,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Ends the test of a connection; returns whether its event arrived.
pub(crate) async fn end(
    conn: &mut PgConnection,
    (firm_id, connection_id): (FirmId, ConnectionId),
) -> Result<bool, StoreError> {
    let arrived = sqlx::query_scalar!(
        r#"
        delete from address_test where firm_id = $1 and connection_id = $2
        returning arrived_at is not null as "arrived!"
        "#,
        firm_id.0,
        connection_id.0,
    );
    Ok(arrived.fetch_optional(conn).await?.unwrap_or(false))
}

/// Deletes what a killed test left.
pub(crate) async fn purge(conn: &mut PgConnection, now: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query!("delete from address_test where expires_at < $1", now)
        .execute(conn)
        .await?;
    Ok(())
}
