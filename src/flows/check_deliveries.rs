//! *Check deliveries*: what Procore delivered is compared with what came.

use sqlx::PgConnection;

use super::{Error, sync_connection};
use crate::app::App;
use crate::connection::Connection;
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
    if !sync_connection::can_ask(&mut tx, &stored).await? {
        return Err(Error::Stale);
    }
    deliveries::compare_now(&mut tx, firm, stored.id, app.clock.now()).await?;
    Ok(tx.commit().await?)
}

/// Whether they are being compared.
pub(crate) async fn is_under_way(
    conn: &mut PgConnection,
    connection: &Connection,
) -> Result<bool, StoreError> {
    // Where Procore did not answer it is done later.
    work::is_known(conn, deliveries::task(connection.firm_id, connection.id)).await
}
