//! Short texts that stand on many pages: states, kinds of people, navigation, headings of columns.

use super::count::grouped;
use super::events::in_words;
use crate::connection::EventOutcome;
use crate::identity::SupportRole;

impl SupportRole {
    pub fn label(self) -> &'static str {
        match self {
            Self::Staff => "Staff",
            Self::Lead => "Lead",
        }
    }
}

/// The states of steps and checks.
pub(crate) const NOT_STARTED: &str = "Not started";
pub(crate) const IN_PROGRESS: &str = "In progress";
pub(crate) const DONE: &str = "Done";
pub(crate) const NEEDS_ATTENTION: &str = "Needs attention";
pub(crate) const NOT_CHECKED: &str = "Not checked";
pub(crate) const CHECKING: &str = "Checking";
pub(crate) const PASSED: &str = "Passed";
pub(crate) const WARNING: &str = "Warning";
pub(crate) const FAILED: &str = "Failed";
pub(crate) const WAITING: &str = "Waiting";
pub(crate) const NOT_TESTED: &str = "Not tested";

/// The kinds of notices, for screen readers.
pub(crate) const INFO: &str = "For your information";
pub(crate) const NEEDS_YOU: &str = "Needs you";

/// The states of a mail.
pub(crate) const ON_ITS_WAY: &str = "On its way";
pub(crate) const SENT: &str = "Sent";
pub(crate) const NOT_DELIVERED: &str = "Not delivered";
pub(crate) const KEPT: &str = "Kept here";

/// The second factor of a support person.
pub(crate) const ON: &str = "On";
pub(crate) const NOT_SET_UP: &str = "Not set up yet";

/// Who did something.
pub(crate) const FIRM: &str = "Firm";
pub(crate) const COLLEAGUE: &str = "Colleague";
pub(crate) const SUPPORT: &str = "Support";
pub(crate) const SYSTEM: &str = "System";

/// Support, when it acts for the firm.
pub(crate) fn acting(name: &str, firm: &str) -> String {
    format!("{name} for {firm}")
}

/// Navigation.
pub(crate) const INTEGRATIONS: &str = "Integrations";
pub(crate) const PEOPLE: &str = "People";
pub(crate) const ACTIVITY: &str = "Activity";
pub(crate) const QUEUE: &str = "Queue";
pub(crate) const OVERVIEW: &str = "Overview";
pub(crate) const MAIL: &str = "Mail";
pub(crate) const NEW_FIRM: &str = "New firm";
pub(crate) const STAFF: &str = "Staff";
pub(crate) const APP: &str = "App";
pub(crate) const PROCORE_INTEGRATION: &str = "Procore integration";
pub(crate) const DATA: &str = "Data";
pub(crate) const PROJECTS: &str = "Projects";
pub(crate) const EVENTS: &str = "Events";
pub(crate) const WEBHOOKS: &str = "Webhooks";
pub(crate) const SETTINGS: &str = "Settings";
pub(crate) const PERMISSIONS: &str = "Permissions";
pub(crate) const CREDENTIALS: &str = "Credentials";
pub(crate) const LISTS: &str = "Lists";

/// Columns.
pub(crate) const STEP: &str = "Step";
pub(crate) const REASON: &str = "Reason";
pub(crate) const WAITING_ON: &str = "Waiting on";
pub(crate) const IDLE: &str = "Idle";
pub(crate) const DUE: &str = "Due";
pub(crate) const ASSIGNEE: &str = "Assignee";
pub(crate) const LAST_CONTACT: &str = "Last contact";
pub(crate) const RECORDS: &str = "Records";
pub(crate) const NO_LONGER_LISTED: &str = "No longer listed";
pub(crate) const LAST_CHANGE: &str = "Last change";
pub(crate) const LAST_READ: &str = "Last read";
pub(crate) const NAME: &str = "Name";
pub(crate) const PROCORE_ID: &str = "Procore ID";
pub(crate) const CHANGED: &str = "Changed";
pub(crate) const LAST_SEEN: &str = "Last seen";

/// What a list holds that the catalog does not name.
pub(crate) const OF_A_LIST: &str = "records";

/// The way up from the records of the company.
pub(crate) const ALL_DATA: &str = "All data";

/// Data of a project.
pub(crate) fn of_project(data: &str, project: &str) -> String {
    format!("{data} of {project}")
}

/// A record without a name.
pub(crate) fn record(id: i64) -> String {
    format!("Record {id}")
}

/// The facts about a company at a case.
pub(crate) const COMPANY_ID: &str = "Company ID";
pub(crate) const ENVIRONMENT: &str = "Environment";
pub(crate) const ACCESS: &str = "Access";
pub(crate) const PROCORE_COMPANY: &str = "Procore company";
pub(crate) const CHOSEN_DATA: &str = "Chosen data";

