//! Commands that change the permission state.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::json;

use super::{Done, Whose};
use crate::permissions::{Level, Permitted, Place};
use crate::world::World;

/// A tool of the company; with `project_id`, of that project, where 0 means of every project.
fn place(project_id: Option<i64>) -> Place {
    match project_id {
        None => Place::Company,
        Some(0) => Place::EveryProject,
        Some(id) => Place::Project(id),
    }
}

#[derive(Deserialize)]
pub struct SetLevel {
    #[serde(flatten)]
    whose: Whose,
    project_id: Option<i64>,
    tool: String,
    level: String,
}

/// Sets the level on a tool.
pub fn level(world: &mut World, it: SetLevel) -> Done {
    let level =
        Level::parse(&it.level).ok_or("level must be None, Read Only, Standard or Admin")?;
    let access = it.whose.access_mut(world)?;
    let tool = access
        .tool_mut(place(it.project_id), &it.tool)
        .ok_or("there is no such tool")?;
    tool.level = level;
    Ok(json!({ "tool": tool.name, "level": level.name() }))
}

#[derive(Deserialize)]
pub struct ChangeTool {
    #[serde(flatten)]
    whose: Whose,
    project_id: Option<i64>,
    tool: String,
    present: Option<bool>,
    name: Option<String>,
    friendly_name: Option<String>,
}

/// Takes a tool away, brings it back, or renames its label.
pub fn tool(world: &mut World, it: ChangeTool) -> Done {
    let access = it.whose.access_mut(world)?;
    let tool = access
        .tool_mut(place(it.project_id), &it.tool)
        .ok_or("there is no such tool")?;
    tool.present = it.present.unwrap_or(tool.present);
    tool.friendly_name = it
        .friendly_name
        .unwrap_or_else(|| tool.friendly_name.clone());
    tool.shown_name = it.name.or(tool.shown_name.take());
    Ok(json!({ "tool": tool.name, "present": tool.present, "friendly_name": tool.friendly_name }))
}

#[derive(Deserialize)]
pub struct Spelling {
    #[serde(flatten)]
    whose: Whose,
    read_only: String,
}

/// Changes how the manifest writes the Read Only level.
pub fn spelling(world: &mut World, it: Spelling) -> Done {
    if Level::parse(&it.read_only) != Some(Level::ReadOnly) {
        return Err("that does not say Read Only".into());
    }
    it.whose.access_mut(world)?.read_only_spelling = it.read_only;
    Ok(json!({}))
}

#[derive(Deserialize)]
pub struct Switch {
    #[serde(flatten)]
    whose: Whose,
    on: bool,
}

/// Users and vendors without the Directory level: ids and names instead of a 403.
pub fn reduced_views(world: &mut World, it: Switch) -> Done {
    it.whose.access_mut(world)?.reduced_views = it.on;
    Ok(json!({}))
}

#[derive(Deserialize)]
#[serde(untagged)]
pub enum Ids {
    One(i64),
    Many(BTreeSet<i64>),
}

#[derive(Deserialize)]
pub struct ChangeProjects {
    #[serde(flatten)]
    whose: Whose,
    all: Option<bool>,
    permit: Option<Ids>,
    withdraw: Option<Ids>,
}

/// Changes which projects the app is a member of.
pub fn projects(world: &mut World, it: ChangeProjects) -> Done {
    let everything: BTreeSet<i64> = {
        let records = &it.whose.company_mut(world)?.records;
        let filter = crate::data::Filter::default();
        records
            .rows(crate::data::Dataset::Projects, &filter)
            .map(|row| row.id)
            .collect()
    };
    let ids = |ids: Option<Ids>| match ids {
        Some(Ids::One(id)) => BTreeSet::from([id]),
        Some(Ids::Many(ids)) => ids,
        None => BTreeSet::new(),
    };
    let access = it.whose.access_mut(world)?;
    match it.all {
        Some(true) => access.permitted = Permitted::All,
        Some(false) => access.permitted = Permitted::Only(BTreeSet::new()),
        None => {}
    }
    let (permit, withdraw) = (ids(it.permit), ids(it.withdraw));
    let mut permitted = match &access.permitted {
        Permitted::All if withdraw.is_empty() => return Ok(json!({ "permitted": "all" })),
        Permitted::All => everything,
        Permitted::Only(ids) => ids.clone(),
    };
    permitted.extend(permit);
    permitted.retain(|id| !withdraw.contains(id));
    let answer = json!({ "permitted": permitted });
    access.permitted = Permitted::Only(permitted);
    Ok(answer)
}

#[derive(Deserialize)]
pub struct Uninstall {
    #[serde(flatten)]
    whose: Whose,
    /// 403, or the 401 that is seen before a first installation.
    status: Option<u16>,
}

pub fn uninstall(world: &mut World, it: Uninstall) -> Done {
    let status = it.status.unwrap_or(403);
    if status != 403 && status != 401 {
        return Err("status must be 403 or 401".into());
    }
    let access = it.whose.access_mut(world)?;
    access.installed = false;
    access.uninstalled_status = status;
    Ok(json!({}))
}

#[derive(Deserialize)]
pub struct Reinstall {
    #[serde(flatten)]
    whose: Whose,
    /// Permit all projects again; otherwise none are, as after a real installation.
    #[serde(default)]
    all_projects: bool,
}

/// Installs the app again. Levels stay; the permitted projects must be chosen anew.
pub fn reinstall(world: &mut World, it: Reinstall) -> Done {
    if let (Some(client_id), Ok(company_id)) = (&it.whose.client_id, it.whose.company_id(world)) {
        let client_id = client_id.clone();
        world.state.install(&client_id, company_id);
    }
    let access = it.whose.access_mut(world)?;
    access.installed = true;
    access.permitted = if it.all_projects {
        Permitted::All
    } else {
        Permitted::Only(BTreeSet::new())
    };
    Ok(json!({}))
}
