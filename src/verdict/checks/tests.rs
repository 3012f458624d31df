//! Every reason by table: what was answered, what the rows say, what the first cause is.

use chrono::{DateTime, TimeZone, Utc};

use super::*;
use crate::catalog::{DataSet, Level, Tool};
use crate::verdict::{How, Manifest, ManifestTool, Note, ReasonCode as Code};

const OURS: i64 = 112_233;

fn later() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 5, 3, 14, 5, 0).unwrap()
}

fn companies(ids: &[i64]) -> Answer {
    let name = |id: &i64| VisibleCompany {
        id: *id,
        name: format!("Company {id}"),
    };
    Answer::Accepted(Facts::Companies(ids.iter().map(name).collect()))
}

fn tool(name: &str, level: &str) -> ManifestTool {
    ManifestTool {
        name: name.to_owned(),
        label: name.to_owned(),
        level: Level::parse(level),
    }
}

fn manifest(tools: &[(&str, &str)]) -> Answer {
    let tools = tools.iter().map(|(name, level)| tool(name, level));
    let tools = tools.collect();
    Answer::Accepted(Facts::Manifest(Manifest { tools }))
}

fn records(total: u64) -> Answer {
    Answer::Accepted(Facts::Records {
        total: Some(total),
        names: vec!["Harbor".to_owned()],
    })
}

fn refused() -> Answer {
    Answer::Forbidden
}

/// A firm where everything is as it should be.
fn healthy() -> Answers {
    let member = Facts::Member {
        name: Some("Our app".to_owned()),
        active: true,
    };
    let mut answers: Answers = [
        (Question::Token, Answer::Accepted(Facts::Token)),
        (Question::Company, Answer::Accepted(member)),
        (Question::CompanyList, companies(&[OURS])),
        (
            Question::Manifest,
            manifest(&[
                ("admin", "Read Only"),
                ("directory", "Read-Only"),
                ("portfolio", "Read-only"),
                ("webhooks_api", "Standard"),
            ]),
        ),
        (
            Question::WebhookCatalog,
            Answer::Accepted(Facts::Catalog { resources: 25 }),
        ),
    ]
    .into_iter()
    .collect();
    for read in DataSet::OF_COMPANY
        .iter()
        .flat_map(|data_set| data_set.entry().reads)
    {
        answers.record(Question::List(read.name), records(7), None);
    }
    answers
}

fn with(changes: &[(Question, Answer)]) -> Answers {
    let mut answers = healthy();
    for (question, answer) in changes {
        answers.record(question.clone(), answer.clone(), None);
    }
    answers
}

fn everything() -> Vec<Choice> {
    DataSet::OF_COMPANY
        .map(|data_set| Choice {
            data_set,
            include_inactive: true,
        })
        .to_vec()
}

fn context(choices: &[Choice]) -> Context<'_> {
    Context {
        company_id: OURS,
        names_companies: true,
        taken: false,
        choices,
    }
}

fn verify(answers: &Answers) -> Vec<CheckResult> {
    conclude(&Check::VERIFY, answers, &context(&[]))
}

fn permissions(answers: &Answers) -> Vec<CheckResult> {
    let choices = everything();
    conclude(&Check::permissions(&choices), answers, &context(&choices))
}

fn row(rows: &[CheckResult], check: &Check) -> CheckResult {
    rows.iter().find(|row| row.check == *check).unwrap().clone()
}

fn states(rows: &[CheckResult]) -> Vec<CheckState> {
    rows.iter().map(|row| row.state).collect()
}

fn cause(rows: &[CheckResult]) -> Option<(Check, Code)> {
    first_cause(rows).map(|row| (row.check.clone(), row.reason.unwrap()))
}

#[test]
fn a_healthy_firm_passes_both_verifications() {
    for rows in [verify(&healthy()), permissions(&healthy())] {
        assert!(
            rows.iter().all(|row| row.state == CheckState::Passed),
            "{rows:#?}"
        );
        assert!(rows.iter().all(|row| row.reason.is_none()));
        assert_eq!(first_cause(&rows), None);
        assert!(may_continue(&rows));
    }
    let company = row(&verify(&healthy()), &Check::Company);
    assert_eq!(
        company.detail.company_name.as_deref(),
        Some("Company 112233")
    );
    assert_eq!(
        (company.detail.records, company.detail.names.len()),
        (Some(7), 1)
    );
}

mod foreseen;
mod kept;
mod permission_step;
mod smallest_list;
mod verify_step;
