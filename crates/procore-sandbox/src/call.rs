//! One request as its endpoint sees it.

use std::str::FromStr;

use axum::body::Bytes;
use http::{HeaderMap, Method};
use serde_json::Value;

use crate::answer::{NotFound, Refusal};
use crate::permissions::Access;
use crate::world::{Company, State};

/// A request as it arrived.
#[derive(Debug, Clone)]
pub struct Request {
    pub method: Method,
    pub path: String,
    pub query: Vec<(String, String)>,
    /// Path and query as they were sent.
    pub target: String,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Request {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub fn bearer(&self) -> Option<&str> {
        let (scheme, token) = self.header("authorization")?.split_once(' ')?;
        scheme
            .eq_ignore_ascii_case("bearer")
            .then_some(token.trim())
    }

    pub fn content_type(&self) -> Option<&str> {
        Some(self.header("content-type")?.split(';').next()?.trim())
    }

    pub fn query(&self, name: &str) -> Option<&str> {
        let found = self.query.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }

    pub fn query_as<T: FromStr>(&self, name: &str) -> Option<T> {
        self.query(name)?.parse().ok()
    }

    /// The values of an array parameter: `name[]=1&name[]=2`, or one `name=1,2`.
    pub fn query_list(&self, name: &str) -> Vec<&str> {
        let array = format!("{name}[]");
        let given = self
            .query
            .iter()
            .filter(|(key, _)| *key == array || key == name);
        given.flat_map(|(_, value)| value.split(',')).collect()
    }
}

/// A request that the gate let through: its caller is known and may ask this.
pub struct Call<'a> {
    pub request: &'a Request,
    /// Values of the `{…}` parts of the path, in order.
    pub path_values: Vec<(&'static str, String)>,
    pub client_id: String,
    /// The company that the call is made into; 0 where the endpoint needs none.
    pub company_id: i64,
    /// The project of a project-scoped call.
    pub project_id: Option<i64>,
    /// Page number, from 1, and page size of a list.
    pub page: (usize, usize),
}

impl Call<'_> {
    pub fn path_value(&self, name: &str) -> Option<&str> {
        let value = self.path_values.iter().find(|(key, _)| *key == name);
        value.map(|(_, value)| value.as_str())
    }

    pub fn path_id(&self, name: &str) -> Result<i64, NotFound> {
        self.path_value(name)
            .and_then(|text| text.parse().ok())
            .ok_or(NotFound)
    }

    /// The JSON body; the refusal where there is none.
    pub fn json(&self) -> Result<Value, Refusal> {
        if self.request.content_type() != Some("application/json") {
            return Err(Refusal::bad("the body must be application/json"));
        }
        let body = serde_json::from_slice(&self.request.body);
        body.map_err(|_| Refusal::bad("the body is not JSON"))
    }

    pub fn company<'w>(&self, state: &'w State) -> Result<&'w Company, NotFound> {
        state.companies.get(&self.company_id).ok_or(NotFound)
    }

    pub fn access<'w>(&self, state: &'w State) -> Result<&'w Access, NotFound> {
        state
            .access(&self.client_id, self.company_id)
            .ok_or(NotFound)
    }
}
