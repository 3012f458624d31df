//! Every call of the Procore room against the simulated Procore, which counts what breaks a rule.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use concierge::catalog::{DataSet, Ids, Read};
use concierge::clock::Clock;
use concierge::procore::*;
use uuid::Uuid;

mod reads;
mod trouble;
mod webhooks;

use concierge::identity::CredentialId;
use procore_sandbox::testing::{CLIENT_ID, CLIENT_SECRET, COMPANY_ID, Sandbox};

/// A process of the product: its client, its clock, and what it keeps.
struct Process {
    client: Client,
    clock: Clock,
    url: String,
}

impl Process {
    fn of(sandbox: &Sandbox) -> Self {
        Self::keeping(sandbox, Arc::default())
    }

    /// A process that finds the tokens which another has kept.
    fn keeping(sandbox: &Sandbox, tokens: Arc<MemoryTokens>) -> Self {
        let at: DateTime<Utc> = "2026-03-02T09:00:00Z".parse().unwrap();
        let clock = Clock::settable(at);
        let policy = Policy {
            backoff: Duration::ZERO,
            patience: Duration::ZERO,
            ..Policy::default()
        };
        let rates = Arc::<MemoryRates>::default();
        let client = Client::with_policy("Test product", clock.clone(), tokens, rates, policy);
        Self {
            client,
            clock,
            url: sandbox.url.clone(),
        }
    }

    fn api(&self) -> CompanyApi {
        self.api_as(CLIENT_ID, CLIENT_SECRET, COMPANY_ID)
    }

    fn api_as(&self, id: &str, secret: &str, company: i64) -> CompanyApi {
        let access = Access {
            environment: Environment::new("rehearsal", &self.url, &self.url, &self.url).unwrap(),
            client_id: ClientId::parse(id).unwrap(),
            client_secret: ClientSecret::parse(secret).unwrap(),
            company_id: CompanyId::trusted(company),
            credential: credential_of(secret),
            owner: ClientOwner::Firm,
        };
        self.client.company(access, Urgency::Waiting)
    }

    /// Both clocks move on together.
    async fn advance(&self, sandbox: &Sandbox, seconds: i64) {
        sandbox.advance_clock(seconds).await;
        self.clock.advance(TimeDelta::seconds(seconds));
    }
}

/// One id per secret, as the store gives one per pair.
fn credential_of(secret: &str) -> CredentialId {
    let mut hasher = DefaultHasher::new();
    secret.hash(&mut hasher);
    CredentialId(Uuid::from_u128(u128::from(hasher.finish())))
}

fn request(read: &'static Read, page_size: u32) -> ListRequest {
    ListRequest {
        action: read.name,
        path: read.path_for(Ids::of_company(COMPANY_ID)),
        query: read.query(Ids::of_company(COMPANY_ID), true),
        page: PageCursor::first(),
        per_page: read.paged.then_some(page_size),
        grouped_in: read.grouped_in,
    }
}

/// Reads a list to its end; waits as long as Procore asks, on both clocks.
async fn read_all(process: &Process, sandbox: &Sandbox, mut list: ListRequest) -> Vec<i64> {
    let api = process.api();
    let mut ids = Vec::new();
    loop {
        match api.list_page(&list).await {
            Ok(page) => {
                ids.extend(page.records.iter().map(|record| record.id));
                match page.next {
                    Some(next) => list.page = next,
                    None => return ids,
                }
            }
            Err(error) => {
                let until = error.until().unwrap_or_else(|| panic!("{error}"));
                let wait = (until - process.clock.now()).num_seconds();
                process.advance(sandbox, wait + 1).await;
            }
        }
    }
}

fn main_read(data_set: DataSet) -> &'static Read {
    data_set.entry().main_read()
}

async fn create_hook(api: &CompanyApi) -> Hook {
    let new = NewHook {
        namespace: "concierge-test".into(),
        destination_url: "https://hooks.example.com/webhooks/procore/a"
            .parse()
            .unwrap(),
        authorization: "Bearer first-value".into(),
    };
    api.webhooks().create_hook(&new).await.unwrap()
}
