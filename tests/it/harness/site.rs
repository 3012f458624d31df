//! A firm whose plan is confirmed, before a simulated Procore: where stories of the worker begin.

// Each story needs some of these; none needs all.
#![allow(dead_code)]

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use concierge::app::App;
use concierge::catalog::{Choice, DataSet};
use concierge::clock::Clock;
use concierge::config::Config;
use concierge::connection::Settings;
use concierge::engine::{self, FaultInjector, FaultPoint, NoFaults};
use concierge::identity::{Actor, ConnectionId, CredentialId, FirmId, OnboardingId, RunId};
use concierge::ledger::{ActionState, RunState};
use concierge::onboarding::Onboarding;
use concierge::procore::{
    Access, ClientId, ClientOwner, ClientSecret, CompanyApi, CompanyId, Policy, Urgency,
};
use concierge::store::actions::Entry;
use concierge::store::runs::Run;
use concierge::store::work::{self, Room};
use concierge::store::{actions, onboardings, runs};
use concierge::vault::generate_key_line;
use concierge::work::LEASE;
use concierge::worker;
use secrecy::{ExposeSecret, SecretString};
use sqlx::{PgPool, Row};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::confirmed::{admin, confirm, enter_secret};
use super::db::TestDb;
use procore_sandbox::testing::{CLIENT_ID, CLIENT_SECRET, COMPANY_ID, Sandbox, SandboxOptions};

/// Where both clocks stand when a story begins.
pub(crate) const START: &str = "2026-03-02T09:00:00Z";
pub(crate) const NAMESPACE: &str = "concierge-test";
pub(crate) const PUBLIC_URL: &str = "http://localhost:18080";
/// Long enough for every wait that Procore or a lease may ask for between two rounds.
const A_WHILE: i64 = 15 * 60;

/// Everything that a worker needs, and what it is told about its surroundings.
pub(crate) struct Site {
    pub sandbox: Sandbox,
    pub app: App,
    pub clock: Clock,
    /// The line of `CONCIERGE_ENCRYPTION_KEYS`, for another process.
    pub keys: String,
    pub firm: FirmId,
    pub onboarding: OnboardingId,
    /// The credential that the plan was confirmed with.
    pub credential: CredentialId,
    pub db: TestDb,
}

/// How an application calls Procore in a story. None sleeps: every wait is handed to the ledger.
pub(crate) fn policy() -> Policy {
    Policy {
        backoff: Duration::ZERO,
        patience: Duration::ZERO,
        ..Policy::default()
    }
}

/// An application before a simulated Procore; a process of its own may wire the same.
pub(crate) fn app(db: PgPool, procore: &str, public_url: &str, keys: &str, clock: Clock) -> App {
    app_with(db, procore, public_url, keys, clock, policy())
}

fn app_with(
    db: PgPool,
    procore: &str,
    public_url: &str,
    keys: &str,
    clock: Clock,
    policy: Policy,
) -> App {
    let settings: HashMap<&str, &str> = HashMap::from([
        ("DATABASE_URL", "postgres://localhost/unused"),
        ("CONCIERGE_PUBLIC_URL", public_url),
        ("CONCIERGE_ENCRYPTION_KEYS", keys),
        ("PROCORE_WEBHOOK_NAMESPACE", NAMESPACE),
        ("PROCORE_LOGIN_URL", procore),
        ("PROCORE_API_URL", procore),
        ("PROCORE_WEB_URL", procore),
    ]);
    let config = Config::from_lookup(|name| settings.get(name).map(|value| (*value).to_owned()))
        .expect("a complete configuration");
    App::with_policy(db, config, clock, policy)
}

/// A worker takes a run once, if it is due. One that `faults` ends leaves its lease behind, as a
/// process that was killed does.
pub(crate) async fn work_on(app: &App, faults: &dyn FaultInjector, run: RunId) {
    let now = app.clock.now();
    let room = Room {
        kind: engine::KIND,
        free: 1,
        per_firm: 1,
    };
    let mut conn = app.db.acquire().await.unwrap();
    let claimed = work::claim(&mut conn, &[room], now, now + LEASE)
        .await
        .unwrap();
    let [lease] = claimed.as_slice() else { return };
    assert_eq!(lease.key, run.0, "no other run is due");
    drop(conn);
    let faults = Ending {
        faults,
        ended: AtomicBool::new(false),
    };
    let (stop, firm) = (CancellationToken::new(), lease.firm_id.unwrap());
    worker::carry_out(app, &faults, &stop, firm, run)
        .await
        .unwrap();
    if !faults.ended.into_inner() {
        let mut conn = app.db.acquire().await.unwrap();
        work::finish(&mut conn, lease).await.unwrap();
    }
}

/// Notes whether a faults ended the worker.
struct Ending<'a> {
    faults: &'a dyn FaultInjector,
    ended: AtomicBool,
}

impl FaultInjector for Ending<'_> {
    fn at(&self, point: FaultPoint) -> ControlFlow<()> {
        let flow = self.faults.at(point);
        self.ended.fetch_or(flow.is_break(), Ordering::Relaxed);
        flow
    }
}

