//! Who is asking.

use std::net::IpAddr;

use super::{FirmId, GrantId, HandOverId, PersonId};

text_enum! {
    /// Who did something, for readers of the record.
    pub enum ActorKind {
        FirmAdmin = "firm_admin",
        /// Somebody whom the firm gave one task.
        Colleague = "colleague",
        Support = "support",
        /// Our own program.
        System = "system",
    }
}

/// Whoever acts. Made where a request, a command or a job comes in, and handed to every flow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// A member of the firm. All of them are equal.
    FirmAdmin { firm: FirmId, who: Who },
    /// A firm's person at no firm in particular: on their own account, or choosing a firm.
    Account { who: Who },
    /// Somebody without an account, who was handed one task by a firm's admin.
    Colleague {
        firm: FirmId,
        hand_over: HandOverId,
        name: String,
        task: Task,
        source: Option<IpAddr>,
    },
    /// A support person, with the second factor passed.
    Support {
        role: SupportRole,
        place: Place,
        who: Who,
    },
    /// The product itself, or an operator at its command line.
    System { firm: Option<FirmId> },
}

/// A person with an account, as far as records of what they did are concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Who {
    pub id: PersonId,
    pub name: String,
    /// The address that the request came from.
    pub source: Option<IpAddr>,
}

text_enum! {
    /// The one thing that a colleague was asked to do.
    pub enum Task {
        /// Enter the client id and secret.
        EnterCredentials = "enter_credentials",
        /// Fix the permissions in Procore.
        FixPermissions = "fix_permissions",
    }
}

text_enum! {
    /// Leads may also invite and remove support people.
    pub enum SupportRole {
        Staff = "staff",
        Lead = "lead",
    }
}

/// Where a support person stands while asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Under `/support`, at no firm in particular.
    Desk,
    /// At a firm's case in the console.
    Case(FirmId),
    /// On the firm's own pages, under a grant.
    Visit(Grant),
}

/// What lets a support person onto a firm's own pages for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grant {
    pub id: GrantId,
    pub firm: FirmId,
    pub access: Access,
}

text_enum! {
    /// How far a grant goes.
    pub enum Access {
        /// Looking only.
        View = "view",
        /// Every step except entering a secret; needs the firm's consent.
        Act = "act",
    }
}

impl Actor {
    /// Whether it is a lead of support.
    pub fn is_lead(&self) -> bool {
        match self {
            Self::Support { role, .. } => *role == SupportRole::Lead,
            Self::FirmAdmin { .. }
            | Self::Account { .. }
            | Self::Colleague { .. }
            | Self::System { .. } => false,
        }
    }

    /// The product itself, at work for one firm.
    pub fn system_for(firm: FirmId) -> Self {
        Self::System { firm: Some(firm) }
    }

    /// The firm that the actor is at, if any.
    pub fn firm(&self) -> Option<FirmId> {
        match self {
            Self::FirmAdmin { firm, .. } | Self::Colleague { firm, .. } => Some(*firm),
            Self::Support { place, .. } => match place {
                Place::Desk => None,
                Place::Case(firm) => Some(*firm),
                Place::Visit(grant) => Some(grant.firm),
            },
            Self::Account { .. } => None,
            Self::System { firm } => *firm,
        }
    }

    /// The account behind the actor; colleagues and the product have none.
    pub fn person(&self) -> Option<PersonId> {
        match self {
            Self::FirmAdmin { who, .. } | Self::Support { who, .. } | Self::Account { who } => {
                Some(who.id)
            }
            Self::Colleague { .. } | Self::System { .. } => None,
        }
    }

    /// The name that records and pages give the actor.
    pub fn name(&self) -> &str {
        match self {
            Self::FirmAdmin { who, .. } | Self::Support { who, .. } | Self::Account { who } => {
                &who.name
            }
            Self::Colleague { name, .. } => name,
            Self::System { .. } => "Concierge",
        }
    }

    pub fn kind(&self) -> ActorKind {
        match self {
            Self::FirmAdmin { .. } | Self::Account { .. } => ActorKind::FirmAdmin,
            Self::Colleague { .. } => ActorKind::Colleague,
            Self::Support { .. } => ActorKind::Support,
            Self::System { .. } => ActorKind::System,
        }
    }

    /// The address that the request came from.
    pub fn source(&self) -> Option<IpAddr> {
        match self {
            Self::FirmAdmin { who, .. } | Self::Support { who, .. } | Self::Account { who } => {
                who.source
            }
            Self::Colleague { source, .. } => *source,
            Self::System { .. } => None,
        }
    }

    /// Whether the actor may only look: every post is refused before it gets anywhere.
    pub(crate) fn only_looks(&self) -> bool {
        matches!(
            self,
            Self::Support {
                place: Place::Visit(Grant {
                    access: Access::View,
                    ..
                }),
                ..
            }
        )
    }
}
