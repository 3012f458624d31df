//! Opens a session, at the end of every flow that signs a person in.

use std::collections::HashMap;
use std::net::IpAddr;

use secrecy::SecretString;
use sqlx::PgConnection;

use super::Error;
use super::known_device::{self, DeviceMark};
use crate::app::App;
use crate::identity::{Actor, PersonId, Place, SessionLimits, SupportRole, Who};
use crate::mail;
use crate::paths;
use crate::store::people::{self, Person};
use crate::store::sessions::{self, NewSession, SessionStanding};
use crate::text::{device, mails};
use crate::vault;

/// The browser a person signs in with.
#[derive(Clone, Debug, Default)]
pub struct Browser {
    pub source: Option<IpAddr>,
    pub user_agent: Option<String>,
    /// The session it had before. It ends, which prevents session fixation.
    pub token: Option<SecretString>,
    /// What it keeps from earlier sign-ins, for each person: see [`known_device`].
    pub device_marks: HashMap<PersonId, SecretString>,
}

/// A session that was opened.
#[derive(Clone, Debug)]
pub struct Opened {
    /// For the browser's cookie.
    pub token: SecretString,
    pub standing: SessionStanding,
    /// For another cookie, once nothing is missing: the browser is known from then on.
    pub device: Option<DeviceMark>,
}

const LONGEST_USER_AGENT: usize = 300;

/// Opens a session for `person` and ends the browser's former one. `proven`: the second factor was
/// just checked.
pub(super) async fn run(
    conn: &mut PgConnection,
    app: &App,
    person: &Person,
    browser: &Browser,
    proven: bool,
) -> Result<Opened, Error> {
    let now = app.clock.now();
    let needs_factor = person.needs_second_factor || app.config.require_second_factor;
    let standing = SessionStanding::of(proven, person.has_second_factor(), needs_factor);
    let life = match (standing, person.support_role) {
        (SessionStanding::SignedIn, None) => SessionLimits::FIRM_ADMIN.absolute,
        (SessionStanding::SignedIn, Some(_)) => SessionLimits::SUPPORT.absolute,
        (SessionStanding::NeedsCode | SessionStanding::NeedsEnrolment, _) => {
            SessionLimits::HALF_WAY
        }
    };
    if let Some(former) = &browser.token {
        sessions::end_by_token(conn, &vault::token_hash(former)).await?;
    }
    let token = vault::random_token()?;
    let user_agent = browser
        .user_agent
        .as_deref()
        .map(|text| &text[..text.floor_char_boundary(LONGEST_USER_AGENT)]);
    let session = NewSession {
        token_hash: &vault::token_hash(&token),
        session_id: app.clock.new_id(),
        person: person.id,
        now,
        expires_at: now + life,
        second_factor_at: proven.then_some(now),
        source: browser.source.map(|source| source.to_string()),
        user_agent,
    };
    sessions::create(conn, &session).await?;
    let device = match standing {
        SessionStanding::SignedIn => {
            people::set_signed_in(conn, person.id, now).await?;
            Some(known_device::mark(app, browser, person, proven))
        }
        SessionStanding::NeedsCode | SessionStanding::NeedsEnrolment => None,
    };
    Ok(Opened {
        token,
        standing,
        device,
    })
}

/// The same at the end of a sign-in: tells a person who signed in before of a browser that they did
/// not use for it yet.
pub(super) async fn sign_in(
    conn: &mut PgConnection,
    app: &App,
    person: &Person,
    browser: &Browser,
    proven: bool,
) -> Result<Opened, Error> {
    let opened = run(conn, app, person, browser, proven).await?;
    let is_known = known_device::is_known(app, browser, person);
    if opened.device.is_some() && person.signed_in_at.is_some() && !is_known {
        let letter = mails::account::new_device(
            &app.config.product_name,
            &person.name,
            &device::in_words(browser.user_agent.as_deref()),
            browser.source,
            app.link(paths::RESET),
        );
        mail::queue(conn, app, None, &person.email, &letter).await?;
    }
    Ok(opened)
}

/// The person as the actor on their own account.
pub(super) fn themselves(person: &Person, source: Option<IpAddr>) -> Actor {
    let who = Who {
        id: person.id,
        name: person.name.clone(),
        source,
    };
    match person.support_role {
        Some(role) => at_desk(role, who),
        None => Actor::Account { who },
    }
}

fn at_desk(role: SupportRole, who: Who) -> Actor {
    Actor::Support {
        role,
        place: Place::Desk,
        who,
    }
}
