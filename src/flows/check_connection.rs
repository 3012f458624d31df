//! *Check now*: everything about a connection is looked at at once.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::Error;
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::connection::Connection;
use crate::identity::{Actor, Verb};
use crate::store::{StoreError, activities, connections};
use crate::{watch, work};

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

/// Whether it is being looked at, or is about to be.
pub(crate) async fn is_under_way(
    conn: &mut PgConnection,
    connection: &Connection,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let task = watch::connections::task(connection.firm_id, connection.id);
    work::is_wanted(conn, task, now).await
}
