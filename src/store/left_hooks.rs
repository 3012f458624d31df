//! The table `hook`: webhooks that are left with an app that another one took the place of.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::StoreError;
use crate::connection::ACCESS_KEPT;
use crate::identity::{ConnectionId, FirmId, HookId};

/// A webhook that another app of the firm made before ours of now took its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LeftHook {
    pub id: HookId,
    /// Procore's id of it; `None` as long as nobody saw that Procore created it.
    pub procore_id: Option<String>,
    /// Hash of the unguessable end of its address.
    pub endpoint_hash: Vec<u8>,
    /// The project that it is in; 0 for the company's own.
    pub project_id: i64,
    /// The Client ID of the app that made it.
    pub left_with: String,
}

/// Leaves the hooks of the company and its projects to the app with this Client ID, which made them or is
/// about to: another one has taken the connection over. What they still deliver is taken.
pub(crate) async fn leave_with(
    conn: &mut PgConnection,
    firm_id: FirmId,
    connection_id: ConnectionId,
    client_id: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        update hook set removed_at = $4, left_with = $3, pending = null
        where firm_id = $1 and connection_id = $2 and removed_at is null
        "#,
        firm_id.0,
        connection_id.0,
        client_id,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The hooks that were left to another app, and that ours has not adopted. Nobody tells us
/// when people removed one in Procore, so they are named for as long as a removal would try.
pub(crate) async fn list(
    conn: &mut PgConnection,
    firm_id: FirmId,
    connection_id: ConnectionId,
    now: DateTime<Utc>,
) -> Result<Vec<LeftHook>, StoreError> {
    Ok(sqlx::query_as!(
        LeftHook,
        r#"
        select hook_id as "id: HookId", procore_id, endpoint_hash, project_id,
               left_with as "left_with!"
        from hook h
        where firm_id = $1 and connection_id = $2 and left_with is not null and removed_at > $3
          and not exists (
              select from hook o
              where o.firm_id = $1 and o.connection_id = $2 and o.removed_at is null
                and o.procore_id = h.procore_id
          )
        order by removed_at, project_id
        "#,
        firm_id.0,
        connection_id.0,
        now - ACCESS_KEPT,
    )
    .fetch_all(conn)
    .await?)
}

/// Notes that the app to which a hook was left has it in Procore under this id; `false` if the hook was not
/// left with an app, nor removed.
pub(crate) async fn note(
    conn: &mut PgConnection,
    firm_id: FirmId,
    hook_id: HookId,
    (client_id, procore_id): (&str, Option<&str>),
) -> Result<bool, StoreError> {
    let noted = sqlx::query!(
        r#"
        update hook set procore_id = coalesce($4, procore_id), left_with = $3
        where firm_id = $1 and hook_id = $2 and removed_at is not null
        "#,
        firm_id.0,
        hook_id.0,
        client_id,
        procore_id,
    )
    .execute(conn)
    .await?;
    Ok(noted.rows_affected() == 1)
}

/// Notes that a hook that was left to another app is not in Procore any more.
pub(crate) async fn forget(
    conn: &mut PgConnection,
    firm_id: FirmId,
    hook_id: HookId,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update hook set left_with = null where firm_id = $1 and hook_id = $2",
        firm_id.0,
        hook_id.0,
    )
    .execute(conn)
    .await?;
    Ok(())
}
