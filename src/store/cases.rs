//! A case: an onboarding as support sees it, with its line in the queue.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::StoreError;
use super::firms::Firm;
use super::onboardings::{self, Stored};
use crate::connection::{AccessWay, ConnectionState, Settings};
use crate::identity::{ConnectionId, Email, FirmId, OnboardingId, PersonId};
use crate::onboarding::Stage;
use crate::onboarding::situation::{Situation, SituationCode, WaitingOn};
use crate::verdict::ReasonCode;

/// An onboarding, its firm, and where it stands.
#[derive(Debug, Clone)]
pub struct Case {
    pub firm: Firm,
    pub stored: Stored,
    pub line: Line,
}

/// Where a case stands in one line, and what support keeps about it.
#[derive(Debug, Clone)]
pub struct Line {
    pub situation: Situation,
    /// Since when nothing moved.
    pub progress_at: DateTime<Utc>,
    pub due_at: Option<DateTime<Utc>>,
    /// Who looks after it.
    pub assignee: Option<Assignee>,
    pub snoozed_until: Option<DateTime<Utc>>,
    /// When somebody last wrote to the firm.
    pub contacted_at: Option<DateTime<Utc>>,
    /// How often support acted on it.
    pub revision: i64,
}

/// A support person who looks after a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignee {
    pub id: PersonId,
    pub name: String,
}

/// One of a firm's onboardings, for a list.
#[derive(Debug, Clone)]
pub(crate) struct ListedOnboarding {
    pub onboarding_id: OnboardingId,
    pub stage: Stage,
    pub created_at: DateTime<Utc>,
    pub archived_at: Option<DateTime<Utc>>,
}

/// In one round trip: an onboarding of whichever firm, open or archived, with everything that
/// every page of its case shows.
pub async fn find(
    conn: &mut PgConnection,
    onboarding_id: OnboardingId,
) -> Result<Option<Case>, StoreError> {
    let row = sqlx::query!(
        r#"
        select o.firm_id as "firm_id: FirmId", o.stage as "stage: Stage",
               o.draft as "draft: Settings", o.known_company_id, o.tasks_done,
               o.approval_pending_since, o.changed_by, o.created_at,
               o.updated_at,
               o.archived_at, o.version,
               o.connection_id as "connection_id: ConnectionId", c.environment as "environment?",
               c.company_id as "company_id?", c.access_way as "access_way?: AccessWay",
               c.company_name, c.company_web, c.settings as "settings: Settings",
               c.state as "state?: ConnectionState", c.created_at as "opened_at?",
               c.connected_at, c.last_sync_at, c.paused_at, c.paused_by,
               f.name as firm_name, f.external_reference, f.created_at as firm_created_at,
               l.situation as "situation?: SituationCode", l.reason as "reason: ReasonCode",
               l.waiting_on as "party?: WaitingOn", l.since as "since?",
               l.progress_at as "progress_at?", l.due_at, l.snoozed_until, l.contacted_at,
               l.revision as "revision?", l.assignee_id as "assignee_id: PersonId",
               p.name as "assignee?"
        from onboarding o
        join firm f on f.firm_id = o.firm_id
        left join connection c on c.firm_id = o.firm_id and c.connection_id = o.connection_id
        left join queue_line l on l.firm_id = o.firm_id and l.line_id = o.onboarding_id
        left join person p on p.person_id = l.assignee_id
        where o.onboarding_id = $1
        "#,
        onboarding_id.0,
    )
    .fetch_optional(conn)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let closed = row.archived_at.is_some();
    let line = Line {
        // An onboarding from before there were such lines has none.
        situation: Situation {
            code: row.situation.unwrap_or(match closed {
                true => SituationCode::Closed,
                false => SituationCode::InProgress,
            }),
            reason: row.reason,
            party: row.party.unwrap_or(match closed {
                true => WaitingOn::Nobody,
                false => WaitingOn::Firm,
            }),
            since: row.since.unwrap_or(row.updated_at),
        },
        progress_at: row.progress_at.unwrap_or(row.updated_at),
        due_at: row.due_at,
        assignee: match (row.assignee_id, row.assignee) {
            (Some(id), Some(name)) => Some(Assignee { id, name }),
            _ => None,
        },
        snoozed_until: row.snoozed_until,
        contacted_at: row.contacted_at,
        revision: row.revision.unwrap_or_default(),
    };
    let stored = Stored::from(onboardings::OnboardingRow {
        firm_id: row.firm_id,
        onboarding_id,
        stage: row.stage,
        draft: row.draft,
        known_company_id: row.known_company_id,
        tasks_done: row.tasks_done,
        approval_pending_since: row.approval_pending_since,
        changed_by: row.changed_by,
        created_at: row.created_at,
        updated_at: row.updated_at,
        archived_at: row.archived_at,
        version: row.version,
        connection_id: row.connection_id,
        environment: row.environment,
        company_id: row.company_id,
        access_way: row.access_way,
        company_name: row.company_name,
        company_web: row.company_web,
        settings: row.settings,
        state: row.state,
        opened_at: row.opened_at,
        connected_at: row.connected_at,
        last_sync_at: row.last_sync_at,
        paused_at: row.paused_at,
        paused_by: row.paused_by,
    });
    Ok(Some(Case {
        firm: Firm {
            id: row.firm_id,
            name: row.firm_name,
            external_reference: row.external_reference,
            created_at: row.firm_created_at,
        },
        stored,
        line,
    }))
}

