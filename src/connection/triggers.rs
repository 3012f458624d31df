//! What our webhook is to announce: derived from the settings and from what Procore offers.

use serde::{Deserialize, Serialize};

use super::Settings;

/// A webhook resource of Procore's catalog with the events that it offers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CatalogResource {
    pub name: String,
    pub events: Vec<String>,
}

/// One thing that a webhook announces.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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
    /// Resources that the settings want and of which this company's catalog offers no changes:
    /// told, not fatal.
    pub missing: Vec<String>,
}

/// Intersects what the settings want with what Procore offers this company.
pub fn wanted(settings: &Settings, catalog: &[CatalogResource]) -> TriggerPlan {
    let mut plan = TriggerPlan::default();
    for choice in settings.choices() {
        for name in choice.data_set.entry().webhooks() {
            let offered = catalog
                .iter()
                .find(|resource| resource.name.eq_ignore_ascii_case(name));
            let events = offered.into_iter().flat_map(|resource| {
                let of_resource = |event: &String| Trigger::new(&resource.name, event);
                resource.events.iter().map(of_resource)
            });
            let before = plan.wanted.len();
            plan.wanted.extend(events);
            // Where it follows the company's, it is the company's webhook that announces updates.
            let follows = choice.data_set.entry().follows.is_some();
            let announced = &plan.wanted[before..];
            if announced.iter().all(|it| it.event != "update" && !follows) {
                plan.missing.push(name.to_owned());
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
pub(crate) fn difference(present: &[Trigger], wanted: &[Trigger]) -> (Vec<Trigger>, Vec<usize>) {
    let added = wanted
        .iter()
        .filter(|trigger| !present.iter().any(|there| there.is_same(trigger)))
        .cloned()
        .collect();
    let is_wanted = |place: usize| {
        let mut wanted = wanted.iter();
        wanted.any(|trigger| trigger.is_same(&present[place]))
    };
    let surplus =
        (0..present.len()).filter(|place| !is_wanted(*place) || is_doubled(present, *place));
    (added, surplus.collect())
}

/// Which of `present` are there a second time, by their place there.
pub(crate) fn doubled(present: &[Trigger]) -> Vec<usize> {
    (0..present.len())
        .filter(|place| is_doubled(present, *place))
        .collect()
}

fn is_doubled(present: &[Trigger], place: usize) -> bool {
    let mut before = present[..place].iter();
    before.any(|earlier| earlier.is_same(&present[place]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resource(name: &str, events: &[&str]) -> CatalogResource {
        CatalogResource {
            name: name.into(),
            events: events.iter().map(|event| (*event).into()).collect(),
        }
    }

    #[test]
    fn takes_the_events_that_the_catalog_offers_and_tells_whose_changes_it_lacks() {
        let catalog = [
            resource("Projects", &["create", "update"]),
            resource("Project Stages", &["CREATED", "delete"]),
            resource("Project Regions", &["update"]),
            resource("Project Types", &[]),
        ];
        let plan = wanted(&Settings::suggested(), &catalog);
        assert_eq!(
            plan.wanted,
            [
                Trigger::new("Project Regions", "update"),
                Trigger::new("Project Stages", "create"),
                Trigger::new("Project Stages", "delete"),
                Trigger::new("Projects", "create"),
                Trigger::new("Projects", "update"),
            ]
        );
        assert_eq!(plan.missing, ["Project Stages", "Project Types"]);
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
        assert_eq!(doubled(&present), [2]);
    }
}
