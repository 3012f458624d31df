//! The table `onboarding`.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use url::Url;

use super::StoreError;
use super::activities::NewActivity;
use crate::connection::{AccessWay, Connection, ConnectionState, Pause, Settings, Target};
use crate::identity::{ConnectionId, FirmId, OnboardingId};
use crate::onboarding::{Onboarding, Stage};

/// An onboarding with its connection, and with what only the pages want to know of its row.
#[derive(Debug, Clone)]
pub struct Stored {
    pub onboarding: Onboarding,
    /// What it sets up, from the first saved Procore details on.
    pub connection: Option<Connection>,
    /// Who made the last change, in words; empty when nobody has yet.
    pub changed_by: String,
}

impl Stored {
    /// The company and the way into it, once they were entered.
    pub fn target(&self) -> Option<&Target> {
        self.connection.as_ref().map(|it| &it.target)
    }

    /// The company's name, once Procore told it.
    pub(crate) fn company_name(&self) -> Option<&str> {
        self.connection.as_ref()?.company_name.as_deref()
    }

    /// What was chosen, once it was.
    pub fn settings(&self) -> Option<&Settings> {
        self.connection.as_ref()?.settings.as_ref()
    }

    /// What the firm wants to bring: what was chosen, or its draft.
    pub fn wanted(&self) -> Option<&Settings> {
        self.settings().or(self.onboarding.draft.as_ref())
    }

    /// The number of the company, as entered or as the host product named it.
    pub(crate) fn company_id(&self) -> Option<i64> {
        let entered = self.target().map(|target| target.company_id);
        entered.or(self.onboarding.known_company_id)
    }
}

/// The columns of an onboarding and its connection, for queries that join them.
#[derive(Debug)]
pub(super) struct OnboardingRow {
    pub firm_id: FirmId,
    pub onboarding_id: OnboardingId,
    pub stage: Stage,
    pub draft: Option<Settings>,
    pub known_company_id: Option<i64>,
    pub tasks_done: Vec<String>,
    pub approval_pending_since: Option<DateTime<Utc>>,
    pub changed_by: String,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub archived_at: Option<DateTime<Utc>>,
    pub version: i64,
    pub connection_id: Option<ConnectionId>,
    pub environment: Option<String>,
    pub company_id: Option<i64>,
    pub access_way: Option<AccessWay>,
    pub company_name: Option<String>,
    pub company_web: Option<String>,
    pub settings: Option<Settings>,
    pub state: Option<ConnectionState>,
    pub opened_at: Option<DateTime<Utc>>,
    pub connected_at: Option<DateTime<Utc>>,
    pub last_sync_at: Option<DateTime<Utc>>,
    pub paused_at: Option<DateTime<Utc>>,
    pub paused_by: Option<String>,
}

impl From<OnboardingRow> for Stored {
    fn from(row: OnboardingRow) -> Self {
        let firm_id = row.firm_id;
        let onboarding = Onboarding {
            id: row.onboarding_id,
            firm_id: row.firm_id,
            stage: row.stage,
            draft: row.draft,
            known_company_id: row.known_company_id,
            tasks_done: row.tasks_done,
            approval_pending_since: row.approval_pending_since,
            connection_id: row.connection_id,
            created_at: row.created_at,
            updated_at: row.updated_at,
            archived_at: row.archived_at,
            version: row.version,
        };
        let connection = match (
            row.connection_id,
            row.environment,
            row.company_id,
            row.access_way,
            row.state,
            row.opened_at,
        ) {
            (
                Some(id),
                Some(environment),
                Some(company_id),
                Some(access_way),
                Some(state),
                Some(created_at),
            ) => Some(Connection {
                id,
                firm_id,
                target: Target {
                    environment,
                    company_id,
                    access_way,
                },
                company_name: row.company_name,
                company_web: row.company_web.and_then(|web| web.parse().ok()),
                settings: row.settings,
                state,
                pause: row
                    .paused_at
                    .zip(row.paused_by)
                    .map(|(since, by)| Pause { since, by }),
                created_at,
                connected_at: row.connected_at,
                last_sync_at: row.last_sync_at,
            }),
            _ => None, // all of these are null together
        };
        Self {
            onboarding,
            connection,
            changed_by: row.changed_by,
        }
    }
}

