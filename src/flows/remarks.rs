//! Keeps the firm's own codes out of what people write.

use secrecy::SecretString;
use sqlx::PgConnection;

use super::Error;
use crate::app::App;
use crate::identity::{FirmId, Remark};
use crate::onboarding::Onboarding;
use crate::store::credentials;

/// Refuses a remark that contains the firm's own client id or secret.
pub(super) async fn refuse_secrets(
    conn: &mut PgConnection,
    app: &App,
    firm: FirmId,
    onboarding: &Onboarding,
    remark: &Remark,
) -> Result<(), Error> {
    let current = match onboarding.connection_id {
        Some(connection) => credentials::find_current(conn, firm, connection).await?,
        None => None,
    };
    let Some(current) = current else {
        return Ok(());
    };
    let is_secret = |word: &str| {
        word == current.client_id || app.is_same_secret(&current, &SecretString::from(word))
    };
    match remark.words().any(is_secret) {
        true => Err(Error::HoldsSecret),
        false => Ok(()),
    }
}
