//! Everything that breaks after *done* is found, told once, and its end is told once.

use chrono::TimeDelta;
use concierge::catalog::DataSet;
use concierge::identity::SupportRole;
use concierge::paths;
use procore_sandbox::testing::{Sandbox, SandboxOptions};

use crate::harness::app::{FirmAdmin, TestApp};
use crate::harness::case::case_of;
use crate::harness::confirmed::confirm;
use crate::harness::page::Page;
use crate::harness::site::{NAMESPACE, START, choices};

mod app_update;
mod late_copy;
mod recovery;
mod told_together;
mod webhook;

/// A firm that is connected, and the Procore in which things go wrong.
struct Connected {
    app: TestApp,
    sandbox: Sandbox,
    admin: FirmAdmin,
}

impl Connected {
    async fn to(sets: &[DataSet]) -> Self {
        let options = SandboxOptions::default().switch("freeze");
        let sandbox = Sandbox::start(options.flag("now", START)).await;
        let app = TestApp::start_without_pauses(&[
            ("CONCIERGE_PUBLIC_URL", "http://127.0.0.1:9"), // where nobody listens
            ("PROCORE_LOGIN_URL", &sandbox.url),
            ("PROCORE_API_URL", &sandbox.url),
            ("PROCORE_WEB_URL", &sandbox.url),
        ])
        .await;
        let admin = app.firm_admin().await;
        confirm(&app.app, admin.firm, choices(sets)).await;
        app.run_jobs().await;
        Self {
            app,
            sandbox,
            admin,
        }
    }

    async fn pass_hours(&self, hours: i64) {
        for _ in 0..hours {
            self.app.advance(TimeDelta::hours(1));
            self.sandbox.advance_clock(3600).await;
            self.app.run_jobs().await;
        }
    }

    /// Causes that stand open.
    async fn open(&self) -> Vec<String> {
        sqlx::query_scalar("select code from incident where ended_at is null order by code")
            .fetch_all(self.app.db())
            .await
            .unwrap()
    }

    /// Mails about incidents so far: about something wrong, and about its end.
    async fn mails(&self) -> (i64, i64) {
        sqlx::query_as(
            "select count(*) filter (where kind = 'incident'),
                    count(*) filter (where kind = 'recovered') from mail",
        )
        .fetch_one(self.app.db())
        .await
        .unwrap()
    }

    /// Subject and text of the last mail of a kind.
    async fn mail(&self, kind: &str) -> (String, String) {
        let last = "select subject, text from mail where kind = $1 order by mail_id desc limit 1";
        let last = sqlx::query_as(last).bind(kind).fetch_one(self.app.db());
        last.await.unwrap()
    }

    async fn overview(&self) -> Page {
        let path = paths::integration(self.admin.firm);
        self.admin.browser.get(&path).await
    }

    /// The line of the queue: situation, reason and whom it waits for.
    async fn line(&self) -> (String, Option<String>, String) {
        sqlx::query_as("select situation, reason, waiting_on from queue_line")
            .fetch_one(self.app.db())
            .await
            .unwrap()
    }

    async fn break_by(&self, drift: Drift) {
        let sandbox = &self.sandbox;
        match drift {
            Drift::Uninstalled => sandbox.uninstall().await,
            Drift::SecretRevoked => {
                let gone = "another-secret-0123456789-abcdefghijklmnopq";
                sandbox.replace_secret(gone).await;
                sandbox.expire_tokens().await;
            }
            Drift::LevelLowered => sandbox.set_level("directory", "None").await,
            Drift::WebhookLevelLowered => sandbox.set_level("webhooks_api", "None").await,
            Drift::ProjectsWithdrawn => sandbox.permit_projects(&[]).await,
            Drift::OneProjectWithdrawn => {
                let sql = "select min(procore_id) from record where kind = 'projects'";
                let id = sqlx::query_scalar(sql).fetch_one(self.app.db()).await;
                sandbox.permit_all_projects().await;
                sandbox.withdraw_project(id.unwrap()).await;
            }
            Drift::HookDisabled => sandbox.set_hook_active(false).await,
            Drift::TriggerDeleted => sandbox.delete_trigger().await,
            Drift::AppUpdate => sandbox.offer_app_update().await,
        }
    }

