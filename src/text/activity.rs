//! What the timeline says for each verb of the record.

use serde_json::Value;

use crate::activity::ActivityVerb;

/// What an entry says after the name of the person who did it.
pub fn sentence(verb: ActivityVerb) -> &'static str {
    use ActivityVerb as Verb;
    match verb {
        Verb::FirmCreated => "Added the firm",
        Verb::PersonCreated => "Created an account",
        Verb::PersonRemoved => "Removed a person from the firm",
        Verb::InvitationSent => "Sent an invitation",
        Verb::InvitationRevoked => "Withdrew an invitation",
        Verb::InvitationAccepted => "Accepted an invitation",
        Verb::SetupReviewed => "Reviewed the steps",
        Verb::SetupDetailsEntered => "Entered the Procore details",
        Verb::SetupCompanyConfirmed => "Confirmed the Procore company",
        Verb::SetupSettingsSaved => "Chose which data to bring",
        Verb::SetupPermissionsConfirmed => "Confirmed the permissions",
        Verb::SetupStartedAgain => "Started the setup again",
        Verb::VerificationStarted => "Started checking the Procore details",
        Verb::VerificationPassed => "Checked the Procore details: they work",
        Verb::VerificationFailed => "Checked the Procore details: they do not work yet",
        Verb::VerificationWaiting => "Paused the check of the Procore details to wait for Procore",
        Verb::PermissionsStarted => "Started checking the permissions",
        Verb::PermissionsPassed => "Checked the permissions: nothing is missing",
        Verb::PermissionsFailed => "Checked the permissions: some are missing",
        Verb::PermissionsWaiting => "Paused the check of the permissions to wait for Procore",
        Verb::CompletionStarted => "Confirmed the plan",
        Verb::CompletionRetried => "Tried again",
        Verb::CompletionDataSetLeftOut => "Left out a data set",
        Verb::CompletionNeedsPerson => "Stopped until somebody fixes a problem",
        Verb::CompletionDone => "Connected Procore",
        Verb::WebhookForeignFound => "Found webhooks of another installation and left them alone",
        Verb::WebhookTriggersMissing => "Found changes that Procore does not report to us",
        Verb::SetupOpened => "Started a new setup",
        Verb::SetupClosed => "Closed the setup",
        Verb::SetupReopened => "Reopened the setup",
        Verb::SetupStepReopened => "Reopened a step",
        Verb::SetupStalled => "Marked the setup as stalled",
        Verb::SetupEscalated => "Escalated to support",
        Verb::RemovalDone => "Finished closing the setup",
        Verb::RemovalNeedsPerson => "Could not remove our webhook from Procore",
        Verb::RemovalRetried => "Tried again to remove our webhook from Procore",
        Verb::RemovalGivenUp => "Left our webhook in Procore",
        Verb::HandOverSent => "Handed a task to a colleague",
        Verb::HandOverSentAgain => "Sent a colleague the link again",
        Verb::HandOverRenewed => "Asked for a new link because the old one had expired",
        Verb::HandOverOpened => "Opened the link to a task",
        Verb::HandOverDone => "Reported the task as done",
        Verb::HandOverCannot => "Reported that the task cannot be done",
        Verb::HandOverRevoked => "Withdrew the link to a task",
        Verb::HandOverPasses => "Confirmed that what a colleague was asked to fix now works",
        Verb::HandOverExpired => "Closed the expired link to a task",
        Verb::HelpNotFound => "Could not find in Procore what a step describes",
        Verb::ReminderSent => "Sent the firm a reminder",
        Verb::RemindersStopped => "Turned off the reminders",
        Verb::RemindersResumed => "Turned the reminders back on",
        Verb::ConsentGiven => "Allowed support to act",
        Verb::ConsentWithdrawn => "Withdrew the consent for support to act",
        Verb::ConsentAsked => "Asked for consent to act",
        Verb::ConsentRecorded => "Recorded the firm’s consent",
        Verb::VisitBegun => "Started viewing as the firm",
        Verb::VisitEnded => "Stopped viewing as the firm",
        Verb::VisitActingBegun => "Started acting for the firm",
        Verb::VisitActingEnded => "Stopped acting for the firm",
        Verb::CaseClosed => "Closed the case",
        Verb::CaseReopened => "Reopened the case",
        Verb::CaseStepReopened => "Reopened a step",
        Verb::CaseViewedAs => "Viewed as the firm",
        Verb::CaseActedFor => "Acted for the firm",
        Verb::CaseConsentAsked => "Asked for consent",
        Verb::CaseConsentRecorded => "Recorded a consent",
        Verb::SupportStepLinkSent => "Sent a link to the step",
        Verb::SupportResetLinkSent => "Sent a link to choose a new password",
        Verb::SupportFixesSent => "Sent the list of fixes",
        Verb::CaseAssigned => "Assigned the case",
        Verb::CaseCheckedAgain => "Ran the checks again",
        Verb::CaseRetried => "Retried the failed action",
        Verb::CaseLinkSent => "Sent a fresh link",
        Verb::CaseFixesSent => "Sent the list of fixes",
        Verb::CaseSnoozed => "Snoozed the case",
        Verb::SupportRemoved => "Removed a person from support",
        Verb::AccountSignedIn => "Signed in",
        Verb::AccountSignedOutEverywhere => "Signed out on all devices",
        Verb::AccountSessionEnded => "Signed out a device",
        Verb::AccountRecoveryCodeUsed => "Signed in with a recovery code",
        Verb::AccountPasswordChanged => "Changed the password",
        Verb::AccountPasswordReset => "Reset the password",
        Verb::AccountProfileChanged => "Changed the profile",
        Verb::AccountSecondFactorOn => "Turned on the second factor",
        Verb::AccountSecondFactorOff => "Turned off the second factor",
    }
}

/// The same for an entry as it is stored. What another release wrote is shown as it is spelt.
pub fn stored(verb: &str) -> String {
    match ActivityVerb::parse(verb) {
        Some(verb) => sentence(verb).to_owned(),
        None => verb.replace(['.', '_'], " "),
    }
}

/// What support may know beside the words, a line each: why, the reference, and which details were
/// in use.
pub fn facts(details: &Value) -> Vec<String> {
    let text = |key: &str| details[key].as_str().map(str::to_owned);
    let mut lines = Vec::new();
    lines.extend(text("reason").map(|reason| format!("“{reason}”")));
    lines.extend(text("code").map(|code| format!("Ref {code}")));
    lines.extend(
        details["company_id"]
            .as_i64()
            .map(|id| format!("Company ID {id}")),
    );
    lines.extend(text("fingerprint").map(|print| format!("Fingerprint {print}")));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_verb_has_its_own_spelling_and_an_unknown_one_is_still_shown() {
        for verb in ActivityVerb::ALL {
            assert_eq!(ActivityVerb::parse(verb.as_str()), Some(*verb));
            assert_eq!(stored(verb.as_str()), sentence(*verb));
        }
        assert_eq!(stored("hook.turned_off"), "hook turned off");
    }
}
