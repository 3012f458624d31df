//! The kinds of records, each declared once: what it is called, how many there are, what it shows.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::bodies;
use super::names::{self, numbered};
use super::{Records, Row, Sizes};

/// Everything that sets one kind of records apart from the others.
pub(super) struct Declaration {
    /// The name that the control API uses.
    name: &'static str,
    /// The webhook resource whose events report changes to such a record.
    resource: &'static str,
    /// Project ids sit around 2^49, as in Procore's newer zones.
    pub first_id: i64,
    /// Active and inactive records before edits.
    pub count: fn(&Sizes) -> (u32, u32),
    /// The generated name of the record at an index.
    pub title: fn(&Records, i64) -> String,
    /// The generated body around that name, and the fields that only the fullest view adds.
    pub body: fn(&Records, &Row, &str) -> [Value; 2],
    /// The views that a list has, the usual one first; any where there are none.
    views: &'static [&'static str],
}

macro_rules! datasets {
    ($($dataset:ident: $name:literal, $resource:literal, $first_id:literal, $count:expr, $title:expr, $body:expr, $views:expr;)*) => {
        /// The kinds of records that the simulator has.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub(crate) enum Dataset {
            $($dataset),*
        }

        impl Dataset {
            pub(crate) const ALL: [Self; [$(stringify!($dataset)),*].len()] = [$(Self::$dataset),*];

            pub(super) fn declaration(self) -> &'static Declaration {
                match self {
                    $(Self::$dataset => const {
                        &Declaration {
                            name: $name,
                            resource: $resource,
                            first_id: $first_id,
                            count: $count,
                            title: $title,
                            body: $body,
                            views: $views,
                        }
                    }),*
                }
            }
        }
    };
}

const USERS: &[&str] = &["normal", "extended", "ids_only"];
const VENDORS: &[&str] = &[
    "extended",
    "compact",
    "normal",
    "erp",
    "directory",
    "summary",
];
const PROJECTS: &[&str] = &["normal", "ids", "compact", "extended"];

#[rustfmt::skip]
datasets! {
    Projects: "projects", "Projects", 562_949_953_421_312,
        |sizes| (sizes.projects, sizes.inactive_projects), bodies::project_name, bodies::project, PROJECTS;
    Users: "users", "Company Users", 160_000,
        |sizes| (sizes.users, sizes.inactive_users), bodies::full_name, bodies::user, USERS;
    Vendors: "vendors", "Company Vendors", 4_300_000_000,
        |sizes| (sizes.vendors, sizes.inactive_vendors), bodies::vendor_name, bodies::vendor, VENDORS;
    Departments: "departments", "Departments", 21_000,
        |sizes| (sizes.departments, 0), |_, index| numbered(names::DEPARTMENTS, index), bodies::department, &[];
    Offices: "offices", "Offices", 31_000,
        |sizes| (sizes.offices, 0), |_, index| format!("{} Office", numbered(names::PLACES, index)),
        bodies::office, &[];
    Programs: "programs", "Programs", 41_000,
        |sizes| (sizes.programs, 0), |_, index| format!("{} Program", numbered(names::PLACES, index + 5)),
        bodies::program, &[];
    Trades: "trades", "Trades", 51_000,
        |sizes| (sizes.trades, 0), |_, index| numbered(names::TRADES, index), bodies::trade, &[];
    CostCodes: "cost_codes", "Standard Cost Codes", 8_600_000_000,
        |sizes| (sizes.cost_codes, 0), |_, index| numbered(names::COST_CODES, index), bodies::cost_code, &[];
    CostCodeLists: "cost_code_lists", "Standard Cost Code Lists", 61_000,
        |sizes| (sizes.cost_code_lists, 0), |_, index| format!("Master List {}", index + 1),
        bodies::cost_code_list, &[];
    ProjectStages: "project_stages", "Project Stages", 71_000,
        |_| (names::STAGES.len() as u32, 0), |_, index| bodies::stage(index).0.to_owned(), bodies::project_stage, &[];
    ProjectTypes: "project_types", "Project Types", 81_000,
        |_| (names::PROJECT_TYPES.len() as u32, 0), |_, index| numbered(names::PROJECT_TYPES, index),
        bodies::name_alone, &[];
    ProjectRegions: "project_regions", "Project Regions", 91_000,
        |_| (names::REGIONS.len() as u32, 0), |_, index| numbered(names::REGIONS, index), bodies::name_alone, &[];
    ProjectOwnerTypes: "project_owner_types", "Project Owner Types", 101_000,
        |_| (names::OWNER_TYPES.len() as u32, 0), |_, index| numbered(names::OWNER_TYPES, index),
        bodies::name_alone, &[];
    ProjectBidTypes: "project_bid_types", "Project Bid Types", 111_000,
        |_| (names::BID_TYPES.len() as u32, 0), |_, index| numbered(names::BID_TYPES, index),
        bodies::name_alone, &[];
}

impl Dataset {
    pub(crate) fn name(self) -> &'static str {
        self.declaration().name
    }

    pub(crate) fn resource(self) -> &'static str {
        self.declaration().resource
    }

    pub(crate) fn views(self) -> &'static [&'static str] {
        self.declaration().views
    }
}
