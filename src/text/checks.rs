//! The words for a run of checks: how it stands, and what its rows say.

use super::count::{Noun, counted, grouped};
use super::list;
use crate::catalog::Level;
use crate::onboarding::CheckPurpose;
use crate::verdict::{Check, CheckResult, CheckState, ReasonCode};

/// How a run of checks stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    Running,
    Passed,
    Failed { passed: usize, total: usize },
    Waiting(Option<ReasonCode>),
}

impl Standing {
    /// In a list of what happened to a task.
    pub(crate) fn in_list(self) -> String {
        match self {
            Self::Running => "being checked".to_owned(),
            Self::Passed => "all checks passed".to_owned(),
            Self::Failed { passed, total } => format!("{passed} of {total} checks passed"),
            Self::Waiting(code) => why_waiting(code).to_owned(),
        }
    }

    /// In a mail about the task.
    pub(crate) fn in_mail(self) -> String {
        match self {
            Self::Running => "The checks: being checked.".to_owned(),
            Self::Passed => "The checks: all checks passed.".to_owned(),
            Self::Failed { passed, total } => {
                format!("The checks: {passed} of {total} checks passed.")
            }
            Self::Waiting(code) => format!("The checks: {}.", why_waiting(code)),
        }
    }
}

pub(crate) const RUNNING: &str =
    "Checking. This takes a few seconds; it goes on if you leave this page.";

/// Nothing stands in the way; so many checks warn.
pub(crate) fn passed(warnings: usize) -> String {
    match warnings {
        0 => "All checks passed.".to_owned(),
        1 => "You can continue. 1 check has a warning, which you may look at.".to_owned(),
        _ => format!("You can continue. {warnings} checks have a warning, which you may look at."),
    }
}

/// Nothing was checked, for a reason of our own.
pub(crate) fn not_asked(code: Option<ReasonCode>) -> String {
    const SORRY: &str =
        "We could not ask Procore. The problem is on our side: tell us, and check again later.";
    match code {
        Some(code) => format!("{SORRY} {}.", code.reference()),
        None => SORRY.to_owned(),
    }
}

pub(crate) fn failed(passed: usize, total: usize) -> String {
    format!("{passed} of {total} checks passed. What to do is below.")
}

/// We wait for Procore; `again` is the time of day of the next attempt.
pub(crate) fn waiting(code: Option<ReasonCode>, again: Option<&str>) -> String {
    let why = match code {
        Some(ReasonCode::Rate) => "Procore asked us to slow down right now.",
        Some(ReasonCode::Busy) => "Procore has too much to do right now.",
        _ => "Procore is not answering right now.",
    };
    let again = match again {
        Some(again) => format!("We try again at {again}."),
        None => "We try again.".to_owned(),
    };
    let saved = "Your details are saved, and nothing is wrong with them as far as we know.";
    match code {
        Some(code) => format!("{why} {saved} {again} {}.", code.reference()),
        None => format!("{why} {saved} {again}"),
    }
}

/// Why we wait for Procore, in a few words.
pub(crate) fn why_waiting(code: Option<ReasonCode>) -> &'static str {
    match code {
        Some(ReasonCode::Rate) => "Procore asked us to slow down",
        Some(ReasonCode::Busy) => "Procore has too much to do",
        _ => "Procore is not answering",
    }
}

pub(crate) const CHANGED: &str =
    "This was changed after your page was shown. Look at it again before you continue.";

/// What Procore answered where nothing has to be fixed, with what is worth knowing.
pub(crate) fn answered(result: &CheckResult) -> String {
    let said = match result.state {
        CheckState::Passed => what_passed(result),
        _ => None,
    };
    let notes = result
        .detail
        .notes
        .iter()
        .map(|note| note.text().to_owned());
    said.into_iter().chain(notes).collect::<Vec<_>>().join(" ")
}

fn what_passed(result: &CheckResult) -> Option<String> {
    Some(match &result.check {
        Check::Reach => "Procore answers.".to_owned(),
        Check::Credentials => "Procore accepts the Client ID and secret.".to_owned(),
        Check::Connected => "The app is connected to your company.".to_owned(),
        Check::Company => match &result.detail.company_name {
            Some(name) => format!("Procore calls it **{}**.", name.replace('*', "∗")),
            None => "The company is there.".to_owned(),
        },
        Check::Webhooks => "Procore lets us set up live updates.".to_owned(),
        Check::DataSet(_) | Check::ProjectsVisible | Check::Excess => return None,
    })
}