/// All onboardings of a firm, newest first.
pub(crate) async fn list_of_firm(
    conn: &mut PgConnection,
    firm: FirmId,
) -> Result<Vec<ListedOnboarding>, StoreError> {
    let rows = sqlx::query_as!(
        ListedOnboarding,
        r#"
        select onboarding_id as "onboarding_id: OnboardingId", stage as "stage: Stage", created_at,
               archived_at
        from onboarding
        where firm_id = $1
        order by created_at desc, onboarding_id desc
        "#,
        firm.0,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows)
}

/// How often support acted on a case; `None` if its line was never written.
pub async fn revision(
    conn: &mut PgConnection,
    firm: FirmId,
    onboarding: OnboardingId,
) -> Result<Option<i64>, StoreError> {
    let revision = sqlx::query_scalar!(
        "select revision from queue_line where firm_id = $1 and line_id = $2",
        firm.0,
        onboarding.0,
    );
    Ok(revision.fetch_optional(conn).await?)
}

/// Counts that support acted again.
pub(crate) async fn count_revision(
    conn: &mut PgConnection,
    firm: FirmId,
    onboarding: OnboardingId,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update queue_line set revision = revision + 1 where firm_id = $1 and line_id = $2",
        firm.0,
        onboarding.0,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Stores who looks after a case, or that nobody does.
pub async fn assign(
    conn: &mut PgConnection,
    firm: FirmId,
    onboarding: OnboardingId,
    assignee: Option<PersonId>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update queue_line set assignee_id = $3 where firm_id = $1 and line_id = $2",
        firm.0,
        onboarding.0,
        assignee.map(|person| person.0),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Stores when somebody last wrote to the firm about a case.
pub(crate) async fn set_contacted(
    conn: &mut PgConnection,
    firm: FirmId,
    onboarding: OnboardingId,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update queue_line set contacted_at = $3 where firm_id = $1 and line_id = $2",
        firm.0,
        onboarding.0,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Somebody who may act for a firm, as support sees them.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    pub name: String,
    pub email: Email,
    pub has_second_factor: bool,
    /// `None` if they never signed in.
    pub signed_in_at: Option<DateTime<Utc>>,
}

/// Everybody who may act for a firm, in the order in which they joined.
pub(crate) async fn list_members(
    conn: &mut PgConnection,
    firm: FirmId,
) -> Result<Vec<Member>, StoreError> {
    let members = sqlx::query_as!(
        Member,
        r#"
        select p.name, e.address as "email: Email",
               p.second_factor_at is not null as "has_second_factor!",
               (
                   select max(s.at)
                   from activity s
                   where s.actor_id = m.person_id
                     and s.verb in ('account.signed_in', 'invitation.accepted')
               ) as signed_in_at
        from membership m
        join person p on p.person_id = m.person_id
        join email_address e on e.person_id = m.person_id
        where m.firm_id = $1
        order by m.joined_at, m.person_id
        "#,
        firm.0,
    )
    .fetch_all(conn)
    .await?;
    Ok(members)
}
