//! What is left in Procore of a firm that was removed here.

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
