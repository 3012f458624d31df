//! An integrated project that cannot be read any more says why, keeps its data, and comes back by itself.

use chrono::TimeDelta;
use concierge::catalog::DataSet;
use concierge::paths;
use procore_sandbox::testing::{Sandbox, SandboxOptions};

use crate::harness::app::{FirmAdmin, PASSWORD, TestApp};
use crate::harness::confirmed::confirm;
use crate::harness::page::Page;
use crate::harness::site::{START, choices};
use crate::project_references::{borrowed, carried};

const ASSIGNMENTS: &str = "/rest/v1.0/companies/{company_id}/users/{user_id}/project_assignments";
const HOUR: i64 = 60 * 60;

/// A firm with one integrated project.
struct Story {
    sandbox: Sandbox,
    app: TestApp,
    admin: FirmAdmin,
    project: i64,
}

impl Story {
    async fn begin() -> Self {
        let options = SandboxOptions::default()
            .switch("freeze")
            .flag("now", START)
            .flag("projects", 2)
            .flag("inactive-projects", 0);
        let sandbox = Sandbox::start(options).await;
        let app = TestApp::start_with(&[
            ("PROCORE_LOGIN_URL", &sandbox.url),
            ("PROCORE_API_URL", &sandbox.url),
            ("PROCORE_WEB_URL", &sandbox.url),
        ])
        .await;
        let admin = app.firm_admin().await;
        confirm(&app.app, admin.firm, choices(&[DataSet::Projects])).await;
        app.run_jobs().await;
        let project = sqlx::query_scalar("select min(project_id) from project")
            .fetch_one(app.db())
            .await
            .unwrap();
        let story = Self {
            sandbox,
            app,
            admin,
            project,
        };
        story.after(60).await;
        story.integrate().await;
        story
    }

    async fn integrate(&self) {
        let (firm, browser) = (self.admin.firm, &self.admin.browser);
        let form = paths::choose_for_projects(firm);
        let id = self.project.to_string();
        let plan = browser
            .submit(&form, &[("project", &id), ("data", "rfis")])
            .await;
        let mut forms = plan.forms().into_iter();
        let form = forms
            .find(|it| it.action.contains("/plan"))
            .expect("the plan");
        let fields = form.fields.iter();
        let fields: Vec<(&str, &str)> = fields
            .map(|it| (it.name.as_str(), it.value.as_str()))
            .collect();
        browser.submit(&form.action, &fields).await;
        self.app.run_jobs().await;
        assert_eq!(self.shown_as().await, "integrated");
    }

    async fn after(&self, seconds: i64) {
        self.app.advance(TimeDelta::seconds(seconds));
        self.sandbox.advance_clock(seconds).await;
        self.app.run_jobs().await;
    }

    /// As long as it takes at most until everything was looked at and read in turn.
    async fn a_day(&self) {
        // So little at once that nothing takes it for an outage.
        for _ in 0..52 {
            self.after(HOUR / 2).await;
        }
        // Nobody stays signed in for so long.
        self.admin
            .browser
            .sign_in(&self.admin.email, PASSWORD)
            .await;
    }

    async fn shown_as(&self) -> String {
        sqlx::query_scalar("select shown_as from project where project_id = $1")
            .bind(self.project)
            .fetch_one(self.app.db())
            .await
            .unwrap()
    }

    /// It is removed on its page, with its data.
    async fn remove(&self) {
        let address = paths::remove_project(self.admin.firm, self.project);
        let page = self.admin.browser.get(&address).await;
        let carried = carried(&page, &address);
        let fields = [&borrowed(&carried)[..], &[("data", "on")]].concat();
        self.admin.browser.submit(&address, &fields).await;
        self.app.run_jobs().await;
    }

    async fn page(&self) -> Page {
        let address = paths::project(self.admin.firm, self.project);
        self.admin.browser.get(&address).await
    }

    async fn rfis(&self) -> i64 {
        sqlx::query_scalar(
            "select count(*) from record
             where kind = 'rfis' and project_id = $1 and gone_at is null and unavailable_at is null",
        )
        .bind(self.project)
        .fetch_one(self.app.db())
        .await
        .unwrap()
    }

    /// It is unavailable for this reason, on the board and on its page, with all that was read.
    async fn is_unavailable(&self, because: &str, rfis: i64) {
        let board = format!("{}?state=unavailable", paths::projects(self.admin.firm));
        let board = self.admin.browser.get(&board).await;
        assert!(board.has_text("Unavailable (1)"), "{}", board.text());
        assert!(board.has_text(because), "{because}: {}", board.text());
        let page = self.page().await;
        assert!(page.has_text(because), "{because}: {}", page.text());
        assert!(page.has_text("What was read stays here"));
        assert_eq!(self.rfis().await, rfis);
    }

    /// It came back by itself: its webhook is there, and what was created meanwhile was read.
    async fn is_back(&self, rfis: i64) {
        assert_eq!(self.shown_as().await, "integrated");
        let hooks = self.sandbox.project(self.project).await.hooks;
        assert_eq!(hooks.len(), 1);
        assert_eq!(self.rfis().await, rfis);
        let done = self.app.activity_of(self.admin.firm).await;
        assert!(done.contains(&"project.returned".to_owned()), "{done:?}");
        let page = self.page().await;
        assert!(
            !page.has_text("What was read stays here"),
            "{}",
            page.text()
        );
        self.sandbox.assert_no_violations().await;
    }

    /// Somebody works on in the project, and removes our webhook.
    async fn meanwhile(&self) {
        self.sandbox
            .create_project_record(self.project, "rfis", serde_json::json!({}))
            .await;
        self.sandbox.delete_project_hook(self.project).await;
    }
}