/// The strip across the firm's pages while support is visiting.
pub(crate) const VIEW_AS: &str = "View as";
pub(crate) const END_VIEW: &str = "End view";
pub(crate) const ACTING: &str = "Acting for the firm";
pub(crate) const STOP_ACTING: &str = "Stop acting";

pub(crate) fn viewing(firm: &str, until: &str) -> String {
    format!(
        "You see {firm} as its admins do, until {until}. You can change nothing. Buttons and links to forms are off, because only the firm may press them."
    )
}

pub(crate) fn acting_until(firm: &str, until: &str) -> String {
    format!("You act for {firm} until {until}. Everything you do carries your name.")
}

/// What a visitor from support is doing.
pub(crate) const LOOKS: &str = "looks at your pages";
pub(crate) const ACTS: &str = "acts for you";

/// A device as its browser tells.
pub(crate) fn device(browser: Option<&str>, system: Option<&str>) -> String {
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => "Unknown device".to_owned(),
    }
}

/// Why somebody needs a second factor.
pub(crate) const FACTOR_NEEDED_BY_SUPPORT: &str =
    "Support people see every firm, so it is required for them. Set it up to go on.";
pub(crate) const FACTOR_NEEDED_BY_FIRM: &str =
    "Everybody who acts for your firm needs one. Set it up to go on.";

/// Ending sessions.
pub(crate) fn sign_out_device(device: &str) -> String {
    format!("Sign out {device}")
}

pub(crate) const SIGN_OUT_ONE: &str = "Signing in there again takes the password.";
pub(crate) const SIGN_OUT_EVERYWHERE: &str = "Sign out everywhere";
pub(crate) const SIGN_OUT_ALL: &str =
    "Signing in again takes the password on every device, this one too.";

pub(crate) const UNKNOWN_SOURCE: &str = "unknown";

/// When Procore's documentation was last compared with a click path.
pub(crate) fn checked_on(day: &str) -> String {
    format!("Checked against Procore’s documentation on {day}.")
}

pub(crate) fn you_need(needs: &str) -> String {
    format!("You need: {needs}.")
}

pub(crate) fn who_can_do(who: &str) -> String {
    format!("Who can do it: {who}")
}

/// When a consent that support recorded begins, on the firm's page.
pub(crate) fn consent_begins(from: &str) -> String {
    format!(
        "Support may act for you from {from}, or earlier if a lead of support confirms the consent."
    )
}

/// The same while the mail about it has not left.
pub(crate) fn consent_not_begun(why: &str) -> String {
    format!(
        "{why} The consent begins 15 minutes after that mail is sent, or when a lead of support confirms it."
    )
}

/// Why nobody was told of a consent by mail yet.
pub(crate) const CONSENT_MAIL_WAITS: &str =
    "The mail about it to the firm’s admins is waiting to be sent.";
pub(crate) const CONSENT_MAIL_KEPT: &str =
    "The mail about it to the firm’s admins is not sent, because no mail server is set up.";
pub(crate) const CONSENT_MAIL_FAILED: &str =
    "The mail about it to the firm’s admins could not be delivered.";
pub(crate) const CONSENT_NOBODY_TOLD: &str = "The firm has no admin who could get a mail about it.";

/// Everybody in a choice of kinds of people.
pub(crate) const EVERYBODY: &str = "Everybody";

/// The columns of the activity as a file.
pub(crate) const ACTIVITY_FILE: [&str; 6] = ["When", "Kind", "Who", "What", "About", "From"];

/// Above the columns of a file; `at` is the exact time.
pub(crate) fn cut_at(at: &str) -> String {
    format!("As of {at}")
}

/// How many records Procore does not show at the moment, without saying that they were deleted.
pub(crate) fn unavailable(records: i64) -> String {
    format!("{} unavailable", grouped(records))
}

pub(crate) const YES: &str = "Yes";
pub(crate) const NO: &str = "No";

/// The name of a field in Procore's JSON, in words.
pub(crate) fn field(name: &str) -> String {
    let words = name.replace('_', " ");
    let mut letters = words.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => words,
    }
}

/// When a record was read, and when it changed.
pub(crate) const FIRST_READ: &str = "First read";
pub(crate) const SEEN_IN_LIST: &str = "Last seen in Procore’s list";
pub(crate) const COPY_CHANGED: &str = "Our copy last changed";

/// An event about the record, with what became of it.
pub(crate) fn event(what: Option<&str>, outcome: Option<EventOutcome>) -> String {
    let what = match what.map(in_words) {
        Some(change) => format!("Procore announced that it was {change}"),
        None => "Procore announced a change".to_owned(),
    };
    match outcome {
        Some(outcome) => format!("{what}. {}", outcome.sentence()),
        None => format!("{what}. Waiting to be read"),
    }
}
