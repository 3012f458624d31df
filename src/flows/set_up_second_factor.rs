//! A person sets up a second factor, or removes it.

use chrono::{DateTime, Utc};
use secrecy::SecretString;

use super::Error;
use super::open_session::{self, Browser, Opened};
use super::second_factor::{self, Typed};
use super::slow_down::{self, Subject};
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::identity::{Actor, Denied, PersonId, Throttle};
use crate::store::people::{self, Person, SecondFactor};
use crate::store::{activities, sessions};
use crate::vault::Purpose;

/// What the person enters into their authenticator app.
#[derive(Debug)]
pub struct Enrolment {
    /// In base32, for typing.
    pub secret: SecretString,
    /// For the QR code.
    pub uri: SecretString,
}

/// The state of a person's second factor.
#[derive(Debug)]
pub enum SecondFactorState {
    Off,
    /// Begun; the first code is missing.
    Begun(Enrolment),
    On {
        recovery_codes_left: i64,
    },
}

/// The result of the first code.
#[derive(Debug)]
pub enum Confirmed {
    /// On; the recovery codes are shown only once.
    On {
        opened: Opened,
        recovery_codes: Vec<SecretString>,
    },
    WrongCode,
    Wait(DateTime<Utc>),
}

/// The result of removing it.
#[derive(Debug)]
pub enum Removed {
    Off(Opened),
    WrongPassword,
    Wait(DateTime<Utc>),
}

/// The person's state, for their page.
pub async fn look(app: &App, actor: &Actor) -> Result<SecondFactorState, Error> {
    let id = themselves(actor)?;
    let mut conn = app.db.acquire().await?;
    let person = people::find(&mut conn, id).await?.ok_or(Error::Missing)?;
    match &person.second_factor {
        None => Ok(SecondFactorState::Off),
        Some(factor) if factor.confirmed_at.is_some() => Ok(SecondFactorState::On {
            recovery_codes_left: people::count_recovery_codes(&mut conn, id).await?,
        }),
        Some(factor) => {
            let secret = second_factor::open(app, &person, factor)?;
            let uri = second_factor::uri(app, &person.email, &secret)?;
            Ok(SecondFactorState::Begun(Enrolment { secret, uri }))
        }
    }
}

/// Creates a secret that takes effect with the first code. An active one stays.
pub async fn begin(app: &App, actor: &Actor) -> Result<(), Error> {
    let id = themselves(actor)?;
    let mut tx = app.db.begin().await?;
    let person = people::find_for_update(&mut tx, id)
        .await?
        .ok_or(Error::Missing)?;
    if person.has_second_factor() {
        return Ok(());
    }
    let secret = second_factor::new_secret();
    let factor = SecondFactor {
        secret: app.vault.seal(Purpose::SecondFactor, id.0, &secret)?,
        confirmed_at: None,
        last_step: None,
    };
    people::set_second_factor(&mut tx, id, Some(&factor)).await?;
    tx.commit().await?;
    Ok(())
}

/// Checks the first code and turns the second factor on.
pub async fn confirm(
    app: &App,
    actor: &Actor,
    code: &SecretString,
    browser: &Browser,
) -> Result<Confirmed, Error> {
    let id = themselves(actor)?;
    if let Some(until) = wait(app, id).await? {
        return Ok(Confirmed::Wait(until));
    }
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    let mut person = people::find_for_update(&mut tx, id)
        .await?
        .ok_or(Error::Missing)?;
    let Some(factor) = person
        .second_factor
        .clone()
        .filter(|it| it.confirmed_at.is_none())
    else {
        return Err(Error::Stale);
    };
    let Typed::App(code) = Typed::read(code) else {
        return Ok(Confirmed::WrongCode);
    };
    let secret = second_factor::open(app, &person, &factor)?;
    let Some(step) = second_factor::check(&secret, &code, None, now)? else {
        return Ok(Confirmed::WrongCode);
    };
    let factor = SecondFactor {
        confirmed_at: Some(now),
        last_step: Some(step),
        ..factor
    };
    people::set_second_factor(&mut tx, id, Some(&factor)).await?;
    person.second_factor = Some(factor);
    let (recovery_codes, hashes) = second_factor::new_recovery_codes();
    people::replace_recovery_codes(&mut tx, id, &hashes).await?;
    slow_down::forgive(&mut tx, Throttle::SECOND_FACTOR, Subject::Person(id)).await?;
    // Sessions opened with the password alone are no longer sufficient.
    let opened = reopen(&mut tx, app, &person, browser, true).await?;
    let activity = app
        .activity(actor, ActivityVerb::AccountSecondFactorOn)
        .for_staff_only();
    activities::record(&mut tx, &activity).await?;
    tx.commit().await?;
    Ok(Confirmed::On {
        opened,
        recovery_codes,
    })
}

/// Turns the second factor off. A support person has to set up a new one before anything else.
pub async fn remove(
    app: &App,
    actor: &Actor,
    password: &SecretString,
    browser: &Browser,
) -> Result<Removed, Error> {
    let id = themselves(actor)?;
    let passwords = app.passwords.queue()?;
    if let Some(until) = wait(app, id).await? {
        return Ok(Removed::Wait(until));
    }
    let mut conn = app.db.acquire().await?;
    let person = people::find(&mut conn, id).await?.ok_or(Error::Missing)?;
    drop(conn);
    if !passwords
        .verify(password, person.password_hash.as_ref())
        .await?
    {
        return Ok(Removed::WrongPassword);
    }
    let mut tx = app.db.begin().await?;
    let mut person = people::find_for_update(&mut tx, id)
        .await?
        .ok_or(Error::Missing)?;
    people::set_second_factor(&mut tx, id, None).await?;
    people::replace_recovery_codes(&mut tx, id, &[]).await?;
    person.second_factor = None;
    slow_down::forgive(&mut tx, Throttle::SECOND_FACTOR, Subject::Person(id)).await?;
    let opened = reopen(&mut tx, app, &person, browser, false).await?;
    let activity = app
        .activity(actor, ActivityVerb::AccountSecondFactorOff)
        .for_staff_only();
    activities::record(&mut tx, &activity).await?;
    tx.commit().await?;
    Ok(Removed::Off(opened))
}

async fn reopen(
    conn: &mut sqlx::PgConnection,
    app: &App,
    person: &Person,
    browser: &Browser,
    proven: bool,
) -> Result<Opened, Error> {
    sessions::end_all(conn, person.id, None).await?;
    open_session::run(conn, app, person, browser, proven).await
}

async fn wait(app: &App, id: PersonId) -> Result<Option<DateTime<Utc>>, Error> {
    slow_down::attempt(app, &[(Throttle::SECOND_FACTOR, Subject::Person(id))]).await
}

fn themselves(actor: &Actor) -> Result<PersonId, Error> {
    Ok(actor.person().ok_or(Denied::NotTheirs)?)
}
