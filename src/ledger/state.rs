//! What a run and its actions can be.

text_enum! {
    /// What a run is there for.
    pub enum RunKind {
        /// Carries out the plan that a firm confirmed.
        Completion = "completion",
        /// Takes back what was created in Procore, and forgets the access.
        Removal = "removal",
        /// Reads lists again that did not come whole, until they do.
        Reading = "reading",
        /// Finds and repairs what events did not bring.
        Reconcile = "reconcile",
        /// Sets the webhook up again as it was.
        Repair = "repair",
        /// Brings what was chosen after the setup, instead of what was chosen before.
        Change = "change",
        /// Brings what was chosen of a project.
        Project = "project",
        /// Takes back what was created for a project.
        ProjectRemoval = "project_removal",
        /// Finds and repairs what events of a project did not bring.
        ProjectReconcile = "project_reconcile",
    }
}

impl RunKind {
    /// Whether it rests while its connection is paused: it only makes our copy follow Procore.
    pub(crate) fn rests_in_a_pause(self) -> bool {
        match self {
            Self::Reading
            | Self::Reconcile
            | Self::Change
            | Self::Project
            | Self::ProjectReconcile => true,
            Self::Completion | Self::Removal | Self::Repair | Self::ProjectRemoval => false,
        }
    }

    /// Whether it is tried again also while it waits for a person, who may fix the cause in Procore
    /// without telling us.
    pub(crate) fn is_tried_again(self) -> bool {
        match self {
            Self::Removal | Self::Project | Self::ProjectRemoval => true,
            Self::Completion
            | Self::Reading
            | Self::Reconcile
            | Self::Repair
            | Self::Change
            | Self::ProjectReconcile => false,
        }
    }
}

text_enum! {
    /// What a whole run is doing.
    pub enum RunState {
        /// A worker has it, or is about to.
        Running = "running",
        /// It goes on by itself at its due time: Procore asked for patience, or was away.
        Waiting = "waiting",
        /// It goes on when a person has fixed something and says so.
        NeedsPerson = "needs_person",
        /// Everything is done.
        Done = "done",
        /// The firm started again, or support closed it.
        Abandoned = "abandoned",
    }
}

text_enum! {
    /// What one action of a run is doing.
    pub enum ActionState {
        /// Its turn has not come.
        Pending = "pending",
        /// A worker is working on it.
        Running = "running",
        /// It goes on by itself.
        Waiting = "waiting",
        /// It is done.
        Done = "done",
        /// Procore refused in the middle: what was read stays, the rest is missing.
        Partial = "partial",
        /// Lists were read to their end and are not complete; they are read again in the background.
        Short = "short",
        /// It goes on when a person has fixed something.
        NeedsPerson = "needs_person",
    }
}

impl RunState {
    /// Whether nothing will happen to it any more.
    pub(crate) fn is_over(self) -> bool {
        match self {
            Self::Done | Self::Abandoned => true,
            Self::Running | Self::Waiting | Self::NeedsPerson => false,
        }
    }
}

impl ActionState {
    /// Whether the action still has to be done before the next one.
    pub fn is_open(self) -> bool {
        match self {
            Self::Pending | Self::Running | Self::Waiting | Self::NeedsPerson => true,
            Self::Done | Self::Partial | Self::Short => false,
        }
    }
}
