//! Throttles guessing, per account and per source.
//!
//! Anybody can fail at an account, so its count may block those alone who never proved to be its
//! person: who is signed in, or signed in before with this browser, is counted apart.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use sqlx::PgConnection;

use super::{Browser, Error, audit, known_device};
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::identity::{Actor, DeviceId, Email, FirmId, PersonId, Throttle};
use crate::store::people::Person;
use crate::store::throttles;
use crate::vault;

/// What attempts are counted for.
pub(super) enum Subject<'a> {
    Address(&'a Email),
    Person(PersonId),
    Device(DeviceId),
    /// By its token.
    Session(&'a SecretString),
    Source(Option<IpAddr>),
    Firm(FirmId),
    /// Entries of one kind of refusal.
    Refusal(PersonId, ActivityVerb),
}

impl Subject<'_> {
    fn hash(&self) -> Vec<u8> {
        let text = match self {
            Self::Address(email) => email.as_str().to_owned(),
            Self::Person(person) => person.to_string(),
            Self::Device(device) => device.to_string(),
            Self::Session(token) => return vault::token_hash(token),
            Self::Source(source) => network(*source),
            Self::Firm(firm) => firm.to_string(),
            Self::Refusal(person, verb) => format!("{person} {}", verb.as_str()),
        };
        vault::token_hash(&SecretString::from(text))
    }
}

/// Who tries the password of an account: a browser that its person signed in with before, or
/// anybody.
pub(super) struct Guesser<'a> {
    email: &'a Email,
    person: Option<&'a Person>,
    source: Option<IpAddr>,
    device: Option<DeviceId>,
}

impl<'a> Guesser<'a> {
    pub(super) fn of(
        app: &App,
        email: &'a Email,
        person: Option<&'a Person>,
        browser: &Browser,
    ) -> Self {
        Self {
            email,
            person,
            source: browser.source,
            device: person
                .and_then(|person| known_device::find(app, browser, person))
                .map(|device| device.id),
        }
    }

    /// Counts an attempt; returns until when to wait instead, if there were too many.
    pub(super) async fn attempt(&self, app: &App) -> Result<Option<DateTime<Utc>>, Error> {
        let known = self
            .device
            .map(|device| [(Throttle::SIGN_IN_DEVICE, Subject::Device(device))]);
        let anybody = [
            (Throttle::SIGN_IN_SOURCE, Subject::Source(self.source)),
            (Throttle::SIGN_IN_ACCOUNT, Subject::Address(self.email)),
        ];
        let limits = known.as_ref().map_or(&anybody[..], |known| &known[..]);
        let wait = attempt(app, limits).await?;
        if wait.is_some() {
            self.refused(app, ActivityVerb::AccountSignInThrottled);
        }
        Ok(wait)
    }

    /// Records that the password was wrong.
    pub(super) fn was_wrong(&self, app: &App) {
        self.refused(app, ActivityVerb::AccountSignInFailed);
    }

    fn refused(&self, app: &App, verb: ActivityVerb) {
        audit::account_refused(app, verb, self.email, self.person, self.source);
    }

    /// Uncounts an attempt with the right password.
    pub(super) async fn was_right(&self, conn: &mut PgConnection) -> Result<(), Error> {
        if let Some(device) = self.device {
            return forgive(conn, Throttle::SIGN_IN_DEVICE, Subject::Device(device)).await;
        }
        let source = Subject::Source(self.source);
        take_back(conn, Throttle::SIGN_IN_SOURCE, source).await?;
        forgive(
            conn,
            Throttle::SIGN_IN_ACCOUNT,
            Subject::Address(self.email),
        )
        .await
    }
}

/// Counts one attempt against each limit, up to the first that is exceeded; then returns until when
/// to wait, and the attempt must not be made. Sources come first: asking while an account is
/// blocked is not free.
pub(super) async fn attempt(
    app: &App,
    limits: &[(Throttle, Subject<'_>)],
) -> Result<Option<DateTime<Utc>>, Error> {
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    for (throttle, subject) in limits {
        let wait = throttles::attempt(&mut tx, throttle, &subject.hash(), now).await?;
        if wait.is_some() {
            tx.commit().await?;
            return Ok(wait);
        }
    }
    tx.commit().await?;
    Ok(None)
}

/// Counts a mail sent to a freely chosen address on behalf of the firm. An operator's mails are not
/// counted.
pub(super) async fn mail(
    conn: &mut PgConnection,
    app: &App,
    actor: &Actor,
    firm: FirmId,
) -> Result<(), Error> {
    match actor {
        Actor::System { .. } => return Ok(()),
        Actor::FirmAdmin { .. }
        | Actor::Account { .. }
        | Actor::Colleague { .. }
        | Actor::Support { .. } => {}
    }
    let subject = Subject::Firm(firm).hash();
    let now = app.clock.now();
    match throttles::attempt(conn, &Throttle::MAIL_FIRM, &subject, now).await? {
        Some(until) => Err(Error::TooManyMails(until)),
        None => Ok(()),
    }
}

/// Counts an entry about a refusal; returns whether there were enough of its kind for now.
pub(super) async fn is_recorded_enough(
    conn: &mut PgConnection,
    app: &App,
    person: PersonId,
    verb: ActivityVerb,
) -> Result<bool, Error> {
    let subject = Subject::Refusal(person, verb).hash();
    let now = app.clock.now();
    let wait = throttles::attempt(conn, &Throttle::REFUSAL_ENTRY, &subject, now).await?;
    Ok(wait.is_some())
}

/// Resets the attempts after a successful one.
pub(super) async fn forgive(
    conn: &mut PgConnection,
    throttle: Throttle,
    subject: Subject<'_>,
) -> Result<(), Error> {
    Ok(throttles::forgive(conn, &throttle, &subject.hash()).await?)
}

/// Uncounts one successful attempt. Those before it stay counted: signing in to one's own account
/// must not reset the limit for guessing at others.
async fn take_back(
    conn: &mut PgConnection,
    throttle: Throttle,
    subject: Subject<'_>,
) -> Result<(), Error> {
    Ok(throttles::take_back(conn, &throttle, &subject.hash()).await?)
}

/// The key of a source: one IPv4 address, or the /64 of an IPv6 customer.
fn network(source: Option<IpAddr>) -> String {
    match source {
        None => String::new(),
        Some(IpAddr::V4(address)) => address.to_string(),
        Some(IpAddr::V6(address)) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_in_an_ipv6_network_count_as_one_source() {
        let of = |text: &str| network(Some(text.parse().unwrap()));
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
    }
}
