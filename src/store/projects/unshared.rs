//! Which projects of the company are not shared with us: as Procore names them for our own user, else as the
//! person sees them who signed in with Procore, else as far as the firm's own number tells.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::{counts, searched_like};
use crate::connection::UnsharedSource;
use crate::identity::{ConnectionId, FirmId};
use crate::store::{StoreError, projects_seen};

/// A project that is not shared with us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UnsharedProject {
    pub id: i64,
    pub name: String,
    pub number: String,
    pub stage: String,
    pub is_active: bool,
}

/// What is not shared with us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unshared {
    pub source: UnsharedSource,
    /// The first of those that were searched for.
    pub projects: Vec<UnsharedProject>,
    /// How many those are.
    pub count: i64,
    /// Procore is being asked.
    pub is_asked: bool,
}

/// How it stands with asking Procore.
#[derive(Debug, Clone, Copy)]
pub(crate) struct UnsharedKnowledge {
    pub due_at: DateTime<Utc>,
    pub known_at: Option<DateTime<Utc>>,
    pub is_refused: bool,
    pub own_count: Option<i32>,
    /// Somebody waits for an answer.
    pub is_asked: bool,
    /// An integrated project was hidden since Procore was asked last.
    pub is_outdated: bool,
}

/// When to ask Procore again.
pub(crate) async fn unshared_due(
    conn: &mut PgConnection,
    (firm, connection): (FirmId, ConnectionId),
) -> Result<Option<UnsharedKnowledge>, StoreError> {
    Ok(sqlx::query_as!(
        UnsharedKnowledge,
        r#"
        select unshared_due_at as due_at, unshared_known_at as known_at,
               unshared_refused as is_refused, own_project_count as own_count,
               unshared_asked_at is not null as "is_asked!",
               exists (
                   select from project p
                   where p.firm_id = $1 and p.connection_id = $2 and p.state is not null
                     and p.hidden_at > greatest(c.unshared_known_at, c.unshared_tried_at)
               ) as "is_outdated!"
        from connection c
        where firm_id = $1 and connection_id = $2
        "#,
        firm.0,
        connection.0,
    )
    .fetch_optional(conn)
    .await?)
}

/// Up to `limit` active projects that are not shared with us, whose name or number contains `search`, by
/// number. What we know as a project is not among them, also if it is not shown to us any more.
pub(crate) async fn find_unshared(
    conn: &mut PgConnection,
    of: (FirmId, ConnectionId),
    search: Option<&str>,
    limit: i64,
) -> Result<Unshared, StoreError> {
    let (firm, connection) = of;
    let known = unshared_due(&mut *conn, of).await?;
    let Some(known) = known else {
        return Ok(nothing(UnsharedSource::Nobody, false));
    };
    let is_asked = known.is_asked;
    if let Some(at) = known.known_at.filter(|_| !known.is_refused) {
        let source = UnsharedSource::OwnUser(at);
        let (projects, count) = list_of_own_user(conn, of, search, limit).await?;
        return Ok(Unshared {
            projects,
            count,
            ..nothing(source, is_asked)
        });
    }
    let (seen, count) =
        projects_seen::list_unshared(&mut *conn, firm, connection, search, limit).await?;
    if count > 0 || projects_seen::is_known(&mut *conn, of).await? {
        let projects = seen.into_iter().map(|it| UnsharedProject {
            id: it.id,
            name: it.name,
            number: it.number.unwrap_or_default(),
            stage: String::new(),
            is_active: true,
        });
        return Ok(Unshared {
            projects: projects.collect(),
            count,
            ..nothing(UnsharedSource::Person, is_asked)
        });
    }
    let Some(own) = known.own_count else {
        return Ok(nothing(UnsharedSource::Nobody, is_asked));
    };
    let shown = counts::count(conn, of).await?.usable();
    Ok(Unshared {
        count: (i64::from(own) - shown).max(0),
        ..nothing(UnsharedSource::OwnCount(own), is_asked)
    })
}

fn nothing(source: UnsharedSource, is_asked: bool) -> Unshared {
    Unshared {
        source,
        projects: Vec::new(),
        count: 0,
        is_asked,
    }
}

async fn list_of_own_user(
    conn: &mut PgConnection,
    (firm, connection): (FirmId, ConnectionId),
    search: Option<&str>,
    limit: i64,
) -> Result<(Vec<UnsharedProject>, i64), StoreError> {
    let pattern = search.map(searched_like);
    let rows = sqlx::query!(
        r#"
        select u.project_id, u.name as "name!", u.number as "number!", u.stage,
               count(*) over () as "total!"
        from project_unshared u
        where u.firm_id = $1 and u.connection_id = $2 and u.is_active
          and ($3::text is null or u.searched like $3)
          and not exists (
              select from project p
              where p.firm_id = $1 and p.connection_id = $2 and p.project_id = u.project_id
          )
        order by u.number, u.project_id
        limit $4
        "#,
        firm.0,
        connection.0,
        pattern,
        limit,
    );
    let rows = rows.fetch_all(conn).await?;
    let total = rows.first().map_or(0, |row| row.total);
    let projects = rows.into_iter().map(|row| UnsharedProject {
        id: row.project_id,
        name: row.name,
        number: row.number,
        stage: row.stage,
        is_active: true,
    });
    Ok((projects.collect(), total))
}

