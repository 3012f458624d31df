//! Support reads a mail.

use super::Error;
use crate::app::App;
use crate::identity::{Actor, DeskVerb, MailId};
use crate::mail::{self, LinkDisplay};
use crate::store::mails::{self, StoredMail};

/// A mail and its text, with its links masked except in the demo.
pub async fn run(app: &App, actor: &Actor, id: MailId) -> Result<(StoredMail, String), Error> {
    actor.may_at_desk(DeskVerb::SeeMail)?;
    let reading = if app.config.demo {
        LinkDisplay::Clear
    } else {
        LinkDisplay::Masked
    };
    let mail = find(app, id).await?;
    let text = mail::read(app, &mail, reading)?;
    Ok((mail, text))
}

/// A mail's text with its links, for the demo's own output and for tests. No page calls it.
pub async fn in_clear(app: &App, id: MailId) -> Result<String, Error> {
    let mail = find(app, id).await?;
    Ok(mail::read(app, &mail, LinkDisplay::Clear)?)
}

async fn find(app: &App, id: MailId) -> Result<StoredMail, Error> {
    let mut conn = app.db.acquire().await?;
    mails::find(&mut conn, id).await?.ok_or(Error::Missing)
}
