//! Short texts that stand on many pages: states, kinds of people, navigation, headings of columns.

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
pub const NOT_STARTED: &str = "Not started";
pub const IN_PROGRESS: &str = "In progress";
pub const DONE: &str = "Done";
pub const NEEDS_ATTENTION: &str = "Needs attention";
pub const NOT_CHECKED: &str = "Not checked";
pub const CHECKING: &str = "Checking";
pub const PASSED: &str = "Passed";
pub const WARNING: &str = "Warning";
pub const FAILED: &str = "Failed";
pub const WAITING: &str = "Waiting";
pub const NOT_TESTED: &str = "Not tested";

/// The kinds of notices, for screen readers.
pub const INFO: &str = "For your information";
pub const NEEDS_YOU: &str = "Needs you";

/// The states of a mail.
pub const ON_ITS_WAY: &str = "On its way";
pub const SENT: &str = "Sent";
pub const NOT_DELIVERED: &str = "Not delivered";
pub const KEPT: &str = "Kept here";

/// The second factor of a support person.
pub const ON: &str = "On";
pub const NOT_SET_UP: &str = "Not set up yet";

/// Who did something.
pub const FIRM: &str = "Firm";
pub const COLLEAGUE: &str = "Colleague";
pub const SUPPORT: &str = "Support";
pub const SYSTEM: &str = "System";

/// Support, when it acts for the firm.
pub fn acting(name: &str, firm: &str) -> String {
    format!("{name} for {firm}")
}

/// Navigation.
pub const INTEGRATIONS: &str = "Integrations";
pub const PEOPLE: &str = "People";
pub const ACTIVITY: &str = "Activity";
pub const QUEUE: &str = "Queue";
pub const OVERVIEW: &str = "Overview";
pub const MAIL: &str = "Mail";
pub const NEW_FIRM: &str = "New firm";
pub const STAFF: &str = "Staff";
pub const PROCORE_INTEGRATION: &str = "Procore integration";
pub const DATA: &str = "Data";
pub const WEBHOOKS: &str = "Webhooks";
pub const SETTINGS: &str = "Settings";
pub const PERMISSIONS: &str = "Permissions";
pub const CREDENTIALS: &str = "Credentials";
pub const LISTS: &str = "Lists";

/// Columns.
pub const STEP: &str = "Step";
pub const REASON: &str = "Reason";
pub const WAITING_ON: &str = "Waiting on";
pub const IDLE: &str = "Idle";
pub const DUE: &str = "Due";
pub const ASSIGNEE: &str = "Assignee";
pub const LAST_CONTACT: &str = "Last contact";
pub const RECORDS: &str = "Records";
pub const NO_LONGER_LISTED: &str = "No longer listed";
pub const LAST_READ: &str = "Last read";
pub const NAME: &str = "Name";
pub const PROCORE_NUMBER: &str = "Procore’s number";
pub const CHANGED_IN_PROCORE: &str = "Changed in Procore";
pub const LAST_SEEN: &str = "Last seen";

/// What a list holds that the catalog does not name.
pub const OF_A_LIST: &str = "records";

/// A record without a name.
pub fn record(id: i64) -> String {
    format!("Record {id}")
}

/// The facts about a company at a case.
pub const COMPANY_ID: &str = "Company ID";
pub const ENVIRONMENT: &str = "Environment";
pub const ACCESS: &str = "Access";
pub const PROCORE_COMPANY: &str = "Procore company";
pub const CHOSEN_DATA: &str = "Chosen data";

/// The strip across the firm's pages while support is visiting.
pub const VIEW_AS: &str = "View as";
pub const END_VIEW: &str = "End view";
pub const ACTING: &str = "Acting for the firm";
pub const STOP_ACTING: &str = "Stop acting";

pub fn viewing(firm: &str, until: &str) -> String {
    format!("You see {firm} as its admins do, until {until}. You can change nothing.")
}

pub fn acting_until(firm: &str, until: &str) -> String {
    format!("You act for {firm} until {until}. Everything you do carries your name.")
}

/// What a visitor from support is doing.
pub const LOOKS: &str = "looks at your pages";
pub const ACTS: &str = "acts for you";

/// A device as its browser tells.
pub fn device(browser: Option<&str>, system: Option<&str>) -> String {
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => "Unknown device".to_owned(),
    }
}

pub const UNKNOWN_SOURCE: &str = "unknown";

/// When Procore's documentation was last compared with a click path.
pub fn checked_on(day: &str) -> String {
    format!("Checked against Procore’s documentation on {day}.")
}

pub fn you_need(needs: &str) -> String {
    format!("You need: {needs}.")
}
