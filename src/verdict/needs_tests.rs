use super::*;

#[test]
fn the_smallest_list_has_a_reason_per_line() {
    let lines = |choices: &[Choice]| -> Vec<_> {
        smallest_permissions(choices)
            .into_iter()
            .map(|need| (need.tool, need.level, need.perhaps, need.data_sets))
            .collect()
    };
    assert_eq!(
        lines(&[Choice::of(DataSet::People), Choice::of(DataSet::Companies)]),
        [
            (
                Tool::Directory,
                Level::ReadOnly,
                false,
                vec![DataSet::People, DataSet::Companies]
            ),
            (Tool::WebhooksApi, Level::Standard, false, vec![]),
        ]
    );
    assert_eq!(
        lines(&[Choice::of(DataSet::Projects), Choice::of(DataSet::Trades)]),
        [
            (
                Tool::Portfolio,
                Level::ReadOnly,
                false,
                vec![DataSet::Projects]
            ),
            (Tool::WebhooksApi, Level::Standard, false, vec![]),
            (Tool::Admin, Level::ReadOnly, true, vec![DataSet::Trades]),
        ]
    );
}

#[test]
fn another_choice_says_which_levels_change() {
    let choices = |sets: &[DataSet]| -> Vec<_> { sets.iter().copied().map(Choice::of).collect() };
    let changes = |before: &[DataSet], after: &[DataSet]| -> Vec<_> {
        let changes = changed_levels(&choices(before), &choices(after)).into_iter();
        changes.map(|it| (it.tool, it.before, it.after)).collect()
    };
    use DataSet::{Companies, People, Projects};
    assert_eq!(changes(&[People], &[People, Companies]), []);
    assert_eq!(
        changes(&[Projects], &[People]),
        [
            (Tool::Directory, Level::None, Level::ReadOnly),
            (Tool::Portfolio, Level::ReadOnly, Level::None),
        ]
    );
}

#[test]
fn admin_on_everything_is_more_than_needed() {
    let needs = smallest_permissions(&[Choice::of(DataSet::People)]);
    let general = not_needed(&needs);
    let enough = |name: &str| {
        general
            .iter()
            .find(|line| line.tool == name)
            .map(|line| line.enough)
    };
    assert_eq!(enough("Directory"), Some(Level::ReadOnly));
    assert_eq!(enough("Webhooks API"), Some(Level::Standard));
    assert_eq!(enough("Documents"), Some(Level::None));
}
