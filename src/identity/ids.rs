//! Typed ids, so that one cannot be passed for another.

use std::fmt::Display;

use crate::paths::{self, Part};

id! {
    /// A firm.
    FirmId
}
id! {
    /// A person who can sign in: a firm's admin, or support.
    PersonId
}
id! {
    /// A signed-in browser.
    SessionId
}
id! {
    /// An invitation or a password reset.
    LinkId
}
id! {
    /// Permission for a support person to be on a firm's pages.
    GrantId
}
id! {
    /// A firm's request or consent that support acts for it.
    ConsentId
}
id! {
    /// A firm's walk through the setup.
    OnboardingId
}
id! {
    /// Somebody's way to Procore and back.
    SignInId
}
id! {
    /// The token of a person who signed in with Procore.
    PersonTokenId
}
id! {
    /// A task that was handed over to a colleague.
    HandOverId
}
id! {
    /// A firm's connection to a company in Procore.
    ConnectionId
}
id! {
    /// A key and secret for Procore.
    CredentialId
}
id! {
    /// One round of checks.
    CheckRunId
}
id! {
    /// One plan being carried out.
    RunId
}
id! {
    /// One webhook of ours.
    HookId
}
id! {
    /// Something that went wrong with a connection.
    IncidentId
}
id! {
    /// An entry in the activity log.
    ActivityId
}
id! {
    /// A mail in the outbox.
    MailId
}
id! {
    /// A line of support's queue.
    QueueLineId
}
id! {
    /// What support wrote about a case.
    NoteId
}
id! {
    /// A browser that somebody signed in with before.
    DeviceId
}
id! {
    /// A request for a new password.
    ResetRequestId
}

/// What each id stands for in an address.
macro_rules! in_addresses {
    ($($id:ident: $kind:ident),+ $(,)?) => {
        $(
            impl Part<paths::$kind> for $id {
                fn part(&self) -> impl Display {
                    self.0
                }
            }
        )+
    };
}

in_addresses! {
    FirmId: Firm,
    PersonId: Person,
    SessionId: Session,
    LinkId: Invitation,
    OnboardingId: Onboarding,
    HandOverId: HandOver,
    MailId: Mail,
}
