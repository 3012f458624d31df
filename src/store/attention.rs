//! The table `attention`: one line per onboarding about where it stands.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{StoreError, known};
use crate::onboarding::Stage;
use crate::onboarding::attention::{Attention, Checks, Evidence, Reason, derive};
use crate::onboarding::cause::Cause;
use crate::onboarding::ledger::RunState;
use crate::verdict::ReasonCode;

/// How long a line that moved may wait until the watch looks at it.
const SOON: TimeDelta = TimeDelta::seconds(10);

/// Derives an onboarding's line from its rows and writes it; the moment since when the reason
/// holds moves only when the reason does. Called by every flow, in its own transaction; gives the
/// evidence that it found.
///
/// The watch looks at whatever moved: at once where somebody has to mend something, otherwise within
/// [`SOON`], so that several steps in a row cost one look. What the watch concluded from idleness
/// holds until there is progress: an onboarding that was handed to support waits for us.
pub async fn refresh(
    conn: &mut PgConnection,
    firm_id: Uuid,
    onboarding_id: Uuid,
    now: DateTime<Utc>,
) -> Result<Option<Evidence>, StoreError> {
    let Some(known) = read(conn, firm_id, onboarding_id, now).await? else {
        return Ok(None);
    };
    let stage = known.evidence.stage;
    let Attention {
        reason,
        code,
        waiting_on,
    } = derive(&known.evidence);
    sqlx::query!(
        r#"
        insert into attention as a (firm_id, onboarding_id, stage, reason, code, waiting_on, since,
                                    progress_at, look_at, cause, firm_name, company_id,
                                    started_at, furthest, completed_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $15, $9, $10, $11, $12, $13, $14)
        on conflict (firm_id, onboarding_id) do update
        set stage = excluded.stage,
            since = case
                when (a.reason, a.code) is distinct from (excluded.reason, excluded.code)
                then excluded.since else a.since
            end,
            -- Whatever was put off was put off for the reason that it had.
            snoozed_until = case
                when (a.reason, a.code) is distinct from (excluded.reason, excluded.code)
                then null else a.snoozed_until
            end,
            reason = excluded.reason, code = excluded.code,
            waiting_on = case
                when a.escalated_at is not null and a.progress_at = excluded.progress_at
                     and excluded.reason not in ('connected', 'closing', 'closed')
                then 'us' else excluded.waiting_on
            end,
            due_at = case
                when a.escalated_at is not null and a.progress_at <> excluded.progress_at
                then null else a.due_at
            end,
            stalled_at = case when a.progress_at = excluded.progress_at then a.stalled_at end,
            escalated_at = case when a.progress_at = excluded.progress_at then a.escalated_at end,
            look_at = case
                when (a.stage, a.reason, a.code, a.progress_at) is distinct from
                     (excluded.stage, excluded.reason, excluded.code, excluded.progress_at)
                then least(a.look_at, excluded.look_at) else a.look_at
            end,
            progress_at = excluded.progress_at,
            cause = excluded.cause, firm_name = excluded.firm_name,
            company_id = excluded.company_id, started_at = excluded.started_at,
            furthest = greatest(a.furthest, excluded.furthest),
            completed_at = coalesce(a.completed_at, excluded.completed_at)
        "#,
        firm_id,
        onboarding_id,
        stage.as_str(),
        reason.as_str(),
        code.map(|code| code.to_string()),
        waiting_on.as_str(),
        now,
        known.progress_at,
        Cause::of(stage, reason, code).as_str(),
        known.firm_name,
        known.company_id,
        known.started_at,
        stage.place(),
        (reason == Reason::Connected).then_some(now),
        look_at(reason, now),
    )
    .execute(conn)
    .await?;
    Ok(Some(known.evidence))
}

/// When the watch is to look at a line that has just been written.
fn look_at(reason: Reason, now: DateTime<Utc>) -> DateTime<Utc> {
    match reason {
        Reason::CheckFailed | Reason::CompletionNeedsPerson | Reason::Closing => now,
        Reason::NeverStarted
        | Reason::InProgress
        | Reason::HandedOver
        | Reason::ProcoreAway
        | Reason::Completing
        | Reason::Connected
        | Reason::Closed => now + SOON,
    }
}

