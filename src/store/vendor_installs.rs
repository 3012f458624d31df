//! The tables `vendor_install`, `vendor_look` and `vendor_call`: where the vendor's own app is installed,
//! and how it fares at Procore, of all firms together.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;

use super::StoreError;
use crate::identity::OnboardingId;

/// Notes where Procore lists the app as installed; if the list `is_whole`, what is not among `companies` is
/// gone.
pub(crate) async fn note(
    conn: &mut PgConnection,
    environment: &str,
    (companies, is_whole): (&[i64], bool),
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    note_present(conn, environment, companies, now).await?;
    if is_whole {
        note_gone(conn, environment, companies, now).await?;
    }
    sqlx::query!(
        r#"
        insert into vendor_look (environment, read_at) values ($1, $2)
        on conflict (environment) do update set read_at = excluded.read_at
        "#,
        environment,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes that the app is installed in these companies; says nothing about others.
pub(crate) async fn note_present(
    conn: &mut PgConnection,
    environment: &str,
    companies: &[i64],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        insert into vendor_install as known (environment, company_id, installed_at, seen_at)
        select $1, company_id, $3, $3 from unnest($2::bigint[]) as company_id
        order by company_id
        on conflict (environment, company_id) do update
        set seen_at = $3, gone_at = null,
            installed_at = case when known.gone_at is null then known.installed_at else $3 end
        "#,
        environment,
        companies,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn note_gone(
    conn: &mut PgConnection,
    environment: &str,
    companies: &[i64],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        update vendor_install set gone_at = $3
        where environment = $1 and gone_at is null and company_id <> all($2::bigint[])
        "#,
        environment,
        companies,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Whether the app was uninstalled in a company, as far as that was noted.
pub(crate) async fn is_gone(
    conn: &mut PgConnection,
    environment: &str,
    company_id: i64,
) -> Result<bool, StoreError> {
    let is_gone = sqlx::query_scalar!(
        r#"
        select gone_at is not null as "is_gone!" from vendor_install
        where environment = $1 and company_id = $2
        "#,
        environment,
        company_id,
    );
    Ok(is_gone.fetch_optional(conn).await?.unwrap_or_default())
}

/// The installs of an environment in numbers.
#[derive(Debug)]
pub(crate) struct Tally {
    pub installed: i64,
    pub connected: i64,
    pub need_update: i64,
    pub gone: i64,
    pub versions: Vec<String>,
    /// When Procore's list was read last.
    pub read_at: Option<DateTime<Utc>>,
}

/// Counts all installs of an environment, listed or not.
pub(crate) async fn tally(conn: &mut PgConnection, environment: &str) -> Result<Tally, StoreError> {
    let tally = sqlx::query_as!(
        Tally,
        r#"
        select count(*) filter (where i.gone_at is null) as "installed!",
               count(*) filter (where i.gone_at is null and c.firm_id is not null) as "connected!",
               count(*) filter (where i.gone_at is null and cr.app_update_waits) as "need_update!",
               count(*) filter (where i.gone_at is not null) as "gone!",
               coalesce(array_agg(distinct cr.app_version)
                   filter (where i.gone_at is null and cr.app_version is not null), '{}') as "versions!",
               (select read_at from vendor_look where environment = $1) as read_at
        from vendor_install i
        left join company_claim k on k.environment = i.environment and k.company_id = i.company_id
        left join connection c on c.firm_id = k.firm_id and c.environment = i.environment
            and c.company_id = i.company_id and c.access_way = 'vendor_app' and c.state <> 'disconnected'
        left join credential cr on cr.firm_id = c.firm_id and cr.connection_id = c.connection_id
            and cr.state = 'current'
        where i.environment = $1
        "#,
        environment,
    );
    Ok(tally.fetch_one(conn).await?)
}

/// A company in which the app is, or was.
#[derive(Debug)]
pub(crate) struct Install {
    pub company_id: i64,
    pub installed_at: DateTime<Utc>,
    pub gone_at: Option<DateTime<Utc>>,
    /// The firm that connected it by the app.
    pub firm_name: Option<String>,
    pub onboarding: Option<OnboardingId>,
    pub version: Option<String>,
    pub update_waits: Option<bool>,
}

/// The installs in an environment: those that need an update first, then the newest.
pub(crate) async fn list(
    conn: &mut PgConnection,
    environment: &str,
    limit: i64,
) -> Result<Vec<Install>, StoreError> {
    let installs = sqlx::query_as!(
        Install,
        r#"
        select i.company_id, i.installed_at, i.gone_at,
               f.name as "firm_name?",
               o.onboarding_id as "onboarding?: OnboardingId",
               cr.app_version as version, cr.app_update_waits as update_waits
        from vendor_install i
        left join company_claim k on k.environment = i.environment and k.company_id = i.company_id
        left join connection c on c.firm_id = k.firm_id and c.environment = i.environment
            and c.company_id = i.company_id and c.access_way = 'vendor_app' and c.state <> 'disconnected'
        left join firm f on f.firm_id = c.firm_id
        left join onboarding o on o.firm_id = c.firm_id and o.connection_id = c.connection_id
        left join credential cr on cr.firm_id = c.firm_id and cr.connection_id = c.connection_id
            and cr.state = 'current'
        where i.environment = $1
        order by i.gone_at is not null, coalesce(cr.app_update_waits, false) desc,
                 i.installed_at desc, i.company_id
        limit $2
        "#,
        environment,
        limit,
    );
    Ok(installs.fetch_all(conn).await?)
}

/// Calls of a time, and what Procore answered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Calls {
    pub calls: i64,
    pub status_401: i64,
    pub status_403: i64,
    pub status_404: i64,
    pub status_429: i64,
}

impl Calls {
    /// Counts one call; without a status there was no answer.
    pub(crate) fn count(&mut self, status: Option<u16>) {
        self.calls += 1;
        match status {
            Some(401) => self.status_401 += 1,
            Some(403) => self.status_403 += 1,
            Some(404) => self.status_404 += 1,
            Some(429) => self.status_429 += 1,
            Some(_) | None => {}
        }
    }
}

/// Adds calls to those of a day.
pub(crate) async fn add_calls(
    conn: &mut PgConnection,
    (environment, day, slot): (&str, NaiveDate, i16),
    calls: Calls,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        insert into vendor_call as known
            (environment, day, slot, calls, status_401, status_403, status_404, status_429)
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        on conflict (environment, day, slot) do update
        set calls = known.calls + excluded.calls,
            status_401 = known.status_401 + excluded.status_401,
            status_403 = known.status_403 + excluded.status_403,
            status_404 = known.status_404 + excluded.status_404,
            status_429 = known.status_429 + excluded.status_429
        "#,
        environment,
        day,
        slot,
        calls.calls,
        calls.status_401,
        calls.status_403,
        calls.status_404,
        calls.status_429,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The calls of each day since `since`, newest first.
pub(crate) async fn list_calls(
    conn: &mut PgConnection,
    environment: &str,
    since: NaiveDate,
) -> Result<Vec<(NaiveDate, Calls)>, StoreError> {
    let rows = sqlx::query!(
        r#"
        select day, sum(calls)::bigint as "calls!", sum(status_401)::bigint as "status_401!",
               sum(status_403)::bigint as "status_403!", sum(status_404)::bigint as "status_404!",
               sum(status_429)::bigint as "status_429!"
        from vendor_call where environment = $1 and day >= $2
        group by day order by day desc
        "#,
        environment,
        since,
    )
    .fetch_all(conn)
    .await?;
    let days = rows.into_iter().map(|row| {
        let calls = Calls {
            calls: row.calls,
            status_401: row.status_401,
            status_403: row.status_403,
            status_404: row.status_404,
            status_429: row.status_429,
        };
        (row.day, calls)
    });
    Ok(days.collect())
}

/// Deletes the counts of days before one, and installs that are gone since before then.
pub(crate) async fn purge(conn: &mut PgConnection, before: NaiveDate) -> Result<(), StoreError> {
    sqlx::query!("delete from vendor_call where day < $1", before)
        .execute(&mut *conn)
        .await?;
    sqlx::query!(
        "delete from vendor_install where gone_at < $1::date",
        before
    )
    .execute(conn)
    .await?;
    Ok(())
}
