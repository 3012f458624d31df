//! The wish that new projects are integrated by themselves, and what becomes of it.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use sqlx::types::Json;

use crate::connection::NewProjectNews;
use crate::identity::{ConnectionId, FirmId};
use crate::store::StoreError;
use crate::store::work::Task;
use crate::verdict::{Obstacle, ProjectTool, ReasonCode};

/// The kind of the work of writing about new projects. The word is stored with what is due.
pub(crate) const TELL: &str = "tell_of_new_projects";

pub(crate) fn tell_task(firm: FirmId, connection: ConnectionId) -> Task {
    Task {
        kind: TELL,
        key: connection.0,
        firm: Some(firm),
    }
}

/// Whose wish it is that new projects are integrated by themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NewProjectWish {
    pub wished_by: String,
    pub wished_at: DateTime<Utc>,
    /// When the firm was last written to about it.
    pub told_at: Option<DateTime<Utc>>,
}

pub(crate) async fn find_wish(
    conn: &mut PgConnection,
    (firm, connection): (FirmId, ConnectionId),
) -> Result<Option<NewProjectWish>, StoreError> {
    let wish = sqlx::query_as!(
        NewProjectWish,
        r#"
        select wished_by, wished_at, told_at
        from new_project_wish
        where firm_id = $1 and connection_id = $2
        "#,
        firm.0,
        connection.0,
    );
    Ok(wish.fetch_optional(conn).await?)
}

/// Keeps the wish; returns whether it is new. What is known by then is not new.
pub(crate) async fn save_wish(
    conn: &mut PgConnection,
    (firm, connection): (FirmId, ConnectionId),
    wished_by: &str,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let saved = sqlx::query!(
        r#"
        insert into new_project_wish (firm_id, connection_id, wished_by, wished_at)
        values ($1, $2, $3, $4)
        on conflict do nothing
        "#,
        firm.0,
        connection.0,
        wished_by,
        now,
    );
    let is_new = saved.execute(&mut *conn).await?.rows_affected() == 1;
    if is_new {
        sqlx::query!(
            r#"
            update project set is_new = false
            where firm_id = $1 and connection_id = $2 and is_new
            "#,
            firm.0,
            connection.0,
        )
        .execute(conn)
        .await?;
    }
    Ok(is_new)
}

/// Ends the wish; returns whether there was one.
pub(crate) async fn end_wish(
    conn: &mut PgConnection,
    (firm, connection): (FirmId, ConnectionId),
) -> Result<bool, StoreError> {
    let ended = sqlx::query!(
        "delete from new_project_wish where firm_id = $1 and connection_id = $2",
        firm.0,
        connection.0,
    );
    Ok(ended.execute(conn).await?.rows_affected() == 1)
}

/// A new project that could be integrated.
#[derive(Debug)]
pub(crate) struct NewProject {
    pub project_id: i64,
    pub number: String,
    pub name: String,
    pub tools: Json<Vec<ProjectTool>>,
}

/// The new projects that were looked at and are neither closed, hidden nor templates, those looked at
/// last first. They are locked until the transaction ends.
pub(crate) async fn lock_new(
    conn: &mut PgConnection,
    (firm, connection): (FirmId, ConnectionId),
    at_most: i64,
) -> Result<Vec<NewProject>, StoreError> {
    let found = sqlx::query_as!(
        NewProject,
        r#"
        select project_id, number as "number!", name as "name!",
               tools as "tools!: Json<Vec<ProjectTool>>"
        from project
        where firm_id = $1 and connection_id = $2 and is_new and state is null
          and hidden_at is null and is_active and not is_template and tools is not null
        order by looked_at desc, project_id
        limit $3
        for no key update skip locked
        "#,
        firm.0,
        connection.0,
        at_most,
    );
    Ok(found.fetch_all(conn).await?)
}

/// Marks projects that wait for their turn as chosen by themselves.
pub(crate) async fn mark_by_itself(
    conn: &mut PgConnection,
    (firm, connection): (FirmId, ConnectionId),
    projects: &[i64],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        update project set by_itself_at = $4
        where firm_id = $1 and connection_id = $2 and project_id = any($3)
        "#,
        firm.0,
        connection.0,
        projects,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A new project about which the firm was not told how it is now.
#[derive(Debug)]
pub(crate) struct ProjectNews {
    pub project_id: i64,
    pub number: String,
    pub name: String,
    pub news: NewProjectNews,
    /// Why it stopped.
    pub code: Option<ReasonCode>,
    /// Why it waits.
    pub obstacles: Json<Vec<Obstacle>>,
}

/// What there is to write about new projects.
pub(crate) async fn list_news(
    conn: &mut PgConnection,
    (firm, connection): (FirmId, ConnectionId),
    at_most: i64,
) -> Result<Vec<ProjectNews>, StoreError> {
    let news = sqlx::query_as!(
        ProjectNews,
        r#"
        select p.project_id, p.number as "number!", p.name as "name!",
               it.news as "news!: NewProjectNews", it.code as "code: ReasonCode",
               p.reasons as "obstacles!: Json<Vec<Obstacle>>"
        from project p
        left join lateral (
            select run.code from run
            where p.state = 'integrating' and run.firm_id = p.firm_id
              and run.connection_id = p.connection_id and run.project_id = p.project_id
              and run.kind = 'project' and run.state = 'needs_person'
            limit 1
        ) as stopped on true
        cross join lateral (
            select stopped.code, case
                when p.by_itself_at is not null and p.state = 'integrated' then 'integrated'
                when p.by_itself_at is not null and stopped.code is not null then 'stopped'
                when p.is_new and p.state is null and p.readiness = 'not_ready'
                     and p.hidden_at is null and p.is_active and not p.is_template then 'waiting'
            end as news
        ) as it
        where p.firm_id = $1 and p.connection_id = $2
          and (p.by_itself_at is not null or p.is_new and p.state is null)
          and it.news is not null and it.news is distinct from p.told
        order by it.news, p.number, p.project_id
        limit $3
        "#,
        firm.0,
        connection.0,
        at_most,
    );
    Ok(news.fetch_all(conn).await?)
}

/// Notes what the firm was told.
pub(crate) async fn note_told(
    conn: &mut PgConnection,
    (firm, connection): (FirmId, ConnectionId),
    told: &[ProjectNews],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let ids: Vec<i64> = told.iter().map(|it| it.project_id).collect();
    let news: Vec<&str> = told.iter().map(|it| it.news.as_str()).collect();
    sqlx::query!(
        r#"
        update project set told = it.news
        from unnest($3::bigint[], $4::text[]) as it (id, news)
        where firm_id = $1 and connection_id = $2 and project_id = it.id
        "#,
        firm.0,
        connection.0,
        &ids,
        &news as &[&str],
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "update new_project_wish set told_at = $3 where firm_id = $1 and connection_id = $2",
        firm.0,
        connection.0,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}