pub(crate) fn choices(data_sets: &[DataSet]) -> Settings {
    Settings::new(data_sets.iter().copied().map(Choice::of)).expect("at least one")
}

impl Site {
    /// A firm that confirmed the plan for `settings`.
    pub(crate) async fn confirmed(settings: Settings, options: SandboxOptions) -> Self {
        Self::confirmed_at(PUBLIC_URL, settings, options).await
    }

    /// The same where the product is reached at another address.
    pub(crate) async fn confirmed_at(
        public_url: &str,
        settings: Settings,
        options: SandboxOptions,
    ) -> Self {
        let mut site = Self::start(public_url, options).await;
        site.confirm(settings).await;
        site
    }

    /// A firm that has just opened its setup.
    pub(crate) async fn opened(options: SandboxOptions) -> Self {
        let mut site = Self::start(PUBLIC_URL, options).await;
        site.open().await;
        site
    }

    async fn start(public_url: &str, options: SandboxOptions) -> Self {
        let options = options.switch("freeze").flag("now", START);
        let (db, sandbox) = tokio::join!(TestDb::create(), Sandbox::start(options));
        let keys = generate_key_line("k1").unwrap().expose_secret().to_owned();
        let clock = Clock::settable(START.parse::<DateTime<Utc>>().unwrap());
        let app = app(
            db.serving().clone(),
            &sandbox.url,
            public_url,
            &keys,
            clock.clone(),
        );
        Self {
            sandbox,
            app,
            clock,
            keys,
            firm: FirmId(Uuid::nil()),
            onboarding: OnboardingId(Uuid::nil()),
            credential: CredentialId(Uuid::nil()),
            db,
        }
    }

    /// The same application, which reaches Procore at another address and by another policy.
    pub(crate) fn app_before(&self, procore: &str, policy: Policy) -> App {
        let (db, clock) = (self.db.serving().clone(), self.clock.clone());
        app_with(db, procore, PUBLIC_URL, &self.keys, clock, policy)
    }

    /// The same application with another ring of keys.
    pub(crate) fn app_with_keys(&self, keys: &str) -> App {
        let (db, clock) = (self.db.serving().clone(), self.clock.clone());
        let public_url = self.app.config.public_url.as_str();
        app(db, &self.sandbox.url, public_url, keys, clock)
    }

    /// Another firm's plan is confirmed; stories go on with that firm.
    pub(crate) async fn confirm(&mut self, settings: Settings) {
        self.open().await;
        self.credential = confirm(&self.app, self.firm, settings).await;
    }

    /// Another firm opens its setup.
    async fn open(&mut self) {
        let firm = FirmId(Uuid::new_v4());
        let now = self.clock.now();
        sqlx::query("insert into firm (firm_id, name, created_at) values ($1, 'Acme', $2)")
            .bind(firm)
            .bind(now)
            .execute(self.db.pool())
            .await
            .unwrap();
        let mut conn = self.db.pool().acquire().await.unwrap();
        let onboarding = Onboarding::open(OnboardingId(Uuid::new_v4()), firm, now);
        onboardings::create(&mut conn, &onboarding).await.unwrap();
        (self.firm, self.onboarding) = (firm, onboarding.id);
    }

    /// The firm enters this secret; gives the new credential's id.
    pub(crate) async fn enter_secret(&self, secret: &str) -> CredentialId {
        enter_secret(&self.app, self.firm, self.connection().await, secret).await
    }

    pub(crate) fn admin(&self) -> Actor {
        admin(self.firm)
    }

    /// The worker checks the webhook again, as if it had not yet.
    pub(crate) async fn look_at_the_hook_again(&self) {
        let sql = "update action set state = 'pending' where name in ('last_look', 'finish')";
        sqlx::query(sql).execute(self.db.pool()).await.unwrap();
        self.reopen().await;
        assert_eq!(self.work_to_the_end().await, RunState::Done);
    }

    /// The run goes on, as if it had not ended.
    pub(crate) async fn reopen(&self) {
        let sql = "update run set state = 'running', finished_at = null where run_id = $1";
        let run = self.run().await.id;
        let mut conn = self.db.pool().acquire().await.unwrap();
        sqlx::query(sql)
            .bind(run)
            .execute(&mut *conn)
            .await
            .unwrap();
        work::put(&mut conn, engine::task(self.firm, run), self.clock.now())
            .await
            .unwrap();
    }

    /// The firm's own access to Procore, with the token that the worker uses.
    pub(crate) fn api(&self) -> CompanyApi {
        let environment = self.app.config.procore_environment("production");
        let access = Access {
            environment: environment.unwrap().clone(),
            client_id: ClientId::parse(CLIENT_ID).unwrap(),
            client_secret: ClientSecret::parse(CLIENT_SECRET).unwrap(),
            company_id: CompanyId::trusted(COMPANY_ID),
            credential: self.credential,
            owner: ClientOwner::Firm,
        };
        self.app.procore.company(access, Urgency::Background)
    }

