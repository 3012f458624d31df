//! Every endpoint that is simulated, declared once.

use super::{Endpoint, Need, Pages, Query, Route, Scope};
use crate::data::Dataset;
use crate::oauth;
use crate::permissions::Level;
use crate::rest::{companies, lists, projects, segments, tools};
use crate::webhooks::{catalog, deliveries, hooks, triggers};

const V1: Pages = Pages::UpTo {
    default: 100,
    max: 2000,
};
const V2: Pages = Pages::UpTo {
    default: 10,
    max: 100,
};
const PROJECTS: Pages = Pages::UpTo {
    default: 100,
    max: 300,
};
const ADMIN: Need = Need::Company("admin", Level::ReadOnly);
const PORTFOLIO: Need = Need::Company("portfolio", Level::ReadOnly);
const HOOKS_READ: Need = Need::Here("webhooks_api", Level::ReadOnly);
const HOOKS_WRITE: Need = Need::Here("webhooks_api", Level::Standard);

const fn login(method: &'static str, path: &'static str, answer: Endpoint) -> Route {
    let (scope, pages, need) = (Scope::Login, Pages::None, Need::Nothing);
    Route {
        method,
        path,
        scope,
        query: &[],
        pages,
        need,
        answer,
    }
}

const fn get(path: &'static str, query: Query, need: Need, answer: Endpoint) -> Route {
    list(path, query, Pages::None, need, answer)
}

const fn list(
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
    let (scope, pages) = (Scope::Company, Pages::None);
    Route {
        method,
        path,
        scope,
        query: &[],
        pages,
        need: HOOKS_WRITE,
        answer,
    }
}

#[rustfmt::skip]
static WHO_AND_WHAT: &[Route] = &[
    login("POST", "/oauth/token", oauth::token),
    login("GET", "/oauth/token/info", oauth::token_info),
    login("POST", "/oauth/revoke", oauth::revoke),
    Route {
        scope: Scope::Principal,
        ..list("/rest/v1.0/companies", &["include_free_companies"], V1, Need::Nothing, companies::list)
    },
    get("/rest/v1.0/me", &["company_id", "project_id"], Need::Nothing, companies::me),
    get("/rest/v1.3/companies/{company_id}/me", &[], Need::Nothing, companies::company_user),
    get("/rest/v1.0/company_base_url", &[], Need::Nothing, companies::base_url),
    get("/rest/v1.0/settings/permissions",
        &["company_id", "project_id", "filter_correspondence_types"], Need::Nothing, tools::manifest),
    list("/rest/v1.0/tools", &["project_id!"], V1, Need::Nothing, tools::list),
    list("/rest/v1.0/projects/{project_id}/tools",
        &["filters[is_active]"], V1, Need::Nothing, tools::list_of_project),
];

