//! Saves a choice: the onboarding, the entry in the timeline, what the line of the queue is derived
//! from, and that line, each with a statement of its own, in one transaction.

use axum::extract::{Path, RawForm, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use chrono::Utc;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{Failure, Floor, queries};

pub async fn settings(
    State(floor): State<Floor>,
    Path(firm): Path<Uuid>,
    headers: HeaderMap,
    RawForm(form): RawForm,
) -> Result<impl IntoResponse, Failure> {
    let (session, onboarding) = queries::find(&floor.db, &headers, firm).await?;
    let mut version: Option<i64> = None;
    let mut choices: Vec<Value> = Vec::new();
    for (name, value) in form_urlencoded::parse(&form) {
        match &*name {
            "version" => version = value.parse().ok(),
            "data" => choices.push(json!({ "data_set": value, "include_inactive": false })),
            _ => {}
        }
    }
    let version = version.ok_or(Failure::Unreadable)?;
    let now = Utc::now();

    let mut tx = floor.db.begin().await?;
    let saved = sqlx::query(
        "update onboarding
         set stage = 'permissions', changed_by = $4, updated_at = $5, version = version + 1
         where firm_id = $1 and onboarding_id = $2 and version = $3",
    )
    .bind(firm)
    .bind(onboarding.onboarding_id)
    .bind(version)
    .bind(&session.name)
    .bind(now)
    .execute(&mut *tx)
    .await?;
    if saved.rows_affected() != 1 {
        return Err(Failure::Stale);
    }
    sqlx::query("update connection set settings = $3 where firm_id = $1 and connection_id = $2")
        .bind(firm)
        .bind(onboarding.connection_id)
        .bind(Value::Array(choices.clone()))
        .execute(&mut *tx)
        .await?;
    sqlx::query(
        "insert into activity (activity_id, firm_id, at, actor_kind, actor_id, actor_name, verb,
                               details, visible_to)
         values ($1, $2, $3, 'firm_admin', $4, $5, 'setup.settings_saved', $6, 'firm')",
    )
    .bind(Uuid::now_v7())
    .bind(firm)
    .bind(now)
    .bind(session.person_id)
    .bind(&session.name)
    .bind(json!({ "data_sets": choices }))
    .execute(&mut *tx)
    .await?;
    let check: Option<(Option<String>, Option<String>)> = sqlx::query_as(
        "select r.outcome, r.code
         from check_run r
         join credential c on c.firm_id = r.firm_id and c.credential_id = r.credential_id
         where r.firm_id = $1 and r.connection_id = $2 and r.purpose = 'permissions'
           and c.state = 'current'
         order by r.started_at desc limit 1",
    )
    .bind(firm)
    .bind(onboarding.connection_id)
    .fetch_optional(&mut *tx)
    .await?;
    let handed_over: bool = sqlx::query_scalar(
        "select exists (select from hand_over
                        where firm_id = $1 and onboarding_id = $2 and finished_at is null
                          and ended_at is null and expires_at > $3)",
    )
    .bind(firm)
    .bind(onboarding.onboarding_id)
    .bind(now)
    .fetch_one(&mut *tx)
    .await?;
    let failed = check.filter(|(outcome, _)| outcome.as_deref() == Some("failed"));
    let (situation, reason) = match (failed, handed_over) {
        (Some((_, reason)), _) => ("key_rejected", reason),
        (None, true) => ("waiting_for_admin", None),
        (None, false) => ("in_progress", None),
    };
    sqlx::query(
        "insert into queue_line (firm_id, line_id, onboarding_id, firm_name, stage, furthest,
                                 situation, reason, waiting_on, since, progress_at, started_at,
                                 is_open, needs_person, urgency, urgent_at)
         values ($1, $2, $2, '', 'permissions', 4, $4, $5, 'firm', $3, $3, $3, true, $6,
                 case when $6 then 1 else 2 end, $3)
         on conflict (firm_id, line_id) do update
         set stage = excluded.stage, situation = excluded.situation, reason = excluded.reason,
             waiting_on = excluded.waiting_on, since = excluded.since,
             progress_at = excluded.progress_at, needs_person = excluded.needs_person,
             urgency = excluded.urgency, urgent_at = excluded.urgent_at",
    )
    .bind(firm)
    .bind(onboarding.onboarding_id)
    .bind(now)
    .bind(situation)
    .bind(reason)
    .bind(situation == "key_rejected")
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;

    let next = format!("/firms/{firm}/procore/setup/permissions");
    Ok((StatusCode::SEE_OTHER, [(header::LOCATION, next)]))
}
