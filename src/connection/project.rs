//! A project of the company that is integrated.

text_enum! {
    /// How far the integration of a project is.
    pub enum ProjectState {
        /// It was asked for, and its turn has not come.
        Queued = "queued",
        /// A run is bringing it.
        Integrating = "integrating",
        /// Everything that was chosen has been read, and Procore announces changes.
        Integrated = "integrated",
        /// What was created for it in Procore is being removed.
        Removing = "removing",
    }
}

text_enum! {
    /// How a project is, in one word: what the board is filtered by. The database derives it.
    pub enum ShownProject {
        /// Its tools have not been looked at.
        NotChecked = "not_checked",
        /// Nothing stands in the way of integrating it.
        Ready = "ready",
        /// Something does.
        NotReady = "not_ready",
        /// It is integrated, or is being integrated.
        Integrated = "integrated",
        /// It cannot be read: closed, deleted, or not shared with us any more.
        Unavailable = "unavailable",
    }
}
