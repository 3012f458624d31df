//! Mails around what support may do for a firm, and what it sends.

use chrono::{DateTime, Utc};
use secrecy::SecretString;

use super::{Letter, Section, shown};

/// Asks the firm whether `by` may act for it; `question` is in their own words.
pub(crate) fn consent_question(
    product: &str,
    by: &str,
    question: &str,
    link: SecretString,
) -> Letter {
    let by = shown(by);
    Letter::new("consent", format!("May {product} support act for you?"))
        .paragraph(format!(
            "{by} would like to go through your Procore setup for you: {question}"
        ))
        .paragraph(
            "You agree with one button, for 7 days, and can stop it at any time. Support never reads or enters your client secret, and everything they do carries their name.",
        )
        .action("Answer", link)
        .closing("You can also reply to this mail.")
}

/// Tells the person who asked that the firm agreed.
pub(crate) fn consent_given(firm: &str, by: &str, link: SecretString) -> Letter {
    let (firm, by) = (shown(firm), shown(by));
    Letter::new("consent", format!("{firm} lets support act for them"))
        .paragraph(format!(
            "{by} agreed that support may act for {firm} for 7 days. Nothing else is needed."
        ))
        .action("Open the queue", link)
}

/// Tells the firm that `by` recorded what `who` had answered by mail.
pub(crate) fn consent_recorded(
    product: &str,
    by: &str,
    who: &str,
    when: DateTime<Utc>,
    quote: &str,
    at_once: bool,
    link: SecretString,
) -> Letter {
    let (by, who) = (shown(by), shown(who));
    let begins = match at_once {
        true => "Support may act for you from now on, for 7 days.",
        false => {
            "Support may act for you from 15 minutes after this mail was sent, or as soon as a lead of support confirms it, for 7 days."
        }
    };
    Letter::new("consent", format!("{product} support may act for you"))
        .paragraph(format!(
            "{by} recorded that {who} agreed by mail on {}: “{quote}”",
            when.format("%-d %B %Y"),
        ))
        .paragraph(begins)
        .paragraph("If this is not what you agreed to, stop it: that takes effect at once.")
        .action("View support access", link)
}

/// What has to be changed in Procore. `step` leads an admin of the firm to the step.
pub(crate) fn fixes(
    product: &str,
    firm: &str,
    by: &str,
    fixes: &Section,
    step: Option<SecretString>,
) -> Letter {
    let (firm, by) = (shown(firm), shown(by));
    let mut letter = Letter::new("fixes", format!("What to change in Procore for {firm}"))
        .paragraph(format!(
            "{by} from our support team sends you what is missing to connect {firm}’s Procore to {product}."
        ))
        .section(Some(fixes.clone()))
        .closing(
            "Never send a client secret by mail. Only the firm itself enters it, on our page.",
        );
    if let Some(step) = step {
        letter = letter.action("Open the step", step);
    }
    letter
}
