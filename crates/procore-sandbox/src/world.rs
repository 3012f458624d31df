//! Everything the simulated Procore knows, behind one lock.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::clock::Clock;
use crate::data::{Records, Sizes};
use crate::faults::Faults;
use crate::ledger::{Ledger, Violation};
use crate::options::Options;
use crate::people::Person;
use crate::permissions::{Access, Level};
use crate::rates::{Limits, Rates};
use crate::request::Request;
use crate::schema::Schema;
use crate::sign_in::Code;
use crate::webhooks::{Hook, Outbox, Queue};

pub(crate) struct World {
    pub clock: Clock,
    pub state: State,
    pub queue: Queue,
    pub rates: Rates,
    pub faults: Faults,
    pub ledger: Ledger,
    pub schema: Option<Schema>,
    /// Address that the simulator listens on.
    pub base_url: String,
    pub token_life: u32,
    pub refuse_refetch: bool,
    /// `GET /companies` insists on the company header, as Procore's guide (but not its
    /// behaviour in the field) says.
    pub companies_need_header: bool,
    /// A person's companies are listed also where the app is not installed: sources do not say.
    pub people_see_all_companies: bool,
    /// A code is given out without its verifier: it is not documented that a challenge is compared.
    pub ignores_pkce: bool,
    /// What calls into an inactive project answer, besides its own record; none as into any other.
    pub closed_projects: Option<u16>,
    /// By path template: what is refused with a status, for every caller.
    pub refused: BTreeMap<String, u16>,
    /// What a PATCH of a project's hook makes of `status`, which Procore's file does not list.
    pub project_hook_status: ProjectHookStatus,
    /// Commitments have other ids in v1.0 than in v2, and events carry those.
    pub other_contract_ids: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ProjectHookStatus {
    #[default]
    Ignored,
    Refused,
    Taken,
}

/// What outlives a restart when a state file is given.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct State {
    pub clients: BTreeMap<String, Client>,
    pub companies: BTreeMap<i64, Company>,
    pub tokens: BTreeMap<String, Token>,
    #[serde(default)]
    pub people: BTreeMap<i64, Person>,
    #[serde(default)]
    pub codes: BTreeMap<String, Code>,
    pub hooks: BTreeMap<i64, Hook>,
    pub outbox: Outbox,
    pub last_id: i64,
    /// Resources that were taken out of the webhook catalog, or whose actions were changed.
    pub catalog_changes: BTreeMap<String, Option<Vec<String>>>,
}

