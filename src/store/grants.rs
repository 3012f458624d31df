//! The table `support_grant`: which support person may be on which firm's pages, and until when.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::StoreError;
use crate::identity::{Access, FirmId, PersonId};

/// A grant to be.
#[derive(Debug, Clone)]
pub struct NewGrant<'a> {
    pub id: Uuid,
    pub firm: FirmId,
    pub person: PersonId,
    pub access: Access,
    pub reason: &'a str,
    /// Who let support act; needed for that.
    pub consent: Option<&'a str>,
    pub now: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
}

/// A visit that goes on, or has just ended.
#[derive(Debug, Clone)]
pub struct Visit {
    pub firm: FirmId,
    pub person: PersonId,
    pub name: String,
    pub access: Access,
    pub began_at: DateTime<Utc>,
    pub until: DateTime<Utc>,
}

struct Row {
    firm_id: Uuid,
    person_id: Uuid,
    name: String,
    access: String,
    created_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
}

impl TryFrom<Row> for Visit {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        Ok(Self {
            firm: FirmId(row.firm_id),
            person: PersonId(row.person_id),
            name: row.name,
            access: super::known("grant's access", row.access, Access::from_stored)?,
            began_at: row.created_at,
            until: row.expires_at,
        })
    }
}

pub async fn create(conn: &mut PgConnection, grant: &NewGrant<'_>) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        insert into support_grant (firm_id, grant_id, person_id, access, reason, consent,
                                   created_at, expires_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        "#,
        grant.firm.0,
        grant.id,
        grant.person.0,
        grant.access.as_str(),
        grant.reason,
        grant.consent,
        grant.now,
        grant.expires_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The visits at a firm that go on, newest first.
pub async fn list_open(
    conn: &mut PgConnection,
    firm: FirmId,
    now: DateTime<Utc>,
) -> Result<Vec<Visit>, StoreError> {
    sqlx::query_as!(
        Row,
        r#"
        select g.firm_id, g.person_id, p.name, g.access, g.created_at, g.expires_at
        from support_grant g
        join person p on p.person_id = g.person_id
        where g.firm_id = $1 and g.ended_at is null and g.expires_at > $2
          and p.disabled_at is null and p.support_role is not null
        order by g.created_at desc
        "#,
        firm.0,
        now,
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(Visit::try_from)
    .collect()
}

/// Ends visits at a firm that go on: those of one person, or of everybody; with any access, or one
/// of them. Gives what was ended.
pub async fn end(
    conn: &mut PgConnection,
    firm: FirmId,
    person: Option<PersonId>,
    access: Option<Access>,
    now: DateTime<Utc>,
) -> Result<Vec<Visit>, StoreError> {
    sqlx::query_as!(
        Row,
        r#"
        update support_grant g
        set ended_at = $4
        from person p
        where p.person_id = g.person_id
          and g.firm_id = $1 and g.person_id = coalesce($2, g.person_id)
          and g.access = coalesce($3, g.access)
          and g.ended_at is null and g.expires_at > $4
        returning g.firm_id, g.person_id, p.name, g.access, g.created_at, g.expires_at
        "#,
        firm.0,
        person.map(Uuid::from),
        access.map(Access::as_str),
        now,
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(Visit::try_from)
    .collect()
}

/// Ends visits whose time is over, at most so many; those that another worker has in hand are
/// passed over.
pub async fn end_expired(
    conn: &mut PgConnection,
    now: DateTime<Utc>,
    at_most: i64,
) -> Result<Vec<Visit>, StoreError> {
    sqlx::query_as!(
        Row,
        r#"
        update support_grant g
        set ended_at = g.expires_at
        from person p
        where p.person_id = g.person_id
          and (g.firm_id, g.grant_id) in (
              select firm_id, grant_id
              from support_grant
              where ended_at is null and expires_at <= $1
              order by expires_at
              limit $2
              for update skip locked
          )
        returning g.firm_id, g.person_id, p.name, g.access, g.created_at, g.expires_at
        "#,
        now,
        at_most,
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(Visit::try_from)
    .collect()
}
