//! What a firm does with a live connection: pauses it, resumes it, has it read now, reconnects it.

use chrono::TimeDelta;
use concierge::catalog::DataSet;
use concierge::identity::SupportRole;
use concierge::{paths, worker};
use procore_sandbox::testing::{CLIENT_ID, Sandbox, SandboxOptions};
use serde_json::json;
use sqlx::AssertSqlSafe;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::harness::app::{FirmAdmin, TestApp};
use crate::harness::case::{case_of, send};
use crate::harness::confirmed::confirm;
use crate::harness::live::serve;
use crate::harness::page::Page;
use crate::harness::site::{START, choices};
use crate::projects_board::{ids, integrate};

const OFFICE: &str = "/rest/v1.0/offices/{id}";
const NEW_SECRET: &str = "new-secret-0123456789-abcdefghijklmnopqrstu";
const ME: &str = "/rest/v1.3/companies/{company_id}/me";

/// A connected firm that Procore can deliver to.
struct Firm {
    app: TestApp,
    sandbox: Sandbox,
    admin: FirmAdmin,
}

impl Firm {
    async fn connected(sets: &[DataSet]) -> Self {
        let options = SandboxOptions::default().switch("freeze");
        let sandbox = Sandbox::start(options.flag("now", START)).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let app = TestApp::start_without_pauses(&[
            ("CONCIERGE_PUBLIC_URL", &format!("http://127.0.0.1:{port}")),
            ("CONCIERGE_EVENT_RETENTION", "7d"),
            ("PROCORE_LOGIN_URL", &sandbox.url),
            ("PROCORE_API_URL", &sandbox.url),
            ("PROCORE_WEB_URL", &sandbox.url),
        ])
        .await;
        serve(listener, app.app.clone());
        let admin = app.firm_admin().await;
        confirm(&app.app, admin.firm, choices(sets)).await;
        app.run_jobs().await;
        Self {
            app,
            sandbox,
            admin,
        }
    }

    async fn pass(&self, time: TimeDelta) {
        self.app.advance(time);
        self.sandbox.advance_clock(time.num_seconds()).await;
        self.app.run_jobs().await;
    }

    /// An admin comes back after so long that the session is over.
    async fn sign_in_again(&mut self) {
        self.admin = self.app.admin_of(self.admin.firm).await;
    }

    async fn overview(&self) -> Page {
        let path = paths::integration(self.admin.firm);
        self.admin.browser.get(&path).await
    }

    /// Presses a button of the overview.
    async fn press(&self, label: &str) -> Page {
        let page = self.overview().await;
        let Some(button) = page.button(label) else {
            panic!("no {label}: {}", page.text());
        };
        self.admin.browser.submit(&button, &[]).await
    }

    /// Which of these buttons the overview offers.
    async fn offered(&self) -> Vec<&'static str> {
        let page = self.overview().await;
        let all = ["Check now", "Sync now", "Reconnect", "Pause", "Resume"];
        let offered = all.into_iter().filter(|it| page.button(it).is_some());
        offered.collect()
    }

    /// Procore announces that an office has another name.
    async fn rename_office(&self, name: &str) -> i64 {
        let sql = "select min(procore_id) from record where kind = 'offices'";
        let id: i64 = self.one(sql).await;
        let renamed = json!({ "name": name });
        self.sandbox.edit_record("offices", id, renamed).await;
        self.sandbox.settled_deliveries().await;
        id
    }

    async fn name_of(&self, office: i64) -> String {
        let sql = "select body->>'name' from record where kind = 'offices' and procore_id = ";
        self.one(&format!("{sql}{office}")).await
    }

    async fn one<T>(&self, sql: &str) -> T
    where
        T: Send + Unpin + for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres>,
    {
        let one = sqlx::query_scalar(AssertSqlSafe(sql.to_owned()));
        one.fetch_one(self.app.db()).await.unwrap()
    }

    /// Enters the new secret, and has it checked.
    async fn enter_new_secret(&self) {
        let path = paths::replace_credentials(self.admin.firm);
        let page = self.admin.browser.get(&path).await;
        let button = page.button("Check and replace").expect("a form");
        let (onboarding, version) = (page.value_of("onboarding"), page.value_of("version"));
        let fields = [
            ("onboarding", onboarding.as_str()),
            ("version", version.as_str()),
            ("client_id", CLIENT_ID),
            ("client_secret", NEW_SECRET),
        ];
        self.admin.browser.submit(&button, &fields).await;
        self.app.run_jobs().await;
    }

    /// Events that wait, and those that were applied.
    async fn events(&self) -> (i64, i64) {
        let waiting = "select count(*) from event where handled_at is null";
        let applied = "select count(*) from event where outcome = 'applied'";
        (self.one(waiting).await, self.one(applied).await)
    }
}

