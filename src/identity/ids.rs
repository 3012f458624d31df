//! Ids that cannot be taken for one another.

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
    /// An entry in the activity log.
    ActivityId
}
id! {
    /// A mail in the outbox.
    MailId
}
