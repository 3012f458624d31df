//! The table `queue_line`: the lines of support's queue, as `onboarding::queue_line` concludes them.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;

use super::StoreError;
use crate::connection::health::worst;
use crate::connection::{AccessWay, ConnectionState};
use crate::identity::{ConnectionId, FirmId, OnboardingId};
use crate::ledger::RunState;
use crate::onboarding::Stage;
use crate::onboarding::queue_line::{QueueLine, Waited, next};
use crate::onboarding::situation::{Checks, Evidence, Situation, SituationCode, WaitingOn};
use crate::verdict::ReasonCode;

/// What a line is about, with what the queue shows of it.
#[derive(Debug, Clone)]
pub struct Subject {
    pub firm: FirmId,
    pub firm_name: String,
    pub onboarding: OnboardingId,
    pub connection: Option<ConnectionId>,
    pub company_id: Option<i64>,
    pub access_way: Option<AccessWay>,
    pub started_at: DateTime<Utc>,
}

/// A line, and the evidence that the next one follows from.
#[derive(Debug, Clone)]
pub struct Standing {
    pub subject: Subject,
    pub evidence: Evidence,
    /// `None` before the first one is written.
    pub line: Option<QueueLine>,
}

/// Brings the line of an onboarding up to date with its rows, and returns what these say. Called by
/// every flow, in its own transaction.
pub async fn refresh(
    conn: &mut PgConnection,
    firm: FirmId,
    onboarding: OnboardingId,
    now: DateTime<Utc>,
) -> Result<Option<Evidence>, StoreError> {
    change(conn, firm, onboarding, now, |_| ()).await
}

/// Brings the line up to date like [`refresh`], and changes it.
pub async fn change(
    conn: &mut PgConnection,
    firm: FirmId,
    onboarding: OnboardingId,
    now: DateTime<Utc>,
    change: impl FnOnce(&mut QueueLine),
) -> Result<Option<Evidence>, StoreError> {
    let Some(standing) = find_for_update(conn, firm, onboarding, now).await? else {
        return Ok(None);
    };
    let mut line = next(standing.line.as_ref(), &standing.evidence, now);
    change(&mut line);
    save(conn, &standing.subject, &line).await?;
    Ok(Some(standing.evidence))
}

/// Selects a [`LineRow`]; the line is locked by the clause that is given.
macro_rules! select {
    ($lock:literal, $firm:expr, $onboarding:expr, $now:expr $(,)?) => {
        sqlx::query_as!(
            LineRow,
            r#"
            select f.name as firm_name, co.company_id as "company_id?",
                   co.access_way as "access_way?: AccessWay",
                   o.connection_id as "connection: ConnectionId",
                   co.state as "connection_state?: ConnectionState",
                   co.paused_at is not null as "paused!",
                   o.stage as "stage: Stage", o.archived_at, o.created_at, o.updated_at,
                   o.approval_pending_since is not null as "approval_pending!",
                   c.check_run_id is not null as "was_checked!",
                   c.outcome = 'passed' as has_passed, c.code as "checks_reason: ReasonCode",
                   r.state as "run_state?: RunState", r.code as "run_reason: ReasonCode",
                   m.state as "removal_state?: RunState", m.code as "removal_reason: ReasonCode",
                   (
                       select max(h.created_at) from hand_over h
                       where h.firm_id = o.firm_id and h.onboarding_id = o.onboarding_id
                         and h.finished_at is null and h.ended_at is null and h.expires_at > $3
                   ) as handed_over_at,
                   array(
                       select i.code from incident i
                       where i.firm_id = o.firm_id and i.connection_id = o.connection_id
                         and i.ended_at is null
                   ) as "incidents!: Vec<ReasonCode>",
                   l.stage as "line_stage?: Stage", l.furthest as "furthest?",
                   l.situation as "situation?: SituationCode", l.reason as "reason: ReasonCode",
                   l.waiting_on as "party?: WaitingOn", l.since as "since?",
                   l.progress_at as "progress_at?", l.completed_at, l.snoozed_until, l.due_at,
                   l.stalled_at, l.escalated_at, l.reminded_at, l.contacted_at,
                   l.reminders_stopped_at, l.watch_at,
                   l.met as "met?: Vec<SituationCode>", l.waited_seconds as "waited_seconds?"
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
            left join lateral (
                select *
                from queue_line
                where queue_line.firm_id = o.firm_id and queue_line.line_id = o.onboarding_id
            "# + $lock + r#"
            ) l on true
            where o.firm_id = $1 and o.onboarding_id = $2
            "#,
            $firm,
            $onboarding,
            $now,
        )
    };
}

