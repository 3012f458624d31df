//! Which integrated projects need something that somebody has to do.

use sqlx::PgConnection;

use crate::identity::{ConnectionId, FirmId};
use crate::store::StoreError;
use crate::verdict::ReasonCode;

/// A project that needs something.
#[derive(Debug, Clone)]
pub(crate) struct ProjectInNeed {
    pub project_id: i64,
    pub name: String,
    pub number: String,
    /// What it needs.
    pub code: ReasonCode,
}

/// The first projects in need by number, all where there is no limit, and how many there are: what bringing or
/// removing them stands still for, or what their last reconcile could not read. Of one that is unavailable,
/// nothing is asked, unless it is being removed: it comes back by itself.
pub(crate) async fn list_in_need(
    conn: &mut PgConnection,
    (firm, connection): (FirmId, ConnectionId),
    at_most: Option<i64>,
) -> Result<(Vec<ProjectInNeed>, u64), StoreError> {
    let rows = sqlx::query!(
        r#"
        with need as (
            select distinct on (project_id) project_id, code
            from (
                select project_id, code, 1 as turn from run
                where firm_id = $1 and connection_id = $2 and kind in ('project', 'project_removal')
                  and state = 'needs_person' and code is not null
                union all
                select project_id, trouble, 2 from project
                where firm_id = $1 and connection_id = $2 and trouble is not null
                  and state <> 'removing'
            ) as it
            order by project_id, turn
        )
        select p.project_id, p.name as "name!", p.number as "number!",
               need.code as "code!: ReasonCode", count(*) over () as "total!"
        from need
        join project p using (project_id)
        where p.firm_id = $1 and p.connection_id = $2 and p.state is not null
          and (p.shown_as <> 'unavailable' or p.state = 'removing')
        order by p.number, p.project_id
        limit $3
        "#,
        firm.0,
        connection.0,
        at_most,
    )
    .fetch_all(conn)
    .await?;
    let total = rows.first().map_or(0, |row| row.total.unsigned_abs());
    let projects = rows.into_iter().map(|row| ProjectInNeed {
        project_id: row.project_id,
        name: row.name,
        number: row.number,
        code: row.code,
    });
    Ok((projects.collect(), total))
}
