//! The database roles besides the owner: the one that `serve` uses reads and writes rows, and owns
//! nothing; the one of the host product reads the views of what was copied.

use sqlx::{AssertSqlSafe, Executor, PgConnection};

/// What a role that serves may do. `{role}` is its name, in quotes.
///
/// The record of what was done is added to and read; receipts of removed firms are read, and only
/// what came of tidying Procore is noted on them. Nobody but the owner's functions deletes either,
/// or a firm.
const GRANTS: &str = "
    grant usage on schema public to {role};
    grant select, insert, update, delete on all tables in schema public to {role};
    grant usage on all sequences in schema public to {role};
    revoke insert, update, delete on _sqlx_migrations from {role};
    revoke update, delete on activity from {role};
    revoke delete on firm from {role};
    revoke insert, update, delete on removed_firm from {role};
    grant update (procore, webhooks_removed) on removed_firm to {role};
    grant execute on function
        erase_firm(uuid, text, timestamptz, text), erase_firm_rows(uuid, integer, timestamptz),
        expire_activity(timestamptz, integer), prepare_event_day(date), drop_event_days(date)
        to {role}
";

/// What the host product's role may do.
const READING: &str = "
    grant usage on schema concierge_v1 to {role};
    grant select on all tables in schema concierge_v1 to {role}
";

/// Grants a role what serving takes, and takes back what does not belong to it.
pub(super) async fn grant(conn: &mut PgConnection, role: &str) -> Result<(), sqlx::Error> {
    execute_for(conn, GRANTS, role).await
}

/// Grants a role to read the views for the host product.
pub(super) async fn grant_reading(conn: &mut PgConnection, role: &str) -> Result<(), sqlx::Error> {
    execute_for(conn, READING, role).await
}

/// Makes the host product's role. How it signs in is up to the operator.
pub(super) async fn create_reader(conn: &mut PgConnection, role: &str) -> Result<(), sqlx::Error> {
    execute_for(conn, "create role {role}", role).await
}

async fn execute_for(conn: &mut PgConnection, sql: &str, role: &str) -> Result<(), sqlx::Error> {
    let quoted: String = sqlx::query_scalar("select quote_ident($1)")
        .bind(role)
        .fetch_one(&mut *conn)
        .await?;
    conn.execute(AssertSqlSafe(sql.replace("{role}", &quoted)))
        .await?;
    Ok(())
}

/// Whether the role of a connection may create others.
pub(super) async fn can_create(conn: &mut PgConnection) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar(
        "select rolcreaterole or rolsuper from pg_roles where rolname = current_user",
    )
    .fetch_one(conn)
    .await
}

/// A table that a role can read, if there is one.
pub(super) async fn readable_table(
    conn: &mut PgConnection,
    role: &str,
) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar(
        "select relname::text from pg_class \
         where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') \
           and has_any_column_privilege($1, oid, 'select') \
         order by relname limit 1",
    )
    .bind(role)
    .fetch_optional(conn)
    .await
}

/// Whether there is a role of this name.
pub(super) async fn exists(conn: &mut PgConnection, role: &str) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar("select exists (select from pg_roles where rolname = $1)")
        .bind(role)
        .fetch_one(conn)
        .await
}

/// Whether the role of a connection can rewrite the record of what was done: as its owner, as a
/// superuser, or because it was let.
pub(crate) async fn can_rewrite_the_record(conn: &mut PgConnection) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar("select has_table_privilege('activity', 'delete')")
        .fetch_one(conn)
        .await
}
