//! Whatever Procore answers, in any combination: exactly one cause or a pass, never a panic.

use chrono::{DateTime, Utc};
use proptest::prelude::*;

use super::*;
use crate::catalog::{DataSet, Level};
use crate::verdict::{Manifest, ManifestTool};

/// An answer of any meaning, to any question, fitting or not.
fn answer() -> impl Strategy<Value = Answer> {
    let until = (0_i64..4_000_000_000).prop_map(|seconds| {
        DateTime::<Utc>::from_timestamp(seconds, 0).unwrap_or(DateTime::UNIX_EPOCH)
    });
    prop_oneof![
        4 => facts().prop_map(Answer::Accepted),
        1 => Just(Answer::EmptyList),
        1 => Just(Answer::Reduced),
        1 => Just(Answer::BadCredentials),
        1 => Just(Answer::Unauthorized),
        1 => Just(Answer::NotConnected),
        1 => Just(Answer::Forbidden),
        1 => Just(Answer::NotFound),
        1 => until.clone().prop_map(|until| Answer::RateLimited { until }),
        1 => until.clone().prop_map(|until| Answer::Busy { until }),
        1 => proptest::option::of(until).prop_map(|until| Answer::Unreachable { until }),
        1 => Just(Answer::Unexpected),
    ]
}

fn facts() -> impl Strategy<Value = Facts> {
    let companies = proptest::collection::vec((0_i64..3, any::<String>()), 0..3).prop_map(|list| {
        list.into_iter()
            .map(|(id, name)| VisibleCompany { id, name })
            .collect()
    });
    prop_oneof![
        Just(Facts::Token),
        any::<bool>().prop_map(|active| Facts::Member { name: None, active }),
        companies.prop_map(Facts::Companies),
        proptest::collection::vec(manifest_tool(), 0..6)
            .prop_map(|tools| Facts::Manifest(Manifest { tools })),
        any::<Option<u64>>().prop_map(|total| Facts::Records {
            total,
            names: Vec::new()
        }),
        any::<u64>().prop_map(|resources| Facts::Catalog { resources }),
    ]
}

fn manifest_tool() -> impl Strategy<Value = ManifestTool> {
    let name = || {
        prop_oneof![
            Just("directory".to_owned()),
            Just("Portfolio".to_owned()),
            Just("admin".to_owned()),
            Just("webhooks_api".to_owned()),
            any::<String>(),
        ]
    };
    let level = prop_oneof![
        Just(None),
        "(None|Read[ -]Only|read-only|Standard|Admin)".prop_map(Some),
        any::<String>().prop_map(Some),
    ];
    (name(), name(), level).prop_map(
        |(name, label, level): (_, _, Option<String>)| ManifestTool {
            name,
            label,
            level: level.as_deref().and_then(Level::parse),
        },
    )
}

/// The answer each question gets when all is well, so that the deep rows are reached often.
fn fitting(question: &Question) -> Answer {
    Answer::Accepted(match question {
        Question::Token | Question::TokenElsewhere(_) => Facts::Token,
        Question::Company => Facts::Member {
            name: None,
            active: true,
        },
        Question::CompanyList => Facts::Companies(vec![VisibleCompany {
            id: 1,
            name: "Ours".to_owned(),
        }]),
        Question::Manifest => Facts::Manifest(Manifest::default()),
        Question::WebhookCatalog => Facts::Catalog { resources: 25 },
        Question::List(_) => Facts::Records {
            total: Some(1),
            names: Vec::new(),
        },
    })
}

proptest! {
    #[test]
    fn any_combination_of_answers_ends_in_one_cause_or_a_pass(
        chosen in proptest::collection::vec((0_usize..8, any::<bool>()), 1..8),
        given in proptest::collection::vec(proptest::option::weighted(0.5, answer()), 32),
        elsewhere in proptest::option::of(answer()),
        (company_id, names_companies, taken) in (0_i64..3, any::<bool>(), any::<bool>()),
    ) {
        let choices: Vec<_> = chosen
            .into_iter()
            .map(|(place, include_inactive)| Choice { data_set: DataSet::OF_COMPANY[place], include_inactive })
            .collect();
        let context = Context { company_id, names_companies, taken, choices: &choices };

        for checks in [Check::VERIFY.to_vec(), Check::permissions(&choices)] {
            let mut answers = Answers::default();
            let asked = questions(&checks, &choices);
            prop_assert!(asked.len() <= given.len());
            for (question, answer) in asked.into_iter().zip(given.clone()) {
                let answer = answer.unwrap_or_else(|| fitting(&question));
                answers.record(question, answer, None);
            }
            if let Some(answer) = elsewhere.clone() {
                answers.record(Question::TokenElsewhere("sandbox".to_owned()), answer, None);
            }
            let rows = conclude(&checks, &answers, &context);

            prop_assert_eq!(rows.len(), checks.len());
            let blocked = !may_continue(&rows);
            let cause = first_cause(&rows);
            prop_assert!(!blocked || cause.is_some(), "blocked without a cause: {:#?}", rows);
            if let Some(cause) = cause {
                prop_assert_eq!(blocked, cause.state != CheckState::Warning);
            }
            for row in &rows {
                let explained = row.reason.is_some();
                let needs_reason = match row.state {
                    CheckState::Failed | CheckState::Waiting | CheckState::Warning => true,
                    CheckState::Passed | CheckState::NotTested => false,
                };
                prop_assert_eq!(explained, needs_reason, "{:?}", row);
                let is_wait = row.reason.is_some_and(ReasonCode::is_wait);
                prop_assert_eq!(row.state == CheckState::Waiting, is_wait, "{:?}", row);
                prop_assert!(names_companies || row.detail.visible_companies.is_empty());
            }
        }
    }

    /// With all answers there, evaluating while they come in ends in the same rows.
    #[test]
    fn the_order_of_answers_does_not_matter(
        given in proptest::collection::vec(proptest::option::weighted(0.4, answer()), 32),
        start in 0_usize..32,
    ) {
        let choices = DataSet::OF_COMPANY.map(Choice::of);
        let context = Context { company_id: 1, names_companies: true, taken: false, choices: &choices };
        let checks = Check::permissions(&choices);
        let mut pairs: Vec<_> = questions(&checks, &choices)
            .into_iter()
            .zip(given)
            .map(|(question, answer)| {
                let answer = answer.unwrap_or_else(|| fitting(&question));
                (question, answer)
            })
            .collect();
        let middle = start % pairs.len();
        pairs.rotate_left(middle);

        let mut answers = Answers::default();
        let mut early = vec![None; checks.len()];
        for (question, answer) in pairs {
            answers.record(question, answer, None);
            for (row, check) in early.iter_mut().zip(&checks) {
                *row = row.take().or_else(|| evaluate(check, &answers, &context));
            }
        }
        let rows = conclude(&checks, &answers, &context);
        for (early, row) in early.into_iter().zip(rows) {
            if let (Check::Reach, CheckState::Waiting) = (&row.check, row.state) {
                continue; // a later answer told that Procore is away
            }
            if let Some(early) = early {
                prop_assert_eq!((early.state, early.reason), (row.state, row.reason));
            } else {
                prop_assert_eq!(row.state, CheckState::NotTested);
            }
        }
    }
}
