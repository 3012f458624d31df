//! The table `company_claim`: which firm a Procore company belongs to.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::StoreError;
use crate::identity::FirmId;

/// Whose a company is after [`claim`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// The asking firm's.
    Ours,
    /// Another firm's, which is not named.
    Taken,
}

/// Claims a company for a firm, unless another one has it. Claiming again changes nothing.
pub async fn claim(
    conn: &mut PgConnection,
    firm_id: FirmId,
    environment: &str,
    company_id: i64,
    now: DateTime<Utc>,
) -> Result<Claim, StoreError> {
    sqlx::query!(
        r#"
        insert into company_claim (environment, company_id, firm_id, claimed_at)
        values ($1, $2, $3, $4)
        on conflict do nothing
        "#,
        environment,
        company_id,
        firm_id.0,
        now,
    )
    .execute(&mut *conn)
    .await?;
    holder(conn, firm_id, environment, company_id).await
}

/// Whether another firm has claimed the company.
pub(crate) async fn holder(
    conn: &mut PgConnection,
    firm_id: FirmId,
    environment: &str,
    company_id: i64,
) -> Result<Claim, StoreError> {
    let holder = sqlx::query_scalar!(
        r#"
        select firm_id as "firm_id: FirmId" from company_claim
        where environment = $1 and company_id = $2
        "#,
        environment,
        company_id,
    )
    .fetch_optional(conn)
    .await?;
    Ok(match holder {
        Some(holder) if holder != firm_id => Claim::Taken,
        Some(_) | None => Claim::Ours,
    })
}

/// Which of some companies another firm has claimed.
pub(crate) async fn list_taken(
    conn: &mut PgConnection,
    firm_id: FirmId,
    environment: &str,
    companies: &[i64],
) -> Result<Vec<i64>, StoreError> {
    let taken = sqlx::query_scalar!(
        r#"
        select company_id from company_claim
        where environment = $2 and company_id = any($3) and not (firm_id = $1)
        "#,
        firm_id.0,
        environment,
        companies,
    );
    Ok(taken.fetch_all(conn).await?)
}

/// Whether a company is anybody's.
pub(crate) async fn is_claimed(
    conn: &mut PgConnection,
    environment: &str,
    company_id: i64,
) -> Result<bool, StoreError> {
    let is_claimed = sqlx::query_scalar!(
        r#"
        select exists (
            select from company_claim where environment = $1 and company_id = $2
        ) as "is!"
        "#,
        environment,
        company_id,
    );
    Ok(is_claimed.fetch_one(conn).await?)
}

/// Releases every company of a firm but `kept`, if one is kept.
pub(crate) async fn release_others(
    conn: &mut PgConnection,
    firm_id: FirmId,
    kept: Option<(&str, i64)>,
) -> Result<(), StoreError> {
    let (environment, company_id) = kept.unzip();
    sqlx::query!(
        r#"
        delete from company_claim
        where firm_id = $1
          and (environment, company_id) is distinct from ($2::text, $3::bigint)
        "#,
        firm_id.0,
        environment,
        company_id,
    )
    .execute(conn)
    .await?;
    Ok(())
}
