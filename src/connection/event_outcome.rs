//! What became of an event that Procore delivered.

text_enum! {
    pub enum EventOutcome {
        /// The record was read, and our copy is as new as that.
        Applied = "applied",
        /// It was deleted: Procore said so and does not show it any more.
        Gone = "gone",
        /// Procore does not show the record, and never said that it was deleted.
        Unavailable = "unavailable",
        /// The firm does not bring data of this kind.
        NotChosen = "not_chosen",
        /// It names nothing that we know how to read.
        Unknown = "unknown",
        /// The record that came cannot be read; it is kept for support.
        Unreadable = "unreadable",
    }
}