    /// The connection that the firm's setup is about.
    async fn connection(&self) -> ConnectionId {
        let mut conn = self.db.pool().acquire().await.unwrap();
        let stored = onboardings::find(&mut conn, self.firm, self.onboarding).await;
        let onboarding = stored.unwrap().expect("an onboarding").onboarding;
        onboarding.connection_id.expect("saved details")
    }

    pub(crate) async fn run(&self) -> Run {
        let mut conn = self.db.pool().acquire().await.unwrap();
        runs::find_newest(&mut conn, self.firm, self.connection().await)
            .await
            .unwrap()
            .expect("a run")
    }

    pub(crate) async fn ledger(&self) -> Vec<Entry> {
        let run = self.run().await;
        let mut conn = self.db.pool().acquire().await.unwrap();
        actions::list(&mut conn, self.firm, run.id).await.unwrap()
    }

    /// The state of each action by its key.
    pub(crate) async fn states(&self) -> Vec<(String, ActionState)> {
        let ledger = self.ledger().await;
        let state = |entry: &Entry| (entry.action.key(), entry.state);
        ledger.iter().map(state).collect()
    }

    pub(crate) async fn entry(&self, key: &str) -> Entry {
        let ledger = self.ledger().await;
        let found = ledger.into_iter().find(|entry| entry.action.key() == key);
        found.unwrap_or_else(|| panic!("the ledger has {key}"))
    }

    /// A worker takes the run once, if it is due.
    pub(crate) async fn work(&self) {
        self.work_under(&NoFaults).await;
    }

    pub(crate) async fn work_under(&self, faults: &dyn FaultInjector) {
        work_on(&self.app, faults, self.run().await.id).await;
    }

    /// Works, and waits as long as anything waits by itself.
    pub(crate) async fn work_to_the_end(&self) -> RunState {
        for _ in 0..50 {
            self.work().await;
            match self.run().await.state {
                RunState::Running | RunState::Waiting => self.advance(A_WHILE).await,
                state @ (RunState::NeedsPerson | RunState::Done | RunState::Abandoned) => {
                    return state;
                }
            }
        }
        panic!("the run never comes to rest: {:?}", self.ledger().await);
    }

    /// Both clocks move on together.
    pub(crate) async fn advance(&self, seconds: i64) {
        self.sandbox.advance_clock(seconds).await;
        self.clock.advance(TimeDelta::seconds(seconds));
    }

    /// What the completion left behind, without what differs by nature: ids and secrets.
    pub(crate) async fn outcome(&self) -> Left {
        let state = self.sandbox.state().await;
        let hooks = state.hooks.iter().map(|hook| {
            let ours = hook.destination_url.starts_with(PUBLIC_URL);
            (hook.namespace.clone(), ours, hook.triggers.clone())
        });
        let records = sqlx::query(
            "select data_set, kind, procore_id, body, gone_at from record
             where firm_id = $1 order by data_set, kind, procore_id",
        )
        .bind(self.firm)
        .fetch_all(self.db.pool())
        .await
        .unwrap();
        let record = |row: &sqlx::postgres::PgRow| {
            let body: serde_json::Value = row.get("body");
            let gone: Option<DateTime<Utc>> = row.get("gone_at");
            assert_eq!(gone, None, "nothing was deleted in Procore");
            let kind: String = row.get("kind");
            (kind, row.get::<i64, _>("procore_id"), body.to_string())
        };
        Left {
            hooks: hooks.collect(),
            records: records.iter().map(record).collect(),
            run: self.run().await.state,
        }
    }

    /// Whether our table's hook is the one that Procore has, with the very value it was told.
    pub(crate) async fn assert_hook_is_known(&self) {
        let state = self.sandbox.state().await;
        let [hook] = state.hooks.as_slice() else {
            panic!("one hook: {:?}", state.hooks)
        };
        let authorization = hook.authorization.clone().expect("a value");
        let row = sqlx::query(
            "select procore_id, secret_hash, endpoint_hash, pending from hook where firm_id = $1",
        )
        .bind(self.firm)
        .fetch_one(self.db.pool())
        .await
        .unwrap();
        let hash = |text: &str| concierge::vault::token_hash(&SecretString::from(text));
        let endpoint = hook.destination_url.rsplit('/').next().unwrap();
        assert_eq!(row.get::<String, _>("procore_id"), hook.id);
        assert_eq!(row.get::<Vec<u8>, _>("secret_hash"), hash(&authorization));
        assert_eq!(row.get::<Vec<u8>, _>("endpoint_hash"), hash(endpoint));
        assert_eq!(row.get::<Option<Vec<u8>>, _>("pending"), None);
    }
}

/// Namespace of a hook, whether it is ours, and its triggers.
pub(crate) type LeftHook = (String, bool, Vec<(String, String)>);

/// What a completion leaves behind, here and in Procore.
#[derive(Debug, PartialEq)]
pub(crate) struct Left {
    pub hooks: Vec<LeftHook>,
    /// Kind, id and body.
    pub records: Vec<(String, i64, String)>,
    pub run: RunState,
}
