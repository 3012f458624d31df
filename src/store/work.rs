//! The table `work`: what is to be done, and when.
//!
//! Due is what nobody has and whose time has come, and what a worker had whose lease has lapsed.
//! Every change by a worker names the fence of its lease: an overtaken one changes nothing.

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use sqlx::PgConnection;
use sqlx::postgres::PgListener;
use uuid::Uuid;

use super::{StoreError, database};
use crate::identity::FirmId;

/// What is to be done. Two of the same kind and key are one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Task {
    pub kind: &'static str,
    /// The row that says the rest.
    pub key: Uuid,
    /// For whom, so that no firm takes every place.
    pub firm: Option<FirmId>,
}

/// How much of a kind a claim may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    pub kind: &'static str,
    /// Places that are free.
    pub free: usize,
    /// Places that one firm may hold, in all processes together.
    pub per_firm: usize,
}

/// Work that a worker has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    pub kind: String,
    pub key: Uuid,
    pub firm_id: Option<FirmId>,
    pub fence: i64,
    /// How often it failed in a row before.
    pub failures: i32,
}

/// Says that something is to be done at `due_at`, when and only when the transaction commits. What
/// is to be done earlier already stays so; what is being done now is done again.
pub async fn put(
    conn: &mut PgConnection,
    task: Task,
    due_at: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        with put as (
            insert into work (kind, key, firm_id, due_at) values ($1, $2, $3, $4)
            on conflict (kind, key) do update set due_at = least(work.due_at, excluded.due_at)
        )
        select pg_notify('work', '')
        "#,
        task.kind,
        task.key,
        task.firm.map(|firm| firm.0),
        due_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The same, but not before `due_at`: what was to be done earlier is put off.
pub async fn put_off(
    conn: &mut PgConnection,
    task: Task,
    due_at: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        insert into work (kind, key, firm_id, due_at) values ($1, $2, $3, $4)
        on conflict (kind, key) do update set due_at = excluded.due_at
        "#,
        task.kind,
        task.key,
        task.firm.map(|firm| firm.0),
        due_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// When something is to be done, if it is and nobody is doing it.
pub async fn due_at(
    conn: &mut PgConnection,
    task: Task,
) -> Result<Option<DateTime<Utc>>, StoreError> {
    let due_at = sqlx::query_scalar!(
        "select due_at from work where kind = $1 and key = $2",
        task.kind,
        task.key,
    );
    Ok(due_at.fetch_optional(conn).await?.flatten())
}

/// Whether something is being done, or is to be done at some time.
pub async fn is_known(conn: &mut PgConnection, task: Task) -> Result<bool, StoreError> {
    let known = sqlx::query_scalar!(
        r#"select exists (select from work where kind = $1 and key = $2) as "known!""#,
        task.kind,
        task.key,
    );
    Ok(known.fetch_one(conn).await?)
}

/// Whether something is being done, or is to be done now.
pub async fn is_wanted(
    conn: &mut PgConnection,
    task: Task,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let wanted = sqlx::query_scalar!(
        r#"
        select exists (
            select from work
            where kind = $1 and key = $2 and (lease_until is not null or due_at <= $3)
        ) as "wanted!"
        "#,
        task.kind,
        task.key,
        now,
    );
    Ok(wanted.fetch_one(conn).await?)
}

/// Sees to it that what is done periodically is planned, once for all processes.
pub async fn plan(
    conn: &mut PgConnection,
    kinds: &[&'static str],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let kinds: Vec<String> = kinds.iter().map(|&kind| kind.to_owned()).collect();
    sqlx::query!(
        r#"
        insert into work (kind, key, due_at)
        select kind, $2, $3 from unnest($1::text[]) as kind
        on conflict do nothing
        "#,
        &kinds,
        Uuid::nil(),
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes due work until `until`, what has been due longest first, as far as there is room.
///
/// Work of firms that hold as many places of the kind as they may is passed over, and so is what
/// another process is taking at this moment.
pub async fn claim(
    conn: &mut PgConnection,
    rooms: &[Room],
    now: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<Vec<Lease>, StoreError> {
    let count = |places: usize| i64::try_from(places).unwrap_or(i64::MAX);
    let kinds: Vec<String> = rooms.iter().map(|room| room.kind.to_owned()).collect();
    let free: Vec<i64> = rooms.iter().map(|room| count(room.free)).collect();
    let per_firm: Vec<i64> = rooms.iter().map(|room| count(room.per_firm)).collect();
    let leases = sqlx::query_as!(
        Lease,
        r#"
        with room as (
            select * from unnest($3::text[], $4::bigint[], $5::bigint[]) as room (kind, free, per_firm)
        ), held as (
            select kind, firm_id, count(*) as held from work
            where lease_until > $1 and firm_id is not null
            group by kind, firm_id
        ), next as (
            select due.ctid, room.per_firm, coalesce(held.held, 0) + row_number()
                       over (partition by due.kind, coalesce(due.firm_id, due.key)
                             order by due.since, due.key) as nth
            from room
            cross join lateral (
                select work.ctid, work.kind, work.key, work.firm_id,
                       coalesce(work.lease_until, work.due_at) as since
                from work
                where work.kind = room.kind and coalesce(work.lease_until, work.due_at) <= $1
                  and not exists (
                      select from held
                      where held.kind = work.kind and held.firm_id = work.firm_id
                        and held.held >= room.per_firm
                  )
                order by coalesce(work.lease_until, work.due_at)
                limit room.free
                for update skip locked
            ) as due
            left join held on held.kind = due.kind and held.firm_id = due.firm_id
        )
        update work
        set lease_until = $2, due_at = null, fence = nextval('work_fence')
        -- By the places of the rows just locked: a join would read the whole table.
        where ctid = any(array(select ctid from next where nth <= per_firm))
        returning kind, key, firm_id as "firm_id: FirmId", fence, failures
        "#,
        now,
        until,
        &kinds,
        &free,
        &per_firm,
    )
    .fetch_all(conn)
    .await?;
    Ok(leases)
}

/// Renews a lease; returns whether the worker still has it.
pub async fn renew(
    conn: &mut PgConnection,
    lease: &Lease,
    until: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let written = sqlx::query!(
        "update work set lease_until = $4 where kind = $1 and key = $2 and fence = $3",
        lease.kind,
        lease.key,
        lease.fence,
        until,
    )
    .execute(conn)
    .await?
    .rows_affected();
    Ok(written == 1)
}

/// Ends work that is done, unless somebody asked for it again while it was.
pub async fn finish(conn: &mut PgConnection, lease: &Lease) -> Result<(), StoreError> {
    let ended = sqlx::query!(
        "delete from work where kind = $1 and key = $2 and fence = $3 and due_at is null",
        lease.kind,
        lease.key,
        lease.fence,
    )
    .execute(&mut *conn)
    .await?
    .rows_affected();
    if ended == 0 {
        give_back(conn, lease, None, 0).await?;
    }
    Ok(())
}

/// Releases work, to be done at `due_at` or when somebody asked for it, whichever is earlier.
pub async fn give_back(
    conn: &mut PgConnection,
    lease: &Lease,
    due_at: Option<DateTime<Utc>>,
    failures: i32,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        update work set lease_until = null, due_at = least(due_at, $4), failures = $5
        where kind = $1 and key = $2 and fence = $3
        "#,
        lease.kind,
        lease.key,
        lease.fence,
        due_at,
        failures,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Hears of what is put, over a connection of its own.
pub async fn listen(url: &SecretString) -> Result<PgListener, StoreError> {
    Ok(database::listen(url, "work").await?)
}
