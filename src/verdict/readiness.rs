//! Whether a project can be read, as far as the tools that Procore shows of it tell.

use serde::{Deserialize, Serialize};

use super::{Manifest, ReasonCode, Refusal, smallest_permissions};
use crate::catalog::{Choice, DataSet, Level, Tool};

/// A tool of a project that something of ours needs, as Procore shows it to our user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectTool {
    /// Which one.
    pub tool: Tool,
    /// Its label in this company, where it differs from the usual one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renamed: Option<String>,
    /// Our level; `None` where Procore's word for it is not known.
    pub level: Option<Level>,
    /// Whether the project uses the tool.
    pub active: bool,
}

impl ProjectTool {
    /// The tools of a manifest that are known here; those whose engine name `is_off` names are
    /// switched off.
    pub(crate) fn list(manifest: &Manifest, is_off: impl Fn(&str) -> bool) -> Vec<Self> {
        let tools = Tool::ALL.into_iter();
        let found = tools.filter_map(|tool| Some((tool, manifest.find(tool)?)));
        found
            .map(|(tool, entry)| Self {
                tool,
                renamed: (Tool::recognise(&entry.label) != Some(tool)).then(|| entry.label.clone()),
                level: entry.level,
                active: !is_off(&entry.name),
            })
            .collect()
    }
}

/// Something in a project that keeps data from being brought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Obstacle {
    /// What is wrong: the tool is switched off, or our level is too low.
    pub code: ReasonCode,
    /// The tool; `None` where the project as a whole is not shown to us.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool: Option<Tool>,
    /// Its label in this company, where it differs from the usual one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renamed: Option<String>,
    /// Our level, if Procore shows one that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<Level>,
    /// The lowest level that is enough.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub needed: Option<Level>,
    /// What cannot be brought because of it; empty for live updates.
    pub data_sets: Vec<DataSet>,
}

impl Obstacle {
    /// Procore says that the project is not there, or hides it from us.
    pub(crate) fn hidden() -> Self {
        Self {
            code: ReasonCode::Hidden,
            tool: None,
            renamed: None,
            found: None,
            needed: None,
            data_sets: Vec::new(),
        }
    }
}

/// What keeps these choices from being brought of a project with these tools.
///
/// Only what the tools prove counts: a tool that is not listed, a level that is not known and a need
/// that Procore does not document are left to the attempt to read.
pub(crate) fn obstacles(tools: &[ProjectTool], choices: &[Choice]) -> Vec<Obstacle> {
    let needs = smallest_permissions(choices).into_iter();
    needs
        .filter_map(|need| {
            let shown = tools.iter().find(|it| it.tool == need.tool)?;
            let too_low = shown
                .level
                .is_some_and(|level| level < need.level && !need.perhaps);
            let code = match shown.active {
                false => ReasonCode::ProjectTool,
                true if too_low && need.tool == Tool::WebhooksApi => Refusal::WEBHOOKS.forbidden,
                true if too_low => Refusal::of(need.tool).forbidden,
                true => return None,
            };
            Some(Obstacle {
                code,
                tool: Some(need.tool),
                renamed: shown.renamed.clone(),
                found: shown.level,
                needed: Some(need.level),
                data_sets: need.data_sets,
            })
        })
        .collect()
}

/// A tool that chosen data of a project needs, and what Procore shows of it there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NeededTool {
    pub tool: Tool,
    /// Its label in this company, where it differs from the usual one.
    pub renamed: Option<String>,
    /// The lowest level that is enough; `None` where Procore does not document one for reading.
    pub needed: Option<Level>,
    /// Whether the project uses it; `None` where Procore does not show it.
    pub active: Option<bool>,
    /// Our level, if Procore shows one that is known.
    pub found: Option<Level>,
    /// What is brought with it; empty for live updates.
    pub data_sets: Vec<DataSet>,
}

/// The tools that these choices need in a project, with what Procore shows of each.
pub(crate) fn needed_tools(tools: &[ProjectTool], choices: &[Choice]) -> Vec<NeededTool> {
    let needs = smallest_permissions(choices).into_iter();
    needs
        .map(|need| {
            let shown = tools.iter().find(|it| it.tool == need.tool);
            NeededTool {
                tool: need.tool,
                renamed: shown.and_then(|it| it.renamed.clone()),
                needed: (!need.perhaps).then_some(need.level),
                active: shown.map(|it| it.active),
                found: shown.and_then(|it| it.level),
                data_sets: need.data_sets,
            }
        })
        .collect()
}

/// One thing to fix in one or several projects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ProjectFix {
    /// What stands in the way; its level is that of all projects, or `None` where they differ, and its data
    /// sets are those of all.
    pub obstacle: Obstacle,
    /// Some of the projects, or all.
    pub named: Vec<String>,
    /// How many projects there are.
    pub projects: u64,
}

/// What has to be fixed in projects, each tool once for each thing that is wrong with it, by the order of
/// the reasons.
pub(crate) fn fixes_of_projects<'a>(
    found: impl IntoIterator<Item = (&'a str, &'a Obstacle)>,
) -> Vec<ProjectFix> {
    let found = found.into_iter();
    merged_fixes(found.map(|(project, obstacle)| ProjectFix {
        obstacle: obstacle.clone(),
        named: vec![project.to_owned()],
        projects: 1,
    }))
}

