//! What a completion will do, in which order: derived from the settings, never stored apart
//! from the ledger rows that it becomes.

use std::fmt;

use crate::catalog::DataSet;
use crate::connection::Settings;

/// One action of a run. Its text is the key of its ledger row: schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Checks the details and the permissions once more.
    Reverify,
    /// Makes sure that there is one webhook of ours.
    Hook,
    /// Makes sure that it announces exactly what was chosen.
    Triggers,
    /// Reads the lists that a data set refers to.
    Lookups(DataSet),
    /// Reads a data set.
    Sync(DataSet),
    /// Reads what changed while the first reading went on.
    CatchUp,
    /// Looks at the webhook and its triggers once more and removes what is surplus.
    LastLook,
    /// Marks the connection connected.
    Finish,
    /// Removes our webhook from Procore, and with it its triggers.
    RemoveHooks,
    /// Deletes the records that were read.
    DropRecords,
    /// Wipes the secret and releases the company.
    Release,
}

impl Action {
    /// The stored form.
    pub fn key(self) -> String {
        self.to_string()
    }

    /// Reads the stored form.
    pub fn from_key(key: &str) -> Option<Self> {
        match key.split_once(':') {
            Some(("lookups", set)) => DataSet::from_key(set).map(Self::Lookups),
            Some(("sync", set)) => DataSet::from_key(set).map(Self::Sync),
            Some(_) => None,
            None => [
                Self::Reverify,
                Self::Hook,
                Self::Triggers,
                Self::CatchUp,
                Self::LastLook,
                Self::Finish,
                Self::RemoveHooks,
                Self::DropRecords,
                Self::Release,
            ]
            .into_iter()
            .find(|action| action.to_string() == key),
        }
    }

    /// The data set that the action reads, if it reads one.
    pub fn data_set(self) -> Option<DataSet> {
        match self {
            Self::Lookups(data_set) | Self::Sync(data_set) => Some(data_set),
            Self::Reverify
            | Self::Hook
            | Self::Triggers
            | Self::CatchUp
            | Self::LastLook
            | Self::Finish
            | Self::RemoveHooks
            | Self::DropRecords
            | Self::Release => None,
        }
    }

    /// The action's words on the page.
    pub fn label(self) -> String {
        match self {
            Self::Reverify => "Check access once more".into(),
            Self::Hook => "Create the webhook".into(),
            Self::Triggers => "Choose what the webhook announces".into(),
            Self::Lookups(data_set) => format!("Read what {} refer to", data_set.label()),
            Self::Sync(data_set) => format!("Read {}", data_set.label()),
            Self::CatchUp => "Catch up with changes made meanwhile".into(),
            Self::LastLook => "Look at the webhook once more".into(),
            Self::Finish => "Finish".into(),
            Self::RemoveHooks => "Remove our webhook from Procore".into(),
            Self::DropRecords => "Delete what was read".into(),
            Self::Release => "Wipe the secret and release the company".into(),
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reverify => out.write_str("reverify"),
            Self::Hook => out.write_str("hook"),
            Self::Triggers => out.write_str("triggers"),
            Self::Lookups(data_set) => write!(out, "lookups:{}", data_set.key()),
            Self::Sync(data_set) => write!(out, "sync:{}", data_set.key()),
            Self::CatchUp => out.write_str("catch_up"),
            Self::LastLook => out.write_str("last_look"),
            Self::Finish => out.write_str("finish"),
            Self::RemoveHooks => out.write_str("remove_hooks"),
            Self::DropRecords => out.write_str("drop_records"),
            Self::Release => out.write_str("release"),
        }
    }
}

/// The actions of a completion in order: the webhook comes before the first reading, so that no
/// change is lost between the two, and what others refer to is read before them.
pub fn actions(settings: &Settings) -> Vec<Action> {
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

/// The actions of a removal in order: Procore first, since the secret that it takes goes last.
pub const REMOVAL: [Action; 3] = [Action::RemoveHooks, Action::DropRecords, Action::Release];

/// A webhook resource of Procore's catalog with the events that it offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogResource {
    pub name: String,
    pub events: Vec<String>,
}

/// One thing that a webhook announces.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Trigger {
    pub resource: String,
    /// `create`, `update` or `delete`.
    pub event: String,
}

