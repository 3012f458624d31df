//! The kinds of records, each declared once: what it is called, how many there are, what it shows.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::names::{self, numbered};
use super::{Records, Row, Sizes, bodies, projects, vendors};
use crate::clock::iso;

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
    /// The made-up name of the record at an index.
    pub title: fn(&Records, i64) -> String,
    /// The made-up body around that name, with the fields of the fullest view.
    pub body: fn(&Records, &Row, &str) -> Value,
    /// Fields that only the extended view shows.
    extended_only: &'static [&'static str],
}

macro_rules! datasets {
    ($($dataset:ident $declaration:tt)*) => {
        /// The kinds of records that the simulator has.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Dataset {
            $($dataset),*
        }

        impl Dataset {
            pub const ALL: [Self; [$(stringify!($dataset)),*].len()] = [$(Self::$dataset),*];

            pub(super) fn declaration(self) -> &'static Declaration {
                match self {
                    $(Self::$dataset => const { &Declaration $declaration }),*
                }
            }
        }
    };
}

datasets! {
    Projects {
        name: "projects",
        resource: "Projects",
        first_id: 562_949_953_421_312,
        count: |sizes| (sizes.projects, sizes.inactive_projects),
        title: projects::name,
        body: projects::body,
        extended_only: &projects::EXTENDED_ONLY,
    }
    Users {
        name: "users",
        resource: "Company Users",
        first_id: 160_000,
        count: |sizes| (sizes.users, sizes.inactive_users),
        title: |records, index| bodies::full_name(records, index).join(" "),
        body: bodies::user,
        extended_only: &["role", "verified_employee"],
    }
    Vendors {
        name: "vendors",
        resource: "Company Vendors",
        first_id: 4_300_000_000,
        count: |sizes| (sizes.vendors, sizes.inactive_vendors),
        title: vendors::name,
        body: vendors::body,
        extended_only: &vendors::EXTENDED_ONLY,
    }
    Departments {
        name: "departments",
        resource: "Departments",
        first_id: 21_000,
        count: |sizes| (sizes.departments, 0),
        title: |_, index| numbered(&names::DEPARTMENTS, index),
        body: |_, row, name| json!({
            "id": row.id, "name": name, "origin_id": null, "origin_data": null,
        }),
        extended_only: &[],
    }
    Offices {
        name: "offices",
        resource: "Offices",
        first_id: 31_000,
        count: |sizes| (sizes.offices, 0),
        title: |_, index| format!("{} Office", numbered(&names::PLACES, index)),
        body: bodies::office,
        extended_only: &[],
    }
    Programs {
        name: "programs",
        resource: "Programs",
        first_id: 41_000,
        count: |sizes| (sizes.programs, 0),
        title: |_, index| format!("{} Program", numbered(&names::PLACES, index + 5)),
        body: |_, row, name| json!({
            "id": row.id, "name": name, "address_freeform": format!("{} First St.", 10 + row.index),
            "website": null, "logo": null,
        }),
        extended_only: &[],
    }
    Trades {
        name: "trades",
        resource: "Trades",
        first_id: 51_000,
        count: |sizes| (sizes.trades, 0),
        title: |_, index| numbered(&names::TRADES, index),
        body: |_, row, name| json!({
            "id": row.id, "name": name, "active": row.active, "updated_at": iso(row.updated_at),
        }),
        extended_only: &[],
    }
    CostCodes {
        name: "cost_codes",
        resource: "Standard Cost Codes",
        first_id: 8_600_000_000,
        count: |sizes| (sizes.cost_codes, 0),
        title: |_, index| numbered(&names::COST_CODES, index),
        body: bodies::cost_code,
        extended_only: &[],
    }
    CostCodeLists {
        name: "cost_code_lists",
        resource: "Standard Cost Code Lists",
        first_id: 61_000,
        count: |sizes| (sizes.cost_code_lists, 0),
        title: |_, index| format!("Master List {}", index + 1),
        body: |_, row, name| json!({
            "id": row.id, "name": name, "is_erp_list": false,
            "available_to_use_on_new_projects": row.index == 0,
        }),
        extended_only: &[],
    }
    ProjectStages {
        name: "project_stages",
        resource: "Project Stages",
        first_id: 71_000,
        count: |_| (names::STAGES.len() as u32, 0),
        title: |_, index| bodies::stage(index).0.to_owned(),
        body: |_, row, name| json!({
            "id": row.id, "name": name, "category": bodies::stage(row.index).1,
            "is_bidding_stage": row.index == 0, "is_concept_stage": false, "readonly": true,
            "default_stage": row.index == 2, "hideable": true, "has_rfi_prefixes": false,
            "project_stage_has_children": false,
        }),
        extended_only: &[],
    }
    ProjectTypes {
        name: "project_types",
        resource: "Project Types",
        first_id: 81_000,
        count: |_| (names::PROJECT_TYPES.len() as u32, 0),
        title: |_, index| numbered(&names::PROJECT_TYPES, index),
        body: bodies::name_alone,
        extended_only: &[],
    }
    ProjectRegions {
        name: "project_regions",
        resource: "Project Regions",
        first_id: 91_000,
        count: |_| (names::REGIONS.len() as u32, 0),
        title: |_, index| numbered(&names::REGIONS, index),
        body: bodies::name_alone,
        extended_only: &[],
    }
    ProjectOwnerTypes {
        name: "project_owner_types",
        resource: "Project Owner Types",
        first_id: 101_000,
        count: |_| (names::OWNER_TYPES.len() as u32, 0),
        title: |_, index| numbered(&names::OWNER_TYPES, index),
        body: bodies::name_alone,
        extended_only: &[],
    }
    ProjectBidTypes {
        name: "project_bid_types",
        resource: "Project Bid Types",
        first_id: 111_000,
        count: |_| (names::BID_TYPES.len() as u32, 0),
        title: |_, index| numbered(&names::BID_TYPES, index),
        body: bodies::name_alone,
        extended_only: &[],
    }
}

impl Dataset {
    pub fn name(self) -> &'static str {
        self.declaration().name
    }

    pub fn resource(self) -> &'static str {
        self.declaration().resource
    }

    pub fn extended_only(self) -> &'static [&'static str] {
        self.declaration().extended_only
    }
}
