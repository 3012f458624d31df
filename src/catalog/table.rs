//! The table of the company: eight data sets, each with its lists, needs, webhooks and options.
//!
//! Sources: Procore's REST reference (paths, parameters, versions), its guides on
//! pagination and webhooks, and its support pages on permissions. What is not
//! documented there is marked `ProbeDecides` or commented.

use super::views;
use super::{
    Certainty, DataSet, Entry, INCLUDE_INACTIVE, IdIn, Level, NeededAccess, OptionSpec, Param,
    Parent, Read, Scope, Shows, Single, Successor, Tool,
};

/// Largest page of version 1 lists: the maximum that Procore's pagination guide
/// recommends in general. A list that answers 408 wants smaller pages.
const V1_PAGE: u32 = 2000;

/// Largest page of projects v1.1, which its reference limits on its own.
const PROJECTS_PAGE: u32 = 300;

/// The filter of lists that can be asked for what changed.
pub(super) const UPDATED: Option<&str> = Some("filters[updated_at]");

/// Directory, to read: people and companies.
pub(super) const DIRECTORY: NeededAccess = NeededAccess {
    tool: Tool::Directory,
    level: Level::ReadOnly,
    certainty: Certainty::Known,
};

/// Portfolio, to read. Which projects are listed follows from membership, not the level.
const PORTFOLIO: NeededAccess = NeededAccess {
    tool: Tool::Portfolio,
    level: Level::ReadOnly,
    certainty: Certainty::Known,
};

/// The company's settings. Editing them needs Admin; whether reading needs anything is not
/// documented, so the lowest level is named and the attempt decides.
pub(super) const SETTINGS: NeededAccess = NeededAccess {
    tool: Tool::Admin,
    level: Level::ReadOnly,
    certainty: Certainty::ProbeDecides,
};

/// What the compact view of a user (id, names, vendor) lacks.
pub(super) const USER: &[&str] = &["email_address", "is_active", "is_employee", "created_at"];

/// What the smaller views of a vendor (ids, name, minimal) lack.
pub(super) const VENDOR: &[&str] = &["is_active", "address", "email_address", "created_at"];

/// A paged version 1.0 list of the company with its id in the path; entries below
/// say only what differs.
pub(super) const LIST: Read = Read {
    name: "",
    kind: "",
    plural: "",
    shows: Shows::Records,
    path: "",
    id_in: IdIn::Path,
    params: &[],
    page_size: V1_PAGE,
    paged: true,
    changes: None,
    grouped_in: None,
    id_field: "id",
    whole_has: &[],
    active_in: None,
    deleted_in: None,
    per: None,
    inactive_only: false,
    lookup: false,
    needs: SETTINGS,
    successor: None,
    announced_as: &[],
    single: Single::ById,
    has_other_ids: false,
    view: &views::DEPARTMENT,
};

pub(super) static PROJECTS: Entry = Entry {
    data_set: DataSet::Projects,
    scope: Scope::Company,
    key: "projects",
    label: "Projects",
    consequence: "Your projects, with their stages, types and regions. Only projects shared with us are listed.",
    reads: &[
        Read {
            name: "projects",
            kind: "projects",
            view: &views::PROJECT,
            plural: "projects",
            announced_as: &["Projects"],
            single: Single::Filter("filters[id]"),
            path: "/rest/v1.1/projects",
            id_in: IdIn::CompanyQuery,
            params: &[
                Param::fixed("view", "extended"),
                Param {
                    name: "filters[by_status]",
                    active: "Active",
                    all: "All",
                },
            ],
            page_size: PROJECTS_PAGE,
            whole_has: &["active", "created_at", "project_number"],
            active_in: Some("active"),
            changes: UPDATED,
            needs: PORTFOLIO,
            ..LIST
        },
        Read {
            name: "project_stages",
            kind: "project_stages",
            view: &views::PROJECT_STAGE,
            plural: "project stages",
            announced_as: &["Project Stages"],
            path: "/rest/v1.0/companies/{company_id}/project_stages",
            lookup: true,
            ..LIST
        },
        Read {
            name: "project_types",
            kind: "project_types",
            view: &views::PROJECT_TYPE,
            plural: "project types",
            announced_as: &["Project Types"],
            path: "/rest/v1.0/companies/{company_id}/project_types",
            lookup: true,
            ..LIST
        },
        Read {
            name: "project_regions",
            kind: "project_regions",
            view: &views::PROJECT_REGION,
            plural: "project regions",
            announced_as: &["Project Regions"],
            path: "/rest/v1.0/companies/{company_id}/project_regions",
            lookup: true,
            ..LIST
        },
    ],
    follows: None,
    options: &[OptionSpec {
        key: INCLUDE_INACTIVE,
        label: "All projects, not only active ones",
        hint: "Closed and paused projects come too.",
        data_set: "Projects: all, not only active ones",
    }],
    sync_order: 80,
};

pub(super) static PEOPLE: Entry = Entry {
    data_set: DataSet::People,
    scope: Scope::Company,
    key: "users",
    label: "People",
    consequence: "Names, job titles and contact details of the people in your company Directory.",
    reads: &[
        Read {
            name: "users",
            kind: "users",
            view: &views::PERSON,
            plural: "people",
            announced_as: &["Company Users"],
            single: Single::ByIdWithoutView,
            path: "/rest/v1.3/companies/{company_id}/users",
            whole_has: USER,
            active_in: Some("is_active"),
            params: &[Param::fixed("view", "extended")],
            changes: UPDATED,
            needs: DIRECTORY,
            ..LIST
        },
        Read {
            name: "inactive_users",
            kind: "users",
            view: &views::PERSON,
            plural: "inactive people",
            path: "/rest/v1.0/companies/{company_id}/users/inactive",
            whole_has: USER,
            active_in: Some("is_active"),
            inactive_only: true,
            needs: DIRECTORY,
            ..LIST
        },
    ],
    follows: None,
    options: &[OptionSpec {
        key: INCLUDE_INACTIVE,
        label: "Include inactive people",
        hint: "People who no longer have access to Procore come too.",
        data_set: "People: inactive ones, too",
    }],
    sync_order: 70,
};

