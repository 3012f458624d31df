use super::*;

#[test]
fn the_first_verification_names_the_first_cause() {
    use Check::{Company, Connected, Credentials, Reach, Webhooks};
    let until = later();
    let html = || Answer::Unexpected;
    let ask = |question: &Question, answer: Answer| (question.clone(), answer);
    let (token, me, list) = (Question::Token, Question::Company, Question::CompanyList);
    let elsewhere = Question::TokenElsewhere("sandbox".to_owned());

    let table = [
        (
            vec![ask(&token, Answer::Unreachable { until: None })],
            Reach,
            Code::Unreachable,
        ),
        (vec![ask(&token, Answer::Busy { until })], Reach, Code::Busy),
        (
            vec![ask(&token, Answer::RateLimited { until })],
            Credentials,
            Code::Rate,
        ),
        (
            vec![ask(&token, Answer::BadCredentials)],
            Credentials,
            Code::Credentials,
        ),
        (
            vec![ask(&token, Answer::Unauthorized)],
            Credentials,
            Code::Credentials,
        ),
        (
            vec![
                ask(&token, Answer::BadCredentials),
                ask(&elsewhere, Answer::Accepted(Facts::Token)),
            ],
            Credentials,
            Code::Environment,
        ),
        (
            vec![
                ask(&token, Answer::BadCredentials),
                ask(&elsewhere, Answer::BadCredentials),
            ],
            Credentials,
            Code::Credentials,
        ),
        (vec![ask(&token, html())], Credentials, Code::Unexpected),
        (
            vec![ask(&me, Answer::NotConnected)],
            Connected,
            Code::NotInstalled,
        ),
        (
            vec![ask(&me, Answer::NotConnected), ask(&list, companies(&[9]))],
            Connected,
            Code::NotInstalled,
        ),
        (
            vec![ask(&me, Answer::Unauthorized)],
            Connected,
            Code::NotInstalled,
        ),
        (vec![ask(&me, refused())], Connected, Code::NotInstalled),
        (vec![ask(&me, Answer::NotFound)], Connected, Code::Hidden),
        (
            vec![ask(&me, Answer::NotFound), ask(&list, companies(&[9]))],
            Company,
            Code::Company,
        ),
        (
            vec![ask(&me, refused()), ask(&list, companies(&[9]))],
            Company,
            Code::Company,
        ),
        (vec![ask(&list, companies(&[9]))], Company, Code::Company),
        (
            vec![ask(&me, Answer::NotFound), ask(&list, companies(&[]))],
            Connected,
            Code::NotInstalled,
        ),
        (
            vec![ask(&me, Answer::NotFound), ask(&list, refused())],
            Connected,
            Code::Company,
        ),
        (
            vec![
                ask(&me, refused()),
                ask(&list, Answer::RateLimited { until }),
            ],
            Connected,
            Code::Rate,
        ),
        (
            vec![ask(&me, Answer::Busy { until })],
            Connected,
            Code::Busy,
        ),
        (vec![ask(&me, html())], Connected, Code::Unexpected),
        (
            vec![ask(&me, Answer::EmptyList)],
            Connected,
            Code::Unexpected,
        ),
        (
            vec![ask(&list, Answer::Unreachable { until: None })],
            Reach,
            Code::Unreachable,
        ),
        (vec![ask(&list, html())], Company, Code::Unexpected),
        (
            vec![ask(&Question::WebhookCatalog, refused())],
            Webhooks,
            Code::WebhookLevel,
        ),
        (
            vec![ask(
                &Question::Manifest,
                manifest(&[("webhooks_api", "Read Only")]),
            )],
            Webhooks,
            Code::WebhookLevel,
        ),
        (
            vec![ask(&Question::WebhookCatalog, Answer::NotFound)],
            Webhooks,
            Code::Hidden,
        ),
        (
            vec![ask(
                &Question::WebhookCatalog,
                Answer::RateLimited { until },
            )],
            Webhooks,
            Code::Rate,
        ),
        (
            vec![ask(&Question::WebhookCatalog, html())],
            Webhooks,
            Code::Unexpected,
        ),
    ];
    for (changes, check, code) in table {
        let rows = verify(&with(&changes));
        assert_eq!(cause(&rows), Some((check, code)), "{changes:?}\n{rows:#?}");
        assert!(!may_continue(&rows), "{changes:?}");
    }
}

#[test]
fn what_lies_behind_a_failed_check_is_not_tested() {
    use CheckState::{Failed, NotTested, Passed, Waiting};
    let table = [
        (
            (
                Question::Token,
                Answer::Unreachable {
                    until: Some(later()),
                },
            ),
            [Waiting, NotTested, NotTested, NotTested, NotTested],
        ),
        (
            (Question::Token, Answer::BadCredentials),
            [Passed, Failed, NotTested, NotTested, NotTested],
        ),
        (
            (Question::Company, Answer::NotConnected),
            [Passed, Passed, Failed, Passed, NotTested],
        ),
        (
            (Question::Company, Answer::Busy { until: later() }),
            [Passed, Passed, Waiting, Passed, NotTested],
        ),
    ];
    for (change, expected) in table {
        assert_eq!(
            states(&verify(&with(std::slice::from_ref(&change)))),
            expected,
            "{change:?}"
        );
    }
}

