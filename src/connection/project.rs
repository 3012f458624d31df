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
