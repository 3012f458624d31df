//! Every call of the Procore room against the simulated Procore, which counts what breaks a rule.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use concierge::catalog::{DataSet, Read};
use concierge::clock::Clock;
use concierge::procore::*;
use secrecy::SecretString;
use uuid::Uuid;

use crate::support::sandbox::{
    CLIENT_ID, CLIENT_SECRET, COMPANY_ID, COMPANY_NAME, Fail, Sandbox, SandboxOptions,
};

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
        let client =
            Client::with_policy("Test product", clock.clone(), tokens, rates, policy).unwrap();
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
fn credential_of(secret: &str) -> Uuid {
    let mut hasher = DefaultHasher::new();
    secret.hash(&mut hasher);
    Uuid::from_u128(u128::from(hasher.finish()))
}

fn request(read: &'static Read, page_size: u32) -> ListRequest {
    ListRequest {
        action: read.name,
        path: read.path_for(COMPANY_ID),
        query: read.query(COMPANY_ID, true),
        page: PageCursor::first(),
        per_page: read.paged.then_some(page_size),
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

#[tokio::test]
async fn who_we_are_and_where_is_read_without_breaking_a_rule() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await;
    let api = Process::of(&sandbox).api();

    api.token().await.unwrap();
    let companies = api.companies().await.unwrap();
    let me = api.me().await.unwrap();
    let manifest = api.company_permissions().await.unwrap();
    let base = api.company_base_url().await.unwrap();

    assert_eq!(companies[0].name, COMPANY_NAME);
    assert_eq!(companies[0].id.get(), COMPANY_ID);
    assert_eq!(me.is_active, Some(true));
    assert_eq!(manifest.webhooks().unwrap().level, Level::Standard);
    assert!(manifest.tool(&["Directory"]).is_some());
    assert_eq!(base.zone.as_deref(), Some("us02"));
    assert_eq!(sandbox.requests("POST", "/oauth/token").await, 1);
    sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn every_list_of_the_catalog_is_probed_and_read() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await;
    let process = Process::of(&sandbox);
    for data_set in DataSet::ALL {
        for read in data_set.entry().reads_for(true) {
            let mut list = request(read, read.page_size);
            if let Some(parent) = &read.per {
                let parents = data_set
                    .entry()
                    .reads
                    .iter()
                    .find(|other| other.name == parent.read);
                let parents = request(parents.unwrap(), 100);
                let first = process.api().list_page(&parents).await.unwrap().records[0].id;
                list.query.push((parent.param, first.to_string()));
            }
            let probe = process.api().probe(&list, &[]).await.unwrap();
            let page = process.api().list_page(&list).await.unwrap();
            assert_eq!(probe.total, page.total, "{}", read.name);
            assert_eq!(page.next, None, "{}", read.name);
            assert_eq!(
                page.records.len() as u64,
                page.total.unwrap(),
                "{}",
                read.name
            );
        }
    }
    sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn a_long_list_is_read_in_the_fewest_calls() {
    let sandbox = Sandbox::start(SandboxOptions::default().flag("vendors", 2500)).await;
    let process = Process::of(&sandbox);
    let vendors = main_read(DataSet::Companies);
    let list = request(vendors, 500);
    let total = process.api().list_page(&list).await.unwrap().total.unwrap();
    sandbox.reset_requests().await;

    let mut ids = read_all(&process, &sandbox, list).await;

    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len() as u64, total);
    assert_eq!(
        sandbox.requests("GET", vendors.path).await,
        total.div_ceil(500)
    );
    sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn both_rate_windows_are_kept_to_the_last_call() {
    let sandbox = Sandbox::start(SandboxOptions::default().flag("vendors", 300)).await;
    let process = Process::of(&sandbox);
    let list = request(main_read(DataSet::Companies), 10);
    sandbox.throttle(40, 7).await;

    let mut ids = read_all(&process, &sandbox, list).await;

    ids.sort_unstable();
    ids.dedup();
    assert!(ids.len() >= 300);
    sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn four_readers_at_a_time_keep_to_the_windows_too() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await;
    let process = Process::of(&sandbox);
    sandbox.throttle(500, 9).await;
    let api = process.api();
    let readers = (0..12).map(|_| {
        let api = api.clone();
        tokio::spawn(async move { api.me().await })
    });
    let (mut read, mut held_back) = (0, 0);
    for reader in readers.collect::<Vec<_>>() {
        match reader.await.unwrap() {
            Ok(_) => read += 1,
            Err(Error::RateLimited { answer, .. }) => {
                assert_eq!(answer.status, None, "Procore had to refuse");
                held_back += 1;
            }
            Err(error) => panic!("{error}"),
        }
    }
    assert!(read >= 4, "{read} read, {held_back} held back");
    sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn an_ordered_wait_is_kept_by_reads_writes_and_tokens() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await;
    let process = Process::of(&sandbox);
    let api = process.api();

    sandbox
        .fail_next(Fail::throttle(20).on("/oauth/token"))
        .await;
    assert!(matches!(
        api.token().await.unwrap_err(),
        Error::RateLimited { .. }
    ));
    assert!(matches!(
        api.me().await.unwrap_err(),
        Error::RateLimited { .. }
    ));
    process.advance(&sandbox, 22).await;

    sandbox.fail_next(Fail::throttle(20).on("/rest/v1.3")).await;
    assert!(matches!(
        api.me().await.unwrap_err(),
        Error::RateLimited { .. }
    ));
    assert!(matches!(
        api.company_permissions().await.unwrap_err(),
        Error::RateLimited { .. }
    ));
    process.advance(&sandbox, 22).await;

    sandbox
        .fail_next(Fail::busy(30).on("/rest/v2.0").method("DELETE"))
        .await;
    let hook = create_hook(&api).await;
    let busy = api.webhooks().delete_hook(&hook.id).await.unwrap_err();
    assert!(matches!(busy, Error::Busy { .. }), "{busy}");
    process.advance(&sandbox, 32).await;
    api.webhooks().delete_hook(&hook.id).await.unwrap();

    assert!(sandbox.state().await.hooks.is_empty());
    sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn tokens_are_shared_renewed_and_revoked() {
    let sandbox = Sandbox::start(SandboxOptions::default().flag("token-life", 1000)).await;
    let tokens = Arc::<MemoryTokens>::default();
    let first = Process::keeping(&sandbox, tokens.clone());
    first.api().me().await.unwrap();

    // A restarted process goes on with the kept token.
    let second = Process::keeping(&sandbox, tokens);
    second.api().me().await.unwrap();
    assert_eq!(sandbox.requests("POST", "/oauth/token").await, 1);

    second.advance(&sandbox, 801).await;
    second.api().me().await.unwrap();
    assert_eq!(sandbox.requests("POST", "/oauth/token").await, 2);

    sandbox.expire_tokens().await;
    second.api().me().await.unwrap();
    assert_eq!(sandbox.requests("POST", "/oauth/token").await, 3);

    second.api().revoke_token().await.unwrap();
    second.api().me().await.unwrap();
    assert_eq!(sandbox.requests("POST", "/oauth/token").await, 4);
    sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn what_stands_in_the_way_is_named() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await;
    let process = Process::of(&sandbox);
    let api = process.api();
    let vendors = request(main_read(DataSet::Companies), 100);

    let error = process
        .api_as(CLIENT_ID, "not-the-secret", COMPANY_ID)
        .token()
        .await
        .unwrap_err();
    assert!(matches!(error, Error::BadCredentials(_)), "{error}");

    sandbox.set_level("directory", "None").await;
    let error = api.probe(&vendors, &[]).await.unwrap_err();
    assert!(matches!(error, Error::NotPermitted(_)), "{error}");
    sandbox.set_reduced_views(true).await;
    let probe = api
        .probe(&vendors, &["updated_at", "address"])
        .await
        .unwrap();
    assert!(probe.reduced);
    sandbox.set_level("directory", "Read Only").await;
    let probe = api
        .probe(&vendors, &["updated_at", "address"])
        .await
        .unwrap();
    assert!(!probe.reduced);

    sandbox.set_level("webhooks_api", "None").await;
    let error = api.webhooks().catalog().await.unwrap_err();
    assert!(matches!(error, Error::NotPermitted(_)), "{error}");

    let error = api.project_permissions(1).await.unwrap_err();
    assert!(matches!(error, Error::NotVisible(_)), "{error}");

    process.clock.advance(TimeDelta::seconds(1));
    let error = process
        .api_as(CLIENT_ID, CLIENT_SECRET, 77)
        .me()
        .await
        .unwrap_err();
    assert!(matches!(error, Error::NotVisible(_)), "{error}");

    sandbox.uninstall().await;
    let error = api.me().await.unwrap_err();
    assert!(matches!(error, Error::NotConnected(_)), "{error}");
    assert!(api.companies().await.is_err() || api.companies().await.unwrap().is_empty());
    sandbox.reinstall().await;

    sandbox.fail_next(Fail::html(403).on("/rest/v1.3")).await;
    let error = api.me().await.unwrap_err();
    assert!(matches!(error, Error::Unexpected(_)), "{error}");

    sandbox.revoke_secret().await;
    let error = api.me().await.unwrap_err();
    assert!(matches!(error, Error::BadCredentials(_)), "{error}");
    sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn an_outage_is_ridden_out_or_named() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await;
    let process = Process::of(&sandbox);
    let api = process.api();
    api.token().await.unwrap();

    for trouble in [
        Fail::html(502).times(2),
        Fail::reset().times(2),
        Fail::truncated(),
    ] {
        sandbox.fail_next(trouble.on("/rest/v1.3")).await;
        api.me().await.unwrap();
        process.clock.advance(TimeDelta::seconds(10));
    }
    sandbox.down().await;
    assert!(matches!(
        api.me().await.unwrap_err(),
        Error::Unavailable { .. }
    ));
    process.clock.advance(TimeDelta::seconds(10));
    sandbox.down_silently().await;
    assert!(matches!(
        api.me().await.unwrap_err(),
        Error::Unavailable { .. }
    ));
    process.clock.advance(TimeDelta::seconds(10));
    let other = process.api_as(CLIENT_ID, "another-secret", COMPANY_ID);
    assert!(matches!(
        other.token().await.unwrap_err(),
        Error::Unavailable { .. }
    ));
    sandbox.up().await;
    process.clock.advance(TimeDelta::seconds(10));
    api.me().await.unwrap();
    sandbox.assert_no_violations().await;
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

#[tokio::test]
async fn a_hook_lives_through_all_its_calls() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await;
    let process = Process::of(&sandbox);
    let api = process.api();
    let webhooks = api.webhooks();

    let hook = create_hook(&api).await;
    let catalog = webhooks.catalog().await.unwrap();
    let mut wanted: Vec<TriggerSpec> = catalog
        .iter()
        .flat_map(|entry| {
            entry
                .events
                .iter()
                .map(|event| (entry.resource.clone(), event.clone()))
        })
        .map(|(resource, event)| TriggerSpec { resource, event })
        .collect();
    let offered = wanted.len();
    wanted.push(TriggerSpec {
        resource: "No such thing".into(),
        event: EventType::Create,
    });
    let outcome = webhooks
        .create_triggers_bulk(&hook.id, &wanted)
        .await
        .unwrap();
    assert_eq!(outcome.created.len(), offered);
    assert_eq!(outcome.failed.len(), 1);
    assert_eq!(outcome.failed[0].spec.resource, "No such thing");
    assert!(outcome.failed[0].why.is_some());

    let triggers = webhooks.triggers(&hook.id).await.unwrap();
    assert_eq!(triggers.len(), offered);
    let ids: Vec<String> = triggers
        .iter()
        .skip(1)
        .map(|trigger| trigger.id.clone())
        .collect();
    let gone = webhooks.delete_triggers_bulk(&hook.id, &ids).await.unwrap();
    assert_eq!((gone.succeeded.len(), gone.failed.len()), (offered - 1, 0));
    let again = webhooks
        .delete_triggers_bulk(&hook.id, &ids[..1])
        .await
        .unwrap();
    assert_eq!(again.failed, ids[..1]);

    let second = SecretString::from("Bearer second-value");
    let change = HookChange {
        destination_url: Some(
            "https://hooks.example.com/webhooks/procore/b"
                .parse()
                .unwrap(),
        ),
        authorization: Some(second.clone()),
        active: Some(false),
    };
    let changed = webhooks.update_hook(&hook.id, &change).await.unwrap();
    assert_eq!(changed.status, HookStatus::Disabled);
    assert_eq!(changed.may_carry(&second), Some(true));

    let listed = webhooks.hooks("concierge-test").await.unwrap();
    assert_eq!(listed, [changed]);
    assert!(listed[0].has_our_payload());
    assert!(webhooks.hooks("somebody-else").await.unwrap().is_empty());
    let kept = &sandbox.state().await.hooks[0];
    assert_eq!(kept.authorization.as_deref(), Some("Bearer second-value"));
    assert_eq!(kept.triggers.len(), 1);

    webhooks.delete_hook(&hook.id).await.unwrap();
    let error = webhooks.delete_hook(&hook.id).await.unwrap_err();
    assert!(matches!(error, Error::NotVisible(_)), "{error}");
    sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn a_project_has_webhooks_and_permissions_of_its_own() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await;
    let process = Process::of(&sandbox);
    let api = process.api();
    let projects = request(main_read(DataSet::Projects), 1);
    let project = api.list_page(&projects).await.unwrap().records[0].id;

    let manifest = api.project_permissions(project).await.unwrap();
    let catalog = api.project_webhooks(project).catalog().await.unwrap();
    let hooks = api
        .project_webhooks(project)
        .hooks("concierge-test")
        .await
        .unwrap();

    assert!(!manifest.tools.is_empty());
    assert!(catalog.iter().any(|entry| entry.resource == "RFIs"));
    assert!(hooks.is_empty());
    sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn deliveries_are_listed_with_their_events() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await;
    let process = Process::of(&sandbox);
    let api = process.api();
    // Nobody listens there, so the delivery stays on its way.
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/hook", gone.local_addr().unwrap());
    drop(gone);
    let new = NewHook {
        namespace: "concierge-test".into(),
        destination_url: address.parse().unwrap(),
        authorization: "Bearer value".into(),
    };
    let hook = api.webhooks().create_hook(&new).await.unwrap();
    let spec = TriggerSpec {
        resource: "Trades".into(),
        event: EventType::Create,
    };
    api.webhooks()
        .create_triggers_bulk(&hook.id, &[spec])
        .await
        .unwrap();

    let id = sandbox
        .create_record("trades", serde_json::json!({"name": "Glazing"}))
        .await;
    let filter = DeliveryFilter::default();
    let deliveries = api
        .webhooks()
        .deliveries(&hook.id, filter, 5)
        .await
        .unwrap();

    let event = deliveries[0].event.as_ref().unwrap();
    assert_eq!(event.resource.as_deref(), Some("Trades"));
    assert_eq!(event.event_type, Some(EventType::Create));
    assert_eq!(
        (event.resource_id, event.company_id),
        (Some(id), Some(COMPANY_ID))
    );
    sandbox.assert_no_violations().await;
}
