//! Mails go in here, and are read here by those who may.

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

use super::MailError;
use super::letter::{self, Letter, Reading};
use crate::app::App;
use crate::identity::{Email, FirmId};
use crate::jobs::Job;
use crate::store::mails::{self, MailState, StoredMail};
use crate::vault::{Purpose, Sealed};

/// The kind of the job that sends what is due.
pub const JOB: &str = "mail.send";

/// Mail that was kept for want of SMTP is sent if SMTP comes within this time; invitations, the
/// mails that matter most, live as long.
const KEPT_IS_OF_USE: TimeDelta = TimeDelta::days(7);

/// Writes a mail into the outbox. It is sent when and only when the caller's transaction commits.
pub async fn queue(
    conn: &mut PgConnection,
    app: &App,
    firm: Option<FirmId>,
    to: &Email,
    letter: &Letter,
) -> Result<Uuid, MailError> {
    let now = app.clock.now();
    let id = app.clock.new_id();
    let set = letter.set(&app.config.product_name)?;
    let state = match app.config.smtp {
        Some(_) => MailState::Queued,
        None => MailState::Kept,
    };
    let mail = StoredMail {
        id,
        firm,
        recipient: to.clone(),
        kind: letter.kind.to_owned(),
        subject: letter.subject.clone(),
        text: set.text,
        html: set.html,
        links: seal(app, id, &set.links)?,
        state,
        attempts: 0,
        created_at: now,
        due_at: Some(now),
        sent_at: None,
        failure: None,
    };
    mails::create(conn, &mail).await?;
    match state {
        MailState::Queued => wake(conn, app).await?,
        MailState::Kept | MailState::Sending | MailState::Sent | MailState::Failed => {}
    }
    Ok(id)
}

/// A mail's text as a reader here may see it.
pub fn read(app: &App, mail: &StoredMail, reading: Reading) -> Result<String, MailError> {
    match (reading, open(app, mail)?) {
        (Reading::Clear, Some(links)) => Ok(letter::fill(&mail.text, &links)),
        (Reading::Clear, None) | (Reading::Masked, _) => Ok(letter::mask(&mail.text)),
    }
}

/// Wakes a worker if a mail is due; says how many calls it made.
pub async fn sweep(app: &App) -> Result<usize, MailError> {
    if app.config.smtp.is_none() {
        return Ok(0);
    }
    let now = app.clock.now();
    let mut conn = app.db.acquire().await?;
    if !mails::any_due(&mut conn, now, kept_since(now)).await? {
        return Ok(0);
    }
    wake(&mut conn, app).await?;
    Ok(1)
}

pub(super) fn kept_since(now: DateTime<Utc>) -> DateTime<Utc> {
    now - KEPT_IS_OF_USE
}

async fn wake(conn: &mut PgConnection, app: &App) -> Result<(), MailError> {
    Ok(app
        .jobs
        .enqueue(conn, &Job::new(JOB, "due", Value::Null))
        .await?)
}

fn seal(app: &App, id: Uuid, links: &[SecretString]) -> Result<Option<Sealed>, MailError> {
    if links.is_empty() {
        return Ok(None);
    }
    // One to a line: an address holds no line break.
    let joined: Vec<&str> = links.iter().map(ExposeSecret::expose_secret).collect();
    let joined = SecretString::from(joined.join("\n"));
    Ok(Some(app.vault.seal(Purpose::MailLinks, id, &joined)?))
}

/// A mail's links, unless they were wiped; a mail without links has none to lose.
pub(super) fn open(app: &App, mail: &StoredMail) -> Result<Option<Vec<SecretString>>, MailError> {
    let Some(sealed) = &mail.links else {
        return Ok(None);
    };
    let joined = app.vault.open(Purpose::MailLinks, mail.id, sealed)?;
    Ok(Some(
        joined
            .expose_secret()
            .lines()
            .map(SecretString::from)
            .collect(),
    ))
}
