//! What the next page says after something was done, or could not be.

pub(crate) const SIGNED_OUT: &str = "You are signed out.";
pub(crate) const SIGNED_OUT_EVERYWHERE: &str = "You are signed out on all devices.";
pub(crate) const DEVICE_SIGNED_OUT: &str = "The device is signed out.";
pub(crate) const PROFILE_SAVED: &str = "Your details are saved.";
pub(crate) const PASSWORD_CHANGED: &str = "Your password is changed. Other devices are signed out.";
pub(crate) const PASSWORD_RESET: &str = "Your password was changed. Sign in with the new one.";
pub(crate) const SECOND_FACTOR_OFF: &str =
    "The second factor is off. Other devices are signed out.";

/// What is said instead of “on its way” where no mail leaves the machine.
pub(crate) const INVITATION_KEPT: &str = "This installation sends no mail, so the invitation is only kept. The operator of this installation can print its link: concierge user invite";

pub(crate) fn invited(email: &str, leaves: bool) -> String {
    match leaves {
        true => format!("The invitation to {email} is on its way."),
        false => format!("{email} is invited. {INVITATION_KEPT}"),
    }
}

pub(crate) const INVITATION_TAKEN_BACK: &str =
    "The invitation is taken back. Its link no longer works.";

pub(crate) fn invited_again(leaves: bool) -> String {
    match leaves {
        true => "A fresh invitation is on its way. The older link no longer works.".to_owned(),
        false => format!("The older link no longer works. {INVITATION_KEPT}"),
    }
}

pub(crate) fn left(firm: &str) -> String {
    format!("You no longer act for {firm}.")
}

pub(crate) const PERSON_REMOVED: &str = "The person is removed.";
pub(crate) const LAST_PERSON: &str =
    "The last person of a firm cannot be removed. Invite somebody else first.";
pub(crate) const FACTOR_REQUIRED: &str =
    "Everybody here needs a second factor. People without one set it up on their next click.";
pub(crate) const FACTOR_OPTIONAL: &str = "The second factor is optional again.";
pub(crate) const FACTOR_KEPT: &str = "Your second factor stays as it is.";

pub(crate) fn factor_reset_asked(leaves: bool) -> &'static str {
    match leaves {
        true => {
            "They were told by mail. Their second factor is removed in 24 hours, unless they stop it."
        }
        false => {
            "Their second factor is removed in 24 hours, unless they stop it. This installation sends no mail, so tell them yourself."
        }
    }
}

pub(crate) const LEFT_SUPPORT: &str = "You are no longer on the support team.";
pub(crate) const SUPPORT_REMOVED: &str =
    "Their access is removed, and all their sessions have ended.";
pub(crate) const LAST_LEAD: &str = "The last lead cannot be removed. Invite another one first.";

pub(crate) fn mail_sent_again(leaves: bool) -> &'static str {
    match leaves {
        true => "The mail is on its way again.",
        false => "The mail is kept. This installation sends no mail.",
    }
}

pub(crate) const REMINDERS_STOPPED: &str =
    "Nobody at the firm gets reminders of this setup any more.";
pub(crate) const REMINDERS_ON: &str = "Reminders are on again.";
pub(crate) const CONSENT_GIVEN: &str =
    "Support may act for you for 7 days. You can stop it here at any time.";
pub(crate) const CONSENT_WITHDRAWN: &str = "Support can no longer act for you.";
pub(crate) const VISIT_ENDED: &str = "You left the firm’s pages.";

pub(crate) fn firm_created(firm: &str, admin: &str, leaves: bool) -> String {
    match leaves {
        true => format!("{firm} is added, and the invitation to {admin} is on its way."),
        false => format!("{firm} is added, and {admin} is invited. {INVITATION_KEPT}"),
    }
}

/// The time zone that the browser named is chosen in the form.
pub(crate) fn browser_zone(zone: &str) -> String {
    format!("Your browser says that you are in the zone **{zone}**. Save to see all times in it.")
}
