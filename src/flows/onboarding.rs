//! Reading and saving the onboarding, shared by the flows of the setup.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::PgConnection;

use super::{Error, hand_over};
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::connection::Connection;
use crate::identity::{Actor, ConnectionId, FirmId, OnboardingId};
use crate::onboarding::Onboarding;
use crate::store::activities::NewActivity;
use crate::store::onboardings::Stored;
use crate::store::{claims, connections, credentials, onboardings, queue_lines, tokens};

/// Which onboarding a page showed, and in which version: every form of the setup carries it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    pub onboarding_id: OnboardingId,
    pub version: i64,
}

/// Reads the onboarding that the page showed, and locks it until the transaction ends.
pub(super) async fn lock(
    conn: &mut PgConnection,
    firm_id: FirmId,
    seen: Seen,
) -> Result<Stored, Error> {
    onboardings::find_for_update(conn, firm_id, seen.onboarding_id)
        .await?
        .ok_or(Error::Missing)
}

/// The same, and the connection that the page showed, as long as it is connected.
pub(super) async fn lock_connected(
    conn: &mut PgConnection,
    firm: FirmId,
    seen: Seen,
) -> Result<(FirmId, ConnectionId), Error> {
    let connection = lock(conn, firm, seen).await?.connection;
    let connection = connection.filter(Connection::is_connected);
    Ok((firm, connection.ok_or(Error::Stale)?.id))
}

/// Refuses a stale page: one whose onboarding has changed since.
pub(super) fn check_version(onboarding: &Onboarding, seen: Seen) -> Result<(), Error> {
    if onboarding.version == seen.version {
        Ok(())
    } else {
        Err(Error::Stale)
    }
}

/// Ends a connection that created nothing in Procore, and was never set up: wipes its secret and releases the company.
pub(super) async fn disconnect(
    conn: &mut PgConnection,
    mut connection: Connection,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    connection.disconnect();
    connections::save(conn, &connection).await?;
    let (firm, id) = (connection.firm_id, connection.id);
    tokens::remove_of(conn, firm, id).await?;
    credentials::wipe(conn, firm, id, now).await?;
    Ok(claims::release_others(conn, firm, None).await?)
}

/// What a flow changes beside the onboarding, and records about it.
pub(super) struct Change<'a> {
    pub verb: ActivityVerb,
    pub details: Value,
    /// The connection, if it changed too.
    pub connection: Option<&'a Connection>,
}

impl Change<'_> {
    pub(super) fn new(verb: ActivityVerb) -> Self {
        Self {
            verb,
            details: Value::Object(serde_json::Map::new()),
            connection: None,
        }
    }
}

/// Saves the onboarding, the activity and the queue line.
pub(super) async fn save(
    conn: &mut PgConnection,
    app: &App,
    actor: &Actor,
    onboarding: &mut Onboarding,
    change: Change<'_>,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let activity =
        NewActivity::new(app.clock.new_id(), now, actor, change.verb).with(change.details);
    onboardings::save_with(conn, onboarding, change.connection, actor.name(), &activity).await?;
    let (firm_id, id) = (onboarding.firm_id, onboarding.id);
    let evidence = queue_lines::refresh(conn, firm_id, id, now).await?;
    let handed_over = evidence.is_some_and(|evidence| evidence.handed_over_at.is_some());
    if handed_over && hand_over::end_what_is_over(conn, onboarding, now).await? {
        queue_lines::refresh(conn, firm_id, id, now).await?;
    }
    Ok(())
}
