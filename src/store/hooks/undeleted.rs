//! The table `hook`: webhooks in projects that were removed here, and that Procore does not let us delete.

use sqlx::PgConnection;

use super::StoreError;
use crate::identity::{ConnectionId, FirmId};
use crate::verdict::ReasonCode;

/// A webhook that is left in a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UndeletedHook {
    /// `None` as long as nobody saw that Procore created it.
    pub procore_id: Option<String>,
    pub project_id: i64,
    pub name: String,
    pub number: String,
}

/// The first of them by the number of the project, and how many there are; not those that only wait until the whole
/// connection works again.
pub(crate) async fn list_undeleted(
    conn: &mut PgConnection,
    (firm, connection): (FirmId, ConnectionId),
    at_most: i64,
) -> Result<(Vec<UndeletedHook>, u64), StoreError> {
    let codes = ReasonCode::all();
    let whole = codes.filter(|it| it.stops_everything());
    let whole: Vec<String> = whole.map(|it| it.to_string()).collect();
    let rows = sqlx::query!(
        r#"
        select h.procore_id, h.project_id, p.name as "name!", p.number as "number!",
               count(*) over () as "total!"
        from run r
        join project p
          on p.firm_id = r.firm_id and p.connection_id = r.connection_id and p.project_id = r.project_id
        join hook h
          on h.firm_id = r.firm_id and h.connection_id = r.connection_id and h.project_id = r.project_id
        where r.firm_id = $1 and r.connection_id = $2 and r.kind = 'project_removal'
          and r.state not in ('done', 'abandoned') and r.told_code is not null
          and (r.code is null or r.code <> all($4))
          and p.state = 'removing' and h.removed_at is null
        order by p.number, p.project_id, h.created_at
        limit $3
        "#,
        firm.0,
        connection.0,
        at_most,
        &whole,
    );
    let rows = rows.fetch_all(conn).await?;
    let total = rows.first().map_or(0, |row| row.total.unsigned_abs());
    let hooks = rows.into_iter().map(|row| UndeletedHook {
        procore_id: row.procore_id,
        project_id: row.project_id,
        name: row.name,
        number: row.number,
    });
    Ok((hooks.collect(), total))
}