    /// Everything is looked at.
    async fn look_now(&self) {
        let page = self.overview().await;
        let button = page.button("Check now").expect("it may be checked");
        self.admin.browser.submit(&button, &[]).await;
        self.app.run_jobs().await;
    }

    /// The webhook is set up again.
    async fn press_repair(&self) {
        let path = paths::integration_page(self.admin.firm, "webhooks");
        let page = self.admin.browser.get(&path).await;
        let button = page.button("Repair").expect("it may be repaired");
        let page = self.admin.browser.submit(&button, &[]).await;
        assert!(page.has_text("We are setting it up again"));
        self.app.run_jobs().await;
        let page = self.admin.browser.get(&path).await;
        assert!(page.button("Repair").is_none(), "{}", page.text());
    }

    async fn repair(&self, drift: Drift) {
        use procore_sandbox::testing::CLIENT_SECRET;
        let sandbox = &self.sandbox;
        match drift {
            Drift::Uninstalled => sandbox.reinstall_with_projects().await,
            Drift::SecretRevoked => sandbox.replace_secret(CLIENT_SECRET).await,
            Drift::LevelLowered => sandbox.set_level("directory", "Read Only").await,
            Drift::WebhookLevelLowered => sandbox.set_level("webhooks_api", "Standard").await,
            Drift::ProjectsWithdrawn | Drift::OneProjectWithdrawn => {
                sandbox.permit_all_projects().await;
            }
            Drift::HookDisabled => sandbox.set_hook_active(true).await,
            Drift::TriggerDeleted => self.press_repair().await,
            Drift::AppUpdate => sandbox.accept_app_update(false).await,
        }
    }
}

/// What can go wrong in Procore after *done*.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Drift {
    Uninstalled,
    SecretRevoked,
    LevelLowered,
    WebhookLevelLowered,
    ProjectsWithdrawn,
    OneProjectWithdrawn,
    HookDisabled,
    TriggerDeleted,
    AppUpdate,
}

