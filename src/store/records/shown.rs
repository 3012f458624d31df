//! Records as pages show them: counted, listed, and one whole.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::RecordSet;
use crate::catalog::DataSet;
use crate::identity::{ConnectionId, FirmId};
use crate::store::StoreError;

/// How many records of a kind there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RecordCount {
    pub data_set: DataSet,
    pub kind: String,
    pub there: i64,
    /// Of those, how many Procore does not show now, without saying that they were deleted.
    pub unavailable: i64,
    pub gone: i64,
    /// When our copy last changed.
    pub changed_at: Option<DateTime<Utc>>,
    pub seen_at: Option<DateTime<Utc>>,
}

/// The records of a connection, counted by kind.
pub(crate) async fn count_by_kind(
    conn: &mut PgConnection,
    firm_id: FirmId,
    connection_id: ConnectionId,
) -> Result<Vec<RecordCount>, StoreError> {
    let counts = sqlx::query_as!(
        RecordCount,
        r#"
        select data_set as "data_set: DataSet", kind, count(*) filter (where gone_at is null) as "there!",
               count(*) filter (where gone_at is null and unavailable_at is not null) as "unavailable!",
               count(gone_at) as "gone!", max(changed_at) as changed_at,
               max(last_seen_at) as seen_at
        from record
        where firm_id = $1 and connection_id = $2
        group by data_set, kind
        order by data_set, kind
        "#,
        firm_id.0,
        connection_id.0,
    )
    .fetch_all(conn)
    .await?;
    Ok(counts)
}

/// The records of one project, counted by kind.
pub(crate) async fn count_of_project(
    conn: &mut PgConnection,
    (firm_id, connection_id): (FirmId, ConnectionId),
    project: i64,
) -> Result<Vec<RecordCount>, StoreError> {
    let counts = sqlx::query_as!(
        RecordCount,
        r#"
        select data_set as "data_set: DataSet", kind, count(*) filter (where gone_at is null) as "there!",
               count(*) filter (where gone_at is null and unavailable_at is not null) as "unavailable!",
               count(gone_at) as "gone!", max(changed_at) as changed_at,
               max(last_seen_at) as seen_at
        from record
        where firm_id = $1 and connection_id = $2 and project_id = $3
          and data_set = any($4)
        group by data_set, kind
        order by data_set, kind
        "#,
        firm_id.0,
        connection_id.0,
        project,
        &DataSet::OF_PROJECT.map(DataSet::key) as &[&str],
    )
    .fetch_all(conn)
    .await?;
    Ok(counts)
}

/// How many records of a kind say of themselves in `field` that they are not active.
pub(crate) async fn count_inactive(
    conn: &mut PgConnection,
    set: &RecordSet,
    field: &str,
) -> Result<u64, StoreError> {
    let count = sqlx::query_scalar!(
        r#"
        select count(*) as "count!"
        from record
        where firm_id = $1 and connection_id = $2 and data_set = $3 and kind = $4
          and project_id = $5 and body ->> $6 = 'false'
        "#,
        set.firm_id.0,
        set.connection_id.0,
        set.data_set.key(),
        set.kind,
        set.project_id,
        field,
    );
    Ok(count.fetch_one(conn).await?.unsigned_abs())
}

/// Which records of a company our copy has of these kinds and ids.
pub(crate) async fn list_known(
    conn: &mut PgConnection,
    (firm, connection): (FirmId, ConnectionId),
    kinds: &[String],
    ids: &[i64],
) -> Result<Vec<(String, i64)>, StoreError> {
    let rows = sqlx::query!(
        r#"
        select kind, procore_id
        from record
        where firm_id = $1 and connection_id = $2 and kind = any($3) and procore_id = any($4)
        "#,
        firm.0,
        connection.0,
        kinds,
        ids,
    );
    let rows = rows.fetch_all(conn).await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.kind, row.procore_id))
        .collect())
}

/// A record in a list.
#[derive(Debug, Clone)]
pub struct RecordSummary {
    pub procore_id: i64,
    /// What people call it, if it has a name at all.
    pub label: Option<String>,
    pub procore_updated_at: Option<DateTime<Utc>>,
    pub last_seen_at: DateTime<Utc>,
    pub gone_at: Option<DateTime<Utc>>,
    pub unavailable_at: Option<DateTime<Utc>>,
}

/// A page of records of one kind in the order of their ids, after `after`; with `search`, only
/// those whose name or number holds the text, in any case.
pub async fn list(
    conn: &mut PgConnection,
    set: &RecordSet,
    search: Option<&str>,
    after: Option<i64>,
    at_most: i64,
) -> Result<Vec<RecordSummary>, StoreError> {
    let pattern = search.map(|text| format!("%{}%", escaped(text)));
    Ok(sqlx::query_as!(
        RecordSummary,
        r#"
        select procore_id,
               coalesce(nullif(body ->> 'display_name', ''), nullif(body ->> 'name', ''),
                        nullif(body ->> 'login', ''), nullif(body ->> 'subject', ''),
                        nullif(body ->> 'title', '')) as label,
               procore_updated_at, last_seen_at, gone_at, unavailable_at
        from record
        where firm_id = $1 and connection_id = $2 and data_set = $3 and kind = $4
          and project_id = $5 and procore_id > coalesce($6::bigint, -1)
          and ($7::text is null
               or concat_ws(' ', body ->> 'display_name', body ->> 'name', body ->> 'project_number',
                            body ->> 'full_code', body ->> 'email_address', body ->> 'subject',
                            body ->> 'title', body ->> 'number', procore_id::text)
                  ilike $7)
        order by procore_id
        limit $8
        "#,
        set.firm_id.0,
        set.connection_id.0,
        set.data_set.key(),
        set.kind,
        set.project_id,
        after,
        pattern,
        at_most,
    )
    .fetch_all(conn)
    .await?)
}

/// A record, whole.
#[derive(Debug, Clone)]
pub struct Record {
    pub procore_id: i64,
    /// What Procore calls it, where it has a name.
    pub name: Option<String>,
    /// JSON text: Postgres keeps numbers and depths that we do not decode.
    pub body: String,
    pub procore_updated_at: Option<DateTime<Utc>>,
    pub first_seen_at: DateTime<Utc>,
    pub last_seen_at: DateTime<Utc>,
    /// Whether it stood in a list then; else only an event announced it so far.
    pub listed: bool,
    /// When our copy last changed, its going included.
    pub changed_at: DateTime<Utc>,
    pub gone_at: Option<DateTime<Utc>>,
    pub unavailable_at: Option<DateTime<Utc>>,
}

/// One record.
pub async fn find(
    conn: &mut PgConnection,
    set: &RecordSet,
    procore_id: i64,
) -> Result<Option<Record>, StoreError> {
    Ok(sqlx::query_as!(
        Record,
        r#"
        select procore_id,
               coalesce(body ->> 'display_name', body ->> 'name', body ->> 'subject', body ->> 'title')
                   as name,
               body::text as "body!", procore_updated_at, first_seen_at, last_seen_at,
               listed, changed_at, gone_at, unavailable_at
        from record
        where firm_id = $1 and connection_id = $2 and data_set = $3 and kind = $4
          and project_id = $5 and procore_id = $6
        "#,
        set.firm_id.0,
        set.connection_id.0,
        set.data_set.key(),
        set.kind,
        set.project_id,
        procore_id,
    )
    .fetch_optional(conn)
    .await?)
}

/// Text as it means itself in a pattern.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('%', "\\%")
        .replace('_', "\\_")
}
