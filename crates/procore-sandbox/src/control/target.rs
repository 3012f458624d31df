//! Which app in which company a command means.

use serde::Deserialize;

use super::error::CommandError;
use crate::permissions::Access;
use crate::rates::Key;
use crate::world::{Client, Company, State};

/// Without a company or an app, the first is meant.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct Target {
    pub company_id: Option<i64>,
    pub client_id: Option<String>,
}

impl Target {
    /// The named company, else the first.
    pub(super) fn company_id(&self, state: &State) -> Result<i64, CommandError> {
        let companies = state.companies.iter();
        let first = companies.min_by_key(|(_, company)| company.records.ordinal);
        let id = self.company_id.or(first.map(|(id, _)| *id));
        id.ok_or_else(|| "there is no company".into())
    }

    /// The company with the named app, else with the one that was installed there first.
    pub(super) fn resolve(&self, state: &State) -> Result<(i64, String), CommandError> {
        let id = self.company_id(state)?;
        if let Some(client_id) = &self.client_id {
            return Ok((id, client_id.clone()));
        }
        let company = state.companies.get(&id).ok_or("there is no such company")?;
        let apps = company.access.iter();
        let first = apps.min_by_key(|(_, access)| access.user_id);
        let (client_id, _) = first.ok_or("no app was ever installed there")?;
        Ok((id, client_id.clone()))
    }

    /// The app and company together, where either is named.
    pub(super) fn key(&self, state: &State) -> Result<Option<Key>, CommandError> {
        if self.company_id.is_none() && self.client_id.is_none() {
            return Ok(None);
        }
        let (company_id, client_id) = self.resolve(state)?;
        Ok(Some(Key {
            client_id,
            company_id: Some(company_id),
        }))
    }

    pub(super) fn company<'s>(
        &self,
        state: &'s mut State,
    ) -> Result<(i64, &'s mut Company), CommandError> {
        let id = self.company_id(state)?;
        let company = state
            .companies
            .get_mut(&id)
            .ok_or("there is no such company")?;
        Ok((id, company))
    }

    pub(super) fn access<'s>(&self, state: &'s mut State) -> Result<&'s mut Access, CommandError> {
        let (_, client_id) = self.resolve(state)?;
        let (_, company) = self.company(state)?;
        let access = company.access.get_mut(&client_id);
        access.ok_or_else(|| "the app was never installed there".into())
    }

    pub(super) fn client<'s>(&self, state: &'s mut State) -> Result<&'s mut Client, CommandError> {
        let (_, id) = self.resolve(state)?;
        let client = state.clients.get_mut(&id);
        client.ok_or_else(|| format!("there is no app {id}").into())
    }
}
