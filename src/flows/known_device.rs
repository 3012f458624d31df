//! Recognises the browsers that a person signed in with before, by a signed cookie.
//!
//! The mark proves an earlier sign-in and opens nothing: the password and the second factor are
//! asked for all the same.

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::SecretString;

use super::Browser;
use crate::app::App;
use crate::identity::{DeviceId, PersonId};

/// How long a browser is known after its last sign-in.
const KNOWN_FOR: TimeDelta = TimeDelta::days(180);
/// What the mark is signed for.
const LABEL: &str = "known-device";

/// What a browser keeps for one person.
#[derive(Clone, Debug)]
pub struct DeviceMark {
    pub person: PersonId,
    pub text: SecretString,
}

/// A fresh mark for the browser that `person` just proved to be in front of.
pub(super) fn mark(app: &App, person: PersonId) -> DeviceMark {
    let device = app.clock.new_id::<DeviceId>();
    let now = app.clock.now().timestamp();
    DeviceMark {
        person,
        text: app.vault.sign(LABEL, &format!("{person}.{device}.{now}")),
    }
}

/// The device that the browser proves to be, if `person` signed in with it before.
pub(super) fn find(app: &App, browser: &Browser, person: PersonId) -> Option<DeviceId> {
    let since = app.clock.now() - KNOWN_FOR;
    browser.device_marks.iter().find_map(|mark| {
        let (owner, device, at) = read(app.vault.signed(LABEL, mark)?)?;
        (owner == person && at > since).then_some(device)
    })
}

fn read(text: &str) -> Option<(PersonId, DeviceId, DateTime<Utc>)> {
    let mut parts = text.split('.');
    let person = parts.next()?.parse().ok()?;
    let device = parts.next()?.parse().ok()?;
    let at = DateTime::from_timestamp(parts.next()?.parse().ok()?, 0)?;
    Some((person, device, at))
}
