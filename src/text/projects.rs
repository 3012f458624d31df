//! What the pages say on which a firm integrates single projects.

mod automatic;
mod not_ready;
mod plan;
mod removal;
mod tools;
mod unshared;

pub(crate) use self::automatic::{
    CHOOSE_FIRST, CHOSEN_BY_ITSELF, DEFAULTS_SAVED, NOT_BY_ITSELF, NOW_BY_ITSELF, WAITS_BY_ITSELF,
    wished,
};
pub(crate) use self::not_ready::{ALL_NOT_READY, first_not_ready};
pub(crate) use self::plan::{
    HourlyCalls, LeftOut, bring_of, left_out, not_in, not_looked_at, plan_changed, queued,
    time_needed, webhooks,
};
pub(crate) use self::removal::{
    WEBHOOK_STAYS, more_left, not_deleted, webhook_in, webhook_left, webhook_of_removed,
    webhooks_left,
};
pub(crate) use self::tools::{
    in_use, level_found, level_needed, needed_for, tool, tools_in_a_line,
};
pub(crate) use self::unshared::{
    FIND_OUT, HOW_TO_SHARE, OWN_COUNT, OWN_COUNT_SAVED, UNSHARED_ASKED, all_shared, unshared,
    unshared_source,
};
use super::count::{Noun, counted, grouped};
use super::first_of;
use crate::connection::{Health, ProjectState, ShownProject, UnavailableCause};
use crate::verdict::{Obstacle, ReasonCode};

pub(crate) const STATE: &str = "State";
pub(crate) const LAST_EVENT: &str = "Last event";
pub(crate) const LAST_COPY: &str = "Last read";
pub(crate) const CHECKED: &str = "Checked";
pub(crate) const ALL: &str = "All";
pub(crate) const INTEGRATE: &str = "Integrate";
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
        // What is left to remove is said beside it.
        (ProjectState::Removing, _) => "Being removed",
        (_, true) => "Needs you",
        (ProjectState::Queued, false) => "Waiting its turn",
        (ProjectState::Integrating, false) => "Being set up",
        (ProjectState::Integrated, false) => "Integrated",
    }
}

/// Why nothing is checked or set up now.
pub(crate) const PAUSED: &str =
    "The connection is paused: nothing is checked or set up until you resume it on the overview.";
pub(crate) const BROKEN: &str = "Procore does not let us in at the moment, so nothing is checked or set up. The overview says why, and what to do.";

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

/// Why a project cannot be read, as far as anything tells.
pub(crate) fn unavailable(cause: UnavailableCause) -> &'static str {
    match cause {
        UnavailableCause::Closed => "Closed in Procore: nothing in it can be read",
        UnavailableCause::Deactivated => "Not active in Procore",
        UnavailableCause::Refused => {
            "Procore shows the project and refuses everything in it: probably it was closed, or our levels in it were taken away"
        }
        UnavailableCause::Deleted => {
            "Probably deleted: Procore neither shows it to us nor names it among the projects that are not shared"
        }
        UnavailableCause::NotPermitted => "No longer shared with the app",
        UnavailableCause::NotShown => {
            "Procore no longer shows it to us: it was deleted, or it is no longer shared with the app"
        }
    }
}

/// What becomes of an integrated project that cannot be read.
pub(crate) fn what_follows(cause: UnavailableCause) -> &'static str {
    match cause {
        UnavailableCause::Closed
        | UnavailableCause::Deactivated
        | UnavailableCause::Refused
        | UnavailableCause::NotPermitted
        | UnavailableCause::NotShown => {
            "What was read stays here. Once Procore shows the project again, we check its webhook and catch up by ourselves."
        }
        UnavailableCause::Deleted => {
            "What was read stays here. A project that was deleted does not come back: remove it here, and decide what becomes of its data. Should Procore show it again after all, we catch up by ourselves."
        }
    }
}

/// What lets a project be integrated that cannot be read.
pub(crate) fn what_helps(cause: UnavailableCause) -> &'static str {
    match cause {
        UnavailableCause::Closed | UnavailableCause::Deactivated => {
            "Once somebody makes it active in Procore again, you can integrate it."
        }
        UnavailableCause::Refused => {
            "Once the app may read something in it again, you can integrate it."
        }
        UnavailableCause::NotPermitted | UnavailableCause::NotShown => {
            "Once a Procore administrator shares it with the app, you can integrate it."
        }
        UnavailableCause::Deleted => "A project that was deleted cannot be integrated.",
    }
}

/// A view of the board, with how many projects it shows.
pub(crate) fn view(label: &str, projects: i64) -> String {
    format!("{label} ({})", grouped(projects))
}

