//! The pages in place of a page that cannot be shown, and of a link that no longer works: heading,
//! and what to do.

pub(crate) const MISSING: (&str, &str) = (
    "There is no such page",
    "The address may be mistyped, or the page belongs to a firm that you cannot act for. Check the address, or start from the beginning.",
);
pub(crate) const STALE: (&str, &str) = (
    "This was changed in the meantime",
    "Somebody else, or you in another window, changed this after the page was shown. Nothing of what you sent was saved. Go back and reload the page to see how things are now.",
);
pub(crate) const ONLY_LOOKING: (&str, &str) = (
    "You are viewing as the firm",
    "While you view as the firm you can look at everything and change nothing. To change something, ask the firm for its consent to act for it.",
);
pub(crate) const NOT_VISITING: (&str, &str) = (
    "You are not on this firm’s pages",
    "There is no such page, your visit is over, or the firm took its consent back. Open the firm’s case in the queue to begin again.",
);
pub(crate) const SECRETS_STAY: (&str, &str) = (
    "Only the firm enters its secret",
    "You may do everything else for the firm. Ask its admin to enter the secret, or send them a fresh link.",
);
pub(crate) const TOO_MANY_MAILS: (&str, &str) = (
    "Too many mails at once",
    "This mail was not sent. To protect people from unwanted mail, a firm can send only a limited number at a time. Wait a few minutes, then send it again.",
);
pub(crate) const TOO_MANY_SIGN_INS: (&str, &str) = (
    "Signed in with Procore too often",
    "Nothing was changed. Wait a few minutes, then sign in with Procore again.",
);
pub(crate) const CROWDED: (&str, &str) = (
    "Try again in a moment",
    "Too many people are signing in right now. Nothing was changed. Wait a few seconds, go back and send the form again.",
);
pub(crate) const UNREADABLE: (&str, &str) = (
    "We could not read this form",
    "Go back, reload the page and send the form again.",
);
pub(crate) const OTHER_SITE: (&str, &str) = (
    "This came from another site",
    "For your protection, forms are only taken from our own pages. Open the page here and send the form again.",
);
pub(crate) const PLAIN_HTTP: (&str, &str) = (
    "This page works over https only",
    "You opened it without encryption (http), and nothing of what you sent was saved. Open the address again with https:// in front.",
);
pub(crate) const OTHER_HOST: (&str, &str) = (
    "This page has another address",
    "You reached it under an address that is not its own. Go on at the address below.",
);
pub(crate) const TOO_LARGE: (&str, &str) = (
    "This is more than we can take",
    "What you sent is larger than this form can need. Shorten it and send it again.",
);
pub(crate) const WRONG_METHOD: (&str, &str) = (
    "This page cannot be opened like this",
    "Go back to the page that led here and use the button there.",
);
pub(crate) const BUSY: (&str, &str) = (
    "We are busy right now",
    "What you sent may not have been saved. Wait a minute, go back and look before you try again.",
);
pub(crate) const INTERNAL: (&str, &str) = (
    "Something went wrong on our side",
    "Sorry. What you had saved before is still there. Try again in a few minutes; if it happens again, tell us the number below.",
);
pub(crate) const HOME: &str = "Go to the start";

pub(crate) const INVITATION_EXPIRED: (&str, &str) = (
    "This invitation has expired",
    "An invitation works for seven days. We can send a new link to the same address.",
);
pub(crate) const INVITATION_USED: (&str, &str) = (
    "This invitation was accepted",
    "Each invitation works once. Sign in with the password that was chosen then.",
);
pub(crate) const INVITATION_OVER: (&str, &str) = (
    "This invitation no longer works",
    "It was taken back, or a newer one was sent. Use the link in the newest mail, or ask the person who invited you.",
);
pub(crate) const RESET_EXPIRED: (&str, &str) = (
    "This link has expired",
    "A link to choose a new password works for one hour. We can send a new one to the same address.",
);
pub(crate) const RESET_OVER: (&str, &str) = (
    "This link was used or replaced",
    "Each link works once, and only the newest one. If you still need a new password, ask for another link.",
);
pub(crate) const FACTOR_RESET_OVER: (&str, &str) = (
    "This link was used, or it is too late",
    "Either the second factor stays, or it was removed: you were told by mail. To set up another one, sign in and open your account.",
);

pub(crate) const NO_REMINDERS: &str = "There is nothing to be reminded of";
pub(crate) const REMINDERS_STOPPED: &str = "Reminders are stopped";
pub(crate) const STOP_REMINDERS: &str = "Stop reminders?";
