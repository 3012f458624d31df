//! The table of a project: ten data sets, each with its lists, needs, webhooks and options.
//!
//! Sources: Procore's REST reference (paths, parameters, versions) and its guide on webhooks. That
//! reading takes *Read Only* of the tool is inferred from its support pages on permissions.

use super::table::{DIRECTORY, LIST, SETTINGS, UPDATED, USER, VENDOR};
use super::views;
use super::{
    Certainty, DataSet, Entry, INCLUDE_INACTIVE, IdIn, Level, NeededAccess, OptionSpec, Param,
    Read, Scope, Shows, Single, Tool,
};

/// Largest page of version 2 lists.
const V2_PAGE: u32 = 100;

/// A tool of the project, to read.
const fn read_only(tool: Tool) -> NeededAccess {
    NeededAccess {
        tool,
        level: Level::ReadOnly,
        certainty: Certainty::Known,
    }
}

/// A data set of a project; entries below say only what differs.
const ENTRY: Entry = Entry {
    data_set: DataSet::Locations,
    scope: Scope::Project,
    key: "",
    label: "",
    consequence: "",
    reads: &[],
    follows: None,
    options: &[],
    sync_order: u8::MAX,
};

pub(super) static PEOPLE: Entry = Entry {
    data_set: DataSet::ProjectPeople,
    key: "project_people",
    label: "Project people",
    consequence: "Who works on the project, with job titles and contact details.",
    reads: &[
        Read {
            name: "project_users",
            kind: "project_users",
            view: &views::PROJECT_PERSON,
            plural: "project people",
            announced_as: &["Project Users"],
            path: "/rest/v1.0/projects/{project_id}/users",
            whole_has: USER,
            active_in: Some("is_active"),
            changes: UPDATED,
            needs: DIRECTORY,
            ..LIST
        },
        Read {
            name: "inactive_project_users",
            kind: "project_users",
            view: &views::PROJECT_PERSON,
            plural: "inactive project people",
            path: "/rest/v1.0/projects/{project_id}/users/inactive",
            whole_has: USER,
            active_in: Some("is_active"),
            inactive_only: true,
            needs: DIRECTORY,
            ..LIST
        },
    ],
    follows: Some(DataSet::People),
    options: &[OptionSpec {
        key: INCLUDE_INACTIVE,
        label: "Include inactive project people",
        hint: "People who no longer have access to the project come too.",
        data_set: "Project people: inactive ones, too",
    }],
    sync_order: 120,
    ..ENTRY
};

pub(super) static COMPANIES: Entry = Entry {
    data_set: DataSet::ProjectCompanies,
    key: "project_companies",
    label: "Project companies",
    consequence: "The companies that work on the project, with addresses and trades.",
    reads: &[
        Read {
            name: "project_vendors",
            kind: "project_vendors",
            view: &views::PROJECT_COMPANY,
            plural: "project companies",
            announced_as: &["Project Vendors"],
            path: "/rest/v1.1/projects/{project_id}/vendors",
            params: &[Param::fixed("view", "extended")],
            whole_has: VENDOR,
            active_in: Some("is_active"),
            needs: DIRECTORY,
            ..LIST
        },
        Read {
            name: "inactive_project_vendors",
            kind: "project_vendors",
            view: &views::PROJECT_COMPANY,
            plural: "inactive project companies",
            path: "/rest/v1.0/projects/{project_id}/vendors/inactive",
            params: &[Param::fixed("view", "extended")],
            whole_has: VENDOR,
            active_in: Some("is_active"),
            inactive_only: true,
            needs: DIRECTORY,
            ..LIST
        },
    ],
    follows: Some(DataSet::Companies),
    options: &[OptionSpec {
        key: INCLUDE_INACTIVE,
        label: "Include inactive project companies",
        hint: "Companies that were made inactive in the project come too.",
        data_set: "Project companies: inactive ones, too",
    }],
    sync_order: 110,
    ..ENTRY
};

