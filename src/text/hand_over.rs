//! The words for a task in a colleague's hands, as the firm and the colleague see it.

use crate::identity::Task;
use crate::onboarding::hand_over::{End, HandOverOutcome, HandOverState};

impl Task {
    /// The words on the page.
    pub fn label(self) -> &'static str {
        match self {
            Self::EnterCredentials => "Enter the Procore details",
            Self::FixPermissions => "Change permissions in Procore",
        }
    }

    /// What handing it over means.
    pub fn hint(self) -> &'static str {
        match self {
            Self::EnterCredentials => {
                "They enter the Client ID and secret themselves. You never see the secret."
            }
            Self::FixPermissions => {
                "They see what is missing, what to click, and check with Procore whether it is done."
            }
        }
    }
}

impl HandOverState {
    /// The word on the page.
    pub fn label(self) -> &'static str {
        match self {
            Self::Sent => "Sent",
            Self::Opened => "Opened",
            Self::Finished(HandOverOutcome::Done) => "Done",
            Self::Finished(HandOverOutcome::Cannot) => "Cannot be done",
            Self::Ended(End::Replaced) => "Replaced by a newer link",
            Self::Ended(End::Revoked) => "Withdrawn",
            Self::Ended(End::Expired) => "Expired",
            Self::Ended(End::Overtaken) => "No longer needed",
            Self::Ended(End::Closed) => "The setup was closed",
        }
    }

    /// The word for the person who asked.
    pub(crate) fn news(self) -> &'static str {
        match self {
            Self::Sent | Self::Opened => "Waiting",
            Self::Finished(_) => self.label(),
            Self::Ended(_) => "Expired",
        }
    }
}

/// The buttons that hand a task over, and the page that they lead to.
pub(crate) const SOMEONE_ELSE: &str = "Someone else will do this";
pub(crate) const ASK_MY_ADMIN: &str = "Ask my Procore admin";
pub(crate) const SEND_THESE_FIXES: &str = "Send these fixes to my Procore admin";

/// What happened to a task, in order; times and days as they are shown.
pub(crate) enum Event<'a> {
    /// The link went to them, or, where no mail leaves, is for the firm to pass on.
    Asked {
        name: &'a str,
        day: String,
        by_mail: bool,
    },
    NotOpened,
    Opened(String),
    Entered(String),
    /// How the checks stand.
    Checks(String),
    Fixed(usize, usize),
    Done(String),
    GaveBack(String),
    Expired(String),
}

impl Event<'_> {
    fn words(&self) -> String {
        match self {
            Event::Asked {
                name,
                day,
                by_mail: true,
            } => format!("Sent to {name} {day}"),
            Event::Asked { name, day, .. } => format!("For {name} since {day}"),
            Event::NotOpened => "not opened yet".to_owned(),
            Event::Opened(time) => format!("opened {time}"),
            Event::Entered(time) => format!("details entered {time}"),
            Event::Checks(checks) => checks.clone(),
            Event::Fixed(fixed, total) => self::fixed(*fixed, *total),
            Event::Done(time) => format!("done {time}"),
            Event::GaveBack(time) => format!("said that they cannot do it {time}"),
            Event::Expired(day) => format!("expired {day}"),
        }
    }
}

/// All of it in one line.
pub(crate) fn story(events: &[Event<'_>]) -> String {
    let told = events.iter().map(Event::words);
    told.collect::<Vec<_>>().join(", ")
}

/// Whom the setup waits for, and how far they are.
pub(crate) fn waiting(name: &str, events: &[Event<'_>]) -> String {
    format!("Waiting for {name}: {}", story(events))
}

pub(crate) fn fixed(fixed: usize, total: usize) -> String {
    format!("{fixed} of {total} fixed")
}

pub(crate) fn sent(name: &str) -> String {
    format!("The link is on its way to {name}. Here you see how far they are.")
}

/// Why a link is shown to the person who asked for help.
#[derive(Clone, Copy)]
pub(crate) enum LinkShown {
    /// No mail takes it: it was sent, sent again, or the colleague was to be reminded.
    Sent,
    SentAgain,
    Reminded,
    /// *Copy link*.
    Copied,
}

/// Above the link.
pub(crate) fn above_link(why: LinkShown, name: &str) -> String {
    const OLDER_WORK: &str = "Links to the same task that you got before keep working, too.";
    let not_mailed =
        format!("This installation sends no mail. Copy the link and pass it on to {name}.");
    match why {
        LinkShown::Sent => not_mailed,
        LinkShown::SentAgain => {
            format!("There is a fresh link; the older one no longer works. {not_mailed}")
        }
        LinkShown::Reminded => format!("{not_mailed} {OLDER_WORK}"),
        LinkShown::Copied => format!("Pass it on to {name} and nobody else. {OLDER_WORK}"),
    }
}

pub(crate) const REMINDED: &str =
    "A reminder is on its way. The link that was sent before works as well.";
pub(crate) const TAKEN_BACK: &str = "The link is taken back. It no longer works.";

pub(crate) const SENT_AGAIN: &str = "A fresh link is on its way. The older one no longer works.";

pub(crate) const NO_TASK_LEFT: &str = "There is nothing left here that a colleague could do.";
pub(crate) const CHANGED: &str =
    "The setup was changed in the meantime. Nothing of what you sent was saved.";

/// The company that the task is about.
pub(crate) fn company(name: Option<&str>, company_id: i64) -> String {
    match name {
        Some(name) => format!("{name}, Company ID {company_id}"),
        None => format!("Company ID {company_id}"),
    }
}

/// The page of a link that has ended: heading and text. `by` asked, for `firm`.
pub(crate) fn over(state: HandOverState, firm: &str, by: &str) -> (&'static str, String) {
    match state {
        HandOverState::Finished(HandOverOutcome::Done) => (
            "Thank you, this is done",
            format!("{by} of {firm} sees that it is done. You can close this page."),
        ),
        HandOverState::Finished(HandOverOutcome::Cannot) => (
            "You said that you cannot do this",
            format!(
                "{by} of {firm} sees that, with your reason. If you can do it after all, ask them to send the link again."
            ),
        ),
        HandOverState::Ended(End::Expired) => (
            "This link has expired",
            "A link works for seven days. You can have a new one, sent to the address that this one was sent to."
                .to_owned(),
        ),
        HandOverState::Ended(End::Replaced) => (
            "There is a newer link",
            "Only the newest one works. Use the link in the newest mail; it may have been sent to a colleague of yours."
                .to_owned(),
        ),
        HandOverState::Ended(End::Revoked) => (
            "This link was taken back",
            format!("{firm} does not need this from you any more. For questions, ask {by}."),
        ),
        HandOverState::Ended(End::Overtaken) => (
            "Nothing is left to do here",
            format!(
                "The setup of {firm} went on in the meantime: other details were entered, or this step is done. For questions, ask {by}."
            ),
        ),
        HandOverState::Ended(End::Closed) => (
            "This setup was closed",
            format!(
                "{firm} closed it or started again, so nothing is left to do. For questions, ask {by}."
            ),
        ),
        // Not shown while the link works.
        HandOverState::Sent | HandOverState::Opened => ("This link works", "Open it again.".to_owned()),
    }
}
