//! A signed-in person changes their password.

use secrecy::SecretString;

use super::new_password::PersonFacts;
use super::{Browser, Error, Opened, audit, open_session, own_password, reset_password};
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::identity::{Actor, PasswordError};
use crate::mail;
use crate::store::{links, people, sessions};

/// The result of a change.
#[derive(Debug)]
pub(crate) enum ChangePasswordOutcome {
    Changed(Opened),
    PasswordRefused(PasswordError),
}

/// Checks the old password, stores the new one, and ends every session. The browser goes on with a
/// new one: a copy of the old token is useless.
pub(crate) async fn run(
    app: &App,
    actor: &Actor,
    current: &SecretString,
    new: &SecretString,
    browser: &Browser,
) -> Result<ChangePasswordOutcome, Error> {
    let person = own_password::check(app, actor, current, browser).await?;
    let mut conn = app.db.acquire().await?;
    let facts = PersonFacts::of(&mut conn, app, &person).await?;
    drop(conn);
    if let Err(error) = facts.judge(new) {
        return Ok(ChangePasswordOutcome::PasswordRefused(error));
    }
    let hash = app.passwords.queue()?.hash(new).await?;

    let mut tx = app.db.begin().await?;
    let unchanged = people::find_unchanged_for_update(&mut tx, &person).await?;
    let mut person = unchanged.ok_or(Error::Stale)?;
    people::set_password(&mut tx, person.id, &hash).await?;
    person.password_hash = Some(hash);
    sessions::end_all(&mut tx, person.id).await?;
    links::end_resets(&mut tx, &person.email, app.clock.now()).await?;
    // Only a session that passed the second factor, where there is one, gets this far.
    let proven = person.has_second_factor();
    let opened = open_session::run(&mut tx, app, &person, browser, proven).await?;
    let letter = reset_password::changed(app, &person.name);
    mail::queue(&mut tx, app, None, &person.email, &letter).await?;
    let activity = app
        .activity(actor, ActivityVerb::AccountPasswordChanged)
        .for_staff_only();
    audit::record(&mut tx, &activity).await?;
    tx.commit().await?;
    Ok(ChangePasswordOutcome::Changed(opened))
}
