//! The board of projects: who asks, fifty rows, the counts of each state and what else the page says, a plain
//! statement each; then a plain table.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::Html;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::queries::{self, Session};
use crate::{Failure, Floor, pages};

#[derive(sqlx::FromRow)]
pub struct Row {
    pub project_id: i64,
    pub number: String,
    pub name: String,
    pub stage: String,
    pub shown_as: String,
    pub reasons: serde_json::Value,
    pub looked_at: Option<DateTime<Utc>>,
    pub last_event_at: Option<DateTime<Utc>>,
    pub last_copy_at: Option<DateTime<Utc>>,
}

/// Which projects are asked for.
#[derive(serde::Deserialize)]
pub struct Asked {
    state: Option<String>,
    q: Option<String>,
    sort: Option<String>,
}

#[derive(Template)]
#[template(path = "board.html")]
struct Page<'a> {
    session: &'a Session,
    firm: Uuid,
    rows: Vec<Row>,
    counts: Vec<(String, i64)>,
    states: Vec<(String, i64)>,
    stopped: i64,
    in_need: Vec<(i64, String)>,
    is_awaited: bool,
    chosen: Option<serde_json::Value>,
    unshared: i64,
    obstacles: Vec<(serde_json::Value, i64)>,
}

pub async fn show(
    State(floor): State<Floor>,
    Path(firm): Path<Uuid>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Html<Vec<u8>>, Failure> {
    let (session, onboarding) = queries::find(&floor.db, &headers, firm).await?;
    let connection = onboarding.connection_id.ok_or(Failure::Missing)?;
    let rows = rows(&floor, (firm, connection), &asked).await?;
    let obstacles: Vec<(serde_json::Value, i64)> = match asked.state {
        None => Vec::new(),
        Some(_) => {
            sqlx::query_as(
                "select obstacle, count(*)
                 from (select reasons from project
                       where firm_id = $1 and connection_id = $2 and shown_as = 'not_ready'
                         and is_active and not is_template
                       order by number, project_id limit 1000) as first,
                      jsonb_array_elements(reasons) as obstacle
                 group by obstacle",
            )
            .bind(firm)
            .bind(connection)
            .fetch_all(&floor.db)
            .await?
        }
    };
    let counts: Vec<(String, i64)> = sqlx::query_as(
        "select shown_as, count(*) from project
         where firm_id = $1 and connection_id = $2 group by shown_as",
    )
    .bind(firm)
    .bind(connection)
    .fetch_all(&floor.db)
    .await?;
    let states: Vec<(String, i64)> = sqlx::query_as(
        "select state, count(*) from project
         where firm_id = $1 and connection_id = $2 and state is not null group by state",
    )
    .bind(firm)
    .bind(connection)
    .fetch_all(&floor.db)
    .await?;
    let stopped: i64 = sqlx::query_scalar(
        "select count(*) from run
         where firm_id = $1 and connection_id = $2 and kind = 'project' and state = 'needs_person'",
    )
    .bind(firm)
    .bind(connection)
    .fetch_one(&floor.db)
    .await?;
    let in_need: Vec<(i64, String)> = sqlx::query_as(
        "select project_id, name from project
         where firm_id = $1 and connection_id = $2 and state is not null and trouble is not null
         order by number, project_id limit 5",
    )
    .bind(firm)
    .bind(connection)
    .fetch_all(&floor.db)
    .await?;
    let is_awaited: bool = sqlx::query_scalar(
        "select exists (select from new_project_wish where firm_id = $1 and connection_id = $2)",
    )
    .bind(firm)
    .bind(connection)
    .fetch_one(&floor.db)
    .await?;
    let chosen: Option<serde_json::Value> = sqlx::query_scalar(
        "select project_settings from connection where firm_id = $1 and connection_id = $2",
    )
    .bind(firm)
    .bind(connection)
    .fetch_one(&floor.db)
    .await?;
    let unshared: i64 = sqlx::query_scalar(
        "select count(*) from project_unshared where firm_id = $1 and connection_id = $2",
    )
    .bind(firm)
    .bind(connection)
    .fetch_one(&floor.db)
    .await?;
    let page = Page {
        session: &session,
        firm,
        rows,
        counts,
        states,
        stopped,
        in_need,
        is_awaited,
        chosen,
        unshared,
        obstacles,
    };
    pages::padded(&page, floor.sizes.board)
}

async fn rows(
    floor: &Floor,
    (firm, connection): (Uuid, Uuid),
    asked: &Asked,
) -> Result<Vec<Row>, Failure> {
    const SELECT: &str = "select project_id, number, name, stage, shown_as, reasons, looked_at, \
                          last_event_at, last_copy_at \
                          from project where firm_id = $1 and connection_id = $2";
    let (which, value) = match (&asked.state, &asked.q, &asked.sort) {
        (Some(state), ..) => (
            "and shown_as = $3 order by number, project_id",
            state.clone(),
        ),
        (_, Some(search), _) => (
            "and searched like $3 order by number, project_id",
            format!("%{}%", search.to_lowercase()),
        ),
        (.., Some(_)) => ("and $3 <> '' order by name, project_id", "name".to_owned()),
        (None, None, None) => (
            "and $3 <> '' order by number, project_id",
            "number".to_owned(),
        ),
    };
    let sql = sqlx::AssertSqlSafe(format!("{SELECT} {which} limit 51"));
    let rows = sqlx::query_as(sql).bind(firm).bind(connection).bind(value);
    Ok(rows.fetch_all(&floor.db).await?)
}
