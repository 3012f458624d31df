//! What support reads at a case: its actions, what each does, and what the page says afterwards.

use crate::identity::Task;
use crate::onboarding::Stage;

fn points(points: &[&str]) -> Vec<String> {
    points.iter().map(|point| (*point).to_owned()).collect()
}

/// The flow refused because of `why`.
pub(crate) fn not_done(why: &str) -> String {
    format!("Nothing was done. {why}")
}

/// Somebody was faster: `last_change` tells who, and what they did.
pub(crate) fn overtaken(last_change: &str) -> String {
    format!(
        "Nothing was done, because the case changed after you opened this page. {last_change} Look whether it is still needed."
    )
}

pub(crate) fn last_change(who: &str, what: &str, when: &str) -> String {
    format!("**{who}**, {when}: {what}.")
}

pub(crate) const SOMEBODY: &str = "Somebody";
pub(crate) const CHANGED_SETUP: &str = "Changed the setup";
pub(crate) const NOTE_SAVED: &str = "The note is saved.";

/// Another setup of the firm; `closed` is the day.
pub(crate) fn other(stage: Stage, closed: Option<&str>) -> String {
    match closed {
        Some(day) => format!("Closed {day} at {}", stage.label()),
        None => format!("Open at {}", stage.label()),
    }
}

pub(crate) mod act_for {
    pub(crate) const LABEL: &str = "Act for the firm";

    pub(crate) fn agreed(who: &str, until: &str) -> String {
        format!("{who} agreed. It lasts until {until}, or until the firm takes it back.")
    }

    pub(crate) fn begins(who: &str, from: &str) -> String {
        format!(
            "{who} agreed. Support may act from {from} on, or once a lead confirms it; until then the firm can read the mail about it and stop it."
        )
    }

    pub(crate) fn not_begun(who: &str, why: &str) -> String {
        format!(
            "{who} agreed. {why} Support may act 15 minutes after it left, or once a lead confirms it."
        )
    }

    pub(crate) fn effects(firm: &str) -> Vec<String> {
        vec![
            format!(
                "You can do every step of {firm}, except reading or entering its client secret."
            ),
            format!("Everything you do is recorded as yours, “for {firm}”."),
            "It ends after 8 hours, or with “Stop acting” at the top of every page.".to_owned(),
            "The firm sees in its activity that you act, from when to when.".to_owned(),
        ]
    }
}

