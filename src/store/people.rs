//! The tables `person`, `email_address` and `recovery_code`.

use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};
use sqlx::PgConnection;
use uuid::Uuid;

use super::StoreError;
use crate::identity::{Email, PersonId, SupportRole, TimeZone};
use crate::vault::Sealed;

/// A person who can sign in, with what signing in compares.
#[derive(Clone, Debug)]
pub struct Person {
    pub id: PersonId,
    pub name: String,
    pub email: Email,
    /// A PHC string; `None` until an invitation was accepted.
    pub password_hash: Option<SecretString>,
    pub time_zone: TimeZone,
    pub support_role: Option<SupportRole>,
    pub second_factor: Option<SecondFactor>,
    pub disabled_at: Option<DateTime<Utc>>,
}

/// A second factor, perhaps not proven yet.
#[derive(Clone, Debug)]
pub struct SecondFactor {
    /// Sealed for the person.
    pub secret: Sealed,
    /// When the person first proved to hold it; until then it counts for nothing.
    pub confirmed_at: Option<DateTime<Utc>>,
    /// The last time step of which a code was used.
    pub last_step: Option<i64>,
}

impl Person {
    /// Whether signing in asks for a code.
    pub fn has_second_factor(&self) -> bool {
        self.second_factor
            .as_ref()
            .is_some_and(|factor| factor.confirmed_at.is_some())
    }
}

struct Row {
    person_id: Uuid,
    name: String,
    address: String,
    password_hash: Option<String>,
    time_zone: String,
    support_role: Option<String>,
    second_factor: Option<Vec<u8>>,
    second_factor_at: Option<DateTime<Utc>>,
    second_factor_step: Option<i64>,
    disabled_at: Option<DateTime<Utc>>,
}

impl TryFrom<Row> for Person {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.person_id.into(),
            name: row.name,
            email: Email::from_stored(row.address),
            password_hash: row.password_hash.map(SecretString::from),
            time_zone: TimeZone::from_stored(&row.time_zone),
            support_role: row.support_role.map(support_role).transpose()?,
            second_factor: row.second_factor.map(|sealed| SecondFactor {
                secret: Sealed::from_bytes(sealed),
                confirmed_at: row.second_factor_at,
                last_step: row.second_factor_step,
            }),
            disabled_at: row.disabled_at,
        })
    }
}

pub(super) fn support_role(text: String) -> Result<SupportRole, StoreError> {
    SupportRole::from_stored(&text).ok_or(StoreError::Unknown {
        what: "support role",
        value: text,
    })
}

/// A person to be added.
pub struct NewPerson<'a> {
    pub id: PersonId,
    pub name: &'a str,
    pub email: &'a Email,
    pub password_hash: Option<&'a SecretString>,
    pub support_role: Option<SupportRole>,
}

/// Adds a person and their address; `false`, with nothing added, if the address is taken.
pub async fn create(
    conn: &mut PgConnection,
    person: &NewPerson<'_>,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    // One statement: a person without an address must never be seen, nor stay behind.
    let written = sqlx::query!(
        r#"
        with free as (
            select 1 where not exists (select from email_address where address = $3)
        ), added as (
            insert into person (person_id, name, password_hash, support_role, created_at)
            select $1, $2, $4, $5, $6 from free
            returning person_id
        )
        insert into email_address (address, person_id)
        select $3, person_id from added
        "#,
        person.id.0,
        person.name,
        person.email.as_str(),
        person.password_hash.map(ExposeSecret::expose_secret),
        person.support_role.map(SupportRole::as_str),
        now,
    )
    .execute(conn)
    .await?
    .rows_affected();
    Ok(written == 1)
}

pub async fn find_by_email(
    conn: &mut PgConnection,
    email: &Email,
) -> Result<Option<Person>, StoreError> {
    sqlx::query_as!(
        Row,
        r#"
        select p.person_id, p.name, e.address, p.password_hash, p.time_zone, p.support_role,
               p.second_factor, p.second_factor_at, p.second_factor_step, p.disabled_at
        from email_address e
        join person p on p.person_id = e.person_id
        where e.address = $1
        "#,
        email.as_str(),
    )
    .fetch_optional(conn)
    .await?
    .map(Person::try_from)
    .transpose()
}

pub async fn find(conn: &mut PgConnection, id: PersonId) -> Result<Option<Person>, StoreError> {
    sqlx::query_as!(
        Row,
        r#"
        select p.person_id, p.name, e.address, p.password_hash, p.time_zone, p.support_role,
               p.second_factor, p.second_factor_at, p.second_factor_step, p.disabled_at
        from person p
        join email_address e on e.person_id = p.person_id
        where p.person_id = $1
        "#,
        id.0,
    )
    .fetch_optional(conn)
    .await?
    .map(Person::try_from)
    .transpose()
}

