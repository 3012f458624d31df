//! The words for how a connection is.

use chrono::{DateTime, Utc};

use super::count::grouped;
use super::first_of;
use super::projects::{concerned, sentences};
use crate::connection::Health;
use crate::connection::incident::{Finding, HookDrift, ProjectsInNeed};
use crate::verdict::ReasonCode;

/// Where the details of a connection in use are entered.
pub(crate) const UNDER_REPLACE: &str = "under Replace credentials";
/// The button that replaces them once they pass.
pub(crate) const CHECK_AND_REPLACE: &str = "Check and replace";
/// The button that looks at everything at once.
pub(crate) const CHECK_NOW: &str = "Check now";

impl Health {
    /// The one word for it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Healthy => "Healthy",
            Self::Degraded => "Degraded",
            Self::Broken => "Broken",
            Self::Paused => "Paused",
            Self::Disconnected => "Disconnected",
        }
    }
}

/// The state in one sentence.
pub(crate) fn sentence(health: Health) -> &'static str {
    match health {
        Health::Healthy => "Procore answers, and changes reach us.",
        Health::Degraded => {
            "Procore is connected, but something below needs attention. The rest goes on."
        }
        Health::Broken => {
            "Nothing can be read from Procore at the moment. What was read before is kept."
        }
        Health::Paused => {
            "Nothing is read from Procore until you resume. What Procore reports meanwhile is kept."
        }
        Health::Disconnected => "Nothing is read from Procore any more.",
    }
}

/// The same while Procore does not answer anybody.
pub(crate) fn sentence_in_outage(health: Health) -> &'static str {
    match health {
        Health::Healthy => {
            "Procore does not answer at the moment. Nothing is lost: we read what changes meanwhile once it answers again."
        }
        Health::Degraded => {
            "Procore does not answer at the moment, and something below needs attention. We read what changes meanwhile once it answers again."
        }
        Health::Broken | Health::Paused | Health::Disconnected => sentence(health),
    }
}

/// What exactly was found, where there is more to say than the reason.
pub(crate) fn about(finding: &Finding) -> Option<String> {
    let of_company = about_company(finding);
    let of_projects = finding.projects.as_deref();
    let of_projects = of_projects.map(|it| projects_concerned(finding.code, it));
    match (of_company, of_projects) {
        (Some(company), Some(projects)) => Some(sentences(&company, &projects)),
        (company, projects) => company.or(projects),
    }
}

/// `3 of 40 projects need something: 1187 Harbor Tower, …`.
fn projects_concerned(code: ReasonCode, projects: &ProjectsInNeed) -> String {
    let line = concerned(code, projects.count, projects.of);
    match projects.names.is_empty() {
        true => format!("{line}."),
        false => format!("{line}: {}.", first_of(&projects.names, projects.count)),
    }
}

fn about_company(finding: &Finding) -> Option<String> {
    let drift = finding.hook.iter().map(|drift| drift.sentence());
    let drift: Vec<&str> = drift.collect();
    if !drift.is_empty() {
        return Some(drift.join(" "));
    }
    match (finding.code, finding.count) {
        (ReasonCode::Hidden, Some(count)) => Some(projects_missing(&finding.names, count)),
        (ReasonCode::Deliveries, Some(count)) if finding.has_more => Some(format!(
            "More than {} changes were not delivered.",
            grouped(count)
        )),
        (ReasonCode::Deliveries, None) => finding.last_at.map(deliveries_fail),
        (ReasonCode::Deliveries, Some(1)) => Some("1 change was not delivered.".to_owned()),
        (ReasonCode::Deliveries, Some(count)) => {
            Some(format!("{} changes were not delivered.", grouped(count)))
        }
        (ReasonCode::NotInstalled, _) => match (&finding.app_version_key, &finding.app_listing) {
            (Some(key), _) => Some(format!("The App Version Key to install it again: {key}")),
            (None, Some(listing)) => Some(format!(
                "Where to install it again in the Procore App Marketplace: {listing}"
            )),
            (None, None) => None,
        },
        (ReasonCode::Late, _) => finding.last_at.map(|since| late(finding, since)),
        _ => None,
    }
}

fn deliveries_fail(since: DateTime<Utc>) -> String {
    let since = since.format("%-d %B %Y, %H:%M UTC");
    format!("Procore has failed to deliver since {since}, and tries again for up to 12 hours.")
}

fn late(finding: &Finding, since: DateTime<Utc>) -> String {
    let since = since.format("%-d %B %Y, %H:%M UTC");
    let waiting = finding.count.map(|count| match count {
        1 => "1 change waits to be copied".to_owned(),
        _ => format!("{} changes wait to be copied", grouped(count)),
    });
    let not_read = format!(
        "Not read again since {since}: {}.",
        finding.names.join(", ")
    );
    match (waiting, finding.names.is_empty()) {
        (Some(waiting), true) => format!("{waiting}, since {since}."),
        (Some(waiting), false) => format!("{not_read} {waiting}."),
        (None, true) => format!("Not compared with Procore since {since}."),
        (None, false) => not_read,
    }
}

fn projects_missing(names: &[String], count: u64) -> String {
    format!("No longer shared with us: {}.", first_of(names, count))
}

/// Procore does not answer in an environment.
pub(crate) fn outage(environment: &str, since: &str) -> String {
    format!("Procore ({environment}) has not answered since {since}. No firm gets a mail about it.")
}

/// What is wrong, in a few words.
pub(crate) fn cause(reason: ReasonCode) -> String {
    let text = match reason {
        ReasonCode::Credentials => "Key rejected",
        ReasonCode::Environment => "Key of another environment",
        ReasonCode::NotInstalled => "App not installed",
        ReasonCode::Company => "Company not reached",
        ReasonCode::Taken => "Company connected elsewhere",
        ReasonCode::NotYours => "Company not proven",
        ReasonCode::Level(tool) => return format!("Level too low on {}", tool.label()),
        ReasonCode::WebhookLevel => "Level too low on Webhooks API",
        ReasonCode::NoProjects => "No projects shared",
        ReasonCode::ProjectTool => "Project tool not readable",
        ReasonCode::Hidden => "Projects no longer shared",
        ReasonCode::Hook => "Webhook changed in Procore",
        ReasonCode::Deliveries => "Deliveries fail",
        ReasonCode::Late => "Our copy is out of date",
        ReasonCode::AppUpdate => "An update of the app waits",
        ReasonCode::Unreachable => "Procore outage",
        ReasonCode::Rate | ReasonCode::Busy => "Procore asked to slow down",
        ReasonCode::PendingApproval => "Procore reviews the app",
        ReasonCode::Excess | ReasonCode::Unexpected => "Unknown answer from Procore",
    };
    text.to_owned()
}

impl HookDrift {
    /// What happened to our webhook.
    pub(crate) fn sentence(self) -> &'static str {
        match self {
            Self::Removed => "It is not there any more.",
            Self::Disabled => "It was disabled.",
            Self::Doubled => "There is a second one that leads to us.",
            Self::Redirected => "It leads to another address.",
            Self::Triggers => "It no longer announces what you chose.",
        }
    }
}
