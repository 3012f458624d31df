//! Keeps the firm's own codes out of what people write.

use secrecy::SecretString;
use sqlx::PgConnection;
use uuid::Uuid;

use super::Error;
use crate::app::App;
use crate::identity::{FirmId, Remark};
use crate::store::credentials;

/// Whether a remark holds the firm's own client id or secret, whatever these look like.
pub(super) async fn hold_codes(
    conn: &mut PgConnection,
    app: &App,
    firm: FirmId,
    onboarding_id: Uuid,
    remark: &Remark,
) -> Result<bool, Error> {
    let current = credentials::find_current(conn, firm.into(), onboarding_id).await?;
    let Some(current) = current else {
        return Ok(false);
    };
    Ok(remark.words().any(|word| {
        word == current.client_id
            || app.vault.fingerprint(&SecretString::from(word)) == current.fingerprint
    }))
}