#[tokio::test]
async fn a_paused_firm_is_left_alone_and_what_arrives_is_applied_once_it_resumes() {
    let mut firm = Firm::connected(&[DataSet::Offices]).await;
    assert_eq!(firm.offered().await, ["Check now", "Sync now", "Pause"]);
    let page = firm.press("Pause").await;
    assert!(page.has_text("Paused"), "{}", page.text());
    assert_eq!(firm.offered().await, ["Resume"]);
    let permissions = paths::integration_page(firm.admin.firm, "permissions");
    let page = firm.admin.browser.get(&permissions).await;
    assert!(page.button("Check again").is_none(), "{}", page.text());
    let checked = firm.admin.browser.post(&permissions, &[]).await;
    assert_eq!(checked.status, 409, "nothing is asked in a pause");
    let webhooks = paths::integration_page(firm.admin.firm, "webhooks");
    let page = firm.admin.browser.get(&webhooks).await;
    for button in ["Check deliveries", "Test our address"] {
        assert!(page.button(button).is_none(), "{button}: {}", page.text());
    }
    let tested = "It can be tested once you resume it.";
    assert!(page.has_text(tested), "{}", page.text());
    let tile = paths::concierge(firm.admin.firm);
    let tile = firm.admin.browser.get(&tile).await;
    assert!(tile.has_text("Paused"));
    let line: String = firm.one("select situation from queue_line").await;
    assert_eq!(line, "connection_paused");

    firm.sandbox.reset_requests().await;
    let office = firm.rename_office("Renamed twice").await;
    firm.rename_office("Renamed in the pause").await;
    for _ in 0..30 {
        firm.pass(TimeDelta::hours(1)).await;
    }
    assert_eq!(firm.events().await, (2, 0), "they are kept");
    for path in [OFFICE, ME, "/rest/v1.0/offices"] {
        let asked = firm.sandbox.requests("GET", path).await;
        assert_eq!(asked, 0, "{path} is not asked in a pause");
    }
    assert_ne!(firm.name_of(office).await, "Renamed in the pause");

    firm.sign_in_again().await;
    firm.press("Resume").await;
    firm.app.run_jobs().await;
    assert_eq!(firm.events().await, (0, 2));
    assert_eq!(firm.name_of(office).await, "Renamed in the pause");
    assert_eq!(firm.sandbox.requests("GET", OFFICE).await, 1, "asked once");
    let looks: i64 = firm
        .one("select count(distinct looked_at) from probe")
        .await;
    assert_eq!(looks, 1, "everything was looked at");
    assert_eq!(firm.offered().await, ["Check now", "Sync now", "Pause"]);
    let verbs = firm.app.activity_of(firm.admin.firm).await;
    for verb in [
        "connection.paused",
        "connection.resumed",
        "copy.gap_repaired",
    ] {
        let times = verbs.iter().filter(|it| *it == verb).count();
        assert_eq!(times, 1, "{verb}: {verbs:?}");
    }
}

#[tokio::test]
async fn a_project_pauses_with_its_firm() {
    let firm = Firm::connected(&[DataSet::Projects]).await;
    let (app, id) = (&firm.app, firm.admin.firm);
    let project = ids(app).await[0];
    integrate(app, &firm.admin, &[project], &choices(&[DataSet::Rfis])).await;
    let page = firm.admin.browser.get(&paths::project(id, project)).await;
    assert!(page.button("Sync now").is_some(), "{}", page.text());
    firm.press("Pause").await;
    let page = firm.admin.browser.get(&paths::project(id, project)).await;
    assert_eq!(page.texts(".health-state .tag"), ["Paused"]);
    for button in ["Sync now", "Check again"] {
        assert!(page.button(button).is_none(), "{}", page.text());
    }

    firm.sandbox.reset_requests().await;
    let rfi: i64 = firm
        .one("select min(procore_id) from record where kind = 'rfis'")
        .await;
    let subject = json!({ "subject": "Asked in the pause" });
    firm.sandbox
        .edit_project_record(project, "rfis", rfi, subject)
        .await;
    firm.sandbox.settled_deliveries().await;
    for _ in 0..3 {
        firm.pass(TimeDelta::hours(1)).await;
    }
    assert_eq!(firm.events().await, (1, 0), "it is kept");
    assert!(firm.sandbox.state().await.requests.is_empty());

    firm.press("Resume").await;
    firm.app.run_jobs().await;
    assert_eq!(firm.events().await, (0, 1));
    let subject = format!("select body->>'subject' from record where procore_id = {rfi}");
    let subject: String = firm.one(&subject).await;
    assert_eq!(subject, "Asked in the pause");
}