#[tokio::test]
async fn a_closed_one_is_unavailable_until_it_is_open_again() {
    let story = Story::begin().await;
    let rfis = story.rfis().await;
    story.meanwhile().await;
    story.sandbox.close_project(story.project).await;
    story.a_day().await;
    story.is_unavailable("Closed in Procore", rfis).await;
    story.sandbox.reopen_project(story.project).await;
    story.a_day().await;
    story.is_back(rfis + 1).await;
}

#[tokio::test]
async fn a_deactivated_one_is_unavailable_until_it_is_active_again() {
    let story = Story::begin().await;
    let rfis = story.rfis().await;
    story.sandbox.answer_closed_projects(None).await;
    story.meanwhile().await;
    story.sandbox.close_project(story.project).await;
    story.a_day().await;
    story.is_unavailable("Not active in Procore", rfis).await;
    story.sandbox.reopen_project(story.project).await;
    story.a_day().await;
    story.is_back(rfis + 1).await;
}

#[tokio::test]
async fn one_that_is_no_longer_permitted_is_unavailable_until_it_is_shared_again() {
    let story = Story::begin().await;
    let rfis = story.rfis().await;
    story.meanwhile().await;
    story.sandbox.withdraw_project(story.project).await;
    story.a_day().await;
    story
        .is_unavailable("No longer shared with the app", rfis)
        .await;
    story.sandbox.share_project(story.project).await;
    story.a_day().await;
    story.is_back(rfis + 1).await;
}

#[tokio::test]
async fn a_deleted_one_is_told_from_one_that_is_not_shared_where_procore_names_those() {
    let story = Story::begin().await;
    let rfis = story.rfis().await;
    story.sandbox.delete_project(story.project).await;
    story.a_day().await;
    story.is_unavailable("Probably deleted", rfis).await;

    let page = story.page().await;
    assert!(
        page.has_text("A project that was deleted does not come back"),
        "{}",
        page.text()
    );
    for useless in ["Sync now", "Change data"] {
        assert!(!page.has_text(useless), "{}", page.text());
    }
    assert_eq!(page.texts("a.button"), ["Remove"], "{}", page.text());

    // Somebody restored it.
    story.sandbox.restore_project(story.project).await;
    story.a_day().await;
    story.is_back(rfis).await;

    let story = Story::begin().await;
    let rfis = story.rfis().await;
    story.sandbox.refuse(ASSIGNMENTS, Some(403)).await;
    story.sandbox.delete_project(story.project).await;
    story.a_day().await;
    story
        .is_unavailable("it was deleted, or it is no longer shared", rfis)
        .await;
}

/// A project is no longer shared when it is removed: Procore lets us neither see nor delete the webhook in it.
#[tokio::test]
async fn a_webhook_that_procore_keeps_is_named_until_it_is_gone() {
    let story = Story::begin().await;
    let firm = story.admin.firm;
    let hook = story.sandbox.project(story.project).await.hooks.remove(0);
    story.sandbox.withdraw_project(story.project).await;
    story.remove().await;
    assert_eq!(story.rfis().await, 0, "the data goes all the same");
    // As once the company was reconciled.
    sqlx::query("update project set hidden_at = $2 where project_id = $1")
        .bind(story.project)
        .bind(story.app.now())
        .execute(story.app.db())
        .await
        .unwrap();

    let named = format!("our webhook {}", hook.id);
    let page = story.page().await;
    assert!(page.has_text(&named), "{}", page.text());
    assert!(page.has_text("We try again every day"));
    assert!(page.has_text(&format!("Still in Procore: {}", hook.id)));
    assert!(page.has_text("Being removed") && !page.has_text("Nothing that was read is lost"));
    let steps = page.texts(".click").concat();
    assert!(
        steps.contains("Project Admin") && steps.contains("Webhooks"),
        "{steps}"
    );
    assert!(!page.has_text("Share 1 project with the app"));
    assert!(!page.has_text("Partly read"), "{}", page.text());
    assert!(page.texts("[data-live=on]").is_empty(), "nothing moves");
    let again = page.button("Try again").expect("a way on");
    let fields = carried(&page, &again);
    let page = story.admin.browser.submit(&again, &borrowed(&fields)).await;
    assert_eq!(page.texts("[data-live=on]").len(), 1, "it is tried now");
    story.app.run_jobs().await;
    let page = story.page().await;
    assert!(page.has_text(&named), "{}", page.text());
    let board = format!("{}?state=unavailable", paths::projects(firm));
    let board = story.admin.browser.get(&board).await;
    let rows = board.texts("tbody tr").concat();
    assert!(rows.contains("Being removed"), "{rows}");
    assert!(
        rows.contains("does not let us delete our webhook"),
        "{rows}"
    );
    assert!(!rows.contains("catch up by ourselves"), "{rows}");
    let webhooks = paths::integration_page(firm, "webhooks");
    let page = story.admin.browser.get(&webhooks).await;
    let left = page.texts("ul li").concat();
    assert!(
        left.contains(&format!("webhook {}", hook.id)),
        "{}",
        page.text()
    );
    let title = story.page().await.h1();
    let to = paths::project(firm, story.project);
    assert_eq!(page.link(&title), Some(to), "{}", page.text());

    // It is shared again: the next day the webhook goes.
    story.sandbox.share_project(story.project).await;
    story.a_day().await;
    assert!(story.sandbox.project(story.project).await.hooks.is_empty());
    let page = story.admin.browser.get(&webhooks).await;
    assert!(
        !page.has_text("Webhooks left in projects"),
        "{}",
        page.text()
    );
    story.sandbox.assert_no_violations().await;
}
