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
    /// The credential that it is by.
    pub(crate) fn credential(&self) -> CredentialId {
        match self {
            Self::FirmClient(own) => own.id,
        }
    }

    /// Whether it is by this credential.
    pub fn is(&self, credential: CredentialId) -> bool {
        self.credential() == credential
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

text_enum! {
    /// What a credential is for its connection.
    pub enum CredentialState {
        /// It is to take the place of the one in use, once it was tested.
        Candidate = "candidate",
        /// It is in use.
        Current = "current",
        /// Another one took its place, or the connection ended; its secret is wiped.
        Retired = "retired",
        /// It was a candidate and did not pass, or nobody waited for it; its secret is wiped.
        Refused = "refused",
    }
}

/// Selects credentials that hold their secret.
macro_rules! select {
    ($rest:tt, $($value:expr),+) => {
        sqlx::query_as!(
            Credential,
            r#"
            select credential_id as "id: CredentialId", firm_id as "firm_id: FirmId",
                   connection_id as "connection_id: ConnectionId", client_id,
                   secret as "secret!: Sealed", fingerprint, created_by, created_at
            from credential
            "# + $rest,
            $($value),+
        )
    };
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
    let credential = select!(
        "where firm_id = $1 and connection_id = $2 and state = 'current'",
        firm.0,
        connection.0
    );
    Ok(credential.fetch_optional(conn).await?)
}

/// Keeps what installs the app of a credential, as Procore tells it now.
pub(crate) async fn note_app_version_key(
    conn: &mut PgConnection,
    firm: FirmId,
    id: CredentialId,
    key: &str,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        update credential set app_version_key = $3
        where firm_id = $1 and credential_id = $2 and app_version_key is distinct from $3
        "#,
        firm.0,
        id.0,
        key,
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

/// A credential that checks may test, and whether it is one that is to take the place of the one in
/// use.
pub(crate) async fn find_tested(
    conn: &mut PgConnection,
    firm: FirmId,
    id: CredentialId,
) -> Result<Option<(StoredAccess, bool)>, StoreError> {
    let tested = select!(
        "where firm_id = $1 and credential_id = $2 and state in ('current', 'candidate')",
        firm.0,
        id.0
    );
    let Some(tested) = tested.fetch_optional(&mut *conn).await? else {
        return Ok(None);
    };
    let is_candidate = find_candidate(conn, firm, id).await?.is_some();
    Ok(Some((StoredAccess::FirmClient(tested), is_candidate)))
}

/// A credential that is to take the place of the one in use.
pub(crate) async fn find_candidate(
    conn: &mut PgConnection,
    firm: FirmId,
    id: CredentialId,
) -> Result<Option<Credential>, StoreError> {
    let candidate = select!(
        "where firm_id = $1 and credential_id = $2 and state = 'candidate'",
        firm.0,
        id.0
    );
    Ok(candidate.fetch_optional(conn).await?)
}

/// What is known of a credential whose secret may be wiped.
#[derive(Debug, Clone)]
pub(crate) struct CredentialSummary {
    pub id: CredentialId,
    pub state: CredentialState,
    pub created_at: DateTime<Utc>,
}

/// The credential of a connection that was entered last.
pub(crate) async fn find_newest(
    conn: &mut PgConnection,
    firm: FirmId,
    connection: ConnectionId,
) -> Result<Option<CredentialSummary>, StoreError> {
    let newest = sqlx::query_as!(
        CredentialSummary,
        r#"
        select credential_id as "id: CredentialId", state as "state: CredentialState", created_at
        from credential
        where firm_id = $1 and connection_id = $2
        order by created_at desc, credential_id desc
        limit 1
        "#,
        firm.0,
        connection.0,
    );
    Ok(newest.fetch_optional(conn).await?)
}

/// Makes `credential` the one in use and wipes the secret of the one before it.
pub async fn replace_current(
    conn: &mut PgConnection,
    credential: &Credential,
) -> Result<(), StoreError> {
    retire_current(conn, credential, credential.created_at).await?;
    insert(conn, credential, CredentialState::Current).await
}

/// Keeps a credential beside the one in use, until it was tested. One that was kept so is dropped.
pub(crate) async fn add_candidate(
    conn: &mut PgConnection,
    candidate: &Credential,
) -> Result<(), StoreError> {
    let (firm, connection) = (candidate.firm_id, candidate.connection_id);
    drop_candidate(conn, firm, connection, candidate.created_at).await?;
    insert(conn, candidate, CredentialState::Candidate).await
}

/// Makes a candidate the credential in use and wipes the secret of the one before it; refused where it
/// is none any more.
pub(crate) async fn use_candidate(
    conn: &mut PgConnection,
    candidate: &Credential,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    retire_current(conn, candidate, now).await?;
    let used = sqlx::query!(
        r#"
        update credential set state = 'current'
        where firm_id = $1 and credential_id = $2 and state = 'candidate'
        "#,
        candidate.firm_id.0,
        candidate.id.0,
    )
    .execute(conn)
    .await?
    .rows_affected();
    match used {
        1 => Ok(()),
        _ => Err(StoreError::Stale),
    }
}

/// Wipes the secret of a connection's candidate: the connection ends, or another one was entered.
pub(crate) async fn drop_candidate(
    conn: &mut PgConnection,
    firm: FirmId,
    connection: ConnectionId,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        update credential set state = 'refused', secret = null, retired_at = $3
        where firm_id = $1 and connection_id = $2 and state = 'candidate'
        "#,
        firm.0,
        connection.0,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Wipes the secrets of candidates that were entered before `before`: nobody waits for them.
pub(crate) async fn drop_old_candidates(
    conn: &mut PgConnection,
    before: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        update credential set state = 'refused', secret = null, retired_at = $2
        where state = 'candidate' and created_at < $1
        "#,
        before,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn retire_current(
    conn: &mut PgConnection,
    successor: &Credential,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        update credential set state = 'retired', secret = null, retired_at = $3
        where firm_id = $1 and connection_id = $2 and state = 'current'
        "#,
        successor.firm_id.0,
        successor.connection_id.0,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn insert(
    conn: &mut PgConnection,
    credential: &Credential,
    state: CredentialState,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        insert into credential (firm_id, credential_id, connection_id, client_id, secret,
                                fingerprint, state, created_by, created_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        "#,
        credential.firm_id.0,
        credential.id.0,
        credential.connection_id.0,
        credential.client_id,
        credential.secret.as_bytes(),
        credential.fingerprint,
        state.as_str(),
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