#[tokio::test]
async fn every_drift_is_found_told_once_and_its_end_is_told_once() {
    let firm = Connected::to(&[DataSet::Projects, DataSet::People]).await;
    firm.pass_hours(6).await;
    assert_eq!(firm.open().await, Vec::<String>::new());
    let page = firm.overview().await;
    assert!(page.has_text("Healthy"), "{}", page.text());

    for (drift, code, word, party) in [
        (
            Drift::Uninstalled,
            "PC-NOT-INSTALLED",
            "Broken",
            "procore_admin",
        ),
        (Drift::SecretRevoked, "PC-CREDENTIALS", "Broken", "firm"),
        (
            Drift::LevelLowered,
            "PC-LEVEL:directory",
            "Degraded",
            "procore_admin",
        ),
        (
            Drift::WebhookLevelLowered,
            "PC-WEBHOOK-LEVEL",
            "Degraded",
            "procore_admin",
        ),
        (
            Drift::ProjectsWithdrawn,
            "PC-NO-PROJECTS",
            "Degraded",
            "procore_admin",
        ),
        (
            Drift::OneProjectWithdrawn,
            "PC-HIDDEN",
            "Degraded",
            "procore_admin",
        ),
        (Drift::HookDisabled, "PC-HOOK", "Degraded", "firm"),
        (Drift::TriggerDeleted, "PC-HOOK", "Degraded", "firm"),
        (
            Drift::AppUpdate,
            "PC-APP-UPDATE",
            "Degraded",
            "procore_admin",
        ),
    ] {
        let (told, recovered) = firm.mails().await;
        firm.break_by(drift).await;
        let mut hours = 0;
        while firm.open().await.is_empty() {
            firm.pass_hours(1).await;
            hours += 1;
            assert!(hours <= 6, "{drift:?} is found within hours");
        }
        assert_eq!(firm.open().await, [code], "{drift:?}");
        assert_eq!(firm.mails().await.0, told, "not before it lasted an hour");
        firm.pass_hours(1).await;
        assert_eq!(firm.mails().await.0, told + 1, "{drift:?} is told");
        firm.pass_hours(8).await;
        assert_eq!(firm.mails().await.0, told + 1, "{drift:?} is told once");

        let page = firm.overview().await;
        assert!(page.has_text(word), "{drift:?}: {}", page.text());
        assert!(page.has_text(&format!("Ref {code}")), "{drift:?}");
        let tile = paths::concierge(firm.admin.firm);
        let tile = firm.admin.browser.get(&tile).await;
        assert!(tile.has_text(word), "{drift:?}: {}", tile.text());
        let (situation, reason, waiting_on) = firm.line().await;
        assert_eq!(situation, format!("connection_{}", word.to_lowercase()));
        assert_eq!(
            (reason.as_deref(), waiting_on.as_str()),
            (Some(code), party)
        );

        firm.repair(drift).await;
        firm.pass_hours(5).await;
        assert_eq!(firm.open().await, Vec::<String>::new(), "{drift:?} is over");
        assert_eq!(firm.mails().await, (told + 1, recovered + 1), "{drift:?}");
        assert!(firm.overview().await.has_text("Healthy"));
        assert_eq!(firm.line().await.0, "connected");
    }
}

impl Connected {
    /// Hours pass, and Procore tries to deliver in each.
    async fn try_to_deliver(&self, hours: i64) {
        for _ in 0..hours {
            self.sandbox.settled_deliveries().await;
            self.sandbox.advance_clock(3600).await;
            self.app.advance(TimeDelta::hours(1));
        }
    }

    /// How often it was found that Procore gave deliveries up.
    async fn times_given_up(&self) -> i64 {
        sqlx::query_scalar("select count(*) from incident where code = 'PC-DELIVERIES'")
            .fetch_one(self.app.db())
            .await
            .unwrap()
    }
}

#[tokio::test]
async fn what_procore_gave_up_is_found_after_midnight_and_when_asked() {
    let mut firm = Connected::to(&[DataSet::Offices]).await;
    let office = serde_json::json!({ "name": "Pier 9" });
    firm.pass_hours(11).await;
    firm.sandbox.create_record("offices", office.clone()).await;
    for _ in 0..24 {
        firm.try_to_deliver(1).await;
        firm.app.run_jobs().await;
    }
    assert_eq!(firm.times_given_up().await, 1, "created the day before");
    assert_eq!(firm.open().await, Vec::<String>::new());

    firm.sandbox.create_record("offices", office).await;
    firm.try_to_deliver(14).await;
    firm.admin = firm.app.admin_of(firm.admin.firm).await;
    // Nobody takes the leap for an outage of ours, which would have everything read.
    let leap = sqlx::query("delete from heartbeat");
    leap.execute(firm.app.db()).await.unwrap();
    let page = firm.overview().await;
    let button = page.button("Check now").expect("it may be checked");
    firm.admin.browser.submit(&button, &[]).await;
    firm.app.run_jobs().await;
    assert_eq!(firm.times_given_up().await, 2, "{:?}", firm.open().await);
}

