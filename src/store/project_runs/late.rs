//! Which integrated projects were not read again in time.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::identity::{ConnectionId, FirmId};
use crate::store::StoreError;

/// A project whose copy is older than it should be.
#[derive(Debug, Clone)]
pub(crate) struct LateProject {
    pub project_id: i64,
    pub name: String,
    pub number: String,
}

/// Integrated projects that can be read and were not reconciled since `before`, or where one of the
/// `lists` is not known to be right since its time, by number. One whose events were lost since `before` may still
/// catch up; what Procore refuses of one is told as its trouble.
pub(crate) async fn list_late(
    conn: &mut PgConnection,
    (firm, connection): (FirmId, ConnectionId),
    before: DateTime<Utc>,
    lists: &[(&str, DateTime<Utc>)],
) -> Result<Vec<LateProject>, StoreError> {
    let (names, times): (Vec<&str>, Vec<DateTime<Utc>>) = lists.iter().copied().unzip();
    Ok(sqlx::query_as!(
        LateProject,
        r#"
        select p.project_id, p.name as "name!", p.number as "number!"
        from project p
        where p.firm_id = $1 and p.connection_id = $2 and p.state = 'integrated'
          and p.shown_as = 'integrated' and not p.was_away
          and (p.events_lost_at is null or p.events_lost_at < $3)
          and (greatest(p.reconciled_at, p.integrated_at) < $3 or exists (
              select from list_reading l
              join unnest($4::text[], $5::timestamptz[]) as promised (list, since)
                on promised.list = l.list
              where l.firm_id = $1 and l.connection_id = $2 and l.project_id = p.project_id
                and l.code is null and greatest(l.complete_at, l.caught_up_at) < promised.since
          ))
        order by p.number, p.project_id
        "#,
        firm.0,
        connection.0,
        before,
        &names as &[&str],
        &times,
    )
    .fetch_all(conn)
    .await?)
}
