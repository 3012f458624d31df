use super::permission_step::{levels, list};
use super::*;

#[test]
fn nothing_is_asked_whose_answer_is_known() {
    let at = |tools| [levels(tools)].into_iter().collect::<Answers>();
    let none = at(&[
        ("directory", "None"),
        ("admin", "None"),
        ("webhooks_api", "Read Only"),
    ]);
    let some = at(&[
        ("directory", "Read Only"),
        ("admin", "Read Only"),
        ("webhooks_api", "Standard"),
    ]);
    let refused = [RefusedList {
        list: "trades".to_owned(),
        hidden: true,
        said: None,
    }];
    let list = Question::List;
    for (question, answers, foreseen) in [
        (list("users"), &none, Foreseen::ByManifest),
        (list("users"), &some, Foreseen::Nothing),
        (list("projects"), &none, Foreseen::Nothing), // a tool that the list does not name
        (list("offices"), &none, Foreseen::Nothing),  // undocumented, and never tried
        (list("trades"), &none, Foreseen::AsBefore(&refused[0])),
        (list("trades"), &some, Foreseen::Nothing), // the level was raised since
        (Question::WebhookCatalog, &none, Foreseen::ByManifest),
        (Question::WebhookCatalog, &some, Foreseen::Nothing),
        (Question::CompanyList, &none, Foreseen::Nothing),
    ] {
        assert_eq!(
            foresee(&question, answers, &refused),
            foreseen,
            "{question:?}"
        );
    }
}

#[test]
fn what_an_undocumented_list_refused_at_level_none_is_remembered() {
    let admin = |level: &'static str| {
        levels(&[
            ("admin", level),
            ("portfolio", "Read Only"),
            ("webhooks_api", "Standard"),
        ])
    };
    for (level, answer, remembered) in [
        ("None", refused(), Some(Answer::Forbidden)),
        ("None", Answer::NotFound, Some(Answer::NotFound)),
        ("None", Answer::Unexpected, None),
        ("Read Only", refused(), None),
    ] {
        let rows = permissions(&with(&[admin(level), list("trades", answer)]));
        let row = row(&rows, &Check::DataSet(DataSet::Trades));
        let answers = row.detail.refused.iter().map(RefusedList::answer);
        assert_eq!(
            answers.collect::<Vec<_>>(),
            Vec::from_iter(remembered),
            "{level}"
        );
    }
}
