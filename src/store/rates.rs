//! The table `rate_window`: the remaining calls per environment, app and company.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::PgConnection;

use super::StoreError;
use crate::identity::{ConnectionId, FirmId};

/// The scope of Procore's limits.
#[derive(Debug, Clone, Copy)]
pub struct Key<'a> {
    pub environment: &'a str,
    pub client_id: &'a str,
    pub company_id: i64,
}

/// A stored budget, with the version a write must name.
#[derive(Debug, Clone)]
pub struct Stored {
    pub budget: Value,
    pub version: i64,
}

pub async fn find(conn: &mut PgConnection, key: Key<'_>) -> Result<Option<Stored>, StoreError> {
    let row = sqlx::query_as!(
        Stored,
        r#"
        select budget, version from rate_window
        where environment = $1 and client_id = $2 and company_id = $3
        "#,
        key.environment,
        key.client_id,
        key.company_id,
    );
    Ok(row.fetch_optional(conn).await?)
}

/// Inserts the first budget of a key, refusing if there is one already.
pub async fn insert(
    conn: &mut PgConnection,
    key: Key<'_>,
    budget: &Value,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let written = sqlx::query!(
        r#"
        insert into rate_window (environment, client_id, company_id, budget, updated_at)
        values ($1, $2, $3, $4, $5)
        on conflict do nothing
        "#,
        key.environment,
        key.client_id,
        key.company_id,
        budget,
        now,
    )
    .execute(conn)
    .await?;
    changed(written.rows_affected())
}

/// Saves a budget, refusing if its version changed since it was read.
pub async fn update(
    conn: &mut PgConnection,
    key: Key<'_>,
    stored: &Stored,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let written = sqlx::query!(
        r#"
        update rate_window set budget = $5, version = version + 1, updated_at = $6
        where environment = $1 and client_id = $2 and company_id = $3 and version = $4
        "#,
        key.environment,
        key.client_id,
        key.company_id,
        stored.version,
        stored.budget,
        now,
    )
    .execute(conn)
    .await?;
    changed(written.rows_affected())
}

/// Forgets every wait for the company of a connection: what Procore asked for, and what our own
/// count holds back. The limit of an hour is forgotten with it: it may be what was wrong.
pub(crate) async fn lift(
    conn: &mut PgConnection,
    firm: FirmId,
    connection: ConnectionId,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        update rate_window as budget
        set budget = budget.budget - array['blocked_until', 'spike', 'hour', 'hourly_limit'],
            version = budget.version + 1
        from connection join credential using (firm_id, connection_id)
        where connection.firm_id = $1 and connection.connection_id = $2
          and credential.state = 'current'
          and budget.environment = connection.environment
          and budget.client_id = credential.client_id
          and budget.company_id = connection.company_id
        "#,
        firm.0,
        connection.0,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Deletes budgets not updated since `before`.
pub(crate) async fn delete_older(
    conn: &mut PgConnection,
    before: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!("delete from rate_window where updated_at < $1", before)
        .execute(conn)
        .await?;
    Ok(())
}

fn changed(rows: u64) -> Result<(), StoreError> {
    match rows {
        1 => Ok(()),
        _ => Err(StoreError::Stale),
    }
}
