//! An endpoint: what it takes and needs.

use crate::answer::Answered;
use crate::call::Call;
use crate::permissions::Level;
use crate::request::Request;
use crate::world::World;

pub(crate) type Endpoint = fn(&mut World, &Call<'_>) -> Answered;
pub(crate) type Query = &'static [&'static str];

pub(crate) struct Route {
    pub method: &'static str,
    pub path: &'static str,
    pub scope: Scope,
    /// Query parameters; those with a `!` are required.
    pub query: Query,
    /// Default and largest page size of a list.
    pub pages: Option<(usize, usize)>,
    pub need: Need,
    pub answer: Endpoint,
}

/// Who may call, and in which company's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// A page for people, who are not asked to sign in.
    Page,
    /// No token: the login host.
    Login,
    /// A token; only people's may come without the company header.
    Person,
    /// A token; the company header may be left out.
    Principal,
    /// A token and the company header.
    Company,
}

/// The permission that an endpoint needs.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Need {
    Nothing,
    Company(&'static str, Level),
    /// Read Only on the company Directory, or the reduced view where that is switched on.
    Directory,
    /// That the app sees the project, at any level.
    Project,
    /// On the tool of the project that the call names, else on the company's tool.
    Here(&'static str, Level),
}

impl Route {
    /// Checks that every parameter is known and every required one is there; says what is wrong.
    pub(crate) fn check_query(&self, request: &Request) -> Result<(), String> {
        let known = self.query.iter().map(|name| name.trim_end_matches('!'));
        let paging = self.pages.map(|_| ["page", "per_page"]);
        let known: Vec<&str> = known.chain(paging.into_iter().flatten()).collect();
        if let Some((name, _)) = request
            .query
            .iter()
            .find(|(name, _)| !known.contains(&&**name))
        {
            return Err(format!("unknown parameter {name}"));
        }
        let mut required = self.query.iter().filter_map(|name| name.strip_suffix('!'));
        if let Some(name) = required.find(|name| request.query(name).is_none_or(str::is_empty)) {
            return Err(format!("missing parameter {name}"));
        }
        for (name, max) in [("page", None), ("per_page", self.pages.map(|(_, max)| max))] {
            match (request.query(name), request.query_as::<usize>(name)) {
                (Some(_), None | Some(0)) => {
                    return Err(format!("{name} must be a positive number"));
                }
                (_, Some(number)) if max.is_some_and(|max| number > max) => {
                    return Err(format!("{name} {number} is above the maximum"));
                }
                _ => {}
            }
        }
        match self.method == "GET" && !request.body.is_empty() {
            true => Err("a GET request has no body".to_owned()),
            false => Ok(()),
        }
    }

    /// The page (from 1) and page size that a checked request asks for.
    pub(crate) fn page(&self, request: &Request) -> (usize, usize) {
        let default = self.pages.map_or(usize::MAX, |(default, _)| default);
        let page = request.query_as("page").unwrap_or(1);
        (page, request.query_as("per_page").unwrap_or(default))
    }
}
