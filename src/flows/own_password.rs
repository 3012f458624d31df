//! A signed-in person enters their password again, before what a thief of their session must not do.

use chrono::{DateTime, Utc};
use secrecy::SecretString;

use super::slow_down::{self, Subject};
use super::{Browser, Error, audit};
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::identity::{Actor, Denied, Throttle};
use crate::store::people::{self, Person};

/// Why the person did not prove that it is them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unproven {
    WrongPassword,
    /// Too many wrong passwords; the next attempt is possible then.
    Wait(DateTime<Utc>),
}

/// The actor, if `password` is theirs; [`Error::Unproven`] otherwise.
///
/// Wrong ones are counted for the session: a thief of one session does not block its owner, who
/// signs in to another.
pub(super) async fn check(
    app: &App,
    actor: &Actor,
    password: &SecretString,
    browser: &Browser,
) -> Result<Person, Error> {
    let id = actor.person().ok_or(Denied::NotTheirs)?;
    let passwords = app.passwords.queue()?;
    let token = browser.token.as_ref();
    let subject = || token.map_or(Subject::Person(id), Subject::Session);
    if let Some(until) = slow_down::attempt(app, &[(Throttle::PASSWORD_AGAIN, subject())]).await? {
        return Err(Error::Unproven(Unproven::Wait(until)));
    }
    let mut conn = app.db.acquire().await?;
    let person = people::find(&mut conn, id).await?.ok_or(Error::Missing)?;
    drop(conn);
    if !passwords
        .verify(password, person.password_hash.as_ref())
        .await?
    {
        let verb = ActivityVerb::AccountPasswordFailed;
        audit::account_refused(app, verb, &person.email, Some(&person), actor.source());
        return Err(Error::Unproven(Unproven::WrongPassword));
    }
    let mut conn = app.db.acquire_for_write().await?;
    slow_down::forgive(&mut conn, Throttle::PASSWORD_AGAIN, subject()).await?;
    conn.finish().await?;
    Ok(person)
}
