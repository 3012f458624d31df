//! The table `onboarding`.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

use super::StoreError;
use super::activities::NewActivity;
use crate::onboarding::{AccessWay, Onboarding, Settings, Stage, Target};

/// An onboarding with what only the pages want to know of its row.
#[derive(Debug, Clone)]
pub struct Stored {
    pub onboarding: Onboarding,
    /// Who made the last change, in words; empty when nobody has yet.
    pub changed_by: String,
}

/// The columns of an onboarding as they lie in the table, for queries that join it.
#[derive(Debug)]
pub(super) struct Row {
    pub firm_id: Uuid,
    pub onboarding_id: Uuid,
    pub stage: String,
    pub access_way: Option<String>,
    pub environment: Option<String>,
    pub company_id: Option<i64>,
    pub company_name: Option<String>,
    pub settings: Option<Value>,
    pub changed_by: String,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub archived_at: Option<DateTime<Utc>>,
    pub version: i64,
}

impl TryFrom<Row> for Stored {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let stage = Stage::from_stored(&row.stage).ok_or(StoreError::Unknown {
            what: "stage",
            value: row.stage,
        })?;
        let access_way = row
            .access_way
            .map(|text| {
                AccessWay::from_stored(&text).ok_or(StoreError::Unknown {
                    what: "way of access",
                    value: text,
                })
            })
            .transpose()?;
        let target = match (row.environment, row.company_id, access_way) {
            (Some(environment), Some(company_id), Some(access_way)) => Some(Target {
                environment,
                company_id,
                access_way,
            }),
            _ => None,
        };
        let settings = row
            .settings
            .map(|value| {
                serde_json::from_value::<Settings>(value.clone()).map_err(|_| StoreError::Unknown {
                    what: "settings",
                    value: value.to_string(),
                })
            })
            .transpose()?;
        Ok(Self {
            onboarding: Onboarding {
                id: row.onboarding_id,
                firm_id: row.firm_id,
                stage,
                target,
                company_name: row.company_name,
                settings,
                created_at: row.created_at,
                updated_at: row.updated_at,
                archived_at: row.archived_at,
                version: row.version,
            },
            changed_by: row.changed_by,
        })
    }
}

/// Adds a new onboarding; its firm must have no open one.
pub async fn create(conn: &mut PgConnection, onboarding: &Onboarding) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        insert into onboarding (firm_id, onboarding_id, stage, created_at, updated_at)
        values ($1, $2, $3, $4, $4)
        "#,
        onboarding.firm_id,
        onboarding.id,
        onboarding.stage.as_str(),
        onboarding.created_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The firm's open onboarding.
pub async fn find_open(
    conn: &mut PgConnection,
    firm_id: Uuid,
) -> Result<Option<Stored>, StoreError> {
    sqlx::query_as!(
        Row,
        r#"
        select firm_id, onboarding_id, stage, access_way, environment, company_id, company_name,
               settings, changed_by, created_at, updated_at, archived_at, version
        from onboarding
        where firm_id = $1 and archived_at is null
        "#,
        firm_id,
    )
    .fetch_optional(conn)
    .await?
    .map(Stored::try_from)
    .transpose()
}

/// The onboarding of a firm that was closed last.
pub async fn find_newest_closed(
    conn: &mut PgConnection,
    firm_id: Uuid,
) -> Result<Option<Stored>, StoreError> {
    sqlx::query_as!(
        Row,
        r#"
        select firm_id, onboarding_id, stage, access_way, environment, company_id, company_name,
               settings, changed_by, created_at, updated_at, archived_at, version
        from onboarding
        where firm_id = $1 and archived_at is not null
        order by archived_at desc
        limit 1
        "#,
        firm_id,
    )
    .fetch_optional(conn)
    .await?
    .map(Stored::try_from)
    .transpose()
}

/// One onboarding of a firm, open or archived.
pub async fn find(
    conn: &mut PgConnection,
    firm_id: Uuid,
    onboarding_id: Uuid,
) -> Result<Option<Stored>, StoreError> {
    sqlx::query_as!(
        Row,
        r#"
        select firm_id, onboarding_id, stage, access_way, environment, company_id, company_name,
               settings, changed_by, created_at, updated_at, archived_at, version
        from onboarding
        where firm_id = $1 and onboarding_id = $2
        "#,
        firm_id,
        onboarding_id,
    )
    .fetch_optional(conn)
    .await?
    .map(Stored::try_from)
    .transpose()
}