#[tokio::test]
async fn a_worker_that_dies_while_the_firm_resumes_loses_nothing() {
    let firm = Firm::connected(&[DataSet::Offices]).await;
    firm.press("Pause").await;
    let office = firm.rename_office("Renamed in the pause").await;
    firm.pass(TimeDelta::hours(2)).await;
    firm.press("Resume").await;
    let dying = worker::new(firm.app.app.clone(), CancellationToken::new());
    let taken = dying.claim().await.unwrap();
    let kinds: Vec<&str> = taken.iter().map(|(lease, _)| lease.kind.as_str()).collect();
    for kind in ["events", "reconcile", "watch_connection"] {
        assert!(kinds.contains(&kind), "{kind} is due: {kinds:?}");
    }
    drop((taken, dying));
    firm.app.run_jobs().await;
    assert_eq!(firm.events().await, (1, 0), "the dead worker has it");
    firm.pass(TimeDelta::minutes(1)).await;
    assert_eq!(firm.events().await, (0, 1));
    assert_eq!(firm.name_of(office).await, "Renamed in the pause");
    let gaps: i64 = firm
        .one("select count(*) from reconcile where gap_from is not null")
        .await;
    assert_eq!(gaps, 0, "what changed meanwhile was read");
}

#[tokio::test]
async fn a_pause_in_which_events_were_dropped_ends_with_reading_everything() {
    let sets = [
        DataSet::Departments,
        DataSet::Offices,
        DataSet::Programs,
        DataSet::Trades,
    ];
    let mut firm = Firm::connected(&sets).await;
    let whole = "select count(*) from action join run using (firm_id, run_id)
                 where run.kind = 'reconcile' and action.name like 'sync%'";
    // Events are kept for seven days after their own, which may be the one before they came.
    for (hours, reads_all) in [(24, false), (6 * 24 + 1, true)] {
        firm.press("Pause").await;
        // Nobody takes the leap for an outage of ours, which would have everything read as well.
        let leap = sqlx::query("delete from heartbeat");
        leap.execute(firm.app.db()).await.unwrap();
        firm.pass(TimeDelta::hours(hours)).await;
        firm.sign_in_again().await;
        firm.press("Resume").await;
        firm.app.run_jobs().await;
        let read: i64 = firm.one(whole).await;
        assert_eq!(read == 4, reads_all, "{read} after {hours} hours");
    }
}

#[tokio::test]
async fn sync_now_reads_what_changed_at_once_and_asked_twice_it_is_one_run() {
    let firm = Firm::connected(&[DataSet::Offices]).await;
    firm.sandbox.arrange_deliveries(&[]).await;
    let page = firm.press("Sync now").await;
    assert!(page.has_text("Reading what changed in Procore"));
    assert!(page.button("Sync now").is_none());
    let path = paths::sync_now(firm.admin.firm);
    assert_eq!(firm.admin.browser.post(&path, &[]).await.status, 303);
    firm.app.run_jobs().await;
    let page = firm.overview().await;
    assert!(page.has_text("nothing was missing"), "{}", page.text());
    let runs: i64 = firm
        .one("select count(*) from run where kind = 'reconcile'")
        .await;
    assert_eq!(runs, 1);
    assert_eq!(firm.app.recorded("connection.sync_asked").await.len(), 1);
}

#[tokio::test]
async fn reconnect_checks_everything_ends_the_incident_and_catches_up() {
    let firm = Firm::connected(&[DataSet::Projects]).await;
    let before: String = firm
        .one("select string_agg(connection_id::text || settings::text, ',') from connection")
        .await;
    firm.sandbox.uninstall().await;
    firm.press("Check now").await;
    firm.app.run_jobs().await;
    assert_eq!(firm.offered().await, ["Check now", "Reconnect", "Pause"]);
    let path = paths::sync_now(firm.admin.firm);
    assert_eq!(firm.admin.browser.post(&path, &[]).await.status, 409);

    // In vain.
    firm.pass(TimeDelta::minutes(1)).await;
    let page = firm.press("Reconnect").await;
    assert!(page.has_text("Checking everything with Procore again"));
    firm.app.run_jobs().await;
    let page = firm.overview().await;
    assert!(page.has_text("Broken") && page.has_text("Ref PC-NOT-INSTALLED"));

    firm.sandbox.reinstall_with_projects().await;
    firm.pass(TimeDelta::minutes(1)).await;
    firm.press("Reconnect").await;
    firm.app.run_jobs().await;
    let page = firm.overview().await;
    assert!(page.has_text("Healthy"), "{}", page.text());
    assert!(page.has_text("Fixed") && page.has_text("App not installed"));
    let counting: i64 = firm
        .one("select count(*) from check_run where purpose = 'verify' and set_aside_at is null")
        .await;
    assert_eq!(counting, 1, "what an earlier one proved counts no longer");
    assert_eq!(firm.offered().await, ["Check now", "Sync now", "Pause"]);
    let after: String = firm
        .one("select string_agg(connection_id::text || settings::text, ',') from connection")
        .await;
    assert_eq!(after, before);
    let gaps: i64 = firm
        .one("select count(*) from reconcile where gap_from is not null")
        .await;
    assert_eq!(gaps, 0, "what changed meanwhile was read");
    let path = paths::reconnect(firm.admin.firm);
    assert_eq!(firm.admin.browser.post(&path, &[]).await.status, 409);
}

