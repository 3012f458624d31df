//! Every endpoint that is simulated, declared once, and finding the one that a request means.

use crate::app_management;
use crate::data::Dataset::*;
use crate::data::Status::{Active, Any, Inactive};
use crate::oauth;
use crate::permissions::Level;
use crate::rest::{assignments, companies, contracts, lists, meetings, segments, tools};
use crate::route::{Endpoint, Need, Query, Route, Scope};
use crate::sign_in;
use crate::webhooks::{catalog, deliveries, hooks, triggers};

type Pages = Option<(usize, usize)>;

const ONE: Pages = None;
const V1: Pages = Some((100, 2000));
const V2: Pages = Some((10, 100));
const BY_300: Pages = Some((100, 300));
const ADMIN: Need = Need::Company("admin", Level::ReadOnly);
const PORTFOLIO: Need = Need::Company("portfolio", Level::ReadOnly);
const HOOKS_READ: Need = Need::Here("webhooks_api", Level::ReadOnly);
const HOOKS_WRITE: Need = Need::Here("webhooks_api", Level::Standard);

const fn login(method: &'static str, path: &'static str, answer: Endpoint) -> Route {
    let (scope, need) = (Scope::Login, Need::Nothing);
    Route {
        method,
        path,
        scope,
        query: &[],
        pages: None,
        need,
        answer,
    }
}

const SIGN_IN: Query = &[
    "response_type!",
    "client_id!",
    "redirect_uri!",
    "state",
    "code_challenge",
    "code_challenge_method",
];

const fn page(method: &'static str, path: &'static str, query: Query, answer: Endpoint) -> Route {
    Route {
        scope: Scope::Page,
        query,
        ..login(method, path, answer)
    }
}

const fn get(
    path: &'static str,
    query: Query,
    pages: Pages,
    need: Need,
    answer: Endpoint,
) -> Route {
    Route {
        method: "GET",
        path,
        scope: Scope::Company,
        query,
        pages,
        need,
        answer,
    }
}

const fn write(method: &'static str, path: &'static str, answer: Endpoint) -> Route {
    let (scope, need) = (Scope::Company, HOOKS_WRITE);
    Route {
        method,
        path,
        scope,
        query: &[],
        pages: None,
        need,
        answer,
    }
}

/// One record.
macro_rules! record {
    ($path:expr, $query:expr, $need:expr, $dataset:expr) => {
        get($path, $query, ONE, $need, |world, call| {
            lists::show(world, call, $dataset)
        })
    };
}

/// A list of records.
macro_rules! records {
    ($path:expr, $query:expr, $pages:expr, $need:expr, $dataset:expr, $status:expr) => {
        get($path, $query, $pages, $need, |world, call| {
            lists::list(world, call, $dataset, $status)
        })
    };
}

#[rustfmt::skip]
static WHO_AND_WHAT: &[Route] = &[
    login("POST", "/oauth/token", oauth::token),
    login("GET", "/oauth/token/info", oauth::token_info),
    login("POST", "/oauth/revoke", oauth::revoke),
    page("GET", "/oauth/authorize", SIGN_IN, sign_in::consent),
    page("POST", "/oauth/authorize", &[], sign_in::decide),
    page("GET", "/{company_id}/company/apps", &[], app_management::show),
    page("POST", "/{company_id}/company/apps", &[], app_management::act),
    Route {
        scope: Scope::Principal,
        ..get("/rest/v1.0/companies", &["include_free_companies"], V1, Need::Nothing, companies::list)
    },
    Route {
        scope: Scope::Person,
        ..get("/rest/v1.0/me", &["company_id", "project_id"], ONE, Need::Nothing, companies::me)
    },
    get("/rest/v1.3/companies/{company_id}/me", &[], ONE, Need::Nothing, companies::company_user),
    get("/rest/v1.0/app_installations", &["company_id"], V1, Need::Nothing, companies::installations),
    get("/rest/v1.0/company_base_url", &[], ONE, Need::Nothing, companies::base_url),
    get("/rest/v1.0/settings/permissions", &["company_id", "project_id", "filter_correspondence_types"],
        ONE, Need::Nothing, tools::manifest),
    get("/rest/v1.0/tools", &["project_id!"], V1, Need::Project, tools::list),
    get("/rest/v1.0/projects/{project_id}/tools", &["filters[is_active]"], V1, Need::Project,
        tools::list_of_project),
    get("/rest/v1.0/companies/{company_id}/users/{user_id}/project_assignments",
        &["filters[assignment_status]", "filters[by_status]", "filters[active]", "filters[name]",
            "filters[name][]"],
        V1, Need::Company("directory", Level::ReadOnly), assignments::list),
];

