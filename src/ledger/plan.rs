//! What each kind of run does, in which order. A plan is stored only as the ledger rows that it
//! becomes.

use super::action::Action;
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

/// The actions that read lists again in order: what came short, then what changed meanwhile.
pub fn reading(short: &[Action]) -> Vec<Action> {
    let mut actions = short.to_vec();
    actions.extend([Action::CatchUp, Action::Finish]);
    actions
}

/// The actions of a removal in order: Procore first, since the secret that it takes goes last.
pub(crate) const REMOVAL: [Action; 3] = [Action::RemoveHooks, Action::DropRecords, Action::Release];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Choice, DataSet};

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
        let all = keys(&settings(&DataSet::ALL));
        let place = |key: &str| all.iter().position(|it| it == key).unwrap();
        assert!(place("hook") < place("lookups:projects"));
        assert!(place("sync:trades") < place("sync:vendors"));
        assert!(place("sync:vendors") < place("sync:users"));
        assert!(place("sync:users") < place("sync:projects"));
        assert!(place("sync:projects") < place("catch_up"));
    }

    #[test]
    fn every_action_survives_storage() {
        let all = completion(&settings(&DataSet::ALL));
        for action in all.into_iter().chain(REMOVAL) {
            assert_eq!(action.key().parse::<Action>().unwrap(), action);
        }
        for key in ["", "sync", "sync:ships", "lookups:", "else:projects"] {
            assert!(key.parse::<Action>().is_err(), "{key}");
        }
    }
}
