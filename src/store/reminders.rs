//! Whether a firm is reminded of its setup, and the links that stop it.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::{StoreError, queue_lines};
use crate::identity::{FirmId, OnboardingId, PersonId};

/// What a link from a reminder is about.
#[derive(Debug, Clone)]
pub struct ReminderLink {
    pub firm: FirmId,
    pub firm_name: String,
    pub onboarding: OnboardingId,
    /// To whom the mail went.
    pub person: PersonId,
    pub person_name: String,
    pub stopped_at: Option<DateTime<Utc>>,
    /// Whether there is still a setup to be reminded of.
    pub is_open: bool,
}

/// Keeps the link of one mail.
pub(crate) async fn create_link(
    conn: &mut PgConnection,
    firm: FirmId,
    token_hash: &[u8],
    onboarding: OnboardingId,
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
        onboarding.0,
        person.0,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The link that a token belongs to, as long as its recipient acts for the firm.
pub(crate) async fn find_link(
    conn: &mut PgConnection,
    firm: FirmId,
    token_hash: &[u8],
) -> Result<Option<ReminderLink>, StoreError> {
    let row = sqlx::query_as!(
        ReminderLink,
        r#"
        select l.firm_id as "firm: FirmId", l.onboarding_id as "onboarding: OnboardingId",
               l.person_id as "person: PersonId", p.name as person_name, f.name as firm_name,
               q.reminders_stopped_at as "stopped_at?",
               o.archived_at is null and o.stage <> 'done' as "is_open!"
        from reminder_link l
        join membership m on m.firm_id = l.firm_id and m.person_id = l.person_id
        join person p on p.person_id = l.person_id
        join firm f on f.firm_id = l.firm_id
        join onboarding o on o.firm_id = l.firm_id and o.onboarding_id = l.onboarding_id
        left join queue_line q on q.firm_id = l.firm_id and q.line_id = l.onboarding_id
        where l.firm_id = $1 and l.token_hash = $2
        "#,
        firm.0,
        token_hash,
    )
    .fetch_optional(conn)
    .await?;
    Ok(row)
}

/// Since when a firm is not reminded of a setup.
pub(crate) async fn stopped_at(
    conn: &mut PgConnection,
    firm: FirmId,
    onboarding: OnboardingId,
) -> Result<Option<DateTime<Utc>>, StoreError> {
    let stopped = sqlx::query_scalar!(
        "select reminders_stopped_at from queue_line where firm_id = $1 and line_id = $2",
        firm.0,
        onboarding.0,
    );
    Ok(stopped.fetch_optional(conn).await?.flatten())
}

/// Stops reminders or lets them go on; returns `false` if that was so already.
pub async fn set(
    conn: &mut PgConnection,
    firm: FirmId,
    onboarding: OnboardingId,
    on: bool,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let mut changed = false;
    queue_lines::change(conn, firm, onboarding, now, |line| {
        changed = line.set_reminders(on, now);
    })
    .await?;
    Ok(changed)
}

/// Whether Procore does not answer in an environment, as far as anything of ours waits for it
/// there. A new attempt changes nothing before it got an answer.
pub async fn procore_is_down(
    conn: &mut PgConnection,
    environment: &str,
) -> Result<bool, StoreError> {
    let down = sqlx::query_scalar!(
        r#"
        select exists (
            select from check_run
            join connection using (firm_id, connection_id)
            where (check_run.retry_at is not null or check_run.finished_at is null)
              and check_run.code = 'PC-UNREACHABLE'
              and connection.environment = $1
        ) or exists (
            select from run
            join connection using (firm_id, connection_id)
            join action using (firm_id, run_id)
            where run.state in ('running', 'waiting')
              and action.state in ('running', 'waiting') and action.code = 'PC-UNREACHABLE'
              and connection.environment = $1
        ) as "down!"
        "#,
        environment,
    );
    Ok(down.fetch_one(conn).await?)
}
