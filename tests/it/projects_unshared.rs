//! What is not shared with us is named on the board, with how to share it.

use concierge::catalog::DataSet;
use concierge::paths;
use procore_sandbox::testing::{Sandbox, SandboxOptions};

use crate::harness::app::{FirmAdmin, PASSWORD, TestApp};
use crate::harness::confirmed::confirm;
use crate::harness::page::Page;
use crate::harness::site::{START, choices};
use crate::projects_board::{after, connected, ids};

/// The company's projects, by their numbers in Procore.
struct Company {
    sandbox: Sandbox,
    app: TestApp,
    admin: FirmAdmin,
    hidden: i64,
}

/// A firm that connected a company with three projects; one is not shared with us.
async fn with_one_not_shared(refused: bool) -> Company {
    let options = SandboxOptions::default()
        .switch("freeze")
        .flag("now", START)
        .flag("projects", 3)
        .flag("inactive-projects", 0);
    let sandbox = Sandbox::start(options).await;
    let hidden = procore_sandbox::testing::PROJECT_ID;
    sandbox.withdraw_project(hidden).await;
    if refused {
        sandbox.refuse(ASSIGNMENTS, Some(403)).await;
    }
    let app = TestApp::start_with(&[
        ("PROCORE_LOGIN_URL", &sandbox.url),
        ("PROCORE_API_URL", &sandbox.url),
        ("PROCORE_WEB_URL", &sandbox.url),
    ])
    .await;
    let admin = app.firm_admin().await;
    confirm(&app.app, admin.firm, choices(&[DataSet::Projects])).await;
    app.run_jobs().await;
    let company = Company {
        sandbox,
        app,
        admin,
        hidden,
    };
    company.after(60).await;
    company
}

const ASSIGNMENTS: &str = "/rest/v1.0/companies/{company_id}/users/{user_id}/project_assignments";

impl Company {
    async fn after(&self, seconds: i64) {
        self.app.advance(chrono::TimeDelta::seconds(seconds));
        self.sandbox.advance_clock(seconds).await;
        self.app.run_jobs().await;
    }

    /// What looks at projects give way to is over.
    async fn until_reconciled(&self) {
        for _ in 0..4 {
            self.after(60 * 30).await;
        }
    }

    async fn asked(&self) -> u64 {
        self.sandbox.requests("GET", ASSIGNMENTS).await
    }

    async fn page(&self, query: &str) -> Page {
        let address = format!("{}{query}", paths::unshared_projects(self.admin.firm));
        let page = self.admin.browser.get(&address).await;
        let heading = "Projects that are not shared";
        assert_eq!((page.status, page.h1().as_str()), (200, heading));
        page
    }

    async fn board(&self, query: &str) -> Page {
        let address = format!("{}{query}", paths::projects(self.admin.firm));
        self.admin.browser.get(&address).await
    }
}

async fn named(company: &Company) -> String {
    sqlx::query_scalar("select name::text from project_unshared where project_id = $1")
        .bind(company.hidden)
        .fetch_one(company.app.db())
        .await
        .unwrap()
}

#[tokio::test]
async fn procore_names_them_for_our_own_user_and_the_board_with_it() {
    let company = with_one_not_shared(false).await;
    assert_eq!(company.asked().await, 1);
    let name = named(&company).await;
    let board = company.board("").await;
    assert!(
        board.has_text("1 project of your company is not shared with us") && board.has_text(&name),
        "{}",
        board.text()
    );
    let search: String = url::form_urlencoded::byte_serialize(name.as_bytes()).collect();
    let found = company.board(&format!("?q={search}")).await;
    assert!(found.has_text("1 project that fits your search is not shared"));
    let other = company.board("?q=no-such-project").await;
    assert!(!other.has_text(&name), "{}", other.text());

    let page = company.page("").await;
    assert!(page.has_text(&name), "{}", page.text());
    for step in ["Current Project Settings", "Add All", "to all new projects"] {
        assert!(page.has_text(step), "{step}: {}", page.text());
    }
    let drawn = page.texts(".sketch title").concat();
    assert!(drawn.contains("share all existing projects"), "{drawn}");
    assert!(!page.has_text("Active projects in Procore (optional)"));

    // Once it is shared, somebody asks again instead of waiting until tomorrow.
    company.sandbox.share_project(company.hidden).await;
    let check = paths::check_unshared(company.admin.firm);
    company.admin.browser.submit(&check, &[]).await;
    assert!(
        company
            .page("")
            .await
            .has_text("Procore is being asked now")
    );
    company.app.run_jobs().await;
    let page = company.page("").await;
    assert!(
        page.has_text("Procore names no project that we are missing"),
        "{}",
        page.text()
    );
    assert_eq!(company.asked().await, 2);
    company.after(60 * 60 * 25).await;
    company.until_reconciled().await;
    assert_eq!(company.asked().await, 3, "daily");
    company.sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn where_procore_does_not_tell_the_firms_own_number_says_how_many_are_missing() {
    let company = with_one_not_shared(true).await;
    let page = company.page("").await;
    assert!(
        page.has_text("We cannot tell whether a project is missing"),
        "{}",
        page.text()
    );
    let here = paths::unshared_projects(company.admin.firm);
    let browser = &company.admin.browser;
    let refused = browser.post(&here, &[("own_count", "some")]).await;
    assert_eq!(refused.status, 422);
    assert_eq!(refused.value_of("own_count"), "some");
    browser.submit(&here, &[("own_count", "1,003")]).await;
    let page = company.page("").await;
    assert!(
        page.has_text("1,001 projects of your company are not shared"),
        "{}",
        page.text()
    );
    browser.submit(&here, &[("own_count", "2")]).await;
    let board = company.board("").await;
    assert!(!board.has_text("not shared with us"), "{}", board.text());
    browser.submit(&here, &[("own_count", "")]).await;
    assert!(company.page("").await.has_text("We cannot tell"));

    // A refusal is remembered for a week.
    company.after(60 * 60 * 25).await;
    assert_eq!(company.asked().await, 1);
    company.sandbox.refuse(ASSIGNMENTS, None).await;
    company.after(60 * 60 * 24 * 7).await;
    company.until_reconciled().await;
    assert_eq!(company.asked().await, 2);
    let email = &company.admin.email;
    company.admin.browser.sign_in(email, PASSWORD).await;
    let page = company.page("").await;
    assert!(
        page.has_text("1 project of your company is not shared"),
        "{}",
        page.text()
    );
}

#[tokio::test]
async fn a_project_that_is_not_shared_any_more_says_so() {
    let (sandbox, app, admin) = connected(2).await;
    let gone = ids(&app).await[1];
    after(&app, &sandbox, 60).await;
    sandbox.withdraw_project(gone).await;
    let check = paths::check_projects(admin.firm);
    let id = gone.to_string();
    admin.browser.submit(&check, &[("project", &id)]).await;
    app.run_jobs().await;
    let page = admin.browser.get(&paths::project(admin.firm, gone)).await;
    assert!(
        page.has_text("Procore does not show us this project"),
        "{}",
        page.text()
    );
    assert!(page.has_text("Share 1 project with the app"));
    assert!(page.has_text("Ref PC-HIDDEN"));
}
