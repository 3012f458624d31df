use super::*;

pub(super) fn list(name: &'static str, answer: Answer) -> (Question, Answer) {
    (Question::List(name), answer)
}

pub(super) fn levels(tools: &[(&str, &str)]) -> (Question, Answer) {
    (Question::Manifest, manifest(tools))
}

#[test]
fn each_data_set_names_its_cause() {
    use DataSet::{Companies, CostCodes, Departments, People, Projects};
    let until = later();
    let low_directory = || {
        levels(&[
            ("directory", "None"),
            ("portfolio", "Read Only"),
            ("webhooks_api", "Standard"),
        ])
    };
    let html = Answer::Unexpected;
    let table = [
        (
            vec![list("users", refused())],
            People,
            Code::Level(Tool::Directory),
        ),
        (
            vec![list("users", Answer::Unauthorized)],
            People,
            Code::Level(Tool::Directory),
        ),
        (
            vec![list("vendors", Answer::Reduced)],
            Companies,
            Code::Level(Tool::Directory),
        ),
        (
            vec![list("vendors", Answer::NotFound)],
            Companies,
            Code::Hidden,
        ),
        (
            vec![low_directory(), list("users", Answer::NotFound)],
            People,
            Code::Level(Tool::Directory),
        ),
        (
            vec![low_directory(), list("users", Answer::EmptyList)],
            People,
            Code::Level(Tool::Directory),
        ),
        (
            vec![list("projects", refused())],
            Projects,
            Code::Level(Tool::Portfolio),
        ),
        (
            vec![list("departments", refused())],
            Departments,
            Code::Level(Tool::Admin),
        ),
        (
            vec![list("standard_cost_code_lists", refused())],
            CostCodes,
            Code::Level(Tool::Admin),
        ),
        (
            vec![list("users", Answer::NotConnected)],
            People,
            Code::NotInstalled,
        ),
        (
            vec![list("users", Answer::BadCredentials)],
            People,
            Code::Credentials,
        ),
        (
            vec![list("users", Answer::RateLimited { until })],
            People,
            Code::Rate,
        ),
        (
            vec![list("users", Answer::Busy { until })],
            People,
            Code::Busy,
        ),
        (vec![list("users", html)], People, Code::Unexpected),
    ];
    for (changes, data_set, code) in table {
        let rows = permissions(&with(&changes));
        assert_eq!(
            cause(&rows),
            Some((Check::DataSet(data_set), code)),
            "{changes:?}"
        );
        assert!(!may_continue(&rows), "{changes:?}");
        let row = row(&rows, &Check::DataSet(data_set));
        assert!(row.tool.is_some() && row.needed.is_some(), "{row:?}");
    }
}

#[test]
fn the_failing_list_of_a_data_set_is_named_with_its_own_tool() {
    let said = Said {
        status: 403,
        text: "You do not have permission".to_owned(),
        request_id: Some("r-1".to_owned()),
        is_page: false,
    };
    let mut answers = with(&[]);
    let inactive = Question::List("inactive_users");
    answers.record(inactive, refused(), Some(said.clone()));
    let rows = permissions(&answers);
    let row = row(&rows, &Check::DataSet(DataSet::People));
    assert_eq!(row.detail.denied, ["inactive people"]);
    assert_eq!(row.tool, Some(Tool::Directory));
    assert_eq!(row.detail.records, Some(7), "active people were read");
    assert_eq!(row.detail.words, Some(said));
    assert_eq!(row.detail.refused, [], "our level does not explain it");
}

#[test]
fn a_refusal_counts_more_than_a_wait_in_the_same_data_set() {
    let rows = permissions(&with(&[
        list("users", Answer::RateLimited { until: later() }),
        list("inactive_users", refused()),
    ]));
    let row = row(&rows, &Check::DataSet(DataSet::People));
    assert_eq!(row.state, CheckState::Failed);
}

#[test]
fn manifest_and_attempt_are_combined() {
    let portfolio = |level: &'static str| {
        levels(&[
            ("portfolio", level),
            ("directory", "Read Only"),
            ("webhooks_api", "Standard"),
        ])
    };
    let projects = Check::DataSet(DataSet::Projects);
    let table = [
        ("Read Only", records(3), CheckState::Passed, Some(How::Both)),
        ("read-only", records(3), CheckState::Passed, Some(How::Both)),
        ("Owner", records(3), CheckState::Passed, Some(How::Probe)),
        ("None", records(3), CheckState::Warning, Some(How::Probe)),
        ("None", refused(), CheckState::Failed, Some(How::Both)),
        ("Admin", refused(), CheckState::Failed, Some(How::Probe)),
        (
            "Read Only",
            Answer::EmptyList,
            CheckState::Passed,
            Some(How::Both),
        ),
    ];
    for (level, answer, state, how) in table {
        let rows = permissions(&with(&[portfolio(level), list("projects", answer.clone())]));
        let row = row(&rows, &projects);
        assert_eq!((row.state, row.how), (state, how), "{level} {answer:?}");
        assert_eq!(row.needed, Some(Level::ReadOnly));
        assert_eq!(row.found, Level::parse(level));
    }
}

#[test]
fn without_a_manifest_the_attempt_decides() {
    for manifest in [
        refused(),
        Answer::NotFound,
        manifest(&[]),
        Answer::EmptyList,
    ] {
        let rows = permissions(&with(&[(Question::Manifest, manifest.clone())]));
        for data_set in DataSet::OF_COMPANY {
            let row = row(&rows, &Check::DataSet(data_set));
            assert_eq!(
                (row.state, row.found),
                (CheckState::Passed, None),
                "{manifest:?}"
            );
            assert_eq!(row.how, Some(How::Probe));
        }
        assert!(may_continue(&rows), "{manifest:?}");
    }
}

