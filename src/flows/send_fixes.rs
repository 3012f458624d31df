//! *Send these fixes*: what failed and how it is mended, by mail.

use sqlx::PgConnection;

use super::Error;
use super::case::{self, CaseError, Held, SeenCase};
use super::hand_over::Fix;
use super::send_link::step_address;
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::identity::{Actor, Email, PersonId, Remark, Verb};
use crate::mail::{self, Letter, Section};
use crate::onboarding::case::{WhyNot, write_to_firm};
use crate::store::{activities, cases, firms, memberships};

/// Whom the fixes go to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reader {
    /// An admin of the firm, who also gets the way to the step.
    Admin(PersonId),
    /// Whoever mends it in Procore. They get the steps and no link.
    Address(Email),
}

/// Mails the fixes.
pub async fn run(
    app: &App,
    actor: &Actor,
    page: SeenCase,
    reader: &Reader,
    fixes: &[Fix],
    reason: &Remark,
) -> Result<(), CaseError> {
    let mut tx = app.db.begin().await?;
    let (verb, deed) = (Verb::SendFixes, ActivityVerb::CaseFixesSent);
    let held = case::begin(&mut tx, app, actor, verb, deed, page).await?;
    let Some(held) = held else { return Ok(()) };
    write_to_firm(&held.evidence)?;
    if fixes.is_empty() {
        return Err(WhyNot::NothingToFix.into());
    }
    let letter = letter(&mut tx, app, actor, &held, fixes).await?;
    let (email, letter, name) = match reader {
        Reader::Admin(person) => {
            let members = memberships::list(&mut tx, held.firm).await?;
            let admin = members.into_iter().find(|member| member.person == *person);
            let admin = admin.ok_or(Error::Missing)?;
            let letter = letter.action("Open the step", step_address(app, &held));
            (admin.email, letter, admin.name)
        }
        Reader::Address(email) => (email.clone(), letter, "an address of the firm’s".to_owned()),
    };
    let queued = mail::queue(&mut tx, app, Some(held.firm), &email, &letter).await;
    queued?;
    let activity = app
        .activity(actor, ActivityVerb::SupportFixesSent)
        .about(&name);
    activities::record(&mut tx, &activity).await?;
    case::finish(&mut tx, app, actor, &held, Some(&name), reason).await?;
    cases::set_contacted(
        &mut tx,
        held.firm,
        held.onboarding.id.into(),
        app.clock.now(),
    )
    .await?;
    tx.commit().await?;
    Ok(())
}

async fn letter(
    conn: &mut PgConnection,
    app: &App,
    actor: &Actor,
    held: &Held,
    fixes: &[Fix],
) -> Result<Letter, CaseError> {
    let product = &app.config.product_name;
    let firm = firms::find(conn, held.firm).await?.ok_or(Error::Missing)?;
    let points = match fixes.len() {
        1 => "one thing".to_owned(),
        several => format!("{several} things"),
    };
    let subject = format!("What to change in Procore for {}", firm.name);
    let mut letter = Letter::new("fixes", subject).paragraph(format!(
        "{} of our support sends you what is missing to connect {}’s Procore to {product}: {points}.",
        actor.name(),
        firm.name,
    ));
    for fix in fixes {
        letter = letter.section(Section {
            title: fix.title.clone(),
            text: fix.text.clone(),
            steps: fix.steps.clone(),
            small: fix.small.clone(),
        });
    }
    Ok(letter.closing(
        "Never send a client secret by mail. It is entered on our page by the firm alone.",
    ))
}
