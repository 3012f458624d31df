//! What stands in the way of the projects that are not ready, counted over many of them.

use sqlx::PgConnection;
use sqlx::types::Json;

use super::BoardFilter;
use crate::identity::{ConnectionId, FirmId};
use crate::store::StoreError;
use crate::verdict::Obstacle;

/// The projects that are not ready, as far as they were counted.
#[derive(Debug, Default)]
pub(crate) struct NotReady {
    /// How many projects were counted.
    pub projects: u64,
    /// What stands in their way, each obstacle once.
    pub obstacles: Vec<CountedObstacle>,
}

/// One obstacle, and where it was found.
#[derive(Debug)]
pub(crate) struct CountedObstacle {
    pub obstacle: Obstacle,
    /// How many projects it is in.
    pub projects: u64,
    /// Number, name and id in Procore of the first of them.
    pub first: Vec<(String, String, i64)>,
}

/// What stands in the way of the first `at_most` projects by number that are not ready and that the search of
/// `filter` finds. Templates and inactive projects are left out: nothing makes them ready.
pub(crate) async fn count_obstacles(
    conn: &mut PgConnection,
    (firm, connection): (FirmId, ConnectionId),
    filter: &BoardFilter,
    at_most: i64,
) -> Result<NotReady, StoreError> {
    let rows = sqlx::query!(
        r#"
        with p as materialized (
            select project_id, number, name, reasons
            from project
            where firm_id = $1 and connection_id = $2 and shown_as = 'not_ready'
              and is_active and not is_template
              and ($3::text is null or name ilike $3 or number ilike $3)
            order by number, project_id
            limit $4
        )
        select it.obstacle as "obstacle!: Json<Obstacle>", count(*) as "projects!",
               (array_agg(p.number order by p.number, p.project_id))[1:3] as "numbers!: Vec<String>",
               (array_agg(p.name order by p.number, p.project_id))[1:3] as "names!: Vec<String>",
               (array_agg(p.project_id order by p.number, p.project_id))[1:3] as "ids!: Vec<i64>",
               (select count(*) from p) as "counted!"
        from p
        cross join lateral jsonb_array_elements(p.reasons) as it (obstacle)
        group by it.obstacle
        order by min(p.number), min(p.project_id)
        "#,
        firm.0,
        connection.0,
        filter.pattern(),
        at_most,
    )
    .fetch_all(conn)
    .await?;
    let projects = rows.first().map_or(0, |row| row.counted.unsigned_abs());
    let obstacles = rows.into_iter().map(|row| {
        let titled = row.numbers.into_iter().zip(row.names).zip(row.ids);
        CountedObstacle {
            obstacle: row.obstacle.0,
            projects: row.projects.unsigned_abs(),
            first: titled
                .map(|((number, name), id)| (number, name, id))
                .collect(),
        }
    });
    Ok(NotReady {
        projects,
        obstacles: obstacles.collect(),
    })
}
