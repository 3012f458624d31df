//! Mails about somebody's account.

use std::net::IpAddr;

use secrecy::SecretString;

use super::{Letter, greeting, shown};
use crate::text::count::{Noun, counted};

/// Invites somebody to act for a firm; `by` is the person who invites them, if it is one.
pub(crate) fn firm_invitation(
    product: &str,
    firm: &str,
    by: Option<&str>,
    link: SecretString,
) -> Letter {
    let (firm, by) = (&shown(firm), by.map(shown));
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
    let by = shown(by);
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

/// Tells somebody that signing in asks for a second factor from now on.
pub(crate) fn second_factor_on(product: &str, name: &str, reset: SecretString) -> Letter {
    changed(
        "second_factor_on",
        format!("A second factor was set up for {product}"),
        name,
        reset,
    )
    .paragraph(
        "Signing in now asks for a code from the authenticator app that was set up just now, and your other devices were signed out.",
    )
}

/// Tells somebody that a password alone lets them in again.
pub(crate) fn second_factor_off(product: &str, name: &str, reset: SecretString) -> Letter {
    changed(
        "second_factor_off",
        format!("The second factor for {product} was removed"),
        name,
        reset,
    )
    .paragraph(
        "Signing in no longer asks for a code from your authenticator app, and your other devices were signed out.",
    )
}

/// Tells somebody that a recovery code stood in for their authenticator app.
pub(crate) fn recovery_code_used(
    product: &str,
    name: &str,
    left: i64,
    reset: SecretString,
) -> Letter {
    changed(
        "recovery_code_used",
        format!("A recovery code was used for {product}"),
        name,
        reset,
    )
    .paragraph(format!(
        "Somebody, probably you, signed in with one of your recovery codes. {} left.",
        counted(left.unsigned_abs(), Noun::RecoveryCode)
    ))
}

/// Tells somebody that `by` asked for the reset of their second factor.
pub(crate) fn factor_reset_asked(
    product: &str,
    name: &str,
    by: &str,
    link: SecretString,
) -> Letter {
    let by = shown(by);
    Letter::new(
        "factor_reset_asked",
        format!("Your second factor for {product} will be removed"),
    )
    .paragraph(greeting(name))
    .paragraph(format!(
        "{by} says that you lost your second factor, and asked us to remove it. We will remove it in 24 hours. After that, your password alone lets you in, until you set up another one."
    ))
    .action("Keep my second factor", link)
    .closing("If you did lose it, there is nothing to do but wait.")
}

/// Tells somebody that they signed in with a browser that is new to us.
pub(crate) fn new_device(
    product: &str,
    name: &str,
    device: &str,
    source: Option<IpAddr>,
    reset: SecretString,
) -> Letter {
    let what = match source {
        Some(source) => format!("{device}, at the address {source}, signed in to your account."),
        None => format!("{device} signed in to your account."),
    };
    changed(
        "new_device",
        format!("A new device signed in to {product}"),
        name,
        reset,
    )
    .paragraph(what)
}

/// What all mails about a change of the account have: a way to stop it, for a person whose change it
/// was not.
fn changed(kind: &'static str, subject: String, name: &str, reset: SecretString) -> Letter {
    Letter::new(kind, subject)
        .paragraph(greeting(name))
        .action("It was not me", reset)
        .closing("If it was not you, choose a new password: that signs everybody else out.")
        .closing("If it was you, there is nothing to do.")
}
