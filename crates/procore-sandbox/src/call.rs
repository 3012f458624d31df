//! One request as its endpoint sees it.

use serde::de::DeserializeOwned;

use crate::answer::{NotFound, Refusal};
use crate::permissions::Access;
use crate::request::Request;
use crate::world::{Company, State};

/// A request that the gate let through: its caller is known and may ask this.
pub(crate) struct Call<'a> {
    pub request: &'a Request,
    /// Values of the `{…}` parts of the path, in order.
    pub path_values: Vec<(&'static str, String)>,
    pub client_id: String,
    /// The person who signed in, where the token is a person's.
    pub person: Option<i64>,
    /// The company that the call is made into; 0 where the endpoint needs none.
    pub company_id: i64,
    /// The project of a project-scoped call.
    pub project_id: Option<i64>,
    /// Page number, from 1, and page size of a list.
    pub page: (usize, usize),
}

impl Call<'_> {
    pub(crate) fn path_value(&self, name: &str) -> Option<&str> {
        let value = self.path_values.iter().find(|(key, _)| *key == name);
        value.map(|(_, value)| value.as_str())
    }

    pub(crate) fn path_id(&self, name: &str) -> Result<i64, NotFound> {
        self.path_value(name)
            .and_then(|text| text.parse().ok())
            .ok_or(NotFound)
    }

    /// The JSON body as the endpoint takes it.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, Refusal> {
        if self.request.content_type() != Some("application/json") {
            return Err(Refusal::bad("the body must be application/json"));
        }
        let body = serde_json::from_slice(&self.request.body);
        body.map_err(|error| Refusal::bad(format!("wrong body: {error}")))
    }

    pub(crate) fn company<'w>(&self, state: &'w State) -> Result<&'w Company, NotFound> {
        state.companies.get(&self.company_id).ok_or(NotFound)
    }

    pub(crate) fn access<'w>(&self, state: &'w State) -> Result<&'w Access, NotFound> {
        state
            .access_of(&self.client_id, self.person, self.company_id)
            .ok_or(NotFound)
    }
}
