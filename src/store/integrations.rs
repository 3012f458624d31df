//! The table `integration`: what a firm connected, or is connecting.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{StoreError, known};
use crate::onboarding::Settings;
use crate::onboarding::ledger::IntegrationState;

/// A firm's connection to one Procore company.
#[derive(Debug, Clone)]
pub struct Integration {
    pub id: Uuid,
    pub firm_id: Uuid,
    pub onboarding_id: Uuid,
    pub environment: String,
    pub company_id: i64,
    pub company_name: String,
    /// The pair that was last proven for it.
    pub credential_id: Uuid,
    pub settings: Settings,
    pub state: IntegrationState,
    pub created_at: DateTime<Utc>,
    pub connected_at: Option<DateTime<Utc>>,
    pub last_sync_at: Option<DateTime<Utc>>,
}

struct Row {
    integration_id: Uuid,
    firm_id: Uuid,
    onboarding_id: Uuid,
    environment: String,
    company_id: i64,
    company_name: String,
    credential_id: Uuid,
    settings: Value,
    state: String,
    created_at: DateTime<Utc>,
    connected_at: Option<DateTime<Utc>>,
    last_sync_at: Option<DateTime<Utc>>,
}

impl TryFrom<Row> for Integration {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.integration_id,
            firm_id: row.firm_id,
            onboarding_id: row.onboarding_id,
            environment: row.environment,
            company_id: row.company_id,
            company_name: row.company_name,
            credential_id: row.credential_id,
            settings: super::from_json("settings", row.settings)?,
            state: known(
                "integration state",
                row.state,
                IntegrationState::from_stored,
            )?,
            created_at: row.created_at,
            connected_at: row.connected_at,
            last_sync_at: row.last_sync_at,
        })
    }
}

/// Adds an integration; the firm must have no live one.
pub async fn create(conn: &mut PgConnection, integration: &Integration) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        insert into integration (firm_id, integration_id, onboarding_id, environment, company_id,
                                 company_name, credential_id, settings, state, created_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        "#,
        integration.firm_id,
        integration.id,
        integration.onboarding_id,
        integration.environment,
        integration.company_id,
        integration.company_name,
        integration.credential_id,
        serde_json::json!(integration.settings),
        integration.state.as_str(),
        integration.created_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The firm's integration that is not disconnected.
pub async fn find_live(
    conn: &mut PgConnection,
    firm_id: Uuid,
) -> Result<Option<Integration>, StoreError> {
    sqlx::query_as!(
        Row,
        r#"
        select integration_id, firm_id, onboarding_id, environment, company_id, company_name,
               credential_id, settings, state, created_at, connected_at, last_sync_at
        from integration
        where firm_id = $1 and state <> 'disconnected'
        "#,
        firm_id,
    )
    .fetch_optional(conn)
    .await?
    .map(Integration::try_from)
    .transpose()
}

/// One integration of a firm, whatever its state.
pub async fn find(
    conn: &mut PgConnection,
    firm_id: Uuid,
    integration_id: Uuid,
) -> Result<Option<Integration>, StoreError> {
    sqlx::query_as!(
        Row,
        r#"
        select integration_id, firm_id, onboarding_id, environment, company_id, company_name,
               credential_id, settings, state, created_at, connected_at, last_sync_at
        from integration
        where firm_id = $1 and integration_id = $2
        "#,
        firm_id,
        integration_id,
    )
    .fetch_optional(conn)
    .await?
    .map(Integration::try_from)
    .transpose()
}

/// Uses a pair that has proven itself from now on.
pub async fn use_credential(
    conn: &mut PgConnection,
    firm_id: Uuid,
    integration_id: Uuid,
    credential_id: Uuid,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        update integration set credential_id = $3 where firm_id = $1 and integration_id = $2
        "#,
        firm_id,
        integration_id,
        credential_id,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Brings other data sets from now on.
pub async fn set_settings(
    conn: &mut PgConnection,
    firm_id: Uuid,
    integration_id: Uuid,
    settings: &Settings,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update integration set settings = $3 where firm_id = $1 and integration_id = $2",
        firm_id,
        integration_id,
        serde_json::json!(settings),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Marks an integration connected and read at `now`.
pub async fn connect(
    conn: &mut PgConnection,
    firm_id: Uuid,
    integration_id: Uuid,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        update integration
        set state = 'connected', connected_at = coalesce(connected_at, $3), last_sync_at = $3
        where firm_id = $1 and integration_id = $2
        "#,
        firm_id,
        integration_id,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Marks an integration as over.
pub async fn disconnect(
    conn: &mut PgConnection,
    firm_id: Uuid,
    integration_id: Uuid,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update integration set state = 'disconnected' where firm_id = $1 and integration_id = $2",
        firm_id,
        integration_id,
    )
    .execute(conn)
    .await?;
    Ok(())
}
