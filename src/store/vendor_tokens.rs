//! The table `vendor_token`: the access tokens of the vendor's own app, sealed, which serve every firm.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::StoreError;
use super::tokens::KeptToken;
use crate::identity::CredentialId;
use crate::vault::Sealed;

/// The token that is kept, expired or not.
pub(crate) async fn find(
    conn: &mut PgConnection,
    id: CredentialId,
) -> Result<Option<KeptToken>, StoreError> {
    let token = sqlx::query_as!(
        KeptToken,
        r#"
        select token as "token!: Sealed", minted_at as "minted_at!", expires_at as "expires_at!"
        from vendor_token where token_id = $1 and token is not null
        "#,
        id.0,
    );
    Ok(token.fetch_optional(conn).await?)
}

/// Claims the right to fetch the next token until `until`; `false` if somebody else has it, or if
/// the token is another one by now than the one minted at `seen`.
pub(crate) async fn claim(
    conn: &mut PgConnection,
    id: CredentialId,
    seen: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let claimed = sqlx::query!(
        r#"
        insert into vendor_token as kept (token_id, claimed_until)
        values ($1, $4)
        on conflict (token_id) do update set claimed_until = $4
        where kept.minted_at is not distinct from $2
            and (kept.claimed_until is null or kept.claimed_until <= $3)
        "#,
        id.0,
        seen,
        now,
        until,
    )
    .execute(conn)
    .await?;
    Ok(claimed.rows_affected() == 1)
}

/// Keeps a new token and ends the claim.
pub(crate) async fn save(
    conn: &mut PgConnection,
    id: CredentialId,
    kept: &KeptToken,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        insert into vendor_token (token_id, token, minted_at, expires_at)
        values ($1, $2, $3, $4)
        on conflict (token_id) do update
        set token = excluded.token, minted_at = excluded.minted_at,
            expires_at = excluded.expires_at, claimed_until = null
        "#,
        id.0,
        kept.token.as_bytes(),
        kept.minted_at,
        kept.expires_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Ends a claim without a token.
pub(crate) async fn release(conn: &mut PgConnection, id: CredentialId) -> Result<(), StoreError> {
    sqlx::query!(
        "update vendor_token set claimed_until = null where token_id = $1",
        id.0,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Drops the token minted at `minted_at`; does nothing if another has taken its place.
pub(crate) async fn forget(
    conn: &mut PgConnection,
    id: CredentialId,
    minted_at: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        update vendor_token set token = null, minted_at = null, expires_at = null
        where token_id = $1 and minted_at = $2
        "#,
        id.0,
        minted_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}