pub(super) static LOCATIONS: Entry = Entry {
    data_set: DataSet::Locations,
    key: "locations",
    label: "Locations",
    consequence: "The places within the project: buildings, floors, rooms.",
    reads: &[Read {
        name: "locations",
        kind: "locations",
        view: &views::LOCATION,
        plural: "locations",
        announced_as: &["Locations"],
        path: "/rest/v1.0/projects/{project_id}/locations",
        changes: UPDATED,
        needs: SETTINGS,
        ..LIST
    }],
    sync_order: 100,
    ..ENTRY
};

pub(super) static RFIS: Entry = Entry {
    data_set: DataSet::Rfis,
    key: "rfis",
    label: "RFIs",
    consequence: "Questions and answers between the site and the designers.",
    reads: &[
        Read {
            name: "rfis",
            kind: "rfis",
            view: &views::RFI,
            plural: "RFIs",
            announced_as: &["RFIs"],
            path: "/rest/v1.0/projects/{project_id}/rfis",
            changes: UPDATED,
            needs: read_only(Tool::Rfis),
            ..LIST
        },
        Read {
            name: "deleted_rfis",
            kind: "rfis",
            view: &views::RFI,
            plural: "deleted RFIs",
            shows: Shows::Deletions,
            path: "/rest/v1.0/projects/{project_id}/rfis/recycle_bin",
            changes: UPDATED,
            needs: read_only(Tool::Rfis),
            ..LIST
        },
    ],
    sync_order: 130,
    ..ENTRY
};

pub(super) static SUBMITTALS: Entry = Entry {
    data_set: DataSet::Submittals,
    key: "submittals",
    label: "Submittals",
    consequence: "Documents and samples that were sent for approval, in every revision.",
    reads: &[
        Read {
            name: "submittals",
            kind: "submittals",
            view: &views::SUBMITTAL,
            plural: "submittals",
            announced_as: &["Submittals"],
            path: "/rest/v1.1/projects/{project_id}/submittals",
            changes: UPDATED,
            needs: read_only(Tool::Submittals),
            ..LIST
        },
        Read {
            name: "deleted_submittals",
            kind: "submittals",
            view: &views::SUBMITTAL,
            plural: "deleted submittals",
            shows: Shows::Deletions,
            path: "/rest/v1.1/projects/{project_id}/submittals/recycle_bin",
            changes: UPDATED,
            needs: read_only(Tool::Submittals),
            ..LIST
        },
    ],
    sync_order: 140,
    ..ENTRY
};

pub(super) static PRIME_CONTRACTS: Entry = Entry {
    data_set: DataSet::PrimeContracts,
    key: "prime_contracts",
    label: "Prime contracts",
    consequence: "The contracts with the owner. Private ones come only at the level Admin.",
    reads: &[
        Read {
            name: "prime_contracts",
            kind: "prime_contracts",
            view: &views::PRIME_CONTRACT,
            plural: "prime contracts",
            announced_as: &["Prime Contracts"],
            path: "/rest/v2.0/companies/{company_id}/projects/{project_id}/prime_contracts",
            params: &[Param::fixed("view", "extended")],
            page_size: V2_PAGE,
            changes: UPDATED,
            needs: read_only(Tool::PrimeContracts),
            ..LIST
        },
        Read {
            name: "deleted_prime_contracts",
            kind: "prime_contracts",
            view: &views::PRIME_CONTRACT,
            plural: "deleted prime contracts",
            shows: Shows::Deletions,
            deleted_in: Some("deleted_at"),
            path: "/rest/v2.0/companies/{company_id}/projects/{project_id}/prime_contracts",
            params: &[Param::fixed("view", "extended")],
            page_size: V2_PAGE,
            changes: Some("filters[deleted_at]"),
            needs: read_only(Tool::PrimeContracts),
            ..LIST
        },
    ],
    sync_order: 150,
    ..ENTRY
};

