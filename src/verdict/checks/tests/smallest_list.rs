//! Whoever follows the printed list exactly passes: every choice, at a Procore that insists on every
//! level that the catalog names.

use std::collections::BTreeMap;

use super::*;
use crate::verdict::smallest_permissions;

type Levels = BTreeMap<Tool, Level>;

/// Every choice of data sets, with their options or without.
fn every_choice() -> impl Iterator<Item = Vec<Choice>> {
    (1_u32..256).flat_map(|chosen| {
        [false, true].map(|include_inactive| {
            let sets = DataSet::OF_COMPANY.into_iter().zip(0..);
            let sets = sets.filter(|(_, place)| chosen & (1 << place) != 0);
            let choice = |(data_set, _)| Choice {
                data_set,
                include_inactive,
            };
            sets.map(choice).collect()
        })
    })
}

fn printed(choices: &[Choice]) -> Levels {
    let needs = smallest_permissions(choices).into_iter();
    needs.map(|need| (need.tool, need.level)).collect()
}

/// What the permission step shows at exactly these levels; a tool that is not named is at None.
fn at(levels: &Levels, choices: &[Choice]) -> Vec<CheckResult> {
    let level = |tool| levels.get(&tool).copied().unwrap_or(Level::None);
    let tools = Tool::ALL.map(|known| tool(known.key(), level(known).label()));
    let mut answers = healthy();
    let manifest = Manifest {
        tools: tools.to_vec(),
    };
    answers.record(
        Question::Manifest,
        Answer::Accepted(Facts::Manifest(manifest)),
        None,
    );
    for read in DataSet::OF_COMPANY.iter().flat_map(|set| set.entry().reads) {
        if level(read.needs.tool) < read.needs.level {
            answers.record(Question::List(read.name), refused(), None);
        }
    }
    conclude(&Check::permissions(choices), &answers, &context(choices))
}

#[test]
fn whoever_follows_the_list_passes() {
    for choices in every_choice() {
        let rows = at(&printed(&choices), &choices);
        assert!(may_continue(&rows), "{choices:?}: {rows:#?}");
        assert_eq!(first_cause(&rows), None, "{choices:?}");
        for row in rows {
            let is_short = row.found < row.needed && row.needed.is_some();
            assert!(
                !is_short,
                "{choices:?} shows a level below its own: {row:?}"
            );
        }
    }
}

#[test]
fn nothing_on_the_list_can_be_lower() {
    for choices in every_choice() {
        for need in smallest_permissions(&choices) {
            let mut levels = printed(&choices);
            let lower = Level::ALL.into_iter().rev().find(|it| *it < need.level);
            levels.insert(need.tool, lower.unwrap());
            let rows = at(&levels, &choices);
            assert!(!may_continue(&rows), "{choices:?} passes without {need:?}");
        }
    }
}

#[test]
fn what_may_not_be_needed_can_be_gone_on_without() {
    for choices in every_choice() {
        let mut levels = printed(&choices);
        let needs = smallest_permissions(&choices);
        let perhaps: Vec<_> = needs.iter().filter(|need| need.perhaps).collect();
        levels.retain(|tool, _| perhaps.iter().all(|need| need.tool != *tool));
        let rows = at(&levels, &choices);
        let refused: Vec<_> = rows.iter().filter_map(CheckResult::dispensable).collect();
        let named: Vec<_> = perhaps.iter().flat_map(|need| &need.data_sets).collect();
        assert_eq!(refused.iter().collect::<Vec<_>>(), named, "{choices:?}");
        let mut left = choices.clone();
        left.retain(|choice| !refused.contains(&choice.data_set));
        if !left.is_empty() {
            assert!(may_continue(&at(&levels, &left)), "{choices:?}");
        }
    }
}

#[test]
fn lists_that_only_name_things_are_left_out() {
    let choices = [Choice::of(DataSet::Projects)];
    let rows = at(&printed(&choices), &choices);
    let row = row(&rows, &Check::DataSet(DataSet::Projects));
    assert_eq!(row.state, CheckState::Passed);
    assert_eq!(
        row.detail.left_out,
        ["project stages", "project types", "project regions"]
    );
    assert_eq!(
        (row.tool, row.found),
        (Some(Tool::Portfolio), Some(Level::ReadOnly))
    );
}
