//! How many onboardings there are per cause, without counting them.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::super::{StoreError, known};
use crate::onboarding::cause::Cause;

/// Beyond this it says "1,000+": nobody works through more.
pub const MOST_COUNTED: i64 = 1_000;
/// Changes that may lie in the tally before they are folded together.
const MOST_CHANGES: i64 = 200;

/// How many onboardings have which cause; those that are not named have none.
#[derive(Debug, Clone, Default)]
pub struct Counts(HashMap<Cause, i64>);

impl Counts {
    /// Exact up to [`MOST_COUNTED`], and more than that beyond.
    pub fn of(&self, cause: Cause) -> i64 {
        self.0.get(&cause).copied().unwrap_or_default()
    }
}

/// Adds the tally up. Who is idle is a matter of time and counted, but no further than needed.
pub async fn count(
    conn: &mut PgConnection,
    idle_since: DateTime<Utc>,
) -> Result<Counts, StoreError> {
    // One more than MOST_COUNTED, written out: with a limit that it does not know, Postgres plans the
    // statement anew each time.
    let rows = sqlx::query!(
        r#"
        select cause as "cause!", sum(amount)::bigint as "amount!"
        from attention_tally
        where cause <> 'in_progress'
        group by cause
        union all
        select 'idle', count(*)
        from (
            select from attention
            where cause = 'in_progress' and progress_at <= $1
            limit 1001
        ) idle
        union all
        select 'in_progress', count(*)
        from (
            select from attention
            where cause = 'in_progress' and progress_at > $1
            limit 1001
        ) moving
        "#,
        idle_since,
    )
    .fetch_all(conn)
    .await?;
    let counts = rows
        .into_iter()
        .map(|row| Ok((known("cause", row.cause, Cause::from_stored)?, row.amount)))
        .collect::<Result<_, StoreError>>()?;
    Ok(Counts(counts))
}

/// Folds the changes of the tally together, where there are many. Whoever reads meanwhile sees
/// all of them or their sum, and two who fold take different ones.
pub async fn fold(conn: &mut PgConnection) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        with taken as (
            delete from attention_tally
            where tally_id in (
                    select tally_id from attention_tally
                    order by tally_id
                    limit 10000
                    for update skip locked
                )
                and (select count(*) from (select from attention_tally limit $1::bigint + 1) a_few) > $1
            returning cause, amount
        )
        insert into attention_tally (cause, amount)
        select cause, sum(amount)
        from taken
        group by cause
        having sum(amount) <> 0
        "#,
        MOST_CHANGES,
    )
    .execute(conn)
    .await?;
    Ok(())
}
