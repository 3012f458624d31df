//! The projects that wait for their turn to be integrated.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use sqlx::types::Json;

use crate::connection::Settings;
use crate::identity::{ConnectionId, FirmId};
use crate::store::StoreError;

/// Lets projects wait for their turn, in this order, and has `settings` brought of each.
pub(crate) async fn queue(
    conn: &mut PgConnection,
    (firm, connection): (FirmId, ConnectionId),
    projects: &[i64],
    settings: &Settings,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        update project
        set state = 'queued', settings = $4, queued_at = $5, queue_position = listed.place,
            integrated_at = null, is_new = false, by_itself_at = null, told = null
        from unnest($3::bigint[]) with ordinality as listed (id, place)
        where firm_id = $1 and connection_id = $2 and project_id = listed.id and state is null
        "#,
        firm.0,
        connection.0,
        projects,
        Json(settings) as Json<&Settings>,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes up to `at_most` projects whose turn has come, in this order: the last wish, and of it the first.
pub(crate) async fn take_queued(
    conn: &mut PgConnection,
    (firm, connection): (FirmId, ConnectionId),
    at_most: i64,
) -> Result<Vec<(i64, Settings)>, StoreError> {
    let rows = sqlx::query!(
        r#"
        with taken as (
            update project set state = 'integrating'
            -- As an array: a join with the limited rows may choose others for each row of the table.
            where firm_id = $1 and connection_id = $2 and state = 'queued' and project_id = any(array(
                select project_id from project
                where firm_id = $1 and connection_id = $2 and state = 'queued'
                order by queued_at desc, queue_position
                limit $3
                for no key update skip locked
            ))
            returning project_id, settings, queued_at, queue_position
        )
        select project_id, settings as "settings!: Settings"
        from taken order by queued_at desc, queue_position
        "#,
        firm.0,
        connection.0,
        at_most,
    );
    let rows = rows.fetch_all(conn).await?.into_iter();
    Ok(rows.map(|row| (row.project_id, row.settings)).collect())
}

/// The projects of each wish that are integrated, wait for it, or are being removed.
pub(crate) async fn list_begun_together(
    conn: &mut PgConnection,
    (firm, connection): (FirmId, ConnectionId),
) -> Result<Vec<Vec<i64>>, StoreError> {
    let begun = sqlx::query_scalar!(
        r#"
        select array_agg(project_id) as "ids!"
        from project
        where firm_id = $1 and connection_id = $2 and state is not null and queued_at is not null
        group by queued_at
        "#,
        firm.0,
        connection.0,
    );
    Ok(begun.fetch_all(conn).await?)
}
