//! What of an earlier run is believed after the permission list was read again.

use super::permission_step::levels;
use super::*;

#[test]
fn a_row_holds_as_long_as_the_levels_that_decide_it() {
    let before = permissions(&healthy());
    let choices = everything();
    let outdated = |now: &[(&str, &str)]| -> Vec<String> {
        let answers: Answers = [levels(now)].into_iter().collect();
        let rows = before.iter();
        rows.filter(|row| is_outdated(row, &answers, &choices))
            .map(|row| row.check.key())
            .collect()
    };
    let same = [
        ("admin", "Read Only"),
        ("directory", "Read Only"),
        ("portfolio", "Read Only"),
        ("webhooks_api", "Standard"),
    ];
    let but = |tool, level| {
        let mut levels = same;
        let changed = levels.iter_mut().find(|(name, _)| *name == tool);
        changed.unwrap().1 = level;
        levels
    };
    assert_eq!(outdated(&same), [""; 0]);
    assert_eq!(
        outdated(&but("directory", "Admin")),
        ["data_set:users", "data_set:vendors", "excess"]
    );
    assert_eq!(
        outdated(&but("portfolio", "None")),
        ["data_set:projects", "projects_visible"]
    );
    assert_eq!(outdated(&but("webhooks_api", "Admin")), ["webhooks"]);
    let admin = outdated(&but("admin", "None"));
    for key in [
        "data_set:projects",
        "data_set:departments",
        "data_set:cost_codes",
    ] {
        assert!(admin.contains(&key.to_owned()), "{key}: {admin:?}");
    }
}

#[test]
fn without_a_fresh_permission_list_nothing_is_doubted() {
    let choices = everything();
    let refused: Answers = [(Question::Manifest, refused())].into_iter().collect();
    for row in permissions(&healthy()) {
        for answers in [&Answers::default(), &refused] {
            assert!(!is_outdated(&row, answers, &choices), "{:?}", row.check);
        }
    }
}

#[test]
fn the_projects_and_how_many_are_shared_are_told_together() {
    let choices = everything();
    let projects = Check::DataSet(DataSet::Projects);
    for (one, other, together) in [
        (&projects, &Check::ProjectsVisible, true),
        (&Check::ProjectsVisible, &projects, true),
        (&projects, &Check::DataSet(DataSet::People), false),
        (&Check::Company, &projects, false),
        (&Check::Webhooks, &Check::Excess, false),
    ] {
        assert_eq!(
            share_a_list(one, other, &choices),
            together,
            "{one:?} {other:?}"
        );
    }
}
