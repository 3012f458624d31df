//! One query for the session, the person and the firm behind a request.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::super::StoreError;
use super::super::onboardings::{self, Stored};
use super::Session;
use crate::connection::{AccessWay, ConnectionState, Settings};
use crate::identity::{
    Access, ConnectionId, FirmId, Grant, GrantId, OnboardingId, PersonId, SessionLimits,
    SupportRole,
};
use crate::onboarding::Stage;
use crate::onboarding::situation::{Kind, SituationCode, WaitingOn};
use crate::verdict::ReasonCode;

/// A firm, and by what right the person may see it.
#[derive(Clone, Debug)]
pub struct FirmView {
    pub id: FirmId,
    pub name: String,
    /// Whether the person may act for other firms too.
    pub several_firms: bool,
    pub right: Right,
    /// The firm's open onboarding.
    pub onboarding: Option<Stored>,
    /// Why it is where it is, with the reason where Procore gave one.
    pub situation: Option<SituationCode>,
    pub reason: Option<ReasonCode>,
    /// Whose turn it is.
    pub party: Option<WaitingOn>,
    /// Whether a colleague was ever asked to do part of it.
    pub handed_over: bool,
}

impl FirmView {
    /// Whether the setup waits for another key and secret.
    pub(crate) fn needs_credentials(&self) -> bool {
        let reason = self.reason.filter(|_| self.is_stuck());
        matches!(
            reason,
            Some(ReasonCode::Credentials | ReasonCode::Environment)
        )
    }

    /// Whether the setup waits for somebody to fix something.
    pub(crate) fn is_stuck(&self) -> bool {
        self.situation
            .is_some_and(|situation| situation.kind() == Kind::Stopped)
    }
}

/// By what right a person may see a firm's pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    Member,
    Granted { grant: Grant, until: DateTime<Utc> },
}

/// Finds the session, the person, their right to see the firm, the firm and its open onboarding in
/// one round trip, and a second one for a support person. `None`: there is no live session. A session
/// without a firm: there is no such firm, or the person may not see it.
pub async fn find_at_firm(
    conn: &mut PgConnection,
    token_hash: &[u8],
    firm: FirmId,
    now: DateTime<Utc>,
) -> Result<Option<(Session, Option<FirmView>)>, StoreError> {
    let row = sqlx::query!(
        r#"
        select s.session_id, s.person_id, s.created_at as signed_in_at, s.last_seen_at,
               s.second_factor_at is not null as "has_passed_factor!",
               p.name, p.time_zone, p.support_role as "support_role: SupportRole",
               p.second_factor_at is not null as "has_factor!",
               p.support_role is not null or m.needs_factor as "needs_factor!",
               f.name as "firm_name?",
               m.is_member as "is_member!", m.several_firms as "several_firms!",
               l.situation as "situation?: SituationCode", l.reason as "reason: ReasonCode",
               l.waiting_on as "party?: WaitingOn",
               exists (
                   select from hand_over h
                   where h.firm_id = o.firm_id and h.onboarding_id = o.onboarding_id
               ) as "handed_over!",
               o.onboarding_id as "onboarding_id?: OnboardingId", o.stage as "stage?: Stage",
               o.draft as "draft: Settings", o.known_company_id,
               o.tasks_done as "tasks_done?", o.approval_pending_since,
               o.changed_by as "changed_by?", o.created_at as "created_at?",
               o.updated_at as "updated_at?", o.archived_at, o.version as "version?",
               o.connection_id as "connection_id: ConnectionId", c.environment as "environment?",
               c.company_id as "company_id?", c.access_way as "access_way?: AccessWay",
               c.company_name, c.company_web, c.settings as "settings: Settings",
               c.state as "state?: ConnectionState", c.created_at as "opened_at?",
               c.connected_at, c.last_sync_at, c.paused_at, c.paused_by
        from session s
        join person p on p.person_id = s.person_id and p.disabled_at is null
        left join firm f on f.firm_id = $5
        cross join lateral (
            select coalesce(bool_or(a.firm_id = $5), false) as is_member,
                   coalesce(bool_or(a.firm_id <> $5), false) as several_firms,
                   coalesce(bool_or(b.second_factor_required), false) as needs_factor
            from membership a
            join firm b on b.firm_id = a.firm_id
            where a.person_id = s.person_id
        ) m
        left join onboarding o on o.firm_id = $5 and o.archived_at is null
        left join connection c on c.firm_id = o.firm_id and c.connection_id = o.connection_id
        left join queue_line l on l.firm_id = o.firm_id and l.line_id = o.onboarding_id
        where s.token_hash = $1
          and s.expires_at > $2
          and s.last_seen_at > case when p.support_role is null then $3::timestamptz else $4 end
        "#,
        token_hash,
        now,
        now - SessionLimits::FIRM_ADMIN.idle,
        now - SessionLimits::SUPPORT.idle,
        firm.0,
    )
    .fetch_optional(&mut *conn)
    .await?;
    let Some(row) = row else { return Ok(None) };

    let session = Session {
        session_id: row.session_id.into(),
        person: row.person_id.into(),
        name: row.name,
        time_zone: row.time_zone.into(),
        support_role: row.support_role,
        created_at: row.signed_in_at,
        last_seen_at: row.last_seen_at,
        has_passed_factor: row.has_passed_factor,
        has_factor: row.has_factor,
        needs_factor: row.needs_factor,
    };
    let right = match (row.is_member, row.support_role) {
        (true, _) => Some(Right::Member),
        (false, Some(_)) => find_grant(conn, row.person_id.into(), firm, now).await?,
        (false, None) => None,
    };
    let (Some(name), Some(right)) = (row.firm_name, right) else {
        return Ok(Some((session, None)));
    };
    let onboarding = match (
        row.onboarding_id,
        row.stage,
        row.changed_by,
        row.created_at,
        row.updated_at,
        row.version,
    ) {
        (
            Some(onboarding_id),
            Some(stage),
            Some(changed_by),
            Some(created_at),
            Some(updated_at),
            Some(version),
        ) => Some(Stored::from(onboardings::OnboardingRow {
            firm_id: firm,
            onboarding_id,
            stage,
            draft: row.draft,
            known_company_id: row.known_company_id,
            tasks_done: row.tasks_done.unwrap_or_default(),
            approval_pending_since: row.approval_pending_since,
            changed_by,
            created_at,
            updated_at,
            archived_at: row.archived_at,
            version,
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
        })),
        _ => None,
    };
    let several_firms = row.several_firms;
    Ok(Some((
        session,
        Some(FirmView {
            id: firm,
            name,
            several_firms,
            right,
            onboarding,
            situation: row.situation,
            reason: row.reason,
            party: row.party,
            handed_over: row.handed_over,
        }),
    )))
}

/// The grant by which a support person may see a firm; one to act first.
async fn find_grant(
    conn: &mut PgConnection,
    person: PersonId,
    firm: FirmId,
    now: DateTime<Utc>,
) -> Result<Option<Right>, StoreError> {
    let grant = sqlx::query!(
        r#"
        select grant_id as "id: GrantId", access as "access: Access", expires_at
        from support_grant
        where firm_id = $1 and person_id = $2 and ended_at is null and expires_at > $3
        order by access = 'act' desc, expires_at desc
        limit 1
        "#,
        firm.0,
        person.0,
        now,
    )
    .fetch_optional(conn)
    .await?;
    Ok(grant.map(|row| Right::Granted {
        grant: Grant {
            id: row.id,
            firm,
            access: row.access,
        },
        until: row.expires_at,
    }))
}
