//! A firm's connection to one Procore company: where it leads, how it is opened, what it brings and
//! what state it is in. Pure.

mod access;
mod address_test;
mod aggregate;
mod deliveries;
mod event_outcome;
pub(crate) mod health;
pub(crate) mod incident;
pub(crate) mod probe;
mod project;
mod references;
mod settings;
mod tidying;
pub mod triggers;

pub use access::{AccessWay, ProcorePerson, Target};
pub use address_test::AddressTest;
pub use aggregate::{Connection, ConnectionState, Ended, Pause};
pub use deliveries::DeliveryComparison;
pub use event_outcome::EventOutcome;
pub use health::Health;
pub use incident::{HookDrift, ProbeSubject};
pub use project::{
    NewProjectNews, ProjectAway, ProjectState, ShownProject, Sighting, UnavailableCause,
    UnsharedSource,
};
pub use references::{
    ReferenceChange, ReferenceComparison, ReferenceRow, ReferencedProject, RowProblem,
    compare_references, parse_reference,
};
pub use settings::{NothingChosen, Settings};
pub(crate) use tidying::ACCESS_KEPT;
pub use tidying::ProcoreTidying;
pub use triggers::Trigger;