/// One onboarding of a firm, held against other writers until the transaction ends.
pub async fn find_for_update(
    conn: &mut PgConnection,
    firm_id: Uuid,
    onboarding_id: Uuid,
) -> Result<Option<Stored>, StoreError> {
    sqlx::query_as!(
        Row,
        r#"
        select firm_id, onboarding_id, stage, access_way, environment, company_id, company_name,
               settings, changed_by, created_at, updated_at, archived_at, version
        from onboarding
        where firm_id = $1 and onboarding_id = $2
        for no key update
        "#,
        firm_id,
        onboarding_id,
    )
    .fetch_optional(conn)
    .await?
    .map(Stored::try_from)
    .transpose()
}

/// Writes an onboarding back in the name of `changed_by`, refusing if its version moved since it
/// was read. The value in hand moves to the new version.
pub async fn save(
    conn: &mut PgConnection,
    onboarding: &mut Onboarding,
    changed_by: &str,
) -> Result<(), StoreError> {
    let target = onboarding.target.as_ref();
    let settings = onboarding
        .settings
        .as_ref()
        .map(|settings| serde_json::json!(settings));
    let written = sqlx::query!(
        r#"
        update onboarding
        set stage = $4, access_way = $5, environment = $6, company_id = $7, company_name = $8,
            settings = $9, changed_by = $10, updated_at = $11, archived_at = $12,
            version = version + 1
        where firm_id = $1 and onboarding_id = $2 and version = $3
        "#,
        onboarding.firm_id,
        onboarding.id,
        onboarding.version,
        onboarding.stage.as_str(),
        target.map(|target| target.access_way.as_str()),
        target.map(|target| target.environment.as_str()),
        target.map(|target| target.company_id),
        onboarding.company_name,
        settings,
        changed_by,
        onboarding.updated_at,
        onboarding.archived_at,
    )
    .execute(conn)
    .await?
    .rows_affected();
    count_version(onboarding, written == 1)
}

/// Writes an onboarding back like [`save`], and what was done to it into the timeline: one
/// statement, since most of what a firm does is exactly this.
pub async fn save_with(
    conn: &mut PgConnection,
    onboarding: &mut Onboarding,
    changed_by: &str,
    activity: &NewActivity<'_>,
) -> Result<(), StoreError> {
    let target = onboarding.target.as_ref();
    let settings = onboarding
        .settings
        .as_ref()
        .map(|settings| serde_json::json!(settings));
    let entry = activity.row();
    let written = sqlx::query!(
        r#"
        with saved as (
            update onboarding
            set stage = $4, access_way = $5, environment = $6, company_id = $7, company_name = $8,
                settings = $9, changed_by = $10, updated_at = $11, archived_at = $12,
                version = version + 1
            where firm_id = $1 and onboarding_id = $2 and version = $3
            returning firm_id
        )
        insert into activity (activity_id, firm_id, at, actor_kind, actor_id, actor_name,
                              on_behalf_of, verb, subject, source, details, visible_to)
        select $13, firm_id, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23
        from saved
        "#,
        onboarding.firm_id,
        onboarding.id,
        onboarding.version,
        onboarding.stage.as_str(),
        target.map(|target| target.access_way.as_str()),
        target.map(|target| target.environment.as_str()),
        target.map(|target| target.company_id),
        onboarding.company_name,
        settings,
        changed_by,
        onboarding.updated_at,
        onboarding.archived_at,
        entry.activity_id,
        entry.at,
        entry.actor_kind,
        entry.actor_id,
        entry.actor_name,
        entry.on_behalf_of,
        entry.verb,
        entry.subject,
        entry.source,
        entry.details,
        entry.visible_to,
    )
    .execute(conn)
    .await?
    .rows_affected();
    count_version(onboarding, written == 1)
}

fn count_version(onboarding: &mut Onboarding, written: bool) -> Result<(), StoreError> {
    if written {
        onboarding.version += 1;
        Ok(())
    } else {
        Err(StoreError::Stale)
    }
}
