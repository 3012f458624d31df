//! What is left in Procore once a connection has ended, or a firm was removed here.

use chrono::TimeDelta;

/// How long the access to Procore is kept at most, for removing what we created there.
pub(crate) const ACCESS_KEPT: TimeDelta = TimeDelta::days(30);

text_enum! {
    /// How far Procore is tidy after a removal.
    pub enum ProcoreTidying {
        /// Nothing had been created there.
        Nothing = "nothing",
        /// What had been created is being removed.
        Pending = "pending",
        Removed = "removed",
        /// Procore did not let us remove it for as long as the access may be kept.
        LeftBehind = "left_behind",
    }
}
