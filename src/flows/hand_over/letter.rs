//! Mails about a task to the person who asked.

use secrecy::SecretString;
use sqlx::PgConnection;

use super::super::Error;
use super::OpenedLink;
use crate::app::App;
use crate::mail;
use crate::onboarding::hand_over::HandOverOutcome;
use crate::paths;
use crate::store::hand_overs::HandOver;
use crate::store::memberships;
use crate::text::mails::{Letter, Section, hand_over as mails};

/// What stands open, and how to fix it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fixes {
    /// The checks that failed, by their keys.
    pub checks: Vec<String>,
    /// The card that the firm sees on its own page.
    pub section: Section,
}

/// Tells the person who asked how the task went.
pub(super) async fn tell(
    conn: &mut PgConnection,
    app: &App,
    opened: &OpenedLink,
    outcome: HandOverOutcome,
    reason: Option<&str>,
    checks: Option<&str>,
) -> Result<(), Error> {
    let hand_over = &opened.hand_over;
    let letter = mails::answered(
        &opened.firm.name,
        &hand_over.name,
        hand_over.task,
        outcome,
        reason,
        checks,
        concierge(app, hand_over),
    );
    to_asker(conn, app, hand_over, &letter).await
}

/// Tells the person who asked that the checks pass, although the colleague has not answered.
pub(super) async fn tell_that_it_passes(
    conn: &mut PgConnection,
    app: &App,
    hand_over: &HandOver,
    firm: &str,
) -> Result<(), Error> {
    let letter = mails::passes(firm, &hand_over.name, concierge(app, hand_over));
    to_asker(conn, app, hand_over, &letter).await
}

/// Mails the person who asked; all admins of the firm, if that person has left or is not one of
/// them.
async fn to_asker(
    conn: &mut PgConnection,
    app: &App,
    hand_over: &HandOver,
    letter: &Letter,
) -> Result<(), Error> {
    let firm = hand_over.firm;
    let members = memberships::list(conn, firm).await?;
    let asker = members
        .iter()
        .find(|member| Some(member.person) == hand_over.asked_by_id);
    let readers = match asker {
        Some(asker) => vec![asker],
        None => members.iter().collect(),
    };
    for reader in readers {
        mail::queue(conn, app, Some(firm), &reader.email, letter).await?;
    }
    Ok(())
}

fn concierge(app: &App, hand_over: &HandOver) -> SecretString {
    app.link(&paths::concierge(hand_over.firm))
}