/// Selects onboardings of a firm with their connections; `$lock` is the clause for the latter.
macro_rules! select {
    ($which:literal, $lock:literal, $($value:expr),+ $(,)?) => {
        sqlx::query_as!(
            OnboardingRow,
            r#"
            select o.firm_id, o.onboarding_id, o.stage as "stage: Stage", o.changed_by,
                   o.draft as "draft: Settings", o.known_company_id, o.tasks_done,
                   o.approval_pending_since, o.created_at, o.updated_at, o.archived_at, o.version,
                   o.connection_id as "connection_id: ConnectionId", c.environment as "environment?",
                   c.company_id as "company_id?", c.access_way as "access_way?: AccessWay",
                   c.company_name, c.company_web, c.settings as "settings: Settings",
                   c.state as "state?: ConnectionState", c.created_at as "opened_at?",
                   c.connected_at, c.last_sync_at, c.paused_at, c.paused_by
            from (
                select * from onboarding where firm_id = $1 and "# + $which + r#"
            ) o
            left join lateral (
                select * from connection
                where connection.firm_id = o.firm_id
                  and connection.connection_id = o.connection_id
            "# + $lock + r#"
            ) c on true
            "#,
            $($value),+
        )
    };
}

/// Adds a new onboarding; its firm must have no open one.
pub async fn create(conn: &mut PgConnection, onboarding: &Onboarding) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        insert into onboarding (firm_id, onboarding_id, stage, created_at, updated_at, draft,
                                known_company_id)
        values ($1, $2, $3, $4, $4, $5, $6)
        "#,
        onboarding.firm_id.0,
        onboarding.id.0,
        onboarding.stage.as_str(),
        onboarding.created_at,
        as_json(onboarding.draft.as_ref()),
        onboarding.known_company_id,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The firm's open onboarding.
pub async fn find_open(
    conn: &mut PgConnection,
    firm_id: FirmId,
) -> Result<Option<Stored>, StoreError> {
    let row = select!("archived_at is null", "", firm_id.0);
    Ok(row.fetch_optional(conn).await?.map(Stored::from))
}

/// The onboarding of a firm that was closed last.
pub(crate) async fn find_newest_closed(
    conn: &mut PgConnection,
    firm_id: FirmId,
) -> Result<Option<Stored>, StoreError> {
    let row = select!(
        "archived_at is not null order by archived_at desc limit 1",
        "",
        firm_id.0,
    );
    Ok(row.fetch_optional(conn).await?.map(Stored::from))
}

/// The onboarding of a firm whose connection was the last to end after it had been set up.
pub(crate) async fn find_newest_disconnected(
    conn: &mut PgConnection,
    firm_id: FirmId,
) -> Result<Option<Stored>, StoreError> {
    let row = select!(
        "archived_at is not null and stage = 'done' order by archived_at desc limit 1",
        "",
        firm_id.0,
    );
    Ok(row.fetch_optional(conn).await?.map(Stored::from))
}

/// One onboarding of a firm, open or archived.
pub async fn find(
    conn: &mut PgConnection,
    firm_id: FirmId,
    onboarding_id: OnboardingId,
) -> Result<Option<Stored>, StoreError> {
    let row = select!("onboarding_id = $2", "", firm_id.0, onboarding_id.0);
    Ok(row.fetch_optional(conn).await?.map(Stored::from))
}

/// One onboarding of a firm, locked until the transaction ends, and its connection with it: every
/// writer of the connection locks its onboarding first.
pub async fn find_for_update(
    conn: &mut PgConnection,
    firm_id: FirmId,
    onboarding_id: OnboardingId,
) -> Result<Option<Stored>, StoreError> {
    // A statement that waits for a lock sees the rows that it locks as they are then, and all others
    // as they were before. So the connection is locked, too, and as strongly: a weaker lock than the
    // writer's would be granted on the row as it was before.
    let row = select!(
        "onboarding_id = $2 for no key update",
        "for no key update",
        firm_id.0,
        onboarding_id.0,
    );
    let stored = row.fetch_optional(&mut *conn).await?.map(Stored::from);
    match stored {
        Some(Stored {
            onboarding:
                Onboarding {
                    connection_id: Some(_),
                    ..
                },
            connection: None,
            ..
        }) => find(conn, firm_id, onboarding_id).await, // opened while we waited
        stored => Ok(stored),
    }
}