#[test]
fn settings_may_be_read_without_the_admin_tool() {
    let rows = permissions(&with(&[levels(&[
        ("admin", "None"),
        ("directory", "Read Only"),
        ("portfolio", "Read Only"),
        ("webhooks_api", "Standard"),
    ])]));
    for data_set in [
        DataSet::Departments,
        DataSet::Offices,
        DataSet::Trades,
        DataSet::CostCodes,
    ] {
        let row = row(&rows, &Check::DataSet(data_set));
        assert_eq!(
            (row.state, row.found),
            (CheckState::Passed, Some(Level::None))
        );
        assert_eq!(row.how, Some(How::Probe));
        assert_eq!(
            row.detail.notes,
            [Note::ReadableBelowLevel],
            "the row says so"
        );
    }
    assert!(may_continue(&rows));
}

#[test]
fn without_an_attempt_only_a_low_level_is_told() {
    let choices = [Choice::of(DataSet::People)];
    let check = Check::DataSet(DataSet::People);
    for (level, state) in [
        ("None", CheckState::Failed),
        ("Admin", CheckState::NotTested),
    ] {
        let mut answers: Answers = [levels(&[("directory", level)])].into_iter().collect();
        for question in [Question::Token, Question::Company] {
            answers.record(
                question.clone(),
                healthy().get(&question).unwrap().clone(),
                None,
            );
        }
        assert_eq!(
            evaluate(&check, &answers, &context(&choices)),
            None,
            "the attempt may come"
        );
        let rows = conclude(std::slice::from_ref(&check), &answers, &context(&choices));
        assert_eq!(rows[0].state, state);
        assert!(!may_continue(&rows));
    }
}

#[test]
fn no_project_is_its_own_cause_unless_the_level_explains_it() {
    let empty = list("projects", Answer::EmptyList);
    let rows = permissions(&with(std::slice::from_ref(&empty)));
    assert_eq!(
        cause(&rows),
        Some((Check::ProjectsVisible, Code::NoProjects))
    );
    assert!(!may_continue(&rows));

    let low = levels(&[("portfolio", "None"), ("webhooks_api", "Standard")]);
    let rows = permissions(&with(&[low, empty]));
    let projects = Check::DataSet(DataSet::Projects);
    assert_eq!(cause(&rows), Some((projects, Code::Level(Tool::Portfolio))));
    assert_eq!(
        row(&rows, &Check::ProjectsVisible).state,
        CheckState::NotTested
    );
}

#[test]
fn admin_on_the_directory_is_a_warning_and_no_failure() {
    let rows = permissions(&with(&[levels(&[
        ("directory", "Admin"),
        ("portfolio", "Admin"),
        ("webhooks_api", "Admin"),
    ])]));
    assert_eq!(cause(&rows), Some((Check::Excess, Code::Excess)));
    assert_eq!(row(&rows, &Check::Excess).state, CheckState::Warning);
    assert!(may_continue(&rows));
}

#[test]
fn a_failure_comes_before_any_warning() {
    let rows = permissions(&with(&[
        levels(&[("directory", "Admin"), ("webhooks_api", "Standard")]),
        list("trades", Answer::Unexpected),
    ]));
    assert_eq!(
        cause(&rows),
        Some((Check::DataSet(DataSet::Trades), Code::Unexpected))
    );
}

#[test]
fn a_tool_with_another_label_than_usual_is_told() {
    let renamed = ManifestTool {
        label: "Address book".to_owned(),
        ..tool("directory", "Standard")
    };
    let manifest = Manifest {
        tools: vec![renamed, tool("portfolio", "Read Only")],
    };
    let answer = Answer::Accepted(Facts::Manifest(manifest));
    let rows = permissions(&with(&[(Question::Manifest, answer)]));
    let people = row(&rows, &Check::DataSet(DataSet::People));
    assert_eq!(people.detail.renamed_tool.as_deref(), Some("Address book"));
    assert_eq!(people.state, CheckState::Passed);
    let projects = row(&rows, &Check::DataSet(DataSet::Projects));
    assert_eq!(projects.detail.renamed_tool, None);
}

#[test]
fn rows_survive_storage() {
    for row in permissions(&with(&[
        list("users", refused()),
        list("trades", Answer::NotFound),
    ])) {
        let stored = serde_json::to_value(&row).unwrap();
        assert_eq!(serde_json::from_value::<CheckResult>(stored).unwrap(), row);
    }
    let old = serde_json::json!({"company_name": "Harbor Builders"});
    let detail: check::Detail = serde_json::from_value(old).unwrap();
    assert_eq!(detail.company_name.as_deref(), Some("Harbor Builders"));
}

#[test]
fn every_question_is_asked_once_and_the_token_first() {
    let choices = everything();
    let asked = questions(&Check::permissions(&choices), &choices);
    assert_eq!(asked[0], Question::Token);
    let unique: std::collections::BTreeSet<_> = asked.iter().collect();
    assert_eq!(unique.len(), asked.len());
    assert!(
        !asked.contains(&Question::List("standard_cost_codes")),
        "needs a list's id"
    );

    let only_trades = questions(&[Check::DataSet(DataSet::Trades)], &choices);
    let expected = [
        Question::Token,
        Question::Company,
        Question::Manifest,
        Question::List("trades"),
    ];
    assert_eq!(only_trades, expected);
}
