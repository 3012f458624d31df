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
}

#[derive(sqlx::FromRow)]
pub struct Onboarding {
    pub firm_name: String,
    pub onboarding_id: Uuid,
    pub stage: String,
    pub connection_id: Option<Uuid>,
    pub settings: Option<Value>,
    pub changed_by: String,
    pub updated_at: DateTime<Utc>,
    pub version: i64,
    /// Whether something has to be fixed, and whether there are other firms to go to.
    pub stuck: bool,
    pub several_firms: bool,
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
        "select s.person_id, p.name, p.time_zone
         from session s
         join person p on p.person_id = s.person_id and p.disabled_at is null
         where s.token_hash = $1 and s.expires_at > $2 and s.last_seen_at > $3",
    )
    .bind(&hash[..])
    .bind(now)
    .bind(now - IDLE)
    .fetch_optional(db)
    .await?
    .ok_or(Failure::SignIn)?;
    let onboarding: Onboarding = sqlx::query_as(
        "select f.name as firm_name, o.onboarding_id, o.stage, o.connection_id, c.settings,
                o.changed_by, o.updated_at, o.version,
                coalesce(a.needs_person, false) as stuck,
                exists (select from membership other
                        where other.person_id = m.person_id and other.firm_id <> m.firm_id)
                    as several_firms
         from membership m
         join firm f on f.firm_id = m.firm_id
         join onboarding o on o.firm_id = m.firm_id and o.archived_at is null
         left join connection c on c.firm_id = o.firm_id and c.connection_id = o.connection_id
         left join queue_line a on a.firm_id = o.firm_id and a.line_id = o.onboarding_id
         where m.firm_id = $1 and m.person_id = $2",
    )
    .bind(firm)
    .bind(session.person_id)
    .fetch_optional(db)
    .await?
    .ok_or(Failure::Missing)?;
    Ok((session, onboarding))
}

/// The newest checks of the firm's permissions, and what they found of each data set.
pub async fn find_proven(
    db: &PgPool,
    firm: Uuid,
    onboarding: &Onboarding,
) -> Result<Vec<String>, Failure> {
    let newest: Option<Uuid> = sqlx::query_scalar(
        "select r.check_run_id
         from check_run r
         join credential c on c.firm_id = r.firm_id and c.credential_id = r.credential_id
         where r.firm_id = $1 and r.connection_id = $2 and r.purpose = 'permissions'
           and c.state = 'current'
         order by r.started_at desc limit 1",
    )
    .bind(firm)
    .bind(onboarding.connection_id)
    .fetch_optional(db)
    .await?;
    let Some(newest) = newest else {
        return Ok(Vec::new());
    };
    let proven = sqlx::query_scalar(
        "select name from check_row where firm_id = $1 and check_run_id = $2 and state = 'passed'",
    );
    Ok(proven.bind(firm).bind(newest).fetch_all(db).await?)
}

pub fn token(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get(header::COOKIE)?.to_str().ok()?;
    cookies
        .split("; ")
        .find_map(|cookie| cookie.strip_prefix(COOKIE))
}
