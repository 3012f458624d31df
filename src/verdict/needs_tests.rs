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
            (
                Tool::Admin,
                Level::ReadOnly,
                true,
                vec![DataSet::Projects, DataSet::Trades]
            ),
        ]
    );
}

#[test]
fn the_list_fits_into_a_sentence() {
    let choices = [Choice::of(DataSet::Projects), Choice::of(DataSet::Trades)];
    assert_eq!(
        as_line(&smallest_permissions(&choices)),
        "Portfolio: Read Only, Webhooks API: Standard"
    );
}

#[test]
fn the_list_can_be_copied_as_text() {
    let text = as_text(
        &smallest_permissions(&[Choice::of(DataSet::Projects)]),
        "Harbor Knowledge",
    );
    assert_eq!(
        text,
        "Procore permissions for Harbor Knowledge (company level)\n\
         - Portfolio: Read Only (to read Projects)\n\
         - Webhooks API: Standard (so that changes reach us as they happen)\n\
         - Admin: Read Only (to read Projects; only if Check permissions asks for it)\n\
         - Permitted projects: add the projects to share\n\
         All other tools: None. Admin on Directory is not needed.\n"
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