/// The line of an onboarding with its evidence; nobody else changes the line until the transaction
/// ends.
pub async fn find_for_update(
    conn: &mut PgConnection,
    firm: FirmId,
    onboarding: OnboardingId,
    now: DateTime<Utc>,
) -> Result<Option<Standing>, StoreError> {
    let row = select!("for no key update", firm.0, onboarding.0, now);
    let row = row.fetch_optional(conn).await?;
    row.map(|row| row.standing(firm, onboarding)).transpose()
}

/// What the rows of an onboarding say.
pub async fn evidence(
    conn: &mut PgConnection,
    firm: FirmId,
    onboarding: OnboardingId,
    now: DateTime<Utc>,
) -> Result<Option<Evidence>, StoreError> {
    let row = select!("", firm.0, onboarding.0, now);
    let row = row.fetch_optional(conn).await?;
    Ok(row.map(|row| row.evidence()))
}

/// Writes the line about `subject`.
pub async fn save(
    conn: &mut PgConnection,
    subject: &Subject,
    line: &QueueLine,
) -> Result<(), StoreError> {
    let (urgency, urgent_at) = line.urgency();
    let met: Vec<String> = line.met.iter().map(|it| it.as_str().to_owned()).collect();
    let waited = line.waited.map(|it| it.num_seconds());
    sqlx::query!(
        r#"
        insert into queue_line (firm_id, line_id, onboarding_id, connection_id, firm_name,
                                company_id, started_at, stage, furthest, situation, reason,
                                waiting_on, since, progress_at, completed_at, snoozed_until, due_at,
                                stalled_at, escalated_at, reminded_at, contacted_at,
                                reminders_stopped_at, watch_at, is_open, needs_person, urgency,
                                urgent_at, access_way, met, waited_seconds)
        values ($1, $2, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
                $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29)
        on conflict (firm_id, line_id) do update
        set connection_id = excluded.connection_id, firm_name = excluded.firm_name,
            company_id = excluded.company_id, started_at = excluded.started_at,
            stage = excluded.stage, furthest = excluded.furthest, situation = excluded.situation,
            reason = excluded.reason, waiting_on = excluded.waiting_on, since = excluded.since,
            progress_at = excluded.progress_at, completed_at = excluded.completed_at,
            snoozed_until = excluded.snoozed_until, due_at = excluded.due_at,
            stalled_at = excluded.stalled_at, escalated_at = excluded.escalated_at,
            reminded_at = excluded.reminded_at, contacted_at = excluded.contacted_at,
            reminders_stopped_at = excluded.reminders_stopped_at, watch_at = excluded.watch_at,
            is_open = excluded.is_open, needs_person = excluded.needs_person,
            urgency = excluded.urgency, urgent_at = excluded.urgent_at,
            access_way = excluded.access_way, met = excluded.met,
            waited_seconds = excluded.waited_seconds
        "#,
        subject.firm.0,
        subject.onboarding.0,
        subject.connection.map(|id| id.0),
        subject.firm_name,
        subject.company_id,
        subject.started_at,
        line.stage.as_str(),
        line.furthest.place(),
        line.situation.code.as_str(),
        line.situation.reason.map(|reason| reason.to_string()),
        line.situation.party.as_str(),
        line.situation.since,
        line.progress_at,
        line.completed_at,
        line.snoozed_until,
        line.due_at,
        line.stalled_at,
        line.escalated_at,
        line.reminded_at,
        line.contacted_at,
        line.reminders_stopped_at,
        line.watch_at,
        line.is_open(),
        line.needs_person(),
        urgency as i16,
        urgent_at,
        subject.access_way.map(AccessWay::as_str),
        &met,
        &waited,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The onboarding that has waited longest for the watch; its line is locked until the transaction
/// ends. One that another worker has locked is skipped.
pub async fn claim_due(
    conn: &mut PgConnection,
    now: DateTime<Utc>,
) -> Result<Option<(FirmId, OnboardingId)>, StoreError> {
    let claimed = sqlx::query!(
        r#"
        select firm_id as "firm: FirmId", onboarding_id as "onboarding!: OnboardingId"
        from queue_line
        where watch_at <= $1 and onboarding_id is not null
        order by watch_at
        limit 1
        for update skip locked
        "#,
        now,
    );
    let claimed = claimed.fetch_optional(conn).await?;
    Ok(claimed.map(|row| (row.firm, row.onboarding)))
}

/// Keeps the watch from a line until then.
pub(crate) async fn put_off(
    conn: &mut PgConnection,
    firm: FirmId,
    onboarding: OnboardingId,
    until: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update queue_line set watch_at = $3 where firm_id = $1 and line_id = $2",
        firm.0,
        onboarding.0,
        until,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// An onboarding with its newest checks and runs, and its line as it stands.
struct LineRow {
    firm_name: String,
    company_id: Option<i64>,
    access_way: Option<AccessWay>,
    connection: Option<ConnectionId>,
    connection_state: Option<ConnectionState>,
    paused: bool,
    stage: Stage,
    archived_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    approval_pending: bool,
    was_checked: bool,
    has_passed: Option<bool>,
    checks_reason: Option<ReasonCode>,
    run_state: Option<RunState>,
    run_reason: Option<ReasonCode>,
    removal_state: Option<RunState>,
    removal_reason: Option<ReasonCode>,
    handed_over_at: Option<DateTime<Utc>>,
    incidents: Vec<ReasonCode>,
    line_stage: Option<Stage>,
    furthest: Option<i16>,
    situation: Option<SituationCode>,
    reason: Option<ReasonCode>,
    party: Option<WaitingOn>,
    since: Option<DateTime<Utc>>,
    progress_at: Option<DateTime<Utc>>,
    completed_at: Option<DateTime<Utc>>,
    snoozed_until: Option<DateTime<Utc>>,
    due_at: Option<DateTime<Utc>>,
    stalled_at: Option<DateTime<Utc>>,
    escalated_at: Option<DateTime<Utc>>,
    reminded_at: Option<DateTime<Utc>>,
    contacted_at: Option<DateTime<Utc>>,
    reminders_stopped_at: Option<DateTime<Utc>>,
    watch_at: Option<DateTime<Utc>>,
    met: Option<Vec<SituationCode>>,
    waited_seconds: Option<Vec<i64>>,
}

impl LineRow {
    fn standing(self, firm: FirmId, onboarding: OnboardingId) -> Result<Standing, StoreError> {
        Ok(Standing {
            evidence: self.evidence(),
            line: self.line()?,
            subject: Subject {
                firm,
                firm_name: self.firm_name,
                onboarding,
                connection: self.connection,
                company_id: self.company_id,
                access_way: self.access_way,
                started_at: self.created_at,
            },
        })
    }

    fn evidence(&self) -> Evidence {
        Evidence {
            access_way: self.access_way,
            stage: self.stage,
            progress_at: self.updated_at,
            closed: self.archived_at.is_some(),
            handed_over_at: self.handed_over_at,
            approval_pending: self.approval_pending,
            checks: match (self.was_checked, self.has_passed) {
                (false, _) => None,
                (true, None) => Some(Checks::Running),
                (true, Some(true)) => Some(Checks::Passed),
                (true, Some(false)) => Some(Checks::Stopped(self.checks_reason)),
            },
            run: self.run_state.map(|state| (state, self.run_reason)),
            removal: self.removal_state.map(|state| (state, self.removal_reason)),
            connection: self.connection_state,
            paused: self.paused,
            incident: worst(&self.incidents),
            webhook_changed: self.incidents.contains(&ReasonCode::Hook),
        }
    }

    fn line(&self) -> Result<Option<QueueLine>, StoreError> {
        let (Some(stage), Some(furthest), Some(code), Some(party), Some(since), Some(progress_at)) = (
            self.line_stage,
            self.furthest,
            self.situation,
            self.party,
            self.since,
            self.progress_at,
        ) else {
            return Ok(None);
        };
        Ok(Some(QueueLine {
            stage,
            furthest: Stage::at_place(furthest).ok_or(StoreError::Unknown {
                what: "place of a stage",
                value: furthest.to_string(),
            })?,
            situation: Situation {
                code,
                reason: self.reason,
                party,
                since,
            },
            met: self.met.clone().unwrap_or_default(),
            waited: waited(self.waited_seconds.as_deref().unwrap_or_default()),
            progress_at,
            completed_at: self.completed_at,
            snoozed_until: self.snoozed_until,
            due_at: self.due_at,
            stalled_at: self.stalled_at,
            escalated_at: self.escalated_at,
            reminded_at: self.reminded_at,
            contacted_at: self.contacted_at,
            reminders_stopped_at: self.reminders_stopped_at,
            watch_at: self.watch_at,
        }))
    }
}

/// Waits as they are stored: in seconds, by the place of the stage.
pub(super) fn waited(seconds: &[i64]) -> Waited {
    let mut waited = Waited::default();
    for (sum, seconds) in waited.iter_mut().zip(seconds) {
        *sum = TimeDelta::seconds(*seconds);
    }
    waited
}
