//! The kinds of records, what they are called, and where their ids begin.

use serde::{Deserialize, Serialize};

/// The kinds of records that the simulator has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dataset {
    Projects,
    Users,
    Vendors,
    Departments,
    Offices,
    Programs,
    Trades,
    CostCodes,
    CostCodeLists,
    ProjectStages,
    ProjectTypes,
    ProjectRegions,
    ProjectOwnerTypes,
    ProjectBidTypes,
}

impl Dataset {
    pub const ALL: [Self; 14] = [
        Self::Projects,
        Self::Users,
        Self::Vendors,
        Self::Departments,
        Self::Offices,
        Self::Programs,
        Self::Trades,
        Self::CostCodes,
        Self::CostCodeLists,
        Self::ProjectStages,
        Self::ProjectTypes,
        Self::ProjectRegions,
        Self::ProjectOwnerTypes,
        Self::ProjectBidTypes,
    ];

    /// The name that the control API uses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Projects => "projects",
            Self::Users => "users",
            Self::Vendors => "vendors",
            Self::Departments => "departments",
            Self::Offices => "offices",
            Self::Programs => "programs",
            Self::Trades => "trades",
            Self::CostCodes => "cost_codes",
            Self::CostCodeLists => "cost_code_lists",
            Self::ProjectStages => "project_stages",
            Self::ProjectTypes => "project_types",
            Self::ProjectRegions => "project_regions",
            Self::ProjectOwnerTypes => "project_owner_types",
            Self::ProjectBidTypes => "project_bid_types",
        }
    }

    /// The webhook resource whose events tell of changes to such a record.
    pub fn resource(self) -> &'static str {
        match self {
            Self::Projects => "Projects",
            Self::Users => "Company Users",
            Self::Vendors => "Company Vendors",
            Self::Departments => "Departments",
            Self::Offices => "Offices",
            Self::Programs => "Programs",
            Self::Trades => "Trades",
            Self::CostCodes => "Standard Cost Codes",
            Self::CostCodeLists => "Standard Cost Code Lists",
            Self::ProjectStages => "Project Stages",
            Self::ProjectTypes => "Project Types",
            Self::ProjectRegions => "Project Regions",
            Self::ProjectOwnerTypes => "Project Owner Types",
            Self::ProjectBidTypes => "Project Bid Types",
        }
    }

    /// The first id. Project ids sit around 2^49, as in Procore's newer zones.
    pub(super) fn first_id(self) -> i64 {
        match self {
            Self::Projects => 562_949_953_421_312,
            Self::Users => 160_000,
            Self::Vendors => 4_300_000_000,
            Self::Departments => 21_000,
            Self::Offices => 31_000,
            Self::Programs => 41_000,
            Self::Trades => 51_000,
            Self::CostCodes => 8_600_000_000,
            Self::CostCodeLists => 61_000,
            Self::ProjectStages => 71_000,
            Self::ProjectTypes => 81_000,
            Self::ProjectRegions => 91_000,
            Self::ProjectOwnerTypes => 101_000,
            Self::ProjectBidTypes => 111_000,
        }
    }
}