/// What was mailed, or that it was only kept.
pub(crate) fn mailed(done: &'static str, leaves: bool) -> &'static str {
    match leaves {
        true => done,
        false => "This installation sends no mail: what was to be sent is kept under Mail.",
    }
}

pub(crate) mod ask_consent {
    pub(crate) const LABEL: &str = "Ask for consent";
    pub(crate) const DONE: &str = "The firm’s admins are asked by mail.";

    pub(crate) fn effects() -> Vec<String> {
        super::points(&[
            "Every admin of the firm gets a mail with your name, what you would do, and a link.",
            "One of them agreeing lets support act for 7 days. You are told by mail.",
            "The firm sees in its activity that you asked.",
        ])
    }
}

pub(crate) mod assign {
    pub(crate) const LABEL: &str = "Assign to me";
    pub(crate) const TO_ME: &str = "The case is yours.";
    pub(crate) const TO_OTHER: &str = "The case has a new owner.";
    pub(crate) const TO_NOBODY: &str = "The case belongs to nobody now.";

    pub(crate) fn me(name: &str) -> String {
        format!("{name} (me)")
    }
}

pub(crate) mod check_again {
    pub(crate) const LABEL: &str = "Check again now";
    pub(crate) const DONE: &str = "The checks are running. Their results appear below.";
}

/// What is done to a live connection.
pub(crate) mod connection {
    pub(crate) const CHECKING: &str = "Procore is asked about everything now.";
    pub(crate) const SYNCING: &str = "What changed in Procore is being read.";
    pub(crate) const REPAIR: &str = "Repair";
    pub(crate) const REPAIRING: &str = "The webhook is being set up again.";
}

pub(crate) mod close {
    pub(crate) const LABEL: &str = "Close as abandoned";
    pub(crate) const DONE: &str = "The case is closed.";
    pub(crate) const LEFT_BEHIND: &str = "What is left in Procore has to be removed by hand.";

    const CLOSED: &str = "The setup is closed. Open links to colleagues stop working.";
    const REOPEN: &str = "The firm’s admins are told by mail, without your reason, and may begin a new setup. You can reopen this one; only the access has to be given again, by the secret or a sign-in with Procore.";

    const SECRET: &str = "A client secret is wiped with the webhook. If Procore is away or does not let us, it is kept encrypted for this alone and tried again, for 30 days at most.";

    /// Where something of ours is in Procore.
    pub(crate) fn with_removal() -> Vec<String> {
        super::points(&[
            CLOSED,
            "Our webhook is removed from the firm’s Procore, with what it announces. Webhooks of others are not touched.",
            "What was read so far is deleted here.",
            "The Procore company is free at once to be connected again.",
            SECRET,
            REOPEN,
        ])
    }

    /// Where Procore is connected.
    pub(crate) fn disconnecting() -> Vec<String> {
        super::points(&[
            "Procore is disconnected: nothing is read any more, and what Procore still delivers is refused. The company is free at once to be connected again.",
            "Our webhook is removed from the firm’s Procore, with what it announces. Webhooks of others are not touched.",
            SECRET,
            "What was read is kept. The firm can have it deleted with “Disconnect” alone.",
            "The firm’s admins are told by mail, without your reason, and may begin a new setup. This one cannot be reopened.",
        ])
    }

    /// Where nothing of ours is in Procore.
    pub(crate) fn at_once() -> Vec<String> {
        super::points(&[
            CLOSED,
            "Nothing was created in Procore, so nothing is changed there.",
            "A client secret is wiped, what a sign-in proved is over, and the Procore company is free to be connected again.",
            REOPEN,
        ])
    }

    /// Where Procore does not let us remove what is there.
    pub(crate) fn leaving_behind() -> Vec<String> {
        super::points(&[
            "We stop trying to remove our webhook. It stays in the firm’s Procore until somebody removes it there, as below; what it delivers is refused.",
            "A client secret is wiped.",
            "The firm sees in its activity that the webhook was left.",
        ])
    }
}

pub(crate) mod fixes {
    pub(crate) const LABEL: &str = "Send these fixes";
    pub(crate) const OTHER: &str = "Somebody else, by address";
    pub(crate) const DONE: &str = "The fixes are on their way.";

    pub(crate) fn effects() -> Vec<String> {
        super::points(&[
            "What stands below goes out in one mail, with your name in it.",
            "An admin of the firm also gets a link to the step. Somebody else gets no link.",
            "The firm sees that you sent it.",
        ])
    }
}

pub(crate) mod link {
    use super::{Stage, Task};

    pub(crate) const LABEL: &str = "Send a fresh link";
    pub(crate) const DONE: &str = "The link is on its way.";

    pub(crate) fn effects() -> Vec<String> {
        super::points(&[
            "One mail goes out, to an address that the firm itself gave us, with your name in it.",
            "An older link of the same kind to the same person stops working.",
            "You do not see the link. The firm sees that you sent one.",
        ])
    }

    pub(crate) fn to_step(name: &str, stage: Stage) -> String {
        match stage {
            Stage::Done => format!("{name}: the way to the integration"),
            stage => format!(
                "{name}: the way to step {}, {}",
                stage.number(),
                stage.label()
            ),
        }
    }

    pub(crate) fn to_reset_factor(name: &str) -> String {
        format!(
            "{name}: their second factor is lost. It is removed in 24 hours, unless they stop it"
        )
    }

    pub(crate) fn to_password(name: &str) -> String {
        format!("{name}: choose a new password")
    }

    pub(crate) fn invitation(email: &str, is_over: bool, expires: &str) -> String {
        match is_over {
            true => format!("{email}: the invitation again (expired {expires})"),
            false => format!("{email}: the invitation again (expires {expires})"),
        }
    }

    pub(crate) fn to_colleague(name: &str, task: Task) -> String {
        format!("{name}, who was asked to help: {}", task.label())
    }
}

pub(crate) mod record_consent {
    pub(crate) const LABEL: &str = "Record their consent";
    pub(crate) fn done(leaves: bool) -> &'static str {
        match leaves {
            true => "The consent is recorded, and the firm was told.",
            false => {
                "The consent is recorded. This installation sends no mail, so tell the firm yourself."
            }
        }
    }

    pub(crate) fn effects() -> Vec<String> {
        super::points(&[
            "Support may act for the firm for 7 days, from 15 minutes after the mail left or once a lead confirms it; at once where a lead records it.",
            "Every admin of the firm gets a mail with what you write here, and can stop it at once.",
            "Your name, theirs and their words are in the firm’s activity.",
        ])
    }
}

