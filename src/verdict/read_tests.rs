//! One manifest and one answer have one verdict for every caller.

use super::*;
use crate::catalog::Choice;
use crate::verdict::{Answers, Check, Context, Manifest, ManifestTool, Question, conclude};

const COMPANY: i64 = 112_233;

fn entry(name: &str, label: &str, level: &str) -> ManifestTool {
    ManifestTool {
        name: name.to_owned(),
        label: label.to_owned(),
        level: Level::parse(level),
    }
}

fn manifest<const N: usize>(tools: [ManifestTool; N]) -> Manifest {
    Manifest {
        tools: tools.into(),
    }
}

fn state(manifest: &Manifest) -> ManifestState<'_> {
    Some(manifest).into()
}

fn main_list(data_set: DataSet) -> &'static Read {
    data_set.entry().main_read()
}

/// What the checks of the setup say about a data set whose list came back empty, and about webhooks.
fn checked(manifest: &Manifest, data_set: DataSet) -> [Option<ReasonCode>; 2] {
    let member = Facts::Member {
        name: None,
        active: true,
    };
    let catalog = Facts::Catalog { resources: 25 };
    let given = Facts::Manifest(manifest.clone());
    let answers: Answers = [
        (Question::Token, Answer::Accepted(Facts::Token)),
        (Question::Company, Answer::Accepted(member)),
        (Question::Manifest, Answer::Accepted(given)),
        (Question::WebhookCatalog, Answer::Accepted(catalog)),
        (Question::List(main_list(data_set).name), Answer::EmptyList),
    ]
    .into_iter()
    .collect();
    let choices = [Choice::of(data_set)];
    let context = Context {
        company_id: COMPANY,
        names_companies: true,
        taken: false,
        choices: &choices,
    };
    let checks = [Check::DataSet(data_set), Check::Webhooks];
    let rows = conclude(&checks, &answers, &context);
    [rows[0].reason, rows[1].reason]
}

#[test]
fn a_tool_is_found_by_its_engine_name_wherever_another_has_its_label() {
    let real = entry("directory", "Address book", "Read Only");
    let lookalike = || entry("documents", "Directory", "None");
    let table = [
        (manifest([lookalike(), real.clone()]), Some(Level::ReadOnly)),
        (manifest([real, lookalike()]), Some(Level::ReadOnly)),
        (
            manifest([entry("company_directory", "", "Admin")]),
            Some(Level::Admin),
        ),
        // An engine name that tells nothing leaves the label, as the only thing to go by.
        (
            manifest([entry("tool_17", "Directory", "Standard")]),
            Some(Level::Standard),
        ),
        // A tool that is known to be another one is not this one, even with the same label.
        (manifest([entry("portfolio", "Directory", "Admin")]), None),
        (manifest([entry("documents", "Documents", "Admin")]), None),
        (manifest([entry("directory", "Directory", "Owner")]), None),
    ];
    for (manifest, level) in table {
        assert_eq!(manifest.level(Tool::Directory), level, "{manifest:?}");
    }
    let hooks = manifest([entry("integration_hooks", "Webhooks-API", "Standard")]);
    assert_eq!(hooks.level(Tool::WebhooksApi), Some(Level::Standard));
}

#[test]
fn a_second_tool_labelled_directory_makes_an_empty_list_no_question_of_permissions() {
    let manifest = manifest([
        entry("documents", "Directory", "None"),
        entry("directory", "Address book", "Read Only"),
    ]);
    let list = main_list(DataSet::People);
    assert_eq!(empty_list(state(&manifest), list), None);
    assert_eq!(checked(&manifest, DataSet::People)[0], None);
}

#[test]
fn every_spelling_of_a_level_has_the_same_verdict_in_checks_reverification_and_doubt() {
    let directory = Some(ReasonCode::Level(Tool::Directory));
    let webhooks_level = Some(ReasonCode::WebhookLevel);
    let table: [(&[&str], Option<ReasonCode>, Option<ReasonCode>); 5] = [
        (&["None", "none", " NONE "], directory, webhooks_level),
        (
            &[
                "Read Only",
                "Read-Only",
                "Read-only",
                "read_only",
                "READ ONLY",
            ],
            None,
            webhooks_level,
        ),
        (&["Standard", "standard"], None, None),
        (&["Admin", "ADMIN"], None, None),
        // A level that nobody documented says nothing: the attempt decides.
        (&["Owner", "", "4"], None, None),
    ];
    for (spellings, expected_empty, expected_webhooks) in table {
        for spelling in spellings {
            let manifest = manifest([
                entry("directory", "Directory", spelling),
                entry("webhooks_api", "Webhooks API", spelling),
            ]);
            let doubt = empty_list(state(&manifest), main_list(DataSet::People));
            let reverified = webhooks(state(&manifest), None).cause();
            assert_eq!(
                [doubt, reverified.map(|cause| cause.code)],
                [expected_empty, expected_webhooks],
                "{spelling}"
            );
            assert_eq!(
                checked(&manifest, DataSet::People),
                [expected_empty, expected_webhooks],
                "{spelling}"
            );
        }
    }
}

#[test]
fn an_empty_list_of_projects_needs_a_reason_and_a_list_without_a_known_level_none() {
    let levels = |level| {
        manifest([
            entry("portfolio", "Portfolio", level),
            entry("admin", "Admin", level),
        ])
    };
    let projects = main_list(DataSet::Projects);
    let offices = main_list(DataSet::Offices);
    let table = [
        (projects, "None", Some(ReasonCode::Level(Tool::Portfolio))),
        (projects, "Read Only", Some(ReasonCode::NoProjects)),
        (offices, "None", None),
        (offices, "Admin", None),
    ];
    for (list, level, expected) in table {
        assert_eq!(empty_list(state(&levels(level)), list), expected);
    }
    assert_eq!(
        empty_list(ManifestState::Missing, projects),
        Some(ReasonCode::NoProjects)
    );
}

#[test]
fn the_manifest_alone_refuses_only_where_the_level_is_documented() {
    let none = manifest([
        entry("directory", "Directory", "None"),
        entry("admin", "Admin", "None"),
    ]);
    let alone = |data_set| read(state(&none), &main_list(data_set).needs, None).permitted;
    let too_low = ReasonCode::Level(Tool::Directory).into();
    assert_eq!(alone(DataSet::People), Permitted::No(too_low));
    assert_eq!(alone(DataSet::Offices), Permitted::Unknown, "try it");
    assert_eq!(alone(DataSet::Projects), Permitted::Unknown, "not listed");
}
