//! The table `support_grant`: which support person may be on which firm's pages, and until when.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::StoreError;
use crate::identity::{Access, FirmId, GrantId, PersonId};

/// A grant to be created.
#[derive(Debug, Clone)]
pub(crate) struct NewGrant<'a> {
    pub id: GrantId,
    pub firm: FirmId,
    pub person: PersonId,
    pub access: Access,
    pub reason: &'a str,
    /// Whose consent it rests on; needed to act.
    pub consent: Option<&'a str>,
    pub now: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
}

/// A support person's visit to a firm's pages, open or just ended.
#[derive(Debug, Clone)]
pub(crate) struct Visit {
    pub firm: FirmId,
    pub name: String,
    pub access: Access,
    pub began_at: DateTime<Utc>,
    pub until: DateTime<Utc>,
}

pub(crate) async fn create(
    conn: &mut PgConnection,
    grant: &NewGrant<'_>,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        insert into support_grant (firm_id, grant_id, person_id, access, reason, consent,
                                   created_at, expires_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        "#,
        grant.firm.0,
        grant.id.0,
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

/// The open visits at a firm, newest first.
pub(crate) async fn list_open(
    conn: &mut PgConnection,
    firm: FirmId,
    now: DateTime<Utc>,
) -> Result<Vec<Visit>, StoreError> {
    let visits = sqlx::query_as!(
        Visit,
        r#"
        select g.firm_id as firm, p.name, g.access as "access: Access",
               g.created_at as began_at, g.expires_at as until
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
    .await?;
    Ok(visits)
}

/// Ends and returns the open visits at a firm, of one person if given, with one access if given.
pub(crate) async fn end(
    conn: &mut PgConnection,
    firm: FirmId,
    person: Option<PersonId>,
    access: Option<Access>,
    now: DateTime<Utc>,
) -> Result<Vec<Visit>, StoreError> {
    let visits = sqlx::query_as!(
        Visit,
        r#"
        update support_grant g
        set ended_at = $4
        from person p
        where p.person_id = g.person_id
          and g.firm_id = $1 and g.person_id = coalesce($2, g.person_id)
          and g.access = coalesce($3, g.access)
          and g.ended_at is null and g.expires_at > $4
        returning g.firm_id as firm, p.name, g.access as "access: Access",
               g.created_at as began_at, g.expires_at as until
        "#,
        firm.0,
        person.map(|it| it.0),
        access.map(Access::as_str),
        now,
    )
    .fetch_all(conn)
    .await?;
    Ok(visits)
}

/// Ends and returns up to `at_most` expired visits, skipping those that another worker has locked.
pub(crate) async fn end_expired(
    conn: &mut PgConnection,
    now: DateTime<Utc>,
    at_most: i64,
) -> Result<Vec<Visit>, StoreError> {
    let visits = sqlx::query_as!(
        Visit,
        r#"
        with expired as materialized (
            select firm_id, grant_id
            from support_grant
            where ended_at is null and expires_at <= $1
            order by expires_at
            limit $2
            for update skip locked
        )
        update support_grant g
        set ended_at = g.expires_at
        from expired e, person p
        where g.firm_id = e.firm_id and g.grant_id = e.grant_id and p.person_id = g.person_id
        returning g.firm_id as firm, p.name, g.access as "access: Access",
               g.created_at as began_at, g.expires_at as until
        "#,
        now,
        at_most,
    )
    .fetch_all(conn)
    .await?;
    Ok(visits)
}