/// An app with its credentials.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Client {
    /// None after the secret was revoked.
    pub secret: Option<String>,
    /// Belongs to another environment: its credentials do not work here.
    pub foreign: bool,
    /// Where people may be sent back to after they signed in, to the letter.
    #[serde(default)]
    pub redirects: BTreeSet<String>,
    /// The newest version that was promoted, and the levels in its manifest where they are not the usual.
    #[serde(default)]
    pub version: u32,
    #[serde(default)]
    pub levels: BTreeMap<String, Level>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Company {
    pub name: String,
    pub records: Records,
    /// By client id: where an app was installed at some time.
    pub access: BTreeMap<String, Access>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Token {
    pub client_id: String,
    /// The person who signed in; none for the app itself.
    #[serde(default)]
    pub person: Option<i64>,
    /// What would renew it, and dies with it.
    #[serde(default)]
    pub refresh: Option<String>,
    /// The secret that it was issued for.
    pub secret: String,
    pub issued_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    pub revoked: bool,
    /// Its owner has a reason to fetch another: it was answered 401, ended early, or was lost.
    pub excused: bool,
}

impl World {
    pub(crate) fn new(options: &Options, state: Option<State>, schema: Option<Schema>) -> Self {
        let limits = Limits {
            hourly: options.hourly_limit,
            spike: options.spike_limit,
        };
        Self {
            clock: Clock::start(options.now, options.freeze),
            state: state.unwrap_or_else(|| State::first(options)),
            queue: Queue::default(),
            rates: Rates::new(limits),
            faults: Faults::default(),
            ledger: Ledger::default(),
            schema,
            base_url: String::new(),
            token_life: options.token_life,
            refuse_refetch: !options.allow_token_refetch,
            companies_need_header: false,
            closed_projects: Some(403),
            refused: BTreeMap::new(),
            project_hook_status: ProjectHookStatus::default(),
            other_contract_ids: false,
            people_see_all_companies: false,
            ignores_pkce: false,
        }
    }

    /// Counts a request that breaks Procore's rules.
    pub(crate) fn violate(&mut self, request: &Request, why: String) {
        let (method, path) = (request.method.to_string(), request.target.clone());
        tracing::warn!("Violation: {method} {path}: {why}");
        let at = self.clock.now();
        self.ledger.violations.push(Violation {
            at,
            method,
            path,
            why,
        });
    }

    /// The simulator's address as the caller knows it, for links.
    pub(crate) fn address_for(&self, request: &Request) -> String {
        match request.header("host") {
            Some(host) => format!("http://{host}"),
            None => self.base_url.clone(),
        }
    }
}

impl State {
    /// One company and its app.
    fn first(options: &Options) -> Self {
        let mut state = Self {
            last_id: 43_593_498,
            ..Self::default()
        };
        let (id, secret) = (&options.client_id, &options.client_secret);
        let (name, sizes) = (options.company_name.clone(), options.sizes.clone());
        state.add_company(options.company_id, name, sizes, options.seed);
        state.add_client(id, secret, false);
        state.install(id, options.company_id);
        state.add_first_people(options.company_id);
        if let Some(client) = state.clients.get_mut(id) {
            client.redirects.extend(options.redirect.clone());
        }
        if let Some(foreign) = &options.foreign_client_id {
            state.add_client(foreign, secret, true);
        }
        state
    }

    pub(crate) fn add_company(&mut self, id: i64, name: String, sizes: Sizes, seed: u64) {
        let ordinals = self
            .companies
            .values()
            .map(|company| company.records.ordinal + 1);
        let records = Records::new(sizes, seed, ordinals.max().unwrap_or(0));
        self.companies.insert(
            id,
            Company {
                name,
                records,
                access: BTreeMap::new(),
            },
        );
    }

    /// Adds an app, or replaces its secret.
    pub(crate) fn add_client(&mut self, id: &str, secret: &str, foreign: bool) {
        let client = self.clients.entry(id.to_owned()).or_insert_with(|| Client {
            secret: None,
            foreign,
            redirects: BTreeSet::new(),
            version: 0,
            levels: BTreeMap::new(),
        });
        (client.secret, client.foreign) = (Some(secret.to_owned()), foreign);
    }

    /// Installs an app that was never installed there; an earlier installation stays as it is.
    pub(crate) fn install(&mut self, client_id: &str, company_id: i64) {
        let users: usize = self
            .companies
            .values()
            .map(|company| company.access.len())
            .sum();
        if let Some(company) = self.companies.get_mut(&company_id) {
            let access = company.access.entry(client_id.to_owned());
            access.or_insert_with(|| Access::installed(990_001 + users as i64));
        }
    }

    pub(crate) fn next_id(&mut self) -> i64 {
        self.last_id += 1;
        self.last_id
    }

    /// What a caller may do in a company where their app is installed: a person's own rights, else those
    /// of the app.
    pub(crate) fn access_of(
        &self,
        client_id: &str,
        person: Option<i64>,
        company_id: i64,
    ) -> Option<&Access> {
        let app = self.access(client_id, company_id)?;
        match person {
            Some(person) => self.people.get(&person)?.companies.get(&company_id),
            None => Some(app),
        }
    }

    /// The app's access to a company where it is installed.
    pub(crate) fn access(&self, client_id: &str, company_id: i64) -> Option<&Access> {
        let access = self.companies.get(&company_id)?.access.get(client_id)?;
        access.installed.then_some(access)
    }
}