#[rustfmt::skip]
static RECORDS: &[Route] = &[
    records!("/rest/v1.1/projects",
        &["company_id!", "filters[by_status]", "filters[updated_at]", "filters[created_at]",
            "filters[id]", "filters[id][]", "filters[name]", "view"],
        BY_300, PORTFOLIO, Projects, Active),
    record!("/rest/v1.0/projects/{project_id}", &["company_id!"], PORTFOLIO, Projects),
    records!("/rest/v1.3/companies/{company_id}/users",
        &["filters[updated_at]", "filters[created_at]", "filters[search]", "view"],
        V1, Need::Directory, Users, Active),
    record!("/rest/v1.3/companies/{company_id}/users/{id}", &[], Need::Directory, Users),
    records!("/rest/v1.0/companies/{company_id}/users/inactive", &[], V1, Need::Directory, Users, Inactive),
    records!("/rest/v1.0/vendors",
        &["company_id!", "filters[updated_at]", "filters[created_at]", "filters[search]",
            "filters[id][]", "view"],
        V1, Need::Directory, Vendors, Active),
    record!("/rest/v1.0/vendors/{id}", &["company_id!", "view"], Need::Directory, Vendors),
    records!("/rest/v1.0/companies/{company_id}/vendors/inactive", &["view"], V1, Need::Directory, Vendors, Inactive),
    records!("/rest/v1.0/departments", &["company_id!"], V1, ADMIN, Departments, Any),
    record!("/rest/v1.0/departments/{id}", &["company_id!"], ADMIN, Departments),
    records!("/rest/v1.0/offices", &["company_id!", "view"], V1, ADMIN, Offices, Any),
    record!("/rest/v1.0/offices/{id}", &["company_id!", "view"], ADMIN, Offices),
    records!("/rest/v1.0/companies/{company_id}/programs", &[], V1, ADMIN, Programs, Any),
    record!("/rest/v1.0/companies/{company_id}/programs/{id}", &[], ADMIN, Programs),
    record!("/rest/v1.0/companies/{company_id}/project_stages/{id}", &[], ADMIN, ProjectStages),
    record!("/rest/v1.0/companies/{company_id}/project_types/{id}", &[], ADMIN, ProjectTypes),
    record!("/rest/v1.0/companies/{company_id}/project_regions/{id}", &[], ADMIN, ProjectRegions),
    record!("/rest/v1.0/companies/{company_id}/trades/{id}", &[], ADMIN, Trades),
    records!("/rest/v1.0/companies/{company_id}/project_stages", &[], V1, ADMIN, ProjectStages, Any),
    records!("/rest/v1.0/companies/{company_id}/project_types", &[], V1, ADMIN, ProjectTypes, Any),
    records!("/rest/v1.0/companies/{company_id}/project_regions", &[], V1, ADMIN, ProjectRegions, Any),
    records!("/rest/v1.0/companies/{company_id}/project_owner_types", &[], V1, ADMIN, ProjectOwnerTypes, Any),
    records!("/rest/v1.0/companies/{company_id}/project_bid_types", &[], V1, ADMIN, ProjectBidTypes, Any),
    records!("/rest/v1.0/companies/{company_id}/trades",
        &["filters[updated_at]", "filters[active]", "filters[query]"], V1, ADMIN, Trades, Any),
    records!("/rest/v1.0/standard_cost_code_lists", &["company_id!"], V1, ADMIN, CostCodeLists, Any),
    record!("/rest/v1.0/standard_cost_code_lists/{id}", &["company_id!"], ADMIN, CostCodeLists),
    record!("/rest/v1.0/standard_cost_codes/{id}",
        &["company_id!", "standard_cost_code_list_id!"], ADMIN, CostCodes),
    records!("/rest/v1.0/standard_cost_codes",
        &["company_id!", "standard_cost_code_list_id!", "view"], V1, ADMIN, CostCodes, Any),
    // The announced successor of the two lists above; Procore's OpenAPI file lacks it.
    get("/rest/v1.0/companies/{company_id}/work_breakdown_structure/segments",
        &[], V1, ADMIN, segments::list),
    get("/rest/v1.0/companies/{company_id}/work_breakdown_structure/segments/{segment_id}/lists",
        &[], V1, ADMIN, segments::lists),
    get("/rest/v1.0/companies/{company_id}/work_breakdown_structure/segments/{segment_id}/segment_items",
        &["segment_item_list_id"], V1, ADMIN, segments::items),
];

/// The tool of the project at Read Only.
const fn tool(name: &'static str) -> Need {
    Need::Here(name, Level::ReadOnly)
}

const UPDATED: Query = &["filters[updated_at]", "filters[id]", "filters[id][]"];
const SUBMITTALS: Query = &[
    "filters[updated_at]",
    "filters[created_at]",
    "filters[id]",
    "filters[id][]",
    "filters[current_revision]",
];

