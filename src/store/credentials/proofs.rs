//! What people proved by signing in with Procore ends with the installation of the vendor's app.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::connection::Connection;
use crate::identity::{ConnectionId, FirmId};
use crate::store::{StoreError, incidents, vendor_installs};
use crate::verdict::ReasonCode;

/// Ends what people proved for a connection: the vendor's app with this Client ID is not installed there any
/// more.
pub(crate) async fn end_proofs(
    conn: &mut PgConnection,
    (firm, connection): (FirmId, ConnectionId),
    client_id: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        update credential
        set proof_ended_at = $4, state = case state when 'candidate' then 'refused' else state end
        where firm_id = $1 and connection_id = $2 and client_id = $3
          and state in ('current', 'candidate') and proven_by is not null and proof_ended_at is null
        "#,
        firm.0,
        connection.0,
        client_id,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Ends what people proved for a connection before the vendor's app was uninstalled there, as far as its
/// installs were noted meanwhile.
pub(super) async fn end_older_proofs(
    conn: &mut PgConnection,
    (firm, connection): (FirmId, ConnectionId),
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        update credential c
        set proof_ended_at = $3, state = case c.state when 'candidate' then 'refused' else c.state end
        from vendor_install v
        where c.firm_id = $1 and c.connection_id = $2
          and c.state in ('current', 'candidate') and c.proven_by is not null and c.proof_ended_at is null
          and v.environment = c.proven_environment and v.company_id = c.proven_company_id
          and greatest(v.installed_at, v.gone_at) > c.created_at
        "#,
        firm.0,
        connection.0,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Why nothing opens a connection by the vendor's app.
pub(crate) async fn why_unproven(
    conn: &mut PgConnection,
    connection: &Connection,
) -> Result<ReasonCode, StoreError> {
    let open = incidents::list_open(conn, connection.firm_id, connection.id).await?;
    let mut codes = open.iter().map(|it| it.code);
    if let Some(code) = codes.find(|code| code.stops_everything()) {
        return Ok(code);
    }
    let (environment, company) = (&connection.target.environment, connection.target.company_id);
    let is_gone = vendor_installs::is_gone(conn, environment, company).await?;
    Ok(match is_gone {
        true => ReasonCode::NotInstalled,
        false => ReasonCode::NotYours,
    })
}
