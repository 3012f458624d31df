//! Which app in which company a command means.

use serde::Deserialize;

use super::refused::Refused;
use crate::permissions::Access;
use crate::rates::Key;
use crate::world::{Client, Company, State};

/// Without a company or an app, the first is meant.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Whose {
    pub company_id: Option<i64>,
    pub client_id: Option<String>,
}

impl Whose {
    /// The named company and app; else the first company, and the app that was installed there
    /// first.
    pub fn found(&self, state: &State) -> Result<(i64, String), Refused> {
        let first = state
            .companies
            .iter()
            .min_by_key(|(_, it)| it.records.ordinal);
        let id = self
            .company_id
            .or(first.map(|(id, _)| *id))
            .ok_or("there is no company")?;
        if let Some(client_id) = &self.client_id {
            return Ok((id, client_id.clone()));
        }
        let company = state.companies.get(&id).ok_or("there is no such company")?;
        let first = company
            .access
            .iter()
            .min_by_key(|(_, access)| access.user_id);
        let (client_id, _) = first.ok_or("no app was ever installed there")?;
        Ok((id, client_id.clone()))
    }

    /// The app and company together, where either is named.
    pub fn key(&self, state: &State) -> Result<Option<Key>, Refused> {
        if self.company_id.is_none() && self.client_id.is_none() {
            return Ok(None);
        }
        let (company_id, client_id) = self.found(state)?;
        Ok(Some(Key {
            client_id,
            company_id: Some(company_id),
        }))
    }

    pub fn company<'s>(&self, state: &'s mut State) -> Result<(i64, &'s mut Company), Refused> {
        let (id, _) = self.found(state)?;
        let company = state
            .companies
            .get_mut(&id)
            .ok_or("there is no such company")?;
        Ok((id, company))
    }

    pub fn access<'s>(&self, state: &'s mut State) -> Result<&'s mut Access, Refused> {
        let (_, client_id) = self.found(state)?;
        let (_, company) = self.company(state)?;
        let access = company.access.get_mut(&client_id);
        access.ok_or_else(|| "the app was never installed there".into())
    }

    pub fn client<'s>(&self, state: &'s mut State) -> Result<&'s mut Client, Refused> {
        let (_, id) = self.found(state)?;
        let client = state.clients.get_mut(&id);
        client.ok_or_else(|| format!("there is no app {id}").into())
    }
}
