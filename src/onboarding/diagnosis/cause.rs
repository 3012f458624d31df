//! The ladder: out of all rows the one cause to mend first.

use super::{CheckResult, CheckState};

/// The row whose reason is the first cause, top-down: what has to be mended before
/// anything below it can be told. Warnings count only where nothing else is left.
///
/// `None` when every row passed, or is not tested for want of an answer.
pub fn first_cause(rows: &[CheckResult]) -> Option<&CheckResult> {
    let first = |states: &[CheckState]| {
        rows.iter()
            .filter(|row| states.contains(&row.state))
            .filter_map(|row| row.reason.map(|reason| (reason, row)))
            // The order of the reasons is the ladder; of equal ones the upper row counts.
            .min_by_key(|(reason, _)| *reason)
            .map(|(_, row)| row)
    };
    first(&[CheckState::Failed, CheckState::Waiting]).or_else(|| first(&[CheckState::Warning]))
}

/// Whether a step whose checks ended like this may be left: nothing failed, nothing waits,
/// and nothing is untested that could have been tested.
pub fn may_continue(rows: &[CheckResult]) -> bool {
    !rows.is_empty() && rows.iter().all(CheckResult::lets_pass)
}
