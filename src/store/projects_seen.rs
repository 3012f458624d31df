//! The table `project_seen`: which projects the person sees who proved the company of a connection. They
//! are part of that proof: what a proof saw that is no longer in use is not shown.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::StoreError;
use super::records::escaped;
use super::sign_ins::SeenProject;
use crate::identity::{ConnectionId, CredentialId, FirmId};

/// Forgets what was seen.
pub(crate) async fn forget(
    conn: &mut PgConnection,
    (firm, connection): (FirmId, ConnectionId),
) -> Result<(), StoreError> {
    sqlx::query!(
        "delete from project_seen where firm_id = $1 and connection_id = $2",
        firm.0,
        connection.0,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Keeps what was seen with a proof. What was seen with one that cannot be used any more goes.
pub(crate) async fn replace(
    conn: &mut PgConnection,
    (firm, connection, proof): (FirmId, ConnectionId, CredentialId),
    projects: &[SeenProject],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        delete from project_seen seen
        where firm_id = $1 and connection_id = $2 and not exists (
            select from credential c
            where c.firm_id = $1 and c.credential_id = seen.credential_id
              and c.state in ('current', 'candidate')
        )
        "#,
        firm.0,
        connection.0,
    )
    .execute(&mut *conn)
    .await?;
    let ids: Vec<i64> = projects.iter().map(|it| it.id).collect();
    let names: Vec<String> = projects.iter().map(|it| it.name.clone()).collect();
    let numbers: Vec<Option<String>> = projects.iter().map(|it| it.number.clone()).collect();
    sqlx::query!(
        r#"
        insert into project_seen (firm_id, connection_id, credential_id, project_id, name, number, seen_at)
        select $1, $2, $7, it.project_id, it.name, it.number, $6
        from unnest($3::bigint[], $4::text[], $5::text[]) as it (project_id, name, number)
        on conflict do nothing
        "#,
        firm.0,
        connection.0,
        &ids,
        &names,
        &numbers as &[Option<String>],
        now,
        proof.0,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Projects that the person saw whose proof is in use, and we were not shown, the first by name of those whose
/// name or number contains `search`, and how many there are.
pub(crate) async fn list_unshared(
    conn: &mut PgConnection,
    firm: FirmId,
    connection: ConnectionId,
    search: Option<&str>,
    limit: i64,
) -> Result<(Vec<SeenProject>, i64), StoreError> {
    let pattern = search.map(|text| format!("%{}%", escaped(text)));
    let rows = sqlx::query!(
        r#"
        select project_id, name, number, count(*) over () as "total!"
        from project_seen seen
        where firm_id = $1 and connection_id = $2
          and exists (
              select from credential c
              join connection n on n.firm_id = c.firm_id and n.connection_id = c.connection_id
              where c.firm_id = $1 and c.connection_id = $2 and c.credential_id = seen.credential_id
                and c.state = 'current' and c.proven_environment = n.environment
                and c.proven_company_id = n.company_id
          )
          and ($4::text is null or name ilike $4 or number ilike $4)
          and not exists (
              select from record r
              where r.firm_id = $1 and r.connection_id = $2 and r.kind = 'projects'
                and r.procore_id = seen.project_id
          )
        order by name, project_id
        limit $3
        "#,
        firm.0,
        connection.0,
        limit,
        pattern,
    )
    .fetch_all(conn)
    .await?;
    let total = rows.first().map_or(0, |row| row.total);
    let projects = rows.into_iter().map(|row| SeenProject {
        id: row.project_id,
        name: row.name,
        number: row.number,
    });
    Ok((projects.collect(), total))
}

/// Whether anybody whose proof is in use saw any project.
pub(crate) async fn is_known(
    conn: &mut PgConnection,
    (firm, connection): (FirmId, ConnectionId),
) -> Result<bool, StoreError> {
    let known = sqlx::query_scalar!(
        r#"
        select exists (
            select from project_seen seen
            join credential c on c.firm_id = $1 and c.credential_id = seen.credential_id
            join connection n on n.firm_id = $1 and n.connection_id = $2
            where seen.firm_id = $1 and seen.connection_id = $2 and c.connection_id = $2
              and c.state = 'current' and c.proven_environment = n.environment
              and c.proven_company_id = n.company_id
        ) as "known!"
        "#,
        firm.0,
        connection.0,
    );
    Ok(known.fetch_one(conn).await?)
}
