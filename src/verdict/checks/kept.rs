//! Rows that are kept from an earlier run, and what ends their truth.
//!
//! *Check again* asks only for what did not pass. What it learns on the way may tell that a row which
//! passed before no longer holds; such a row is checked again instead of standing beside its
//! contradiction.

use super::{Answers, Check, CheckResult, ManifestState, Question};
use crate::catalog::Choice;

/// Whether a level decides this row, so that the permission list is asked for before it is kept.
pub(crate) fn asks_levels(check: &Check, choices: &[Choice]) -> bool {
    !check.tools(choices).is_empty()
}

/// Whether the permission list shows another level by now than the one that a kept row rests on.
pub(crate) fn is_outdated(kept: &CheckResult, answers: &Answers, choices: &[Choice]) -> bool {
    let ManifestState::Known(manifest) = answers.get(&Question::Manifest).into() else {
        return false;
    };
    let mut tools = kept.check.tools(choices).into_iter();
    tools.any(|tool| manifest.level(tool) != kept.detail.levels.get(&tool).copied())
}

/// Whether two rows about levels rest on the same list of Procore's, so that one is not checked
/// without the other.
pub(crate) fn share_a_list(one: &Check, other: &Check, choices: &[Choice]) -> bool {
    let lists = |check: &Check| match asks_levels(check, choices) {
        true => check.questions(choices),
        false => Vec::new(), // the company's row shows a few projects, and does not rest on them
    };
    let asked = lists(other);
    let mut questions = lists(one).into_iter();
    questions.any(|question| matches!(question, Question::List(_)) && asked.contains(&question))
}
