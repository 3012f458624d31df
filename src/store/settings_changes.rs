//! What changes of settings may have left behind that were not carried out.

use sqlx::PgConnection;

use super::StoreError;
use super::actions::Entry;
use crate::connection::Settings;
use crate::identity::{ConnectionId, FirmId};
use crate::ledger::Action;

/// The settings by which records may have come since the last change that was carried out: what each later
/// one was to bring, and what was in use until then.
pub(crate) async fn list_left(
    conn: &mut PgConnection,
    firm: FirmId,
    connection: ConnectionId,
) -> Result<Vec<Settings>, StoreError> {
    let rows = sqlx::query!(
        r#"
        select r.settings as "coming: Settings",
               nullif(a.outcome -> 'before', 'null') as "before: Settings"
        from run r
        left join action a
            on a.firm_id = r.firm_id and a.run_id = r.run_id and a.name = 'switch'
        where r.firm_id = $1 and r.connection_id = $2 and r.project_id is null
          and r.kind = 'change' and r.state <> 'done'
          and r.started_at >= coalesce((
                  select max(d.started_at)
                  from run d
                  where d.firm_id = $1 and d.connection_id = $2 and d.project_id is null
                    and d.kind = 'change' and d.state = 'done'
              ), '-infinity')
        "#,
        firm.0,
        connection.0,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .flat_map(|row| [row.coming, row.before])
        .flatten()
        .collect())
}

/// The settings that a change replaced, once its own are in use.
pub(crate) fn replaced(ledger: &[Entry]) -> Option<Settings> {
    let switch = ledger.iter().find(|it| it.action == Action::Switch)?;
    serde_json::from_value(switch.outcome["before"].clone()).ok()
}
