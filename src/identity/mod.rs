//! Pure: who is asking, and what they may do.

mod actor;
mod email;
mod ids;
mod limits;
mod name;
mod password;
mod remark;
mod time_zone;
mod verb;

#[cfg(test)]
mod verb_tests;

pub use actor::{Access, Actor, ActorKind, Grant, Place, SupportRole, Task, Who};
pub use email::{Email, EmailError};
pub use ids::{
    ActivityId, CheckRunId, ConnectionId, ConsentId, CredentialId, DeviceId, FirmId, GrantId,
    HandOverId, HookId, IncidentId, LinkId, MailId, NoteId, OnboardingId, PersonId, PersonTokenId,
    QueueLineId, ResetRequestId, RunId, SessionId, SignInId,
};
pub use limits::{SessionLimits, Throttle};
pub(crate) use name::is_invisible;
pub use name::{LONGEST_NAME, NameError, parse_name};
pub use password::{LONGEST_PASSWORD, PasswordError, SHORTEST_PASSWORD, check_password};
pub use remark::{Remark, RemarkError};
pub use time_zone::TimeZone;
pub use verb::{Denied, DeskVerb, Verb};
