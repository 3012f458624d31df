//! The table `connection`: which Procore company a firm connected, or is connecting.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use url::Url;

use super::StoreError;
use crate::connection::{AccessWay, Connection, ConnectionState, Pause, Settings, Target};
use crate::identity::{ConnectionId, FirmId};

/// The columns of a connection as they lie in the table.
struct ConnectionRow {
    id: ConnectionId,
    firm_id: FirmId,
    environment: String,
    company_id: i64,
    access_way: AccessWay,
    company_name: Option<String>,
    company_web: Option<String>,
    settings: Option<Settings>,
    state: ConnectionState,
    created_at: DateTime<Utc>,
    connected_at: Option<DateTime<Utc>>,
    last_sync_at: Option<DateTime<Utc>>,
    paused_at: Option<DateTime<Utc>>,
    paused_by: Option<String>,
}

impl From<ConnectionRow> for Connection {
    fn from(row: ConnectionRow) -> Self {
        Self {
            id: row.id,
            firm_id: row.firm_id,
            target: Target {
                environment: row.environment,
                company_id: row.company_id,
                access_way: row.access_way,
            },
            company_name: row.company_name,
            company_web: row.company_web.and_then(|web| web.parse().ok()),
            settings: row.settings,
            state: row.state,
            pause: row
                .paused_at
                .zip(row.paused_by)
                .map(|(since, by)| Pause { since, by }),
            created_at: row.created_at,
            connected_at: row.connected_at,
            last_sync_at: row.last_sync_at,
        }
    }
}

/// One connection of a firm, in any state.
pub async fn find(
    conn: &mut PgConnection,
    firm: FirmId,
    id: ConnectionId,
) -> Result<Option<Connection>, StoreError> {
    let row = sqlx::query_as!(
        ConnectionRow,
        r#"
        select connection_id as "id: ConnectionId", firm_id as "firm_id: FirmId", environment,
               company_id, access_way as "access_way: AccessWay", company_name,
               company_web, settings as "settings: Settings", state as "state: ConnectionState",
               created_at, connected_at, last_sync_at, paused_at, paused_by
        from connection
        where firm_id = $1 and connection_id = $2
        "#,
        firm.0,
        id.0,
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(Connection::from))
}

/// Selects the settings of a connection, and those of a change of them that is being carried out.
macro_rules! select_announced {
    ($lock:literal, $firm:expr, $id:expr) => {
        sqlx::query_as!(
            AnnouncedRow,
            r#"
            select c.settings as "settings: Settings", c.paused_at,
                   r.settings as "next: Settings"
            from connection c
            left join run r
              on r.firm_id = c.firm_id and r.connection_id = c.connection_id and r.kind = 'change'
             and r.state not in ('done', 'abandoned')
            where c.firm_id = $1 and c.connection_id = $2
              and c.state not in ('removing', 'disconnected')
            "# + $lock,
            $firm.0,
            $id.0,
        )
    };
}

struct AnnouncedRow {
    settings: Option<Settings>,
    paused_at: Option<DateTime<Utc>>,
    next: Option<Settings>,
}

impl AnnouncedRow {
    fn both(self) -> Option<Settings> {
        match (self.settings, self.next) {
            (Some(settings), Some(next)) => Some(settings.united_with(&next)),
            (settings, next) => settings.or(next),
        }
    }
}

/// What the webhook of a connection announces: what is brought, and what a change of settings that is
/// being carried out will bring. Nothing once the connection has ended.
pub(crate) async fn find_announced(
    conn: &mut PgConnection,
    firm: FirmId,
    id: ConnectionId,
) -> Result<Option<Settings>, StoreError> {
    let row = select_announced!("", firm, id).fetch_optional(conn).await?;
    Ok(row.and_then(AnnouncedRow::both))
}

/// The same with when the connection was paused, and nobody writes it before the transaction ends: what
/// is stored because of this is stored before the settings change or the pause, or not at all.
pub(crate) async fn lock_announced(
    conn: &mut PgConnection,
    firm: FirmId,
    id: ConnectionId,
) -> Result<(Option<Settings>, Option<DateTime<Utc>>), StoreError> {
    let row = select_announced!("for share of c", firm, id);
    let row = row.fetch_optional(conn).await?;
    let paused_at = row.as_ref().and_then(|row| row.paused_at);
    Ok((row.and_then(AnnouncedRow::both), paused_at))
}

/// Adds a connection, or writes it back. Its onboarding, or its run, is locked by the caller.
pub async fn save(conn: &mut PgConnection, connection: &Connection) -> Result<(), StoreError> {
    let Target {
        environment,
        company_id,
        access_way,
    } = &connection.target;
    sqlx::query!(
        r#"
        insert into connection (firm_id, connection_id, environment, company_id, access_way,
                                company_name, settings, state, created_at, connected_at,
                                last_sync_at, paused_at, paused_by, company_web)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
        on conflict (firm_id, connection_id) do update
        set environment = excluded.environment, company_id = excluded.company_id,
            access_way = excluded.access_way, company_name = excluded.company_name,
            settings = excluded.settings, state = excluded.state,
            connected_at = excluded.connected_at, last_sync_at = excluded.last_sync_at,
            paused_at = excluded.paused_at, paused_by = excluded.paused_by,
            company_web = excluded.company_web
        "#,
        connection.firm_id.0,
        connection.id.0,
        environment,
        company_id,
        access_way.as_str(),
        connection.company_name,
        connection
            .settings
            .as_ref()
            .map(|settings| serde_json::json!(settings)),
        connection.state.as_str(),
        connection.created_at,
        connection.connected_at,
        connection.last_sync_at,
        connection.pause.as_ref().map(|it| it.since),
        connection.pause.as_ref().map(|it| it.by.as_str()),
        connection.company_web.as_ref().map(Url::as_str),
    )
    .execute(conn)
    .await?;
    Ok(())
}
