//! The database role that `serve` uses: it reads and writes rows, and owns nothing.

use sqlx::{AssertSqlSafe, Executor, PgConnection};

/// What a role that serves may do. `{role}` is its name, in quotes.
///
/// The record of what was done is added to and read. Nobody but the owner's functions deletes from it.
const GRANTS: &str = "
    grant usage on schema public to {role};
    grant select, insert, update, delete on all tables in schema public to {role};
    grant usage on all sequences in schema public to {role};
    revoke insert, update, delete on _sqlx_migrations from {role};
    revoke update, delete on activity from {role};
    revoke delete on firm from {role};
    grant execute on function
        expire_activity(timestamptz, integer), prepare_event_day(date)
        to {role}
";

/// Grants a role what serving takes, and takes back what does not belong to it.
pub(super) async fn grant(conn: &mut PgConnection, role: &str) -> Result<(), sqlx::Error> {
    let quoted: String = sqlx::query_scalar("select quote_ident($1)")
        .bind(role)
        .fetch_one(&mut *conn)
        .await?;
    conn.execute(AssertSqlSafe(GRANTS.replace("{role}", &quoted)))
        .await?;
    Ok(())
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
