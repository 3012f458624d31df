//! What was done, in words: one phrase for every verb of the record.

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
        "case.assigned" => "Assigned the case",
        other => return other.replace(['.', '_'], " "),
    };
    known.to_owned()
}
