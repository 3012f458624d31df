//! How much a company holds.

use clap::Args;
use serde::{Deserialize, Serialize};

/// How many records of each kind a company has.
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
#[serde(default)]
pub struct Sizes {
    /// Active projects
    #[arg(long, default_value_t = 12)]
    pub projects: u32,
    /// Inactive projects
    #[arg(long, default_value_t = 3)]
    pub inactive_projects: u32,
    /// Active company users (the app's own directory user comes on top)
    #[arg(long, default_value_t = 40)]
    pub users: u32,
    /// Inactive company users
    #[arg(long, default_value_t = 5)]
    pub inactive_users: u32,
    /// Active vendors
    #[arg(long, default_value_t = 30)]
    pub vendors: u32,
    /// Inactive vendors
    #[arg(long, default_value_t = 4)]
    pub inactive_vendors: u32,
    /// Departments
    #[arg(long, default_value_t = 6)]
    pub departments: u32,
    /// Offices
    #[arg(long, default_value_t = 3)]
    pub offices: u32,
    /// Programs
    #[arg(long, default_value_t = 4)]
    pub programs: u32,
    /// Trades
    #[arg(long, default_value_t = 15)]
    pub trades: u32,
    /// Standard cost codes, spread over the lists
    #[arg(long, default_value_t = 60)]
    pub cost_codes: u32,
    /// Standard cost code lists
    #[arg(long, default_value_t = 2)]
    pub cost_code_lists: u32,
}

impl Default for Sizes {
    fn default() -> Self {
        Self {
            projects: 12,
            inactive_projects: 3,
            users: 40,
            inactive_users: 5,
            vendors: 30,
            inactive_vendors: 4,
            departments: 6,
            offices: 3,
            programs: 4,
            trades: 15,
            cost_codes: 60,
            cost_code_lists: 2,
        }
    }
}
