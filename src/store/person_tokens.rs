//! The table `person_token`: tokens of people who signed in with Procore, sealed until they are revoked.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::StoreError;
use crate::identity::PersonTokenId;
use crate::vault::Sealed;

/// A token that Procore has not taken back yet.
pub(crate) struct PersonToken {
    pub environment: String,
    pub token: Sealed,
    pub created_at: DateTime<Utc>,
}

pub(crate) async fn keep(
    conn: &mut PgConnection,
    id: PersonTokenId,
    kept: &PersonToken,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        insert into person_token (token_id, environment, token, created_at)
        values ($1, $2, $3, $4)
        "#,
        id.0,
        kept.environment,
        kept.token.as_bytes(),
        kept.created_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub(crate) async fn find(
    conn: &mut PgConnection,
    id: PersonTokenId,
) -> Result<Option<PersonToken>, StoreError> {
    let kept = sqlx::query_as!(
        PersonToken,
        r#"
        select environment, token as "token: Sealed", created_at from person_token
        where token_id = $1
        "#,
        id.0,
    );
    Ok(kept.fetch_optional(conn).await?)
}

/// Forgets a token: it is revoked, or too old to be tried again.
pub(crate) async fn wipe(conn: &mut PgConnection, id: PersonTokenId) -> Result<(), StoreError> {
    sqlx::query!("delete from person_token where token_id = $1", id.0)
        .execute(conn)
        .await?;
    Ok(())
}
