//! Commands about companies, apps, their secrets and tokens.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Done, Refused, Whose};
use crate::data::Sizes;
use crate::permissions::Permitted;
use crate::world::{Client, World};

#[derive(Deserialize)]
pub struct AddCompany {
    id: i64,
    name: String,
    /// The apps to install there; the first app when left out.
    clients: Option<Vec<String>>,
    #[serde(default)]
    sizes: Sizes,
    seed: Option<u64>,
}

/// Adds a company, or renames one that is there.
pub fn company(world: &mut World, it: AddCompany) -> Done {
    let clients = match it.clients {
        Some(clients) => clients,
        None => vec![Whose::default().client_id(world)?],
    };
    if let Some(unknown) = clients
        .iter()
        .find(|id| !world.state.clients.contains_key(*id))
    {
        return Err(format!("there is no app {unknown}").into());
    }
    match world.state.companies.get_mut(&it.id) {
        Some(company) => company.name = it.name,
        None => world
            .state
            .add_company(it.id, &it.name, it.sizes, it.seed.unwrap_or(1)),
    }
    for client in &clients {
        world.state.install(client, it.id);
    }
    Ok(json!({ "id": it.id }))
}

#[derive(Deserialize)]
pub struct AddClient {
    client_id: String,
    client_secret: String,
    /// Where it is installed.
    #[serde(default)]
    companies: BTreeSet<i64>,
    /// Credentials of another environment: not accepted here.
    #[serde(default)]
    foreign: bool,
}

/// Adds an app, or changes one that is there.
pub fn client(world: &mut World, it: AddClient) -> Done {
    if let Some(unknown) = it
        .companies
        .iter()
        .find(|id| !world.state.companies.contains_key(id))
    {
        return Err(format!("there is no company {unknown}").into());
    }
    world
        .state
        .add_client(&it.client_id, &it.client_secret, &it.companies);
    client_mut(world, &it.client_id)?.foreign = it.foreign;
    Ok(json!({ "client_id": it.client_id }))
}

fn client_mut<'w>(world: &'w mut World, id: &str) -> Result<&'w mut Client, Refused> {
    world
        .state
        .clients
        .get_mut(id)
        .ok_or_else(|| format!("there is no app {id}").into())
}

#[derive(Deserialize)]
pub struct RevokeSecret {
    #[serde(flatten)]
    whose: Whose,
    /// End the tokens that were issued for it as well.
    #[serde(default)]
    revoke_tokens: bool,
}

pub fn revoke_secret(world: &mut World, it: RevokeSecret) -> Done {
    let id = it.whose.client_id(world)?;
    client_mut(world, &id)?.secret = None;
    if it.revoke_tokens {
        revoke_tokens(world, &id);
    }
    Ok(json!({}))
}

#[derive(Deserialize)]
pub struct ReplaceSecret {
    #[serde(flatten)]
    whose: Whose,
    client_secret: String,
    #[serde(default)]
    revoke_tokens: bool,
}

pub fn replace_secret(world: &mut World, it: ReplaceSecret) -> Done {
    let id = it.whose.client_id(world)?;
    client_mut(world, &id)?.secret = Some(it.client_secret);
    if it.revoke_tokens {
        revoke_tokens(world, &id);
    }
    Ok(json!({}))
}

fn revoke_tokens(world: &mut World, client_id: &str) {
    let tokens = world.state.tokens.values_mut();
    for token in tokens.filter(|token| token.client_id == client_id) {
        token.revoked = true;
    }
}

/// Ends every token at once; fetching new ones is then right.
pub fn expire_tokens(world: &mut World, _: Whose) -> Done {
    let now = world.clock.now();
    let mut ended = 0;
    for token in world
        .state
        .tokens
        .values_mut()
        .filter(|token| token.expires_at > now)
    {
        token.expires_at = now;
        ended += 1;
    }
    Ok(json!({ "ended": ended }))
}

/// The caller lost its tokens, as when its process was killed: they stay good, and fetching new
/// ones is no violation.
pub fn forget_tokens(world: &mut World, _: Whose) -> Done {
    for token in world.state.tokens.values_mut() {
        token.excused = true;
    }
    Ok(json!({}))
}

/// What a test compares of an app: where it is installed and what it may do.
pub fn shown(world: &World) -> Value {
    let apps = world.state.clients.iter().map(|(id, client)| {
        json!({
            "client_id": id, "client_secret": client.secret, "foreign": client.foreign,
            "companies": companies_of(world, id),
        })
    });
    Value::Array(apps.collect())
}

fn companies_of(world: &World, client_id: &str) -> Value {
    let installed = world.state.companies.iter().filter_map(|(id, company)| {
        let access = company.access.get(client_id)?;
        let permitted = match &access.permitted {
            Permitted::All => json!("all"),
            Permitted::Only(ids) => json!(ids),
        };
        let levels = access.tools.iter().filter(|tool| tool.present);
        let levels = levels.map(|tool| (tool.name.clone(), json!(tool.level.name())));
        Some(json!({
            "company_id": id, "installed": access.installed, "user_id": access.user_id,
            "levels": levels.collect::<serde_json::Map<_, _>>(), "permitted_projects": permitted,
        }))
    });
    Value::Array(installed.collect())
}
