//! Which integrated projects are to be reconciled, and what came of it.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::connection::Settings;
use crate::identity::{ConnectionId, FirmId};
use crate::store::StoreError;
use crate::verdict::ReasonCode;

/// How many reconciles of projects are going on. One that has waited since before `patient_from`, or for a
/// person, takes nobody's place.
pub(crate) async fn count_reconciles(
    conn: &mut PgConnection,
    (firm, connection): (FirmId, ConnectionId),
    patient_from: DateTime<Utc>,
) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"
        select count(*) as "count!" from run
        where firm_id = $1 and connection_id = $2 and kind = 'project_reconcile'
          and (state = 'running' or state = 'waiting' and started_at > $3)
        "#,
        firm.0,
        connection.0,
        patient_from,
    )
    .fetch_one(conn)
    .await?)
}

/// Up to `at_most` integrated projects that can be read and were not reconciled since `before`, or since
/// `lost_before` where events were lost: those first, then what was reconciled longest ago. None that is just
/// being brought, removed or reconciled; one with trouble waits for its turn like the others, and so does one with
/// lists that did not come whole.
pub(crate) async fn list_to_reconcile(
    conn: &mut PgConnection,
    (firm, connection): (FirmId, ConnectionId),
    (before, lost_before): (DateTime<Utc>, DateTime<Utc>),
    at_most: i64,
) -> Result<Vec<(i64, Settings, bool)>, StoreError> {
    let rows = sqlx::query!(
        r#"
        select project_id, settings as "settings!: Settings", events_lost_at is not null as "is_lost!"
        from project p
        where firm_id = $1 and connection_id = $2 and shown_as = 'integrated'
          and state = 'integrated' and not was_away and not catches_up
          and (reconciled_at is null or reconciled_at < $3
               or events_lost_at is not null and trouble is null and reconciled_at < $5)
          and not exists (
              select from run r
              where r.firm_id = $1 and r.connection_id = $2 and r.project_id = p.project_id
                and r.kind in ('project', 'project_removal', 'project_reconcile')
                and r.state not in ('done', 'abandoned')
          )
        order by events_lost_at is null, reconciled_at nulls first, project_id
        limit $4
        "#,
        firm.0,
        connection.0,
        before,
        at_most,
        lost_before,
    );
    let rows = rows.fetch_all(conn).await?.into_iter();
    Ok(rows
        .map(|row| (row.project_id, row.settings, row.is_lost))
        .collect())
}

/// Keeps when a project was reconciled, and why something of it could not be read. Where everything was read
/// `whole`, the events are not missed that were lost before `began`.
pub(crate) async fn reconciled(
    conn: &mut PgConnection,
    (firm, connection): (FirmId, ConnectionId),
    project: i64,
    (whole, trouble): (bool, Option<ReasonCode>),
    (began, now): (DateTime<Utc>, DateTime<Utc>),
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        update project
        set reconciled_at = $4, trouble = $6, last_copy_at = $4,
            events_lost_at = case when $5 and events_lost_at <= $7 then null else events_lost_at end
        where firm_id = $1 and connection_id = $2 and project_id = $3 and state = 'integrated'
        "#,
        firm.0,
        connection.0,
        project,
        now,
        whole,
        trouble.map(|code| code.to_string()),
        began,
    )
    .execute(conn)
    .await?;
    Ok(())
}