/// The lists of a project. A level on Locations is documented nowhere, so none is needed.
#[rustfmt::skip]
static PROJECT_RECORDS: &[Route] = &[
    records!("/rest/v1.0/projects/{project_id}/users",
        &["view", "filters[updated_at]", "filters[created_at]", "filters[search]", "filters[id]"],
        V1, Need::Project, Users, Active),
    records!("/rest/v1.0/projects/{project_id}/users/inactive", &[], V1, tool("directory"), Users, Inactive),
    record!("/rest/v1.0/projects/{project_id}/users/{id}", &[], tool("directory"), Users),
    records!("/rest/v1.1/projects/{project_id}/vendors", &["view", "filters[search]", "filters[id][]"],
        V1, Need::Project, Vendors, Active),
    records!("/rest/v1.0/projects/{project_id}/vendors/inactive", &["view"], V1, tool("directory"),
        Vendors, Inactive),
    record!("/rest/v1.1/projects/{project_id}/vendors/{id}", &["view"], tool("directory"), Vendors),
    records!("/rest/v1.0/projects/{project_id}/locations", UPDATED, V1, Need::Project, Locations, Any),
    record!("/rest/v1.0/projects/{project_id}/locations/{id}", &[], Need::Project, Locations),
    record!("/rest/v1.0/locations/{id}", &["project_id!"], Need::Project, Locations),
    records!("/rest/v1.0/projects/{project_id}/rfis",
        &["filters[updated_at]", "filters[created_at]", "filters[id]", "filters[id][]"],
        V1, tool("rfi"), Rfis, Any),
    get("/rest/v1.0/projects/{project_id}/rfis/recycle_bin", &["filters[updated_at]"], V1, tool("rfi"),
        |world, call| lists::recycle_bin(world, call, Rfis)),
    record!("/rest/v1.0/projects/{project_id}/rfis/{id}", &[], tool("rfi"), Rfis),
    get("/rest/v1.0/projects/{project_id}/rfis/{rfi_id}/replies", &[], V1, tool("rfi"),
        |world, call| lists::list_below(world, call, RfiReplies, ("rfi_id", Rfis))),
    get("/rest/v1.0/projects/{project_id}/rfis/{rfi_id}/replies/{id}", &[], ONE, tool("rfi"),
        |world, call| lists::show_below(world, call, RfiReplies, ("rfi_id", Rfis))),
    records!("/rest/v1.1/projects/{project_id}/submittals", SUBMITTALS, V1, tool("submittal_log"), Submittals, Any),
    get("/rest/v1.1/projects/{project_id}/submittals/recycle_bin", SUBMITTALS, V1, tool("submittal_log"),
        |world, call| lists::recycle_bin(world, call, Submittals)),
    record!("/rest/v1.1/projects/{project_id}/submittals/{id}", &[], tool("submittal_log"), Submittals),
    records!("/rest/v2.0/companies/{company_id}/projects/{project_id}/prime_contracts",
        &["view", "filters[updated_at]", "filters[created_at]", "filters[deleted_at]", "filters[id]"],
        V2, tool("prime_contract"), PrimeContracts, Any),
    record!("/rest/v2.0/companies/{company_id}/projects/{project_id}/prime_contracts/{id}", &["view"],
        tool("prime_contract"), PrimeContracts),
    records!("/rest/v2.0/companies/{company_id}/projects/{project_id}/commitment_contracts",
        &["view", "filters[updated_at]", "filters[created_at]", "filters[deleted_at]",
            "filters[include_deleted]", "filters[type]", "filters[id]"],
        V2, tool("commitments"), Commitments, Any),
    record!("/rest/v2.0/companies/{company_id}/projects/{project_id}/commitment_contracts/{id}", &["view"],
        tool("commitments"), Commitments),
    get("/rest/v1.0/work_order_contracts/{id}", &["project_id!"], ONE, tool("commitments"),
        |world, call| contracts::show(world, call, "WorkOrderContract")),
    get("/rest/v1.0/purchase_order_contracts/{id}", &["project_id!"], ONE, tool("commitments"),
        |world, call| contracts::show(world, call, "PurchaseOrderContract")),
    records!("/rest/v1.1/change_events",
        &["project_id!", "filters[updated_at]", "filters[created_at]", "filters[include_deleted]"],
        V1, tool("change_events"), ChangeEvents, Any),
    record!("/rest/v1.1/change_events/{id}", &["project_id!"], tool("change_events"), ChangeEvents),
    records!("/rest/v1.0/projects/{project_id}/drawing_revisions",
        &["drawing_id", "id", "id[]", "filters[ids]", "filters[ids][]", "filters[updated_at]",
            "filters[deleted]", "with_obsolete"],
        V1, tool("drawings"), DrawingRevisions, Any),
    record!("/rest/v1.0/projects/{project_id}/drawing_revisions/{id}", &[], tool("drawings"), DrawingRevisions),
    records!("/rest/v1.1/projects/{project_id}/drawing_areas", &["filters[id]", "filters[id][]"], V1,
        tool("drawings"), DrawingAreas, Any),
    get("/rest/v1.1/drawing_areas/{drawing_area_id}/drawings", &["project_id"], V1, tool("drawings"),
        |world, call| lists::list_below(world, call, Drawings, ("drawing_area_id", DrawingAreas))),
    get("/rest/v1.1/projects/{project_id}/meetings", &["deleted_only", "filters[id]", "filters[id][]"],
        V1, tool("meetings"), meetings::list),
    record!("/rest/v1.1/projects/{project_id}/meetings/{id}", &[], tool("meetings"), Meetings),
];

