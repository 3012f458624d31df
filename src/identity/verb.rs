//! What can be done, and by whom.

use super::actor::{Access, Actor, Place, SupportRole, Task};
use super::{FirmId, PersonId};

/// Everything that anybody can do for one firm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verb {
    /// Look at the firm's pages.
    Look,

    // The setup.
    ConfirmReview,
    /// Tick a task in Procore.
    MarkTask,
    SubmitCredentials,
    Verify,
    ConfirmVerification,
    SaveSettings,
    CheckPermissions,
    ConfirmPermissions,
    StartCompletion,
    /// Have a completion that waits for a person go on.
    TryAgain,
    /// Take a data set that cannot be read out of the plan.
    DropDataSet,
    StartAgain,
    HandOver,
    /// Say that a step of a help text does not match what Procore shows.
    ReportStuck,

    // The colleague's own task.
    /// Say that it is done, or why it cannot be.
    AnswerHandOver,

    // The integration.
    CheckNow,
    SyncNow,
    Reconnect,
    ReplaceCredentials,
    ChangeIntegration,
    Pause,
    Disconnect,
    IntegrateProjects,

    // The people.
    InvitePerson,
    RemoveMember,
    RequireSecondFactor,
    /// Ask for the reset of a second factor that a colleague lost.
    ResetSecondFactor,
    /// Let support act for the firm, or stop them.
    Consent,
    StopReminders,

    // The case, in the console.
    SeeCase,
    WriteNote,
    Assign,
    Snooze,
    Retry,
    SendFreshLink,
    SendFixes,
    Remind,
    ReopenStep,
    CloseCase,
    ReopenCase,
    ViewAs,
    ActFor,
}

/// What concerns no single firm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DeskVerb {
    SeeQueue,
    SeeMail,
    /// Try a mail again that could not be delivered.
    SendMailAgain,
    SeeNumbers,
    CreateFirm,
    /// Invite a support person, or take their access away.
    ManageSupport,
    /// Remove a firm with every trace of it.
    RemoveFirm,
    /// See where the vendor's app is installed, and how it fares at Procore.
    SeeVendorApp,
}

/// The actor may not do this.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// Pages answer as if the thing were not there.
    #[error("this is not theirs to do")]
    NotTheirs,
    /// A support person who views as the firm; the page explains it.
    #[error("viewing as a firm changes nothing")]
    OnlyLooking,
    /// A support person who acts for the firm; secrets stay with the firm.
    #[error("a secret is entered by the firm itself")]
    SecretsStayWithTheFirm,
    /// The actor stands at no firm, or at one.
    #[error("there is no firm to do this for")]
    NoFirm,
}

/// To which part of the product a verb belongs; what follows from it is the table below.
#[derive(Clone, Copy)]
enum VerbKind {
    Look,
    Step,
    /// Who else may act for the firm: not for support, who could let themselves in.
    People,
    Check,
    Secret,
    Report,
    Task,
    Consent,
    Case,
}

impl Verb {
    /// Every verb, for tests and the documentation.
    pub const ALL: [Self; 43] = [
        Self::Look,
        Self::ConfirmReview,
        Self::MarkTask,
        Self::SubmitCredentials,
        Self::Verify,
        Self::ConfirmVerification,
        Self::SaveSettings,
        Self::CheckPermissions,
        Self::ConfirmPermissions,
        Self::StartCompletion,
        Self::TryAgain,
        Self::DropDataSet,
        Self::StartAgain,
        Self::HandOver,
        Self::ReportStuck,
        Self::AnswerHandOver,
        Self::CheckNow,
        Self::SyncNow,
        Self::Reconnect,
        Self::ReplaceCredentials,
        Self::ChangeIntegration,
        Self::Pause,
        Self::Disconnect,
        Self::IntegrateProjects,
        Self::InvitePerson,
        Self::RemoveMember,
        Self::RequireSecondFactor,
        Self::ResetSecondFactor,
        Self::Consent,
        Self::StopReminders,
        Self::SeeCase,
        Self::WriteNote,
        Self::Assign,
        Self::Snooze,
        Self::Retry,
        Self::SendFreshLink,
        Self::SendFixes,
        Self::Remind,
        Self::ReopenStep,
        Self::CloseCase,
        Self::ReopenCase,
        Self::ViewAs,
        Self::ActFor,
    ];

    fn kind(self) -> VerbKind {
        match self {
            Self::Look => VerbKind::Look,
            Self::ConfirmReview
            | Self::MarkTask
            | Self::ConfirmVerification
            | Self::SaveSettings
            | Self::ConfirmPermissions
            | Self::StartCompletion
            | Self::TryAgain
            | Self::DropDataSet
            | Self::StartAgain
            | Self::ChangeIntegration
            | Self::Pause
            | Self::Disconnect
            | Self::IntegrateProjects
            | Self::StopReminders => VerbKind::Step,
            Self::HandOver
            | Self::InvitePerson
            | Self::RemoveMember
            | Self::RequireSecondFactor
            | Self::ResetSecondFactor => VerbKind::People,
            Self::Verify
            | Self::CheckPermissions
            | Self::CheckNow
            | Self::SyncNow
            | Self::Reconnect => VerbKind::Check,
            Self::SubmitCredentials | Self::ReplaceCredentials => VerbKind::Secret,
            Self::ReportStuck => VerbKind::Report,
            Self::AnswerHandOver => VerbKind::Task,
            Self::Consent => VerbKind::Consent,
            Self::SeeCase
            | Self::WriteNote
            | Self::Assign
            | Self::Snooze
            | Self::Retry
            | Self::SendFreshLink
            | Self::SendFixes
            | Self::Remind
            | Self::ReopenStep
            | Self::CloseCase
            | Self::ReopenCase
            | Self::ViewAs
            | Self::ActFor => VerbKind::Case,
        }
    }
}

