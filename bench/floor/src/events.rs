//! Receives an event: reads its id, and one plain insert, with the firm's id as its connection's.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use chrono::Utc;
use serde_json::Value;
use uuid::Uuid;

use crate::{Failure, Floor};

/// Reads an event's id, and keeps nothing.
pub async fn read(body: Bytes) -> Result<StatusCode, Failure> {
    let event: Value = serde_json::from_slice(&body)?;
    event["ulid"].as_str().ok_or(Failure::Unreadable)?;
    Ok(StatusCode::NO_CONTENT)
}

pub async fn receive(
    State(floor): State<Floor>,
    Path((firm, hook)): Path<(Uuid, Uuid)>,
    body: Bytes,
) -> Result<StatusCode, Failure> {
    let event: Value = serde_json::from_slice(&body)?;
    let id = event["ulid"].as_str().ok_or(Failure::Unreadable)?;
    let now = Utc::now();
    sqlx::query(
        "insert into event (firm_id, connection_id, hook_id, event_id, day, received_at, due_at, body)
         values ($1, $1, $2, $3, $4, $5, $5, $6)
         on conflict do nothing",
    )
    .bind(firm)
    .bind(hook)
    .bind(id)
    .bind(now.date_naive())
    .bind(now)
    .bind(&event)
    .execute(&floor.db)
    .await?;
    Ok(StatusCode::NO_CONTENT)
}
