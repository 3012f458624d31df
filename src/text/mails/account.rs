//! Mails about somebody's account.

use secrecy::SecretString;

use super::{Letter, greeting};

/// Invites somebody to act for a firm; `by` is the person who invites them, if it is one.
pub(crate) fn firm_invitation(
    product: &str,
    firm: &str,
    by: Option<&str>,
    link: SecretString,
) -> Letter {
    let what = match by {
        Some(by) => format!("{by} invites you to act for {firm} in {product}."),
        None => format!("You are invited to act for {firm} in {product}."),
    };
    let subject = format!("Connect Procore to {product} for {firm}");
    invitation(subject, link).paragraph(what).paragraph(
        "You can then set up the connection to your Procore company, alone or together with others from your firm.",
    )
}

/// Invites somebody to join support.
pub(crate) fn support_invitation(product: &str, link: SecretString) -> Letter {
    invitation(format!("Join the support team of {product}"), link)
        .paragraph(format!(
            "You are invited to help firms connect Procore to {product}."
        ))
        .paragraph("Have an authenticator app ready: support staff sign in with a second factor.")
}

fn invitation(subject: String, link: SecretString) -> Letter {
    Letter::new("invitation", subject)
        .action("Accept the invitation", link)
        .closing("The link works once, within seven days, and only for this address.")
}

/// To somebody who forgot their password.
pub(crate) fn reset(product: &str, name: &str, link: SecretString) -> Letter {
    new_password(product, name, link)
        .paragraph("Somebody, probably you, asked for a link to choose a new password.")
        .closing("The link works once, within one hour.")
        .closing("If it was not you, ignore this mail: your password stays as it is.")
}

/// The same link, sent by `by` of our support.
pub(crate) fn reset_by_support(product: &str, name: &str, by: &str, link: SecretString) -> Letter {
    new_password(product, name, link)
        .paragraph(format!(
            "{by} from our support team sends you a link to choose a new password."
        ))
        .closing("The link works once, within 24 hours.")
        .closing("If you did not ask for it, ignore this mail: your password stays as it is.")
}

fn new_password(product: &str, name: &str, link: SecretString) -> Letter {
    Letter::new("reset", format!("Choose a new password for {product}"))
        .paragraph(greeting(name))
        .action("Choose a new password", link)
}

/// Tells somebody that their password was changed, in case it was not them.
pub(crate) fn password_changed(product: &str, name: &str, reset: SecretString) -> Letter {
    Letter::new(
        "password_changed",
        format!("Your {product} password was changed"),
    )
    .paragraph(greeting(name))
    .paragraph("Your password was changed just now, and your other devices were signed out.")
    .action("It was not me", reset)
    .closing("If it was you, there is nothing to do.")
}
