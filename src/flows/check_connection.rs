//! *Check now*: everything about a connection is looked at at once.

use super::Error;
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::connection::Connection;
use crate::identity::{Actor, Verb};
use crate::store::{activities, connections};
use crate::watch;

/// Has the connection looked at now. Asked again while it is being looked at, it does nothing.
pub(crate) async fn run(app: &App, actor: &Actor, connection: &Connection) -> Result<(), Error> {
    let firm = actor.may(Verb::CheckNow)?;
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    let stored = connections::find(&mut tx, firm, connection.id).await?;
    let stored = stored.ok_or(Error::Missing)?;
    if !stored.is_active() {
        return Err(Error::Stale);
    }
    if watch::connections::look_now(&mut tx, firm, stored.id, now).await? {
        let activity = app.activity(actor, ActivityVerb::ConnectionCheckAsked);
        activities::record(&mut tx, &activity).await?;
    }
    Ok(tx.commit().await?)
}
