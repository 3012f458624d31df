//! Endpoints: what each takes and needs, and finding the one that a request means.

mod table;

use http::Method;

use crate::answer::Answer;
use crate::call::{Call, Request};
use crate::guard::Refusal;
use crate::permissions::Level;
use crate::world::World;

type Endpoint = fn(&mut World, &Call<'_>) -> Answered;
type Query = &'static [&'static str];

/// An answer; or a violation; or, where there is nothing to refuse, "not found".
pub type Answered = Result<Answer, Option<Refusal>>;

pub struct Route {
    pub method: &'static str,
    pub path: &'static str,
    pub scope: Scope,
    /// Query parameters; those with a `!` are required.
    query: Query,
    pages: Pages,
    pub need: Need,
    pub answer: Endpoint,
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
    let fitting = table::routes().filter_map(|route| Some((route, values(route.path, path)?)));
    let (best, values) = fitting.min_by_key(|(_, values)| values.len())?;
    let routes = table::routes()
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