/// The webhook routes of one scope. Only the company's list insists on a namespace.
macro_rules! webhooks {
    ($scope:literal, $namespace:literal) => {{
        const HOOKS: &str = concat!($scope, "/webhooks/hooks");
        const HOOK: &str = concat!($scope, "/webhooks/hooks/{id}");
        const TRIGGERS: &str = concat!($scope, "/webhooks/hooks/{hook_id}/triggers");
        const TRIGGER: &str = concat!($scope, "/webhooks/hooks/{hook_id}/triggers/{id}");
        const BULK: &str = concat!($scope, "/webhooks/hooks/{hook_id}/triggers/bulk");
        const DELIVERIES: &str = concat!($scope, "/webhooks/hooks/{hook_id}/deliveries");
        const RESOURCES: &str = concat!($scope, "/webhooks/resources");
        const OF_HOOKS: Query = &[$namespace, "payload_version", "include_trigger_count"];
        &[
            get(HOOKS, OF_HOOKS, V2, HOOKS_READ, hooks::list),
            write("POST", HOOKS, hooks::create),
            get(HOOK, &[], ONE, HOOKS_READ, hooks::show),
            write("PATCH", HOOK, hooks::update),
            write("DELETE", HOOK, hooks::delete),
            get(TRIGGERS, &[], V2, HOOKS_READ, triggers::list),
            write("POST", TRIGGERS, triggers::create),
            write("POST", BULK, triggers::create_bulk),
            write("DELETE", BULK, triggers::delete_bulk),
            write("DELETE", TRIGGER, triggers::delete),
            get(
                DELIVERIES,
                deliveries::QUERY,
                V2,
                HOOKS_READ,
                deliveries::list,
            ),
            get(
                RESOURCES,
                &["payload_version!", "payload_format"],
                V2,
                HOOKS_READ,
                catalog::list,
            ),
        ]
    }};
}

static COMPANY_WEBHOOKS: &[Route] = webhooks!("/rest/v2.0/companies/{company_id}", "namespace!");
static PROJECT_WEBHOOKS: &[Route] = webhooks!(
    "/rest/v2.0/companies/{company_id}/projects/{project_id}",
    "namespace"
);

/// Every route, company before project.
fn routes() -> impl Iterator<Item = &'static Route> {
    let tables = [
        WHO_AND_WHAT,
        RECORDS,
        PROJECT_RECORDS,
        COMPANY_WEBHOOKS,
        PROJECT_WEBHOOKS,
    ];
    tables.into_iter().flatten()
}

/// What a path led to.
pub(crate) struct Matched {
    pub template: &'static str,
    /// The template's routes, one per method.
    pub routes: Vec<&'static Route>,
    /// Values of the `{…}` parts.
    pub values: Vec<(&'static str, String)>,
}

/// Finds what answers a path. A literal part wins over a `{…}` part.
pub(crate) fn find(path: &str) -> Option<Matched> {
    let fitting = routes().filter_map(|route| Some((route.path, values(route.path, path)?)));
    let (template, values) = fitting.min_by_key(|(_, values)| values.len())?;
    let routes = routes().filter(|route| route.path == template).collect();
    Some(Matched {
        template,
        routes,
        values,
    })
}

fn values(template: &'static str, path: &str) -> Option<Vec<(&'static str, String)>> {
    let (mut parts, mut values) = (path.split('/'), Vec::new());
    for expected in template.split('/') {
        let part = parts.next()?;
        match expected
            .strip_prefix('{')
            .and_then(|name| name.strip_suffix('}'))
        {
            Some(name) if !part.is_empty() => values.push((name, part.to_owned())),
            None if expected == part => {}
            Some(_) | None => return None,
        }
    }
    parts.next().is_none().then_some(values)
}
