//! The table `membership`: who may act for which firm.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::StoreError;
use crate::identity::{Email, FirmId, PersonId};

/// A person who may act for a firm.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub person: PersonId,
    pub name: String,
    pub email: Email,
    pub joined_at: DateTime<Utc>,
    pub has_second_factor: bool,
}

/// Adds a person to a firm; returns `false` if they were a member.
pub(crate) async fn add(
    conn: &mut PgConnection,
    firm: FirmId,
    person: PersonId,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let written = sqlx::query!(
        r#"
        insert into membership (firm_id, person_id, joined_at)
        values ($1, $2, $3)
        on conflict do nothing
        "#,
        firm.0,
        person.0,
        now,
    )
    .execute(conn)
    .await?
    .rows_affected();
    Ok(written == 1)
}

/// Removes a person from a firm; returns `false` if they were not a member.
pub(crate) async fn remove(
    conn: &mut PgConnection,
    firm: FirmId,
    person: PersonId,
) -> Result<bool, StoreError> {
    let removed = sqlx::query!(
        "delete from membership where firm_id = $1 and person_id = $2",
        firm.0,
        person.0,
    )
    .execute(conn)
    .await?
    .rows_affected();
    Ok(removed == 1)
}

/// Whether a person may act for the firm.
pub(crate) async fn has(
    conn: &mut PgConnection,
    firm: FirmId,
    person: PersonId,
) -> Result<bool, StoreError> {
    let has = sqlx::query_scalar!(
        r#"
        select exists (
            select from membership where firm_id = $1 and person_id = $2
        ) as "has!"
        "#,
        firm.0,
        person.0,
    );
    Ok(has.fetch_one(conn).await?)
}

/// Everybody who may act for the firm, in the order in which they joined.
pub(crate) async fn list(conn: &mut PgConnection, firm: FirmId) -> Result<Vec<Member>, StoreError> {
    let members = sqlx::query_as!(
        Member,
        r#"
        select m.person_id as person, p.name, e.address as "email: Email", m.joined_at,
               p.second_factor_at is not null as "has_second_factor!"
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
