//! *Test our address*: whether an event that is sent to our public address arrives.

use sqlx::PgConnection;

use super::Error;
use crate::app::App;
use crate::connection::Connection;
use crate::identity::{Actor, Verb};
use crate::store::{StoreError, connections};
use crate::watch::address;
use crate::work;

/// Has the address tested. Asked again meanwhile, it does nothing; the result is an entry of the
/// timeline.
pub(crate) async fn run(app: &App, actor: &Actor, connection: &Connection) -> Result<(), Error> {
    let firm = actor.may(Verb::CheckNow)?;
    let mut tx = app.db.begin().await?;
    let stored = connections::find(&mut tx, firm, connection.id).await?;
    let stored = stored.ok_or(Error::Missing)?;
    if !stored.is_active() {
        return Err(Error::Stale);
    }
    if !is_under_way(&mut tx, app, &stored).await? {
        work::put(&mut tx, address::task(firm, stored.id), app.clock.now()).await?;
    }
    Ok(tx.commit().await?)
}

/// Whether it is being tested.
pub(crate) async fn is_under_way(
    conn: &mut PgConnection,
    app: &App,
    connection: &Connection,
) -> Result<bool, StoreError> {
    let task = address::task(connection.firm_id, connection.id);
    work::is_wanted(conn, task, app.clock.now()).await
}