/// What the rows of an onboarding say.
pub async fn evidence(
    conn: &mut PgConnection,
    firm_id: Uuid,
    onboarding_id: Uuid,
    now: DateTime<Utc>,
) -> Result<Option<Evidence>, StoreError> {
    let read = read(conn, firm_id, onboarding_id, now).await?;
    Ok(read.map(|known| known.evidence))
}

/// What the rows say, and what the queue shows beside it.
struct Known {
    evidence: Evidence,
    /// Since when the firm has not moved.
    progress_at: DateTime<Utc>,
    started_at: DateTime<Utc>,
    firm_name: String,
    company_id: Option<i64>,
}

async fn read(
    conn: &mut PgConnection,
    firm_id: Uuid,
    onboarding_id: Uuid,
    now: DateTime<Utc>,
) -> Result<Option<Known>, StoreError> {
    let row = sqlx::query!(
        r#"
        select o.stage, o.archived_at, o.created_at, o.updated_at,
               co.company_id as "company_id?", f.name as firm_name,
               c.finished_at as "checks_finished_at?", c.outcome as checks_outcome,
               c.code as checks_code, c.check_run_id as "check_run_id?",
               r.state as "run_state?", r.code as run_code,
               m.state as "removal_state?", m.code as removal_code,
               exists (
                   select from hand_over h
                   where h.firm_id = o.firm_id and h.onboarding_id = o.onboarding_id
                     and h.finished_at is null and h.ended_at is null and h.expires_at > $3
               ) as "handed_over!"
        from onboarding o
        join firm f on f.firm_id = o.firm_id
        left join connection co
          on co.firm_id = o.firm_id and co.connection_id = o.connection_id
        left join lateral counting_check_run(o.firm_id, o.connection_id, o.stage) c on true
        left join lateral (
            select run.state, run.code
            from run
            where run.firm_id = o.firm_id and run.connection_id = o.connection_id
              and run.project_id is null and run.kind = 'completion'
            order by run.started_at desc
            limit 1
        ) r on true
        left join lateral (
            select run.state, run.code
            from run
            where run.firm_id = o.firm_id and run.connection_id = o.connection_id
              and run.project_id is null and run.kind = 'removal'
            order by run.started_at desc
            limit 1
        ) m on true
        where o.firm_id = $1 and o.onboarding_id = $2
        "#,
        firm_id,
        onboarding_id,
        now,
    )
    .fetch_optional(conn)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let stage = Stage::from_stored(&row.stage).ok_or(StoreError::Unknown {
        what: "stage",
        value: row.stage,
    })?;
    let code = |text: Option<String>| {
        text.map(|text| {
            text.parse::<ReasonCode>().map_err(|_| StoreError::Unknown {
                what: "reason code",
                value: text,
            })
        })
        .transpose()
    };
    let checks_code = code(row.checks_code)?;
    let checks =
        row.check_run_id.map(
            |_| match (row.checks_finished_at, row.checks_outcome.as_deref()) {
                (None, _) | (Some(_), None) => Checks::Running,
                (Some(_), Some("passed")) => Checks::Passed,
                (Some(_), Some(_)) => Checks::Stopped(checks_code),
            },
        );
    let run = |state: Option<String>, stopped: Option<String>| {
        let state = state
            .map(|state| known("state of a run", state, RunState::from_stored))
            .transpose()?;
        state
            .map(|state| code(stopped).map(|code| (state, code)))
            .transpose()
    };
    let evidence = Evidence {
        stage,
        closed: row.archived_at.is_some(),
        handed_over: row.handed_over,
        checks,
        run: run(row.run_state, row.run_code)?,
        removal: run(row.removal_state, row.removal_code)?,
    };
    Ok(Some(Known {
        evidence,
        progress_at: row.updated_at,
        started_at: row.created_at,
        firm_name: row.firm_name,
        company_id: row.company_id,
    }))
}

/// Wakes what was to sleep until now.
pub async fn end_snoozes(conn: &mut PgConnection, now: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query!(
        "update attention set snoozed_until = null where snoozed_until <= $1",
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}
