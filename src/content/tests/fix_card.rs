//! Several reasons as one list.

use super::*;
use crate::catalog::{DataSet, Level, Tool};
use crate::verdict::{Check, CheckResult, CheckState, OpenFixes};

fn failed(check: Check, reason: ReasonCode, tool: Option<(Tool, Level)>) -> CheckResult {
    CheckResult {
        check,
        state: CheckState::Failed,
        reason: Some(reason),
        tool: tool.map(|(tool, _)| tool),
        needed: tool.map(|(_, needed)| needed),
        found: tool.map(|_| Level::None),
        how: None,
        until: None,
        detail: Default::default(),
    }
}

fn directory(set: DataSet) -> CheckResult {
    let needs = (Tool::Directory, Level::ReadOnly);
    failed(
        Check::DataSet(set),
        ReasonCode::Level(Tool::Directory),
        Some(needs),
    )
}

fn webhooks() -> CheckResult {
    let needs = (Tool::WebhooksApi, Level::Standard);
    failed(Check::Webhooks, ReasonCode::WebhookLevel, Some(needs))
}

fn no_projects() -> CheckResult {
    failed(Check::ProjectsVisible, ReasonCode::NoProjects, None)
}

fn card(rows: &[CheckResult], way: AccessWay) -> FixCard {
    let open = OpenFixes::of(rows).unwrap();
    content().fix_card(&open, way, &values()).unwrap()
}

fn steps(card: &FixCard) -> Vec<String> {
    let steps = card.steps.iter();
    steps.map(|it| plain(&it.step.pieces)).collect()
}

#[test]
fn the_title_says_what_to_do_in_one_sentence() {
    use AccessWay::{LegacyAccount, OwnApp};
    let people = || directory(DataSet::People);
    for (rows, way, title) in [
        (vec![people()], OwnApp, "Change 1 level, then release once"),
        (
            vec![people(), directory(DataSet::Companies), webhooks()],
            OwnApp,
            "Change 2 levels, then release once",
        ),
        (vec![people(), webhooks()], LegacyAccount, "Change 2 levels"),
        (
            vec![people(), no_projects()],
            OwnApp,
            "Change 1 level, release once, then share projects",
        ),
        (
            vec![people(), no_projects()],
            LegacyAccount,
            "Change 1 level and share projects",
        ),
        (vec![no_projects()], OwnApp, "Share projects with the app"),
        (
            vec![failed(Check::Credentials, ReasonCode::Credentials, None)],
            OwnApp,
            "Procore did not recognise this Client ID and secret",
        ),
    ] {
        assert_eq!(card(&rows, way).title, title);
    }
}

#[test]
fn every_tool_is_one_line_and_every_click_is_told_once() {
    let rows = [
        directory(DataSet::People),
        directory(DataSet::Companies),
        webhooks(),
        no_projects(),
    ];
    for way in AccessWay::ALL {
        let card = card(&rows, way);
        let lines: Vec<_> = card
            .lines
            .iter()
            .map(|line| {
                format!(
                    "{}: {} to {}, {}",
                    line.what, line.now, line.needed, line.purpose
                )
            })
            .collect();
        assert_eq!(
            lines,
            [
                "Directory: None to Read Only, People, Companies",
                "Webhooks API: None to Standard, Live updates",
                "Projects shared with the app: None to At least one, Projects",
            ]
        );
        let steps = steps(&card);
        let count = |part: &str| steps.iter().filter(|step| step.contains(part)).count();
        assert_eq!(
            count("Directory: Read Only, Webhooks API: Standard"),
            1,
            "{steps:#?}"
        );
        let release = usize::from(way == AccessWay::OwnApp);
        assert_eq!(count("Promote Version"), release, "{steps:#?}");
        let shares = usize::from(way != AccessWay::LegacyAccount);
        assert_eq!(count("Choose the projects to share"), shares, "{steps:#?}");
        assert_eq!(count("Check again"), 1, "{steps:#?}");
        let place = |part: &str| steps.iter().position(|step| step.contains(part));
        assert!(
            place("Project Level") <= place("Promote Version"),
            "what is set comes before it is released: {steps:#?}"
        );
        assert!(steps.last().unwrap().contains("Check again"), "{steps:#?}");
        assert!(steps.len() <= 8, "{steps:#?}");
    }
}

#[test]
fn projects_are_shared_after_the_release_whichever_check_failed_first() {
    for rows in [[no_projects(), webhooks()], [webhooks(), no_projects()]] {
        let steps = steps(&card(&rows, AccessWay::OwnApp));
        let place = |part: &str| steps.iter().position(|step| step.contains(part)).unwrap();
        assert!(steps[0].contains("Developer Portal"), "{steps:#?}");
        assert!(place("Promote Version") < place("accept the update"));
        assert!(place("accept the update") < place("Choose the projects to share"));
        assert!(place("Choose the projects to share") < place("For all existing projects"));
    }
}

#[test]
fn what_the_lines_do_not_say_is_explained() {
    let mut refused = directory(DataSet::People);
    refused.found = Some(Level::ReadOnly);
    let card_of_refused = card(&[refused], AccessWay::OwnApp);
    assert_eq!(card_of_refused.lines[0].now, "Read Only, yet refused");
    assert_eq!(card_of_refused.why.len(), 1, "{card_of_refused:#?}");
    let levels = card(&[directory(DataSet::People), webhooks()], AccessWay::OwnApp);
    assert_eq!(levels.why, [""; 0]);
    assert_eq!(levels.codes.len(), 2);
}
