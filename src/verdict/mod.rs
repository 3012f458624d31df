//! What our account may read in Procore, and the reason if it may not; free of I/O.
//!
//! Procore's 403, 404 and empty list overlap, so one answer alone says little. [`read`] takes what
//! the permission manifest shows and what an attempt brought, and decides once, for everybody who
//! has to know: the checks of the setup ([`checks`] shows its verdicts as rows), the completion
//! before and while it reads, and whatever looks at a connection afterwards.

mod answer;
mod cause;
mod checks;
mod how;
mod manifest;
mod needs;
mod read;
mod reason;

pub use answer::{Answer, Answers, Facts, Question, VisibleCompany};
pub use cause::{Cause, Refusal, general};
pub use checks::{
    Check, CheckResult, CheckState, Context, Detail, conclude, evaluate, first_cause, may_continue,
    questions,
};
pub use how::{How, Note};
pub use manifest::{Manifest, ManifestState, ManifestTool};
pub use needs::{Need, NotNeeded, as_line, as_text, not_needed, smallest_permissions};
pub use read::{Permitted, Verdict, empty_list, read, webhooks};
pub use reason::{Party, ReasonCode, UnknownReason};
