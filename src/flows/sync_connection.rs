//! *Sync now*: what changed in Procore is read at once.

use sqlx::PgConnection;

use super::Error;
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::connection::{Connection, Health};
use crate::identity::{Actor, OnboardingId, Verb};
use crate::store::{activities, incidents, onboardings};
use crate::{reconcile, work};

/// Begins to read what changed. Asked again while that is being done, it does nothing.
pub(crate) async fn run(
    app: &App,
    actor: &Actor,
    onboarding_id: OnboardingId,
) -> Result<(), Error> {
    let firm = actor.may(Verb::SyncNow)?;
    let mut tx = app.db.begin().await?;
    let stored = onboardings::find_for_update(&mut tx, firm, onboarding_id).await?;
    let connection = stored.ok_or(Error::Missing)?.connection;
    let connection = connection.ok_or(Error::Stale)?;
    if !can_sync(&mut tx, &connection).await? {
        return Err(Error::Stale);
    }
    if begin(&mut tx, app, &connection).await? {
        let activity = app.activity(actor, ActivityVerb::SyncAsked);
        activities::record(&mut tx, &activity).await?;
    }
    Ok(tx.commit().await?)
}

/// Whether anything can be read: not while the connection is paused or broken.
pub(super) async fn can_sync(
    conn: &mut PgConnection,
    connection: &Connection,
) -> Result<bool, Error> {
    let open = incidents::list_open(conn, connection.firm_id, connection.id).await?;
    let codes: Vec<_> = open.iter().map(|it| it.code).collect();
    Ok(Health::of(connection, &codes).is_some_and(Health::can_sync))
}

/// Lets what changed be read now, in the caller's transaction; returns whether it was not being read.
pub(super) async fn begin(
    conn: &mut PgConnection,
    app: &App,
    connection: &Connection,
) -> Result<bool, Error> {
    let (of, now) = ((connection.firm_id, connection.id), app.clock.now());
    let is_new = !reconcile::is_under_way(conn, of, now).await?;
    if is_new {
        work::put(conn, reconcile::task(of.0, of.1), now).await?;
    }
    Ok(is_new)
}
