//! The table `credential`: what opens a connection, secret sealed.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::StoreError;
use crate::connection::{AccessWay, Connection};
use crate::identity::{ConnectionId, CredentialId, FirmId};
use crate::vault::Sealed;

/// What gives us access to the company of a connection.
#[derive(Debug, Clone)]
pub enum StoredAccess {
    /// A client of the firm's own: its app's, or its old service account's.
    FirmClient(Credential),
}

impl StoredAccess {
    /// Whether it is by this credential.
    pub fn is(&self, credential: CredentialId) -> bool {
        match self {
            Self::FirmClient(own) => own.id == credential,
        }
    }
}

/// The id and secret of a firm's own client; the secret only sealed.
#[derive(Debug, Clone)]
pub struct Credential {
    pub id: CredentialId,
    pub firm_id: FirmId,
    pub connection_id: ConnectionId,
    pub client_id: String,
    pub secret: Sealed,
    /// Six hexadecimal digits by which people tell secrets apart: a label, which another key of
    /// ours changes.
    pub fingerprint: String,
    pub created_by: String,
    pub created_at: DateTime<Utc>,
}

/// What opens a connection now; nothing once its secret was wiped.
pub(crate) async fn find_access(
    conn: &mut PgConnection,
    connection: &Connection,
) -> Result<Option<StoredAccess>, StoreError> {
    match connection.target.access_way {
        AccessWay::OwnApp | AccessWay::LegacyAccount => {
            let credential = find_current(conn, connection.firm_id, connection.id).await?;
            Ok(credential.map(StoredAccess::FirmClient))
        }
    }
}

/// The credential that a connection uses now.
pub(crate) async fn find_current(
    conn: &mut PgConnection,
    firm: FirmId,
    connection: ConnectionId,
) -> Result<Option<Credential>, StoreError> {
    let credential = sqlx::query_as!(
        Credential,
        r#"
        select credential_id as "id: CredentialId", firm_id as "firm_id: FirmId",
               connection_id as "connection_id: ConnectionId", client_id,
               secret as "secret!: Sealed", fingerprint, created_by, created_at
        from credential
        where firm_id = $1 and connection_id = $2 and state = 'current'
        "#,
        firm.0,
        connection.0,
    );
    Ok(credential.fetch_optional(conn).await?)
}

/// Makes `credential` the one in use and wipes the secret of the one before it.
pub async fn replace_current(
    conn: &mut PgConnection,
    credential: &Credential,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        update credential set state = 'retired', secret = null, retired_at = $3
        where firm_id = $1 and connection_id = $2 and state = 'current'
        "#,
        credential.firm_id.0,
        credential.connection_id.0,
        credential.created_at,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        r#"
        insert into credential (firm_id, credential_id, connection_id, client_id, secret,
                                fingerprint, state, created_by, created_at)
        values ($1, $2, $3, $4, $5, $6, 'current', $7, $8)
        "#,
        credential.firm_id.0,
        credential.id.0,
        credential.connection_id.0,
        credential.client_id,
        credential.secret.as_bytes(),
        credential.fingerprint,
        credential.created_by,
        credential.created_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Wipes every secret of a connection; its credentials stay as history.
pub(crate) async fn wipe(
    conn: &mut PgConnection,
    firm: FirmId,
    connection: ConnectionId,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        update credential
        set state = 'retired', secret = null, retired_at = coalesce(retired_at, $3)
        where firm_id = $1 and connection_id = $2
        "#,
        firm.0,
        connection.0,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}
