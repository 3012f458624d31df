//! What the timeline says for each verb of the record.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde_json::Value;

use super::connection::{address_tested, compared};
use super::reading;
use crate::activity::ActivityVerb;
use crate::catalog::DataSet;
use crate::identity::Task;
use crate::ledger::Action;
use crate::onboarding::{CheckPurpose, Stage};
use crate::text::health::cause;

/// What an entry says after the name of the person who did it.
pub(crate) fn sentence(verb: ActivityVerb) -> &'static str {
    use ActivityVerb as Verb;
    match verb {
        Verb::FirmCreated => "Added the firm",
        Verb::PersonCreated => "Created an account",
        Verb::PersonRemoved => "Removed a person from the firm",
        Verb::FirmSecondFactorRequired => "Required a second factor of everybody",
        Verb::FirmSecondFactorOptional => "Made the second factor optional",
        Verb::InvitationSent => "Sent an invitation",
        Verb::InvitationRevoked => "Withdrew an invitation",
        Verb::InvitationAccepted => "Accepted an invitation",
        Verb::SetupReviewed => "Reviewed the steps",
        Verb::SetupTaskMarked => "Marked a task in Procore",
        Verb::SetupDetailsEntered => "Entered the Procore details",
        Verb::ProcoreSignedIn => "Signed in with Procore",
        Verb::AppSeenInstalled => "Saw that our Procore app was installed",
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
        Verb::ReadingShort => "Could not read these lists completely yet",
        Verb::ReadingCompleted => "Read completely what was missing",
        Verb::GapRepaired => "Repaired the copy",
        Verb::WebhookForeignFound => "Found webhooks that are not this connection’s",
        Verb::WebhookTriggersMissing => "Found changes that Procore does not report to us",
        Verb::SetupOpened => "Started a new setup",
        Verb::SetupClosed => "Closed the setup",
        Verb::SetupReopened => "Reopened the setup",
        Verb::SetupStepReopened => "Reopened a step",
        Verb::SetupStalled => "Marked the setup as stalled",
        Verb::SetupEscalated => "Escalated to support",
        Verb::RemovalDone => "Ended the access to Procore",
        Verb::RemovalNeedsPerson => "Could not remove our webhook from Procore",
        Verb::RemovalRetried => "Tried again to remove our webhook from Procore",
        Verb::RemovalGivenUp => "Left our webhook in Procore",
        Verb::IncidentBegan => "Found something wrong with the connection",
        Verb::IncidentEnded => "Found the connection to be fixed",
        Verb::ConnectionDisconnected => "Disconnected Procore",
        Verb::ReplacementAsked => "Had another Client ID and secret checked",
        Verb::ReplacementRefused => "Kept the Client ID and secret: the new ones do not work",
        Verb::CredentialsReplaced => "Replaced the Client ID and secret",
        Verb::ConnectionCheckAsked => "Had the connection checked now",
        Verb::ConnectionPaused => "Paused the connection",
        Verb::ConnectionResumed => "Resumed the connection",
        Verb::SyncAsked => "Had changes read now",
        Verb::WebhookRepairAsked => "Had the webhook repaired",
        Verb::WebhookRepaired => "Set the webhook up again as it was",
        Verb::SettingsChangeStarted => "Chose other data to bring",
        Verb::SettingsChangeRetried => "Had the change of the data tried again",
        Verb::SettingsChangeNeedsPerson => {
            "Stopped changing the data until somebody fixes a problem"
        }
        Verb::SettingsChanged => "Changed which data is brought",
        Verb::ProjectsQueued => "Chose projects to integrate",
        Verb::ProjectsQueuedByThemselves => "Began to integrate new projects",
        Verb::NewProjectsWished => "Turned on the integration of new projects",
        Verb::NewProjectsNotWished => "Turned off the integration of new projects",
        Verb::ProjectDefaultsSaved => "Chose what to bring of new projects",
        Verb::ReferencesChanged => "Changed references of projects",
        Verb::ProjectIntegrated => "Integrated a project",
        Verb::ProjectNeedsPerson => "Stopped at a project until somebody fixes a problem",
        Verb::ProjectRetried => "Had a project tried again",
        Verb::ProjectChangeStarted => "Chose other data to bring of a project",
        Verb::ProjectChanged => "Changed the data that is brought of a project",
        Verb::ProjectSynced => "Read a project again to its end",
        Verb::ProjectSyncAsked => "Had a project read again",
        Verb::ProjectReturned => "Found a project available again, and caught up with it",
        Verb::ProjectRemovalStarted => "Chose to remove a project",
        Verb::ProjectRemoved => "Removed a project",
        Verb::AddressTested => "Tested our address",
        Verb::DeliveriesCompared => "Compared Procore’s deliveries with what came",
        Verb::HandOverSent => "Handed a task to a colleague",
        Verb::HandOverSentAgain => "Sent a colleague the link again",
        Verb::HandOverReminded => "Reminded a colleague of a task",
        Verb::HandOverLinkCopied => "Took a further link to a colleague’s task, to pass it on",
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
        Verb::ConsentConfirmed => "Confirmed the firm’s consent",
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
        Verb::CaseConsentConfirmed => "Confirmed a consent",
        Verb::SupportStepLinkSent => "Sent a link to the step",
        Verb::SupportResetLinkSent => "Sent a link to choose a new password",
        Verb::SupportFixesSent => "Sent the list of fixes",
        Verb::CaseAssigned => "Assigned the case",
        Verb::CaseConnectionChecked => "Had the connection checked now",
        Verb::CaseSynced => "Had changes read now",
        Verb::CaseWebhookRepaired => "Had the webhook repaired",
        Verb::CaseCheckedAgain => "Ran the checks again",
        Verb::CaseRetried => "Retried the failed action",
        Verb::CaseLinkSent => "Sent a fresh link",
        Verb::CaseFixesSent => "Sent the list of fixes",
        Verb::CaseSnoozed => "Snoozed the case",
        Verb::CaseReminded => "Reminded the firm",
        Verb::SupportRemoved => "Removed a person from support",
        Verb::MailSentAgain => "Sent a mail again",
        Verb::QueueExported => "Downloaded the queue as a file",
        Verb::AccessRefused => "Was refused a page",
        Verb::KeyUsed => "Used the firm’s key to get access to Procore",
        Verb::KeysRotated => "Sealed every secret with the first key",
        Verb::AccountSignedIn => "Signed in",
        Verb::AccountCodeAsked => "Entered the right password, not yet a code",
        Verb::AccountSignInFailed => "Refused a sign-in: the password was wrong",
        Verb::AccountSignInThrottled => "Refused a sign-in: there were too many attempts",
        Verb::AccountCodeFailed => "Refused a sign-in: the code was wrong",
        Verb::AccountCodeThrottled => "Refused a sign-in: there were too many codes",
        Verb::AccountPasswordFailed => "Refused a change: the password was wrong",
        Verb::AccountSignedOut => "Signed out",
        Verb::AccountSignedOutEverywhere => "Signed out on all devices",
        Verb::AccountSessionEnded => "Signed out a device",
        Verb::AccountRecoveryCodeUsed => "Signed in with a recovery code",
        Verb::AccountPasswordChanged => "Changed the password",
        Verb::AccountPasswordReset => "Reset the password",
        Verb::AccountProfileChanged => "Changed the profile",
        Verb::AccountSecondFactorOn => "Turned on the second factor",
        Verb::AccountSecondFactorOff => "Turned off the second factor",
        Verb::AccountSecondFactorReset => "Reset the second factor",
        Verb::AccountFactorResetAsked => "Asked for the reset of a second factor",
        Verb::AccountFactorResetStopped => "Stopped the reset of their second factor",
        Verb::AccountDisabled => "Disabled the account",
        Verb::AccountEnabled => "Enabled the account",
        Verb::AccountSessionsEnded => "Signed the person out on all devices",
    }
}

