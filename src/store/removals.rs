//! Removed firms: erasing their rows, the receipts, and what is kept until Procore is tidy.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use sqlx::types::Json;
use std::collections::BTreeMap;

use super::StoreError;
use crate::connection::ProcoreTidying;
use crate::identity::{ConnectionId, CredentialId, FirmId};
use crate::vault::Sealed;

/// What is left of a firm that was removed.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct RemovalReceipt {
    pub firm_id: FirmId,
    pub removed_at: DateTime<Utc>,
    /// `operator`, or the id of a support person.
    pub removed_by: String,
    /// Table → how many rows of it.
    pub rows: BTreeMap<String, i64>,
    /// When the last of them was gone.
    pub rows_gone_at: Option<DateTime<Utc>>,
    pub procore: ProcoreTidying,
    pub webhooks_removed: i32,
    /// Until when the access to Procore is kept at most, while it is.
    pub access_kept_until: Option<DateTime<Utc>>,
}

/// What opens Procore for taking back what a removed firm had us create.
#[derive(Debug, Clone)]
pub(crate) struct RemovalAccess {
    pub firm_id: FirmId,
    pub access_id: CredentialId,
    pub sealed: Sealed,
    /// Until then, Procore may still create what it was asked for.
    pub not_before: DateTime<Utc>,
    pub keep_until: DateTime<Utc>,
    /// Projects in which a webhook of ours may still be.
    pub projects: Vec<i64>,
}

/// The connections of a firm for which something may have been created in Procore.
pub(crate) async fn list_created(
    conn: &mut PgConnection,
    firm: FirmId,
) -> Result<Vec<ConnectionId>, StoreError> {
    let connections = sqlx::query_scalar!(
        r#"
        select connection_id as "id: ConnectionId"
        from connection c
        where firm_id = $1
          and (exists (select from hook h
                       where h.firm_id = $1 and h.connection_id = c.connection_id)
               or exists (select from procore_token t
                          join credential cr on cr.firm_id = $1 and cr.credential_id = t.credential_id
                          where t.firm_id = $1 and t.token is not null
                            and cr.connection_id = c.connection_id))
        "#,
        firm.0,
    );
    Ok(connections.fetch_all(conn).await?)
}

/// Whether something is being done for a firm at this moment, or what Procore did late is to be
/// looked for until `by`.
pub(crate) async fn is_at_work(
    conn: &mut PgConnection,
    firm: FirmId,
    by: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let is_at_work = sqlx::query_scalar!(
        r#"
        select exists (
            select from work
            where firm_id = $1
              and (lease_until is not null or kind = 'late_look' and due_at <= $2)
        ) as "is!"
        "#,
        firm.0,
        by,
    );
    Ok(is_at_work.fetch_one(conn).await?)
}

/// Erases a firm, with the people who act for no other, and writes its receipt.
pub(crate) async fn erase(
    conn: &mut PgConnection,
    firm: FirmId,
    by: &str,
    at: DateTime<Utc>,
    procore: ProcoreTidying,
) -> Result<(), StoreError> {
    sqlx::query!(
        "select erase_firm($1, $2, $3, $4)",
        firm.0,
        by,
        at,
        procore.as_str(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Erases up to `amount` rows of what Procore sent for a removed firm; returns how many there were.
pub(crate) async fn erase_rows(
    conn: &mut PgConnection,
    firm: FirmId,
    amount: i32,
    at: DateTime<Utc>,
) -> Result<i64, StoreError> {
    let erased = sqlx::query_scalar!(
        r#"select erase_firm_rows($1, $2, $3) as "erased!""#,
        firm.0,
        amount,
        at,
    );
    Ok(erased.fetch_one(conn).await?)
}

/// The receipt of a firm that was removed.
pub async fn find_receipt(
    conn: &mut PgConnection,
    firm: FirmId,
) -> Result<Option<RemovalReceipt>, StoreError> {
    let row = sqlx::query!(
        r#"
        select removed_at, removed_by, rows as "rows: Json<BTreeMap<String, i64>>", rows_gone_at,
               procore as "procore: ProcoreTidying", webhooks_removed,
               (select max(keep_until) from removal_access a where a.firm_id = r.firm_id) as kept_until
        from removed_firm r
        where firm_id = $1
        "#,
        firm.0,
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| RemovalReceipt {
        firm_id: firm,
        removed_at: row.removed_at,
        removed_by: row.removed_by,
        rows: row.rows.0,
        rows_gone_at: row.rows_gone_at,
        procore: row.procore,
        webhooks_removed: row.webhooks_removed,
        access_kept_until: row.kept_until,
    }))
}

/// Keeps what opens Procore, until it is tidy.
pub(crate) async fn keep_access(
    conn: &mut PgConnection,
    access: &RemovalAccess,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        insert into removal_access (firm_id, access_id, sealed, not_before, keep_until, projects)
        values ($1, $2, $3, $4, $5, $6)
        "#,
        access.firm_id.0,
        access.access_id.0,
        access.sealed.as_bytes(),
        access.not_before,
        access.keep_until,
        &access.projects,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Keeps which projects are left.
pub(crate) async fn keep_projects(
    conn: &mut PgConnection,
    access: &RemovalAccess,
    left: &[i64],
) -> Result<(), StoreError> {
    sqlx::query!(
        "update removal_access set projects = $3 where firm_id = $1 and access_id = $2",
        access.firm_id.0,
        access.access_id.0,
        left,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// What is kept for a removed firm.
pub(crate) async fn list_access(
    conn: &mut PgConnection,
    firm: FirmId,
) -> Result<Vec<RemovalAccess>, StoreError> {
    let kept = sqlx::query_as!(
        RemovalAccess,
        r#"
        select firm_id as "firm_id: FirmId", access_id as "access_id: CredentialId",
               sealed as "sealed: Sealed", not_before, keep_until, projects
        from removal_access
        where firm_id = $1
        "#,
        firm.0,
    );
    Ok(kept.fetch_all(conn).await?)
}

/// Notes on the receipt how many webhooks were removed in Procore.
pub(crate) async fn count_webhooks(
    conn: &mut PgConnection,
    firm: FirmId,
    removed: i32,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update removed_firm set webhooks_removed = webhooks_removed + $2 where firm_id = $1",
        firm.0,
        removed,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets an access that is not needed any more, or may not be kept any longer, and notes on the
/// receipt what that means once it was the last.
pub(crate) async fn forget_access(
    conn: &mut PgConnection,
    access: &RemovalAccess,
    left_behind: bool,
) -> Result<(), StoreError> {
    sqlx::query!(
        "delete from removal_access where firm_id = $1 and access_id = $2",
        access.firm_id.0,
        access.access_id.0,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        r#"
        update removed_firm r
        set procore = case
            when $2 or procore = 'left_behind' then 'left_behind'
            when exists (select from removal_access a where a.firm_id = r.firm_id) then 'pending'
            else 'removed'
        end
        where firm_id = $1
        "#,
        access.firm_id.0,
        left_behind,
    )
    .execute(conn)
    .await?;
    Ok(())
}
