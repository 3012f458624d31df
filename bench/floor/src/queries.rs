//! Who asks, and what they look at: two round trips.

use axum::http::{HeaderMap, header};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use sha2::{Digest, Sha256};
use sqlx::PgPool;
use uuid::Uuid;

use crate::Failure;

const COOKIE: &str = "concierge-session=";
/// A session that was idle for longer is over.
const IDLE: TimeDelta = TimeDelta::hours(24);

#[derive(sqlx::FromRow)]
pub struct Session {
    pub person_id: Uuid,
    pub name: String,
    pub time_zone: String,
    pub address: String,
}

#[derive(sqlx::FromRow)]
pub struct Onboarding {
    pub firm_name: String,
    pub onboarding_id: Uuid,
    pub stage: String,
    pub settings: Option<Value>,
    pub changed_by: String,
    pub updated_at: DateTime<Utc>,
    pub version: i64,
}

/// The session of the request's cookie, and the firm's open onboarding if it is theirs to see.
pub async fn find(
    db: &PgPool,
    headers: &HeaderMap,
    firm: Uuid,
) -> Result<(Session, Onboarding), Failure> {
    let token = token(headers).ok_or(Failure::SignIn)?;
    let hash = Sha256::digest(token.as_bytes());
    let now = Utc::now();
    let session: Session = sqlx::query_as(
        "select s.person_id, p.name, p.time_zone, e.address
         from session s
         join person p on p.person_id = s.person_id and p.disabled_at is null
         join email_address e on e.person_id = s.person_id
         where s.token_hash = $1 and s.expires_at > $2 and s.last_seen_at > $3",
    )
    .bind(&hash[..])
    .bind(now)
    .bind(now - IDLE)
    .fetch_optional(db)
    .await?
    .ok_or(Failure::SignIn)?;
    let onboarding: Onboarding = sqlx::query_as(
        "select f.name as firm_name, o.onboarding_id, o.stage, o.settings, o.changed_by,
                o.updated_at, o.version
         from membership m
         join firm f on f.firm_id = m.firm_id
         join onboarding o on o.firm_id = m.firm_id and o.archived_at is null
         where m.firm_id = $1 and m.person_id = $2",
    )
    .bind(firm)
    .bind(session.person_id)
    .fetch_optional(db)
    .await?
    .ok_or(Failure::Missing)?;
    Ok((session, onboarding))
}

fn token(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get(header::COOKIE)?.to_str().ok()?;
    cookies
        .split("; ")
        .find_map(|cookie| cookie.strip_prefix(COOKIE))
}