/// The sentence above the board.
pub(crate) fn overview(projects: i64, integrated: i64, coming: i64, stopped: i64) -> String {
    let known = format!("We know {}.", counted(projects, Noun::Project));
    let parts = [
        (integrated, "integrated"),
        (coming, "being set up"),
        (stopped, "stopped until somebody fixes something"),
    ];
    let told = parts.into_iter().filter(|(number, _)| *number > 0);
    let told: Vec<String> = told
        .map(|(number, how)| format!("{} {how}", are(number)))
        .collect();
    match told.is_empty() {
        true => format!("{known} None is integrated yet."),
        false => format!("{known} {}.", told.join(", ")),
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
    let all = titles.len();
    let shown = first_of(&titles[..all.min(NAMED)], all as u64);
    match all {
        1 => shown,
        _ => format!("{}: {shown}", counted(all, Noun::Project)),
    }
}

/// Projects that an entry of the timeline names.
const NAMED_SHORTLY: usize = 3;

/// The first of the projects, in words as short as an entry of the timeline has them.
pub(crate) fn named_shortly(titles: &[String]) -> String {
    let all = titles.len();
    first_of(&titles[..all.min(NAMED_SHORTLY)], all as u64)
}

pub(crate) const NEED: &str = "Need attention";

/// How many of the integrated projects need something that somebody has to do.
pub(crate) fn in_need(count: u64, of: u64) -> String {
    match (count, of) {
        (1, 1) => "The one integrated project needs something".to_owned(),
        (1, of) => format!("1 of {} needs something", counted(of, Noun::Project)),
        (count, of) => format!(
            "{} of {} need something",
            grouped(count),
            counted(of, Noun::Project)
        ),
    }
}

/// How many of the integrated projects an incident is about.
pub(crate) fn concerned(code: ReasonCode, count: u64, of: u64) -> String {
    let what = "not read again in time";
    match (code, count, of) {
        (ReasonCode::Late, 1, 1) => format!("The one integrated project was {what}"),
        (ReasonCode::Late, 1, of) => {
            format!("1 of {} was {what}", counted(of, Noun::Project))
        }
        (ReasonCode::Late, count, of) => {
            let count = grouped(count);
            format!("{count} of {} were {what}", counted(of, Noun::Project))
        }
        (_, count, of) => in_need(count, of),
    }
}

/// One sentence after the other.
pub(crate) fn sentences(first: &str, second: &str) -> String {
    format!("{first} {second}")
}

/// How an integrated project is, in one sentence.
pub(crate) fn health(health: Health) -> &'static str {
    match health {
        Health::Healthy => "Procore announces its changes to us, and everything you chose is read.",
        Health::Degraded => "Something in this project needs attention. The rest goes on.",
        Health::Broken => {
            "Nothing of this project can be read at the moment. What was read before is kept."
        }
        Health::Paused | Health::Disconnected => {
            "Nothing is read from Procore until the connection is resumed."
        }
    }
}

/// What the last reconcile of a project could not read.
pub(crate) fn trouble(code: ReasonCode) -> String {
    format!("{} (Ref {code})", super::health::cause(code))
}

pub(crate) const EVENTS: &str = "Events of this project";

pub(crate) const CHANGE_DATA: &str = "Change data";
pub(crate) const REMOVE: &str = "Remove";

/// After a project's data was changed, or its removal begun.
pub(crate) const CHANGED: &str =
    "What is new is read first; what you no longer bring is deleted then.";
pub(crate) const NOT_CHANGED: &str =
    "Nothing was changed: this is what we bring of the project now.";
pub(crate) const REMOVING: &str = "We are removing the project: its webhook first.";
pub(crate) const SYNCING: &str = "We are reading the project again.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_still_is_not_told_as_being_set_up() {
        let none = overview(12, 0, 0, 0);
        assert_eq!(none, "We know 12 projects. None is integrated yet.");
        assert_eq!(
            overview(12, 2, 1, 1),
            "We know 12 projects. 2 are integrated, 1 is being set up, 1 is stopped until somebody fixes something."
        );
        let stopped = overview(1, 0, 0, 1);
        assert!(stopped.ends_with(" 1 is stopped until somebody fixes something."));
    }

    #[test]
    fn a_project_is_called_by_number_and_name() {
        assert_eq!(title("1187", "Harbor Tower", 5), "1187 Harbor Tower");
        assert_eq!(title(" ", "Harbor Tower", 5), "Harbor Tower");
        assert_eq!(title("", "", 5), "Project 5");
    }
}
