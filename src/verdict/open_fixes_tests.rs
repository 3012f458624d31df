use super::*;
use crate::catalog::DataSet;

fn failed(check: Check, reason: ReasonCode) -> CheckResult {
    CheckResult {
        check,
        state: CheckState::Failed,
        reason: Some(reason),
        tool: None,
        needed: None,
        found: None,
        how: None,
        until: None,
        detail: Default::default(),
    }
}

fn on_tool(set: DataSet, tool: Tool, needed: Level, found: Option<Level>) -> CheckResult {
    CheckResult {
        tool: Some(tool),
        needed: Some(needed),
        found,
        ..failed(Check::DataSet(set), ReasonCode::Level(tool))
    }
}

#[test]
fn every_tool_is_one_line_with_all_that_needs_it() {
    let rows = [
        on_tool(
            DataSet::People,
            Tool::Directory,
            Level::ReadOnly,
            Some(Level::None),
        ),
        CheckResult {
            tool: Some(Tool::WebhooksApi),
            needed: Some(Level::Standard),
            ..failed(Check::Webhooks, ReasonCode::WebhookLevel)
        },
        on_tool(
            DataSet::Companies,
            Tool::Directory,
            Level::Standard,
            Some(Level::None),
        ),
        CheckResult {
            state: CheckState::Passed,
            ..on_tool(
                DataSet::Offices,
                Tool::Admin,
                Level::ReadOnly,
                Some(Level::ReadOnly),
            )
        },
    ];
    let fixes = OpenFixes::of(&rows).unwrap();
    let lines: Vec<_> = fixes
        .tools
        .iter()
        .map(|fix| (fix.tool, fix.now, fix.needed, fix.checks.len()))
        .collect();
    assert_eq!(
        lines,
        [
            (Tool::Directory, Some(Level::None), Level::Standard, 2),
            (Tool::WebhooksApi, None, Level::Standard, 1),
        ]
    );
    assert_eq!(fixes.too_low().count(), 2);
    assert_eq!(
        fixes.checks,
        ["data_set:users", "webhooks", "data_set:vendors"]
    );
}

#[test]
fn reasons_come_once_and_what_is_fixed_first_comes_first() {
    let rows = [
        failed(Check::Webhooks, ReasonCode::WebhookLevel),
        failed(Check::ProjectsVisible, ReasonCode::NoProjects),
        on_tool(DataSet::People, Tool::Directory, Level::ReadOnly, None),
        on_tool(DataSet::Companies, Tool::Directory, Level::ReadOnly, None),
    ];
    let fixes = OpenFixes::of(&rows).unwrap();
    let reasons: Vec<_> = fixes.causes.iter().filter_map(|row| row.reason).collect();
    assert_eq!(
        reasons,
        [
            ReasonCode::Level(Tool::Directory),
            ReasonCode::NoProjects,
            ReasonCode::WebhookLevel,
        ]
    );
    assert!(fixes.has(ReasonCode::NoProjects));
    assert!(!fixes.has(ReasonCode::Hidden));
}

#[test]
fn a_level_that_is_high_enough_is_not_to_be_raised() {
    let enough = on_tool(
        DataSet::People,
        Tool::Directory,
        Level::ReadOnly,
        Some(Level::Admin),
    );
    let low = on_tool(
        DataSet::Companies,
        Tool::Directory,
        Level::ReadOnly,
        Some(Level::None),
    );
    let hidden = CheckResult {
        reason: Some(ReasonCode::Hidden),
        ..on_tool(DataSet::Programs, Tool::Admin, Level::ReadOnly, None)
    };
    for (rows, problems, too_low) in [
        (vec![enough.clone()], vec![ToolProblem::Refused], 0),
        (vec![hidden.clone()], vec![ToolProblem::Hidden], 0),
        // One row of a tool that is too low makes it a change.
        (
            vec![enough, low, hidden],
            vec![ToolProblem::Hidden, ToolProblem::TooLow],
            1,
        ),
    ] {
        let fixes = OpenFixes::of(&rows).unwrap();
        let found: Vec<_> = fixes.tools.iter().map(|fix| fix.problem).collect();
        assert_eq!(found, problems);
        assert_eq!(fixes.too_low().count(), too_low);
    }
}

#[test]
fn where_nothing_failed_there_is_nothing_to_fix() {
    let passed = CheckResult {
        state: CheckState::Passed,
        ..failed(Check::Webhooks, ReasonCode::WebhookLevel)
    };
    let excess = CheckResult {
        state: CheckState::Warning,
        ..failed(Check::Excess, ReasonCode::Excess)
    };
    assert_eq!(OpenFixes::of(&[]), None);
    assert_eq!(OpenFixes::of(&[passed, excess]), None);
}
