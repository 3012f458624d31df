//! A person sets up a second factor, or removes it.

use chrono::{DateTime, Utc};
use secrecy::SecretString;

use super::open_session::{self, Browser, Opened};
use super::second_factor::{self, Typed};
use super::slow_down::{self, Subject};
use super::{Error, audit, own_password};
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::identity::{Actor, Denied, PersonId, Throttle};
use crate::mail;
use crate::paths;
use crate::store::people::{self, Person, SecondFactor};
use crate::store::sessions;
use crate::text::mails;
use crate::vault::Purpose;

/// What the person enters into their authenticator app. It is shown once, to the person who began: who has
/// not seen it cannot enter the first code.
#[derive(Debug)]
pub struct Enrolment {
    /// In base32, for typing.
    pub secret: SecretString,
    /// For the QR code.
    pub uri: SecretString,
}

/// The state of a person's second factor.
#[derive(Debug, PartialEq, Eq)]
pub enum SecondFactorState {
    /// There is none yet, or its first code is missing.
    Off,
    On {
        recovery_codes_left: i64,
    },
}

/// How the person proves that it is them.
#[derive(Debug)]
pub enum BeginProof {
    /// They enter their password again.
    Password(SecretString),
    /// They just did, to sign in; a second factor is all that is missing.
    SigningIn,
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

/// The person's state, for their page.
pub async fn look(app: &App, actor: &Actor) -> Result<SecondFactorState, Error> {
    let id = themselves(actor)?;
    let mut conn = app.db.acquire().await?;
    let person = people::find(&mut conn, id).await?.ok_or(Error::Missing)?;
    if !person.has_second_factor() {
        return Ok(SecondFactorState::Off);
    }
    Ok(SecondFactorState::On {
        recovery_codes_left: people::count_recovery_codes(&mut conn, id).await?,
    })
}

/// Creates a secret that takes effect with the first code. An active one stays, and is stale.
pub async fn begin(
    app: &App,
    actor: &Actor,
    proof: &BeginProof,
    browser: &Browser,
) -> Result<Enrolment, Error> {
    let id = themselves(actor)?;
    match proof {
        BeginProof::Password(password) => {
            own_password::check(app, actor, password, browser).await?;
        }
        BeginProof::SigningIn => {}
    }
    let mut tx = app.db.begin().await?;
    let person = people::find_for_update(&mut tx, id)
        .await?
        .ok_or(Error::Missing)?;
    if person.has_second_factor() {
        return Err(Error::Stale);
    }
    let secret = second_factor::new_secret();
    let factor = SecondFactor {
        secret: app.vault.seal(Purpose::SecondFactor, id.0, &secret)?,
        confirmed_at: None,
        last_step: None,
    };
    people::set_second_factor(&mut tx, id, Some(&factor)).await?;
    tx.commit().await?;
    let uri = second_factor::uri(app, &person.email, &secret)?;
    Ok(Enrolment { secret, uri })
}

/// Checks the first code and turns the second factor on.
pub async fn confirm(
    app: &App,
    actor: &Actor,
    code: &SecretString,
    browser: &Browser,
) -> Result<Confirmed, Error> {
    let id = themselves(actor)?;
    let limits = [(Throttle::SECOND_FACTOR, Subject::Person(id))];
    if let Some(until) = slow_down::attempt(app, &limits).await? {
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
    let letter = mails::account::second_factor_on(
        &app.config.product_name,
        &person.name,
        app.link(paths::RESET),
    );
    mail::queue(&mut tx, app, None, &person.email, &letter).await?;
    let activity = app
        .activity(actor, ActivityVerb::AccountSecondFactorOn)
        .for_staff_only();
    audit::record(&mut tx, &activity).await?;
    tx.commit().await?;
    Ok(Confirmed::On {
        opened,
        recovery_codes,
    })
}

/// Turns the second factor off. A person who must have one sets up another before anything else.
pub async fn remove(
    app: &App,
    actor: &Actor,
    password: &SecretString,
    browser: &Browser,
) -> Result<Opened, Error> {
    let id = own_password::check(app, actor, password, browser).await?.id;
    let mut tx = app.db.begin().await?;
    let mut person = people::find_for_update(&mut tx, id)
        .await?
        .ok_or(Error::Missing)?;
    people::drop_second_factor(&mut tx, id).await?;
    person.second_factor = None;
    slow_down::forgive(&mut tx, Throttle::SECOND_FACTOR, Subject::Person(id)).await?;
    let opened = reopen(&mut tx, app, &person, browser, false).await?;
    let letter = mails::account::second_factor_off(
        &app.config.product_name,
        &person.name,
        app.link(paths::RESET),
    );
    mail::queue(&mut tx, app, None, &person.email, &letter).await?;
    let activity = app
        .activity(actor, ActivityVerb::AccountSecondFactorOff)
        .for_staff_only();
    audit::record(&mut tx, &activity).await?;
    tx.commit().await?;
    Ok(opened)
}

async fn reopen(
    conn: &mut sqlx::PgConnection,
    app: &App,
    person: &Person,
    browser: &Browser,
    proven: bool,
) -> Result<Opened, Error> {
    sessions::end_all(conn, person.id).await?;
    open_session::run(conn, app, person, browser, proven).await
}

fn themselves(actor: &Actor) -> Result<PersonId, Error> {
    Ok(actor.person().ok_or(Denied::NotTheirs)?)
}