impl Trigger {
    /// A trigger with the event in one spelling: Procore writes `delete`, `DELETE` and
    /// `DELETED` for the same.
    pub fn new(resource: &str, event: &str) -> Self {
        let lower = event.trim().to_lowercase();
        let event = match lower.strip_suffix('d') {
            Some(stem) if matches!(stem, "create" | "update" | "delete") => stem.to_owned(),
            _ => lower,
        };
        Self {
            resource: resource.trim().to_owned(),
            event,
        }
    }

    fn is_same(&self, other: &Self) -> bool {
        self.event == other.event && self.resource.eq_ignore_ascii_case(&other.resource)
    }
}

/// The triggers that the settings want and the catalog offers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TriggerPlan {
    pub wanted: Vec<Trigger>,
    /// Resources that the settings want and this company's catalog lacks: told, not fatal.
    pub missing: Vec<String>,
}

/// Intersects what the settings want with what Procore offers this company.
pub fn triggers(settings: &Settings, catalog: &[CatalogResource]) -> TriggerPlan {
    let mut plan = TriggerPlan::default();
    for choice in settings.choices() {
        for name in choice.data_set.entry().webhooks {
            let offered = catalog
                .iter()
                .find(|resource| resource.name.eq_ignore_ascii_case(name));
            match offered {
                Some(resource) if !resource.events.is_empty() => plan.wanted.extend(
                    resource
                        .events
                        .iter()
                        .map(|event| Trigger::new(&resource.name, event)),
                ),
                _ => plan.missing.push((*name).to_owned()),
            }
        }
    }
    plan.wanted.sort();
    plan.wanted.dedup();
    plan.missing.sort();
    plan.missing.dedup();
    plan
}

/// What has to be added to `present`, and which of `present` has to go, by its place there.
pub fn difference(present: &[Trigger], wanted: &[Trigger]) -> (Vec<Trigger>, Vec<usize>) {
    let added = wanted
        .iter()
        .filter(|trigger| !present.iter().any(|there| there.is_same(trigger)))
        .cloned()
        .collect();
    let surplus = present
        .iter()
        .enumerate()
        .filter(|(place, there)| {
            let wanted = wanted.iter().any(|trigger| trigger.is_same(there));
            let doubled = present[..*place]
                .iter()
                .any(|earlier| earlier.is_same(there));
            !wanted || doubled
        })
        .map(|(place, _)| place)
        .collect();
    (added, surplus)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Choice;

    fn settings(sets: &[DataSet]) -> Settings {
        Settings::new(sets.iter().copied().map(Choice::of)).unwrap()
    }

    fn keys(settings: &Settings) -> Vec<String> {
        actions(settings).into_iter().map(Action::key).collect()
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
        let all = actions(&settings(&DataSet::ALL));
        for action in all.into_iter().chain(REMOVAL) {
            assert_eq!(Action::from_key(&action.key()), Some(action));
        }
        for key in ["", "sync", "sync:ships", "lookups:", "else:projects"] {
            assert_eq!(Action::from_key(key), None, "{key}");
        }
    }

    fn resource(name: &str, events: &[&str]) -> CatalogResource {
        CatalogResource {
            name: name.into(),
            events: events.iter().map(|event| (*event).into()).collect(),
        }
    }

    #[test]
    fn takes_the_events_that_the_catalog_offers_and_tells_what_it_lacks() {
        let catalog = [
            resource("Projects", &["create", "update"]),
            resource("Project Stages", &["CREATED", "delete"]),
            resource("Project Types", &[]),
        ];
        let plan = triggers(&Settings::suggested(), &catalog);
        assert_eq!(
            plan.wanted,
            [
                Trigger::new("Project Stages", "create"),
                Trigger::new("Project Stages", "delete"),
                Trigger::new("Projects", "create"),
                Trigger::new("Projects", "update"),
            ]
        );
        assert_eq!(plan.missing, ["Project Regions", "Project Types"]);
    }

    #[test]
    fn the_difference_adds_what_lacks_and_removes_strays_and_doubles() {
        let present = [
            Trigger::new("projects", "CREATE"),
            Trigger::new("Offices", "update"),
            Trigger::new("Projects", "created"),
        ];
        let wanted = [
            Trigger::new("Projects", "create"),
            Trigger::new("Projects", "update"),
        ];
        let (added, surplus) = difference(&present, &wanted);
        assert_eq!(added, [Trigger::new("Projects", "update")]);
        assert_eq!(surplus, [1, 2]);
        assert_eq!(difference(&wanted, &wanted), (vec![], vec![]));
    }
}
