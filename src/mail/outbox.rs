//! The outbox: mails are queued and read here.

use chrono::TimeDelta;
use secrecy::{ExposeSecret, SecretString};
use sqlx::PgConnection;

use super::MailError;
use super::letter::{self, LinkDisplay};
use crate::app::App;
use crate::identity::{Email, FirmId, MailId};
use crate::store::mails::{self, MailState, StoredMail};
use crate::text::mails::Letter;
use crate::vault::{Purpose, Sealed};
use crate::work::{self, Task};

/// The kind of work that sends a mail.
pub const KIND: &str = "mail";

/// Mail stored while SMTP is not configured is sent if that changes within this time, which is as
/// long as invitations work.
const KEPT_IS_OF_USE: TimeDelta = TimeDelta::days(7);

/// Writes a mail into the outbox. It is sent only if the caller's transaction commits.
pub async fn queue(
    conn: &mut PgConnection,
    app: &App,
    firm: Option<FirmId>,
    to: &Email,
    letter: &Letter,
) -> Result<MailId, MailError> {
    let now = app.clock.now();
    let id: MailId = app.clock.new_id();
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
        sent_at: None,
        failure: None,
    };
    mails::create(conn, &mail).await?;
    match state {
        MailState::Queued => work::put(conn, task(firm, id), now).await?,
        MailState::Kept | MailState::Sent | MailState::Failed => {}
    }
    Ok(id)
}

/// Queues a mail that was given up, with all its attempts ahead. Whether it was one.
pub async fn queue_again(
    conn: &mut PgConnection,
    app: &App,
    mail: &StoredMail,
) -> Result<bool, MailError> {
    let is_queued = mails::requeue_failed(conn, mail.id).await?;
    if is_queued {
        work::put(conn, task(mail.firm, mail.id), app.clock.now()).await?;
    }
    Ok(is_queued)
}

/// A mail's text as a reader here may see it.
pub fn read(app: &App, mail: &StoredMail, reading: LinkDisplay) -> Result<String, MailError> {
    match (reading, open(app, mail)?) {
        (LinkDisplay::Clear, Some(links)) => Ok(letter::fill(&mail.text, &links)),
        (LinkDisplay::Clear, None) | (LinkDisplay::Masked, _) => Ok(letter::mask(&mail.text)),
    }
}

/// The work of sending a mail.
pub(super) fn task(firm: Option<FirmId>, id: MailId) -> Task {
    Task {
        kind: KIND,
        key: id.0,
        firm,
    }
}

/// Queues the mails stored while there was no SMTP, if they are still useful.
pub async fn send_kept(app: &App) -> Result<(), MailError> {
    if app.config.smtp.is_none() {
        return Ok(());
    }
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    for (firm, id) in mails::requeue_kept(&mut tx, now - KEPT_IS_OF_USE).await? {
        work::put(&mut tx, task(firm, id), now).await?;
    }
    tx.commit().await?;
    Ok(())
}

fn seal(app: &App, id: MailId, links: &[SecretString]) -> Result<Option<Sealed>, MailError> {
    if links.is_empty() {
        return Ok(None);
    }
    // One per line; a URL contains no line break.
    let joined: Vec<&str> = links.iter().map(ExposeSecret::expose_secret).collect();
    let joined = SecretString::from(joined.join("\n"));
    Ok(Some(app.vault.seal(Purpose::MailLinks, id, &joined)?))
}

/// A mail's links; `None` if they were wiped.
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
