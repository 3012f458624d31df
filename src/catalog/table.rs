//! The table: eight data sets, each with its lists, needs, webhooks and options.
//!
//! Sources: Procore's REST reference (paths, parameters, versions), its guides on
//! pagination and webhooks, and its support pages on permissions. What is not
//! documented there is marked `ProbeDecides` or commented.

use super::views;
use super::{
    Certainty, CompanyIdIn, DataSet, Entry, INCLUDE_INACTIVE, Level, NeededAccess, OptionSpec,
    Param, Parent, Read, Single, Successor, Tool,
};

/// Largest page of version 1 lists: the maximum that Procore's pagination guide
/// recommends in general. A list that answers 408 wants smaller pages.
const V1_PAGE: u32 = 2000;

/// Largest page of projects v1.1, which its reference limits on its own.
const PROJECTS_PAGE: u32 = 300;

/// Directory, to read: people and companies.
const DIRECTORY: NeededAccess = NeededAccess {
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
const SETTINGS: NeededAccess = NeededAccess {
    tool: Tool::Admin,
    level: Level::ReadOnly,
    certainty: Certainty::ProbeDecides,
};

/// What the compact view of a user (id, names, vendor) lacks.
const USER: &[&str] = &["email_address", "is_active", "is_employee", "created_at"];

/// What the smaller views of a vendor (ids, name, minimal) lack.
const VENDOR: &[&str] = &["is_active", "address", "email_address", "created_at"];

/// A paged version 1.0 list of the company with its id in the path; entries below
/// say only what differs.
const LIST: Read = Read {
    name: "",
    kind: "",
    plural: "",
    path: "",
    company_id_in: CompanyIdIn::Path,
    params: &[],
    page_size: V1_PAGE,
    paged: true,
    updated_at: false,
    id_field: "id",
    whole_has: &[],
    active_in: None,
    per: None,
    inactive_only: false,
    lookup: false,
    needs: SETTINGS,
    successor: None,
    announced_as: None,
    single: Single::ById,
    view: &views::DEPARTMENT,
};

pub(super) static PROJECTS: Entry = Entry {
    data_set: DataSet::Projects,
    key: "projects",
    label: "Projects",
    consequence: "Your projects, with their stages, types and regions. Only projects shared with us are listed.",
    reads: &[
        Read {
            name: "projects",
            kind: "projects",
            view: &views::PROJECT,
            plural: "projects",
            announced_as: Some("Projects"),
            single: Single::Filter("filters[id]"),
            path: "/rest/v1.1/projects",
            company_id_in: CompanyIdIn::Query,
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
            updated_at: true,
            needs: PORTFOLIO,
            ..LIST
        },
        Read {
            name: "project_stages",
            kind: "project_stages",
            view: &views::PROJECT_STAGE,
            plural: "project stages",
            announced_as: Some("Project Stages"),
            path: "/rest/v1.0/companies/{company_id}/project_stages",
            lookup: true,
            ..LIST
        },
        Read {
            name: "project_types",
            kind: "project_types",
            view: &views::PROJECT_TYPE,
            plural: "project types",
            announced_as: Some("Project Types"),
            path: "/rest/v1.0/companies/{company_id}/project_types",
            lookup: true,
            ..LIST
        },
        Read {
            name: "project_regions",
            kind: "project_regions",
            view: &views::PROJECT_REGION,
            plural: "project regions",
            announced_as: Some("Project Regions"),
            path: "/rest/v1.0/companies/{company_id}/project_regions",
            lookup: true,
            ..LIST
        },
    ],
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
    key: "users",
    label: "People",
    consequence: "Names, job titles and contact details of the people in your company Directory.",
    reads: &[
        Read {
            name: "users",
            kind: "users",
            view: &views::PERSON,
            plural: "people",
            announced_as: Some("Company Users"),
            single: Single::ByIdWithoutView,
            path: "/rest/v1.3/companies/{company_id}/users",
            whole_has: USER,
            active_in: Some("is_active"),
            params: &[Param::fixed("view", "extended")],
            updated_at: true,
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
    key: "vendors",
    label: "Companies",
    consequence: "The companies you work with (Procore calls them vendors), with addresses and trades.",
    reads: &[
        Read {
            name: "vendors",
            kind: "vendors",
            view: &views::COMPANY,
            plural: "companies",
            announced_as: Some("Company Vendors"),
            path: "/rest/v1.0/vendors",
            whole_has: VENDOR,
            active_in: Some("is_active"),
            company_id_in: CompanyIdIn::Query,
            params: &[Param::fixed("view", "extended")],
            updated_at: true,
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
    key: "departments",
    label: "Departments",
    consequence: "The departments that projects are assigned to.",
    reads: &[Read {
        name: "departments",
        kind: "departments",
        view: &views::DEPARTMENT,
        plural: "departments",
        announced_as: Some("Departments"),
        path: "/rest/v1.0/departments",
        company_id_in: CompanyIdIn::Query,
        ..LIST
    }],
    options: &[],
    sync_order: 10,
};

pub(super) static OFFICES: Entry = Entry {
    data_set: DataSet::Offices,
    key: "offices",
    label: "Offices",
    consequence: "Your offices, with addresses and phone numbers.",
    reads: &[Read {
        name: "offices",
        kind: "offices",
        view: &views::OFFICE,
        plural: "offices",
        announced_as: Some("Offices"),
        path: "/rest/v1.0/offices",
        company_id_in: CompanyIdIn::Query,
        params: &[Param::fixed("view", "extended")],
        ..LIST
    }],
    options: &[],
    sync_order: 20,
};

pub(super) static PROGRAMS: Entry = Entry {
    data_set: DataSet::Programs,
    key: "programs",
    label: "Programs",
    consequence: "The programs that group your projects.",
    reads: &[Read {
        name: "programs",
        kind: "programs",
        view: &views::PROGRAM,
        plural: "programs",
        announced_as: Some("Programs"),
        path: "/rest/v1.0/companies/{company_id}/programs",
        ..LIST
    }],
    options: &[],
    sync_order: 30,
};

pub(super) static TRADES: Entry = Entry {
    data_set: DataSet::Trades,
    key: "trades",
    label: "Trades",
    consequence: "The trades that your companies are listed under.",
    reads: &[Read {
        name: "trades",
        kind: "trades",
        view: &views::TRADE,
        plural: "trades",
        announced_as: Some("Trades"),
        path: "/rest/v1.0/companies/{company_id}/trades",
        updated_at: true,
        ..LIST
    }],
    options: &[],
    sync_order: 40,
};

pub(super) static COST_CODES: Entry = Entry {
    data_set: DataSet::CostCodes,
    key: "cost_codes",
    label: "Cost codes",
    consequence: "Your company's standard cost codes, list by list.",
    reads: &[
        Read {
            name: "standard_cost_codes",
            kind: "standard_cost_codes",
            view: &views::COST_CODE,
            plural: "cost codes",
            announced_as: Some("Standard Cost Codes"),
            path: "/rest/v1.0/standard_cost_codes",
            company_id_in: CompanyIdIn::Query,
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
            announced_as: Some("Standard Cost Code Lists"),
            path: "/rest/v1.0/standard_cost_code_lists",
            company_id_in: CompanyIdIn::Query,
            lookup: true,
            successor: Some(Successor {
                segment: "cost_code",
                path: "/rest/v1.0/companies/{company_id}/work_breakdown_structure/segments/{segment_id}/lists",
                param: None,
            }),
            ..LIST
        },
    ],
    options: &[],
    sync_order: 50,
};
