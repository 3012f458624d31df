//! The smallest permissions that the chosen data needs, and what is not needed.

use crate::catalog::{Certainty, Choice, DataSet, Level, Tool};

/// One line of the permission list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Need {
    /// The tool.
    pub tool: Tool,
    /// The lowest level that is enough for everything that needs the tool.
    pub level: Level,
    /// The chosen data sets that need it; empty for live updates.
    pub data_sets: Vec<DataSet>,
    /// Procore documents the level for editing only: reading may work without, so
    /// it is worth trying first.
    pub perhaps: bool,
}

/// The fewest tools at the lowest levels for these choices, certain needs first: somebody who sets exactly
/// these passes the permission step. What a data set can do without asks for nothing.
pub(crate) fn smallest_permissions(choices: &[Choice]) -> Vec<Need> {
    let mut needs: Vec<Need> = Vec::new();
    for choice in choices {
        let entry = choice.data_set.entry();
        for read in choice.reads().filter(|read| !entry.can_do_without(read)) {
            let perhaps = match read.needs.certainty {
                Certainty::Known => false,
                Certainty::ProbeDecides => true,
            };
            let known = needs.iter_mut().find(|need| need.tool == read.needs.tool);
            match known {
                Some(need) => {
                    need.level = need.level.max(read.needs.level);
                    need.perhaps &= perhaps;
                    if !need.data_sets.contains(&choice.data_set) {
                        need.data_sets.push(choice.data_set);
                    }
                }
                None => needs.push(Need {
                    tool: read.needs.tool,
                    level: read.needs.level,
                    data_sets: vec![choice.data_set],
                    perhaps,
                }),
            }
        }
    }
    needs.push(Need {
        tool: Tool::WebhooksApi,
        level: Level::Standard,
        data_sets: Vec::new(),
        perhaps: false,
    });
    needs.sort_by_key(|need| (need.perhaps, need.tool));
    needs
}

/// A level that another choice changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ChangedLevel {
    pub tool: Tool,
    pub before: Level,
    pub after: Level,
}

/// The levels that `after` needs and `before` does not, or the other way around.
pub(crate) fn changed_levels(before: &[Choice], after: &[Choice]) -> Vec<ChangedLevel> {
    let (before, after) = (smallest_permissions(before), smallest_permissions(after));
    let level = |needs: &[Need], tool| {
        let need = needs.iter().find(|need| need.tool == tool);
        need.map_or(Level::None, |need| need.level)
    };
    let change = |tool| ChangedLevel {
        tool,
        before: level(&before, tool),
        after: level(&after, tool),
    };
    let changes = Tool::ALL.into_iter().map(change);
    changes.filter(|it| it.before != it.after).collect()
}

/// What "Admin on everything" would give beyond the smallest list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NotNeeded {
    /// The tool by its name in Procore.
    pub tool: &'static str,
    /// The level that is enough instead of Admin; None where we do not use the tool.
    pub enough: Level,
}

/// Company tools that Procore's support pages name. A company may have others.
const COMPANY_TOOLS: [&str; 15] = [
    "Admin",
    "Directory",
    "Documents",
    "ERP Integrations",
    "Inspections",
    "Permissions",
    "Planroom",
    "Portfolio",
    "Prequalification",
    "Programs",
    "Reports",
    "Schedule",
    "Timesheets",
    "Webhooks API",
    "Workflows",
];

/// The difference between "Admin on everything" and the smallest list.
pub(crate) fn not_needed(needs: &[Need]) -> Vec<NotNeeded> {
    COMPANY_TOOLS
        .into_iter()
        .map(|name| {
            let tool = Tool::recognise(name);
            let need = needs.iter().find(|need| Some(need.tool) == tool);
            NotNeeded {
                tool: name,
                enough: need.map_or(Level::None, |need| need.level),
            }
        })
        .filter(|line| line.enough < Level::Admin)
        .collect()
}

#[cfg(test)]
#[path = "needs_tests.rs"]
mod tests;