#[tokio::test]
async fn every_end_is_told_and_nothing_works_again_while_something_else_is_wrong() {
    let firm = Connected::to(&[DataSet::Projects, DataSet::People]).await;
    firm.break_by(Drift::HookDisabled).await;
    firm.break_by(Drift::LevelLowered).await;
    firm.pass_hours(10).await;
    assert_eq!(firm.open().await, ["PC-HOOK", "PC-LEVEL:directory"]);
    firm.repair(Drift::HookDisabled).await;
    firm.pass_hours(8).await;
    assert_eq!(firm.open().await, ["PC-LEVEL:directory"]);
    assert_eq!(firm.mails().await.1, 1, "for its cause");
    let (subject, text) = firm.mail("recovered").await;
    assert_eq!(subject, "One problem with your Procore connection is over");
    assert!(text.contains("Not everything works yet"), "{text}");
    assert!(text.contains("Still wrong: "), "{text}");
    firm.repair(Drift::LevelLowered).await;
    firm.pass_hours(8).await;
    assert_eq!(firm.open().await, Vec::<String>::new());
    assert_eq!(firm.mails().await.1, 2);
    let (subject, _) = firm.mail("recovered").await;
    assert_eq!(subject, "Your Procore connection works again");
}

#[tokio::test]
async fn an_outage_is_one_of_the_installation_and_writes_to_nobody() {
    let firm = Connected::to(&[DataSet::Projects]).await;
    firm.sandbox.down().await;
    firm.pass_hours(5).await;
    assert_eq!(firm.open().await, Vec::<String>::new());
    assert_eq!(firm.mails().await, (0, 0));
    let outages: Vec<bool> = sqlx::query_scalar("select ended_at is null from outage")
        .fetch_all(firm.app.db())
        .await
        .unwrap();
    assert_eq!(outages, [true]);
    let support = firm.app.support(SupportRole::Staff).await;
    let page = support.browser.get(paths::SUPPORT_OVERVIEW).await;
    assert!(page.has_text("Procore (Production) has not answered"));
    let page = firm.overview().await;
    let away = "Procore does not answer at the moment. Nothing is lost";
    let answers = "Procore answers, and changes reach us.";
    assert!(
        page.has_text(away) && !page.has_text(answers),
        "{}",
        page.text()
    );
    firm.sandbox.up().await;
    firm.pass_hours(2).await;
    let outages: Vec<bool> = sqlx::query_scalar("select ended_at is null from outage")
        .fetch_all(firm.app.db())
        .await
        .unwrap();
    assert_eq!(outages, [false]);
    assert!(firm.overview().await.has_text("Healthy"));
}

#[tokio::test]
async fn a_broken_connection_is_asked_ever_more_rarely() {
    let firm = Connected::to(&[DataSet::Projects]).await;
    firm.sandbox.uninstall().await;
    firm.pass_hours(8).await;
    firm.sandbox.reset_requests().await;
    firm.pass_hours(72).await;
    let path = "/rest/v1.3/companies/{company_id}/me";
    let asked = firm.sandbox.requests("GET", path).await;
    assert!((10..=15).contains(&asked), "{asked} calls in three days");
}

#[tokio::test]
async fn check_now_looks_at_everything_and_finds_the_end_at_once() {
    let firm = Connected::to(&[DataSet::Projects, DataSet::People]).await;
    firm.sandbox.set_level("directory", "None").await;
    firm.sandbox.set_hook_active(false).await;
    let page = firm.overview().await;
    let button = page.button("Check now").expect("it may be checked");
    let page = firm.admin.browser.submit(&button, &[]).await;
    assert!(page.has_text("Asking Procore now"), "{}", page.text());
    firm.app.run_jobs().await;
    assert_eq!(firm.open().await, ["PC-HOOK", "PC-LEVEL:directory"]);
    let page = firm.overview().await;
    assert!(page.has_text("Degraded") && page.has_text("It was disabled."));
    let filled = page.texts(".health > .actions .button:not(.button-second)");
    assert_eq!(filled, ["Check now"], "the next step");
    let permissions = paths::integration_page(firm.admin.firm, "permissions");
    let shown = firm.admin.browser.visit(&permissions).await;
    assert!(
        shown.has_text("Ref PC-LEVEL:directory") && !shown.has_text("All checks passed"),
        "what was found since takes the place of the older check: {}",
        shown.text()
    );

    firm.sandbox.set_level("directory", "Read Only").await;
    firm.sandbox.set_hook_active(true).await;
    let button = page.button("Check now").expect("it may be checked again");
    firm.admin.browser.submit(&button, &[]).await;
    firm.app.run_jobs().await;
    assert_eq!(firm.open().await, Vec::<String>::new());
    assert_eq!(firm.mails().await, (0, 0), "it did not last an hour");
    let verbs = firm.app.activity_of(firm.admin.firm).await;
    let asked = verbs.iter().filter(|it| *it == "connection.check_asked");
    assert_eq!(asked.count(), 2);
}