#[rustfmt::skip]
static RECORDS: &[Route] = &[
    list("/rest/v1.1/projects",
        &["company_id!", "filters[by_status]", "filters[updated_at]", "filters[created_at]",
            "filters[id]", "filters[id][]", "filters[name]", "view"],
        PROJECTS, PORTFOLIO, lists::projects),
    get("/rest/v1.0/projects/{project_id}", &["company_id!"], PORTFOLIO, projects::show),
    list("/rest/v1.3/companies/{company_id}/users",
        &["filters[updated_at]", "filters[created_at]", "filters[search]", "view"],
        V1, Need::Directory, lists::users),
    get("/rest/v1.3/companies/{company_id}/users/{id}", &[], Need::Directory,
        |world, call| lists::show(world, call, Dataset::Users)),
    list("/rest/v1.0/companies/{company_id}/users/inactive",
        &[], V1, Need::Directory, lists::inactive_users),
    list("/rest/v1.0/vendors",
        &["company_id!", "filters[updated_at]", "filters[created_at]", "filters[search]",
            "filters[id][]", "view"],
        V1, Need::Directory, lists::vendors),
    get("/rest/v1.0/vendors/{id}", &["company_id!", "view"], Need::Directory,
        |world, call| lists::show(world, call, Dataset::Vendors)),
    list("/rest/v1.0/companies/{company_id}/vendors/inactive",
        &["view"], V1, Need::Directory, lists::inactive_vendors),
    list("/rest/v1.0/departments", &["company_id!"], V1, ADMIN,
        |world, call| lists::lookup(world, call, Dataset::Departments)),
    list("/rest/v1.0/offices", &["company_id!", "view"], V1, ADMIN,
        |world, call| lists::lookup(world, call, Dataset::Offices)),
    list("/rest/v1.0/companies/{company_id}/programs", &[], V1, ADMIN,
        |world, call| lists::lookup(world, call, Dataset::Programs)),
    list("/rest/v1.0/companies/{company_id}/project_stages", &[], V1, ADMIN,
        |world, call| lists::lookup(world, call, Dataset::ProjectStages)),
    list("/rest/v1.0/companies/{company_id}/project_types", &[], V1, ADMIN,
        |world, call| lists::lookup(world, call, Dataset::ProjectTypes)),
    list("/rest/v1.0/companies/{company_id}/project_regions", &[], V1, ADMIN,
        |world, call| lists::lookup(world, call, Dataset::ProjectRegions)),
    list("/rest/v1.0/companies/{company_id}/project_owner_types", &[], V1, ADMIN,
        |world, call| lists::lookup(world, call, Dataset::ProjectOwnerTypes)),
    list("/rest/v1.0/companies/{company_id}/project_bid_types", &[], V1, ADMIN,
        |world, call| lists::lookup(world, call, Dataset::ProjectBidTypes)),
    list("/rest/v1.0/companies/{company_id}/trades",
        &["filters[updated_at]", "filters[active]", "filters[query]"], V1, ADMIN,
        |world, call| lists::lookup(world, call, Dataset::Trades)),
    list("/rest/v1.0/standard_cost_code_lists", &["company_id!"], V1, ADMIN,
        |world, call| lists::lookup(world, call, Dataset::CostCodeLists)),
    // The announced successor of the two lists below; Procore's OpenAPI file lacks it.
    list("/rest/v1.0/companies/{company_id}/work_breakdown_structure/segments",
        &[], V1, ADMIN, segments::list),
    list("/rest/v1.0/companies/{company_id}/work_breakdown_structure/segments/{segment_id}/lists",
        &[], V1, ADMIN, segments::lists),
    list("/rest/v1.0/companies/{company_id}/work_breakdown_structure/segments/{segment_id}/segment_items",
        &["segment_item_list_id"], V1, ADMIN, segments::items),
    list("/rest/v1.0/standard_cost_codes",
        &["company_id!", "standard_cost_code_list_id!", "view"], V1, ADMIN,
        |world, call| lists::lookup(world, call, Dataset::CostCodes)),
];

/// The webhook routes of one scope. Only the company's list insists on a namespace.
macro_rules! webhooks {
    ($scope:literal, $namespace:literal) => {
        &[
            list(
                concat!($scope, "/webhooks/hooks"),
                &[$namespace, "payload_version", "include_trigger_count"],
                V2,
                HOOKS_READ,
                hooks::list,
            ),
            write("POST", concat!($scope, "/webhooks/hooks"), hooks::create),
            get(
                concat!($scope, "/webhooks/hooks/{id}"),
                &[],
                HOOKS_READ,
                hooks::show,
            ),
            write(
                "PATCH",
                concat!($scope, "/webhooks/hooks/{id}"),
                hooks::update,
            ),
            write(
                "DELETE",
                concat!($scope, "/webhooks/hooks/{id}"),
                hooks::delete,
            ),
            list(
                concat!($scope, "/webhooks/hooks/{hook_id}/triggers"),
                &[],
                V2,
                HOOKS_READ,
                triggers::list,
            ),
            write(
                "POST",
                concat!($scope, "/webhooks/hooks/{hook_id}/triggers"),
                triggers::create,
            ),
            write(
                "POST",
                concat!($scope, "/webhooks/hooks/{hook_id}/triggers/bulk"),
                triggers::create_bulk,
            ),
            write(
                "DELETE",
                concat!($scope, "/webhooks/hooks/{hook_id}/triggers/bulk"),
                triggers::delete_bulk,
            ),
            write(
                "DELETE",
                concat!($scope, "/webhooks/hooks/{hook_id}/triggers/{id}"),
                triggers::delete,
            ),
            list(
                concat!($scope, "/webhooks/hooks/{hook_id}/deliveries"),
                &[
                    "filter[status]",
                    "filter[resource_name]",
                    "filter[event_type]",
                    "filter[start]",
                    "filter[end]",
                ],
                V2,
                HOOKS_READ,
                deliveries::list,
            ),
            list(
                concat!($scope, "/webhooks/resources"),
                &["payload_version!", "payload_format"],
                V2,
                HOOKS_READ,
                catalog::list,
            ),
        ]
    };
}

static COMPANY_WEBHOOKS: &[Route] = webhooks!("/rest/v2.0/companies/{company_id}", "namespace!");
static PROJECT_WEBHOOKS: &[Route] = webhooks!(
    "/rest/v2.0/companies/{company_id}/projects/{project_id}",
    "namespace"
);

/// Every route, company before project.
pub fn routes() -> impl Iterator<Item = &'static Route> {
    [WHO_AND_WHAT, RECORDS, COMPANY_WEBHOOKS, PROJECT_WEBHOOKS]
        .into_iter()
        .flatten()
}
