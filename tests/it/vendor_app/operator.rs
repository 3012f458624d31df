//! The vendor's page about its app, and what a firm is told that leaves it.

use chrono::TimeDelta;
use concierge::identity::SupportRole;
use concierge::paths;
use procore_sandbox::testing::{CLIENT_ID, COMPANY_ID};

use super::steps::{at_step_2, connected};
use crate::harness::app::TestApp;
use crate::harness::page::Page;
use crate::harness::walk::Walk;

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
    assert!(page.has_text("Need an update1"), "{}", page.text());
    assert!(has("1.0.0"), "{cells:?}");
    assert!(page.has_text("Versions in use1.0.0"), "{}", page.text());
    let counted: i64 = sqlx::query_scalar("select sum(calls)::bigint from vendor_call")
        .fetch_one(walk.app.db())
        .await
        .unwrap();
    assert!(counted > 5, "{counted} calls");
    assert!(page.link("App").is_some(), "it is in the navigation");

    assert!(page.has_text("Procore’s list read"), "{}", page.text());

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
async fn the_list_is_read_daily_though_nobody_signs_in() {
    let walk = at_step_2().await;
    let lead = walk.app.support(SupportRole::Lead).await;
    let page = lead.browser.get(paths::SUPPORT_APP).await;
    assert!(page.has_text("None was seen yet."), "{}", page.text());
    for _ in 0..2 {
        walk.advance(TimeDelta::days(1)).await;
        walk.app.run_jobs().await;
    }
    let lead = walk.app.support(SupportRole::Lead).await;
    let page = lead.browser.get(paths::SUPPORT_APP).await;
    assert!(
        cells(&page).contains(&COMPANY_ID.to_string()),
        "{}",
        page.text()
    );
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

#[tokio::test]
async fn the_shares_are_those_of_the_refusals() {
    let walk = at_step_2().await;
    let counted = "insert into vendor_call (environment, day, slot, calls, status_401, status_403,
                                            status_404, status_429)
                   values ('production', $1, 0, 2000, 10, 20, 5, 0),
                          ('production', $1, 1, 2000, 70, 20, 6, 1)";
    sqlx::query(counted)
        .bind(walk.app.now().date_naive())
        .execute(walk.app.db())
        .await
        .unwrap();
    let lead = walk.app.support(SupportRole::Lead).await;
    let page = lead.browser.get(paths::SUPPORT_APP).await;
    let heads = page.texts("table th");
    let order =
        ["401", "403", "404", "429"].map(|it| heads.iter().position(|head| head.contains(it)));
    assert!(order.is_sorted() && order[0].is_some(), "{heads:?}");
    let cells = cells(&page);
    let at = cells.iter().position(|it| it == "4,000").unwrap();
    assert_eq!(
        cells[at + 1..at + 5],
        ["2.0 %", "1.0 %", "0.3 %", "1 (below 0.1 %)"]
    );
}
