//! *Check again*: the tools of projects are looked at at once.

use super::{Error, sync_connection};
use crate::app::App;
use crate::connection::Connection;
use crate::identity::{Actor, Verb};
use crate::store::connections;
use crate::watch;

/// Has these projects looked at now, before all others. Asked again meanwhile, it does nothing more.
pub(crate) async fn run(
    app: &App,
    actor: &Actor,
    connection: &Connection,
    projects: &[i64],
) -> Result<(), Error> {
    let firm = actor.may(Verb::CheckNow)?;
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    let stored = connections::find(&mut tx, firm, connection.id).await?;
    let stored = stored.ok_or(Error::Missing)?;
    if !sync_connection::can_ask(&mut tx, &stored).await? {
        return Err(Error::Stale);
    }
    watch::projects::look_now(&mut tx, (firm, stored.id), projects, now).await?;
    Ok(tx.commit().await?)
}
