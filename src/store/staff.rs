//! Support people as their leads see them, and taking their access away.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::StoreError;
use crate::identity::{Access, Email, FirmId, PersonId, SupportRole};

/// A support person who may sign in.
#[derive(Debug, Clone)]
pub struct StaffMember {
    pub person: PersonId,
    pub name: String,
    pub email: Email,
    pub role: SupportRole,
    /// Whether they have a confirmed second factor.
    pub has_second_factor: bool,
    /// When one of their sessions was last used; `None` if there is none.
    pub last_seen_at: Option<DateTime<Utc>>,
}

/// Every support person who may sign in, by name.
pub async fn list(conn: &mut PgConnection) -> Result<Vec<StaffMember>, StoreError> {
    let members = sqlx::query_as!(
        StaffMember,
        r#"
        select p.person_id as person, p.name, e.address as "email: Email",
               p.support_role as "role!: SupportRole",
               p.second_factor_at is not null as "has_second_factor!",
               (select max(s.last_seen_at) from session s where s.person_id = p.person_id)
                   as last_seen_at
        from person p
        join email_address e on e.person_id = p.person_id
        where p.support_role is not null and p.disabled_at is null
        order by lower(p.name), p.person_id
        "#,
    )
    .fetch_all(conn)
    .await?;
    Ok(members)
}

/// The leads of support, locked until the transaction ends, so that changes to them happen one by
/// one.
pub(crate) async fn lock_leads(conn: &mut PgConnection) -> Result<Vec<PersonId>, StoreError> {
    let leads = sqlx::query_scalar!(
        r#"
        select person_id as "id: PersonId"
        from person
        where support_role = 'lead' and disabled_at is null
        order by person_id
        for no key update
        "#,
    )
    .fetch_all(conn)
    .await?;
    Ok(leads)
}

/// Ends a person's open visits to firms' pages; returns the firms and how far each visit went.
pub(crate) async fn end_grants(
    conn: &mut PgConnection,
    person: PersonId,
    now: DateTime<Utc>,
) -> Result<Vec<(FirmId, Access)>, StoreError> {
    let ended = sqlx::query!(
        r#"
        update support_grant
        set ended_at = $2
        where person_id = $1 and ended_at is null and expires_at > $2
        returning firm_id as "firm: FirmId", access as "access: Access"
        "#,
        person.0,
        now,
    )
    .fetch_all(conn)
    .await?;
    Ok(ended.into_iter().map(|it| (it.firm, it.access)).collect())
}

/// Unassigns every case of a person; returns how many.
pub(crate) async fn unassign_cases(
    conn: &mut PgConnection,
    person: PersonId,
) -> Result<u64, StoreError> {
    let changed = sqlx::query!(
        "update queue_line set assignee_id = null where assignee_id = $1",
        person.0,
    )
    .execute(conn)
    .await?
    .rows_affected();
    Ok(changed)
}
