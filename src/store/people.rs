//! The tables `person`, `email_address` and `recovery_code`.

use super::StoreError;
use crate::identity::{Email, PersonId, SupportRole, TimeZone};
use crate::vault::Sealed;
use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};
use sqlx::PgConnection;

/// A person who can sign in.
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
    /// Whether their role or one of their firms requires a second factor.
    pub needs_second_factor: bool,
    pub disabled_at: Option<DateTime<Utc>>,
    pub signed_in_at: Option<DateTime<Utc>>,
}

/// A second factor, confirmed or not.
#[derive(Clone, Debug)]
pub struct SecondFactor {
    /// Sealed for the person.
    pub secret: Sealed,
    /// When the person first proved to have it; until then it is not asked for.
    pub confirmed_at: Option<DateTime<Utc>>,
    /// The time step (RFC 6238) of the last code used; a code works once.
    pub last_step: Option<i64>,
}

impl Person {
    /// Whether signing in asks for a code.
    pub(crate) fn has_second_factor(&self) -> bool {
        self.second_factor
            .as_ref()
            .is_some_and(|factor| factor.confirmed_at.is_some())
    }
}

struct PersonRow {
    id: PersonId,
    name: String,
    email: Email,
    password_hash: Option<String>,
    time_zone: TimeZone,
    support_role: Option<SupportRole>,
    second_factor: Option<Sealed>,
    second_factor_at: Option<DateTime<Utc>>,
    second_factor_step: Option<i64>,
    needs_second_factor: bool,
    disabled_at: Option<DateTime<Utc>>,
    signed_in_at: Option<DateTime<Utc>>,
}

impl From<PersonRow> for Person {
    fn from(row: PersonRow) -> Self {
        Self {
            id: row.id,
            name: row.name,
            email: row.email,
            password_hash: row.password_hash.map(SecretString::from),
            time_zone: row.time_zone,
            support_role: row.support_role,
            second_factor: row.second_factor.map(|secret| SecondFactor {
                secret,
                confirmed_at: row.second_factor_at,
                last_step: row.second_factor_step,
            }),
            needs_second_factor: row.needs_second_factor,
            disabled_at: row.disabled_at,
            signed_in_at: row.signed_in_at,
        }
    }
}

/// Selects people with their addresses; `$rest` is what follows the join.
macro_rules! select_people {
    ($rest:literal $(, $argument:expr)*) => {
        sqlx::query_as!(
            PersonRow,
            r#"
            select p.person_id as id, p.name, e.address as "email: Email", p.password_hash,
                   p.time_zone, p.support_role as "support_role: SupportRole",
                   p.second_factor as "second_factor: Sealed", p.second_factor_at,
                   p.second_factor_step, p.disabled_at, p.signed_in_at,
                   p.support_role is not null or exists (
                       select from membership m
                       join firm f on f.firm_id = m.firm_id
                       where m.person_id = p.person_id and f.second_factor_required
                   ) as "needs_second_factor!"
            from person p
            join email_address e on e.person_id = p.person_id
            "# + $rest,
            $($argument),*
        )
    };
}

/// A person to be added.
pub struct NewPerson<'a> {
    pub id: PersonId,
    pub name: &'a str,
    pub email: &'a Email,
    pub password_hash: Option<&'a SecretString>,
    pub support_role: Option<SupportRole>,
}

/// Adds a person and their address; returns `false` and adds nothing if the address is taken.
pub async fn create(
    conn: &mut PgConnection,
    person: &NewPerson<'_>,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    // One statement, so that there is never a person without an address.
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
    let row = select_people!("where e.address = $1", email.as_str());
    Ok(row.fetch_optional(conn).await?.map(Person::from))
}

pub async fn find(conn: &mut PgConnection, id: PersonId) -> Result<Option<Person>, StoreError> {
    let row = select_people!("where p.person_id = $1", id.0);
    Ok(row.fetch_optional(conn).await?.map(Person::from))
}

/// The person, locked against other writers until the transaction ends.
pub async fn find_for_update(
    conn: &mut PgConnection,
    id: PersonId,
) -> Result<Option<Person>, StoreError> {
    let row = select_people!("where p.person_id = $1 for no key update of p", id.0);
    Ok(row.fetch_optional(conn).await?.map(Person::from))
}

/// The person as they are now, locked like [`find_for_update`], if the password that was `checked`
/// is still theirs and they may still sign in.
pub(crate) async fn find_unchanged_for_update(
    conn: &mut PgConnection,
    checked: &Person,
) -> Result<Option<Person>, StoreError> {
    let of = |person: &Person| {
        let hash = person.password_hash.as_ref();
        hash.map(|hash| hash.expose_secret().to_owned())
    };
    let person = find_for_update(conn, checked.id).await?;
    Ok(person.filter(|person| of(person) == of(checked) && person.disabled_at.is_none()))
}

/// Support people who may sign in, by name.
pub(crate) async fn list_support(conn: &mut PgConnection) -> Result<Vec<Person>, StoreError> {
    let rows = select_people!(
        "where p.support_role is not null and p.disabled_at is null
        order by lower(p.name), p.person_id"
    );
    let rows = rows.fetch_all(conn).await?;
    Ok(rows.into_iter().map(Person::from).collect())
}

/// The names of the support people who may sign in, in alphabetical order.
pub(crate) async fn list_support_names(
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

pub(crate) async fn set_password(
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

pub(crate) async fn set_profile(
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

/// Sets or removes a person's role in support.
pub(crate) async fn set_support_role(
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

/// Disables a person's account, or enables it again.
pub(crate) async fn set_disabled(
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

/// Records that a person signed in.
pub(crate) async fn set_signed_in(
    conn: &mut PgConnection,
    id: PersonId,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update person set signed_in_at = $2 where person_id = $1",
        id.0,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes a second factor, confirmed or not; `None` removes it.
pub(crate) async fn set_second_factor(
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

/// Removes the second factor and its recovery codes.
pub(crate) async fn drop_second_factor(
    conn: &mut PgConnection,
    id: PersonId,
) -> Result<(), StoreError> {
    set_second_factor(&mut *conn, id, None).await?;
    replace_recovery_codes(conn, id, &[]).await
}

/// Replaces every recovery code of the person.
pub(crate) async fn replace_recovery_codes(
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

/// Uses up a recovery code; returns `false` if it is unknown or was used.
pub(crate) async fn use_recovery_code(
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

/// How many recovery codes are left.
pub(crate) async fn count_recovery_codes(
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
