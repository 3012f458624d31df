//! The fix card over several projects: what has to be changed in them, with one list of steps.

use super::fix_card::{FixCard, FixLine, add_new, steps};
use super::values::{Placeholder, Values, tool_shown};
use super::{Content, Remedy};
use crate::catalog::Level;
use crate::connection::AccessWay;
use crate::verdict::{Obstacle, ProjectFix, ReasonCode};

/// Projects that a line names.
const NAMED: usize = 3;

impl Content {
    /// What has to be fixed in projects as one card; `None` where nothing has.
    pub(crate) fn projects_card(
        &self,
        fixes: &[ProjectFix],
        way: AccessWay,
        values: &Values,
    ) -> Option<FixCard> {
        let mut codes: Vec<ReasonCode> = Vec::new();
        let mut helps: Vec<Remedy> = Vec::new();
        for fix in fixes {
            let code = fix.obstacle.code;
            let family = code.family();
            codes.push(code);
            if helps.iter().any(|help| help.code.family() == family) {
                continue;
            }
            let alike: Vec<&ProjectFix> = fixes
                .iter()
                .filter(|it| it.obstacle.code.family() == family)
                .collect();
            let source = self.reasons.get(family)?;
            helps.push(source.fill(code, way, &filled(values, &alike)));
        }
        let first = fixes.first()?;
        let mut card = FixCard {
            title: match fixes {
                [one] => title(one),
                several => format!("Change {} things in your projects", several.len()),
            },
            why: Vec::new(),
            lines: fixes.iter().map(line).collect(),
            steps: steps(&helps),
            who: Vec::new(),
            notes: Vec::new(),
            see: Vec::new(),
            pages: Vec::new(),
            codes,
            company_page: values.known(Placeholder::CompanyPage),
            checks: Vec::new(),
        };
        card.codes.dedup();
        for help in helps {
            add_new(&mut card.who, [help.who]);
            add_new(&mut card.see, help.see);
            add_new(&mut card.pages, help.pages);
        }
        if first.obstacle.code == ReasonCode::Hidden {
            card.why.push("Procore does not say whether a project was deleted or is only hidden from the app.".to_owned());
        }
        Some(card)
    }
}

/// What the texts of a reason name, for all the fixes that it stands behind.
fn filled(values: &Values, fixes: &[&ProjectFix]) -> Values {
    let mut tools: Vec<String> = Vec::new();
    let mut levels: Vec<String> = Vec::new();
    let mut highest = Level::ReadOnly;
    for fix in fixes {
        if let Some(tool) = shown_tool(&fix.obstacle) {
            let needed = fix.obstacle.needed.unwrap_or(Level::ReadOnly);
            levels.push(format!("{tool}: {needed}"));
            highest = highest.max(needed);
            tools.push(tool);
        }
    }
    values
        .clone()
        .with(Placeholder::Tool, tools.join(", "))
        .with(Placeholder::Levels, levels.join(", "))
        .with(Placeholder::Level, highest.label())
}

fn shown_tool(obstacle: &Obstacle) -> Option<String> {
    let tool = obstacle.tool?;
    Some(tool_shown(tool, obstacle.renamed.as_deref()))
}

fn counted(projects: u64) -> String {
    match projects {
        1 => "1 project".to_owned(),
        _ => format!("{projects} projects"),
    }
}

fn title(fix: &ProjectFix) -> String {
    let projects = counted(fix.projects);
    match (shown_tool(&fix.obstacle), fix.obstacle.code) {
        (Some(tool), ReasonCode::ProjectTool) => format!("Turn on {tool} in {projects}"),
        (Some(tool), _) => format!("Raise the level on {tool} in {projects}"),
        (None, _) => format!("Share {projects} with the app"),
    }
}

fn line(fix: &ProjectFix) -> FixLine {
    let obstacle = &fix.obstacle;
    let (now, needed) = match obstacle.code {
        ReasonCode::ProjectTool => ("Off".to_owned(), "On".to_owned()),
        ReasonCode::Hidden => ("Hidden from us".to_owned(), "Shared".to_owned()),
        _ => {
            let now = obstacle.found.map_or("Too low", Level::label);
            let needed = obstacle.needed.unwrap_or(Level::ReadOnly);
            (now.to_owned(), needed.label().to_owned())
        }
    };
    let what = shown_tool(obstacle).unwrap_or_else(|| "The project itself".to_owned());
    FixLine {
        what,
        now,
        needed,
        purpose: named(fix),
    }
}

/// The first projects, and how many more there are.
fn named(fix: &ProjectFix) -> String {
    let shown = fix.named.iter().take(NAMED).cloned();
    let shown: Vec<String> = shown.collect();
    let line = shown.join(", ");
    match fix.projects.saturating_sub(shown.len() as u64) {
        0 => line,
        more => format!("{line} and {more} more"),
    }
}
