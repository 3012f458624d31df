//! The table `reset_request`: who asked for a link to choose a new password, until the mail is
//! written. Whether the address is anybody's is not known yet.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::StoreError;
use crate::identity::{Email, ResetRequestId};

pub async fn create(
    conn: &mut PgConnection,
    id: ResetRequestId,
    email: &Email,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into reset_request (reset_request_id, email, created_at) values ($1, $2, $3)",
        id.0,
        email.as_str(),
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Removes a request; returns the address.
pub async fn take(
    conn: &mut PgConnection,
    id: ResetRequestId,
) -> Result<Option<Email>, StoreError> {
    let email = sqlx::query_scalar!(
        r#"
        delete from reset_request where reset_request_id = $1
        returning email as "email: Email"
        "#,
        id.0,
    )
    .fetch_optional(conn)
    .await?;
    Ok(email)
}
