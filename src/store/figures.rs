//! The figures of support's overview: sums over a period, read from indexes that hold what is added
//! up, and the stage transitions of a bounded number of onboardings.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use sqlx::PgConnection;

use super::StoreError;
use super::queue_lines::waited;
use crate::connection::AccessWay;
use crate::onboarding::Stage;
use crate::onboarding::figures::{Phase, Walk};
use crate::onboarding::situation::SituationCode;

/// From a moment on and before another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    pub from: DateTime<Utc>,
    pub until: DateTime<Utc>,
}

/// Which onboardings are counted: those of one way of access, those that ever met one situation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Narrowed {
    pub way: Option<AccessWay>,
    pub met: Option<SituationCode>,
}

impl Narrowed {
    fn way(self) -> Option<&'static str> {
        self.way.map(AccessWay::as_str)
    }

    fn met(self) -> Option<&'static str> {
        self.met.map(SituationCode::as_str)
    }
}

/// How many onboardings that started in a period have come equally far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Started {
    pub furthest: Stage,
    /// As it reads now.
    pub situation: SituationCode,
    /// Procore was connected, even if that changed later.
    pub completed: bool,
    pub count: i64,
}

/// Where the onboardings stand that started in a period, counted.
pub async fn started(
    conn: &mut PgConnection,
    period: Period,
    narrowed: Narrowed,
    idle_since: DateTime<Utc>,
) -> Result<Vec<Started>, StoreError> {
    let rows = sqlx::query!(
        r#"
        select furthest, situation as "situation: SituationCode",
               progress_at <= $3 as "is_idle!",
               completed_at is not null as "completed!", count(*) as "count!"
        from queue_line
        where started_at >= $1 and started_at < $2
          and ($4::text is null or access_way = $4) and ($5::text is null or $5 = any(met))
        group by 1, 2, 3, 4
        "#,
        period.from,
        period.until,
        idle_since,
        narrowed.way(),
        narrowed.met(),
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            let furthest = Stage::at_place(row.furthest).ok_or(StoreError::Unknown {
                what: "place of a stage",
                value: row.furthest.to_string(),
            })?;
            Ok(Started {
                furthest,
                situation: row.situation.after(row.is_idle),
                completed: row.completed,
                count: row.count,
            })
        })
        .collect()
}

/// How long the onboardings took that were completed in a period.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Completed {
    pub count: i64,
    pub median: Option<TimeDelta>,
    /// Nine of ten took no longer.
    pub most: Option<TimeDelta>,
    /// How many took less than each of the lengths that were asked for, in their order.
    pub within: Vec<i64>,
}

/// Adds up the times from start to completion, without waits for Procore.
pub async fn completed(
    conn: &mut PgConnection,
    period: Period,
    narrowed: Narrowed,
    lengths: &[TimeDelta],
) -> Result<Completed, StoreError> {
    let seconds: Vec<i64> = lengths.iter().map(TimeDelta::num_seconds).collect();
    let row = sqlx::query!(
        r#"
        with took as (
            select greatest(
                       extract(epoch from completed_at - started_at)
                           - (select sum(wait) from unnest(waited_seconds) as wait),
                       0
                   )::float8 as seconds
            from queue_line
            where completed_at >= $1 and completed_at < $2
              and ($4::text is null or access_way = $4) and ($5::text is null or $5 = any(met))
        )
        select count(*) as "count!",
               percentile_cont(0.5) within group (order by seconds) as median,
               percentile_disc(0.9) within group (order by seconds) as most,
               array(
                   select (select count(*) from took where took.seconds < length)
                   from unnest($3::bigint[]) with ordinality as asked (length, place)
                   order by place
               ) as "within!"
        from took
        "#,
        period.from,
        period.until,
        &seconds,
        narrowed.way(),
        narrowed.met(),
    )
    .fetch_one(conn)
    .await?;
    let length = |seconds: f64| TimeDelta::seconds(seconds as i64);
    Ok(Completed {
        count: row.count,
        median: row.median.map(length),
        most: row.most.map(length),
        within: row.within,
    })
}

/// How many were completed on each day of a period, in a time zone; days without any are left out.
pub(crate) async fn completed_by_day(
    conn: &mut PgConnection,
    period: Period,
    narrowed: Narrowed,
    zone: &str,
) -> Result<Vec<(NaiveDate, i64)>, StoreError> {
    let rows = sqlx::query!(
        r#"
        select (completed_at at time zone $3)::date as "day!", count(*) as "count!"
        from queue_line
        where completed_at >= $1 and completed_at < $2
          and ($4::text is null or access_way = $4) and ($5::text is null or $5 = any(met))
        group by 1
        order by 1
        "#,
        period.from,
        period.until,
        zone,
        narrowed.way(),
        narrowed.met(),
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.day, row.count)).collect())
}

/// Stage transitions of the onboardings that started in a period, the latest ones first, up to
/// `limit`. They are read from the activity, firm by firm.
pub async fn walks(
    conn: &mut PgConnection,
    period: Period,
    narrowed: Narrowed,
    limit: i64,
) -> Result<Vec<Walk>, StoreError> {
    let verbs = Phase::ALL.map(|phase| phase.left_by().as_str().to_owned());
    let rows = sqlx::query!(
        r#"
        with latest as materialized (
            select firm_id, onboarding_id, started_at, waited_seconds
            from queue_line
            where onboarding_id is not null and started_at >= $1 and started_at < $2
              and ($5::text is null or access_way = $5) and ($6::text is null or $6 = any(met))
            order by started_at desc
            limit $3
        )
        select l.started_at, l.waited_seconds,
               min(a.at) filter (where a.verb = $4[1]) as left_1,
               min(a.at) filter (where a.verb = $4[2]) as left_2,
               min(a.at) filter (where a.verb = $4[3]) as left_3,
               min(a.at) filter (where a.verb = $4[4]) as left_4,
               min(a.at) filter (where a.verb = $4[5]) as left_5,
               min(a.at) filter (where a.verb = $4[6]) as left_6,
               min(a.at) filter (where a.verb = $4[7]) as left_7
        from latest l
        join onboarding o on o.firm_id = l.firm_id and o.onboarding_id = l.onboarding_id
        left join activity a
          on a.firm_id = l.firm_id and a.verb = any($4::text[])
         and a.at >= l.started_at and a.at <= coalesce(o.archived_at, 'infinity')
        group by l.firm_id, l.onboarding_id, l.started_at, l.waited_seconds
        "#,
        period.from,
        period.until,
        limit,
        &verbs,
        narrowed.way(),
        narrowed.met(),
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Walk {
            started_at: row.started_at,
            left: [
                row.left_1, row.left_2, row.left_3, row.left_4, row.left_5, row.left_6, row.left_7,
            ],
            waited: waited(&row.waited_seconds),
        })
        .collect())
}
