//! Recognises the browsers that a person signed in with before, by a signed cookie.
//!
//! The mark proves an earlier sign-in and opens nothing: the password and the second factor are
//! asked for all the same. It names the person's password and second factor of that time, and counts
//! for nothing once one of them changes, except that the browser is not a new one.

use chrono::{DateTime, TimeDelta};
use secrecy::{ExposeSecret, SecretString};

use super::Browser;
use crate::app::App;
use crate::identity::{DeviceId, PersonId};
use crate::store::people::Person;

/// How long a browser is known after its last sign-in.
const KNOWN_FOR: TimeDelta = TimeDelta::days(180);

/// What a browser keeps for one person.
#[derive(Clone, Debug)]
pub struct DeviceMark {
    pub person: PersonId,
    pub text: SecretString,
}

/// A browser that its person signed in with before.
#[derive(Clone, Copy)]
pub(super) struct KnownDevice {
    pub id: DeviceId,
    /// Whether a code was entered too: who knows the password alone does not get as far.
    pub has_passed_factor: bool,
}

/// A fresh mark for the browser that `person` just proved to be in front of. The device stays the
/// same: signing in again gives it no further attempts.
pub(super) fn mark(
    app: &App,
    browser: &Browser,
    person: &Person,
    has_passed_factor: bool,
) -> DeviceMark {
    let known = find(app, browser, person);
    let device = known.map_or_else(|| app.clock.new_id(), |known| known.id);
    let now = app.clock.now().timestamp();
    let proofs = proofs(app, person);
    let text = format!("{device}.{now}.{has_passed_factor}.{proofs}");
    DeviceMark {
        person: person.id,
        text: app.vault.sign(&label(person.id), &text),
    }
}

/// The device that the browser proves to be, if `person` signed in with it before, with the password
/// and second factor of today.
pub(super) fn find(app: &App, browser: &Browser, person: &Person) -> Option<KnownDevice> {
    let (device, is_current) = known(app, browser, person)?;
    is_current.then_some(device)
}

/// Whether `person` ever signed in with the browser.
pub(super) fn is_known(app: &App, browser: &Browser, person: &Person) -> bool {
    known(app, browser, person).is_some()
}

fn known(app: &App, browser: &Browser, person: &Person) -> Option<(KnownDevice, bool)> {
    let mark = browser.device_marks.get(&person.id)?;
    let signed = app.vault.signed(&label(person.id), mark)?;
    let mut parts = signed.split('.');
    let id = parts.next()?.parse().ok()?;
    let at = DateTime::from_timestamp(parts.next()?.parse().ok()?, 0)?;
    let device = KnownDevice {
        id,
        has_passed_factor: parts.next()?.parse().ok()?,
    };
    let is_current = parts.next()? == proofs(app, person);
    (at > app.clock.now() - KNOWN_FOR).then_some((device, is_current))
}

/// What a mark is signed for.
fn label(person: PersonId) -> String {
    format!("known-device {person}")
}

/// Stands for the person's password and second factor, and tells nothing about them.
fn proofs(app: &App, person: &Person) -> String {
    let password = person.password_hash.as_ref();
    let factor = person.second_factor.as_ref();
    let factor_at = factor.and_then(|factor| factor.confirmed_at);
    app.vault.pseudonym(&format!(
        "{} {}",
        factor_at.map_or(0, |at| at.timestamp()),
        password.map_or("", |hash| hash.expose_secret()),
    ))
}
