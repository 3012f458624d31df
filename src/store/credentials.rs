//! The table `credential`: who may call Procore for a firm, secret sealed.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::StoreError;
use crate::vault::Sealed;

/// A firm's Procore details; the secret only sealed.
#[derive(Debug, Clone)]
pub struct Credential {
    pub id: Uuid,
    pub firm_id: Uuid,
    pub onboarding_id: Uuid,
    pub environment: String,
    pub company_id: i64,
    pub client_id: String,
    /// `None` once it was wiped.
    pub secret: Option<Sealed>,
    /// Six hexadecimal digits by which people tell secrets apart.
    pub fingerprint: String,
    pub created_by: String,
    pub created_at: DateTime<Utc>,
}

struct Row {
    credential_id: Uuid,
    firm_id: Uuid,
    onboarding_id: Uuid,
    environment: String,
    company_id: i64,
    client_id: String,
    secret: Option<Vec<u8>>,
    fingerprint: String,
    created_by: String,
    created_at: DateTime<Utc>,
}

impl From<Row> for Credential {
    fn from(row: Row) -> Self {
        Self {
            id: row.credential_id,
            firm_id: row.firm_id,
            onboarding_id: row.onboarding_id,
            environment: row.environment,
            company_id: row.company_id,
            client_id: row.client_id,
            secret: row.secret.map(Sealed::from_bytes),
            fingerprint: row.fingerprint,
            created_by: row.created_by,
            created_at: row.created_at,
        }
    }
}

/// Makes `credential` the one in use and wipes the secret of the one before it.
pub async fn replace_current(
    conn: &mut PgConnection,
    credential: &Credential,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        update credential set state = 'retired', secret = null, retired_at = $3
        where firm_id = $1 and onboarding_id = $2 and state = 'current'
        "#,
        credential.firm_id,
        credential.onboarding_id,
        credential.created_at,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        r#"
        insert into credential (firm_id, credential_id, onboarding_id, environment, company_id,
                                client_id, secret, fingerprint, state, created_by, created_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, 'current', $9, $10)
        "#,
        credential.firm_id,
        credential.id,
        credential.onboarding_id,
        credential.environment,
        credential.company_id,
        credential.client_id,
        credential.secret.as_ref().map(Sealed::as_bytes),
        credential.fingerprint,
        credential.created_by,
        credential.created_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The credential that an onboarding uses now.
pub async fn find_current(
    conn: &mut PgConnection,
    firm_id: Uuid,
    onboarding_id: Uuid,
) -> Result<Option<Credential>, StoreError> {
    let row = sqlx::query_as!(
        Row,
        r#"
        select credential_id, firm_id, onboarding_id, environment, company_id, client_id, secret,
               fingerprint, created_by, created_at
        from credential
        where firm_id = $1 and onboarding_id = $2 and state = 'current'
        "#,
        firm_id,
        onboarding_id,
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(Credential::from))
}

/// One credential of a firm.
pub async fn find(
    conn: &mut PgConnection,
    firm_id: Uuid,
    credential_id: Uuid,
) -> Result<Option<Credential>, StoreError> {
    let row = sqlx::query_as!(
        Row,
        r#"
        select credential_id, firm_id, onboarding_id, environment, company_id, client_id, secret,
               fingerprint, created_by, created_at
        from credential
        where firm_id = $1 and credential_id = $2
        "#,
        firm_id,
        credential_id,
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(Credential::from))
}

/// Wipes every secret of an onboarding; its credentials stay as history.
pub async fn wipe(
    conn: &mut PgConnection,
    firm_id: Uuid,
    onboarding_id: Uuid,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        update credential
        set state = 'retired', secret = null, retired_at = coalesce(retired_at, $3)
        where firm_id = $1 and onboarding_id = $2
        "#,
        firm_id,
        onboarding_id,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}
