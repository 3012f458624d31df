//! A person whose password was right enters the code of their second factor.

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use sqlx::PgConnection;

use super::open_session::{self, Browser, Opened};
use super::second_factor::{self, Typed};
use super::slow_down::{self, Subject};
use super::{Error, audit, known_device};
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::identity::{Actor, Denied, Throttle};
use crate::mail;
use crate::paths;
use crate::store::people::{self, Person, SecondFactor};
use crate::text::mails;

/// The result of an attempt.
#[derive(Debug)]
pub(crate) enum PassSecondFactorOutcome {
    SignedIn(Opened),
    WrongCode,
    /// Too many attempts; the next one is possible then.
    Wait(DateTime<Utc>),
}

/// Checks a code of the app, or a recovery code, and opens a fully signed-in session.
pub(crate) async fn run(
    app: &App,
    actor: &Actor,
    code: &SecretString,
    browser: &Browser,
) -> Result<PassSecondFactorOutcome, Error> {
    let id = actor.person().ok_or(Denied::NotTheirs)?;
    let mut conn = app.db.acquire().await?;
    let person = people::find(&mut conn, id).await?.ok_or(Error::Missing)?;
    drop(conn);
    let device = known_device::find(app, browser, &person);
    let device = device.filter(|device| device.has_passed_factor);
    let counted = || device.map_or(Subject::Person(id), |device| Subject::Device(device.id));
    let limits = [(Throttle::SECOND_FACTOR, counted())];
    let refused = |verb| {
        audit::account_refused(app, verb, &person.email, Some(&person), browser.source);
    };
    if let Some(until) = slow_down::attempt(app, &limits).await? {
        refused(ActivityVerb::AccountCodeThrottled);
        return Ok(PassSecondFactorOutcome::Wait(until));
    }
    let mut tx = app.db.begin().await?;
    let locked = people::find_for_update(&mut tx, id)
        .await?
        .ok_or(Error::Missing)?;
    let verb = match Typed::read(code) {
        Typed::App(code) if take_code(&mut tx, app, &locked, &code).await? => {
            ActivityVerb::AccountSignedIn
        }
        Typed::Recovery(hash) if people::use_recovery_code(&mut tx, id, &hash).await? => {
            ActivityVerb::AccountRecoveryCodeUsed
        }
        Typed::App(_) | Typed::Recovery(_) => {
            refused(ActivityVerb::AccountCodeFailed);
            return Ok(PassSecondFactorOutcome::WrongCode);
        }
    };
    slow_down::forgive(&mut tx, Throttle::SECOND_FACTOR, counted()).await?;
    if verb == ActivityVerb::AccountRecoveryCodeUsed {
        let left = people::count_recovery_codes(&mut tx, id).await?;
        let product = &app.config.product_name;
        let link = app.link(paths::RESET);
        let letter = mails::account::recovery_code_used(product, &locked.name, left, link);
        mail::queue(&mut tx, app, None, &locked.email, &letter).await?;
    }
    let opened = open_session::sign_in(&mut tx, app, &locked, browser, true).await?;
    audit::record(&mut tx, &app.activity(actor, verb).for_staff_only()).await?;
    tx.commit().await?;
    Ok(PassSecondFactorOutcome::SignedIn(opened))
}

/// Whether the app's code is right; it then cannot be used again.
async fn take_code(
    conn: &mut PgConnection,
    app: &App,
    person: &Person,
    code: &str,
) -> Result<bool, Error> {
    let Some(factor) = person
        .second_factor
        .as_ref()
        .filter(|it| it.confirmed_at.is_some())
    else {
        return Ok(false);
    };
    let secret = second_factor::open(app, person, factor)?;
    let now = app.clock.now();
    let Some(step) = second_factor::check(&secret, code, factor.last_step, now)? else {
        return Ok(false);
    };
    let used = SecondFactor {
        last_step: Some(step),
        ..factor.clone()
    };
    people::set_second_factor(conn, person.id, Some(&used)).await?;
    Ok(true)
}
