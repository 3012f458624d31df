//! What each kind of run does, in which order. A plan is stored only as the ledger rows that it
//! becomes.

use super::action::Action;
use crate::catalog::{Choice, DataSet};
use crate::connection::Settings;

/// The actions of a completion in order: the webhook comes before the first reading, so that no
/// change is lost between the two, and what others refer to is read before them.
pub fn completion(settings: &Settings) -> Vec<Action> {
    let lookups = settings
        .in_sync_order()
        .filter(|choice| choice.reads().any(|read| read.lookup))
        .map(|choice| Action::Lookups(choice.data_set));
    let reads = settings
        .in_sync_order()
        .map(|choice| Action::Sync(choice.data_set));
    [Action::Reverify, Action::Hook, Action::Triggers]
        .into_iter()
        .chain(lookups)
        .chain(reads)
        .chain([Action::CatchUp, Action::LastLook, Action::Finish])
        .collect()
}

/// The actions of bringing a project in order: nothing is asked for that its tools refuse, and the webhook
/// comes before the first reading.
pub fn project(settings: &Settings) -> Vec<Action> {
    let reads = settings
        .in_sync_order()
        .map(|choice| Action::Sync(choice.data_set));
    [Action::Readiness, Action::Hook, Action::Triggers]
        .into_iter()
        .chain(reads)
        .chain([Action::CatchUp, Action::LastLook, Action::Finish])
        .collect()
}

/// The actions of a change of what is brought of a project, or (without `before`) of reading all of it again.
/// What is not chosen any more is deleted once everything else is there.
pub(crate) fn project_change(before: Option<&Settings>, after: &Settings) -> Vec<Action> {
    let read = match before {
        Some(before) => after.to_read_after(before),
        None => after.in_sync_order().collect(),
    };
    let first = [Action::Readiness, Action::Hook, Action::Triggers].into_iter();
    let reads = read.iter().map(|choice| Action::Sync(choice.data_set));
    let catch_up = (!read.is_empty()).then_some(Action::CatchUp);
    first
        .chain(reads)
        .chain(catch_up)
        .chain([Action::LastLook, Action::DropRecords, Action::Finish])
        .collect()
}

/// The actions of removing a project in order: its webhook first, so that nothing more is announced.
pub(crate) fn project_removal(with_data: bool) -> Vec<Action> {
    let data = with_data.then_some(Action::DropRecords);
    let first = [Action::RemoveHooks].into_iter();
    first.chain(data).chain([Action::Finish]).collect()
}

/// How many projects of a connection are being brought at a time.
pub const PROJECTS_AT_A_TIME: usize = 6;

/// Calls that bringing a project takes besides its lists: its tools; our webhooks, a new one, its triggers
/// and those to add; and both lists once more at the end. The catalog is shared by projects with the
/// same tools.
const CALLS_BESIDES_LISTS: usize = 7;

/// Calls to Procore that bringing these choices of a project takes, if every list comes on one page.
pub fn project_calls(settings: &Settings) -> usize {
    let lists: usize = settings.choices().iter().map(|it| it.reads().count()).sum();
    CALLS_BESIDES_LISTS + lists
}

/// The actions of a change of settings in order. The webhook announces both choices until the new one is
/// in use, so that no change is lost on the way, and nothing is deleted before.
pub fn change(before: &Settings, after: &Settings) -> Vec<Action> {
    let read = after.to_read_after(before);
    let lookups = read
        .iter()
        .filter(|choice| choice.reads().any(|read| read.lookup))
        .map(|choice| Action::Lookups(choice.data_set));
    let mut actions = vec![Action::Reverify, Action::Triggers];
    actions.extend(lookups);
    actions.extend(read.iter().map(|choice| Action::Sync(choice.data_set)));
    if !read.is_empty() {
        actions.push(Action::CatchUp);
    }
    actions.extend([
        Action::Switch,
        Action::LastLook,
        Action::DropRecords,
        Action::Finish,
    ]);
    actions
}

/// The actions that read lists again in order: what came short, then what changed meanwhile.
pub fn reading(short: &[Action]) -> Vec<Action> {
    let mut actions = short.to_vec();
    actions.extend([Action::CatchUp, Action::Finish]);
    actions
}

/// The actions of a reconcile in order: what changed comes first, since it is cheap, then the lists that
/// are read whole, and which projects there are unless all of them are read anyway, here or by another
/// run. A webhook of another
/// payload version is replaced before, and removed after that.
pub fn reconcile(
    settings: &Settings,
    whole: &[DataSet],
    elsewhere: &[DataSet],
    replaces_hook: bool,
) -> Vec<Action> {
    let mut actions = match replaces_hook {
        true => vec![Action::Hook, Action::Triggers],
        false => Vec::new(),
    };
    let mut reads = settings.choices().iter().flat_map(Choice::reads);
    if reads.any(|read| read.changes.is_some()) {
        actions.push(Action::CatchUp);
    }
    let projects = DataSet::Projects;
    let are_read = whole.contains(&projects) || elsewhere.contains(&projects);
    if settings.choice(projects).is_some() && !are_read {
        actions.push(Action::ProjectIds);
    }
    let read = || {
        let of_whole = |choice: &Choice| whole.contains(&choice.data_set);
        settings.in_sync_order().filter(of_whole)
    };
    let lookups = read().filter(|choice| choice.reads().any(|read| read.lookup));
    actions.extend(lookups.map(|choice| Action::Lookups(choice.data_set)));
    actions.extend(read().map(|choice| Action::Sync(choice.data_set)));
    actions.extend(replaces_hook.then_some(Action::LastLook));
    actions.push(Action::Finish);
    actions
}

