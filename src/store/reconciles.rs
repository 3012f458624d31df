//! The table `reconcile`: when a connection may have lost events, and what the last reconcile found.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::PgConnection;

use super::StoreError;
use crate::identity::{ConnectionId, FirmId, RunId};

/// A time whose changes our copy may lack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    pub from: DateTime<Utc>,
    pub to: DateTime<Utc>,
    /// Whether events of it may be lost, so that only reading everything proves our copy. Otherwise
    /// they are kept, and what changed is read.
    #[serde(default = "is_lost")]
    pub lost: bool,
}

/// What a release before this one noted.
fn is_lost() -> bool {
    true
}

/// What a reconcile found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Findings {
    /// The gap that it repaired, or would have.
    pub gap: Option<Gap>,
    /// Records that were new, other than in our copy, or no longer there.
    pub records: u64,
    /// Lists that did not come whole.
    pub incomplete: Vec<String>,
}

/// What is noted of a connection.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reconcile {
    /// Our copy may lack something of it.
    pub gap: Option<Gap>,
    /// The run that is to repair it.
    pub gap_run: Option<RunId>,
    pub ended_at: Option<DateTime<Utc>>,
    pub findings: Option<Findings>,
}

/// What is noted of a connection.
pub async fn find(
    conn: &mut PgConnection,
    firm: FirmId,
    connection: ConnectionId,
) -> Result<Reconcile, StoreError> {
    let row = sqlx::query!(
        r#"
        select gap_from, gap_to, gap_lost, gap_run as "gap_run: RunId", ended_at, result
        from reconcile
        where firm_id = $1 and connection_id = $2
        "#,
        firm.0,
        connection.0,
    );
    let Some(row) = row.fetch_optional(conn).await? else {
        return Ok(Reconcile::default());
    };
    let gap = row.gap_from.zip(row.gap_to).zip(row.gap_lost);
    let findings = |result: Value| serde_json::from_value(result).ok();
    Ok(Reconcile {
        gap: gap.map(|((from, to), lost)| Gap { from, to, lost }),
        gap_run: row.gap_run,
        ended_at: row.ended_at,
        findings: row.result.and_then(findings),
    })
}

/// When a connection is reconciled next.
pub(crate) async fn next_at(
    conn: &mut PgConnection,
    firm: FirmId,
    connection: ConnectionId,
) -> Result<Option<DateTime<Utc>>, StoreError> {
    let next = sqlx::query_scalar!(
        "select due_at from work where firm_id = $1 and kind = 'reconcile' and key = $2",
        firm.0,
        connection.0,
    );
    Ok(next.fetch_optional(conn).await?.flatten())
}

/// Lets every connected firm be reconciled at once, unless it paused that, and notes for each that
/// events may have been lost, if any may.
pub(crate) async fn after_outage(
    conn: &mut PgConnection,
    kind: &str,
    lost: Option<Gap>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        with connected as (
            select firm_id, connection_id, paused_at from connection where state = 'connected'
        ), noted as (
            insert into reconcile as known (firm_id, connection_id, gap_from, gap_to, gap_lost)
            select firm_id, connection_id, $2, $3, true from connected where $2::timestamptz is not null
            on conflict (firm_id, connection_id) do update
            set gap_from = least(known.gap_from, excluded.gap_from),
                gap_to = greatest(known.gap_to, excluded.gap_to), gap_lost = true, gap_run = null
        ), put as (
            insert into work (kind, key, firm_id, due_at)
            select $1, connection_id, firm_id, $4 from connected where paused_at is null
            on conflict (kind, key) do update set due_at = least(work.due_at, excluded.due_at)
        )
        select pg_notify('work', '')
        "#,
        kind,
        lost.map(|gap| gap.from),
        lost.map(|gap| gap.to),
        now,
    )
    .execute(&mut *conn)
    .await?;
    if lost.is_some() {
        sqlx::query!(
            r#"
            update project p set events_lost_at = $1
            from connection c
            where c.firm_id = p.firm_id and c.connection_id = p.connection_id
              and c.state = 'connected' and p.state in ('integrating', 'integrated')
            "#,
            now,
        )
        .execute(conn)
        .await?;
    }
    Ok(())
}

/// Notes a time whose changes our copy may lack.
pub(crate) async fn note_gap(
    conn: &mut PgConnection,
    (firm, connection): (FirmId, ConnectionId),
    gap: Gap,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        insert into reconcile as known (firm_id, connection_id, gap_from, gap_to, gap_lost)
        values ($1, $2, $3, $4, $5)
        on conflict (firm_id, connection_id) do update
        set gap_from = least(known.gap_from, excluded.gap_from),
            gap_to = greatest(known.gap_to, excluded.gap_to),
            gap_lost = coalesce(known.gap_lost, false) or excluded.gap_lost, gap_run = null
        "#,
        firm.0,
        connection.0,
        gap.from,
        gap.to,
        gap.lost,
    )
    .execute(&mut *conn)
    .await?;
    if gap.lost {
        // Those of its projects came through the same address, or through one that the same thing kept closed.
        sqlx::query!(
            r#"
            update project set events_lost_at = $3
            where firm_id = $1 and connection_id = $2 and state in ('integrating', 'integrated')
            "#,
            firm.0,
            connection.0,
            gap.to,
        )
        .execute(conn)
        .await?;
    }
    Ok(())
}

/// Notes which run is to repair the gap of a connection.
pub(crate) async fn begin_repair(
    conn: &mut PgConnection,
    (firm, connection): (FirmId, ConnectionId),
    run: RunId,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update reconcile set gap_run = $3 where firm_id = $1 and connection_id = $2",
        firm.0,
        connection.0,
        run.0,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Keeps what a reconcile found. The gap ends with the run that was to repair it, if that came whole.
pub(crate) async fn end(
    conn: &mut PgConnection,
    (firm, connection): (FirmId, ConnectionId),
    findings: &Findings,
    run: RunId,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        insert into reconcile as known (firm_id, connection_id, ended_at, result)
        values ($1, $2, $3, $4)
        on conflict (firm_id, connection_id) do update
        set ended_at = excluded.ended_at, result = excluded.result,
            gap_from = case when known.gap_run = $5 then null else known.gap_from end,
            gap_to = case when known.gap_run = $5 then null else known.gap_to end,
            gap_lost = case when known.gap_run = $5 then null else known.gap_lost end,
            gap_run = null
        "#,
        firm.0,
        connection.0,
        now,
        json!(findings),
        Some(run.0).filter(|_| findings.incomplete.is_empty()),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets what is noted of a connection, whose records are deleted.
pub(crate) async fn forget(
    conn: &mut PgConnection,
    firm: FirmId,
    connection: ConnectionId,
) -> Result<(), StoreError> {
    sqlx::query!(
        "delete from reconcile where firm_id = $1 and connection_id = $2",
        firm.0,
        connection.0,
    )
    .execute(conn)
    .await?;
    Ok(())
}