/// The same for an entry as it is stored. What another release wrote is shown as it is spelt.
pub(crate) fn stored(verb: &str) -> String {
    match ActivityVerb::from_stored(verb) {
        Some(verb) => sentence(verb).to_owned(),
        None => verb.replace(['.', '_'], " "),
    }
}

/// The line below the words: whom or what it is about. What another release told in words is shown
/// as it stands. Times are in `zone`.
pub(crate) fn about(
    verb: &str,
    subject: Option<&str>,
    details: &Value,
    zone: Tz,
) -> Option<String> {
    let told = ActivityVerb::from_stored(verb).and_then(|verb| told(verb, subject, details, zone));
    told.or_else(|| subject.map(str::to_owned))
}

/// The line where an entry holds facts besides a name.
fn told(verb: ActivityVerb, subject: Option<&str>, details: &Value, zone: Tz) -> Option<String> {
    use ActivityVerb as Verb;
    let fact = |key: &str| details[key].as_str();
    match verb {
        Verb::ConsentGiven => Some(match details["days"].as_i64()? {
            1 => "For 1 day".to_owned(),
            days => format!("For {days} days"),
        }),
        Verb::ConsentRecorded => Some(format!("{}: “{}”", subject?, fact("quote")?)),
        Verb::VisitBegun if subject.is_none() => {
            Some("Looks at your pages, for an hour at the most. Changes nothing".to_owned())
        }
        Verb::VisitActingBegun => Some(format!(
            "With the consent of {}. Enters no secret",
            fact("consent_of")?
        )),
        Verb::VisitEnded | Verb::VisitActingEnded => visit_ended(subject?, fact("why")?),
        Verb::ConnectionDisconnected => Some(match details["with_data"] == true {
            true => "The data is being deleted, too".to_owned(),
            false => "The data stays".to_owned(),
        }),
        Verb::SetupClosed => (details["created"] == true)
            .then(|| "Our webhook in Procore is being removed".to_owned()),
        Verb::CaseClosed => {
            (details["left_behind"] == true).then(|| "Our webhook is left in Procore".to_owned())
        }
        Verb::RemovalGivenUp => Some(BY_HAND.to_owned()),
        Verb::RemovalDone => Some(match details["left_behind"].as_bool()? {
            true => BY_HAND.to_owned(),
            false => "Our webhook is removed from Procore".to_owned(),
        }),
        Verb::CompletionNeedsPerson
        | Verb::RemovalNeedsPerson
        | Verb::SettingsChangeNeedsPerson => {
            let action: Action = fact("action")?.parse().ok()?;
            Some(format!("{} ({})", action.label(), fact("cause")?))
        }
        Verb::IncidentBegan | Verb::IncidentEnded => incident(fact("code")?),
        Verb::DeliveriesCompared => Some(compared(&details["compared"])),
        Verb::ProjectNeedsPerson => Some(format!("{} ({})", subject?, fact("cause")?)),
        Verb::AddressTested => address_tested(&details["tested"]),
        Verb::ProjectsQueuedByThemselves => {
            let wished_by = fact("wished_by")?;
            Some(format!("{}. As {wished_by} wished", subject?))
        }
        Verb::SettingsChangeStarted | Verb::SettingsChanged | Verb::ProjectDefaultsSaved => {
            let sets = details["data_sets"].as_array()?.iter();
            let sets = sets.filter_map(|key| DataSet::from_key(key.as_str()?));
            let labels: Vec<&str> = sets.map(DataSet::label).collect();
            Some(labels.join(", "))
        }
        Verb::CompletionDataSetLeftOut => {
            DataSet::from_key(fact("data_set")?).map(|set| set.label().to_owned())
        }
        Verb::CaseCheckedAgain => match CheckPurpose::from_stored(fact("checks")?)? {
            CheckPurpose::Verify => Some("the Procore details".to_owned()),
            CheckPurpose::Permissions => Some("the permissions".to_owned()),
        },
        Verb::CaseLinkSent => link_sent(subject, fact("link")?),
        Verb::CaseFixesSent | Verb::SupportFixesSent if subject.is_none() => {
            Some("an address of the firm’s".to_owned())
        }
        Verb::GapRepaired => {
            let at = |end: &str| {
                let at: DateTime<Utc> = details["gap"][end].as_str()?.parse().ok()?;
                Some(at.with_timezone(&zone))
            };
            let records = details["records"].as_u64()?;
            Some(reading::gap_repaired(at("from")?, at("to")?, records))
        }
        Verb::HelpNotFound => not_found(details),
        _ => of_task(subject, details).or_else(|| {
            let stage = Stage::from_stored(fact("stage")?)?;
            Some(stage.label().to_owned())
        }),
    }
}