/// The actions of reconciling a project in order: its webhook, what changed, then the lists that are read whole.
pub fn project_reconcile(settings: &Settings, whole: &[DataSet]) -> Vec<Action> {
    let mut reads = settings.choices().iter().flat_map(Choice::reads);
    let changes = reads.any(|read| read.changes.is_some());
    let whole = settings
        .in_sync_order()
        .filter(|choice| whole.contains(&choice.data_set))
        .map(|choice| Action::Sync(choice.data_set));
    [Action::LastLook]
        .into_iter()
        .chain(changes.then_some(Action::CatchUp))
        .chain(whole)
        .chain([Action::Finish])
        .collect()
}

/// The actions of a repair of the webhook in order.
pub(crate) const REPAIR: [Action; 3] = [Action::Reverify, Action::LastLook, Action::Finish];

/// The actions of a removal in order: the data first, where it is to go too, since it waits for nobody;
/// the secret, which removing the webhooks takes, last.
pub(crate) fn removal(with_data: bool) -> Vec<Action> {
    let data = with_data.then_some(Action::DropRecords);
    let rest = [Action::RemoveHooks, Action::Release];
    data.into_iter().chain(rest).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(sets: &[DataSet]) -> Settings {
        Settings::new(sets.iter().copied().map(Choice::of)).unwrap()
    }

    fn keys(settings: &Settings) -> Vec<String> {
        completion(settings).into_iter().map(Action::key).collect()
    }

    #[test]
    fn the_least_choice_still_checks_first_and_looks_last() {
        assert_eq!(
            keys(&Settings::suggested()),
            [
                "reverify",
                "hook",
                "triggers",
                "lookups:projects",
                "sync:projects",
                "catch_up",
                "last_look",
                "finish"
            ]
        );
    }

    #[test]
    fn what_others_refer_to_is_read_first() {
        let all = keys(&settings(&DataSet::OF_COMPANY));
        let place = |key: &str| all.iter().position(|it| it == key).unwrap();
        assert!(place("hook") < place("lookups:projects"));
        assert!(place("sync:trades") < place("sync:vendors"));
        assert!(place("sync:vendors") < place("sync:users"));
        assert!(place("sync:users") < place("sync:projects"));
        assert!(place("sync:projects") < place("catch_up"));
    }

    #[test]
    fn a_reconcile_compares_the_projects_unless_it_reads_them() {
        use DataSet::{Offices, Projects};
        let keys = |chosen: &[DataSet], whole: &[DataSet], elsewhere: &[DataSet]| -> Vec<String> {
            let actions = reconcile(&settings(chosen), whole, elsewhere, false);
            actions.into_iter().map(Action::key).collect()
        };
        assert_eq!(
            keys(&[Projects, Offices], &[Offices], &[]),
            ["catch_up", "project_ids", "sync:offices", "finish"]
        );
        assert_eq!(
            keys(&[Projects], &[Projects], &[]),
            ["catch_up", "lookups:projects", "sync:projects", "finish"]
        );
        assert_eq!(keys(&[Projects], &[], &[Projects]), ["catch_up", "finish"]);
        assert_eq!(keys(&[Offices], &[], &[]), ["finish"]);
    }

    #[test]
    fn a_change_reads_what_is_new_and_switches_before_it_deletes() {
        use DataSet::{Offices, People, Projects};
        let keys = |before: &[DataSet], after: &Settings| -> Vec<String> {
            let actions = change(&settings(before), after);
            actions.into_iter().map(Action::key).collect()
        };
        let rest = ["switch", "last_look", "drop_records", "finish"];
        assert_eq!(
            keys(&[Projects, Offices], &settings(&[Projects, People])),
            [
                &["reverify", "triggers", "sync:users", "catch_up"],
                &rest[..]
            ]
            .concat()
        );
        assert_eq!(
            keys(&[Projects, Offices], &settings(&[Projects])),
            [&["reverify", "triggers"], &rest[..]].concat()
        );
        let inactive = Choice {
            include_inactive: true,
            ..Choice::of(Projects)
        };
        let wider = Settings::new([inactive]).unwrap();
        let read = [
            "reverify",
            "triggers",
            "lookups:projects",
            "sync:projects",
            "catch_up",
        ];
        assert_eq!(keys(&[Projects], &wider), [&read, &rest[..]].concat());
        let narrower = change(&wider, &settings(&[Projects]));
        assert!(narrower.iter().all(|it| it.data_set().is_none()));
    }

    #[test]
    fn every_action_survives_storage() {
        let all = completion(&settings(&DataSet::OF_COMPANY));
        let change = change(
            &settings(&[DataSet::Trades]),
            &settings(&DataSet::OF_COMPANY),
        );
        let reconcile = reconcile(&settings(&DataSet::OF_COMPANY), &[], &[], true);
        for action in all
            .into_iter()
            .chain(removal(true))
            .chain(reconcile)
            .chain(change)
        {
            assert_eq!(action.key().parse::<Action>().unwrap(), action);
        }
        for key in ["", "sync", "sync:ships", "lookups:", "else:projects"] {
            assert!(key.parse::<Action>().is_err(), "{key}");
        }
    }
}
