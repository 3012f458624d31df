//! Sends a mail.

use chrono::TimeDelta;
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::Error as SmtpError;
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use secrecy::ExposeSecret;
use tokio::time::timeout;
use url::Host;

use super::outbox::{open, task};
use super::{MailError, letter};
use crate::app::App;
use crate::config::Smtp;
use crate::identity::MailId;
use crate::store::mails::{self, StoredMail};
use crate::text::delivery;
use crate::work;

type Transport = AsyncSmtpTransport<Tokio1Executor>;

/// How long the mail server may take, for one answer and for a whole mail.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(60);
/// Waits between attempts; after the last, the mail is given up and shown as failed.
const WAITS: [TimeDelta; 7] = [
    TimeDelta::minutes(1),
    TimeDelta::minutes(5),
    TimeDelta::minutes(20),
    TimeDelta::hours(1),
    TimeDelta::hours(3),
    TimeDelta::hours(8),
    TimeDelta::hours(16),
];

/// Why a mail was not sent. Says nothing about the recipient.
enum SmtpFailure {
    /// Worth a retry.
    Passing(String),
    /// Permanent.
    Final(String),
}

/// Sends a queued mail, or stores it if SMTP is not configured.
pub async fn send(app: &App, id: MailId) -> Result<(), MailError> {
    let mut conn = app.db.acquire_for_write().await?;
    let Some(smtp) = &app.config.smtp else {
        mails::keep(&mut conn, id).await?;
        return Ok(conn.finish().await?);
    };
    // An address that cannot be used is no attempt of this mail.
    let transport = transport(app, smtp)?;
    let Some(mail) = mails::begin_attempt(&mut conn, id).await? else {
        return Ok(());
    };
    conn.finish().await?;
    let outcome = bounded(hand_in(app, smtp, transport, &mail)).await;
    record(app, &mail, outcome).await
}

/// Gives up a mail for which the server takes too long.
async fn bounded(
    handing_in: impl Future<Output = Result<(), SmtpFailure>>,
) -> Result<(), SmtpFailure> {
    let in_time = timeout(PATIENCE, handing_in).await;
    in_time.unwrap_or_else(|_| Err(SmtpFailure::Passing(delivery::NO_ANSWER.to_owned())))
}

/// The process' one way to the mail server: mails in a row share its connections.
fn transport<'a>(app: &'a App, smtp: &Smtp) -> Result<&'a Transport, MailError> {
    if let Some(transport) = app.smtp.get() {
        return Ok(transport);
    }
    let transport = Transport::from_url(smtp.url.expose_secret())
        .map_err(MailError::Smtp)?
        .timeout(Some(PATIENCE))
        .build();
    Ok(app.smtp.get_or_init(|| transport))
}

async fn hand_in(
    app: &App,
    smtp: &Smtp,
    transport: &Transport,
    mail: &StoredMail,
) -> Result<(), SmtpFailure> {
    let message = compose(app, smtp, mail)?;
    // A refused login says nothing about this mail, even if the server calls it permanent.
    let entry = transport.test_connection().await;
    entry.map_err(|error| SmtpFailure::Passing(in_words(&error)))?;
    match transport.send(message).await {
        Ok(_) => Ok(()),
        Err(error) if error.is_permanent() => Err(SmtpFailure::Final(in_words(&error))),
        // The server was just tested; what is left is that it knows no SMTPUTF8.
        Err(error) if error.is_client() => Err(SmtpFailure::Final(delivery::ONLY_ASCII.to_owned())),
        Err(error) => Err(SmtpFailure::Passing(in_words(&error))),
    }
}

fn compose(app: &App, smtp: &Smtp, mail: &StoredMail) -> Result<Message, SmtpFailure> {
    let links = open(app, mail)
        .map_err(|error| SmtpFailure::Passing(error.to_string()))?
        .unwrap_or_default();
    let unusable = || SmtpFailure::Final(delivery::UNUSABLE_ADDRESS.to_owned());
    let recipient: Option<Address> = mail.recipient.as_str().parse().ok();
    let recipient = recipient
        .and_then(|it| in_ascii(&it))
        .ok_or_else(unusable)?;
    let sender = in_ascii(&smtp.from.email).ok_or_else(unusable)?;
    // The same id at every attempt, so that a receiver recognises a second copy.
    let host = app.config.public_url.host_str().unwrap_or("localhost");
    Message::builder()
        .from(Mailbox::new(smtp.from.name.clone(), sender))
        .to(Mailbox::new(None, recipient))
        .subject(&mail.subject)
        .message_id(Some(format!("<{}@{host}>", mail.id)))
        .multipart(MultiPart::alternative_plain_html(
            letter::fill(&mail.text, &links),
            letter::fill(&mail.html, &links),
        ))
        .map_err(|_| SmtpFailure::Final(delivery::NOT_COMPOSED.to_owned()))
}

/// An address as every server takes it: with its domain in the ASCII form.
fn in_ascii(address: &Address) -> Option<Address> {
    if address.domain().is_ascii() {
        return Some(address.clone());
    }
    let domain = Host::parse(address.domain()).ok()?;
    Address::new(address.user(), domain.to_string()).ok()
}

async fn record(
    app: &App,
    mail: &StoredMail,
    outcome: Result<(), SmtpFailure>,
) -> Result<(), MailError> {
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    match outcome {
        Ok(()) => mails::mark_sent(&mut tx, mail.id, mail.attempts, now).await?,
        Err(SmtpFailure::Passing(why)) => {
            tracing::warn!(mail.id = %mail.id, "Mail {} was not sent: {why}", mail.id);
            let wait = wait_after(mail.attempts);
            let gives_up = wait.is_none();
            mails::mark_failed(&mut tx, mail.id, mail.attempts, &why, gives_up).await?;
            if let Some(wait) = wait {
                work::put(&mut tx, task(mail.firm, mail.id), now + wait).await?;
            }
        }
        Err(SmtpFailure::Final(why)) => {
            tracing::warn!(mail.id = %mail.id, "Mail {} cannot be sent: {why}", mail.id);
            mails::mark_failed(&mut tx, mail.id, mail.attempts, &why, true).await?;
        }
    }
    tx.commit().await?;
    Ok(())
}

/// The wait after attempt number `attempts`, counted from one.
fn wait_after(attempts: i32) -> Option<TimeDelta> {
    let nth = usize::try_from(attempts - 1).unwrap_or_default();
    WAITS.get(nth).copied()
}

/// The server's answer may quote the recipient, so only its kind is kept.
fn in_words(error: &SmtpError) -> String {
    if let Some(status) = error.status() {
        delivery::answered(status)
    } else if error.is_timeout() {
        delivery::NO_ANSWER.to_owned()
    } else if error.is_tls() {
        delivery::NO_SECURE_CONNECTION.to_owned()
    } else {
        delivery::NOT_REACHED.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_server_that_says_nothing_is_left_after_a_minute() {
        let began = tokio::time::Instant::now();
        let outcome = bounded(std::future::pending()).await;
        assert!(matches!(outcome, Err(SmtpFailure::Passing(_))));
        assert_eq!(began.elapsed(), std::time::Duration::from_secs(60));
    }

    #[test]
    fn attempts_end_after_more_than_a_day() {
        let waits: Vec<TimeDelta> = (1..).map_while(wait_after).collect();
        assert_eq!(waits.len(), 7);
        assert!(waits.into_iter().sum::<TimeDelta>() > TimeDelta::hours(24));
    }
}
