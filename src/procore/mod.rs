//! A client for Procore's REST API.
//!
//! A [`Client`] serves the whole process. For one company, [`Client::company`] gives a
//! [`CompanyApi`] whose calls always carry the company header and a fresh token, and stay within
//! Procore's rate windows. Every failure is an [`Error`] named by what it means.
//!
//! Nothing here knows our tables: tokens and rate budgets are stored behind [`ports`].

mod answer;
mod assignments;
mod call;
mod client;
mod companies;
mod deliveries;
pub mod environment;
mod error;
pub mod event;
mod event_parts;
mod hidden;
mod http_clients;
mod ids;
pub mod input;
mod installation;
mod lenient;
mod link;
mod meaning;
mod named_time;
mod own_delivery;
mod page_cursor;
mod pages;
mod permissions;
pub mod ports;
mod project_tools;
pub mod rates;
mod record;
mod repair;
mod rows;
mod sign_in;
mod tally;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod token;
mod transport;
mod waits;
mod webhooks;
mod whole_list;

pub use answer::Answer;
pub use assignments::UnassignedProject;
pub use client::{Access, Client, ClientOwner, CompanyApi, Policy};
pub use companies::{CompanyList, CompanySummary, Me};
pub use deliveries::{Attempt, Deliveries, Delivery, DeliveryFilter};
pub use environment::{Environment, EnvironmentError};
pub use error::Error;
pub use event::{Event, EventType};
pub(crate) use event_parts::parts;
pub(crate) use hidden::without_secrets;
pub use http_clients::BuildError;
pub use input::{
    ClientId, ClientIdError, ClientSecret, ClientSecretError, CompanyId, CompanyIdError, clean,
};
pub use installation::Installation;
pub(crate) use own_delivery::NoAnswer;
pub use page_cursor::PageCursor;
pub(crate) use pages::is_reduced;
pub use pages::{ListRequest, Probe, RawRecord, RecordPage};
pub use ports::{
    Claim, MINT_LEASE, MemoryRates, MemoryTokens, PortError, RateGate, Token, TokenCache,
};
pub use rates::{Admission, Budget, RateHeaders, RateKey, Urgency, Wait, WaitReason};
pub(crate) use record::OneRecord;
pub(crate) use repair::{is_storable, readable};
pub(crate) use sign_in::{CodeError, PersonApi, sign_in_url};
pub use tally::{Gap, Tally};
pub(crate) use webhooks::PAYLOAD_VERSION;
pub use webhooks::{
    BulkCreated, BulkDeleted, CatalogEntry, Hook, HookChange, HookStatus, NewHook, Trigger,
    TriggerSpec, Webhooks,
};
pub(crate) use whole_list::READINGS;
