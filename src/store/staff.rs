//! Support people as their leads see them, and taking their access away.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::people::support_role;
use super::{StoreError, known};
use crate::identity::{Access, Email, FirmId, PersonId, SupportRole};

/// A support person who may sign in.
#[derive(Debug, Clone)]
pub struct Member {
    pub person: PersonId,
    pub name: String,
    pub email: Email,
    pub role: SupportRole,
    /// Whether they have proven to hold a second factor.
    pub has_second_factor: bool,
    /// When a session of theirs was last used; `None` where none is left.
    pub last_seen_at: Option<DateTime<Utc>>,
}

/// Every support person who may sign in, by name.
pub async fn list(conn: &mut PgConnection) -> Result<Vec<Member>, StoreError> {
    let rows = sqlx::query!(
        r#"
        select p.person_id, p.name, e.address, p.support_role as "support_role!",
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
    rows.into_iter()
        .map(|row| {
            Ok(Member {
                person: row.person_id.into(),
                name: row.name,
                email: Email::from_stored(row.address),
                role: support_role(row.support_role)?,
                has_second_factor: row.has_second_factor,
                last_seen_at: row.last_seen_at,
            })
        })
        .collect()
}

/// Who leads support now, held until the transaction ends: whoever changes that takes turns.
pub async fn hold_leads(conn: &mut PgConnection) -> Result<Vec<PersonId>, StoreError> {
    let ids = sqlx::query_scalar!(
        r#"
        select person_id
        from person
        where support_role = 'lead' and disabled_at is null
        order by person_id
        for no key update
        "#,
    )
    .fetch_all(conn)
    .await?;
    Ok(ids.into_iter().map(PersonId::from).collect())
}

/// Ends everything that lets a person onto firms' pages. Gives the firms, and how far it went.
pub async fn end_grants(
    conn: &mut PgConnection,
    person: PersonId,
    now: DateTime<Utc>,
) -> Result<Vec<(FirmId, Access)>, StoreError> {
    let rows = sqlx::query!(
        r#"
        update support_grant
        set ended_at = $2
        where person_id = $1 and ended_at is null and expires_at > $2
        returning firm_id, access
        "#,
        person.0,
        now,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            let access = known("grant's access", row.access, Access::from_stored)?;
            Ok((row.firm_id.into(), access))
        })
        .collect()
}

/// Leaves what a person looked after to whoever takes it up. Gives how many those are.
pub async fn let_go_of_cases(conn: &mut PgConnection, person: PersonId) -> Result<u64, StoreError> {
    let changed = sqlx::query!(
        "update attention set assignee_id = null where assignee_id = $1",
        Uuid::from(person),
    )
    .execute(conn)
    .await?
    .rows_affected();
    Ok(changed)
}