#[test]
fn an_outage_or_a_throttle_is_a_wait_for_every_question() {
    let choices = everything();
    let checks = [Check::VERIFY.to_vec(), Check::permissions(&choices)].concat();
    let waits = [
        Answer::Unreachable { until: None },
        Answer::Busy { until: later() },
        Answer::RateLimited { until: later() },
    ];
    for question in questions(&checks, &choices) {
        for wait in &waits {
            let answers = with(&[(question.clone(), wait.clone())]);
            let rows = conclude(&checks, &answers, &context(&choices));
            let blamed = rows.iter().find(|row| row.state == CheckState::Failed);
            assert_eq!(blamed, None, "{question:?} {wait:?}");
        }
    }
}

#[test]
fn a_taken_company_is_told_without_a_name() {
    let taken = Context {
        taken: true,
        ..context(&[])
    };
    let rows = conclude(&Check::VERIFY, &healthy(), &taken);
    assert_eq!(cause(&rows), Some((Check::Company, Code::Taken)));
    assert_eq!(row(&rows, &Check::Company).detail.company_name, None);
}

#[test]
fn other_companies_are_named_only_where_they_may_be() {
    let answers = with(&[
        (Question::Company, Answer::NotFound),
        (Question::CompanyList, companies(&[9])),
    ]);
    let seen = |names_companies| {
        let context = Context {
            names_companies,
            ..context(&[])
        };
        let rows = conclude(&Check::VERIFY, &answers, &context);
        row(&rows, &Check::Company).detail.visible_companies
    };
    assert_eq!(
        seen(true),
        [VisibleCompany {
            id: 9,
            name: "Company 9".to_owned()
        }]
    );
    assert_eq!(seen(false), []);
}

#[test]
fn a_name_that_procore_does_not_tell_is_a_warning() {
    for answer in [
        refused(),
        Answer::NotFound,
        Answer::EmptyList,
        Answer::Unauthorized,
    ] {
        let rows = verify(&with(&[(Question::CompanyList, answer)]));
        let row = row(&rows, &Check::Company);
        assert_eq!(
            (row.state, row.reason),
            (CheckState::Warning, Some(Code::Hidden))
        );
        assert_eq!(row.detail.notes, [Note::NameUnknown]);
        assert!(may_continue(&rows));
    }
}

#[test]
fn reading_the_catalog_proves_no_right_to_write() {
    for manifest in [refused(), manifest(&[("documents", "Admin")])] {
        let rows = verify(&with(&[(Question::Manifest, manifest)]));
        let row = row(&rows, &Check::Webhooks);
        assert_eq!(row.state, CheckState::NotTested);
        assert_eq!(row.how, Some(How::NotTestableByReading));
        assert!(row.detail.notes.contains(&Note::WriteNotTested));
        assert!(
            may_continue(&rows),
            "what reading can never tell holds nobody up"
        );
    }
}

#[test]
fn an_outage_in_any_answer_makes_reach_wait() {
    let away = Answer::Unreachable { until: None };
    for question in [
        Question::Company,
        Question::CompanyList,
        Question::WebhookCatalog,
    ] {
        let rows = verify(&with(&[(question, away.clone())]));
        assert_eq!(
            row(&rows, &Check::Reach).state,
            CheckState::Waiting,
            "{rows:#?}"
        );
    }
    let answers = with(&[(Question::List("users"), away)]);
    let reach = row(&permissions(&answers), &Check::Reach);
    assert_eq!(reach.reason, Some(Code::Unreachable));
}

#[test]
fn no_shared_project_is_a_warning_where_projects_are_wanted() {
    let answers = with(&[(Question::List("projects"), Answer::EmptyList)]);
    for (set, state) in [
        (DataSet::Projects, CheckState::Warning),
        (DataSet::Offices, CheckState::Passed),
    ] {
        let choices = [Choice::of(set)];
        let rows = conclude(&Check::VERIFY, &answers, &context(&choices));
        assert_eq!(row(&rows, &Check::Company).state, state);
        assert!(may_continue(&rows));
    }
}

#[test]
fn rows_appear_as_their_answers_come() {
    let choices = [Choice::of(DataSet::Projects)];
    let context = context(&choices);
    let mut answers = Answers::default();
    let ready = |answers: &Answers| -> Vec<_> {
        Check::VERIFY
            .map(|check| evaluate(&check, answers, &context).is_some())
            .to_vec()
    };
    assert_eq!(ready(&answers), [false; 5]);

    let whole = healthy();
    let steps = [
        (Question::Token, [true, true, false, false, false]),
        (Question::Company, [true, true, true, false, false]),
        (Question::CompanyList, [true, true, true, false, false]),
        (Question::Manifest, [true, true, true, false, false]),
        (Question::List("projects"), [true, true, true, true, false]),
        (Question::WebhookCatalog, [true, true, true, true, true]),
    ];
    for (question, expected) in steps {
        let answer = whole.get(&question).unwrap().clone();
        answers.record(question.clone(), answer, None);
        assert_eq!(ready(&answers), expected, "after {question:?}");
    }

    let refused: Answers = [(Question::Token, Answer::BadCredentials)]
        .into_iter()
        .collect();
    assert_eq!(ready(&refused), [true; 5], "one answer can decide them all");
}
