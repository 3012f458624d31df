//! What the colleague and the admin are written.

use secrecy::SecretString;
use sqlx::PgConnection;

use super::super::Error;
use super::Held;
use crate::app::App;
use crate::identity::{FirmId, Task};
use crate::mail::{self, Letter, Section};
use crate::onboarding::hand_over::Outcome;
use crate::paths;
use crate::store::hand_overs::{Asked, HandOver};
use crate::store::memberships;

/// A check that stands open, with what mends it: what the firm sees on its own page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// The check by its key.
    pub check: String,
    /// What is the matter, in one line.
    pub title: String,
    /// What was tried, what Procore answered with the levels needed and found, and why.
    pub text: String,
    /// What to do, click by click.
    pub steps: Vec<String>,
    /// Who can do it, and the reference.
    pub small: String,
}

/// Asks the colleague.
pub(super) fn ask(
    app: &App,
    asked: &Asked,
    firm: &str,
    link: SecretString,
    fixes: &[Fix],
) -> Letter {
    let product = &app.config.product_name;
    let by = &asked.asked_by;
    let (subject, what) = match asked.task {
        Task::EnterCredentials => (
            format!("{by} asks you for {firm}’s Procore details"),
            format!(
                "{by} is connecting {firm}’s Procore to {product} and asks you for one thing: enter \
                 the Client ID and the client secret from Procore. The page shows where they are. \
                 You enter them there yourself; nobody needs to send a secret by mail."
            ),
        ),
        Task::FixPermissions => (
            format!("{by} asks you to change permissions in {firm}’s Procore"),
            format!(
                "{by} is connecting {firm}’s Procore to {product} and asks you for one thing: change \
                 in Procore what is listed {}. You need to be an administrator of your Procore \
                 company.",
                if fixes.is_empty() {
                    "on the page"
                } else {
                    "below"
                }
            ),
        ),
    };
    let mut letter = Letter::new("handover", subject)
        .paragraph(format!("Hello {},", asked.name))
        .paragraph(what);
    for fix in fixes {
        letter = letter.section(Section {
            title: fix.title.clone(),
            text: fix.text.clone(),
            steps: fix.steps.clone(),
            small: fix.small.clone(),
        });
    }
    let (action, closing) = match asked.task {
        Task::EnterCredentials => (
            "Enter the details",
            "The link opens this one task, without an account, for seven days.",
        ),
        Task::FixPermissions => (
            "See what to do, and check it",
            "The page shows each point with drawings, and checks with Procore whether it is done. \
             The link opens this one task, without an account, for seven days.",
        ),
    };
    letter.action(action, link).closing(closing).closing(format!(
        "If you do not know {by}, ignore this mail. Forward it only to somebody who shall do it in \
         your place."
    ))
}

/// Tells whoever asked what became of it; everybody of the firm, where that person is gone or is
/// none of them.
pub(super) async fn tell(
    conn: &mut PgConnection,
    app: &App,
    held: &Held,
    outcome: Outcome,
    reason: Option<&str>,
    checks: Option<&str>,
) -> Result<(), Error> {
    let name = &held.hand_over.name;
    let firm = &held.firm.name;
    let (subject, what) = match (outcome, held.hand_over.task) {
        (Outcome::Done, Task::EnterCredentials) => (
            format!("{name} entered the Procore details"),
            format!("{name} says that the Procore details of {firm} are entered."),
        ),
        (Outcome::Done, Task::FixPermissions) => (
            format!("{name} changed the permissions in Procore"),
            format!("{name} says that the permissions in {firm}’s Procore are changed."),
        ),
        (Outcome::Cannot, Task::EnterCredentials) => (
            format!("{name} cannot enter the Procore details"),
            format!("{name} cannot enter the Procore details of {firm}."),
        ),
        (Outcome::Cannot, Task::FixPermissions) => (
            format!("{name} cannot change the permissions in Procore"),
            format!("{name} cannot change the permissions in {firm}’s Procore."),
        ),
    };
    let mut letter = Letter::new("handover_answered", subject).paragraph(what);
    if let Some(reason) = reason {
        letter = letter.paragraph(format!("In their words: “{reason}”"));
    }
    if let Some(checks) = checks {
        letter = letter.paragraph(checks);
    }
    to_asker(conn, app, &held.hand_over, letter).await
}

/// Tells whoever asked that the checks pass, although the colleague has not said so.
pub(super) async fn tell_that_it_passes(
    conn: &mut PgConnection,
    app: &App,
    hand_over: &HandOver,
    firm: &str,
) -> Result<(), Error> {
    let name = &hand_over.name;
    let letter = Letter::new("handover_answered", "The checks in Procore pass now").paragraph(format!(
        "You asked {name} for help with {firm}’s Procore. All checks pass now, so you can go on. \
         {name} has not said that they are done; there is nothing more to wait for."
    ));
    to_asker(conn, app, hand_over, letter).await
}

async fn to_asker(
    conn: &mut PgConnection,
    app: &App,
    hand_over: &HandOver,
    letter: Letter,
) -> Result<(), Error> {
    let firm = hand_over.firm;
    let letter = letter.action("Continue setup", concierge(app, firm));
    let members = memberships::list(conn, firm).await?;
    let asker = members
        .iter()
        .find(|member| Some(member.person) == hand_over.asked_by_id);
    let readers = match asker {
        Some(asker) => vec![asker],
        None => members.iter().collect(),
    };
    for reader in readers {
        mail::queue(conn, app, Some(firm), &reader.email, &letter).await?;
    }
    Ok(())
}

/// Where a link leads.
pub(super) fn link(app: &App, token: &SecretString) -> SecretString {
    app.link(&paths::handover(token))
}

fn concierge(app: &App, firm: FirmId) -> SecretString {
    app.link(&paths::concierge(firm))
}
