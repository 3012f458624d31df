//! Turns the reminders of a setup off or on.

use secrecy::SecretString;
use sqlx::PgConnection;
use std::net::IpAddr;

use super::Error;
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::identity::{Actor, FirmId, OnboardingId, Verb, Who};
use crate::store::reminders::ReminderLink;
use crate::store::{activities, onboardings, reminders};
use crate::vault;

/// Turns the reminders of the firm's open setup on or off. Doing it twice changes nothing.
pub async fn set(app: &App, actor: &Actor, on: bool) -> Result<(), Error> {
    let firm = actor.may(Verb::StopReminders)?;
    let mut tx = app.db.begin().await?;
    let stored = onboardings::find_open(&mut tx, firm).await?;
    let onboarding = stored.ok_or(Error::Missing)?.onboarding.id;
    write(&mut tx, app, actor, firm, onboarding, on).await?;
    tx.commit().await?;
    Ok(())
}

/// Looks up what the link of a reminder is about. Changes nothing, because mail scanners follow
/// every link.
pub async fn look(app: &App, token: &SecretString) -> Result<ReminderLink, Error> {
    let mut conn = app.db.acquire().await?;
    find(&mut conn, token).await
}

/// The same as [`set`] through the link of a mail, on behalf of its recipient.
pub(crate) async fn set_by_link(
    app: &App,
    token: &SecretString,
    on: bool,
    source: Option<IpAddr>,
) -> Result<(), Error> {
    let mut tx = app.db.begin().await?;
    let link = find(&mut tx, token).await?;
    let recipient = Actor::FirmAdmin {
        firm: link.firm,
        who: Who {
            id: link.person,
            name: link.person_name,
            source,
        },
    };
    write(&mut tx, app, &recipient, link.firm, link.onboarding, on).await?;
    tx.commit().await?;
    Ok(())
}

async fn find(conn: &mut PgConnection, token: &SecretString) -> Result<ReminderLink, Error> {
    let firm = vault::owner_of_endpoint(token).ok_or(Error::Missing)?;
    let link = reminders::find_link(conn, firm, &vault::token_hash(token)).await?;
    link.ok_or(Error::Missing)
}

async fn write(
    conn: &mut PgConnection,
    app: &App,
    actor: &Actor,
    firm: FirmId,
    onboarding: OnboardingId,
    on: bool,
) -> Result<(), Error> {
    if reminders::set(conn, firm, onboarding, on, app.clock.now()).await? {
        let verb = match on {
            true => ActivityVerb::RemindersResumed,
            false => ActivityVerb::RemindersStopped,
        };
        activities::record(conn, &app.activity(actor, verb)).await?;
    }
    Ok(())
}
