//! The vendor's page about its app, and what a firm is told that leaves it.

use chrono::TimeDelta;
use concierge::identity::SupportRole;
use concierge::onboarding::Stage;
use concierge::paths;
use procore_sandbox::testing::{CLIENT_ID, COMPANY_ID};

use super::steps::{ADMIN, at_step_2, prove};
use crate::harness::app::TestApp;
use crate::harness::page::Page;
use crate::harness::walk::Walk;

async fn connected() -> Walk {
    let walk = at_step_2().await;
    prove(&walk, ADMIN, COMPANY_ID).await;
    walk.up_to(Stage::Complete, &["projects"]).await;
    walk.complete().await;
    walk
}

async fn look(walk: &Walk) {
    let browser = &walk.admin.browser;
    browser
        .submit(&paths::check_now(walk.admin.firm), &[])
        .await;
    walk.app.run_jobs().await;
}

fn cells(page: &Page) -> Vec<String> {
    page.texts("table td, table th")
}

#[tokio::test]
async fn leads_see_installs_versions_and_how_calls_are_answered() {
    let walk = connected().await;
    walk.sandbox
        .add_company(77, "Quay Works", &[CLIENT_ID])
        .await;
    walk.advance(TimeDelta::minutes(10)).await;
    walk.sandbox.offer_app_update().await;
    look(&walk).await;
    walk.advance(TimeDelta::days(1)).await;
    walk.app.run_jobs().await;

    let lead = walk.app.support(SupportRole::Lead).await;
    let page = lead.browser.get(paths::SUPPORT_APP).await;
    assert_eq!(page.status, 200);
    assert_eq!(page.h1(), "Our Procore app");
    let cells = cells(&page);
    let has = |text: &str| cells.iter().any(|it| it == text);
    assert!(has(&COMPANY_ID.to_string()) && has("77"), "{cells:?}");
    assert!(
        !page.has_text("Quay Works"),
        "who is no firm here is a number"
    );
    assert!(has("Update waits to be accepted"), "{cells:?}");
    assert!(page.has_text("Need an update"));
    assert!(has("All 30 days"), "{cells:?}");
    let counted: i64 = sqlx::query_scalar("select sum(calls)::bigint from vendor_call")
        .fetch_one(walk.app.db())
        .await
        .unwrap();
    assert!(counted > 5, "{counted} calls");
    assert!(page.link("App").is_some(), "it is in the navigation");

    let staff = walk.app.support(SupportRole::Staff).await;
    assert_eq!(staff.browser.get(paths::SUPPORT_APP).await.status, 404);
    let page = staff.browser.get(paths::SUPPORT).await;
    assert!(page.link("App").is_none());

    walk.sandbox.uninstall_app(CLIENT_ID).await;
    walk.advance(TimeDelta::days(1)).await;
    walk.app.run_jobs().await;
    let lead = walk.app.support(SupportRole::Lead).await;
    let page = lead.browser.get(paths::SUPPORT_APP).await;
    assert!(page.has_text("Uninstalled"), "{}", page.text());
    let refused: i64 = sqlx::query_scalar("select sum(status_403)::bigint from vendor_call")
        .fetch_one(walk.app.db())
        .await
        .unwrap();
    assert!(refused > 0, "the look at the company was refused");
}

#[tokio::test]
async fn without_an_app_there_is_no_such_page() {
    let app = TestApp::start().await;
    let lead = app.support(SupportRole::Lead).await;
    assert_eq!(lead.browser.get(paths::SUPPORT_APP).await.status, 404);
    let page = lead.browser.get(paths::SUPPORT).await;
    assert!(page.link("App").is_none());
}

#[tokio::test]
async fn a_firm_that_leaves_is_shown_how_it_uninstalls_the_app() {
    let walk = connected().await;
    let (browser, firm) = (&walk.admin.browser, walk.admin.firm);
    let replace = browser.visit(&paths::replace_credentials(firm)).await;
    assert!(
        replace.has_text("there is no Client ID or secret to replace"),
        "{}",
        replace.text()
    );
    let disconnect = paths::integration_page(firm, "disconnect");
    let page = browser.visit(&disconnect).await;
    assert!(page.has_text("Uninstall our app"), "{}", page.text());
    assert!(!page.has_text("Client secret"), "{}", page.text());
    let (onboarding, version) = (page.value_of("onboarding"), page.value_of("version"));
    let fields = [
        ("onboarding", onboarding.as_str()),
        ("version", version.as_str()),
        ("company_name", "Harbor & Lane Construction"),
    ];
    browser.submit(&disconnect, &fields).await;
    walk.app.run_jobs().await;
    let page = browser.visit(&paths::integration(firm)).await;
    assert!(
        page.has_text("Our webhook is removed from Procore"),
        "{}",
        page.text()
    );
    assert!(page.has_text("Uninstall our app"));
    assert!(!page.has_text("Client secret"), "{}", page.text());
}
