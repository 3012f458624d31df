//! The queue of support: who asks, fifty rows in order of urgency, the counts on top and the names to
//! choose from, each by the product's own statement; then a plain table.

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Html;
use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{Failure, Floor, pages, queries};

const STALLED: TimeDelta = TimeDelta::days(3);

#[derive(sqlx::FromRow)]
pub struct Row {
    pub onboarding_id: Uuid,
    pub firm_name: String,
    pub company_id: Option<i64>,
    pub stage: String,
    pub situation: String,
    pub reason: Option<String>,
    pub waiting_on: String,
    pub progress_at: DateTime<Utc>,
    pub due_at: Option<DateTime<Utc>>,
    pub contacted_at: Option<DateTime<Utc>>,
}

#[derive(Template)]
#[template(path = "queue.html")]
struct Page {
    name: String,
    rows: Vec<Row>,
    counts: Vec<(String, i64)>,
    views: Vec<i64>,
    people: Vec<(Uuid, String)>,
}

pub async fn show(
    State(floor): State<Floor>,
    headers: HeaderMap,
) -> Result<Html<Vec<u8>>, Failure> {
    let token = queries::token(&headers).ok_or(Failure::SignIn)?;
    let hash = Sha256::digest(token.as_bytes());
    let now = Utc::now();
    let name: Option<String> = sqlx::query_scalar(
        "select p.name
         from session s
         join person p on p.person_id = s.person_id and p.disabled_at is null
         join email_address e on e.person_id = s.person_id
         where s.token_hash = $1 and s.expires_at > $2 and p.support_role is not null
           and s.second_factor_at is not null",
    )
    .bind(&hash[..])
    .bind(now)
    .fetch_optional(&floor.db)
    .await?;
    let name = name.ok_or(Failure::SignIn)?;
    let rows: Vec<Row> = sqlx::query_as(
        "select line_id, onboarding_id, firm_name, company_id, stage, situation, reason, waiting_on,
                since, progress_at, due_at, snoozed_until, assignee_id, contacted_at, completed_at,
                revision, urgency, urgent_at, firm_key
         from queue_line
         where urgency < 4
         order by urgency, urgent_at, line_id
         limit 51",
    )
    .fetch_all(&floor.db)
    .await?;
    let counts: Vec<(String, i64)> = sqlx::query_as(
        "select situation, sum(amount)::bigint
         from queue_tally where situation <> 'in_progress' group by situation
         union all
         select 'idle', count(*)
         from (select from queue_line
               where situation = 'in_progress' and progress_at <= $1 limit 1001) idle
         union all
         select 'in_progress', count(*)
         from (select from queue_line
               where situation = 'in_progress' and progress_at > $1 limit 1001) moving",
    )
    .bind(now - STALLED)
    .fetch_all(&floor.db)
    .await?;
    let views: Vec<i64> = sqlx::query_scalar(
        "select array[
           (select count(*) from (select from queue_line
              where urgency < 4 and urgency <= 2 and (needs_person or progress_at <= $1)
                and (urgency, urgent_at) <= (2, $1)
              order by urgency, urgent_at, line_id limit 1001) few),
           (select count(*) from (select from queue_line
              where urgency < 4 and assignee_id = $2
              order by urgency, urgent_at, line_id limit 1001) few),
           (select count(*) from (select from queue_line
              where urgency < 4 and urgency <= 1 and needs_person
              order by urgency, urgent_at, line_id limit 1001) few),
           (select count(*) from (select from queue_line
              where completed_at >= $1
              order by completed_at desc, line_id desc limit 1001) few)]",
    )
    .bind(now - STALLED)
    .bind(Uuid::nil())
    .fetch_one(&floor.db)
    .await?;
    let people: Vec<(Uuid, String)> = sqlx::query_as(
        "select person_id, name from person
         where support_role is not null and disabled_at is null
         order by lower(name), person_id",
    )
    .fetch_all(&floor.db)
    .await?;
    let page = Page {
        name,
        rows,
        counts,
        views,
        people,
    };
    pages::padded(&page, floor.sizes.queue)
}
