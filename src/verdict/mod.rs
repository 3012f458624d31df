//! What our account may read in Procore, and the reason if it may not; free of I/O.
//!
//! Procore's 403, 404 and empty list overlap, so one answer alone says little. [`read()`] combines the
//! permission manifest with what an attempt to read brought. Everything that has to know asks it:
//! the checks of the setup ([`checks`] shows its verdicts as rows), and the completion before and
//! while it reads.

mod answer;
mod cause;
mod checks;
mod how;
mod manifest;
mod needs;
mod open_fixes;
mod read;
mod readiness;
mod reason;
mod said;

pub(crate) use answer::{Answer, Answers, Facts, Question, VisibleCompany};
pub(crate) use cause::{Cause, Refusal, general};
pub(crate) use checks::{
    Check, CheckResult, CheckState, Context, Foreseen, RefusedList, asks_levels, conclude,
    evaluate, first_cause, foresee, is_outdated, may_continue, questions, share_a_list,
};
pub(crate) use how::{How, Note};
pub(crate) use manifest::{Manifest, ManifestState, ManifestTool};
pub(crate) use needs::{ChangedLevel, Need, changed_levels, not_needed, smallest_permissions};
pub(crate) use open_fixes::{OpenFixes, ToolFix, ToolProblem};
pub(crate) use read::{Permitted, Verdict, empty_list, read, webhooks};
pub(crate) use readiness::{
    NeededTool, ProjectFix, fixes_of_projects, merged_fixes, needed_tools, obstacles,
};
pub use readiness::{Obstacle, ProjectTool};
pub use reason::{Party, ReasonCode};
pub use said::Said;
