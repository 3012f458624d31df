//! How much a company and each of its projects hold.

use clap::Args;
use serde::{Deserialize, Serialize};

macro_rules! sizes {
    ($($(#[doc = $doc:literal])* $name:ident = $default:literal;)*) => {
        /// How many records of each kind a company has, or each of its projects.
        #[derive(Debug, Clone, Args, Serialize, Deserialize)]
        #[serde(default)]
        pub struct Sizes {
            $($(#[doc = $doc])* #[arg(long, default_value_t = $default)] pub $name: u32,)*
        }

        impl Default for Sizes {
            fn default() -> Self {
                Self { $($name: $default),* }
            }
        }
    };
}

sizes! {
    /// Active projects
    projects = 12;
    /// Inactive projects
    inactive_projects = 3;
    /// Active company users (the app's own directory user comes on top)
    users = 40;
    /// Inactive company users
    inactive_users = 5;
    /// Active vendors
    vendors = 30;
    /// Inactive vendors
    inactive_vendors = 4;
    /// Departments
    departments = 6;
    /// Offices
    offices = 3;
    /// Programs
    programs = 4;
    /// Trades
    trades = 15;
    /// Standard cost codes, spread over the lists
    cost_codes = 60;
    /// Standard cost code lists
    cost_code_lists = 2;
    /// Active users in each project
    project_users = 3;
    /// Active vendors in each project
    project_vendors = 2;
    /// Locations in each project
    locations = 3;
    /// RFIs in each project
    rfis = 3;
    /// RFI replies in each project, spread over its RFIs
    rfi_replies = 2;
    /// Submittals in each project
    submittals = 3;
    /// Prime contracts in each project
    prime_contracts = 2;
    /// Commitments in each project, work orders and purchase orders in turn
    commitments = 2;
    /// Change events in each project
    change_events = 2;
    /// Drawing areas in each project
    drawing_areas = 2;
    /// Drawings in each project, spread over its areas, with two revisions each
    drawings = 2;
    /// Meetings in each project
    meetings = 2;
}