/// What went wrong, as the queue names it.
fn incident(code: &str) -> Option<String> {
    Some(cause(code.parse().ok()?))
}

const BY_HAND: &str = "Our webhook has to be removed in Procore by hand";

fn visit_ended(name: &str, why: &str) -> Option<String> {
    match why {
        "time_over" => Some(format!("{name}. Time was over")),
        "consent_withdrawn" => Some(format!("{name}. The consent was withdrawn")),
        "left_support" => Some(format!("{name}. Left support")),
        _ => None,
    }
}

fn link_sent(name: Option<&str>, link: &str) -> Option<String> {
    match (link, name) {
        ("step", Some(name)) => Some(format!("{name}, to the step")),
        ("factor", Some(name)) => Some(format!("{name}, to reset the second factor")),
        ("password", Some(name)) => Some(format!("{name}, to choose a new password")),
        ("invitation", _) => Some("somebody who is invited".to_owned()),
        ("hand_over", _) => Some("the colleague who was asked to help".to_owned()),
        _ => None,
    }
}

/// A step of a help text that does not match what somebody sees.
fn not_found(details: &Value) -> Option<String> {
    let (title, words) = (details["title"].as_str()?, details["words"].as_str()?);
    let step = details["step"].as_u64()?;
    Some(match details["saw"].as_str() {
        Some(saw) => format!("{title}, step {step}: {words}\nThey see: {saw}"),
        None => format!("{title}, step {step}: {words}"),
    })
}

