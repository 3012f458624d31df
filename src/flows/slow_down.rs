//! Throttles guessing, per account and per source.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use sqlx::PgConnection;

use super::Error;
use crate::app::App;
use crate::identity::{Actor, Email, FirmId, PersonId, Throttle};
use crate::store::throttles;
use crate::vault;

/// What attempts are counted for.
pub(super) enum Subject<'a> {
    Address(&'a Email),
    Person(PersonId),
    Source(Option<IpAddr>),
    Firm(FirmId),
}

impl Subject<'_> {
    fn hash(&self) -> Vec<u8> {
        let text = match self {
            Self::Address(email) => email.as_str().to_owned(),
            Self::Person(person) => person.to_string(),
            Self::Source(source) => network(*source),
            Self::Firm(firm) => firm.to_string(),
        };
        vault::token_hash(&SecretString::from(text))
    }
}

/// Counts one attempt against each limit. If one is exceeded, returns until when to wait; the
/// attempt must then not be made and is not counted.
pub(super) async fn attempt(
    app: &App,
    limits: &[(Throttle, Subject<'_>)],
) -> Result<Option<DateTime<Utc>>, Error> {
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    for (throttle, subject) in limits {
        let wait = throttles::attempt(&mut tx, throttle, &subject.hash(), now).await?;
        if wait.is_some() {
            tx.rollback().await?;
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
pub(super) async fn take_back(
    conn: &mut PgConnection,
    throttle: Throttle,
    subject: Subject<'_>,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    Ok(throttles::take_back(conn, &throttle, &subject.hash(), now).await?)
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
