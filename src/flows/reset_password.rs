//! A person opens the link to choose a new password.

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use sqlx::PgConnection;

use super::known_device::{self, DeviceMark};
use super::new_password::PersonFacts;
use super::open_session::{self, Browser};
use super::slow_down::{self, Subject};
use super::{Error, audit, links, request_reset};
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::identity::{Email, PasswordError, Throttle};
use crate::mail;
use crate::paths;
use crate::store::links::{Link, Purpose, use_up};
use crate::store::{people, sessions};
use crate::text::mails::{self, Letter};

/// The state of a reset link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ResetLinkState {
    Good {
        email: Email,
    },
    /// Expired; a new link can be sent by mail.
    Expired,
    /// Used, or a newer one was sent.
    Over,
}

/// The result of choosing a password.
#[derive(Clone, Debug)]
pub(crate) enum ResetPasswordOutcome {
    /// The person reads the account's mail, so their browser counts as known.
    Done(DeviceMark),
    PasswordRefused(PasswordError),
    /// The link stopped working meanwhile.
    NotGood,
}

/// Looks up the state of a link.
pub(crate) async fn look(app: &App, token: &SecretString) -> Result<ResetLinkState, Error> {
    let mut conn = app.db.acquire().await?;
    let link = find(&mut conn, token).await?;
    Ok(if link.used_at.is_some() || link.ended_at.is_some() {
        ResetLinkState::Over
    } else if link.is_good(app.clock.now()) {
        ResetLinkState::Good { email: link.email }
    } else {
        ResetLinkState::Expired
    })
}

/// Stores the new password and ends every session, so that anyone who knew the old one is signed
/// out. A second factor stays.
pub(crate) async fn run(
    app: &App,
    token: &SecretString,
    password: &SecretString,
    browser: &Browser,
) -> Result<ResetPasswordOutcome, Error> {
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    let link = find(&mut tx, token).await?;
    let person = people::find_by_email(&mut tx, &link.email).await?;
    let Some(mut person) = person.filter(|it| link.is_good(now) && it.disabled_at.is_none()) else {
        return Ok(ResetPasswordOutcome::NotGood);
    };
    let facts = PersonFacts::of(&mut tx, app, &person).await?;
    tx.rollback().await?;
    if let Err(error) = facts.judge(password) {
        return Ok(ResetPasswordOutcome::PasswordRefused(error));
    }
    let hash = app.passwords.queue()?.hash(password).await?;

    let actor = open_session::themselves(&person, browser.source);
    let mut tx = app.db.begin().await?;
    if !use_up(&mut tx, link.id, now).await? {
        return Ok(ResetPasswordOutcome::NotGood);
    }
    people::set_password(&mut tx, person.id, &hash).await?;
    person.password_hash = Some(hash);
    sessions::end_all(&mut tx, person.id).await?;
    slow_down::forgive(
        &mut tx,
        Throttle::SIGN_IN_ACCOUNT,
        Subject::Address(&link.email),
    )
    .await?;
    mail::queue(
        &mut tx,
        app,
        None,
        &person.email,
        &changed(app, &person.name),
    )
    .await?;
    let activity = app
        .activity(&actor, ActivityVerb::AccountPasswordReset)
        .for_staff_only();
    audit::record(&mut tx, &activity).await?;
    tx.commit().await?;
    let mark = known_device::mark(app, browser, &person, false);
    Ok(ResetPasswordOutcome::Done(mark))
}

/// Replaces an expired link by a new one for the same address.
pub(crate) async fn renew(
    app: &App,
    token: &SecretString,
    browser: &Browser,
) -> Result<Option<DateTime<Utc>>, Error> {
    let mut tx = app.db.begin().await?;
    let link = find(&mut tx, token).await?;
    tx.rollback().await?;
    if link.used_at.is_some() || link.ended_at.is_some() {
        return Err(Error::Stale);
    }
    Ok(
        match request_reset::run(app, &link.email, browser.source).await? {
            request_reset::RequestResetOutcome::Taken => None,
            request_reset::RequestResetOutcome::Wait(until) => Some(until),
        },
    )
}

/// Notifies the person of the change, in case it was not them.
pub(super) fn changed(app: &App, name: &str) -> Letter {
    mails::account::password_changed(&app.config.product_name, name, app.link(paths::RESET))
}

async fn find(conn: &mut PgConnection, token: &SecretString) -> Result<Link, Error> {
    let link = links::find(conn, token).await?.ok_or(Error::Missing)?;
    match link.purpose {
        Purpose::ResetPassword => Ok(link),
        Purpose::JoinFirm(_) | Purpose::JoinSupport(_) | Purpose::KeepFactor => Err(Error::Missing),
    }
}
