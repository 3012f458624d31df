//! How many lines there are per situation, without counting them.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::super::StoreError;
use super::Filter;
use crate::onboarding::situation::{Kind, SituationCode};

/// More are shown as "1,000+": nobody works through more.
pub const MOST_COUNTED: i64 = 1_000;
/// How many changes may accumulate in the tally before they are folded together.
const MOST_CHANGES: i64 = 200;

/// The number of lines per situation; none where a situation is missing.
#[derive(Debug, Clone, Default)]
pub struct Counts(HashMap<SituationCode, i64>);

impl Counts {
    /// All that is open.
    pub fn open(&self) -> i64 {
        let open = SituationCode::ALL.into_iter();
        let open = open.filter(|situation| situation.kind() != Kind::Over);
        open.map(|situation| self.of(situation)).sum()
    }

    /// Exact up to [`MOST_COUNTED`]; above it, some larger number.
    pub fn of(&self, situation: SituationCode) -> i64 {
        self.0.get(&situation).copied().unwrap_or_default()
    }
}

/// Adds the tally up. Idleness depends on the time, so idle lines are counted, up to the limit.
pub async fn count(
    conn: &mut PgConnection,
    idle_since: DateTime<Utc>,
) -> Result<Counts, StoreError> {
    // The limit is one more than MOST_COUNTED, as a literal: with a parameter, Postgres plans the
    // statement again each time.
    let rows = sqlx::query!(
        r#"
        select situation as "situation!: SituationCode", sum(amount)::bigint as "amount!"
        from queue_tally
        where situation <> 'in_progress'
        group by situation
        union all
        select 'idle', count(*)
        from (
            select from queue_line
            where situation = 'in_progress' and progress_at <= $1
            limit 1001
        ) idle
        union all
        select 'in_progress', count(*)
        from (
            select from queue_line
            where situation = 'in_progress' and progress_at > $1
            limit 1001
        ) moving
        "#,
        idle_since,
    )
    .fetch_all(conn)
    .await?;
    let counts = rows.into_iter().map(|row| (row.situation, row.amount));
    Ok(Counts(counts.collect()))
}

/// How many lines each filter lets through, in one round trip. Like a page, each follows the index of
/// its order, and no further than [`MOST_COUNTED`].
pub async fn count_each(
    conn: &mut PgConnection,
    filters: &[Filter],
) -> Result<Vec<i64>, StoreError> {
    let mut sql = sqlx::QueryBuilder::new("select array[");
    for (place, filter) in filters.iter().enumerate() {
        sql.push(if place == 0 { "" } else { ", " });
        sql.push("(select count(*) from (select from queue_line where ");
        filter.push(&mut sql);
        filter.order.push(&mut sql);
        sql.push(" limit 1001) few)");
    }
    sql.push("]");
    Ok(sql.build_query_scalar().fetch_one(conn).await?)
}

/// Folds the changes of the tally together when there are many. A concurrent reader sees all of
/// them or their sum; concurrent folds take different rows.
pub async fn fold(conn: &mut PgConnection) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        with taken as (
            delete from queue_tally
            where tally_id = any(array(
                    select tally_id from queue_tally
                    order by tally_id
                    limit 10000
                    for update skip locked
                ))
                and (select count(*) from (select from queue_tally limit $1::bigint + 1) a_few) > $1
            returning situation, amount
        )
        insert into queue_tally (situation, amount)
        select situation, sum(amount)
        from taken
        group by situation
        having sum(amount) <> 0
        "#,
        MOST_CHANGES,
    )
    .execute(conn)
    .await?;
    Ok(())
}
