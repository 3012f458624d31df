//! The table `install_wait`: who waits for the vendor's app to be installed in a company.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::StoreError;
use crate::identity::{FirmId, HandOverId, OnboardingId};

/// A company in which the vendor's app is waited for.
#[derive(Debug, Clone)]
pub(crate) struct InstallWait {
    pub firm: FirmId,
    pub onboarding: OnboardingId,
    pub company_id: i64,
    /// Empty where somebody only typed the number.
    pub name: String,
    /// The colleague who waits; nobody: the firm's admins.
    pub hand_over: Option<HandOverId>,
    pub began_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
    /// Since when it is known not to be there.
    pub absent_at: Option<DateTime<Utc>>,
    pub installed_at: Option<DateTime<Utc>>,
}

/// Begins to wait, or begins again.
pub(crate) async fn begin(
    conn: &mut PgConnection,
    environment: &str,
    wait: &InstallWait,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        insert into install_wait as known (firm_id, onboarding_id, environment, company_id, name,
                                           hand_over_id, began_at, ends_at, absent_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        on conflict on constraint install_wait_once do update
        set name = case when excluded.name = '' then known.name else excluded.name end,
            began_at = excluded.began_at, ends_at = excluded.ends_at,
            absent_at = coalesce(excluded.absent_at, known.absent_at),
            installed_at = null, ended_at = null
        "#,
        wait.firm.0,
        wait.onboarding.0,
        environment,
        wait.company_id,
        wait.name,
        wait.hand_over.map(|id| id.0),
        wait.began_at,
        wait.ends_at,
        wait.absent_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// What a setup waits for, or waited for lately.
pub(crate) async fn list_of(
    conn: &mut PgConnection,
    (firm, onboarding): (FirmId, OnboardingId),
) -> Result<Vec<InstallWait>, StoreError> {
    let waits = sqlx::query_as!(
        InstallWait,
        r#"
        select firm_id as "firm: FirmId", onboarding_id as "onboarding: OnboardingId", company_id, name,
               hand_over_id as "hand_over: HandOverId", began_at, ends_at, absent_at, installed_at
        from install_wait where firm_id = $1 and onboarding_id = $2
        order by name, company_id
        "#,
        firm.0,
        onboarding.0,
    );
    Ok(waits.fetch_all(conn).await?)
}

/// Everybody who waits in an environment, locked until the transaction ends; those whose setup was
/// closed no longer do.
pub(crate) async fn list_open_for_update(
    conn: &mut PgConnection,
    environment: &str,
) -> Result<Vec<InstallWait>, StoreError> {
    let waits = sqlx::query_as!(
        InstallWait,
        r#"
        select firm_id as "firm: FirmId", onboarding_id as "onboarding: OnboardingId", company_id, w.name,
               hand_over_id as "hand_over: HandOverId", began_at, ends_at, absent_at, installed_at
        from install_wait w
        join onboarding o using (firm_id, onboarding_id)
        where w.environment = $1 and w.installed_at is null and w.ended_at is null
          and o.archived_at is null
        order by w.firm_id, w.onboarding_id, w.company_id
        for update of w
        "#,
        environment,
    );
    Ok(waits.fetch_all(conn).await?)
}

/// Notes what a look found: the app is not there, there, or nobody looks any more.
pub(crate) async fn note(
    conn: &mut PgConnection,
    environment: &str,
    wait: &InstallWait,
    ended_at: Option<DateTime<Utc>>,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        update install_wait set absent_at = $5, installed_at = $6, ended_at = $7
        where firm_id = $1 and onboarding_id = $2 and environment = $3 and company_id = $4
          and hand_over_id is not distinct from $8
        "#,
        wait.firm.0,
        wait.onboarding.0,
        environment,
        wait.company_id,
        wait.absent_at,
        wait.installed_at,
        ended_at,
        wait.hand_over.map(|id| id.0),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets the companies that one who waits named by their number alone, but for one.
pub(crate) async fn forget_typed(
    conn: &mut PgConnection,
    (firm, onboarding): (FirmId, OnboardingId),
    hand_over: Option<HandOverId>,
    but: i64,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        delete from install_wait
        where firm_id = $1 and onboarding_id = $2 and name = '' and company_id <> $3
          and hand_over_id is not distinct from $4
        "#,
        firm.0,
        onboarding.0,
        but,
        hand_over.map(|id| id.0),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A setup waits for nothing any more.
pub(crate) async fn forget(
    conn: &mut PgConnection,
    (firm, onboarding): (FirmId, OnboardingId),
) -> Result<(), StoreError> {
    sqlx::query!(
        "delete from install_wait where firm_id = $1 and onboarding_id = $2",
        firm.0,
        onboarding.0,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Deletes what ended before a time.
pub(crate) async fn purge(
    conn: &mut PgConnection,
    before: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!("delete from install_wait where ends_at < $1", before)
        .execute(conn)
        .await?;
    Ok(())
}
