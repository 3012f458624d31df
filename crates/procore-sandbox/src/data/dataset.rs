//! The kinds of records, each declared once: what it is called, how many there are, what it shows.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::bodies;
use super::names::{self, numbered};
use super::{Records, Row, Sizes, project_bodies};

/// Everything that sets one kind of records apart from the others.
pub(super) struct Declaration {
    /// The name that the control API uses.
    name: &'static str,
    pub place: Place,
    /// The webhook resource whose events report changes to such a record.
    resource: &'static str,
    /// Project ids sit around 2^49, as in Procore's newer zones.
    pub first_id: i64,
    /// Active and inactive records before edits, of the company or of each project.
    pub count: fn(&Sizes) -> (u32, u32),
    /// The generated name of the record at an index.
    pub title: fn(&Records, i64) -> String,
    /// The generated body around that name, and the fields that only the fullest view adds.
    pub body: fn(&Records, &Row, &str) -> [Value; 2],
    /// The views that a list has, the usual one first; any where there are none.
    views: &'static [&'static str],
}

/// What a record belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Company,
    Project,
}

macro_rules! datasets {
    ($($dataset:ident: $place:ident $name:literal, $resource:literal, $first_id:literal, $count:expr, $title:expr, $body:expr, $views:expr;)*) => {
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
                            place: Place::$place,
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
const CONTRACTS: &[&str] = &["default", "extended"];
const PROJECTS: &[&str] = &["normal", "ids", "compact", "extended"];

#[rustfmt::skip]
datasets! {
    Projects: Company "projects", "Projects", 562_949_953_421_312,
        |sizes| (sizes.projects, sizes.inactive_projects), bodies::project_name, bodies::project, PROJECTS;
    Users: Company "users", "Company Users", 160_000,
        |sizes| (sizes.users, sizes.inactive_users), bodies::full_name, bodies::user, USERS;
    Vendors: Company "vendors", "Company Vendors", 4_300_000_000,
        |sizes| (sizes.vendors, sizes.inactive_vendors), bodies::vendor_name, bodies::vendor, VENDORS;
    Departments: Company "departments", "Departments", 21_000,
        |sizes| (sizes.departments, 0), |_, index| numbered(names::DEPARTMENTS, index), bodies::department, &[];
    Offices: Company "offices", "Offices", 31_000,
        |sizes| (sizes.offices, 0), |_, index| format!("{} Office", numbered(names::PLACES, index)),
        bodies::office, &[];
    Programs: Company "programs", "Programs", 41_000,
        |sizes| (sizes.programs, 0), |_, index| format!("{} Program", numbered(names::PLACES, index + 5)),
        bodies::program, &[];
    Trades: Company "trades", "Trades", 51_000,
        |sizes| (sizes.trades, 0), |_, index| numbered(names::TRADES, index), bodies::trade, &[];
    CostCodes: Company "cost_codes", "Standard Cost Codes", 8_600_000_000,
        |sizes| (sizes.cost_codes, 0), |_, index| numbered(names::COST_CODES, index), bodies::cost_code, &[];
    CostCodeLists: Company "cost_code_lists", "Standard Cost Code Lists", 61_000,
        |sizes| (sizes.cost_code_lists, 0), |_, index| format!("Master List {}", index + 1),
        bodies::cost_code_list, &[];
    ProjectStages: Company "project_stages", "Project Stages", 71_000,
        |_| (names::STAGES.len() as u32, 0), |_, index| bodies::stage(index).0.to_owned(), bodies::project_stage, &[];
    ProjectTypes: Company "project_types", "Project Types", 81_000,
        |_| (names::PROJECT_TYPES.len() as u32, 0), |_, index| numbered(names::PROJECT_TYPES, index),
        bodies::name_alone, &[];
    ProjectRegions: Company "project_regions", "Project Regions", 91_000,
        |_| (names::REGIONS.len() as u32, 0), |_, index| numbered(names::REGIONS, index), bodies::name_alone, &[];
    ProjectOwnerTypes: Company "project_owner_types", "Project Owner Types", 101_000,
        |_| (names::OWNER_TYPES.len() as u32, 0), |_, index| numbered(names::OWNER_TYPES, index),
        bodies::name_alone, &[];
    ProjectBidTypes: Company "project_bid_types", "Project Bid Types", 111_000,
        |_| (names::BID_TYPES.len() as u32, 0), |_, index| numbered(names::BID_TYPES, index),
        bodies::name_alone, &[];
    Locations: Project "locations", "Locations", 110_000_000_000_000,
        |sizes| (sizes.locations, 0), project_bodies::location_name, project_bodies::location, &[];
    Rfis: Project "rfis", "RFIs", 120_000_000_000_000,
        |sizes| (sizes.rfis, 0), project_bodies::subject, project_bodies::rfi, &[];
    RfiReplies: Project "rfi_replies", "RFI Replies", 130_000_000_000_000,
        |sizes| (sizes.rfi_replies, 0), project_bodies::reply_text, project_bodies::rfi_reply, &[];
    Submittals: Project "submittals", "Submittals", 140_000_000_000_000,
        |sizes| (sizes.submittals, 0), project_bodies::subject, project_bodies::submittal, &[];
    PrimeContracts: Project "prime_contracts", "Prime Contracts", 150_000_000_000_000,
        |sizes| (sizes.prime_contracts, 0), project_bodies::subject, project_bodies::prime_contract, CONTRACTS;
    Commitments: Project "commitments", "Work Order Contracts", 160_000_000_000_000,
        |sizes| (sizes.commitments, 0), project_bodies::subject, project_bodies::commitment, CONTRACTS;
    ChangeEvents: Project "change_events", "Change Events", 170_000_000_000_000,
        |sizes| (sizes.change_events, 0), project_bodies::subject, project_bodies::change_event, &[];
    DrawingAreas: Project "drawing_areas", "Drawing Areas", 180_000_000_000_000,
        |sizes| (sizes.drawing_areas, 0), project_bodies::area_name, project_bodies::drawing_area, &[];
    Drawings: Project "drawings", "Drawings", 190_000_000_000_000,
        |sizes| (sizes.drawings, 0), project_bodies::subject, project_bodies::drawing, &[];
    DrawingRevisions: Project "drawing_revisions", "Drawings", 200_000_000_000_000,
        |sizes| (sizes.drawings * 2, 0), project_bodies::subject, project_bodies::drawing_revision, &[];
    Meetings: Project "meetings", "Meetings", 210_000_000_000_000,
        |sizes| (sizes.meetings, 0), project_bodies::meeting_title, project_bodies::meeting, &[];
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

    /// The views that the list of a project's people or companies has, the usual one first, and how
    /// many from the end need no level on the Directory.
    pub(crate) fn views_of_members(self) -> (&'static [&'static str], usize) {
        match self {
            Self::Users => (&["normal", "compact"], 1),
            _ => (
                &["normal", "extended", "list", "minimal", "name", "ids_only"],
                3,
            ),
        }
    }

    pub(crate) fn place(self) -> Place {
        self.declaration().place
    }

    /// Of a company record that can be a member of projects: the resource of its joining and leaving.
    pub(crate) fn membership(self) -> Option<&'static str> {
        match self {
            Self::Users => Some("Project Users"),
            Self::Vendors => Some("Project Vendors"),
            _ => None,
        }
    }

    /// The field that holds what a record is called.
    pub(crate) fn title_field(self) -> &'static str {
        match self {
            Self::Rfis => "subject",
            Self::RfiReplies => "plain_text_body",
            Self::Submittals
            | Self::PrimeContracts
            | Self::Commitments
            | Self::ChangeEvents
            | Self::Drawings
            | Self::DrawingRevisions
            | Self::Meetings => "title",
            _ => "name",
        }
    }
}
