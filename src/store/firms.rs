//! The table `firm`.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::StoreError;
use crate::identity::{FirmId, PersonId};
use crate::onboarding::search::words;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Firm {
    pub id: FirmId,
    pub name: String,
    /// The host product's own id.
    pub external_reference: Option<String>,
    pub created_at: DateTime<Utc>,
}

/// Adds a firm and indexes the words of its name; returns `false` if its id or its external
/// reference is taken.
pub async fn create(conn: &mut PgConnection, firm: &Firm) -> Result<bool, StoreError> {
    let written = sqlx::query!(
        r#"
        insert into firm (firm_id, name, external_reference, created_at)
        values ($1, $2, $3, $4)
        on conflict do nothing
        "#,
        firm.id.0,
        firm.name,
        firm.external_reference,
        firm.created_at,
    )
    .execute(&mut *conn)
    .await?
    .rows_affected();
    if written == 0 {
        return Ok(false);
    }
    sqlx::query!(
        "insert into firm_word (word, firm_id) select word, $2 from unnest($1::text[]) as word",
        &words(&firm.name),
        firm.id.0,
    )
    .execute(conn)
    .await?;
    Ok(true)
}

pub async fn find(conn: &mut PgConnection, id: FirmId) -> Result<Option<Firm>, StoreError> {
    let firm = sqlx::query_as!(
        Firm,
        r#"
        select firm_id as id, name, external_reference, created_at
        from firm
        where firm_id = $1
        "#,
        id.0,
    )
    .fetch_optional(conn)
    .await?;
    Ok(firm)
}

/// The firm, locked until the transaction ends, so that changes to its people happen one by one.
pub async fn find_for_update(
    conn: &mut PgConnection,
    id: FirmId,
) -> Result<Option<Firm>, StoreError> {
    let firm = sqlx::query_as!(
        Firm,
        r#"
        select firm_id as id, name, external_reference, created_at
        from firm
        where firm_id = $1
        for no key update
        "#,
        id.0,
    )
    .fetch_optional(conn)
    .await?;
    Ok(firm)
}

/// Whether everybody who acts for the firm needs a second factor.
pub(crate) async fn requires_second_factor(
    conn: &mut PgConnection,
    id: FirmId,
) -> Result<bool, StoreError> {
    let required = sqlx::query_scalar!(
        "select second_factor_required from firm where firm_id = $1",
        id.0,
    );
    Ok(required.fetch_optional(conn).await?.unwrap_or(false))
}

/// Sets it; returns `false` if it was so before.
pub(crate) async fn require_second_factor(
    conn: &mut PgConnection,
    id: FirmId,
    required: bool,
) -> Result<bool, StoreError> {
    let changed = sqlx::query!(
        r#"
        update firm set second_factor_required = $2
        where firm_id = $1 and second_factor_required <> $2
        "#,
        id.0,
        required,
    );
    Ok(changed.execute(conn).await?.rows_affected() == 1)
}

/// The firms that a person may act for, by name.
pub async fn list_of_person(
    conn: &mut PgConnection,
    person: PersonId,
) -> Result<Vec<Firm>, StoreError> {
    let firms = sqlx::query_as!(
        Firm,
        r#"
        select f.firm_id as id, f.name, f.external_reference, f.created_at
        from membership m
        join firm f on f.firm_id = m.firm_id
        where m.person_id = $1
        order by lower(f.name), f.firm_id
        "#,
        person.0,
    )
    .fetch_all(conn)
    .await?;
    Ok(firms)
}