impl Check {
    /// The tool that a row of the permission check is about, and what it is needed for.
    pub(crate) fn tool_and_purpose(&self) -> (String, String) {
        let (tool, purpose) = match self {
            Self::DataSet(set) => (set.entry().needs().tool.label(), set.label()),
            Self::ProjectsVisible => ("Portfolio", "projects shared with us"),
            Self::Webhooks => ("Webhooks API", "live updates"),
            Self::Excess => ("Directory", "no more access than needed"),
            Self::Reach | Self::Credentials | Self::Connected | Self::Company => {
                return ("Access".to_owned(), self.label());
            }
        };
        (tool.to_owned(), purpose.to_owned())
    }

    /// What the check asks for; `level` is the one that was needed when it ran.
    pub fn needed(&self, level: Option<Level>) -> &'static str {
        match (level, self) {
            (Some(level), _) => level.label(),
            (None, Self::DataSet(set)) => set.entry().needs().level.label(),
            (None, Self::Webhooks) => "Standard",
            (None, Self::ProjectsVisible) => "Shared with the app",
            (None, Self::Excess) => "Below Admin",
            (None, Self::Reach | Self::Credentials | Self::Connected | Self::Company) => "Access",
        }
    }
}

/// The level that Procore reports, or its equivalent.
pub(crate) fn found(result: &CheckResult) -> Option<String> {
    match (result.found, &result.check, result.detail.records) {
        (Some(level), _, _) => Some(level.label().to_owned()),
        (None, Check::ProjectsVisible, Some(shared)) => {
            Some(format!("{} shared", counted(shared, Noun::Project)))
        }
        (None, _, _) => None,
    }
}

/// How we know, with what is worth knowing besides.
pub(crate) fn evidence(result: Option<&CheckResult>) -> String {
    let Some(result) = result else {
        return "Not checked yet".to_owned();
    };
    let detail = &result.detail;
    let how = result.how.map(|how| how.label().to_owned());
    let notes = detail.notes.iter().map(|note| note.text().to_owned());
    let records = detail.records.filter(|records| *records > 0);
    let records = records.map(|records| format!("{} listed", grouped(records)));
    let left_out = (!detail.left_out.is_empty()).then(|| shown_as_numbers(&detail.left_out));
    let words = how.into_iter().chain(records).chain(notes).chain(left_out);
    words.collect::<Vec<_>>().join(". ")
}

/// What lists that only name things come down to where they cannot be read.
pub(crate) fn shown_as_numbers(lists: &[String]) -> String {
    let lists = list(lists);
    format!("Shown as numbers, since our level does not let us read their names: {lists}")
}

/// The button that takes data sets out of the choice.
pub(crate) fn go_on_without(data_sets: &[String]) -> String {
    format!("Go on without {}", list(data_sets))
}

pub(crate) const SOMEBODY_IN_PROCORE: &str = "An administrator of your Procore company";
pub(crate) const NO_NAME: &str = "Procore does not tell us its name";

/// The projects that we may see, with the names of some.
pub(crate) fn projects(total: u64, names: &[String]) -> String {
    match names {
        [] => grouped(total),
        _ => format!("{}, among them {}", grouped(total), names.join(", ")),
    }
}

/// The line that stands for folded checks; a warning is no pass.
pub(crate) fn checks_passed(passed: usize, total: usize) -> String {
    match total == passed {
        true => passed_checks(total),
        false => format!("{passed} of {total} checks passed"),
    }
}

/// What corrects the details.
pub(crate) const SECRET_AGAIN: &str = "Enter the secret again";
pub(crate) const PROVE_AGAIN: &str = "Sign in with Procore";
pub(crate) const OTHER_ENVIRONMENT: &str = "Choose the other environment";
pub(crate) const CORRECT_COMPANY: &str = "Correct the Company ID";

pub(crate) fn passed_checks(count: usize) -> String {
    format!("{} passed", counted(count, Noun::Check))
}

/// The fold of the rows that need a look, below what to do about them.
pub(crate) fn rows_to_look_at(count: usize) -> String {
    format!("{} failed or not tested", counted(count, Noun::Check))
}

pub(crate) fn permissions_in_order(count: usize) -> String {
    match count {
        1 => "1 permission is right".to_owned(),
        _ => format!("{} are right", counted(count, Noun::Permission)),
    }
}

impl CheckPurpose {
    /// What was checked, in a list of earlier runs.
    pub fn label(self) -> &'static str {
        match self {
            Self::Verify => "Details",
            Self::Permissions => "Permissions",
        }
    }
}

/// How an earlier run ended.
pub(crate) const ENDED_PASSED: &str = "Passed";
pub(crate) const ENDED_OPEN: &str = "Not finished";

pub(crate) fn ended_failed(code: Option<ReasonCode>) -> String {
    match code {
        Some(code) => format!("Needs attention, {}", code.reference()),
        None => "Needs attention".to_owned(),
    }
}
