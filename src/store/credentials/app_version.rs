//! How the app of a credential is installed.

use sqlx::PgConnection;

use crate::identity::{CredentialId, FirmId};
use crate::store::StoreError;

/// How the app of a credential is installed, as Procore tells it now.
pub(crate) struct AppVersion<'a> {
    /// What installs it.
    pub key: Option<&'a str>,
    pub version: Option<&'a str>,
    pub update_waits: bool,
}

/// Keeps how the app of a credential is installed. A key that is not told any more stays good.
pub(crate) async fn note_app_version(
    conn: &mut PgConnection,
    firm: FirmId,
    id: CredentialId,
    app: &AppVersion<'_>,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        update credential
        set app_version_key = coalesce($3, app_version_key), app_version = $4, app_update_waits = $5
        where firm_id = $1 and credential_id = $2
          and (coalesce($3, app_version_key), $4, $5)
              is distinct from (app_version_key, app_version, app_update_waits)
        "#,
        firm.0,
        id.0,
        app.key,
        app.version,
        app.update_waits,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// What installs the app of a credential, if Procore told it.
pub(crate) async fn find_app_version_key(
    conn: &mut PgConnection,
    firm: FirmId,
    id: CredentialId,
) -> Result<Option<String>, StoreError> {
    let key = sqlx::query_scalar!(
        "select app_version_key from credential where firm_id = $1 and credential_id = $2",
        firm.0,
        id.0,
    );
    Ok(key.fetch_optional(conn).await?.flatten())
}
