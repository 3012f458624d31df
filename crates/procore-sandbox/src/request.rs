//! One request as it arrived.

use std::str::FromStr;

use axum::body::Bytes;
use http::{HeaderMap, Method};

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
