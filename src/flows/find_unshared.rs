//! What is not shared with us: *Check again*, and the firm's own number of projects.

use super::{Error, sync_connection};
use crate::app::App;
use crate::connection::Connection;
use crate::identity::{Actor, Verb};
use crate::store::{connections, projects};
use crate::work;

/// Has Procore asked again now which projects are not shared with us.
pub(crate) async fn check(app: &App, actor: &Actor, connection: &Connection) -> Result<(), Error> {
    let firm = actor.may(Verb::CheckNow)?;
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    let stored = connections::find(&mut tx, firm, connection.id).await?;
    let stored = stored.ok_or(Error::Missing)?;
    if !sync_connection::can_ask(&mut tx, &stored).await? {
        return Err(Error::Stale);
    }
    let of = (firm, stored.id);
    projects::ask_unshared_again(&mut tx, of).await?;
    work::put(&mut tx, projects::look_task(of.0, of.1), now).await?;
    Ok(tx.commit().await?)
}

/// Keeps how many active projects the firm says it has in Procore; none forgets it.
pub(crate) async fn save_own_count(
    app: &App,
    actor: &Actor,
    connection: &Connection,
    count: Option<i32>,
) -> Result<(), Error> {
    let firm = actor.may(Verb::IntegrateProjects)?;
    let mut tx = app.db.begin().await?;
    projects::save_own_count(&mut tx, (firm, connection.id), count).await?;
    Ok(tx.commit().await?)
}
