//! What the pages say on which a firm integrates single projects.

use super::count::{Noun, counted, grouped};
use super::list;
use crate::connection::{ProjectState, ShownProject};
use crate::verdict::{Obstacle, ReasonCode};

pub(crate) const STATE: &str = "State";
pub(crate) const LAST_EVENT: &str = "Last event";
pub(crate) const LAST_COPY: &str = "Last read";
pub(crate) const CHECKED: &str = "Checked";
pub(crate) const ALL: &str = "All";
pub(crate) const CHECK_AGAIN: &str = "Check again";
pub(crate) const CHOOSE: &str = "Choose";
pub(crate) const NUMBER: &str = "Number";
pub(crate) const STATES: &str = "States";
pub(crate) const ALL_FOUND: &str = "Integrate all that are found";
pub(crate) const NEWEST: &str = "Newest first";

/// A project without a name or number.
pub(crate) fn unnamed(id: i64) -> String {
    format!("Project {id}")
}

/// `1187 Harbor Tower`.
pub(crate) fn title(number: &str, name: &str, id: i64) -> String {
    match (number.trim(), name.trim()) {
        ("", "") => unnamed(id),
        ("", name) => name.to_owned(),
        (number, "") => unnamed_with(number),
        (number, name) => format!("{number} {name}"),
    }
}

fn unnamed_with(number: &str) -> String {
    format!("Project {number}")
}

/// How a project is, in one word.
pub(crate) fn shown(state: ShownProject) -> &'static str {
    match state {
        ShownProject::NotChecked => "Not checked",
        ShownProject::Ready => "Ready",
        ShownProject::NotReady => "Not ready",
        ShownProject::Integrated => "Integrated",
        ShownProject::Unavailable => "Unavailable",
    }
}

/// How far the integration of a project is; `stopped` where somebody has to fix something first.
pub(crate) fn integration(state: ProjectState, stopped: bool) -> &'static str {
    match (state, stopped) {
        (_, true) => "Needs you",
        (ProjectState::Queued, false) => "Waiting its turn",
        (ProjectState::Integrating, false) => "Being set up",
        (ProjectState::Integrated, false) => "Integrated",
        (ProjectState::Removing, false) => "Being removed",
    }
}

/// What stands in the way in a project, in a line.
pub(crate) fn obstacle(it: &Obstacle) -> String {
    let tool = match (it.tool, &it.renamed) {
        (_, Some(renamed)) => renamed.clone(),
        (Some(tool), None) => tool.label().to_owned(),
        (None, None) => return "Procore does not show us this project".to_owned(),
    };
    match (it.code, it.found, it.needed) {
        (ReasonCode::ProjectTool, ..) => format!("{tool} is switched off"),
        (_, Some(found), Some(needed)) => format!("{tool}: {found}, needs {needed}"),
        (_, None, Some(needed)) => format!("{tool} needs {needed}"),
        _ => format!("{tool} cannot be read"),
    }
}

/// Why a project cannot be integrated at all.
pub(crate) const IS_TEMPLATE: &str = "A template or demonstration";
pub(crate) const IS_INACTIVE: &str = "Not active in Procore";
pub(crate) const IS_HIDDEN: &str =
    "Procore no longer shows it to us: it was deleted, or it is no longer shared with the app";

/// A view of the board, with how many projects it shows.
pub(crate) fn view(label: &str, projects: i64) -> String {
    format!("{label} ({})", grouped(projects))
}

/// The sentence above the board.
pub(crate) fn overview(projects: i64, integrated: i64) -> String {
    match integrated {
        0 => format!(
            "We know {}. None is integrated yet.",
            counted(projects, Noun::Project)
        ),
        _ => format!(
            "We know {}. {} integrated.",
            counted(projects, Noun::Project),
            are(integrated)
        ),
    }
}

fn are(number: i64) -> String {
    match number {
        1 => "1 is".to_owned(),
        _ => format!("{} are", grouped(number)),
    }
}

pub(crate) const WAITS_ITS_TURN: &str = "It waits for its turn: a few projects are set up at a time, what you asked for last before the rest.";

/// Whether Procore announces changes of a project.
pub(crate) fn webhook(is_there: bool) -> &'static str {
    match is_there {
        true => "Procore announces changes to us",
        false => "Not created yet",
    }
}

pub(crate) const NONE_KNOWN: &str = "No projects yet";
pub(crate) const NONE_KNOWN_WHY: &str =
    "We list projects once the data set Projects is brought, as soon as Procore shows one.";
pub(crate) const NONE_FOUND: &str = "No project found";
pub(crate) const NONE_FOUND_WHY: &str = "No project fits what you searched for and chose.";

pub(crate) const CHOOSE_SOME: &str = "Tick at least one project first.";
pub(crate) const CHECK_ASKED: &str =
    "We are checking. This page shows what we find as soon as Procore answers.";

/// How far several integrations are, beside the bar.
pub(crate) fn progress(done: i64, all: i64, stopped: i64) -> String {
    let text = format!("{} of {} done", grouped(done), counted(all, Noun::Project));
    match stopped {
        0 => text,
        _ => format!("{text}, {} you", need(stopped)),
    }
}

fn need(number: i64) -> String {
    match number {
        1 => "1 needs".to_owned(),
        _ => format!("{} need", grouped(number)),
    }
}

/// Projects that a line names.
const NAMED: usize = 5;

