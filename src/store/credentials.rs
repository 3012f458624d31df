//! The table `credential`: what opens a connection. A secret only sealed.

mod app_version;
mod proofs;
mod stored;

pub(crate) use app_version::{AppVersion, find_app_version_key, note_app_version};
pub(crate) use proofs::{end_proofs, why_unproven};
pub use stored::{Credential, Proof, StoredAccess};

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use self::proofs::end_older_proofs;
use self::stored::AccessRow;
use super::StoreError;
use crate::connection::Connection;
use crate::identity::{ConnectionId, CredentialId, FirmId};
use crate::vault::Sealed;

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

macro_rules! select {
    ($rest:tt, $($value:expr),+) => {
        sqlx::query_as!(
            AccessRow,
            r#"
            select credential_id as "id: CredentialId", firm_id as "firm_id: FirmId",
                   connection_id as "connection_id: ConnectionId", client_id,
                   secret as "secret: Sealed", fingerprint, proven_environment,
                   proven_company_id, proven_by, proven_name, proven_login, created_by, created_at
            from credential
            "# + $rest,
            $($value),+
        )
    };
}

/// What opens a connection now; nothing once its secret was wiped, or what it proved is over.
pub(crate) async fn find_access(
    conn: &mut PgConnection,
    connection: &Connection,
) -> Result<Option<StoredAccess>, StoreError> {
    let current = select!(
        "where firm_id = $1 and connection_id = $2 and state = 'current' and proof_ended_at is null",
        connection.firm_id.0,
        connection.id.0
    );
    let current = current.fetch_optional(conn).await?;
    Ok(of_its_way(current, connection))
}

/// Ends what was proven for a connection at which nobody looks (in a setup, a pause or a removal), if the vendor's
/// app was uninstalled or installed again since then, as far as that was noted.
pub(crate) async fn end_outdated_proof(
    conn: &mut PgConnection,
    connection: &Connection,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let by_app = !connection.target.access_way.has_own_key();
    if by_app && !connection.is_active() {
        end_older_proofs(conn, (connection.firm_id, connection.id), now).await?;
    }
    Ok(())
}

/// What was given for a connection last, also where what it proved is over.
pub(crate) async fn find_given(
    conn: &mut PgConnection,
    connection: &Connection,
) -> Result<Option<StoredAccess>, StoreError> {
    let given = select!(
        "where firm_id = $1 and connection_id = $2 and state = 'current'",
        connection.firm_id.0,
        connection.id.0
    );
    let given = given.fetch_optional(conn).await?;
    Ok(of_its_way(given, connection))
}

fn of_its_way(row: Option<AccessRow>, connection: &Connection) -> Option<StoredAccess> {
    let way = connection.target.access_way;
    let access = row.and_then(AccessRow::access);
    access.filter(|access| match access {
        StoredAccess::FirmClient(_) => way.has_own_key(),
        StoredAccess::VendorClient(_) => !way.has_own_key(),
    })
}

/// The firm's own credential that a connection uses now.
pub(crate) async fn find_current(
    conn: &mut PgConnection,
    firm: FirmId,
    connection: ConnectionId,
) -> Result<Option<Credential>, StoreError> {
    let current = select!(
        "where firm_id = $1 and connection_id = $2 and state = 'current' and secret is not null",
        firm.0,
        connection.0
    );
    let current = current.fetch_optional(conn).await?;
    Ok(current
        .and_then(AccessRow::access)
        .and_then(StoredAccess::into_own))
}

/// A credential that checks may test, and whether it is one that is to take the place of the one in
/// use.
pub(crate) async fn find_tested(
    conn: &mut PgConnection,
    firm: FirmId,
    id: CredentialId,
) -> Result<Option<(StoredAccess, bool)>, StoreError> {
    let tested = select!(
        "where firm_id = $1 and credential_id = $2 and state in ('current', 'candidate')
           and proof_ended_at is null",
        firm.0,
        id.0
    );
    let tested = tested.fetch_optional(&mut *conn).await?;
    let Some(tested) = tested.and_then(AccessRow::access) else {
        return Ok(None);
    };
    let is_candidate = find_candidate(conn, firm, id).await?.is_some();
    Ok(Some((tested, is_candidate)))
}

/// A credential that is to take the place of the one in use.
pub(crate) async fn find_candidate(
    conn: &mut PgConnection,
    firm: FirmId,
    id: CredentialId,
) -> Result<Option<StoredAccess>, StoreError> {
    let candidate = select!(
        "where firm_id = $1 and credential_id = $2 and state = 'candidate'",
        firm.0,
        id.0
    );
    let candidate = candidate.fetch_optional(conn).await?;
    Ok(candidate.and_then(AccessRow::access))
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

/// Makes `access` the one in use and wipes the secret of the one before it.
pub async fn replace_current(
    conn: &mut PgConnection,
    access: &StoredAccess,
) -> Result<(), StoreError> {
    retire_current(conn, access.of(), access.created_at()).await?;
    insert(conn, access, CredentialState::Current).await
}

/// Keeps an access beside the one in use, until it was tested. One that was kept so is dropped.
pub(crate) async fn add_candidate(
    conn: &mut PgConnection,
    candidate: &StoredAccess,
) -> Result<(), StoreError> {
    let (firm, connection) = candidate.of();
    drop_candidate(conn, firm, connection, candidate.created_at()).await?;
    insert(conn, candidate, CredentialState::Candidate).await
}

/// Makes a candidate the access in use and wipes the secret of the one before it; refused where it
/// is none any more.
pub(crate) async fn use_candidate(
    conn: &mut PgConnection,
    candidate: &StoredAccess,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    retire_current(conn, candidate.of(), now).await?;
    let (firm, _) = candidate.of();
    let used = sqlx::query!(
        r#"
        update credential set state = 'current'
        where firm_id = $1 and credential_id = $2 and state = 'candidate'
        "#,
        firm.0,
        candidate.credential().0,
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
    (firm, connection): (FirmId, ConnectionId),
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        update credential set state = 'retired', secret = null, retired_at = $3
        where firm_id = $1 and connection_id = $2 and state = 'current'
        "#,
        firm.0,
        connection.0,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn insert(
    conn: &mut PgConnection,
    access: &StoredAccess,
    state: CredentialState,
) -> Result<(), StoreError> {
    match access {
        StoredAccess::FirmClient(own) => insert_own(conn, own, state).await,
        StoredAccess::VendorClient(proof) => insert_proof(conn, proof, state).await,
    }
}

async fn insert_own(
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

async fn insert_proof(
    conn: &mut PgConnection,
    proof: &Proof,
    state: CredentialState,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        insert into credential (firm_id, credential_id, connection_id, client_id,
                                proven_environment, proven_company_id, proven_by, proven_name,
                                proven_login, state, created_by, created_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        "#,
        proof.firm_id.0,
        proof.id.0,
        proof.connection_id.0,
        proof.client_id,
        proof.environment,
        proof.company_id,
        proof.person.id,
        proof.person.name,
        proof.person.login,
        state.as_str(),
        proof.created_by,
        proof.created_at,
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
