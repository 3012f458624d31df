//! What people are told about a run: timeline, the queue's line, mail.

use secrecy::SecretString;
use sqlx::PgConnection;

use super::failure::Halt;
use super::hands::Hands;
use crate::activity::ActivityVerb;
use crate::identity::{Actor, FirmId};
use crate::mail;
use crate::onboarding::ledger::RunKind;
use crate::store::actions::Entry;
use crate::store::activities::{self, NewActivity};
use crate::store::{memberships, onboardings, queue_lines, runs};
use crate::text::mails::{self, Letter};
use crate::verdict::ReasonCode;

/// Writes a line of the timeline, in the product's own name.
pub(super) async fn tell(
    conn: &mut PgConnection,
    hands: &Hands<'_>,
    verb: ActivityVerb,
    about: String,
) -> Result<(), Halt> {
    let actor = Actor::system_for(FirmId(hands.held.firm_id));
    let id = hands.app.clock.new_id();
    let activity = NewActivity::new(id, hands.now(), &actor, verb).about(about);
    Ok(activities::record(conn, &activity).await?)
}

/// Tells that a run needs a person: once per cause, however often it is tried again in vain. A
/// removal is support's to see to, who find it in their queue; the firm is not written to.
pub(super) async fn needs_person(
    conn: &mut PgConnection,
    hands: &Hands<'_>,
    entry: &Entry,
    code: ReasonCode,
) -> Result<(), Halt> {
    let about = format!("{} ({code})", entry.action.label());
    let Some(run) = runs::find(conn, hands.held.firm_id, hands.held.run_id).await? else {
        return Ok(());
    };
    match run.kind {
        RunKind::Completion => {
            tell(conn, hands, ActivityVerb::CompletionNeedsPerson, about).await?
        }
        RunKind::Removal => {
            return tell(conn, hands, ActivityVerb::RemovalNeedsPerson, about).await;
        }
    }
    if run.told_code != Some(code) {
        runs::set_told(conn, &hands.held, Some(code)).await?;
        let product = &hands.app.config.product_name;
        let link = address(hands, "/setup/complete");
        let letter = mails::setup::needs_person(product, entry.action, code, link);
        write(conn, hands, &letter).await?;
    }
    Ok(())
}

/// Tells that Procore is connected.
pub(super) async fn done(
    conn: &mut PgConnection,
    hands: &Hands<'_>,
    company: &str,
) -> Result<(), Halt> {
    tell(
        conn,
        hands,
        ActivityVerb::CompletionDone,
        company.to_owned(),
    )
    .await?;
    let product = &hands.app.config.product_name;
    let letter = mails::setup::completed(product, company, address(hands, ""));
    write(conn, hands, &letter).await
}

/// Tells that nothing of ours is in Procore any more, as far as Procore let us.
pub(super) async fn removed(
    conn: &mut PgConnection,
    hands: &Hands<'_>,
    left: bool,
) -> Result<(), Halt> {
    let about = match left {
        true => "Our webhook has to be removed in Procore by hand",
        false => "Our webhook is removed from Procore",
    };
    tell(conn, hands, ActivityVerb::RemovalDone, about.to_owned()).await
}

/// Writes to everybody who may act for the firm: whoever confirmed the plan may be away.
async fn write(conn: &mut PgConnection, hands: &Hands<'_>, letter: &Letter) -> Result<(), Halt> {
    let firm = FirmId(hands.held.firm_id);
    for member in memberships::list(conn, firm).await? {
        let queued = mail::queue(conn, hands.app, Some(firm), &member.email, letter).await;
        queued.map_err(anyhow::Error::from)?;
    }
    Ok(())
}

/// A page of the firm's integration.
fn address(hands: &Hands<'_>, page: &str) -> SecretString {
    let base = hands.app.config.public_url.as_str().trim_end_matches('/');
    let firm = hands.held.firm_id;
    SecretString::from(format!("{base}/firms/{firm}/procore{page}"))
}

/// Brings the support queue's line up to date.
pub(super) async fn queue_line(conn: &mut PgConnection, hands: &Hands<'_>) -> Result<(), Halt> {
    let run = runs::find(conn, hands.held.firm_id, hands.held.run_id).await?;
    if let Some(run) = run {
        let (firm, now) = (FirmId(run.firm_id), hands.now());
        let onboarding = onboardings::find_id_of_connection(conn, firm, run.connection_id).await?;
        if let Some(onboarding) = onboarding {
            queue_lines::refresh(conn, firm, onboarding.into(), now).await?;
        }
    }
    Ok(())
}