/// Projects in a line: how many, and what the first are called.
pub(crate) fn named(titles: &[String]) -> String {
    let shown = titles.iter().take(NAMED).cloned();
    let shown = shown.collect::<Vec<_>>().join(", ");
    match titles.len() {
        1 => shown,
        all if all <= NAMED => format!("{}: {shown}", counted(all, Noun::Project)),
        all => format!(
            "{}: {shown} and {} more",
            counted(all, Noun::Project),
            grouped(all - NAMED)
        ),
    }
}

/// One sentence after the other.
pub(crate) fn sentences(first: &str, second: &str) -> String {
    format!("{first} {second}")
}

/// The webhooks that a plan creates.
pub(crate) fn webhooks(projects: usize) -> String {
    match projects {
        1 => "1 new webhook".to_owned(),
        _ => format!("{} new webhooks, one in each project", grouped(projects)),
    }
}

/// Projects that were never looked at.
pub(crate) fn not_looked_at(projects: usize) -> String {
    match projects {
        1 => "We have not checked this project yet. If Procore does not let us read something in it, that waits, the rest is brought, and we tell you how to fix it.".to_owned(),
        _ => format!(
            "We have not checked {} yet. If Procore does not let us read something in them, that waits, the rest is brought, and we tell you how to fix it.",
            counted(projects, Noun::Project)
        ),
    }
}

/// How many of the chosen projects cannot bring a data set, and why.
pub(crate) fn not_in(projects: usize, of: usize, why: &[String]) -> String {
    let why = list(why);
    match (projects, of) {
        (1, 1) => format!("Not possible here yet: {why}."),
        (_, of) if projects == of => format!("Not possible in any of them yet: {why}."),
        (1, _) => format!(
            "Not possible in 1 of the {} projects yet: {why}.",
            grouped(of)
        ),
        _ => format!(
            "Not possible in {} of the {} projects yet: {why}.",
            grouped(projects),
            grouped(of)
        ),
    }
}

pub(crate) const CHANGE_DATA: &str = "Change data";
pub(crate) const REMOVE: &str = "Remove";

/// After a project's data was changed, or its removal begun.
pub(crate) const CHANGED: &str =
    "What is new is read first; what you no longer bring is deleted then.";
pub(crate) const NOT_CHANGED: &str =
    "Nothing was changed: this is what we bring of the project now.";
pub(crate) const REMOVING: &str = "We are removing the project: its webhook first.";
pub(crate) const SYNCING: &str = "We are reading the project again.";

/// What Procore's windows make of a plan: calls, and how long they take at least.
pub(crate) fn time_needed(calls_each: usize, projects: usize, hourly: u32) -> String {
    let calls = calls_each * projects;
    let each = format!("About {} to Procore", counted(calls_each, Noun::Call));
    let each = match projects {
        1 => format!("{each}, more where lists are long."),
        _ => format!(
            "{each} for each project, {} in all, more where lists are long.",
            grouped(calls)
        ),
    };
    let hourly = usize::try_from(hourly.max(1)).unwrap_or(usize::MAX);
    // Until the first window is used up, calls take a fraction of a second each.
    let time = match calls.div_ceil(hourly) {
        0 | 1 if calls < 200 => "That takes about a minute.".to_owned(),
        0 | 1 => "That takes some minutes.".to_owned(),
        _ => {
            let hours = (calls + hourly / 2) / hourly;
            format!(
                "At the {} an hour that Procore allows you now, that takes about {}. The first projects are ready within minutes.",
                counted(hourly, Noun::Call),
                counted(hours.max(1), Noun::Hour)
            )
        }
    };
    format!("{each} {time}")
}

/// Why chosen projects are left out of a plan.
pub(crate) fn left_out(why: LeftOut, projects: usize) -> String {
    let these = counted(projects, Noun::Project);
    match why {
        LeftOut::Already => format!("{these} integrated already, or on the way"),
        LeftOut::NotShown => format!("{these} that Procore no longer shows to us"),
        LeftOut::Inactive => format!("{these} not active in Procore"),
        LeftOut::Template => format!("{these} used as template or demonstration"),
    }
}

/// Why a chosen project cannot be integrated now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum LeftOut {
    Already,
    NotShown,
    Inactive,
    Template,
}

/// After *Integrate*.
pub(crate) fn queued(projects: usize, paused: bool) -> String {
    match projects {
        _ if paused && projects > 0 => format!(
            "{} will be set up once you resume the connection.",
            counted(projects, Noun::Project)
        ),
        0 => "Nothing was begun: none of these projects can be integrated now.".to_owned(),
        1 => "We are setting the project up. You can close this page; it goes on.".to_owned(),
        _ => format!(
            "We are setting up {}. You can close this page; it goes on.",
            counted(projects, Noun::Project)
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_is_told_in_the_largest_words_that_are_true() {
        let told = |projects, hourly| time_needed(14, projects, hourly);
        assert!(
            told(1, 3600).ends_with("about a minute."),
            "{}",
            told(1, 3600)
        );
        assert!(told(50, 3600).ends_with("some minutes."));
        assert!(told(2000, 3600).contains("28,000 in all"));
        assert!(
            told(2000, 3600).contains("about 8 hours"),
            "{}",
            told(2000, 3600)
        );
        assert!(told(2000, 600).contains("about 47 hours"));
        assert!(told(100, 1000).contains("about 1 hour."));
    }

    #[test]
    fn a_project_is_called_by_number_and_name() {
        assert_eq!(title("1187", "Harbor Tower", 5), "1187 Harbor Tower");
        assert_eq!(title(" ", "Harbor Tower", 5), "Harbor Tower");
        assert_eq!(title("", "", 5), "Project 5");
    }
}
