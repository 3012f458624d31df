//! Mails around a task that was handed to a colleague.

use secrecy::SecretString;

use super::{Letter, Section, greeting, shown};
use crate::identity::Task;
use crate::onboarding::hand_over::HandOverOutcome;

/// What a colleague is asked to do.
pub(crate) struct Request<'a> {
    pub product: &'a str,
    pub firm: &'a str,
    /// Who asks.
    pub by: &'a str,
    /// The colleague.
    pub name: &'a str,
    pub task: Task,
    /// What the person who asks adds.
    pub message: Option<&'a str>,
    pub fixes: Option<&'a Section>,
}

/// Asks the colleague.
pub(crate) fn ask(request: &Request<'_>, link: SecretString) -> Letter {
    let Request {
        product,
        task,
        message,
        fixes,
        ..
    } = *request;
    let (firm, by) = (shown(request.firm), shown(request.by));
    let (subject, what) = match task {
        Task::EnterCredentials => (
            format!("{by} asks you for {firm}’s Procore details"),
            format!(
                "{by} is connecting {firm}’s Procore to {product} and asks you for one thing: enter the Client ID and the client secret from Procore. The page shows where they are. You enter them there yourself; nobody needs to send a secret by mail."
            ),
        ),
        Task::FixPermissions if fixes.is_none() => (
            format!("{by} asks you to change permissions in {firm}’s Procore"),
            format!(
                "{by} is connecting {firm}’s Procore to {product} and asks you for one thing: make the changes in Procore that the page lists. You need to be an administrator of your Procore company."
            ),
        ),
        Task::FixPermissions => (
            format!("{by} asks you to change permissions in {firm}’s Procore"),
            format!(
                "{by} is connecting {firm}’s Procore to {product} and asks you for one thing: make the changes in Procore that are listed below. You need to be an administrator of your Procore company."
            ),
        ),
    };
    let (action, closing) = match task {
        Task::EnterCredentials => (
            "Enter the details",
            "The link opens this one task, without an account, for seven days.",
        ),
        Task::FixPermissions => (
            "See what to do, and check it",
            "The page shows the same with drawings, and checks with Procore whether it is done. The link opens this one task, without an account, for seven days.",
        ),
    };
    Letter::new("handover", subject)
        .paragraph(greeting(request.name))
        .paragraph(what)
        .maybe_paragraph(message.map(|message| format!("{by} writes: “{}”", shown(message))))
        .section(fixes.cloned())
        .action(action, link)
        .closing(closing)
        .closing(format!(
            "If you do not know {by}, ignore this mail. Forward it only to somebody who should do this in your place."
        ))
}

/// Tells the person who asked what the colleague called `name` answered, and how the checks stand.
pub(crate) fn answered(
    firm: &str,
    name: &str,
    task: Task,
    outcome: HandOverOutcome,
    reason: Option<&str>,
    checks: Option<&str>,
    link: SecretString,
) -> Letter {
    let (firm, name) = (shown(firm), shown(name));
    let (subject, what) = match (outcome, task) {
        (HandOverOutcome::Done, Task::EnterCredentials) => (
            format!("{name} entered the Procore details"),
            format!("{name} says that the Procore details of {firm} are entered."),
        ),
        (HandOverOutcome::Done, Task::FixPermissions) => (
            format!("{name} changed the permissions in Procore"),
            format!("{name} says that the permissions in {firm}’s Procore are changed."),
        ),
        (HandOverOutcome::Cannot, Task::EnterCredentials) => (
            format!("{name} cannot enter the Procore details"),
            format!("{name} cannot enter the Procore details of {firm}."),
        ),
        (HandOverOutcome::Cannot, Task::FixPermissions) => (
            format!("{name} cannot change the permissions in Procore"),
            format!("{name} cannot change the permissions in {firm}’s Procore."),
        ),
    };
    let mut letter = to_asker(subject, link).paragraph(what);
    if let Some(reason) = reason {
        letter = letter.paragraph(format!("In their words: “{reason}”"));
    }
    if let Some(checks) = checks {
        letter = letter.paragraph(checks);
    }
    letter
}

/// Tells the person who asked that the checks pass, although the colleague has not answered.
pub(crate) fn passes(firm: &str, name: &str, link: SecretString) -> Letter {
    let (firm, name) = (shown(firm), shown(name));
    to_asker("The checks in Procore pass now".to_owned(), link).paragraph(format!(
        "You asked {name} for help with {firm}’s Procore. All checks pass now, so you can go on. {name} has not reported the task as done; there is nothing more to wait for."
    ))
}

fn to_asker(subject: String, link: SecretString) -> Letter {
    Letter::new("handover_answered", subject).action("Continue setup", link)
}