pub(super) static COMPANIES: Entry = Entry {
    data_set: DataSet::Companies,
    scope: Scope::Company,
    key: "vendors",
    label: "Companies",
    consequence: "The companies you work with (Procore calls them vendors), with addresses and trades.",
    reads: &[
        Read {
            name: "vendors",
            kind: "vendors",
            view: &views::COMPANY,
            plural: "companies",
            announced_as: &["Company Vendors"],
            path: "/rest/v1.0/vendors",
            whole_has: VENDOR,
            active_in: Some("is_active"),
            id_in: IdIn::CompanyQuery,
            params: &[Param::fixed("view", "extended")],
            changes: UPDATED,
            needs: DIRECTORY,
            ..LIST
        },
        Read {
            name: "inactive_vendors",
            kind: "vendors",
            view: &views::COMPANY,
            plural: "inactive companies",
            path: "/rest/v1.0/companies/{company_id}/vendors/inactive",
            whole_has: VENDOR,
            active_in: Some("is_active"),
            params: &[Param::fixed("view", "extended")],
            inactive_only: true,
            needs: DIRECTORY,
            ..LIST
        },
    ],
    follows: None,
    options: &[OptionSpec {
        key: INCLUDE_INACTIVE,
        label: "Include inactive companies",
        hint: "Companies that were made inactive in the Directory come too.",
        data_set: "Companies: inactive ones, too",
    }],
    sync_order: 60,
};

pub(super) static DEPARTMENTS: Entry = Entry {
    data_set: DataSet::Departments,
    scope: Scope::Company,
    key: "departments",
    label: "Departments",
    consequence: "The departments that projects are assigned to.",
    reads: &[Read {
        name: "departments",
        kind: "departments",
        view: &views::DEPARTMENT,
        plural: "departments",
        announced_as: &["Departments"],
        path: "/rest/v1.0/departments",
        id_in: IdIn::CompanyQuery,
        ..LIST
    }],
    follows: None,
    options: &[],
    sync_order: 10,
};

pub(super) static OFFICES: Entry = Entry {
    data_set: DataSet::Offices,
    scope: Scope::Company,
    key: "offices",
    label: "Offices",
    consequence: "Your offices, with addresses and phone numbers.",
    reads: &[Read {
        name: "offices",
        kind: "offices",
        view: &views::OFFICE,
        plural: "offices",
        announced_as: &["Offices"],
        path: "/rest/v1.0/offices",
        id_in: IdIn::CompanyQuery,
        params: &[Param::fixed("view", "extended")],
        ..LIST
    }],
    follows: None,
    options: &[],
    sync_order: 20,
};

pub(super) static PROGRAMS: Entry = Entry {
    data_set: DataSet::Programs,
    scope: Scope::Company,
    key: "programs",
    label: "Programs",
    consequence: "The programs that group your projects.",
    reads: &[Read {
        name: "programs",
        kind: "programs",
        view: &views::PROGRAM,
        plural: "programs",
        announced_as: &["Programs"],
        path: "/rest/v1.0/companies/{company_id}/programs",
        ..LIST
    }],
    follows: None,
    options: &[],
    sync_order: 30,
};

pub(super) static TRADES: Entry = Entry {
    data_set: DataSet::Trades,
    scope: Scope::Company,
    key: "trades",
    label: "Trades",
    consequence: "The trades that your companies are listed under.",
    reads: &[Read {
        name: "trades",
        kind: "trades",
        view: &views::TRADE,
        plural: "trades",
        announced_as: &["Trades"],
        path: "/rest/v1.0/companies/{company_id}/trades",
        changes: UPDATED,
        ..LIST
    }],
    follows: None,
    options: &[],
    sync_order: 40,
};

pub(super) static COST_CODES: Entry = Entry {
    data_set: DataSet::CostCodes,
    scope: Scope::Company,
    key: "cost_codes",
    label: "Cost codes",
    consequence: "Your company’s standard cost codes, list by list.",
    reads: &[
        Read {
            name: "standard_cost_codes",
            kind: "standard_cost_codes",
            view: &views::COST_CODE,
            plural: "cost codes",
            announced_as: &["Standard Cost Codes"],
            path: "/rest/v1.0/standard_cost_codes",
            id_in: IdIn::CompanyQuery,
            per: Some(Parent {
                read: "standard_cost_code_lists",
                param: "standard_cost_code_list_id",
            }),
            successor: Some(Successor {
                segment: "cost_code",
                path: "/rest/v1.0/companies/{company_id}/work_breakdown_structure/segments/{segment_id}/segment_items",
                param: Some("segment_item_list_id"),
            }),
            ..LIST
        },
        Read {
            name: "standard_cost_code_lists",
            kind: "standard_cost_code_lists",
            view: &views::COST_CODE_LIST,
            plural: "cost code lists",
            announced_as: &["Standard Cost Code Lists"],
            path: "/rest/v1.0/standard_cost_code_lists",
            id_in: IdIn::CompanyQuery,
            lookup: true,
            successor: Some(Successor {
                segment: "cost_code",
                path: "/rest/v1.0/companies/{company_id}/work_breakdown_structure/segments/{segment_id}/lists",
                param: None,
            }),
            ..LIST
        },
    ],
    follows: None,
    options: &[],
    sync_order: 50,
};