#[tokio::test]
async fn reconnect_leads_to_other_credentials_where_the_key_is_the_cause() {
    let firm = Firm::connected(&[DataSet::Projects]).await;
    firm.sandbox.replace_secret(NEW_SECRET).await;
    firm.sandbox.expire_tokens().await;
    firm.press("Check now").await;
    firm.app.run_jobs().await;
    let page = firm.overview().await;
    assert!(page.has_text("Broken") && page.has_text("Ref PC-CREDENTIALS"));
    assert!(page.button("Reconnect").is_none(), "checks would not help");
    let path = page.link("Reconnect").expect("a link");
    assert_eq!(path, paths::replace_credentials(firm.admin.firm));

    firm.enter_new_secret().await;
    let page = firm.overview().await;
    assert!(page.has_text("Healthy"), "{}", page.text());
    assert!(page.has_text("Fixed") && page.has_text("Key rejected"));
}

#[tokio::test]
async fn neither_reconnect_nor_other_credentials_resume_what_is_paused() {
    let mut firm = Firm::connected(&[DataSet::Projects]).await;
    firm.sandbox.replace_secret(NEW_SECRET).await;
    firm.sandbox.expire_tokens().await;
    firm.press("Check now").await;
    firm.app.run_jobs().await;
    firm.press("Pause").await;
    let path = paths::reconnect(firm.admin.firm);
    assert_eq!(firm.admin.browser.post(&path, &[]).await.status, 409);
    firm.enter_new_secret().await;
    firm.pass(TimeDelta::days(2)).await;
    firm.sign_in_again().await;
    let replaced: i64 = firm
        .one("select count(*) from credential where state = 'retired'")
        .await;
    assert_eq!(replaced, 1);
    assert!(firm.overview().await.has_text("Paused"));
    assert_eq!(firm.offered().await, ["Resume"]);
    let read: i64 = firm
        .one("select count(*) from run where kind = 'reconcile'")
        .await;
    assert_eq!(read, 0, "nothing was read");
    firm.press("Resume").await;
    firm.app.run_jobs().await;
    assert!(firm.overview().await.has_text("Healthy"));
}

#[tokio::test]
async fn support_does_the_same_from_the_case_where_it_applies() {
    let firm = Firm::connected(&[DataSet::Projects]).await;
    let support = firm.app.support(SupportRole::Staff).await;
    let id = case_of(&firm.app, firm.admin.firm).await;
    let act = async |action: &str| {
        let case = support.browser.get(&paths::case(id)).await;
        let page = send(&support.browser, &case, id, action, &[]).await;
        firm.app.run_jobs().await;
        page.status
    };
    let offered = async || {
        let case = support.browser.get(&paths::case(id)).await;
        let all = ["Check now", "Sync now", "Repair", "Send these fixes"];
        let offered = all.into_iter().filter(|it| case.button(it).is_some());
        offered.collect::<Vec<_>>()
    };
    assert_eq!(offered().await, ["Check now", "Sync now"]);
    assert_eq!(act("sync-now").await, 303);
    assert_eq!(act("repair").await, 409, "nothing is to be repaired");

    firm.sandbox.set_hook_active(false).await;
    assert_eq!(act("check-now").await, 303);
    assert_eq!(
        offered().await,
        ["Check now", "Sync now", "Repair", "Send these fixes"]
    );
    assert_eq!(act("repair").await, 303);
    let open: i64 = firm
        .one("select count(*) from incident where ended_at is null")
        .await;
    assert_eq!(open, 0);
    let verbs = firm.app.activity_of(firm.admin.firm).await;
    for verb in [
        "case.synced",
        "connection.sync_asked",
        "case.connection_checked",
        "connection.check_asked",
        "case.webhook_repaired",
        "webhook.repair_asked",
    ] {
        assert!(verbs.iter().any(|it| it == verb), "{verb}: {verbs:?}");
    }

    firm.press("Pause").await;
    assert_eq!(offered().await, Vec::<&str>::new());
    assert_eq!(act("check-now").await, 409);
}
