//! What the plan of integrating projects says, and what follows it.

use crate::text::count::{Noun, counted, grouped};
use crate::text::list;

/// The heading over what to bring.
pub(crate) fn bring_of(projects: usize) -> &'static str {
    match projects {
        1 => "What to bring of this project",
        _ => "What to bring of these projects",
    }
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

/// Calls to Procore in an hour.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HourlyCalls {
    /// What Procore allows.
    pub allowed: u32,
    /// What is left of it for projects.
    pub left: u32,
}

/// What Procore's windows make of a plan: calls, and how long they take at least. So many projects are brought
/// `at_a_time`.
pub(crate) fn time_needed(
    calls_each: usize,
    projects: usize,
    at_a_time: usize,
    hourly: HourlyCalls,
) -> String {
    let calls = calls_each * projects;
    let each = format!("About {} to Procore", counted(calls_each, Noun::Call));
    let each = match projects {
        1 => format!("{each}, more where lists are long."),
        _ => format!(
            "{each} for each project, {} in all, more where lists are long.",
            grouped(calls)
        ),
    };
    let allowed = usize::try_from(hourly.allowed).unwrap_or(usize::MAX);
    let left = usize::try_from(hourly.left.max(1)).unwrap_or(usize::MAX);
    // Until the first window is used up, calls take a fraction of a second each.
    let time = match calls.div_ceil(left) {
        0 | 1 if calls < 200 => "That takes about a minute.".to_owned(),
        0 | 1 => "That takes some minutes.".to_owned(),
        _ => {
            let hours = (calls + left / 2) / left;
            format!(
                "At your present limit of {} an hour, part of it kept for your own work and for projects that are already integrated, that takes about {}. The first projects are ready within {}.",
                counted(allowed, Noun::Call),
                counted(hours.max(1), Noun::Hour),
                first_ready(calls_each, at_a_time.min(projects), left)
            )
        }
    };
    format!("{each} {time}")
}

/// How long the first projects take, which are brought side by side with a call of each at a time: a call takes
/// at most a second, unless the window of an hour is used up before.
fn first_ready(calls_each: usize, side_by_side: usize, hourly: usize) -> String {
    let hours = (calls_each * side_by_side).div_ceil(hourly);
    match (hours, calls_each.div_ceil(60)) {
        (0 | 1, 0 | 1) => "a minute".to_owned(),
        (0 | 1, minutes) => counted(minutes, Noun::Minute),
        (hours, _) => counted(hours, Noun::Hour),
    }
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

/// The plan is shown again: it is about other projects by now.
pub(crate) fn plan_changed(now: usize) -> String {
    format!(
        "Nothing was begun: what can be integrated changed since the plan was shown. It is about {} now.",
        counted(now, Noun::Project)
    )
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
        let hourly = |allowed: u32| HourlyCalls {
            allowed,
            left: allowed * 9 / 10,
        };
        let told = |projects, allowed| time_needed(14, projects, 6, hourly(allowed));
        assert!(
            told(1, 3600).ends_with("about a minute."),
            "{}",
            told(1, 3600)
        );
        assert!(told(50, 3600).ends_with("some minutes."));
        assert!(told(2000, 3600).contains("28,000 in all"));
        assert!(
            told(2000, 3600).contains("about 9 hours"),
            "{}",
            told(2000, 3600)
        );
        assert!(told(2000, 600).contains("about 52 hours"));
        assert!(told(100, 1000).contains("about 2 hours."));
        assert!(told(2000, 3600).ends_with("The first projects are ready within a minute."));
        assert!(told(2000, 60).ends_with("within 2 hours."));
        assert!(time_needed(80, 2000, 6, hourly(3600)).ends_with("within 2 minutes."));
    }
}
