//! What is said of the tools that chosen data of a project needs.

use crate::catalog::{DataSet, Level};
use crate::text::count::{Noun, counted, grouped};
use crate::text::list;
use crate::verdict::NeededTool;

pub(crate) const LIVE_UPDATES: &str = "Live updates";

/// Whether the needed tools are on, and our level on them, in a line; `None` where Procore shows none of them.
pub(crate) fn tools_in_a_line(needed: &[NeededTool]) -> Option<String> {
    let on: Vec<&NeededTool> = needed.iter().filter(|it| it.active == Some(true)).collect();
    if needed.iter().all(|it| it.active.is_none()) {
        return None;
    }
    let tools = match (on.len(), needed.len()) {
        (1, 1) => "The needed tool is on".to_owned(),
        (on, all) if on == all => format!("All {} needed tools are on", grouped(all)),
        (on, all) => format!("{} of {} needed tools are on", grouped(on), grouped(all)),
    };
    let levels = levels(&on);
    Some(match levels.is_empty() {
        true => tools,
        false => format!("{tools}: {}", list(&levels)),
    })
}

/// `Read Only on 8 tools`, `Standard on Webhooks API`, the lowest first; without tools whose need is not documented.
fn levels(on: &[&NeededTool]) -> Vec<String> {
    let documented = on.iter().filter(|it| it.needed.is_some());
    let mut found: Vec<Level> = documented.filter_map(|it| it.found).collect();
    found.sort_unstable();
    found.dedup();
    let at = |level: Level| {
        let is_at = |it: &&&NeededTool| it.needed.is_some() && it.found == Some(level);
        let at: Vec<&&NeededTool> = on.iter().filter(is_at).collect();
        let tools = match at.as_slice() {
            [one] => tool(one),
            several => counted(several.len(), Noun::Tool),
        };
        match level {
            Level::None => format!("no access to {tools}"),
            Level::ReadOnly | Level::Standard | Level::Admin => format!("{level} on {tools}"),
        }
    };
    found.into_iter().map(at).collect()
}

/// What the tool is called in this company.
pub(crate) fn tool(it: &NeededTool) -> String {
    let usual = it.tool.label();
    it.renamed.clone().unwrap_or_else(|| usual.to_owned())
}

/// Whether the project uses a tool.
pub(crate) fn in_use(active: Option<bool>) -> &'static str {
    match active {
        Some(true) => "On",
        Some(false) => "Off",
        None => "Not shown to us",
    }
}

/// Our level on a tool.
pub(crate) fn level_found(level: Option<Level>) -> &'static str {
    level.map_or("Not known", Level::label)
}

/// The level that a tool needs.
pub(crate) fn level_needed(level: Option<Level>) -> &'static str {
    level.map_or("Not documented", Level::label)
}

/// What a tool is needed for.
pub(crate) fn needed_for(sets: &[DataSet]) -> String {
    let labels: Vec<&str> = sets.iter().map(|set| set.label()).collect();
    match labels.is_empty() {
        true => LIVE_UPDATES.to_owned(),
        false => labels.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Tool;

    #[test]
    fn tools_with_one_level_are_counted_and_a_single_one_is_named() {
        let needed = |tool, active, found| NeededTool {
            tool,
            renamed: None,
            needed: Some(Level::ReadOnly),
            active,
            found,
            data_sets: Vec::new(),
        };
        let on = Some(true);
        let mut tools = vec![
            needed(Tool::Rfis, on, Some(Level::ReadOnly)),
            needed(Tool::Meetings, on, Some(Level::ReadOnly)),
            needed(Tool::WebhooksApi, on, Some(Level::Standard)),
        ];
        assert_eq!(
            tools_in_a_line(&tools).unwrap(),
            "All 3 needed tools are on: Read Only on 2 tools and Standard on Webhooks API"
        );
        tools[1].active = Some(false);
        tools[0].found = Some(Level::None);
        assert_eq!(
            tools_in_a_line(&tools).unwrap(),
            "2 of 3 needed tools are on: no access to RFIs and Standard on Webhooks API"
        );
        assert_eq!(tools_in_a_line(&[needed(Tool::Rfis, None, None)]), None);
    }
}
