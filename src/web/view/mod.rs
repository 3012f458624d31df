//! View models: small values that a handler fills and a template shows.
//!
//! Nothing here asks a database, a clock or Procore. Each type belongs to one part in `templates/components/`;
//! `docs/DESIGN.md` shows how a page uses them.

mod chart;
mod check;
mod contact;
mod data_flow;
mod fix_card;
mod icon;
mod incomplete;
mod ledger;
mod link;
mod number;
mod rail;
mod remedy;
mod rich;
mod shell;
mod signal;
mod table;
mod timeline;
mod waiting;
mod when;

pub use chart::{Bar, Bars, Line, Point};
pub use check::{CheckRow, XrayRow};
pub use contact::Contact;
pub use data_flow::{DataFlow, Lane};
pub use fix_card::FixCard;
pub use icon::Icon;
pub use incomplete::Incomplete;
pub use ledger::{Amount, LedgerRow, NextAction, Tile};
pub use link::{Action, Link, Nav, NavItem, Notice, NoticeKind};
pub use number::percent;
pub use rail::{Rail, RailStep};
pub(crate) use remedy::in_company;
pub use remedy::{CopyValue, Figure, Remedy, RemedyStep, Svg};
pub use rich::Rich;
pub use shell::{Banner, BannerKind, Shell, SignedInPerson};
pub use signal::{CheckState, Signal, StepState};
pub use table::{Column, Pager, Sort};
pub use timeline::TimelineEntry;
pub use waiting::{WaitingActions, WaitingFor};
pub use when::{Since, When};

/// A secret that is already stored, as its field shows it instead of the value.
#[derive(Debug, Clone)]
pub struct SavedSecret {
    pub at: When,
    /// Six digits that tell two secrets apart and say nothing about either.
    pub fingerprint: String,
    /// Whether another one is needed, so that its field is open.
    pub is_refused: bool,
}
