//! Support reads a mail.

use uuid::Uuid;

use super::Error;
use crate::app::App;
use crate::identity::{Actor, DeskVerb};
use crate::mail::{self, Reading};
use crate::store::mails::{self, StoredMail};

/// A mail and its text: links masked, in clear only in the demo.
pub async fn run(app: &App, actor: &Actor, id: Uuid) -> Result<(StoredMail, String), Error> {
    actor.may_at_desk(DeskVerb::SeeMail)?;
    let reading = if app.config.demo {
        Reading::Clear
    } else {
        Reading::Masked
    };
    let mail = find(app, id).await?;
    let text = mail::read(app, &mail, reading)?;
    Ok((mail, text))
}

/// A mail's text with its links, as its recipient has it. For the operator's own machine and for
/// tests: no page calls it.
pub async fn in_clear(app: &App, id: Uuid) -> Result<String, Error> {
    let mail = find(app, id).await?;
    Ok(mail::read(app, &mail, Reading::Clear)?)
}

async fn find(app: &App, id: Uuid) -> Result<StoredMail, Error> {
    let mut conn = app.db.acquire().await?;
    mails::find(&mut conn, id).await?.ok_or(Error::Missing)
}
