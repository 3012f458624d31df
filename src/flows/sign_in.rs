//! A person signs in with address and password.

use chrono::{DateTime, Utc};
use secrecy::SecretString;

use super::open_session::{self, Browser, Opened};
use super::slow_down::Guesser;
use super::{Error, audit};
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::identity::Email;
use crate::store::people;
use crate::store::sessions::SessionStanding;

/// The result of an attempt.
#[derive(Debug)]
pub enum SignInOutcome {
    SignedIn(Opened),
    /// Address or password is wrong, or the person may no longer sign in. These are
    /// indistinguishable, in timing too.
    Refused,
    /// Too many attempts; the next one is possible then.
    Wait(DateTime<Utc>),
}

/// Checks the password and opens a session, which may still need a second factor.
pub async fn run(
    app: &App,
    email: &Email,
    password: &SecretString,
    browser: &Browser,
) -> Result<SignInOutcome, Error> {
    let passwords = app.passwords.queue()?;
    let find = async || -> Result<_, Error> {
        let mut conn = app.db.acquire().await?;
        Ok(people::find_by_email(&mut conn, email).await?)
    };
    let person = app.db.retried(find).await?;
    let guesser = Guesser::of(app, email, person.as_ref(), browser);
    if let Some(until) = guesser.attempt(app).await? {
        return Ok(SignInOutcome::Wait(until));
    }
    let hash = person
        .as_ref()
        .and_then(|person| person.password_hash.as_ref());
    let is_right = passwords.verify(password, hash).await?;
    let Some(checked) = person
        .as_ref()
        .filter(|person| is_right && person.disabled_at.is_none())
    else {
        guesser.was_wrong(app);
        return Ok(SignInOutcome::Refused);
    };

    let mut tx = app.db.begin().await?;
    let Some(person) = people::find_unchanged_for_update(&mut tx, checked).await? else {
        tx.rollback().await?; // a reset came in between
        guesser.was_wrong(app);
        return Ok(SignInOutcome::Refused);
    };
    let actor = open_session::themselves(&person, browser.source);
    guesser.was_right(&mut tx).await?;
    let opened = open_session::sign_in(&mut tx, app, &person, browser, false).await?;
    let verb = match opened.standing {
        SessionStanding::SignedIn => ActivityVerb::AccountSignedIn,
        SessionStanding::NeedsCode | SessionStanding::NeedsEnrolment => {
            ActivityVerb::AccountCodeAsked
        }
    };
    let activity = app.activity(&actor, verb).for_staff_only();
    audit::record(&mut tx, &activity).await?;
    tx.commit().await?;
    Ok(SignInOutcome::SignedIn(opened))
}
