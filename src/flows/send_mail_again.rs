//! Support sends a mail again that could not be delivered.

use super::Error;
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::identity::{Actor, DeskVerb, MailId};
use crate::mail;
use crate::store::{activities, mails};

/// Queues it again, as it was written: its links lead where they led.
pub(crate) async fn run(app: &App, actor: &Actor, id: MailId) -> Result<(), Error> {
    actor.may_at_desk(DeskVerb::SendMailAgain)?;
    let mut tx = app.db.begin().await?;
    let mail = mails::find(&mut tx, id).await?.ok_or(Error::Missing)?;
    if !mail::queue_again(&mut tx, app, &mail).await? {
        return Err(Error::Stale);
    }
    let activity = app
        .activity(actor, ActivityVerb::MailSentAgain)
        .about(&mail.subject)
        .for_staff_only();
    let activity = match mail.firm {
        Some(firm) => activity.at_firm(firm),
        None => activity,
    };
    activities::record(&mut tx, &activity).await?;
    tx.commit().await?;
    Ok(())
}
