//! The board of projects: who asks, fifty rows by number, the counts of each state and what else the page says,
//! a plain statement each; then a plain table.

use askama::Template;
use axum::extract::{Path, State};
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
}

pub async fn show(
    State(floor): State<Floor>,
    Path(firm): Path<Uuid>,
    headers: HeaderMap,
) -> Result<Html<Vec<u8>>, Failure> {
    let (session, onboarding) = queries::find(&floor.db, &headers, firm).await?;
    let connection = onboarding.connection_id.ok_or(Failure::Missing)?;
    let rows: Vec<Row> = sqlx::query_as(
        "select project_id, number, name, stage, shown_as, reasons, looked_at, last_event_at, last_copy_at
         from project
         where firm_id = $1 and connection_id = $2
         order by number, project_id limit 51",
    )
    .bind(firm)
    .bind(connection)
    .fetch_all(&floor.db)
    .await?;
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
    };
    pages::padded(&page, floor.sizes.board)
}
