//! Whether a firm is reminded of its setup, and the links that stop it.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::StoreError;
use crate::identity::{FirmId, PersonId};

/// What a link from a reminder is about.
#[derive(Debug, Clone)]
pub struct ReminderLink {
    pub firm: FirmId,
    pub firm_name: String,
    pub onboarding_id: Uuid,
    /// To whom the mail went.
    pub person: PersonId,
    pub person_name: String,
    pub stopped_at: Option<DateTime<Utc>>,
    /// Whether there is still a setup to be reminded of.
    pub is_open: bool,
}

/// Keeps the link of one mail.
pub async fn create_link(
    conn: &mut PgConnection,
    firm: FirmId,
    token_hash: &[u8],
    onboarding_id: Uuid,
    person: PersonId,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        insert into reminder_link (firm_id, token_hash, onboarding_id, person_id, created_at)
        values ($1, $2, $3, $4, $5)
        "#,
        firm.0,
        token_hash,
        onboarding_id,
        person.0,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The link that a token belongs to, as long as its recipient acts for the firm.
pub async fn find_link(
    conn: &mut PgConnection,
    firm: FirmId,
    token_hash: &[u8],
) -> Result<Option<ReminderLink>, StoreError> {
    let row = sqlx::query!(
        r#"
        select l.onboarding_id, l.person_id, p.name as person_name, f.name as firm_name,
               a.reminders_stopped_at as "stopped_at?",
               o.archived_at is null and o.stage <> 'done' as "is_open!"
        from reminder_link l
        join membership m on m.firm_id = l.firm_id and m.person_id = l.person_id
        join person p on p.person_id = l.person_id
        join firm f on f.firm_id = l.firm_id
        join onboarding o on o.firm_id = l.firm_id and o.onboarding_id = l.onboarding_id
        left join attention a on a.firm_id = l.firm_id and a.onboarding_id = l.onboarding_id
        where l.firm_id = $1 and l.token_hash = $2
        "#,
        firm.0,
        token_hash,
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| ReminderLink {
        firm,
        firm_name: row.firm_name,
        onboarding_id: row.onboarding_id,
        person: PersonId(row.person_id),
        person_name: row.person_name,
        stopped_at: row.stopped_at,
        is_open: row.is_open,
    }))
}

/// Since when a firm is not reminded of a setup.
pub async fn stopped_at(
    conn: &mut PgConnection,
    firm: FirmId,
    onboarding_id: Uuid,
) -> Result<Option<DateTime<Utc>>, StoreError> {
    let stopped = sqlx::query_scalar!(
        "select reminders_stopped_at from attention where firm_id = $1 and onboarding_id = $2",
        firm.0,
        onboarding_id,
    );
    Ok(stopped.fetch_optional(conn).await?.flatten())
}

/// Stops reminders or lets them go on; `false` if that was so already.
pub async fn set(
    conn: &mut PgConnection,
    firm: FirmId,
    onboarding_id: Uuid,
    on: bool,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let written = sqlx::query!(
        r#"
        update attention
        set reminders_stopped_at = case when $3 then null else $4::timestamptz end, look_at = $4
        where firm_id = $1 and onboarding_id = $2 and (reminders_stopped_at is null) <> $3
        "#,
        firm.0,
        onboarding_id,
        on,
        now,
    )
    .execute(conn)
    .await?
    .rows_affected();
    Ok(written == 1)
}
