//! The table `hook`: our webhooks in Procore, and what they are called by.

mod endpoints;
mod undeleted;

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;
use sqlx::types::Json;

pub(crate) use self::endpoints::{close_of, find_endpoint, list_of_others};
pub(crate) use self::undeleted::list_undeleted;
use super::StoreError;
use crate::connection::Trigger;
use crate::identity::{ConnectionId, FirmId, HookId};
use crate::vault::Sealed;

/// How long a replaced `Authorization` value is still taken: as long as Procore repeats a
/// delivery that failed.
pub(crate) const OLD_SECRET: TimeDelta = TimeDelta::hours(12);

/// One webhook of ours.
#[derive(Debug, Clone)]
pub struct Hook {
    pub id: HookId,
    pub firm_id: FirmId,
    pub connection_id: ConnectionId,
    /// Procore's id; `None` until Procore has confirmed one.
    pub procore_id: Option<String>,
    /// Hash of the unguessable end of its address.
    pub endpoint_hash: Vec<u8>,
    /// The version of what it delivers, as Procore spells it.
    pub payload_version: String,
    /// Address and `Authorization`, sealed, while Procore has not confirmed them.
    pub pending: Option<Sealed>,
    pub triggers: Vec<Trigger>,
    /// Resources that the settings want and this company's catalog lacks.
    pub missing: Vec<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// The company's own hook of a connection: of two, the one that takes the other's place.
pub(crate) async fn find_of_company(
    conn: &mut PgConnection,
    firm_id: FirmId,
    connection_id: ConnectionId,
) -> Result<Option<Hook>, StoreError> {
    let hooks = list_of_company(conn, firm_id, connection_id).await?;
    Ok(hooks.into_iter().next())
}

/// The company's own hooks of a connection, the newest first: two while it moves to another payload
/// version.
pub(crate) async fn list_of_company(
    conn: &mut PgConnection,
    firm_id: FirmId,
    connection_id: ConnectionId,
) -> Result<Vec<Hook>, StoreError> {
    list(conn, firm_id, connection_id, 0).await
}

/// The hooks of one project, or (0) of the company, the newest first.
pub(crate) async fn list(
    conn: &mut PgConnection,
    firm_id: FirmId,
    connection_id: ConnectionId,
    project_id: i64,
) -> Result<Vec<Hook>, StoreError> {
    let rows = sqlx::query!(
        r#"
        select hook_id as "id: HookId", firm_id as "firm_id: FirmId",
               connection_id as "connection_id: ConnectionId", procore_id, endpoint_hash,
               payload_version, pending as "pending: Sealed",
               triggers as "triggers: Json<Vec<(String, String)>>",
               missing as "missing: Json<Vec<String>>", created_at, updated_at
        from hook
        where firm_id = $1 and connection_id = $2 and project_id = $3 and removed_at is null
        order by created_at desc, payload_version desc
        "#,
        firm_id.0,
        connection_id.0,
        project_id,
    )
    .fetch_all(conn)
    .await?;
    let hooks = rows.into_iter().map(|row| Hook {
        id: row.id,
        firm_id: row.firm_id,
        connection_id: row.connection_id,
        procore_id: row.procore_id,
        endpoint_hash: row.endpoint_hash,
        payload_version: row.payload_version,
        pending: row.pending,
        triggers: (row.triggers.0.into_iter())
            .map(|(resource, event)| Trigger { resource, event })
            .collect(),
        missing: row.missing.0,
        created_at: row.created_at,
        updated_at: row.updated_at,
    });
    Ok(hooks.collect())
}

/// The projects of a connection in which a hook of ours is, as far as we know.
pub(crate) async fn list_projects(
    conn: &mut PgConnection,
    firm_id: FirmId,
    connection_id: ConnectionId,
) -> Result<Vec<i64>, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"
        select distinct project_id from hook
        where firm_id = $1 and connection_id = $2 and project_id <> 0 and removed_at is null
        order by project_id
        "#,
        firm_id.0,
        connection_id.0,
    )
    .fetch_all(conn)
    .await?)
}

