//! What tests and people look at: violations, requests, deliveries, the whole state.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::error::CommandError;
use super::target::Target;
use crate::clock::iso;
use crate::data::{Dataset, Filter, Place};
use crate::ledger::{RequestCount, Violation};
use crate::permissions::Permitted;
use crate::shared::Shared;
use crate::webhooks::Hook;
use crate::world::{Company, World};

type SharedState = State<Arc<Shared>>;

/// What an onboarding leaves behind in Procore.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SandboxState {
    pub now: String,
    pub hooks: Vec<HookState>,
    pub companies: Vec<CompanyState>,
    /// Apps: where each is installed and what it may do there.
    pub clients: Value,
    pub requests: Vec<RequestCount>,
    /// Tokens of people that were not taken back.
    pub persons_tokens: Vec<PersonsToken>,
    /// How many requests were answered side by side at the most.
    pub most_at_once: usize,
    pub violations: usize,
}

/// What the token endpoint gave for somebody who signed in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PersonsToken {
    pub access: String,
    pub refresh: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HookState {
    pub id: String,
    pub client_id: String,
    pub company_id: i64,
    pub project_id: Option<i64>,
    pub status: String,
    pub payload_version: String,
    pub namespace: String,
    pub destination_url: String,
    /// In full, unlike what the API shows.
    pub authorization: Option<String>,
    /// `(resource_name, event_type)`, sorted.
    pub triggers: Vec<(String, String)>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CompanyState {
    pub id: i64,
    pub name: String,
    /// How many records of each company data set there are, inactive ones included.
    pub records: BTreeMap<String, usize>,
}

/// One project as it stands in Procore.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProjectState {
    pub id: i64,
    pub name: String,
    pub active: bool,
    /// Whether the app is a member of it.
    pub visible: bool,
    pub hooks: Vec<HookState>,
    /// By data set: the ids of what is there, users and vendors included.
    pub records: BTreeMap<String, Vec<i64>>,
}

/// `[{at, method, path, why}]`: every request that broke Procore's rules.
pub(crate) async fn violations(State(shared): SharedState) -> Json<Vec<Violation>> {
    Json(shared.with_world(|world| world.ledger.violations.clone()))
}

/// How often each path was asked, and the latest requests.
pub(crate) async fn requests(State(shared): SharedState) -> Json<Value> {
    let shown =
        |world: &mut World| json!({ "counts": world.ledger.counts(), "latest": world.ledger.log });
    Json(shared.with_world(shown))
}

/// Every delivery that is remembered, oldest first.
pub(crate) async fn deliveries(State(shared): SharedState) -> Json<Value> {
    Json(shared.with_world(|world| json!(world.state.outbox.all())))
}

/// Answers once everything that can be delivered now has been tried, with every delivery.
pub(crate) async fn settled(State(shared): SharedState) -> Json<Value> {
    loop {
        let ended = shared.delivered.notified();
        tokio::pin!(ended);
        // From here on no end is missed, also not one before the wait below.
        ended.as_mut().enable();
        let deliveries = shared.with_world(
            |World {
                 queue,
                 state,
                 clock,
                 ..
             }| {
                let settled = queue.is_settled(&state.hooks, &state.outbox, clock.now());
                settled.then(|| json!(state.outbox.all()))
            },
        );
        match deliveries {
            Some(deliveries) => return Json(deliveries),
            None => ended.await,
        }
    }
}

/// All that an onboarding leaves behind: hooks with their triggers, apps, companies, requests.
pub(crate) async fn state(State(shared): SharedState) -> Json<SandboxState> {
    Json(shared.with_world(|world| SandboxState {
        now: iso(world.clock.now()),
        hooks: world.state.hooks.values().map(HookState::of).collect(),
        companies: world.state.companies.iter().map(CompanyState::of).collect(),
        clients: clients(world),
        requests: world.ledger.counts(),
        persons_tokens: persons_tokens(world),
        most_at_once: world.ledger.most_at_once,
        violations: world.ledger.violations.len(),
    }))
}

fn persons_tokens(world: &World) -> Vec<PersonsToken> {
    let tokens = world.state.tokens.iter();
    let theirs = tokens.filter(|(_, token)| token.person.is_some() && !token.revoked);
    let shown = theirs.map(|(access, token)| PersonsToken {
        access: access.clone(),
        refresh: token.refresh.clone().unwrap_or_default(),
    });
    shown.collect()
}

