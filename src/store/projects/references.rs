//! The host product's references of projects, and the file of them that is not saved yet.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

use super::searched_like;
use crate::connection::{ReferenceChange, ReferenceRow, ReferencedProject};
use crate::identity::{ConnectionId, FirmId};
use crate::store::StoreError;
use crate::store::records::lock_changes;

/// Which projects a page of references shows.
#[derive(Debug, Clone, Default)]
pub(crate) struct ReferenceFilter {
    /// Part of the name, number or reference, in any case.
    pub search: Option<String>,
    /// Only those without one.
    pub only_without: bool,
}

/// A page of the projects with their references, by number, after the project `after`.
pub(crate) async fn list_referenced(
    conn: &mut PgConnection,
    (firm, connection): (FirmId, ConnectionId),
    filter: &ReferenceFilter,
    after: Option<i64>,
    at_most: i64,
) -> Result<Vec<ReferencedProject>, StoreError> {
    let pattern = filter.search.as_deref().map(searched_like);
    let found = sqlx::query_as!(
        ReferencedProject,
        r#"
        select p.project_id, p.number as "number!", p.name as "name!", p.reference
        from project p
        where p.firm_id = $1 and p.connection_id = $2
          and ($3::text is null or p.searched like $3 or lower(p.reference collate by_number) like $3)
          and (not $4 or p.reference is null)
          and ($5::bigint is null or (p.number, p.project_id) > (
              select a.number, a.project_id from project a
              where a.firm_id = $1 and a.connection_id = $2 and a.project_id = $5
          ))
        order by p.number, p.project_id
        limit $6
        "#,
        firm.0,
        connection.0,
        pattern,
        filter.only_without,
        after,
        at_most,
    );
    Ok(found.fetch_all(conn).await?)
}

/// Every project with its reference.
pub(crate) async fn list_all_referenced(
    conn: &mut PgConnection,
    of: (FirmId, ConnectionId),
) -> Result<Vec<ReferencedProject>, StoreError> {
    list_referenced(conn, of, &ReferenceFilter::default(), None, i64::MAX).await
}

/// How many projects have a reference.
pub(crate) async fn count_referenced(
    conn: &mut PgConnection,
    (firm, connection): (FirmId, ConnectionId),
) -> Result<i64, StoreError> {
    let count = sqlx::query_scalar!(
        r#"
        select count(*) as "count!" from project
        where firm_id = $1 and connection_id = $2 and reference is not null
        "#,
        firm.0,
        connection.0,
    );
    Ok(count.fetch_one(conn).await?)
}

/// Locks the projects, after the firm's changes as everywhere, and gives them with their references.
pub(crate) async fn lock_referenced(
    conn: &mut PgConnection,
    (firm, connection): (FirmId, ConnectionId),
    projects: &[i64],
) -> Result<Vec<ReferencedProject>, StoreError> {
    lock_changes(conn, firm).await?;
    let found = sqlx::query_as!(
        ReferencedProject,
        r#"
        select project_id, number as "number!", name as "name!", reference
        from project
        where firm_id = $1 and connection_id = $2 and project_id = any($3)
        order by project_id
        for no key update
        "#,
        firm.0,
        connection.0,
        projects,
    );
    Ok(found.fetch_all(conn).await?)
}

/// Writes references. For the host product each is a change of its project.
pub(crate) async fn save_references(
    conn: &mut PgConnection,
    (firm, connection): (FirmId, ConnectionId),
    changes: &[ReferenceChange],
) -> Result<(), StoreError> {
    let ids: Vec<i64> = changes.iter().map(|it| it.project_id).collect();
    let references: Vec<Option<String>> = changes.iter().map(|it| it.after.clone()).collect();
    sqlx::query!(
        r#"
        update project set reference = it.reference
        from unnest($3::bigint[], $4::text[]) as it (id, reference)
        where firm_id = $1 and connection_id = $2 and project_id = it.id
        "#,
        firm.0,
        connection.0,
        &ids,
        &references as &[Option<String>],
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        r#"
        update record set change = next_change($1)
        where firm_id = $1 and connection_id = $2 and kind = 'projects' and project_id = 0
          and procore_id = any($3)
        "#,
        firm.0,
        connection.0,
        &ids,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Keeps the rows of a file until they are saved, in place of those of an earlier one.
pub(crate) async fn keep_reference_file(
    conn: &mut PgConnection,
    (firm, connection): (FirmId, ConnectionId),
    file: Uuid,
    rows: &[ReferenceRow],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        insert into reference_file (firm_id, connection_id, file_id, rows, uploaded_at)
        values ($1, $2, $3, $4, $5)
        on conflict (firm_id, connection_id) do update
        set file_id = excluded.file_id, rows = excluded.rows, uploaded_at = excluded.uploaded_at
        "#,
        firm.0,
        connection.0,
        file,
        Json(rows) as Json<&[ReferenceRow]>,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The file that is not saved yet, if there is one.
pub(crate) async fn find_reference_file(
    conn: &mut PgConnection,
    (firm, connection): (FirmId, ConnectionId),
) -> Result<Option<(Uuid, Vec<ReferenceRow>)>, StoreError> {
    let row = sqlx::query!(
        r#"
        select file_id, rows as "rows: Json<Vec<ReferenceRow>>"
        from reference_file
        where firm_id = $1 and connection_id = $2
        "#,
        firm.0,
        connection.0,
    );
    let row = row.fetch_optional(conn).await?;
    Ok(row.map(|row| (row.file_id, row.rows.0)))
}

pub(crate) async fn forget_reference_file(
    conn: &mut PgConnection,
    (firm, connection): (FirmId, ConnectionId),
) -> Result<(), StoreError> {
    sqlx::query!(
        "delete from reference_file where firm_id = $1 and connection_id = $2",
        firm.0,
        connection.0,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets files that nobody saved.
pub(crate) async fn purge_reference_files(
    conn: &mut PgConnection,
    before: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!("delete from reference_file where uploaded_at < $1", before)
        .execute(conn)
        .await?;
    Ok(())
}
