//! Every command of the control API.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::error::{CommandError, CommandResult};
use super::hooks;
use super::projects::{self, Ids};
use super::records::{self, RecordChange};
use super::target::Target;
use crate::clock::iso;
use crate::data::Sizes;
use crate::faults::{ChangeDeliveries, Down, Fail, FailTriggers, Faults, Repeated, Slow};
use crate::permissions::Level;
use crate::rates::{Limits, Rates};
use crate::rest::companies::app_version_key;
use crate::webhooks::events::{self, Event};
use crate::webhooks::{DeliveryStatus, Hook};
use crate::world::{ProjectHookStatus, State, World};

/// A command by its address below `/__control`, with its own fields; [`Target`] is read beside it.
#[rustfmt::skip]
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Command {
    Level { project_id: Option<i64>, tool: String, level: Level },
    Tool {
        project_id: Option<i64>, tool: String,
        present: Option<bool>, name: Option<String>, friendly_name: Option<String>,
    },
    Spelling { read_only: String },
    ReducedViews { on: bool },
    Projects { all: Option<bool>, permit: Option<Ids>, withdraw: Option<Ids> },
    #[serde(rename = "projects/clone")]
    CloneProject { project_id: i64, name: Option<String> },
    /// The app's user in projects that are made from now on.
    NewProjects { template: Option<i64>, join: bool },
    /// What calls into inactive projects answer; without a status, as into any other.
    ClosedProjects { status: Option<u16> },
    /// Refuses a path, with `{…}` for the parts that vary, until no status is given.
    Refuse { path: String, status: Option<u16> },
    ProjectHookStatus { how: ProjectHookStatus },
    ContractIds { differ: bool },
    Uninstall { status: Option<u16> },
    /// Offers a newer version of the app, or accepts the one that waits, as an administrator does.
    AppUpdate { accepted: bool, #[serde(default)] clears_projects: bool },
    /// Promotes a version of an app, with these levels on company tools: an update for every company that
    /// has it.
    Promote { #[serde(default)] levels: BTreeMap<String, Level> },
    /// Adds a person to a company, or changes what they may do there.
    Person {
        name: String, login: String, #[serde(default)] admin: bool, projects: Option<Ids>,
    },
    PeopleSeeAllCompanies { on: bool },
    IgnorePkce { on: bool },
    /// Permits all projects again, or none, as after a real installation.
    Reinstall { #[serde(default)] all_projects: bool },
    /// Where no `clients` are named, the first app is installed there.
    Company {
        id: i64, name: String, clients: Option<Vec<String>>,
        #[serde(default)] sizes: Sizes, #[serde(default = "first_seed")] seed: u64,
    },
    Client {
        client_id: String, client_secret: String,
        #[serde(default)] companies: BTreeSet<i64>, #[serde(default)] foreign: bool,
        /// Where people may be sent back to after they signed in.
        #[serde(default)] redirects: BTreeSet<String>,
    },
    #[serde(rename = "secret/revoke")]
    RevokeSecret { #[serde(default)] revoke_tokens: bool },
    #[serde(rename = "secret/replace")]
    ReplaceSecret { client_secret: String, #[serde(default)] revoke_tokens: bool },
    #[serde(rename = "tokens/expire")]
    ExpireTokens {},
    #[serde(rename = "tokens/forget")]
    ForgetTokens {},
    Clock { advance_seconds: Option<i64>, set: Option<DateTime<Utc>> },
    Throttle(Limits),
    Slow(Slow),
    Fail(Box<Fail>),
    #[serde(rename = "triggers/fail")]
    FailTriggers(Repeated<FailTriggers>),
    #[serde(rename = "hooks/create")]
    CreateHook {
        namespace: String, destination_url: String,
        project_id: Option<i64>, #[serde(default)] triggers: Vec<(String, String)>,
    },
    /// The payload version of every hook, as if it had been made with it.
    #[serde(rename = "hooks/version")]
    HookVersion { version: String },
    #[serde(rename = "hooks/change")]
    ChangeHook { project_id: Option<i64>, active: Option<bool>, #[serde(default)] deleted: bool },
    #[serde(rename = "triggers/delete")]
    DeleteTrigger { project_id: Option<i64> },
    Down { how: Option<Down> },
    Up {},
    CompaniesNeedHeader { on: bool },
    Catalog { resource: String, present: Option<bool>, actions: Option<Vec<String>> },
    Records(Box<RecordChange>),
    Events {
        project_id: Option<i64>, resource_name: String, event_type: String, resource_id: i64,
        times: Option<u32>,
    },
    #[serde(rename = "deliveries/change")]
    ChangeDeliveries(Box<Repeated<ChangeDeliveries>>),
    #[serde(rename = "deliveries/hold")]
    HoldDeliveries {},
    #[serde(rename = "deliveries/release")]
    ReleaseDeliveries { #[serde(default)] reverse: bool },
    /// What waits is sent in this order, several times where it is named so, and the rest never.
    #[serde(rename = "deliveries/arrange")]
    ArrangeDeliveries { ids: Vec<i64> },
    #[serde(rename = "deliveries/duplicate")]
    DuplicateDelivery {},
    #[serde(rename = "violations/reset")]
    ResetViolations {},
    #[serde(rename = "requests/reset")]
    ResetRequests {},
}

fn first_seed() -> u64 {
    1
}

/// Carries a command out.
pub(super) fn run(world: &mut World, command: &str, fields: Value) -> CommandResult {
    let fields = if fields.is_null() { json!({}) } else { fields };
    let target: Target = serde_json::from_value(fields.clone())?;
    let named = Map::from_iter([(command.to_owned(), fields)]);
    let (now, state) = (world.clock.now(), &mut world.state);
    match serde_json::from_value(Value::Object(named))? {
        Command::Level {
            project_id,
            tool,
            level,
        } => {
            let tool = target.access(state)?.tool_mut(project_id, &tool);
            let tool = tool.ok_or("there is no such tool")?;
            tool.level = level;
            return Ok(json!({ "tool": tool.name, "level": level.name() }));
        }
        Command::Tool {
            project_id,
            tool,
            present,
            name,
            friendly_name,
        } => {
            let tool = target.access(state)?.tool_mut(project_id, &tool);
            let tool = tool.ok_or("there is no such tool")?;
            tool.present = present.unwrap_or(tool.present);
            tool.shown_name = name.or(tool.shown_name.take());
            tool.friendly_name = friendly_name.unwrap_or_else(|| tool.friendly_name.clone());
            let (name, label) = (&tool.name, &tool.friendly_name);
            return Ok(json!({ "tool": name, "present": tool.present, "friendly_name": label }));
        }
        Command::Spelling { read_only } => {
            if Level::try_from(read_only.clone()) != Ok(Level::ReadOnly) {
                return Err("that does not say Read Only".into());
            }
            target.access(state)?.read_only_spelling = read_only;
        }
        Command::ReducedViews { on } => target.access(state)?.reduced_views = on,
        Command::Projects {
            all,
            permit,
            withdraw,
        } => {
            return projects::permit(state, &target, all, permit, withdraw);
        }
        Command::CloneProject { project_id, name } => {
            return projects::clone(world, &target, project_id, name);
        }
        Command::NewProjects { template, join } => {
            let access = target.access(state)?;
            (access.default_template, access.joins_new_projects) = (template, join);
        }
        Command::ClosedProjects { status } => world.closed_projects = status,
        Command::Refuse { path, status } => {
            match status {
                Some(status) => world.refused.insert(path, status),
                None => world.refused.remove(&path),
            };
        }
        Command::ProjectHookStatus { how } => world.project_hook_status = how,
        Command::ContractIds { differ } => world.other_contract_ids = differ,
        Command::Uninstall { status } => {
            let access = target.access(state)?;
            access.uninstalled_status = status.unwrap_or(403);
            if !matches!(access.uninstalled_status, 401 | 403) {
                return Err("status must be 403 or 401".into());
            }
            access.installed = false;
        }
        Command::AppUpdate {
            accepted,
            clears_projects,
        } => {
            target.access(state)?.update_waits |= !accepted;
            if accepted {
                let (company_id, client_id) = target.resolve(state)?;
                state.accept_update(&client_id, company_id, clears_projects);
            }
        }
        Command::Promote { levels } => {
            let client = target.client(state)?;
            client.version += 1;
            client.levels = levels;
            let (version, (_, client_id)) = (client.version, target.resolve(state)?);
            let everywhere = state.companies.values_mut();
            let installed = everywhere.filter_map(|it| it.access.get_mut(&client_id));
            installed.for_each(|access| access.update_waits = access.installed);
            return Ok(json!({ "key": app_version_key(&client_id, version) }));
        }
        Command::Person {
            name,
            login,
            admin,
            projects,
        } => {
            let company_id = target.company_id(state)?;
            let directory = match admin {
                true => Level::Admin,
                false => Level::ReadOnly,
            };
            let projects = projects.map(|ids| match ids {
                Ids::One(id) => BTreeSet::from([id]),
                Ids::Many(ids) => ids,
            });
            let id = state.add_person(&name, &login);
            state.join(id, company_id, directory, projects);
            return Ok(json!({ "id": id }));
        }
        Command::PeopleSeeAllCompanies { on } => world.people_see_all_companies = on,
        Command::IgnorePkce { on } => world.ignores_pkce = on,
        Command::Reinstall { all_projects } => {
            let (company_id, client_id) = target.resolve(state)?;
            let installed = state.install_anew(&client_id, company_id, all_projects);
            installed.ok_or("there is no such app or company")?;
        }
        Command::Company {
            id,
            name,
            clients,
            sizes,
            seed,
        } => {
            let clients = match clients {
                Some(clients) => clients,
                None => vec![Target::default().resolve(state)?.1],
            };
            if let Some(unknown) = clients.iter().find(|id| !state.clients.contains_key(*id)) {
                return Err(format!("there is no app {unknown}").into());
            }
            match state.companies.get_mut(&id) {
                Some(company) => company.name = name,
                None => state.add_company(id, name, sizes, seed),
            }
            clients.iter().for_each(|client| state.install(client, id));
            return Ok(json!({ "id": id }));
        }
        Command::Client {
            client_id,
            client_secret,
            companies,
            foreign,
            redirects,
        } => {
            if let Some(unknown) = companies
                .iter()
                .find(|id| !state.companies.contains_key(id))
            {
                return Err(format!("there is no company {unknown}").into());
            }
            state.add_client(&client_id, &client_secret, foreign);
            if let Some(client) = state.clients.get_mut(&client_id) {
                client.redirects.extend(redirects);
            }
            companies
                .iter()
                .for_each(|company| state.install(&client_id, *company));
            return Ok(json!({ "client_id": client_id }));
        }
        Command::RevokeSecret { revoke_tokens } => {
            set_secret(state, &target, None, revoke_tokens)?;
        }
        Command::ReplaceSecret {
            client_secret,
            revoke_tokens,
        } => {
            set_secret(state, &target, Some(client_secret), revoke_tokens)?;
        }
        Command::ExpireTokens {} => {
            let good = state.tokens.values_mut().filter(|it| it.expires_at > now);
            let ended = good.map(|token| token.expires_at = now).count();
            return Ok(json!({ "ended": ended }));
        }
        Command::ForgetTokens {} => {
            state
                .tokens
                .values_mut()
                .for_each(|token| token.excused = true);
        }
        Command::Clock {
            advance_seconds,
            set,
        } => {
            if let Some(now) = set {
                world.clock.set(now);
            }
            let by = TimeDelta::try_seconds(advance_seconds.unwrap_or(0));
            world.clock.advance(by.ok_or("that is too far")?);
            return Ok(json!({ "now": iso(world.clock.now()) }));
        }
        Command::Throttle(limits) => match target.key(state)? {
            Some(key) => world.rates.limit(key, limits),
            None => world.rates = Rates::new(limits),
        },
        Command::Slow(slow) => world.faults.slow = Some(slow).filter(|slow| slow.ms > 0),
        Command::Fail(fail) if fail.times == 0 => return Err("times must be at least 1".into()),
        Command::Fail(fail) => {
            world.faults.scripted.push(*fail);
            return Ok(json!({ "scripted": world.faults.scripted.len() }));
        }
        Command::FailTriggers(fail) => world.faults.triggers = Some(fail),
        Command::CreateHook {
            namespace,
            destination_url,
            project_id,
            triggers,
        } => {
            let scope = target.resolve(state)?;
            let hook = Hook::made(scope, project_id, namespace, destination_url, now);
            return hooks::create(state, hook, triggers);
        }
        Command::HookVersion { version } => {
            for hook in state.hooks.values_mut() {
                hook.payload_version = version.clone();
            }
        }
        Command::ChangeHook {
            project_id,
            active,
            deleted,
        } => return hooks::change(state, project_id, active, deleted),
        Command::DeleteTrigger { project_id } => return hooks::delete_trigger(state, project_id),
        Command::Down { how } => world.faults.down = Some(how.unwrap_or(Down::Html)),
        // What was begun late is still carried out.
        Command::Up {} => {
            let late = std::mem::take(&mut world.faults.late);
            world.faults = Faults {
                late,
                ..Faults::default()
            };
            world.rates.forget_waits();
        }
        Command::CompaniesNeedHeader { on } => world.companies_need_header = on,
        Command::Catalog {
            resource,
            present,
            actions,
        } => {
            let changes = &mut state.catalog_changes;
            match (present, actions) {
                (Some(false), _) => changes.insert(resource, None),
                (_, Some(actions)) => changes.insert(resource, Some(actions)),
                (_, None) => changes.remove(&resource),
            };
        }
        Command::Records(change) => return change.run(world, &target),
        Command::Events {
            project_id,
            resource_name,
            event_type,
            resource_id,
            times,
        } => {
            let company_id = target.company_id(state)?;
            let user_id = records::PERSON;
            #[rustfmt::skip]
            let event = Event { company_id, project_id, resource_name, event_type, resource_id, user_id };
            let told = (0..times.unwrap_or(1)).map(|_| events::emit(world, &event));
            return Ok(json!({ "deliveries": told.sum::<usize>() }));
        }
        Command::ChangeDeliveries(change) => world.faults.deliveries = Some(*change),
        Command::HoldDeliveries {} => world.queue.held = true,
        Command::ReleaseDeliveries { reverse } => {
            (world.queue.held, world.queue.reversed) = (false, reverse);
        }
        Command::ArrangeDeliveries { ids } => {
            let fresh = ids.iter().map(|_| state.next_id()).collect();
            state.outbox.arrange(&ids, fresh);
        }
        Command::DuplicateDelivery {} => {
            let last = state.outbox.last_delivered().cloned();
            let mut copy = last.ok_or("nothing was delivered yet")?;
            (copy.id, copy.created_at) = (state.next_id(), now);
            copy.status = DeliveryStatus::Enqueued;
            copy.attempts.clear();
            state.outbox.push(copy);
        }
        Command::ResetViolations {} => world.ledger.violations.clear(),
        Command::ResetRequests {} => world.ledger.reset_counts(),
    }
    Ok(json!({}))
}

fn set_secret(
    state: &mut State,
    target: &Target,
    secret: Option<String>,
    revoke_tokens: bool,
) -> Result<(), CommandError> {
    target.client(state)?.secret = secret;
    let (_, client_id) = target.resolve(state)?;
    for token in state.tokens.values_mut() {
        token.revoked |= revoke_tokens && token.client_id == client_id;
    }
    Ok(())
}