/// The same, where what was found is counted already.
pub(crate) fn merged_fixes(found: impl IntoIterator<Item = ProjectFix>) -> Vec<ProjectFix> {
    let mut fixes: Vec<ProjectFix> = Vec::new();
    for new in found {
        let known = fixes.iter_mut().find(|fix| {
            let (known, obstacle) = (&fix.obstacle, &new.obstacle);
            (known.code, known.tool) == (obstacle.code, obstacle.tool)
        });
        let Some(fix) = known else {
            fixes.push(new);
            continue;
        };
        let obstacle = new.obstacle;
        let merged = &mut fix.obstacle;
        merged.found = merged.found.filter(|it| Some(*it) == obstacle.found);
        merged.needed = merged.needed.max(obstacle.needed);
        let sets = obstacle.data_sets.iter();
        let sets: Vec<DataSet> = sets
            .filter(|it| !merged.data_sets.contains(it))
            .copied()
            .collect();
        merged.data_sets.extend(sets);
        fix.named.extend(new.named);
        fix.projects += new.projects;
    }
    fixes.sort_by_key(|fix| (fix.obstacle.code, fix.obstacle.tool));
    fixes
}

#[cfg(test)]
mod tests {
    use super::super::ManifestTool;
    use super::*;

    fn manifest(tools: &[(&str, &str, Option<Level>)]) -> Manifest {
        let tools = tools.iter().map(|(name, label, level)| ManifestTool {
            name: (*name).to_owned(),
            label: (*label).to_owned(),
            level: *level,
        });
        Manifest {
            tools: tools.collect(),
        }
    }

    #[test]
    fn only_what_the_tools_prove_stands_in_the_way() {
        let manifest = manifest(&[
            ("rfi", "Questions", Some(Level::ReadOnly)),
            ("submittal_log", "Submittals", Some(Level::None)),
            ("meetings", "Meetings", None),
            ("webhooks_api", "Webhooks API", Some(Level::ReadOnly)),
            ("photos", "Photos", Some(Level::None)),
        ]);
        let tools = ProjectTool::list(&manifest, |name| name == "rfi");
        let known: Vec<Tool> = tools.iter().map(|it| it.tool).collect();
        assert_eq!(
            known,
            [
                Tool::Meetings,
                Tool::Rfis,
                Tool::Submittals,
                Tool::WebhooksApi
            ]
        );
        let sets = [
            DataSet::Rfis,
            DataSet::Submittals,
            DataSet::Meetings,
            DataSet::Drawings,
            DataSet::Locations,
        ];
        let found = obstacles(&tools, &sets.map(Choice::of));
        let codes: Vec<_> = found.iter().map(|it| (it.code, it.tool)).collect();
        assert_eq!(
            codes,
            [
                (ReasonCode::ProjectTool, Some(Tool::Rfis)),
                (ReasonCode::Level(Tool::Submittals), Some(Tool::Submittals)),
                (ReasonCode::WebhookLevel, Some(Tool::WebhooksApi)),
            ]
        );
        assert_eq!(found[0].renamed.as_deref(), Some("Questions"));
        assert_eq!(found[0].data_sets, [DataSet::Rfis]);
        let none = obstacles(&tools, &[Choice::of(DataSet::Meetings)]);
        assert_eq!(none.len(), 1, "live updates are always needed");
    }

    #[test]
    fn what_is_wrong_in_several_projects_is_one_thing_to_fix() {
        let off = |sets: &[DataSet], found| Obstacle {
            code: ReasonCode::ProjectTool,
            tool: Some(Tool::Rfis),
            renamed: None,
            found,
            needed: Some(Level::ReadOnly),
            data_sets: sets.to_vec(),
        };
        let first = off(&[DataSet::Rfis], Some(Level::None));
        let second = off(&[DataSet::Rfis], Some(Level::Admin));
        let hidden = Obstacle::hidden();
        let found = [("A", &first), ("B", &hidden), ("C", &second)];
        let fixes = fixes_of_projects(found);
        let told: Vec<_> = fixes
            .iter()
            .map(|fix| (fix.obstacle.code, fix.named.join(" ")))
            .collect();
        assert_eq!(
            told,
            [
                (ReasonCode::ProjectTool, "A C".to_owned()),
                (ReasonCode::Hidden, "B".to_owned())
            ]
        );
        assert_eq!(fixes[0].projects, 2);
        assert_eq!(fixes[0].obstacle.found, None);
        assert_eq!(fixes[0].obstacle.data_sets, [DataSet::Rfis]);
    }

    #[test]
    fn a_level_that_is_not_documented_is_left_to_the_attempt() {
        let manifest = manifest(&[("admin", "Admin", Some(Level::None))]);
        let tools = ProjectTool::list(&manifest, |_| false);
        assert_eq!(obstacles(&tools, &[Choice::of(DataSet::Locations)]), []);
    }
}
