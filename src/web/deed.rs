//! What was done, in words: one phrase for every verb of the record.

use serde_json::Value;

/// What an entry tells, to be read after a name. A verb of a newer release is shown as written.
pub fn words(verb: &str) -> String {
    let known = match verb {
        "firm.created" => "Took the firm in",
        "person.created" => "Created an account",
        "person.removed" => "Removed somebody from the firm",
        "invitation.sent" => "Sent an invitation",
        "invitation.revoked" => "Took an invitation back",
        "invitation.accepted" => "Accepted an invitation",
        "setup.reviewed" => "Read what will happen",
        "setup.details_entered" => "Entered the Procore details",
        "setup.company_confirmed" => "Confirmed the Procore company",
        "setup.settings_saved" => "Chose what to bring",
        "setup.permissions_confirmed" => "Confirmed the permissions",
        "setup.started_again" => "Started the setup again",
        "verification.started" => "Started checking the details",
        "verification.passed" => "Found the details to work",
        "verification.failed" => "Found details that do not work",
        "verification.waiting" => "Could not check the details yet, because of Procore",
        "permissions.started" => "Started checking the permissions",
        "permissions.passed" => "Found the permissions to be enough",
        "permissions.failed" => "Found permissions that are missing",
        "permissions.waiting" => "Could not check the permissions yet, because of Procore",
        "completion.started" => "Confirmed the plan",
        "completion.retried" => "Tried again",
        "completion.data_set_left_out" => "Left a data set out",
        "completion.needs_person" => "Stopped, because it needs somebody",
        "completion.done" => "Connected Procore",
        "webhook.foreign_found" => "Found other webhooks under the same name and left them alone",
        "webhook.triggers_missing" => "Found that Procore does not announce everything",
        "handover.sent" => "Handed a task to a colleague",
        "handover.sent_again" => "Sent a colleague the link again",
        "handover.renewed" => "Asked for a new link, because the old one had expired",
        "handover.opened" => "Opened the link to a task",
        "handover.done" => "Said that the task is done",
        "handover.cannot" => "Said that the task cannot be done",
        "handover.revoked" => "Took the link to a task back",
        "handover.passes" => "Noted that what a colleague was asked to mend passes now",
        "handover.expired" => "Noted that the link to a task has expired",
        "help.not_found" => "Could not find in Procore what a step names",
        "setup.opened" => "Began a new setup",
        "setup.closed" => "Closed the setup",
        "setup.reopened" => "Opened the setup again",
        "setup.step_reopened" => "Opened a step again",
        "setup.stalled" => "Found that nothing moves",
        "setup.escalated" => "Made it support’s turn",
        "removal.done" => "Finished closing the setup",
        "removal.needs_person" => "Could not remove our webhook from Procore",
        "removal.retried" => "Tried again to remove our webhook",
        "removal.given_up" => "Left our webhook in Procore",
        "reminder.sent" => "Reminded the firm",
        "reminders.stopped" => "Stopped the reminders",
        "reminders.resumed" => "Turned the reminders on again",
        "consent.given" => "Let support act",
        "consent.withdrawn" => "Took the consent for support back",
        "consent.asked" => "Asked for the consent to act",
        "consent.recorded" => "Wrote down the firm’s consent",
        "visit.begun" => "Began to view as the firm",
        "visit.ended" => "Ended viewing as the firm",
        "visit.acting_begun" => "Began to act for the firm",
        "visit.acting_ended" => "Stopped acting for the firm",
        "case.closed" => "Closed the case",
        "case.reopened" => "Reopened the case",
        "case.step_reopened" => "Reopened a step",
        "case.viewed_as" => "Viewed as the firm",
        "case.acted_for" => "Acted for the firm",
        "case.consent_asked" => "Asked for consent",
        "case.consent_recorded" => "Recorded a consent",
        "support.step_link_sent" => "Sent a link to the step",
        "support.reset_link_sent" => "Sent a link to choose a new password",
        "support.fixes_sent" => "Sent what has to be mended",
        "case.assigned" => "Assigned the case",
        "case.checked_again" => "Had the checks run again",
        "case.retried" => "Had the failed action tried again",
        "case.link_sent" => "Sent a fresh link",
        "case.fixes_sent" => "Sent these fixes",
        "case.snoozed" => "Snoozed the case",
        other => return other.replace(['.', '_'], " "),
    };
    known.to_owned()
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
