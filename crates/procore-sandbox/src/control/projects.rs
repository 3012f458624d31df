//! Changes which projects there are and which of them the app sees.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::error::CommandResult;
use super::records::PERSON;
use super::target::Target;
use crate::data::{Dataset, Filter};
use crate::permissions::Permitted;
use crate::webhooks::events::{self, Event};
use crate::world::{Company, State, World};

/// One id, or a list of them.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Ids {
    One(i64),
    Many(BTreeSet<i64>),
}

/// Changes which projects the app is a member of.
pub(super) fn permit(
    state: &mut State,
    target: &Target,
    all: Option<bool>,
    permit: Option<Ids>,
    withdraw: Option<Ids>,
) -> CommandResult {
    let ids = |ids| match ids {
        Some(Ids::One(id)) => BTreeSet::from([id]),
        Some(Ids::Many(ids)) => ids,
        None => BTreeSet::new(),
    };
    let (permit, withdraw) = (ids(permit), ids(withdraw));
    let (_, company) = target.company(state)?;
    let filter = Filter::default();
    let every = company
        .records
        .rows(Dataset::Projects, &filter)
        .map(|row| row.id)
        .collect();
    let access = target.access(state)?;
    let before = match all {
        Some(true) => Permitted::All,
        Some(false) => Permitted::Only(BTreeSet::new()),
        None => access.permitted.clone(),
    };
    access.permitted = match before {
        Permitted::All if withdraw.is_empty() => Permitted::All,
        Permitted::All => Permitted::Only(&every - &withdraw),
        Permitted::Only(ids) => Permitted::Only(&(&ids | &permit) - &withdraw),
    };
    Ok(match &access.permitted {
        Permitted::All => json!({ "permitted": "all" }),
        Permitted::Only(ids) => json!({ "permitted": ids }),
    })
}

/// Makes a project like another, with its fields, its tools and its hooks.
pub(super) fn clone(
    world: &mut World,
    target: &Target,
    project_id: i64,
    name: Option<String>,
) -> CommandResult {
    let now = world.clock.now();
    let (company_id, company) = target.company(&mut world.state)?;
    let records = &mut company.records;
    let row = records.existing(Dataset::Projects, project_id);
    let row = row.ok_or("there is no such project")?;
    let original = records.name(Dataset::Projects, &row);
    let name = name.unwrap_or_else(|| format!("{original} (copy)"));
    let fields = Map::from_iter([("name".to_owned(), Value::String(name))]);
    let id = records.create(Dataset::Projects, None, fields, now);
    for access in company.access.values_mut() {
        if let Some(tools) = access.project_exceptions.get(&project_id).cloned() {
            access.project_exceptions.insert(id, tools);
        }
    }
    company.add_new_project(id);
    let hooks = clone_hooks(&mut world.state, project_id, id, now);
    let event = Event {
        company_id,
        project_id: None,
        resource_name: Dataset::Projects.resource().to_owned(),
        event_type: "create".to_owned(),
        resource_id: id,
        user_id: PERSON,
    };
    let queued = events::emit(world, &event);
    Ok(json!({ "id": id, "hooks": hooks, "deliveries": queued }))
}

/// The copies lead where the originals lead.
fn clone_hooks(state: &mut State, from: i64, to: i64, now: DateTime<Utc>) -> Vec<String> {
    let hooks = state.hooks.values();
    let hooks = hooks.filter(|hook| hook.project_id == Some(from));
    let mut copies: Vec<_> = hooks.cloned().collect();
    for copy in &mut copies {
        (copy.id, copy.project_id) = (state.next_id(), Some(to));
        (copy.created_at, copy.updated_at) = (now, now);
        for trigger in &mut copy.triggers {
            trigger.id = state.next_id();
        }
    }
    let ids = copies.iter().map(|copy| copy.id.to_string()).collect();
    state
        .hooks
        .extend(copies.into_iter().map(|copy| (copy.id, copy)));
    ids
}

impl Company {
    /// Makes apps members of a new project whose users join all of them.
    pub(super) fn add_new_project(&mut self, id: i64) {
        for access in self.access.values_mut().filter(|it| it.joins_new_projects) {
            if let Permitted::Only(ids) = &mut access.permitted {
                ids.insert(id);
            }
        }
    }
}
