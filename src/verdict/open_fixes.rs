//! What has to be fixed, of all failed rows together: one line for each tool, and one row for each
//! reason in the order in which they are fixed.

use super::{Check, CheckResult, CheckState, ReasonCode};
use crate::catalog::{Level, Tool};

/// Everything that stands open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OpenFixes<'a> {
    /// The tools that are refused, or show too little, each once.
    pub tools: Vec<ToolFix<'a>>,
    /// One row for each reason, what has to be fixed first coming first.
    pub causes: Vec<&'a CheckResult>,
    /// The keys of all rows that failed.
    pub checks: Vec<String>,
}

/// One tool of Procore's that the app may not use as it has to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ToolFix<'a> {
    pub tool: Tool,
    /// The tool's label in this company, where it differs from the usual one.
    pub renamed: Option<&'a str>,
    /// The level that Procore shows.
    pub now: Option<Level>,
    /// The lowest level that is enough for every row that failed.
    pub needed: Level,
    /// The rows that need it.
    pub checks: Vec<&'a Check>,
    /// What is the matter.
    pub problem: ToolProblem,
}

/// Why a tool stands in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ToolProblem {
    /// The level has to be raised.
    TooLow,
    /// Procore shows enough, and refuses all the same.
    Refused,
    /// Procore says that what was asked for is not there.
    Hidden,
}

impl<'a> OpenFixes<'a> {
    /// `None` where nothing failed.
    pub(crate) fn of(rows: &'a [CheckResult]) -> Option<Self> {
        let failed = || rows.iter().filter(|row| row.state == CheckState::Failed);
        let mut tools: Vec<ToolFix<'a>> = Vec::new();
        let mut causes: Vec<&CheckResult> = Vec::new();
        for row in failed() {
            add_tool(&mut tools, row);
            if !causes.iter().any(|cause| cause.reason == row.reason) {
                causes.push(row);
            }
        }
        // The order of the reasons is the ladder.
        causes.sort_by_key(|cause| cause.reason);
        tools.sort_by_key(|fix| fix.tool);
        (!causes.is_empty()).then(|| Self {
            tools,
            causes,
            checks: failed().map(|row| row.check.key()).collect(),
        })
    }

    /// The levels that have to be raised.
    pub(crate) fn too_low(&self) -> impl Iterator<Item = &ToolFix<'a>> {
        let tools = self.tools.iter();
        tools.filter(|fix| fix.problem == ToolProblem::TooLow)
    }

    /// Whether a reason is among them.
    pub(crate) fn has(&self, reason: ReasonCode) -> bool {
        self.causes.iter().any(|cause| cause.reason == Some(reason))
    }
}

fn add_tool<'a>(tools: &mut Vec<ToolFix<'a>>, row: &'a CheckResult) {
    let (Some(tool), Some(needed)) = (row.tool, row.needed) else {
        return;
    };
    let problem = match row.reason {
        Some(ReasonCode::Level(_) | ReasonCode::WebhookLevel) => match row.found {
            Some(now) if now >= needed => ToolProblem::Refused,
            Some(_) | None => ToolProblem::TooLow,
        },
        Some(ReasonCode::Hidden) => ToolProblem::Hidden,
        Some(_) | None => return,
    };
    match tools.iter_mut().find(|fix| fix.tool == tool) {
        Some(fix) => {
            fix.needed = fix.needed.max(needed);
            fix.checks.push(&row.check);
            if problem == ToolProblem::TooLow {
                fix.problem = problem;
            }
        }
        None => tools.push(ToolFix {
            tool,
            renamed: row.detail.renamed_tool.as_deref(),
            now: row.found,
            needed,
            checks: vec![&row.check],
            problem,
        }),
    }
}

#[cfg(test)]
#[path = "open_fixes_tests.rs"]
mod tests;
