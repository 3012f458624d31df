//! How much a company holds.

use clap::Args;
use serde::{Deserialize, Serialize};

macro_rules! sizes {
    ($($(#[doc = $doc:literal])* $name:ident = $default:literal;)*) => {
        /// How many records of each kind a company has.
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
}