pub(super) static COMMITMENTS: Entry = Entry {
    data_set: DataSet::Commitments,
    key: "commitments",
    label: "Commitments",
    consequence: "Purchase orders and contracts with subcontractors. Private ones come only at the level Admin.",
    reads: &[
        Read {
            name: "commitments",
            kind: "commitments",
            view: &views::COMMITMENT,
            plural: "commitments",
            announced_as: &["Work Order Contracts", "Purchase Order Contracts"],
            has_other_ids: true,
            path: "/rest/v2.0/companies/{company_id}/projects/{project_id}/commitment_contracts",
            params: &[Param::fixed("view", "extended")],
            page_size: V2_PAGE,
            changes: UPDATED,
            needs: read_only(Tool::Commitments),
            ..LIST
        },
        Read {
            name: "deleted_commitments",
            kind: "commitments",
            view: &views::COMMITMENT,
            plural: "deleted commitments",
            shows: Shows::Deletions,
            deleted_in: Some("deleted_at"),
            path: "/rest/v2.0/companies/{company_id}/projects/{project_id}/commitment_contracts",
            params: &[
                Param::fixed("view", "extended"),
                Param::fixed("filters[include_deleted]", "only"),
            ],
            page_size: V2_PAGE,
            changes: Some("filters[deleted_at]"),
            needs: read_only(Tool::Commitments),
            ..LIST
        },
    ],
    sync_order: 160,
    ..ENTRY
};

pub(super) static CHANGE_EVENTS: Entry = Entry {
    data_set: DataSet::ChangeEvents,
    key: "change_events",
    label: "Change events",
    consequence: "What may change the cost of the project.",
    reads: &[
        Read {
            name: "change_events",
            kind: "change_events",
            view: &views::CHANGE_EVENT,
            plural: "change events",
            announced_as: &["Change Events"],
            path: "/rest/v1.1/change_events",
            id_in: IdIn::ProjectQuery,
            changes: UPDATED,
            needs: read_only(Tool::ChangeEvents),
            ..LIST
        },
        Read {
            name: "deleted_change_events",
            kind: "change_events",
            view: &views::CHANGE_EVENT,
            plural: "deleted change events",
            shows: Shows::Deletions,
            path: "/rest/v1.1/change_events",
            id_in: IdIn::ProjectQuery,
            params: &[Param::fixed("filters[include_deleted]", "only")],
            changes: UPDATED,
            needs: read_only(Tool::ChangeEvents),
            ..LIST
        },
    ],
    sync_order: 170,
    ..ENTRY
};

pub(super) static DRAWINGS: Entry = Entry {
    data_set: DataSet::Drawings,
    key: "drawings",
    label: "Drawings",
    consequence: "The drawings of the project, revision by revision.",
    reads: &[
        Read {
            name: "drawing_revisions",
            kind: "drawing_revisions",
            view: &views::DRAWING_REVISION,
            plural: "drawing revisions",
            announced_as: &["Drawings"],
            single: Single::Parts("drawing_id"),
            path: "/rest/v1.0/projects/{project_id}/drawing_revisions",
            params: &[Param::fixed("with_obsolete", "true")],
            changes: UPDATED,
            needs: read_only(Tool::Drawings),
            ..LIST
        },
        Read {
            name: "deleted_drawing_revisions",
            kind: "drawing_revisions",
            view: &views::DRAWING_REVISION,
            plural: "deleted drawing revisions",
            shows: Shows::Deletions,
            path: "/rest/v1.0/projects/{project_id}/drawing_revisions",
            params: &[
                Param::fixed("with_obsolete", "true"),
                Param::fixed("filters[deleted]", "only"),
            ],
            changes: UPDATED,
            needs: read_only(Tool::Drawings),
            ..LIST
        },
    ],
    sync_order: 180,
    ..ENTRY
};

pub(super) static MEETINGS: Entry = Entry {
    data_set: DataSet::Meetings,
    key: "meetings",
    label: "Meetings",
    consequence: "Meetings with their dates, places and minutes.",
    reads: &[Read {
        name: "meetings",
        kind: "meetings",
        view: &views::MEETING,
        plural: "meetings",
        announced_as: &["Meetings"],
        path: "/rest/v1.1/projects/{project_id}/meetings",
        grouped_in: Some("meetings"),
        needs: read_only(Tool::Meetings),
        ..LIST
    }],
    sync_order: 190,
    ..ENTRY
};
