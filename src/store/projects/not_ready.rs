//! What stands in the way of the projects that are not ready, counted over many of them.

use std::collections::BTreeMap;

use sqlx::PgConnection;
use sqlx::types::Json;

use super::BoardFilter;
use crate::identity::{ConnectionId, FirmId};
use crate::store::StoreError;
use crate::verdict::Obstacle;

/// How many projects are named where something stands in the way of several.
const NAMED: i32 = 3;

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
type Title = (String, String, i64);

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
               (array_agg(place order by place))[1:$5] as "places!: Vec<i64>",
               (array_agg(number order by place))[1:$5] as "numbers!: Vec<String>",
               (array_agg(name order by place))[1:$5] as "names!: Vec<String>",
               (array_agg(project_id order by place))[1:$5] as "ids!: Vec<i64>"
        from p
        group by reasons
        order by min(place)
        "#,
        firm.0,
        connection.0,
        filter.pattern(),
        at_most,
        NAMED,
    )
    .fetch_all(conn)
    .await?;
    let groups = rows.into_iter().map(|row| {
        let titles = row.numbers.into_iter().zip(row.names).zip(row.ids);
        let titled = titles.map(|((number, name), id)| (number, name, id));
        SameObstacles {
            obstacles: row.obstacles.0,
            projects: row.projects.unsigned_abs(),
            first: row.places.into_iter().zip(titled).collect(),
        }
    });
    Ok(NotReady::of(groups))
}

/// Projects with the same list of obstacles. Many projects share few lists, so little is left to add up here.
struct SameObstacles {
    obstacles: Vec<Obstacle>,
    projects: u64,
    /// The first of them, by their place among all.
    first: BTreeMap<i64, Title>,
}

impl NotReady {
    fn of(groups: impl Iterator<Item = SameObstacles>) -> Self {
        let mut projects = 0;
        let mut counted: Vec<(CountedObstacle, BTreeMap<i64, Title>)> = Vec::new();
        for group in groups {
            projects += group.projects;
            for obstacle in group.obstacles {
                match counted.iter_mut().find(|(it, _)| it.obstacle == obstacle) {
                    Some((known, first)) => {
                        known.projects += group.projects;
                        first.extend(group.first.clone());
                    }
                    None => {
                        let counting = CountedObstacle {
                            obstacle,
                            projects: group.projects,
                            first: Vec::new(),
                        };
                        counted.push((counting, group.first.clone()));
                    }
                }
            }
        }
        let obstacles = counted.into_iter().map(|(counted, first)| CountedObstacle {
            first: first.into_values().take(NAMED as usize).collect(),
            ..counted
        });
        Self {
            projects,
            obstacles: obstacles.collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::ReasonCode;

    #[test]
    fn an_obstacle_is_counted_over_every_list_that_holds_it() {
        let hidden = Obstacle::hidden();
        let off = Obstacle {
            code: ReasonCode::ProjectTool,
            ..Obstacle::hidden()
        };
        let title = |place: i64| (format!("P-{place}"), String::new(), place);
        let group = |obstacles: &[&Obstacle], places: &[i64], projects| SameObstacles {
            obstacles: obstacles.iter().copied().cloned().collect(),
            projects,
            first: places.iter().map(|place| (*place, title(*place))).collect(),
        };
        let found = NotReady::of(
            [
                group(&[&off], &[1, 5, 6], 9),
                group(&[&hidden, &off], &[2, 3], 2),
                group(&[&hidden], &[4], 1),
            ]
            .into_iter(),
        );
        assert_eq!(found.projects, 12);
        let obstacles = found.obstacles.into_iter();
        let obstacles: Vec<_> = obstacles
            .map(|it| (it.obstacle, it.projects, it.first))
            .collect();
        assert_eq!(
            obstacles,
            [
                (off, 11, [1, 2, 3].map(title).to_vec()),
                (hidden, 3, [2, 3, 4].map(title).to_vec()),
            ]
        );
    }
}
