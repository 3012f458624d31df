//! The table `procore_token`: access tokens, sealed, and who fetches the next one.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::StoreError;
use crate::identity::{ConnectionId, CredentialId, FirmId};
use crate::vault::Sealed;

/// A kept token; only sealed.
#[derive(Debug, Clone)]
pub struct KeptToken {
    pub token: Sealed,
    pub minted_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
}

/// The firm that a credential belongs to.
pub(crate) async fn find_owner(
    conn: &mut PgConnection,
    credential_id: CredentialId,
) -> Result<Option<FirmId>, StoreError> {
    let firm_id = sqlx::query_scalar!(
        r#"select firm_id as "firm_id: FirmId" from credential where credential_id = $1"#,
        credential_id.0,
    );
    Ok(firm_id.fetch_optional(conn).await?)
}

/// The token that is kept for a credential, expired or not.
pub async fn find(
    conn: &mut PgConnection,
    firm_id: FirmId,
    credential_id: CredentialId,
) -> Result<Option<KeptToken>, StoreError> {
    let row = sqlx::query!(
        r#"
        select token as "token!", minted_at as "minted_at!", expires_at as "expires_at!"
        from procore_token
        where firm_id = $1 and credential_id = $2 and token is not null
        "#,
        firm_id.0,
        credential_id.0,
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| KeptToken {
        token: Sealed::from_bytes(row.token),
        minted_at: row.minted_at,
        expires_at: row.expires_at,
    }))
}

/// Hands the kept token of a credential to the one that replaces it with the same key and secret.
pub(crate) async fn carry_over(
    conn: &mut PgConnection,
    firm_id: FirmId,
    from: CredentialId,
    to: CredentialId,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        update procore_token set credential_id = $3, claimed_until = null
        where firm_id = $1 and credential_id = $2
        "#,
        firm_id.0,
        from.0,
        to.0,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Claims the right to fetch the next token until `until`; `false` if somebody else has it, or if
/// the token is another one by now than the one minted at `seen`.
pub async fn claim(
    conn: &mut PgConnection,
    firm_id: FirmId,
    credential_id: CredentialId,
    seen: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let claimed = sqlx::query!(
        r#"
        insert into procore_token as kept (firm_id, credential_id, claimed_until)
        values ($1, $2, $5)
        on conflict (firm_id, credential_id) do update set claimed_until = $5
        where kept.minted_at is not distinct from $3
            and (kept.claimed_until is null or kept.claimed_until <= $4)
        "#,
        firm_id.0,
        credential_id.0,
        seen,
        now,
        until,
    )
    .execute(conn)
    .await?;
    Ok(claimed.rows_affected() == 1)
}

/// Keeps a new token and ends the claim.
pub async fn save(
    conn: &mut PgConnection,
    firm_id: FirmId,
    credential_id: CredentialId,
    kept: &KeptToken,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        insert into procore_token (firm_id, credential_id, token, minted_at, expires_at)
        values ($1, $2, $3, $4, $5)
        on conflict (firm_id, credential_id) do update
        set token = excluded.token, minted_at = excluded.minted_at,
            expires_at = excluded.expires_at, claimed_until = null
        "#,
        firm_id.0,
        credential_id.0,
        kept.token.as_bytes(),
        kept.minted_at,
        kept.expires_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Ends a claim without a token.
pub async fn release(
    conn: &mut PgConnection,
    firm_id: FirmId,
    credential_id: CredentialId,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        update procore_token set claimed_until = null
        where firm_id = $1 and credential_id = $2
        "#,
        firm_id.0,
        credential_id.0,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Drops the token minted at `minted_at`; does nothing if another has taken its place.
pub async fn forget(
    conn: &mut PgConnection,
    firm_id: FirmId,
    credential_id: CredentialId,
    minted_at: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        update procore_token set token = null, minted_at = null, expires_at = null
        where firm_id = $1 and credential_id = $2 and minted_at = $3
        "#,
        firm_id.0,
        credential_id.0,
        minted_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Drops the tokens of every credential of a connection.
pub(crate) async fn remove_of(
    conn: &mut PgConnection,
    firm_id: FirmId,
    connection_id: ConnectionId,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        delete from procore_token
        using credential
        where procore_token.firm_id = $1 and credential.firm_id = $1
          and credential.credential_id = procore_token.credential_id
          and credential.connection_id = $2
        "#,
        firm_id.0,
        connection_id.0,
    )
    .execute(conn)
    .await?;
    Ok(())
}