/// A colleague's task, with their name or their words.
fn of_task(name: Option<&str>, details: &Value) -> Option<String> {
    let task = Task::from_stored(details["task"].as_str()?)?.label();
    Some(match (name, details["words"].as_str()) {
        (Some(name), _) => format!("{name}: {task}"),
        (None, Some(words)) => format!("{task}: “{words}”"),
        (None, None) => task.to_owned(),
    })
}

/// What ran, by the first word of a stored verb; `None` where it is about no run.
pub(crate) fn run(what: &str) -> Option<&'static str> {
    match what {
        "verification" => Some("Check of the Procore details"),
        "permissions" => Some("Check of the permissions"),
        "completion" => Some("Setting up"),
        "removal" => Some("Removing what we created in Procore"),
        _ => None,
    }
}

/// What support may know beside the words, a line each: why, the reference, and which details were
/// in use.
pub(crate) fn facts(details: &Value) -> Vec<String> {
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
            assert_eq!(ActivityVerb::from_stored(verb.as_str()), Some(verb));
            assert_eq!(stored(verb.as_str()), sentence(verb));
        }
        assert_eq!(stored("hook.turned_off"), "hook turned off");
    }

    #[test]
    fn an_entry_says_what_it_is_about_from_facts_or_in_the_words_of_an_older_release() {
        use serde_json::json;
        for (verb, subject, details, line) in [
            ("consent.given", None, json!({ "days": 7 }), "For 7 days"),
            ("consent.given", Some("For 7 days"), json!({}), "For 7 days"),
            (
                "completion.needs_person",
                None,
                json!({ "action": "hook", "cause": "PC-BUSY" }),
                "Create the webhook (PC-BUSY)",
            ),
            (
                "handover.cannot",
                None,
                json!({ "task": "fix_permissions", "words": "No rights" }),
                "Change permissions in Procore: “No rights”",
            ),
            (
                "setup.stalled",
                None,
                json!({ "stage": "verify" }),
                "Verify",
            ),
            (
                "visit.ended",
                Some("Sam. Time was over"),
                json!({}),
                "Sam. Time was over",
            ),
            (
                "visit.ended",
                Some("Sam"),
                json!({ "why": "time_over" }),
                "Sam. Time was over",
            ),
            ("hook.turned_off", Some("4711"), json!({}), "4711"),
        ] {
            let shown = about(verb, subject, &details, Tz::UTC);
            assert_eq!(shown.as_deref(), Some(line), "{verb}");
        }
        assert_eq!(
            about("setup.closed", None, &json!({ "created": false }), Tz::UTC),
            None
        );
    }
}