/// The onboarding that set a connection up.
pub(crate) async fn find_id_of_connection(
    conn: &mut PgConnection,
    firm: FirmId,
    connection: ConnectionId,
) -> Result<Option<OnboardingId>, StoreError> {
    let id = sqlx::query_scalar!(
        r#"
        select onboarding_id as "id: OnboardingId" from onboarding
        where firm_id = $1 and connection_id = $2
        "#,
        firm.0,
        connection.0,
    );
    Ok(id.fetch_optional(conn).await?)
}

/// Writes an onboarding back in the name of `changed_by`, refusing if its version moved since it
/// was read. The value in hand moves to the new version.
pub async fn save(
    conn: &mut PgConnection,
    onboarding: &mut Onboarding,
    changed_by: &str,
) -> Result<(), StoreError> {
    let written = sqlx::query!(
        r#"
        update onboarding
        set stage = $4, connection_id = $5, changed_by = $6, updated_at = $7, archived_at = $8,
            draft = $9, tasks_done = $10, approval_pending_since = $11, version = version + 1
        where firm_id = $1 and onboarding_id = $2 and version = $3
        "#,
        onboarding.firm_id.0,
        onboarding.id.0,
        onboarding.version,
        onboarding.stage.as_str(),
        onboarding.connection_id.map(|id| id.0),
        changed_by,
        onboarding.updated_at,
        onboarding.archived_at,
        as_json(onboarding.draft.as_ref()),
        &onboarding.tasks_done,
        onboarding.approval_pending_since,
    )
    .execute(conn)
    .await?
    .rows_affected();
    count_version(onboarding, written == 1)
}

/// Writes an onboarding back like [`save`], with its connection if that changed too, and what was
/// done into the timeline: one statement, since most of what a firm does is exactly this.
pub(crate) async fn save_with(
    conn: &mut PgConnection,
    onboarding: &mut Onboarding,
    connection: Option<&Connection>,
    changed_by: &str,
    activity: &NewActivity<'_>,
) -> Result<(), StoreError> {
    let entry = activity.row();
    let settings = connection.and_then(|it| it.settings.as_ref());
    let pause = connection.and_then(|it| it.pause.as_ref());
    let written = sqlx::query!(
        r#"
        with saved as (
            update onboarding
            set stage = $4, connection_id = $5, changed_by = $6, updated_at = $7, archived_at = $8,
                draft = $29, tasks_done = $30, approval_pending_since = $31,
                version = version + 1
            where firm_id = $1 and onboarding_id = $2 and version = $3
            returning firm_id
        ), connected as (
            update connection
            set environment = $21, company_id = $22, access_way = $23, company_name = $24,
                settings = $25, state = $26, connected_at = $27, last_sync_at = $28,
                paused_at = $32, paused_by = $33, company_web = $34
            where firm_id = $1 and connection_id = $20
        )
        insert into activity (activity_id, firm_id, at, actor_kind, actor_id, actor_name,
                              on_behalf_of, verb, subject, source, details, visible_to)
        select $9, firm_id, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19
        from saved
        "#,
        onboarding.firm_id.0,
        onboarding.id.0,
        onboarding.version,
        onboarding.stage.as_str(),
        onboarding.connection_id.map(|id| id.0),
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
        connection.map(|it| it.id.0),
        connection.map(|it| it.target.environment.as_str()),
        connection.map(|it| it.target.company_id),
        connection.map(|it| it.target.access_way.as_str()),
        connection.and_then(|it| it.company_name.as_deref()),
        as_json(settings),
        connection.map(|it| it.state.as_str()),
        connection.and_then(|it| it.connected_at),
        connection.and_then(|it| it.last_sync_at),
        as_json(onboarding.draft.as_ref()),
        &onboarding.tasks_done,
        onboarding.approval_pending_since,
        pause.map(|it| it.since),
        pause.map(|it| it.by.as_str()),
        connection.and_then(|it| it.company_web.as_ref().map(Url::as_str)),
    )
    .execute(conn)
    .await?
    .rows_affected();
    count_version(onboarding, written == 1)
}

fn as_json(settings: Option<&Settings>) -> Option<serde_json::Value> {
    settings.map(|settings| serde_json::json!(settings))
}

fn count_version(onboarding: &mut Onboarding, written: bool) -> Result<(), StoreError> {
    if written {
        onboarding.version += 1;
        Ok(())
    } else {
        Err(StoreError::Stale)
    }
}
