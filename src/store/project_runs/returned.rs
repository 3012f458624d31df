//! Integrated projects that have to catch up: they could not be read, or their changes were not announced.

use sqlx::PgConnection;

use crate::connection::Settings;
use crate::identity::{ConnectionId, FirmId};
use crate::store::StoreError;

/// A project that can be read again.
#[derive(Debug)]
pub(crate) struct Returned {
    pub project_id: i64,
    pub settings: Settings,
    /// Whether it could not be read meanwhile.
    pub was_away: bool,
}

/// Up to `at_most` integrated projects that can be read again and have to catch up, as their last look found.
pub(crate) async fn list_returned(
    conn: &mut PgConnection,
    (firm, connection): (FirmId, ConnectionId),
    at_most: i64,
) -> Result<Vec<Returned>, StoreError> {
    Ok(sqlx::query_as!(
        Returned,
        r#"
        select project_id, settings as "settings!: Settings", was_away
        from project p
        where firm_id = $1 and connection_id = $2
          -- What a run may have read before is read again after it.
          and (was_away or catches_up and not exists (
              select from run r
              where r.firm_id = $1 and r.connection_id = $2 and r.project_id = p.project_id
                and r.kind = 'project' and r.state not in ('done', 'abandoned')
          ))
          and state in ('integrating', 'integrated') and hidden_at is null and is_active
          and away_as is null and tools is not null
        order by project_id desc
        limit $3
        "#,
        firm.0,
        connection.0,
        at_most,
    )
    .fetch_all(conn)
    .await?)
}

/// Notes that a project goes on, or with a run of its own reads everything again.
pub(crate) async fn note_returned(
    conn: &mut PgConnection,
    (firm, connection): (FirmId, ConnectionId),
    project: i64,
    reads_again: bool,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        update project set was_away = false, catches_up = catches_up and not $4
        where firm_id = $1 and connection_id = $2 and project_id = $3 and (was_away or catches_up)
        "#,
        firm.0,
        connection.0,
        project,
        reads_again,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Has every integrated project catch up with everything.
pub(crate) async fn catch_up_all(
    conn: &mut PgConnection,
    (firm, connection): (FirmId, ConnectionId),
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        update project set catches_up = true
        where firm_id = $1 and connection_id = $2 and state in ('integrating', 'integrated')
        "#,
        firm.0,
        connection.0,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Has a project catch up with everything.
pub(crate) async fn catch_up_one(
    conn: &mut PgConnection,
    (firm, connection): (FirmId, ConnectionId),
    project: i64,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        update project set catches_up = true
        where firm_id = $1 and connection_id = $2 and project_id = $3 and state = 'integrated'
        "#,
        firm.0,
        connection.0,
        project,
    )
    .execute(conn)
    .await?;
    Ok(())
}
