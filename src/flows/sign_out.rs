//! A person signs out: here, on another device, or everywhere.

use secrecy::SecretString;

use super::{Browser, Error, audit, open_session, own_password};
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::identity::{Actor, SessionId};
use crate::store::{people, sessions};
use crate::vault;

/// Ends the browser's own session; no error if it has ended already.
pub(crate) async fn here(app: &App, browser: &Browser) -> Result<(), Error> {
    let Some(token) = &browser.token else {
        return Ok(());
    };
    let mut tx = app.db.begin().await?;
    let ended = sessions::end_by_token(&mut tx, &vault::token_hash(token)).await?;
    let person = match ended {
        Some(person) => people::find(&mut tx, person).await?,
        None => None,
    };
    if let Some(person) = person {
        let actor = open_session::themselves(&person, browser.source);
        let activity = app
            .activity(&actor, ActivityVerb::AccountSignedOut)
            .for_staff_only();
        audit::record(&mut tx, &activity).await?;
    }
    Ok(tx.commit().await?)
}

/// Ends one of the person's own sessions, with their password: a thief of a session must not sign
/// its owner out.
pub(crate) async fn elsewhere(
    app: &App,
    actor: &Actor,
    session: SessionId,
    password: &SecretString,
    browser: &Browser,
) -> Result<(), Error> {
    let person = own_password::check(app, actor, password, browser).await?;
    let mut tx = app.db.begin().await?;
    if !sessions::end(&mut tx, person.id, session).await? {
        return Err(Error::Missing);
    }
    let activity = app
        .activity(actor, ActivityVerb::AccountSessionEnded)
        .for_staff_only();
    audit::record(&mut tx, &activity).await?;
    tx.commit().await?;
    Ok(())
}

/// Ends all of the person's sessions, this one included, with their password.
pub(crate) async fn everywhere(
    app: &App,
    actor: &Actor,
    password: &SecretString,
    browser: &Browser,
) -> Result<(), Error> {
    let person = own_password::check(app, actor, password, browser).await?;
    let mut tx = app.db.begin().await?;
    sessions::end_all(&mut tx, person.id).await?;
    let activity = app
        .activity(actor, ActivityVerb::AccountSignedOutEverywhere)
        .for_staff_only();
    audit::record(&mut tx, &activity).await?;
    tx.commit().await?;
    Ok(())
}
