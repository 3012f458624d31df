//! Mails to the firm about how its setup goes on.

use secrecy::SecretString;

use super::{Letter, greeting, shown};
use crate::catalog::DataSet;
use crate::ledger::Action;
use crate::onboarding::Stage;

/// A run stopped at `action`.
pub(crate) fn needs_person(product: &str, action: Action, link: SecretString) -> Letter {
    Letter::new("needs_person", "Your Procore setup needs you")
        .paragraph(format!("We stopped while connecting Procore to {product}."))
        .paragraph(format!(
            "It happened at this step: {}. What is done stays done.",
            action.label()
        ))
        .action("See what to do", link)
}

/// A change of settings stopped at `action`: before or after the new choice was put in use.
pub(crate) fn change_needs_person(action: Action, in_use: bool, link: SecretString) -> Letter {
    let meanwhile = match in_use {
        true => "Your new choice is in use already; the rest follows once this is fixed.",
        false => "Until it is fixed, we bring what we brought before.",
    };
    Letter::new(
        "change_needs_person",
        "Your change of Procore data needs you",
    )
    .paragraph("We stopped while changing which data we bring from Procore.")
    .paragraph(format!(
        "It happened at this step: {}. {meanwhile}",
        action.label()
    ))
    .action("See what to do", link)
}

/// Everything is set up; the lists of the `short` data sets are read again.
pub(crate) fn completed(
    product: &str,
    company: &str,
    short: &[DataSet],
    link: SecretString,
) -> Letter {
    let company = shown(company);
    let labels: Vec<&str> = short.iter().map(|set| set.label()).collect();
    let read = match labels.is_empty() {
        true => {
            "We have read everything you chose, and Procore tells us when it changes.".to_owned()
        }
        false => format!(
            "Procore tells us when anything you chose changes. These lists are not complete yet: {}. We keep reading them until they are; you don’t have to do anything.",
            labels.join(", ")
        ),
    };
    Letter::new("completed", "Procore is connected")
        .paragraph(format!("{company} is now connected to {product}."))
        .paragraph(read)
        .action("View integration", link)
}

/// The vendor's app was installed in a company that somebody waited for.
pub(crate) fn app_installed(product: &str, company: &str, link: SecretString) -> Letter {
    let company = shown(company);
    Letter::new("app_installed", "Our app is installed in Procore")
        .paragraph(format!(
            "Our app for {product} is now installed in {company}. One thing is left: sign in with Procore once more, as somebody who administers this company."
        ))
        .paragraph("Only that shows that the company is yours.")
        .action("Sign in with Procore", link)
}

/// It was not installed within two weeks.
pub(crate) fn app_not_seen(product: &str, company: &str, link: SecretString) -> Letter {
    let company = shown(company);
    Letter::new("app_not_seen", "Our app is not installed in Procore yet")
        .paragraph(format!(
            "We looked for our app for {product} in {company} for 14 days and did not see it being installed. We have stopped looking."
        ))
        .paragraph("When it is installed, sign in with Procore again. The page shows how it is installed, step by step.")
        .action("See how to install it", link)
}

/// Support closed the setup; `created` says whether anything of ours is in Procore.
pub(crate) fn closed(product: &str, created: bool, link: SecretString) -> Letter {
    let letter = Letter::new("closed", "Your Procore setup was closed").paragraph(format!(
        "Our support team closed the setup that was to connect Procore to {product}."
    ));
    let letter = match created {
        true => letter
            .paragraph(
                "We are removing from Procore what we had created there: one webhook. Your records in Procore were never changed.",
            )
            .paragraph(
                "As soon as it is removed, we delete the access that you gave us: the Client ID and secret, or what a sign-in with Procore proved.",
            ),
        false => letter.paragraph(
            "Nothing was created in Procore. The access that you gave us is deleted: the Client ID and secret, or what a sign-in with Procore proved.",
        ),
    };
    letter
        .paragraph("You can start again whenever you like.")
        .action("Open Concierge", link)
}

/// Support ended the connection.
pub(crate) fn disconnected(product: &str, link: SecretString) -> Letter {
    Letter::new("disconnected", "Procore was disconnected")
        .paragraph(format!(
            "Our support team disconnected Procore from {product}. Nothing is read from Procore any more. What was read is kept."
        ))
        .paragraph(
            "We are removing from Procore what we had created there: one webhook. Your records in Procore were never changed. As soon as it is removed, we delete the access that you gave us: the Client ID and secret, or what a sign-in with Procore proved.",
        )
        .paragraph("You can connect Procore again whenever you like.")
        .action("Open Concierge", link)
}

/// Support reopened the setup.
pub(crate) fn reopened(link: SecretString) -> Letter {
    Letter::new("reopened", "Your Procore setup is open again")
        .paragraph(
            "Our support team reopened your setup. Your answers are still there, but the access has to be given again: the client secret, or a sign-in with Procore.",
        )
        .action("Continue setup", link)
}

/// The way back to the step, sent by `by` of our support.
pub(crate) fn step_link(
    product: &str,
    firm: &str,
    name: &str,
    by: &str,
    stage: Stage,
    link: SecretString,
) -> Letter {
    let (firm, by) = (shown(firm), shown(by));
    let what = match stage {
        Stage::Done => format!("Procore is connected to {product} for {firm}."),
        Stage::Review
        | Stage::Credentials
        | Stage::Verify
        | Stage::Settings
        | Stage::Permissions
        | Stage::Complete
        | Stage::Completing => format!(
            "You can continue connecting Procore to {product} for {firm} at step {} of 6, “{}”. Everything you saved is still there.",
            stage.number(),
            stage.label()
        ),
    };
    Letter::new(
        "step_link",
        format!("Continue connecting Procore to {product}"),
    )
    .paragraph(greeting(name))
    .paragraph(format!(
        "{by} from our support team sends you a link back to your setup."
    ))
    .paragraph(what)
    .action("Open the step", link)
    .closing("You sign in with your email and password, as always.")
}
