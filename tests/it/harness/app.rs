//! The product on a database of its own, with a clock that the test sets.

use std::net::IpAddr;
use std::sync::atomic::{AtomicU32, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use concierge::app::App;
use concierge::clock::Clock;
use concierge::config::Config;
use concierge::flows::create_firm::{self, NewFirm};
use concierge::flows::create_person::{self, NewAccount, PersonRole};
use concierge::identity::{Actor, Email, FirmId, PersonId, SupportRole};
use concierge::paths;
use concierge::vault::generate_key_line;
use concierge::web::{self, Front};
use concierge::work::Worker;
use concierge::worker;
use secrecy::{ExposeSecret, SecretString};
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::browser::Browser;
use super::db::TestDb;
use super::logs::{LogCheck, typed};
use super::site::policy;

/// Where the browser of a story believes to be.
pub(crate) const PUBLIC_URL: &str = "https://concierge.example";
/// The password of everybody whom the harness makes.
pub(crate) const PASSWORD: &str = "seven quiet otters paint";
/// When every story begins: a Monday, so that working days are easy to count.
pub(crate) const BEGINNING: &str = "2026-03-02T09:00:00Z";
/// More rounds than any story's jobs need.
const ROUNDS: usize = 100;

/// The product under test.
pub(crate) struct TestApp {
    pub app: App,
    pub front: Front,
    made: AtomicU32,
    pub(crate) db: TestDb,
    _logs: LogCheck,
}

/// An admin of a firm, in front of a browser of their own.
pub(crate) struct FirmAdmin {
    pub firm: FirmId,
    pub person: PersonId,
    pub email: String,
    pub browser: Browser,
}

/// A support person in front of a browser, with the second factor passed.
pub(crate) struct SupportPerson {
    pub person: PersonId,
    pub email: String,
    /// For codes: base32, as the page shows it.
    pub second_factor: String,
    pub browser: Browser,
}

impl TestApp {
    /// The product as most stories want it.
    pub(crate) async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// The product with some settings of its own, by the names of the environment.
    pub(crate) async fn start_with(settings: &[(&str, &str)]) -> Self {
        Self::start_as(settings, |_| ()).await
    }

    /// The product with settings and with what only the program itself decides.
    pub(crate) async fn start_as(
        settings: &[(&str, &str)],
        change: impl FnOnce(&mut Config),
    ) -> Self {
        let logs = LogCheck::start();
        let db = TestDb::create().await;
        let mut config = config(&db.serving_url(), settings);
        change(&mut config);
        let app = App::new(db.serving().clone(), config, clock());
        Self::around(app, db, logs)
    }

    /// The product with settings, which hands every wait to its records: no story sleeps.
    pub(crate) async fn start_without_pauses(settings: &[(&str, &str)]) -> Self {
        let logs = LogCheck::start();
        let db = TestDb::create().await;
        let config = config(&db.serving_url(), settings);
        let app = App::with_policy(db.serving().clone(), config, clock(), policy());
        Self::around(app, db, logs)
    }

    /// The product as the program connects it, to its database at `address`.
    pub(crate) async fn connect(
        settings: &[(&str, &str)],
        address: impl FnOnce(&TestDb) -> String,
    ) -> Self {
        let logs = LogCheck::start();
        let db = TestDb::create().await;
        let config = config(&address(&db), settings);
        let (app, _) = App::connect(config, clock()).await.unwrap();
        Self::around(app, db, logs)
    }

    fn around(app: App, db: TestDb, logs: LogCheck) -> Self {
        Self {
            front: web::front(app.clone()),
            app,
            made: AtomicU32::new(0),
            db,
            _logs: logs,
        }
    }

    pub(crate) fn db(&self) -> &PgPool {
        self.db.pool()
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.app.clock.now()
    }

    pub(crate) fn advance(&self, by: TimeDelta) {
        self.app.clock.advance(by);
    }

    /// A browser that has never been here.
    pub(crate) fn browser(&self) -> Browser {
        Browser::new(self.front.clone(), &self.app.config.public_url)
    }

    /// A browser at a given address of the network.
    pub(crate) fn browser_at(&self, address: &str) -> Browser {
        let address: IpAddr = address.parse().unwrap();
        self.browser().at(address)
    }

    /// A firm without people, with its onboarding open.
    pub(crate) async fn firm(&self, name: &str) -> FirmId {
        typed("name", name);
        let new = NewFirm {
            name: name.to_owned(),
            external_reference: None,
            prefill: create_firm::Prefill::default(),
        };
        match create_firm::run(&self.app, &Actor::System { firm: None }, &new).await {
            Ok(create_firm::CreateFirmOutcome::Created(firm)) => firm,
            other => panic!("the firm was not created: {other:?}"),
        }
    }

    /// A person with [`PASSWORD`] who may act for `firm`.
    pub(crate) async fn member(&self, firm: FirmId, name: &str, email: &str) -> PersonId {
        self.person(
            &Actor::system_for(firm),
            name,
            email,
            PersonRole::Firm(firm),
        )
        .await
    }

    /// A new firm and an admin of it, signed in.
    pub(crate) async fn firm_admin(&self) -> FirmAdmin {
        let number = self.number();
        let firm = self.firm(&format!("Firm {number}")).await;
        self.admin_of(firm).await
    }

    /// A new admin of a firm, signed in.
    pub(crate) async fn admin_of(&self, firm: FirmId) -> FirmAdmin {
        let number = self.number();
        let email = format!("admin{number}@firm.example");
        let person = self.member(firm, &format!("Admin {number}"), &email).await;
        let browser = self.browser();
        browser.sign_in(&email, PASSWORD).await;
        FirmAdmin {
            firm,
            person,
            email,
            browser,
        }
    }

    /// A support person, signed in with the second factor.
    pub(crate) async fn support(&self, role: SupportRole) -> SupportPerson {
        let number = self.number();
        let email = format!("support{number}@concierge.example");
        let name = format!("Support {number}");
        let actor = Actor::System { firm: None };
        let person = self
            .person(&actor, &name, &email, PersonRole::Support(role))
            .await;
        let browser = self.browser();
        browser.sign_in(&email, PASSWORD).await;
        let second_factor = browser.enrol(self).await;
        SupportPerson {
            person,
            email,
            second_factor,
            browser,
        }
    }

    /// Lets a support person onto a firm's pages for an hour, to `view` or to `act`.
    pub(crate) async fn grant(&self, firm: FirmId, person: PersonId, access: &str) {
        let consent = (access == "act").then_some("said so");
        sqlx::query(
            "insert into support_grant (firm_id, grant_id, person_id, access, reason, consent, \
             created_at, expires_at) values ($1, $2, $3, $4, 'story', $5, $6, $7)",
        )
        .bind(firm.0)
        .bind(self.app.clock.new_id::<uuid::Uuid>())
        .bind(person.0)
        .bind(access)
        .bind(consent)
        .bind(self.now())
        .bind(self.now() + TimeDelta::hours(1))
        .execute(self.db())
        .await
        .unwrap();
    }

    async fn person(&self, actor: &Actor, name: &str, email: &str, role: PersonRole) -> PersonId {
        typed("name", name);
        typed("email", email);
        let new = NewAccount {
            name: name.to_owned(),
            email: Email::parse(email).unwrap(),
            password: SecretString::from(PASSWORD),
            role,
        };
        match create_person::run(&self.app, actor, &new).await {
            Ok(create_person::CreatePersonOutcome::Created(person)) => person,
            other => panic!("the person was not created: {other:?}"),
        }
    }

    fn number(&self) -> u32 {
        self.made.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Does all work that is due by the story's clock, until none is.
    pub(crate) async fn run_jobs(&self) {
        work_until_nothing_is_due(&self.app).await;
    }

    /// The links of the newest mail to `email`, in the order in which they stand in it.
    pub(crate) async fn links_in_mail_to(&self, email: &str) -> Vec<String> {
        use concierge::flows::read_mail;
        let id = sqlx::query_scalar(
            "select mail_id from mail where recipient = $1 order by mail_id desc limit 1",
        )
        .bind(email)
        .fetch_optional(self.db())
        .await
        .unwrap()
        .unwrap_or_else(|| panic!("there is no mail to {email}"));
        let text = read_mail::in_clear(&self.app, id).await.unwrap();
        text.split_whitespace()
            .filter_map(|word| word.strip_prefix(PUBLIC_URL))
            .map(str::to_owned)
            .collect()
    }

    /// When any session of a person was last used, as far as it was noted.
    pub(crate) async fn last_seen(&self, person: PersonId) -> DateTime<Utc> {
        self.settle().await;
        sqlx::query_scalar("select max(last_seen_at) from session where person_id = $1")
            .bind(person.0)
            .fetch_one(self.db())
            .await
            .unwrap()
    }

    /// Waits until what is written after an answer is written.
    pub(crate) async fn settle(&self) {
        self.app.late_writes.finished().await;
    }

    /// Whose the entries of a verb are, and at which firm, oldest first.
    pub(crate) async fn recorded(&self, verb: &str) -> Vec<(Option<Uuid>, Option<Uuid>)> {
        self.settle().await;
        sqlx::query_as(
            "select actor_id, firm_id from activity where verb = $1 order by activity_id",
        )
        .bind(verb)
        .fetch_all(self.db())
        .await
        .unwrap()
    }

    /// How many mails were written to `email`.
    pub(crate) async fn mails_to(&self, email: &str) -> i64 {
        sqlx::query_scalar("select count(*) from mail where recipient = $1")
            .bind(email)
            .fetch_one(self.db())
            .await
            .unwrap()
    }

    /// The verbs of a firm's activity, oldest first.
    pub(crate) async fn activity_of(&self, firm: FirmId) -> Vec<String> {
        self.settle().await;
        sqlx::query_scalar("select verb from activity where firm_id = $1 order by activity_id")
            .bind(firm.0)
            .fetch_all(self.db())
            .await
            .unwrap()
    }
}

/// Does all work that is due by the clock, until none is. What is done periodically is done in
/// every round, since a story does not wait for it: the last finds nothing more to do.
pub(crate) async fn work_until_nothing_is_due(app: &App) {
    let worker = worker::new(app.clone(), CancellationToken::new());
    for _ in 0..ROUNDS {
        app.deliveries.put_work().await;
        let mut tx = app.db.begin().await.unwrap();
        sqlx::query("update work set due_at = $1 where key = $2")
            .bind(app.clock.now())
            .bind(Uuid::nil())
            .execute(&mut *tx)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        if drain(&worker).await == 0 {
            return;
        }
    }
    panic!("after {ROUNDS} rounds there is still work due");
}

/// Does everything that is due by the clock, one after the other, until nothing is, and what is
/// periodic after what was asked for; returns how much was asked for.
pub(crate) async fn drain(worker: &Worker) -> usize {
    let (mut done, mut later) = (0, Vec::new());
    loop {
        let claimed = worker.claim().await.unwrap().into_iter();
        let (periodic, asked_for): (Vec<_>, Vec<_>) =
            claimed.partition(|(lease, _)| lease.key.is_nil());
        later.extend(periodic);
        done += asked_for.len();
        let next = match asked_for.is_empty() {
            true => std::mem::take(&mut later),
            false => asked_for,
        };
        if next.is_empty() {
            return done;
        }
        for (lease, _place) in next {
            worker.attend(&lease).await;
        }
    }
}

impl FirmAdmin {
    /// The firm's Concierge page.
    pub(crate) fn home(&self) -> String {
        paths::concierge(self.firm)
    }
}

fn clock() -> Clock {
    Clock::settable(BEGINNING.parse().unwrap())
}

fn config(database_url: &str, settings: &[(&str, &str)]) -> Config {
    let keys = generate_key_line("test").unwrap();
    Config::from_lookup(|name| {
        let set = settings.iter().find(|(set, _)| *set == name);
        if let Some((_, value)) = set {
            return Some((*value).to_owned());
        }
        match name {
            "DATABASE_URL" => Some(database_url.to_owned()),
            "CONCIERGE_PUBLIC_URL" => Some(PUBLIC_URL.to_owned()),
            "CONCIERGE_ENCRYPTION_KEYS" => Some(keys.expose_secret().to_owned()),
            "PROCORE_WEBHOOK_NAMESPACE" => Some("concierge-test".to_owned()),
            _ => None,
        }
    })
    .unwrap_or_else(|problems| panic!("{problems}"))
}
