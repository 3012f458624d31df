//! A signed-in person changes their password.

use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};

use super::slow_down::{self, Subject};
use super::{Error, audit, reset_password};
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::identity::{Actor, Denied, PasswordError, SessionId, Throttle, check_password};
use crate::mail;
use crate::store::{links, people, sessions};

/// The result of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ChangePasswordOutcome {
    Changed,
    WrongPassword,
    PasswordRefused(PasswordError),
    /// Too many wrong passwords; the next attempt is possible then.
    Wait(DateTime<Utc>),
}

/// Checks the old password, stores the new one, and ends every session but `session`.
pub(crate) async fn run(
    app: &App,
    actor: &Actor,
    session: SessionId,
    current: &SecretString,
    new: &SecretString,
) -> Result<ChangePasswordOutcome, Error> {
    let id = actor.person().ok_or(Denied::NotTheirs)?;
    let mut conn = app.db.acquire().await?;
    let person = people::find(&mut conn, id).await?.ok_or(Error::Missing)?;
    drop(conn);
    let passwords = app.passwords.queue()?;
    let limits = [(Throttle::PASSWORD_AGAIN, Subject::Person(id))];
    if let Some(until) = slow_down::attempt(app, &limits).await? {
        return Ok(ChangePasswordOutcome::Wait(until));
    }
    if !passwords
        .verify(current, person.password_hash.as_ref())
        .await?
    {
        let verb = ActivityVerb::AccountPasswordFailed;
        audit::account_refused(app, verb, &person.email, Some(&person), actor.source());
        return Ok(ChangePasswordOutcome::WrongPassword);
    }
    let about = [person.name.as_str(), person.email.as_str()];
    if let Err(error) = check_password(new.expose_secret(), &about) {
        return Ok(ChangePasswordOutcome::PasswordRefused(error));
    }
    let hash = passwords.hash(new).await?;

    let mut tx = app.db.begin().await?;
    people::set_password(&mut tx, id, &hash).await?;
    sessions::end_all(&mut tx, id, Some(session)).await?;
    links::end_resets(&mut tx, &person.email, app.clock.now()).await?;
    slow_down::forgive(&mut tx, Throttle::PASSWORD_AGAIN, Subject::Person(id)).await?;
    let letter = reset_password::changed(app, &person.name);
    mail::queue(&mut tx, app, None, &person.email, &letter).await?;
    let activity = app
        .activity(actor, ActivityVerb::AccountPasswordChanged)
        .for_staff_only();
    audit::record(&mut tx, &activity).await?;
    tx.commit().await?;
    Ok(ChangePasswordOutcome::Changed)
}