/// Notes that no hook of a project is in Procore any more.
pub(crate) async fn mark_project_removed(
    conn: &mut PgConnection,
    firm_id: FirmId,
    connection_id: ConnectionId,
    project_id: i64,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        update hook set removed_at = $4, pending = null
        where firm_id = $1 and connection_id = $2 and project_id = $3 and removed_at is null
        "#,
        firm_id.0,
        connection_id.0,
        project_id,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes that a hook is not in Procore any more, since another took its place.
pub(crate) async fn mark_removed(
    conn: &mut PgConnection,
    firm_id: FirmId,
    hook_id: HookId,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update hook set removed_at = $3, pending = null where firm_id = $1 and hook_id = $2",
        firm_id.0,
        hook_id.0,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The address and value that Procore is about to be told.
#[derive(Debug, Clone)]
pub struct Prepared {
    pub endpoint_hash: Vec<u8>,
    pub secret_hash: Vec<u8>,
    pub pending: Sealed,
    pub payload_version: &'static str,
}

/// Keeps a new hook of a project, or (0) of the company, before Procore is told of it, so that its very first delivery is known.
pub async fn create(
    conn: &mut PgConnection,
    (firm_id, connection_id, project_id): (FirmId, ConnectionId, i64),
    hook_id: HookId,
    prepared: &Prepared,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        insert into hook (firm_id, hook_id, connection_id, endpoint_hash, secret_hash, pending,
                          payload_version, created_at, updated_at, project_id)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9)
        "#,
        firm_id.0,
        hook_id.0,
        connection_id.0,
        prepared.endpoint_hash,
        prepared.secret_hash,
        prepared.pending.as_bytes(),
        prepared.payload_version,
        now,
        project_id,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Sets a fresh address and value for a hook; the previous value is accepted for [`OLD_SECRET`]
/// more.
pub async fn replace_secret(
    conn: &mut PgConnection,
    firm_id: FirmId,
    hook_id: HookId,
    prepared: &Prepared,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        update hook
        set endpoint_hash = $3, old_secret_hash = secret_hash, old_until = $6, secret_hash = $4,
            pending = $5, updated_at = $7
        where firm_id = $1 and hook_id = $2
        "#,
        firm_id.0,
        hook_id.0,
        prepared.endpoint_hash,
        prepared.secret_hash,
        prepared.pending.as_bytes(),
        now + OLD_SECRET,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Procore has confirmed what was pending; `false` if the hook is not the connection's own any more.
pub async fn confirm(
    conn: &mut PgConnection,
    firm_id: FirmId,
    hook_id: HookId,
    procore_id: &str,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let is_own = sqlx::query_scalar!(
        r#"
        update hook set procore_id = $3, pending = null, updated_at = $4
        where firm_id = $1 and hook_id = $2
        returning removed_at is null as "is_own!"
        "#,
        firm_id.0,
        hook_id.0,
        procore_id,
        now,
    )
    .fetch_optional(conn)
    .await?;
    Ok(is_own.unwrap_or_default())
}

/// Keeps what a hook announces, and what its company's catalog lacks.
pub(crate) async fn set_triggers(
    conn: &mut PgConnection,
    firm_id: FirmId,
    hook_id: HookId,
    triggers: &[Trigger],
    missing: &[String],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let pairs: Vec<(&str, &str)> = triggers
        .iter()
        .map(|trigger| (trigger.resource.as_str(), trigger.event.as_str()))
        .collect();
    sqlx::query!(
        r#"
        update hook set triggers = $3, missing = $4, updated_at = $5
        where firm_id = $1 and hook_id = $2
        "#,
        firm_id.0,
        hook_id.0,
        serde_json::json!(pairs),
        serde_json::json!(missing),
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets what opens the hooks of a connection that stay in Procore: another connection to the same
/// company has to tell them from its own.
pub(crate) async fn leave_of(
    conn: &mut PgConnection,
    firm_id: FirmId,
    connection_id: ConnectionId,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update hook set pending = null where firm_id = $1 and connection_id = $2",
        firm_id.0,
        connection_id.0,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets the hooks of a connection.
pub(crate) async fn remove_of(
    conn: &mut PgConnection,
    firm_id: FirmId,
    connection_id: ConnectionId,
) -> Result<(), StoreError> {
    sqlx::query!(
        "delete from hook where firm_id = $1 and connection_id = $2",
        firm_id.0,
        connection_id.0,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Whether Procore was told of a hook of a connection.
pub(crate) async fn any_of(
    conn: &mut PgConnection,
    firm_id: FirmId,
    connection_id: ConnectionId,
) -> Result<bool, StoreError> {
    let any = sqlx::query_scalar!(
        r#"
        select exists (select from hook where firm_id = $1 and connection_id = $2) as "any!"
        "#,
        firm_id.0,
        connection_id.0,
    );
    Ok(any.fetch_one(conn).await?)
}