impl Actor {
    /// Whether the actor may do `verb`, and to which firm: the one that the actor is at.
    pub fn may(&self, verb: Verb) -> Result<FirmId, Denied> {
        let firm = self.firm().ok_or(Denied::NoFirm)?;
        let allowed = match (self, verb.kind()) {
            (
                Self::FirmAdmin { .. },
                VerbKind::Look
                | VerbKind::Step
                | VerbKind::People
                | VerbKind::Check
                | VerbKind::Secret
                | VerbKind::Report
                | VerbKind::Consent,
            ) => Ok(()),
            (Self::FirmAdmin { .. }, VerbKind::Task | VerbKind::Case) => Err(Denied::NotTheirs),

            (Self::Account { .. }, _) => Err(Denied::NotTheirs),

            (Self::Colleague { task, .. }, kind) => colleague_may(*task, verb, kind),

            (
                Self::Support {
                    place: Place::Visit(grant),
                    ..
                },
                kind,
            ) => visitor_may(grant.access, kind),
            (
                Self::Support {
                    place: Place::Case(_),
                    ..
                },
                VerbKind::Case | VerbKind::Check,
            ) => Ok(()),
            (
                Self::Support {
                    place: Place::Case(_),
                    ..
                },
                VerbKind::Look
                | VerbKind::Step
                | VerbKind::People
                | VerbKind::Secret
                | VerbKind::Report
                | VerbKind::Task
                | VerbKind::Consent,
            )
            | (
                Self::Support {
                    place: Place::Desk, ..
                },
                _,
            ) => Err(Denied::NotTheirs),

            (
                Self::System { .. },
                VerbKind::Look
                | VerbKind::Step
                | VerbKind::People
                | VerbKind::Check
                | VerbKind::Case,
            ) => Ok(()),
            (
                Self::System { .. },
                VerbKind::Secret | VerbKind::Report | VerbKind::Task | VerbKind::Consent,
            ) => Err(Denied::NotTheirs),
        };
        allowed.map(|()| firm)
    }

    /// Whether the actor may do something that concerns no single firm. Returns the person to
    /// record; the product itself has none.
    pub(crate) fn may_at_desk(&self, verb: DeskVerb) -> Result<Option<PersonId>, Denied> {
        match (self, verb) {
            (Self::System { .. }, _) => Ok(None),
            (
                Self::Support {
                    who,
                    place: Place::Desk,
                    ..
                },
                DeskVerb::SeeQueue
                | DeskVerb::SeeMail
                | DeskVerb::SendMailAgain
                | DeskVerb::SeeNumbers
                | DeskVerb::CreateFirm,
            )
            | (
                Self::Support {
                    who,
                    role: SupportRole::Lead,
                    place: Place::Desk,
                },
                DeskVerb::ManageSupport | DeskVerb::RemoveFirm | DeskVerb::SeeVendorApp,
            ) => Ok(Some(who.id)),
            (
                Self::Support { .. }
                | Self::FirmAdmin { .. }
                | Self::Account { .. }
                | Self::Colleague { .. },
                _,
            ) => Err(Denied::NotTheirs),
        }
    }
}

fn colleague_may(task: Task, verb: Verb, kind: VerbKind) -> Result<(), Denied> {
    match (task, kind) {
        // The secret goes in once; replacing one that works is not part of the task.
        (Task::EnterCredentials, VerbKind::Secret) if verb == Verb::SubmitCredentials => Ok(()),
        (Task::EnterCredentials, VerbKind::Check) if verb == Verb::Verify => Ok(()),
        // Before there is a secret, the app is made in Procore, task by task.
        (Task::EnterCredentials, VerbKind::Step) if verb == Verb::MarkTask => Ok(()),
        // What is to be fixed shows at either of the two verifications.
        (Task::FixPermissions, VerbKind::Check)
            if matches!(verb, Verb::Verify | Verb::CheckPermissions) =>
        {
            Ok(())
        }
        // Of a completion that stopped, trying again shows it.
        (Task::FixPermissions, VerbKind::Step) if verb == Verb::TryAgain => Ok(()),
        (Task::EnterCredentials | Task::FixPermissions, VerbKind::Report | VerbKind::Task) => {
            Ok(())
        }
        (
            Task::EnterCredentials | Task::FixPermissions,
            VerbKind::Look
            | VerbKind::Step
            | VerbKind::People
            | VerbKind::Check
            | VerbKind::Secret
            | VerbKind::Consent
            | VerbKind::Case,
        ) => Err(Denied::NotTheirs),
    }
}

fn visitor_may(access: Access, kind: VerbKind) -> Result<(), Denied> {
    match (access, kind) {
        (Access::View | Access::Act, VerbKind::Look) => Ok(()),
        (Access::Act, VerbKind::Step | VerbKind::Check | VerbKind::Report) => Ok(()),
        (Access::Act, VerbKind::Secret) => Err(Denied::SecretsStayWithTheFirm),
        (Access::View, VerbKind::Step | VerbKind::Check | VerbKind::Secret | VerbKind::Report) => {
            Err(Denied::OnlyLooking)
        }
        (Access::View, VerbKind::People) => Err(Denied::OnlyLooking),
        (Access::Act, VerbKind::People) => Err(Denied::NotTheirs),
        // Nobody consents for the firm or speaks for a colleague, and the case has its own pages.
        (Access::View | Access::Act, VerbKind::Consent | VerbKind::Task | VerbKind::Case) => {
            Err(Denied::NotTheirs)
        }
    }
}