/// Keeps what Procore named.
pub(crate) async fn replace_unshared(
    conn: &mut PgConnection,
    (firm, connection): (FirmId, ConnectionId),
    projects: &[UnsharedProject],
    now: DateTime<Utc>,
    next: DateTime<Utc>,
) -> Result<(), StoreError> {
    let ids: Vec<i64> = projects.iter().map(|it| it.id).collect();
    let text = |of: fn(&UnsharedProject) -> &String| -> Vec<String> {
        projects.iter().map(of).cloned().collect()
    };
    let active: Vec<bool> = projects.iter().map(|it| it.is_active).collect();
    sqlx::query!(
        "delete from project_unshared
         where firm_id = $1 and connection_id = $2 and project_id <> all($3)",
        firm.0,
        connection.0,
        &ids,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        r#"
        insert into project_unshared as known
            (firm_id, connection_id, project_id, name, number, stage, is_active)
        select $1, $2, it.project_id, it.name, it.number, it.stage, it.is_active
        from unnest($3::bigint[], $4::text[], $5::text[], $6::text[], $7::boolean[])
             as it (project_id, name, number, stage, is_active)
        on conflict (firm_id, connection_id, project_id) do update
        set name = excluded.name, number = excluded.number, stage = excluded.stage,
            is_active = excluded.is_active
        where (known.name, known.number, known.stage, known.is_active)
            is distinct from (excluded.name, excluded.number, excluded.stage, excluded.is_active)
        "#,
        firm.0,
        connection.0,
        &ids,
        &text(|it| &it.name),
        &text(|it| &it.number),
        &text(|it| &it.stage),
        &active,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        r#"
        update connection
        set unshared_known_at = $3, unshared_tried_at = $3, unshared_asked_at = null,
            unshared_refused = false, unshared_due_at = $4
        where firm_id = $1 and connection_id = $2
        "#,
        firm.0,
        connection.0,
        now,
        next,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes that Procore does not tell us, and when to ask again.
pub(crate) async fn note_unshared_refused(
    conn: &mut PgConnection,
    of: (FirmId, ConnectionId),
    (tried_at, next): (DateTime<Utc>, DateTime<Utc>),
) -> Result<(), StoreError> {
    let (firm, connection) = of;
    sqlx::query!(
        r#"
        update connection
        set unshared_refused = true, unshared_tried_at = $4, unshared_asked_at = null,
            unshared_due_at = $3
        where firm_id = $1 and connection_id = $2
        "#,
        firm.0,
        connection.0,
        next,
        tried_at,
    )
    .execute(&mut *conn)
    .await?;
    forget_unshared(conn, of).await
}

/// Asks later: Procore did not answer now, or there is nothing to ask.
pub(crate) async fn put_off_unshared(
    conn: &mut PgConnection,
    (firm, connection): (FirmId, ConnectionId),
    (tried_at, until): (DateTime<Utc>, DateTime<Utc>),
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        update connection
        set unshared_tried_at = $4, unshared_asked_at = null, unshared_due_at = $3
        where firm_id = $1 and connection_id = $2
        "#,
        firm.0,
        connection.0,
        until,
        tried_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Asks as soon as there is room.
pub(crate) async fn ask_unshared_again(
    conn: &mut PgConnection,
    (firm, connection): (FirmId, ConnectionId),
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        update connection set unshared_due_at = 'epoch', unshared_asked_at = now()
        where firm_id = $1 and connection_id = $2
        "#,
        firm.0,
        connection.0,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets what Procore named.
pub(crate) async fn forget_unshared(
    conn: &mut PgConnection,
    (firm, connection): (FirmId, ConnectionId),
) -> Result<(), StoreError> {
    sqlx::query!(
        "delete from project_unshared where firm_id = $1 and connection_id = $2",
        firm.0,
        connection.0,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Keeps how many active projects the firm says it has.
pub(crate) async fn save_own_count(
    conn: &mut PgConnection,
    (firm, connection): (FirmId, ConnectionId),
    count: Option<i32>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update connection set own_project_count = $3 where firm_id = $1 and connection_id = $2",
        firm.0,
        connection.0,
        count,
    )
    .execute(conn)
    .await?;
    Ok(())
}
