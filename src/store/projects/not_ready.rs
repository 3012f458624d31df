//! What stands in the way of the projects that are not ready, counted over many of them.

use std::collections::BTreeMap;

use sqlx::PgConnection;
use sqlx::types::Json;

use super::BoardFilter;
use crate::identity::{ConnectionId, FirmId};
use crate::store::StoreError;
use crate::verdict::Obstacle;

/// How many projects are named where something stands in the way of several; the statement knows it, too.
const NAMED: usize = 3;

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
    /// The first of them.
    pub first: Vec<Title>,
}

/// Number, name and id in Procore of a project.
pub(crate) type Title = (String, String, i64);

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
            select row_number() over (order by number, project_id) as place,
                   project_id, number, name, reasons
            from project
            where firm_id = $1 and connection_id = $2 and shown_as = 'not_ready'
              and is_active and not is_template
              and ($3::text is null or searched like $3)
            order by number, project_id
            limit $4
        )
        select reasons as "obstacles!: Json<Vec<Obstacle>>", count(*) as "projects!",
               (array_agg(place order by place))[1:3] as "places!: Vec<i64>",
               (array_agg(number order by place))[1:3] as "numbers!: Vec<String>",
               (array_agg(name order by place))[1:3] as "names!: Vec<String>",
               (array_agg(project_id order by place))[1:3] as "ids!: Vec<i64>"
        from p
        group by reasons
        order by min(place)
        "#,
        firm.0,
        connection.0,
        filter.pattern(),
        at_most,
    )
    .fetch_all(conn)
    .await?;
    let alike = rows.into_iter().map(|row| {
        let titles = row.numbers.into_iter().zip(row.names).zip(row.ids);
        let titled = titles.map(|((number, name), id)| (number, name, id));
        Alike {
            obstacles: row.obstacles.0,
            projects: row.projects.unsigned_abs(),
            first: row.places.into_iter().zip(titled).collect(),
        }
    });
    Ok(NotReady::of(alike))
}

/// Projects that the same stands in the way of: few lists of obstacles are those of many projects.
struct Alike {
    obstacles: Vec<Obstacle>,
    projects: u64,
    /// The first of them, by their place among all.
    first: BTreeMap<i64, Title>,
}

impl NotReady {
    fn of(alike: impl Iterator<Item = Alike>) -> Self {
        let mut projects = 0;
        let mut counted: Vec<(Obstacle, u64, BTreeMap<i64, Title>)> = Vec::new();
        for its in alike {
            projects += its.projects;
            for obstacle in its.obstacles {
                match counted.iter_mut().find(|(known, ..)| *known == obstacle) {
                    Some((_, projects, first)) => {
                        *projects += its.projects;
                        first.extend(its.first.clone());
                    }
                    None => counted.push((obstacle, its.projects, its.first.clone())),
                }
            }
        }
        let obstacles = counted.into_iter();
        let obstacles = obstacles.map(|(obstacle, projects, first)| CountedObstacle {
            obstacle,
            projects,
            first: first.into_values().take(NAMED).collect(),
        });
        Self {
            projects,
            obstacles: obstacles.collect(),
        }
    }
}
