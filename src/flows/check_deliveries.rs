//! *Check deliveries*: what Procore delivered is compared with what came.

use sqlx::PgConnection;

use super::{Error, sync_connection};
use crate::app::App;
use crate::connection::{Connection, Health};
use crate::identity::{Actor, Verb};
use crate::store::{StoreError, connections};
use crate::watch::deliveries;
pub(crate) use crate::watch::deliveries::days;
use crate::work;

/// Has the deliveries to a connection compared. Asked again meanwhile, it does nothing; the result is an
/// entry of the timeline.
pub(crate) async fn run(app: &App, actor: &Actor, connection: &Connection) -> Result<(), Error> {
    let firm = actor.may(Verb::CheckNow)?;
    let mut tx = app.db.begin().await?;
    let stored = connections::find(&mut tx, firm, connection.id).await?;
    let stored = stored.ok_or(Error::Missing)?;
    let health = sync_connection::health(&mut tx, &stored).await?;
    if !stored.is_active() || health == Some(Health::Broken) {
        return Err(Error::Stale);
    }
    deliveries::compare_now(&mut tx, firm, stored.id, app.clock.now()).await?;
    Ok(tx.commit().await?)
}

/// Whether they are being compared.
pub(crate) async fn is_under_way(
    conn: &mut PgConnection,
    app: &App,
    connection: &Connection,
) -> Result<bool, StoreError> {
    let task = deliveries::task(connection.firm_id, connection.id);
    let is_wanted = work::is_wanted(conn, task, app.clock.now()).await?;
    // Where Procore did not answer it is done later.
    Ok(is_wanted || work::due_at(conn, task).await?.is_some())
}
