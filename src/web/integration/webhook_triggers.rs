//! What the webhook announces, compared with what it should.

use crate::connection::incident::Finding;
use crate::connection::{HookDrift, Trigger};
use crate::store::hooks::Hook;
use crate::text::connection::triggers as text;
use crate::web::view::Signal;

/// The changes of one kind of record that compare in the same way.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TriggerRow {
    pub resource: String,
    pub events: String,
    pub signal: Signal,
    pub word: &'static str,
    /// What follows from it.
    pub note: Option<&'static str>,
}

/// All of them, what differs from the plan first. `finding` is what the last look found wrong.
pub(super) fn rows(hook: &Hook, finding: Option<&Finding>) -> Vec<TriggerRow> {
    let (missing, surplus) = match finding {
        Some(finding) if finding.hook.contains(&HookDrift::Disabled) => {
            (hook.triggers.as_slice(), finding.surplus.as_slice())
        }
        Some(finding) => (finding.missing.as_slice(), finding.surplus.as_slice()),
        None => Default::default(),
    };
    let planned = hook.triggers.iter();
    let announced: Vec<Trigger> = planned
        .filter(|it| !missing.contains(it))
        .cloned()
        .collect();
    let not_offered = hook.missing.iter();
    let not_offered: Vec<Trigger> = not_offered
        .map(|name| Trigger::new(name, "update"))
        .collect();
    [
        (
            missing,
            Signal::Needed,
            text::MISSING,
            Some(text::IS_BROUGHT_BACK),
        ),
        (
            surplus,
            Signal::Needed,
            text::SURPLUS,
            Some(text::IS_REMOVED),
        ),
        (&announced, Signal::Done, text::ANNOUNCED, None),
        (
            &not_offered,
            Signal::Idle,
            text::NOT_OFFERED,
            Some(text::IS_COMPARED),
        ),
    ]
    .into_iter()
    .flat_map(|(triggers, signal, word, note)| {
        let resources = by_resource(triggers).into_iter();
        resources.map(move |(resource, events)| TriggerRow {
            resource,
            events,
            signal,
            word,
            note,
        })
    })
    .collect()
}

/// Each resource once, with all its events.
fn by_resource(triggers: &[Trigger]) -> Vec<(String, String)> {
    let mut triggers: Vec<&Trigger> = triggers.iter().collect();
    triggers.sort();
    let mut resources: Vec<(String, String)> = Vec::new();
    for trigger in triggers {
        match resources.last_mut() {
            Some((resource, events)) if *resource == trigger.resource => {
                events.push_str(", ");
                events.push_str(&trigger.event);
            }
            Some(_) | None => resources.push((trigger.resource.clone(), trigger.event.clone())),
        }
    }
    resources
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::identity::{ConnectionId, FirmId, HookId};
    use crate::verdict::ReasonCode;

    fn hook(triggers: &[Trigger], missing: &[&str]) -> Hook {
        Hook {
            id: HookId::NIL,
            firm_id: FirmId::NIL,
            connection_id: ConnectionId::NIL,
            procore_id: None,
            endpoint_hash: Vec::new(),
            payload_version: String::new(),
            pending: None,
            triggers: triggers.to_vec(),
            missing: missing.iter().map(|name| (*name).to_owned()).collect(),
            created_at: DateTime::UNIX_EPOCH,
            updated_at: DateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn what_departs_from_the_plan_comes_first_and_each_resource_once() {
        let [offices, renamed] = ["create", "update"].map(|it| Trigger::new("Offices", it));
        let projects = Trigger::new("Projects", "update");
        let hook = hook(&[offices, renamed.clone(), projects], &["Trades"]);
        let shown = |finding: Option<&Finding>| -> Vec<String> {
            let rows = rows(&hook, finding).into_iter();
            let line = |row: TriggerRow| format!("{} {}: {}", row.word, row.resource, row.events);
            rows.map(line).collect()
        };
        let planned = [
            "Announced Offices: create, update",
            "Announced Projects: update",
            "Not offered Trades: update",
        ];
        assert_eq!(shown(None), planned);
        let mut finding = Finding {
            hook: vec![HookDrift::Triggers],
            missing: vec![renamed],
            surplus: vec![Trigger::new("Vendors", "delete")],
            ..Finding::of(ReasonCode::Hook)
        };
        let departs = [
            "Missing Offices: update",
            "Surplus Vendors: delete",
            "Announced Offices: create",
            "Announced Projects: update",
            "Not offered Trades: update",
        ];
        assert_eq!(shown(Some(&finding)), departs);
        finding.hook.push(HookDrift::Disabled);
        let disabled = [
            "Missing Offices: create, update",
            "Missing Projects: update",
            "Surplus Vendors: delete",
            "Not offered Trades: update",
        ];
        assert_eq!(shown(Some(&finding)), disabled);
    }
}