#[tokio::test]
async fn a_webhook_is_repaired_whatever_was_done_to_it() {
    let firm = Connected::to(&[DataSet::Projects]).await;
    let hooks = || async { firm.sandbox.state().await.hooks };
    let triggers = hooks().await.remove(0).triggers;
    let address = hooks().await.remove(0).destination_url;
    for done in ["disabled", "deleted", "doubled", "trigger"] {
        let sandbox = &firm.sandbox;
        match done {
            "disabled" => sandbox.set_hook_active(false).await,
            "deleted" => sandbox.delete_hook().await,
            "doubled" => sandbox.create_hook(NAMESPACE, &address, &[]).await,
            _ => sandbox.delete_trigger().await,
        }
        let page = firm.overview().await;
        let button = page.button("Check now").unwrap();
        firm.admin.browser.submit(&button, &[]).await;
        firm.app.run_jobs().await;
        assert_eq!(firm.open().await, ["PC-HOOK"], "{done}");
        let webhooks = paths::integration_page(firm.admin.firm, "webhooks");
        let page = firm.admin.browser.get(&webhooks).await;
        let is_missing = page.has_text("Repair brings it back.");
        assert_eq!(is_missing, done != "doubled", "{done}: {}", page.text());
        firm.press_repair().await;
        assert_eq!(firm.open().await, Vec::<String>::new(), "{done}");
        let [hook] = hooks()
            .await
            .try_into()
            .unwrap_or_else(|_| panic!("one hook"));
        assert_eq!(hook.triggers, triggers, "{done}");
    }
    let repaired = firm.app.recorded("webhook.repaired").await;
    assert_eq!(repaired.len(), 4);
}

#[tokio::test]
async fn what_asks_for_the_same_release_is_one_card_here_and_open_at_the_case() {
    let firm = Connected::to(&[DataSet::People, DataSet::Offices]).await;
    for tool in ["directory", "webhooks_api"] {
        firm.sandbox.set_level(tool, "None").await;
    }
    firm.pass_hours(7).await;
    let open = firm.open().await;
    assert!(open.contains(&"PC-LEVEL:directory".to_owned()), "{open:?}");
    assert!(open.contains(&"PC-WEBHOOK-LEVEL".to_owned()), "{open:?}");
    let page = firm.overview().await;
    let titles = page.texts(".fix-card > h2");
    assert_eq!(titles, ["Change 2 levels, then release once"]);
    assert!(
        page.has_text("Building Data Connection Applications"),
        "{}",
        page.text()
    );

    let permissions = paths::integration_page(firm.admin.firm, "permissions");
    let page = firm.admin.browser.get(&permissions).await;
    let again = page.button("Check again").expect("it may be checked");
    firm.admin.browser.submit(&again, &[]).await;
    firm.app.run_jobs().await;
    let support = firm.app.support(SupportRole::Staff).await;
    let case = paths::case(case_of(&firm.app, firm.admin.firm).await);
    let page = support.browser.get(&case).await;
    let open = page.texts("details[open] .fix-card > h2");
    assert_eq!(
        open,
        ["Change 2 levels, then release once"],
        "{}",
        page.text()
    );
}
