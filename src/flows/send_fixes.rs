//! *Send these fixes*: what failed and how it is fixed, by mail.

use super::Error;
use super::case::{self, CaseError, SeenCase};
use super::hand_over::Fixes;
use super::send_link::step_address;
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::identity::{Actor, Email, PersonId, Remark, Verb};
use crate::mail;
use crate::onboarding::case::{WhyNot, write_to_firm};
use crate::store::{activities, cases, firms, memberships};
use crate::text::mails;

/// The recipient of the fixes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reader {
    /// An admin of the firm, who also gets a link to the step.
    Admin(PersonId),
    /// The person who fixes it in Procore. They get the steps and no link.
    Address(Email),
}

/// Mails the fixes.
pub(crate) async fn run(
    app: &App,
    actor: &Actor,
    page: SeenCase,
    reader: &Reader,
    fixes: Option<&Fixes>,
    reason: &Remark,
) -> Result<(), CaseError> {
    let mut tx = app.db.begin().await?;
    let (verb, change) = (Verb::SendFixes, ActivityVerb::CaseFixesSent);
    let locked = case::begin(&mut tx, app, actor, verb, change, page).await?;
    let Some(locked) = locked else { return Ok(()) };
    write_to_firm(&locked.evidence)?;
    let fixes = fixes.ok_or(WhyNot::NothingToFix)?;
    let firm = firms::find(&mut tx, locked.firm)
        .await?
        .ok_or(Error::Missing)?;
    let (email, name, step) = match reader {
        Reader::Admin(person) => {
            let members = memberships::list(&mut tx, locked.firm).await?;
            let admin = members.into_iter().find(|member| member.person == *person);
            let admin = admin.ok_or(Error::Missing)?;
            (
                admin.email,
                Some(admin.name),
                Some(step_address(app, &locked)),
            )
        }
        Reader::Address(email) => (email.clone(), None, None),
    };
    let product = &app.config.product_name;
    let letter = mails::support::fixes(product, &firm.name, actor.name(), &fixes.section, step);
    let queued = mail::queue(&mut tx, app, Some(locked.firm), &email, &letter).await;
    queued?;
    let mut activity = app.activity(actor, ActivityVerb::SupportFixesSent);
    if let Some(name) = &name {
        activity = activity.about(name);
    }
    activities::record(&mut tx, &activity).await?;
    case::finish(&mut tx, app, actor, &locked, name.as_deref(), reason).await?;
    cases::set_contacted(&mut tx, locked.firm, locked.onboarding.id, app.clock.now()).await?;
    tx.commit().await?;
    Ok(())
}