pub(crate) mod confirm_consent {
    pub(crate) const LABEL: &str = "Confirm their consent";
    pub(crate) const DONE: &str = "The consent is confirmed. Support may act for the firm now.";

    pub(crate) fn recorded(by: &str, who: &str, quote: &str) -> String {
        format!("{by} recorded that {who} agreed: “{quote}”")
    }

    pub(crate) fn effects() -> Vec<String> {
        super::points(&[
            "Support may act for the firm at once, without waiting for the mail. Confirm it only if you have seen the firm’s answer.",
            "Your name is in the firm’s activity and on its page “Support access”.",
        ])
    }
}

pub(crate) mod reopen {
    use super::Stage;

    pub(crate) const LABEL: &str = "Reopen";
    pub(crate) const OTHER: &str = "Open that setup";
    pub(crate) const DONE: &str = "The setup is open again.";

    pub(crate) fn effects(stage: Stage) -> Vec<String> {
        vec![
            format!(
                "The setup goes on at “{}”. Every answer is still there, except the client secret, which was wiped.",
                stage.label()
            ),
            "The Procore company is this firm’s again once its checks have passed.".to_owned(),
            "The firm’s admins are told by mail, without your reason.".to_owned(),
        ]
    }
}

pub(crate) mod reopen_step {
    use super::Stage;

    pub(crate) const LABEL: &str = "Reopen a step";

    pub(crate) fn effects() -> Vec<String> {
        super::points(&[
            "What was entered stays: the Procore details with the secret, and the choice of data.",
            "The steps from there on have to be confirmed again, and their checks run again.",
            "Nothing changes in Procore. The firm sees it in its activity.",
        ])
    }

    pub(crate) fn choice(step: Stage) -> String {
        format!("Step {}: {}", step.number(), step.label())
    }

    /// What has to be done again.
    pub(crate) fn resets(steps: impl Iterator<Item = Stage>) -> String {
        let steps: Vec<_> = steps.map(Stage::label).collect();
        format!("To be done again: {}.", steps.join(", "))
    }

    pub(crate) fn done(step: Stage) -> String {
        format!("The setup stands at “{}” again.", step.label())
    }
}

pub(crate) mod retry {
    pub(crate) const LABEL: &str = "Retry";
    pub(crate) const DONE: &str = "The plan goes on from where it stopped.";
    /// Where Procore, or our own count of calls, named a time.
    pub(crate) const EARLY: &str = "It goes on by itself at the time shown. Retrying earlier uses up calls that the people of this firm may need, and Procore may refuse it and ask for another wait.";
}

pub(crate) mod snooze {
    pub(crate) const LABEL: &str = "Snooze until";

    pub(crate) fn done(day: &str) -> String {
        format!("Snoozed until {day}. It comes up earlier if its reason changes.")
    }
}

pub(crate) mod view_as {
    pub(crate) const LABEL: &str = "View as";

    pub(crate) fn effects(firm: &str) -> Vec<String> {
        vec![
            format!("You see the pages of {firm} as its admins do, and can change nothing."),
            "It ends after 60 minutes, or with “End view” at the top of every page.".to_owned(),
            "The firm sees in its activity that you looked, from when to when.".to_owned(),
        ]
    }
}
