//! Sends what is due.

use chrono::{DateTime, TimeDelta, Utc};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::Error as SmtpError;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use secrecy::ExposeSecret;

use super::outbox::{kept_since, open};
use super::{MailError, letter};
use crate::app::App;
use crate::config::Smtp;
use crate::store::mails::{self, StoredMail};

/// How long a worker may take over one mail before another does. Longer than [`PATIENCE`].
const LEASE: TimeDelta = TimeDelta::minutes(5);
/// How long the mail server may take to answer.
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

/// Why one mail did not go out. Says nothing of the recipient.
enum Failure {
    /// Worth another attempt.
    Passing(String),
    /// It will never go out.
    Final(String),
}

/// Sends every mail that is due, one after the other. Each is first taken for this worker alone,
/// so that no two send the same one. Does nothing while this process is sending already.
pub async fn send_due(app: &App) -> Result<(), MailError> {
    let Some(smtp) = &app.config.smtp else {
        return Ok(());
    };
    let Ok(_turn) = app.sending.try_lock() else {
        return Ok(()); // whoever has it takes these too
    };
    let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(smtp.url.expose_secret())
        .map_err(MailError::Smtp)?
        .timeout(Some(PATIENCE))
        .build();
    loop {
        let now = app.clock.now();
        let mut conn = app.db.acquire().await?;
        let claimed = mails::claim(&mut conn, now, kept_since(now), now + LEASE).await?;
        drop(conn);
        let Some(mail) = claimed else { return Ok(()) };
        let outcome = send(app, smtp, &transport, &mail).await;
        record(app, &mail, outcome).await?;
    }
}

async fn send(
    app: &App,
    smtp: &Smtp,
    transport: &AsyncSmtpTransport<Tokio1Executor>,
    mail: &StoredMail,
) -> Result<(), Failure> {
    let message = compose(app, smtp, mail)?;
    // A server that does not let us in has said nothing about this mail, however firmly it says so.
    let entry = transport.test_connection().await;
    entry.map_err(|error| Failure::Passing(in_words(&error)))?;
    match transport.send(message).await {
        Ok(_) => Ok(()),
        Err(error) if error.is_permanent() => Err(Failure::Final(in_words(&error))),
        Err(error) => Err(Failure::Passing(in_words(&error))),
    }
}

fn compose(app: &App, smtp: &Smtp, mail: &StoredMail) -> Result<Message, Failure> {
    let links = open(app, mail)
        .map_err(|error| Failure::Passing(error.to_string()))?
        .unwrap_or_default();
    let recipient = mail.recipient.as_str().parse();
    let recipient =
        recipient.map_err(|_| Failure::Final("the address cannot be used".to_owned()))?;
    // The same id at every attempt, so that a receiver can tell a second copy.
    let host = app.config.public_url.host_str().unwrap_or("localhost");
    Message::builder()
        .from(smtp.from.clone())
        .to(Mailbox::new(None, recipient))
        .subject(&mail.subject)
        .message_id(Some(format!("<{}@{host}>", mail.id)))
        .multipart(MultiPart::alternative_plain_html(
            letter::fill(&mail.text, &links),
            letter::fill(&mail.html, &links),
        ))
        .map_err(|_| Failure::Final("the mail could not be composed".to_owned()))
}

async fn record(
    app: &App,
    mail: &StoredMail,
    outcome: Result<(), Failure>,
) -> Result<(), MailError> {
    let now = app.clock.now();
    let mut conn = app.db.acquire().await?;
    match outcome {
        Ok(()) => mails::mark_sent(&mut conn, mail.id, mail.attempts, now).await?,
        Err(Failure::Passing(why)) => {
            let due_at = next_attempt(mail.attempts, now);
            tracing::warn!(mail.id = %mail.id, "Mail {} was not sent: {why}", mail.id);
            mails::mark_failed(&mut conn, mail.id, mail.attempts, &why, due_at).await?;
        }
        Err(Failure::Final(why)) => {
            tracing::warn!(mail.id = %mail.id, "Mail {} cannot be sent: {why}", mail.id);
            mails::mark_failed(&mut conn, mail.id, mail.attempts, &why, None).await?;
        }
    }
    Ok(())
}

/// When to try again after attempt number `attempts`, counted from one.
fn next_attempt(attempts: i32, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let nth = usize::try_from(attempts - 1).unwrap_or_default();
    WAITS.get(nth).map(|wait| now + *wait)
}

/// The server's answer may quote the recipient, so only its kind is kept.
fn in_words(error: &SmtpError) -> String {
    if let Some(status) = error.status() {
        format!("the mail server answered {status}")
    } else if error.is_timeout() {
        "the mail server did not answer in time".to_owned()
    } else if error.is_tls() {
        "no secure connection to the mail server".to_owned()
    } else {
        "the mail server could not be reached".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_end_after_more_than_a_day() {
        let mut now = DateTime::UNIX_EPOCH;
        let mut attempts = 1;
        while let Some(due) = next_attempt(attempts, now) {
            now = due;
            attempts += 1;
        }
        assert_eq!(attempts, 8);
        assert!(now - DateTime::UNIX_EPOCH > TimeDelta::hours(24));
    }
}
