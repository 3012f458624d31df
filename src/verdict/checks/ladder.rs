//! The ladder: out of all rows, the one cause to fix first.

use super::{CheckResult, CheckState};

/// The row whose reason is the first cause, top-down: what has to be fixed before anything
/// below it can be told. Warnings count only where nothing else is left.
///
/// `None` when every row passed, or could not be tested.
pub(crate) fn first_cause(rows: &[CheckResult]) -> Option<&CheckResult> {
    let first = |states: &[CheckState]| {
        rows.iter()
            .filter(|row| states.contains(&row.state))
            .filter_map(|row| row.reason.map(|reason| (reason, row)))
            // The order of the reasons is the ladder; among equal ones the upper row counts.
            .min_by_key(|(reason, _)| *reason)
            .map(|(_, row)| row)
    };
    first(&[CheckState::Failed, CheckState::Waiting]).or_else(|| first(&[CheckState::Warning]))
}

/// Whether a step may be left whose checks ended like this: nothing failed, nothing waits,
/// and nothing is untested that could have been tested.
pub(crate) fn may_continue(rows: &[CheckResult]) -> bool {
    !rows.is_empty() && rows.iter().all(CheckResult::lets_pass)
}