/// A project of the company that the query names, else of the first.
pub(crate) async fn project(
    State(shared): SharedState,
    Path(id): Path<i64>,
    Query(target): Query<Target>,
) -> Result<Json<ProjectState>, (StatusCode, String)> {
    let found = shared.with_world(|world| ProjectState::of(world, &target, id));
    found
        .map(Json)
        .map_err(|CommandError(why)| (StatusCode::NOT_FOUND, why))
}

impl ProjectState {
    fn of(world: &mut World, target: &Target, id: i64) -> Result<Self, CommandError> {
        let visible = target.access(&mut world.state)?.sees_project(id);
        let (_, company) = target.company(&mut world.state)?;
        let records = &company.records;
        let project = records.existing(Dataset::Projects, id);
        let project = project.ok_or("there is no such project")?;
        let ids = |dataset: Dataset| -> Option<(String, Vec<i64>)> {
            let filter = Filter {
                project_id: Some(id),
                visible: dataset.membership().map(|_| records.members(dataset, id)),
                ..Filter::default()
            };
            let of_project = dataset.place() == Place::Project || dataset.membership().is_some();
            let rows = records.rows(dataset, &filter).map(|row| row.id);
            of_project.then(|| (dataset.name().to_owned(), rows.collect()))
        };
        let (name, active) = (records.name(Dataset::Projects, &project), project.active);
        let records = Dataset::ALL.into_iter().filter_map(ids).collect();
        let hooks = world.state.hooks.values();
        let hooks = hooks.filter(|hook| hook.project_id == Some(id));
        Ok(Self {
            id,
            name,
            active,
            visible,
            hooks: hooks.map(HookState::of).collect(),
            records,
        })
    }
}

impl HookState {
    fn of(hook: &Hook) -> Self {
        let triggers = hook.triggers.iter();
        let triggers = triggers.map(|it| (it.resource_name.clone(), it.event_type.clone()));
        let mut triggers: Vec<_> = triggers.collect();
        triggers.sort_unstable();
        Self {
            id: hook.id.to_string(),
            client_id: hook.client_id.clone(),
            company_id: hook.company_id,
            project_id: hook.project_id,
            status: hook.status().to_owned(),
            payload_version: hook.payload_version.clone(),
            namespace: hook.namespace.clone(),
            destination_url: hook.destination_url.clone(),
            authorization: hook.authorization.clone(),
            triggers,
        }
    }
}

impl CompanyState {
    fn of((id, company): (&i64, &Company)) -> Self {
        let of_company = Dataset::ALL.into_iter();
        let of_company = of_company.filter(|dataset| dataset.place() == Place::Company);
        let records = of_company.map(|dataset| {
            let count = company.records.rows(dataset, &Filter::default()).count();
            (dataset.name().to_owned(), count)
        });
        Self {
            id: *id,
            name: company.name.clone(),
            records: records.collect(),
        }
    }
}

impl SandboxState {
    /// The hooks of a project, of every app.
    pub fn hooks_of(&self, project_id: i64) -> Vec<&HookState> {
        let hooks = self.hooks.iter();
        hooks
            .filter(|hook| hook.project_id == Some(project_id))
            .collect()
    }

    /// How many records of a data set the first company has, inactive ones included.
    pub fn records(&self, dataset: &str) -> usize {
        self.companies[0].records[dataset]
    }
}

fn clients(world: &World) -> Value {
    let installed = |client_id: &String| -> Value {
        let companies = world.state.companies.iter().filter_map(|(id, company)| {
            let access = company.access.get(client_id)?;
            let permitted = match &access.permitted {
                Permitted::All => json!("all"),
                Permitted::Only(ids) => json!(ids),
            };
            let levels = access.tools.iter().filter(|tool| tool.present);
            let levels = levels.map(|tool| (tool.name.clone(), json!(tool.level.name())));
            Some(json!({
                "company_id": id, "installed": access.installed, "user_id": access.user_id,
                "levels": levels.collect::<Map<_, _>>(), "permitted_projects": permitted,
            }))
        });
        companies.collect()
    };
    let clients = world.state.clients.iter().map(|(id, client)| {
        json!({
            "client_id": id, "client_secret": client.secret, "foreign": client.foreign,
            "companies": installed(id),
        })
    });
    clients.collect()
}