/// The person, held against other writers until the transaction ends.
pub async fn find_for_update(
    conn: &mut PgConnection,
    id: PersonId,
) -> Result<Option<Person>, StoreError> {
    sqlx::query_as!(
        Row,
        r#"
        select p.person_id, p.name, e.address, p.password_hash, p.time_zone, p.support_role,
               p.second_factor, p.second_factor_at, p.second_factor_step, p.disabled_at
        from person p
        join email_address e on e.person_id = p.person_id
        where p.person_id = $1
        for no key update of p
        "#,
        id.0,
    )
    .fetch_optional(conn)
    .await?
    .map(Person::try_from)
    .transpose()
}

/// Support people who may sign in, by name.
pub async fn list_support(conn: &mut PgConnection) -> Result<Vec<Person>, StoreError> {
    sqlx::query_as!(
        Row,
        r#"
        select p.person_id, p.name, e.address, p.password_hash, p.time_zone, p.support_role,
               p.second_factor, p.second_factor_at, p.second_factor_step, p.disabled_at
        from person p
        join email_address e on e.person_id = p.person_id
        where p.support_role is not null and p.disabled_at is null
        order by lower(p.name), p.person_id
        "#,
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(Person::try_from)
    .collect()
}

/// The names of the support people who may sign in, in alphabetical order.
pub async fn list_support_names(
    conn: &mut PgConnection,
) -> Result<Vec<(PersonId, String)>, StoreError> {
    let rows = sqlx::query!(
        r#"
        select person_id, name
        from person
        where support_role is not null and disabled_at is null
        order by lower(name), person_id
        "#,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.person_id.into(), row.name))
        .collect())
}

pub async fn set_password(
    conn: &mut PgConnection,
    id: PersonId,
    hash: &SecretString,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update person set password_hash = $2 where person_id = $1",
        id.0,
        hash.expose_secret(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn set_profile(
    conn: &mut PgConnection,
    id: PersonId,
    name: &str,
    time_zone: TimeZone,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update person set name = $2, time_zone = $3 where person_id = $1",
        id.0,
        name,
        time_zone.name(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Makes a person support, in a role, or ends that.
pub async fn set_support_role(
    conn: &mut PgConnection,
    id: PersonId,
    role: Option<SupportRole>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update person set support_role = $2 where person_id = $1",
        id.0,
        role.map(SupportRole::as_str),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes a person's access away, or gives it back.
pub async fn set_disabled(
    conn: &mut PgConnection,
    id: PersonId,
    disabled_at: Option<DateTime<Utc>>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update person set disabled_at = $2 where person_id = $1",
        id.0,
        disabled_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes a second factor, proven or not; `None` removes it.
pub async fn set_second_factor(
    conn: &mut PgConnection,
    id: PersonId,
    factor: Option<&SecondFactor>,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        update person
        set second_factor = $2, second_factor_at = $3, second_factor_step = $4
        where person_id = $1
        "#,
        id.0,
        factor.map(|factor| factor.secret.as_bytes()),
        factor.and_then(|factor| factor.confirmed_at),
        factor.and_then(|factor| factor.last_step),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Puts `hashes` in the place of every recovery code of the person.
pub async fn replace_recovery_codes(
    conn: &mut PgConnection,
    id: PersonId,
    hashes: &[Vec<u8>],
) -> Result<(), StoreError> {
    sqlx::query!("delete from recovery_code where person_id = $1", id.0)
        .execute(&mut *conn)
        .await?;
    sqlx::query!(
        r#"
        insert into recovery_code (person_id, code_hash)
        select $1, code_hash from unnest($2::bytea[]) as code_hash
        "#,
        id.0,
        hashes,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Uses up a recovery code; `false` if it is none, or was used.
pub async fn use_recovery_code(
    conn: &mut PgConnection,
    id: PersonId,
    hash: &[u8],
) -> Result<bool, StoreError> {
    let used = sqlx::query!(
        "delete from recovery_code where person_id = $1 and code_hash = $2",
        id.0,
        hash,
    )
    .execute(conn)
    .await?
    .rows_affected();
    Ok(used == 1)
}

/// How many recovery codes are still good.
pub async fn count_recovery_codes(
    conn: &mut PgConnection,
    id: PersonId,
) -> Result<i64, StoreError> {
    let count = sqlx::query_scalar!(
        r#"select count(*) as "count!" from recovery_code where person_id = $1"#,
        id.0,
    )
    .fetch_one(conn)
    .await?;
    Ok(count)
}
