//! Every endpoint that is simulated, declared once: path, parameters, page size, and what it needs.

use http::Method;

use crate::answer::Answer;
use crate::call::{Call, Request};
use crate::data::Dataset;
use crate::guard::Refusal;
use crate::oauth;
use crate::permissions::Level;
use crate::rest::{companies, lists, projects, tools};
use crate::webhooks::{catalog, deliveries, hooks, triggers};
use crate::world::World;

/// An answer; or a violation; or, where there is nothing to refuse, "not found".
pub type Answered = Result<Answer, Option<Refusal>>;

pub struct Route {
    pub method: &'static str,
    pub path: &'static str,
    pub scope: Scope,
    /// Query parameters; those with a `!` are required.
    query: &'static [&'static str],
    pages: Pages,
    pub need: Need,
    pub answer: fn(&mut World, &Call<'_>) -> Answered,
}

/// Who may call, and in which company's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// No token: the login host.
    Login,
    /// A token; the company header may be left out.
    Principal,
    /// A token and the company header.
    Company,
}

/// The permission that an endpoint needs.
#[derive(Debug, Clone, Copy)]
pub enum Need {
    Nothing,
    Company(&'static str, Level),
    /// Read Only on the company Directory, or the reduced view where that is switched on.
    Directory,
    /// On the tool of the project that the call names, else on the company's tool.
    Here(&'static str, Level),
}

/// Paging of a list.
#[derive(Debug, Clone, Copy)]
pub enum Pages {
    None,
    UpTo { default: usize, max: usize },
}

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

macro_rules! route {
    ($method:literal $path:literal, $scope:ident, $query:expr, $pages:expr, $need:expr, $answer:expr) => {
        Route {
            method: $method,
            path: $path,
            scope: Scope::$scope,
            query: &$query,
            pages: $pages,
            need: $need,
            answer: $answer,
        }
    };
}
macro_rules! list {
    ($path:literal, $query:expr, $pages:expr, $need:expr, $source:ident) => {
        route!("GET" $path, Company, $query, $pages, $need, |world, call| lists::$source(world, call))
    };
}
macro_rules! lookup {
    ($path:literal, $query:expr, $dataset:ident) => {
        route!("GET" $path, Company, $query, V1, ADMIN, |world, call| lists::lookup(world, call, Dataset::$dataset))
    };
}

#[rustfmt::skip]
pub static ROUTES: &[Route] = &[
    route!("POST" "/oauth/token", Login, [], Pages::None, Need::Nothing, oauth::token),
    route!("GET" "/oauth/token/info", Login, [], Pages::None, Need::Nothing, oauth::token_info),
    route!("POST" "/oauth/revoke", Login, [], Pages::None, Need::Nothing, oauth::revoke),

    route!("GET" "/rest/v1.0/companies", Principal, ["include_free_companies"], V1, Need::Nothing, companies::list),
    route!("GET" "/rest/v1.0/me", Company, ["company_id", "project_id"], Pages::None, Need::Nothing, companies::me),
    route!("GET" "/rest/v1.3/companies/{company_id}/me", Company, [], Pages::None, Need::Nothing, companies::company_user),
    route!("GET" "/rest/v1.0/company_base_url", Company, [], Pages::None, Need::Nothing, companies::base_url),
    route!("GET" "/rest/v1.0/settings/permissions", Company, ["company_id", "project_id", "filter_correspondence_types"], Pages::None, Need::Nothing, tools::manifest),
    route!("GET" "/rest/v1.0/tools", Company, ["project_id!"], V1, Need::Nothing, tools::list),
    route!("GET" "/rest/v1.0/projects/{project_id}/tools", Company, ["filters[is_active]"], V1, Need::Nothing, tools::list_of_project),

    list!("/rest/v1.1/projects", ["company_id!", "filters[by_status]", "filters[updated_at]", "filters[created_at]", "filters[id]", "filters[id][]", "filters[name]", "view"], PROJECTS, PORTFOLIO, projects),
    route!("GET" "/rest/v1.0/projects/{project_id}", Company, ["company_id!"], Pages::None, PORTFOLIO, projects::show),
    list!("/rest/v1.3/companies/{company_id}/users", ["filters[updated_at]", "filters[created_at]", "filters[search]", "view"], V1, Need::Directory, users),
    route!("GET" "/rest/v1.3/companies/{company_id}/users/{id}", Company, [], Pages::None, Need::Directory, |world, call| lists::show(world, call, Dataset::Users)),
    list!("/rest/v1.0/companies/{company_id}/users/inactive", [], V1, Need::Directory, inactive_users),
    list!("/rest/v1.0/vendors", ["company_id!", "filters[updated_at]", "filters[created_at]", "filters[search]", "filters[id][]", "view"], V1, Need::Directory, vendors),
    route!("GET" "/rest/v1.0/vendors/{id}", Company, ["company_id!", "view"], Pages::None, Need::Directory, |world, call| lists::show(world, call, Dataset::Vendors)),
    list!("/rest/v1.0/companies/{company_id}/vendors/inactive", ["view"], V1, Need::Directory, inactive_vendors),
    lookup!("/rest/v1.0/departments", ["company_id!"], Departments),
    lookup!("/rest/v1.0/offices", ["company_id!", "view"], Offices),
    lookup!("/rest/v1.0/companies/{company_id}/programs", [], Programs),
    lookup!("/rest/v1.0/companies/{company_id}/project_stages", [], ProjectStages),
    lookup!("/rest/v1.0/companies/{company_id}/project_types", [], ProjectTypes),
    lookup!("/rest/v1.0/companies/{company_id}/project_regions", [], ProjectRegions),
    lookup!("/rest/v1.0/companies/{company_id}/project_owner_types", [], ProjectOwnerTypes),
    lookup!("/rest/v1.0/companies/{company_id}/project_bid_types", [], ProjectBidTypes),
    lookup!("/rest/v1.0/companies/{company_id}/trades", ["filters[updated_at]", "filters[active]", "filters[query]"], Trades),
    lookup!("/rest/v1.0/standard_cost_code_lists", ["company_id!"], CostCodeLists),
    lookup!("/rest/v1.0/standard_cost_codes", ["company_id!", "standard_cost_code_list_id!", "view"], CostCodes),

    route!("GET" "/rest/v2.0/companies/{company_id}/webhooks/hooks", Company, ["namespace!", "payload_version", "include_trigger_count"], V2, HOOKS_READ, hooks::list),
    route!("POST" "/rest/v2.0/companies/{company_id}/webhooks/hooks", Company, [], Pages::None, HOOKS_WRITE, hooks::create),
    route!("GET" "/rest/v2.0/companies/{company_id}/webhooks/hooks/{id}", Company, [], Pages::None, HOOKS_READ, hooks::show),
    route!("PATCH" "/rest/v2.0/companies/{company_id}/webhooks/hooks/{id}", Company, [], Pages::None, HOOKS_WRITE, hooks::update),
    route!("DELETE" "/rest/v2.0/companies/{company_id}/webhooks/hooks/{id}", Company, [], Pages::None, HOOKS_WRITE, hooks::delete),
    route!("GET" "/rest/v2.0/companies/{company_id}/webhooks/hooks/{hook_id}/triggers", Company, [], V2, HOOKS_READ, triggers::list),
    route!("POST" "/rest/v2.0/companies/{company_id}/webhooks/hooks/{hook_id}/triggers", Company, [], Pages::None, HOOKS_WRITE, triggers::create),
    route!("POST" "/rest/v2.0/companies/{company_id}/webhooks/hooks/{hook_id}/triggers/bulk", Company, [], Pages::None, HOOKS_WRITE, triggers::create_bulk),
    route!("DELETE" "/rest/v2.0/companies/{company_id}/webhooks/hooks/{hook_id}/triggers/bulk", Company, [], Pages::None, HOOKS_WRITE, triggers::delete_bulk),
    route!("DELETE" "/rest/v2.0/companies/{company_id}/webhooks/hooks/{hook_id}/triggers/{id}", Company, [], Pages::None, HOOKS_WRITE, triggers::delete),
    route!("GET" "/rest/v2.0/companies/{company_id}/webhooks/hooks/{hook_id}/deliveries", Company, ["filter[status]", "filter[resource_name]", "filter[event_type]", "filter[start]", "filter[end]"], V2, HOOKS_READ, deliveries::list),
    route!("GET" "/rest/v2.0/companies/{company_id}/webhooks/resources", Company, ["payload_version!", "payload_format"], V2, HOOKS_READ, catalog::list),

    route!("GET" "/rest/v2.0/companies/{company_id}/projects/{project_id}/webhooks/hooks", Company, ["namespace", "payload_version", "include_trigger_count"], V2, HOOKS_READ, hooks::list),
    route!("POST" "/rest/v2.0/companies/{company_id}/projects/{project_id}/webhooks/hooks", Company, [], Pages::None, HOOKS_WRITE, hooks::create),
    route!("GET" "/rest/v2.0/companies/{company_id}/projects/{project_id}/webhooks/hooks/{id}", Company, [], Pages::None, HOOKS_READ, hooks::show),
    route!("PATCH" "/rest/v2.0/companies/{company_id}/projects/{project_id}/webhooks/hooks/{id}", Company, [], Pages::None, HOOKS_WRITE, hooks::update),
    route!("DELETE" "/rest/v2.0/companies/{company_id}/projects/{project_id}/webhooks/hooks/{id}", Company, [], Pages::None, HOOKS_WRITE, hooks::delete),
    route!("GET" "/rest/v2.0/companies/{company_id}/projects/{project_id}/webhooks/hooks/{hook_id}/triggers", Company, [], V2, HOOKS_READ, triggers::list),
    route!("POST" "/rest/v2.0/companies/{company_id}/projects/{project_id}/webhooks/hooks/{hook_id}/triggers", Company, [], Pages::None, HOOKS_WRITE, triggers::create),
    route!("POST" "/rest/v2.0/companies/{company_id}/projects/{project_id}/webhooks/hooks/{hook_id}/triggers/bulk", Company, [], Pages::None, HOOKS_WRITE, triggers::create_bulk),
    route!("DELETE" "/rest/v2.0/companies/{company_id}/projects/{project_id}/webhooks/hooks/{hook_id}/triggers/bulk", Company, [], Pages::None, HOOKS_WRITE, triggers::delete_bulk),
    route!("DELETE" "/rest/v2.0/companies/{company_id}/projects/{project_id}/webhooks/hooks/{hook_id}/triggers/{id}", Company, [], Pages::None, HOOKS_WRITE, triggers::delete),
    route!("GET" "/rest/v2.0/companies/{company_id}/projects/{project_id}/webhooks/hooks/{hook_id}/deliveries", Company, ["filter[status]", "filter[resource_name]", "filter[event_type]", "filter[start]", "filter[end]"], V2, HOOKS_READ, deliveries::list),
    route!("GET" "/rest/v2.0/companies/{company_id}/projects/{project_id}/webhooks/resources", Company, ["payload_version!", "payload_format"], V2, HOOKS_READ, catalog::list),
];

/// What a path led to.
pub struct Matched {
    pub template: &'static str,
    /// The template's routes, one per method.
    pub routes: Vec<&'static Route>,
    /// Values of the `{…}` parts.
    pub values: Vec<(&'static str, String)>,
}

/// Finds what answers a path. A literal part wins over a `{…}` part.
pub fn find(path: &str) -> Option<Matched> {
    let fitting = ROUTES
        .iter()
        .filter_map(|route| Some((route, values(route.path, path)?)));
    let (best, values) = fitting.min_by_key(|(_, values)| values.len())?;
    let routes = ROUTES
        .iter()
        .filter(|route| route.path == best.path)
        .collect();
    Some(Matched {
        template: best.path,
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
            Some(_) => return None,
            None if expected == part => {}
            None => return None,
        }
    }
    parts.next().is_none().then_some(values)
}

impl Route {
    /// Checks that every parameter is known and every required one is there; says what is wrong.
    pub fn check_query(&self, request: &Request) -> Result<(), String> {
        let known = self.query.iter().map(|name| name.trim_end_matches('!'));
        let paging: &[&str] = match self.pages {
            Pages::None => &[],
            Pages::UpTo { .. } => &["page", "per_page"],
        };
        let known: Vec<_> = known.chain(paging.iter().copied()).collect();
        for (name, _) in &request.query {
            if !known.contains(&name.as_str()) {
                return Err(format!("unknown parameter {name}"));
            }
        }
        for name in self.query.iter().filter_map(|name| name.strip_suffix('!')) {
            if request.query(name).is_none_or(str::is_empty) {
                return Err(format!("missing parameter {name}"));
            }
        }
        if let Pages::UpTo { max, .. } = self.pages {
            for name in ["page", "per_page"] {
                let Some(text) = request.query(name) else {
                    continue;
                };
                match text.parse::<usize>() {
                    Ok(0) | Err(_) => return Err(format!("{name} must be a positive number")),
                    Ok(number) if name == "per_page" && number > max => {
                        return Err(format!("per_page {number} is above the maximum of {max}"));
                    }
                    Ok(_) => {}
                }
            }
        }
        if self.method == Method::GET.as_str() && !request.body.is_empty() {
            return Err("a GET request has no body".to_owned());
        }
        Ok(())
    }

    /// The page (from 1) and page size that a checked request asks for.
    pub fn page(&self, request: &Request) -> (usize, usize) {
        let default = match self.pages {
            Pages::None => usize::MAX,
            Pages::UpTo { default, .. } => default,
        };
        let number = |name| request.query(name).and_then(|text| text.parse().ok());
        (
            number("page").unwrap_or(1),
            number("per_page").unwrap_or(default),
        )
    }
}
