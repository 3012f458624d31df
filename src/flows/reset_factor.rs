//! A way back after a lost second factor: a firm's other admin, or support, asks for its reset.
//!
//! It happens after a day, unless the owner stops it with the link in a mail: who asks may be wrong
//! about who asked them. The link itself is the request: while it is open, the reset is to come.

use chrono::TimeDelta;
use secrecy::SecretString;
use sqlx::PgConnection;

use super::open_session::themselves;
use super::{Browser, Error, audit, invite_person, links};
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::identity::{Actor, FirmId, LinkId, PersonId, Verb};
use crate::mail;
use crate::paths;
use crate::store::links::{Purpose, end_keep_factor, use_up};
use crate::store::people::{self, Person};
use crate::store::{memberships, sessions};
use crate::text::mails;
use crate::work::{self, Task};

/// The kind of the work that carries it out.
pub(crate) const KIND: &str = "factor_reset";

/// How long the owner has to stop it.
const WAIT: TimeDelta = TimeDelta::hours(24);

/// An admin asks for a colleague. Asking again restarts the wait.
pub(crate) async fn ask(app: &App, actor: &Actor, person: PersonId) -> Result<(), Error> {
    let firm = actor.may(Verb::ResetSecondFactor)?;
    if actor.person() == Some(person) {
        return Err(Error::Missing);
    }
    let mut tx = app.db.begin().await?;
    write(&mut tx, app, actor, firm, person).await?;
    tx.commit().await?;
    Ok(())
}

/// The same in the caller's transaction: the link, the mail, the work and the activity.
pub(super) async fn write(
    conn: &mut PgConnection,
    app: &App,
    actor: &Actor,
    firm: FirmId,
    person: PersonId,
) -> Result<(), Error> {
    let members = memberships::list(conn, firm).await?;
    let member = members.into_iter().find(|it| it.person == person);
    let member = member.ok_or(Error::Missing)?;
    if !member.has_second_factor {
        return Err(Error::Stale);
    }
    let by = invite_person::inviter(actor);
    let (purpose, life) = (Purpose::KeepFactor, WAIT);
    let made = links::make(conn, app, purpose, &member.email, by, life).await?;
    let task = Task {
        kind: KIND,
        key: made.id.0,
        firm: None,
    };
    work::put(conn, task, app.clock.now() + WAIT).await?;
    let product = &app.config.product_name;
    let letter = mails::account::factor_reset_asked(product, &member.name, actor.name(), made.url);
    mail::queue(conn, app, Some(firm), &member.email, &letter).await?;
    let activity = app
        .activity(actor, ActivityVerb::AccountFactorResetAsked)
        .about(&member.name);
    audit::record(conn, &activity).await
}

/// Removes the second factor, if the owner did not stop it, and ends their sessions.
pub(crate) async fn carry_out(app: &App, request: LinkId) -> Result<(), Error> {
    let mut tx = app.db.begin().await?;
    let Some(link) = end_keep_factor(&mut tx, request, app.clock.now()).await? else {
        return Ok(());
    };
    let Some(person) = people::find_by_email(&mut tx, &link.email).await? else {
        return Ok(tx.commit().await?);
    };
    drop_factor(&mut tx, app, &person).await?;
    let system = Actor::System { firm: None };
    let activity = app
        .activity(&system, ActivityVerb::AccountSecondFactorReset)
        .about(&person.name)
        .for_staff_only();
    audit::record(&mut tx, &activity).await?;
    tx.commit().await?;
    Ok(())
}

/// Removes the second factor and every session, and tells the owner.
pub(super) async fn drop_factor(
    conn: &mut PgConnection,
    app: &App,
    person: &Person,
) -> Result<(), Error> {
    people::drop_second_factor(conn, person.id).await?;
    sessions::end_all(conn, person.id).await?;
    let letter = mails::account::second_factor_off(
        &app.config.product_name,
        &person.name,
        app.link(paths::RESET),
    );
    mail::queue(conn, app, None, &person.email, &letter).await?;
    Ok(())
}

/// Whether a link still stops a reset.
pub(crate) async fn is_open(app: &App, token: &SecretString) -> Result<bool, Error> {
    let mut conn = app.db.acquire().await?;
    let link = links::find(&mut conn, token).await?;
    let link = link.filter(|link| link.purpose == Purpose::KeepFactor);
    Ok(link.ok_or(Error::Missing)?.is_good(app.clock.now()))
}

/// The owner stops the reset; returns `false` if it is too late, or was stopped.
pub(crate) async fn stop(
    app: &App,
    token: &SecretString,
    browser: &Browser,
) -> Result<bool, Error> {
    let mut tx = app.db.begin().await?;
    let link = links::find(&mut tx, token).await?;
    let link = link.filter(|link| link.purpose == Purpose::KeepFactor);
    let link = link.ok_or(Error::Missing)?;
    if !use_up(&mut tx, link.id, app.clock.now()).await? {
        return Ok(false);
    }
    if let Some(person) = people::find_by_email(&mut tx, &link.email).await? {
        let actor = themselves(&person, browser.source);
        let activity = app
            .activity(&actor, ActivityVerb::AccountFactorResetStopped)
            .for_staff_only();
        audit::record(&mut tx, &activity).await?;
    }
    tx.commit().await?;
    Ok(true)
}
