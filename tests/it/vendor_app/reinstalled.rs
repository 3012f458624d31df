//! The app is uninstalled, and installed again.

use chrono::TimeDelta;
use concierge::onboarding::Stage;
use concierge::paths;
use procore_sandbox::testing::{CLIENT_ID, COMPANY_ID, COMPANY_NAME, PROJECT_ID};

use super::after::integrate_project;
use super::steps::{
    ADMIN, at_step_2, called_into, choose, connected, consent, depart, odd_row, proofs, prove,
};
use crate::harness::app::FirmAdmin;
use crate::harness::page::Page;
use crate::harness::walk::Walk;

const BACK_AGAIN: &str = "was uninstalled in Harbor & Lane Construction and installed again";

async fn count(walk: &Walk, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql)
        .fetch_one(walk.app.db())
        .await
        .unwrap()
}

/// Looks for what Procore carried out late that are still to come.
const LATE_LOOKS: &str = "select count(*) from work where kind = 'late_look'";

async fn plan_late_look(walk: &Walk, after: TimeDelta) {
    let planned = "insert into work (kind, key, firm_id, due_at)
                   select 'late_look', connection_id, firm_id, $1 from connection";
    let planned = sqlx::query(planned).bind(walk.app.now() + after);
    planned.execute(walk.app.db()).await.unwrap();
}

/// Proofs that are over.
async fn ended(walk: &Walk) -> i64 {
    let sql = "select count(*) from credential where proof_ended_at is not null";
    count(walk, sql).await
}

/// *Check now*, by somebody who is signed in; and what the overview says then.
async fn look(walk: &Walk, admin: &FirmAdmin) -> Page {
    let form = paths::check_now(admin.firm);
    admin.browser.submit(&form, &[]).await;
    walk.app.run_jobs().await;
    admin.browser.visit(&paths::integration(admin.firm)).await
}

/// Uninstalls the app; two looks see that, so what was proven is over.
async fn uninstall(walk: &Walk, admin: &FirmAdmin) {
    walk.sandbox.uninstall().await;
    for _ in 0..2 {
        walk.advance(TimeDelta::hours(2)).await;
        look(walk, admin).await;
    }
    assert_eq!(proofs(walk).await.len(), 1, "it stays as history");
    assert!(ended(walk).await > 0);
}

/// The same as the daily look at the vendor's list notes it, and installed again. Nobody's session lasts so
/// long: gives another admin.
async fn reinstalled_unwatched(walk: &Walk) -> FirmAdmin {
    walk.sandbox.uninstall().await;
    walk.advance(TimeDelta::days(1)).await;
    walk.app.run_jobs().await;
    walk.sandbox.reinstall_with_projects().await;
    walk.advance(TimeDelta::days(1)).await;
    walk.app.run_jobs().await;
    walk.sandbox.reset_requests().await;
    walk.app.admin_of(walk.admin.firm).await
}

/// Somebody who administers the company signs in on the page of the replacement, and chooses it.
async fn prove_again(walk: &Walk) -> Page {
    let browser = &walk.admin.browser;
    let replace = paths::replace_credentials(walk.admin.firm);
    let page = browser.visit(&replace).await;
    let back = consent(walk, &depart(walk, &page).await, ADMIN, "allow").await;
    let page = browser.visit(&back).await;
    choose(walk, &page, COMPANY_ID).await
}

#[tokio::test]
async fn an_app_that_was_removed_and_installed_again_is_proven_again() {
    let walk = connected().await;
    let (browser, firm) = (&walk.admin.browser, walk.admin.firm);
    plan_late_look(&walk, TimeDelta::hours(20)).await;
    walk.advance(TimeDelta::minutes(10)).await;
    walk.sandbox.uninstall().await;
    // A row that cannot be read may be this company: nothing is over.
    walk.sandbox.fail_next(odd_row()).await;
    for _ in 0..2 {
        let page = look(&walk, &walk.admin).await;
        assert!(page.has_text("Broken"), "{}", page.text());
        assert!(page.has_text("Ref PC-NOT-INSTALLED"));
        walk.advance(TimeDelta::hours(2)).await;
    }
    assert_eq!(ended(&walk).await, 0);
    walk.sandbox.up().await;
    let page = look(&walk, &walk.admin).await;
    assert!(
        page.has_text("install it again: 4d57-9a30"),
        "{}",
        page.text()
    );
    walk.advance(TimeDelta::hours(2)).await;
    look(&walk, &walk.admin).await;
    assert_eq!(ended(&walk).await, 1);

    for shown in ["credentials", "permissions", "webhooks"] {
        let page = browser.visit(&paths::integration_page(firm, shown)).await;
        assert_eq!(page.status, 200, "{shown}");
    }
    walk.sandbox.reset_requests().await;
    let compared = browser.submit(&paths::check_deliveries(firm), &[]).await;
    walk.app.run_jobs().await;
    assert_eq!(compared.h1(), "Webhooks");
    assert!(compared.button("Check deliveries").is_none());
    assert!(
        compared.has_text("Procore does not let us read its deliveries"),
        "{}",
        compared.text()
    );
    let permissions = paths::integration_page(firm, "permissions");
    let led = browser.submit(&permissions, &[]).await;
    assert_eq!(led.h1(), "Replace credentials");
    assert!(led.button("Sign in with Procore").is_some());
    assert!(
        led.has_text("was uninstalled in Harbor & Lane Construction, and what was proven")
            && led.has_text("Ref PC-NOT-INSTALLED"),
        "{}",
        led.text()
    );
    // Checking alone does not connect it again: somebody has to prove it.
    let replace = paths::replace_credentials(firm);
    assert_eq!(page.link("Reconnect"), Some(replace.clone()));
    let runs = "select count(*) from check_run";
    let before = count(&walk, runs).await;
    let page = browser.visit(&replace).await;
    let (onboarding, version) = (page.value_of("onboarding"), page.value_of("version"));
    let alone = [("onboarding", &onboarding[..]), ("version", &version)];
    let refused = browser.post(&paths::reconnect(firm), &alone).await;
    assert_eq!(refused.status, 409, "{}", refused.text());
    assert_eq!(before, count(&walk, runs).await);
    assert!(called_into(&walk).await.is_empty());
    let refused = prove_again(&walk).await;
    assert!(!refused.has_text("Checking"), "{}", refused.text());

    // Installed again, perhaps for another customer: it is not called into before somebody signs in.
    walk.sandbox.reinstall_with_projects().await;
    walk.sandbox.reset_requests().await;
    for _ in 0..2 {
        walk.advance(TimeDelta::hours(13)).await;
        walk.app.run_jobs().await;
    }
    let admin = walk.app.admin_of(firm).await;
    let broken = look(&walk, &admin).await;
    assert!(broken.has_text("Broken"), "{}", broken.text());
    assert!(broken.has_text("Ref PC-NOT-YOURS"), "{}", broken.text());
    let credentials = paths::integration_page(firm, "credentials");
    let page = admin.browser.visit(&credentials).await;
    assert!(page.has_text(BACK_AGAIN), "{}", page.text());
    let into = called_into(&walk).await;
    assert!(into.is_empty(), "{into:?}");
    assert_eq!(count(&walk, LATE_LOOKS).await, 1, "it waits for access");

    let walk = Walk { admin, ..walk };
    prove_again(&walk).await;
    walk.app.run_jobs().await;
    let page = walk.admin.browser.visit(&paths::integration(firm)).await;
    assert!(page.has_text("Healthy"), "{}", page.text());
    assert_eq!(proofs(&walk).await.len(), 1);
    walk.advance(TimeDelta::days(1)).await;
    walk.app.run_jobs().await;
    assert_eq!(count(&walk, LATE_LOOKS).await, 0);
    walk.sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn a_proof_does_not_outlive_a_pause_and_a_removal_waits_for_no_other() {
    let walk = connected().await;
    let firm = walk.admin.firm;
    walk.admin.browser.submit(&paths::pause(firm), &[]).await;
    plan_late_look(&walk, TimeDelta::minutes(10)).await;
    walk.sandbox.reset_requests().await;
    walk.advance(TimeDelta::minutes(20)).await;
    walk.app.run_jobs().await;
    assert_eq!(count(&walk, LATE_LOOKS).await, 1, "it waits for the end");
    assert!(called_into(&walk).await.is_empty());
    let admin = reinstalled_unwatched(&walk).await;
    let walk = Walk { admin, ..walk };
    let browser = &walk.admin.browser;
    browser.submit(&paths::resume(firm), &[]).await;
    walk.app.run_jobs().await;
    let page = browser.visit(&paths::integration(firm)).await;
    assert!(page.has_text("Broken"), "{}", page.text());
    assert!(page.has_text("Ref PC-NOT-YOURS"), "{}", page.text());

    let disconnect = paths::integration_page(firm, "disconnect");
    let page = browser.visit(&disconnect).await;
    let name = [("company_name", COMPANY_NAME)];
    walk.press(&page, "Disconnect", &name).await;
    walk.app.run_jobs().await;
    let live = "select count(*) from connection where state <> 'disconnected'";
    assert_eq!(count(&walk, live).await, 0);
    let page = browser.visit(&paths::integration(firm)).await;
    assert!(page.has_text("We could not remove our webhook"));
    let into = called_into(&walk).await;
    assert!(into.is_empty(), "{into:?}");
}

#[tokio::test]
async fn what_was_proven_in_a_setup_ends_with_the_installation() {
    let walk = at_step_2().await;
    prove(&walk, ADMIN, COMPANY_ID).await;
    walk.check(Stage::Verify).await;
    let admin = reinstalled_unwatched(&walk).await;
    let walk = Walk { admin, ..walk };
    let page = walk.page(Stage::Verify).await;
    let led = walk.press(&page, "Check again", &[]).await;
    walk.app.run_jobs().await;
    let why = "what they proved ended with that";
    assert_eq!(led.h1(), "Enter your Procore details");
    assert!(led.has_text(why), "{}", led.text());
    let into = called_into(&walk).await;
    assert!(into.is_empty(), "{into:?}");

    // A plan is not confirmed either.
    prove(&walk, ADMIN, COMPANY_ID).await;
    walk.up_to(Stage::Complete, &["projects"]).await;
    let admin = reinstalled_unwatched(&walk).await;
    let walk = Walk { admin, ..walk };
    let page = walk.page(Stage::Complete).await;
    let led = walk.press(&page, "Complete integration", &[]).await;
    assert_eq!(led.h1(), "Enter your Procore details");
    assert!(led.has_text(why), "{}", led.text());
    let kept = "select count(*) from credential where state = 'current' and proof_ended_at is null";
    let kept: i64 = sqlx::query_scalar(kept)
        .fetch_one(walk.app.db())
        .await
        .unwrap();
    assert_eq!(kept, 0);

    // A plan that was confirmed stops, and is carried out after another proof.
    prove(&walk, ADMIN, COMPANY_ID).await;
    walk.up_to(Stage::Complete, &["projects"]).await;
    walk.sandbox.down().await;
    walk.complete().await;
    assert_eq!(walk.stage().await, Stage::Completing);
    walk.sandbox.up().await;
    let admin = reinstalled_unwatched(&walk).await;
    let walk = Walk { admin, ..walk };
    let page = walk.page(Stage::Complete).await;
    assert!(page.has_text("Ref PC-NOT-INSTALLED"), "{}", page.text());
    let again = page.button("Try again").unwrap();
    walk.admin.browser.submit(&again, &[]).await;
    walk.app.run_jobs().await;
    let page = walk.page(Stage::Complete).await;
    assert!(page.has_text("Ref PC-NOT-YOURS"), "{}", page.text());
    let cure = page.link("Sign in with Procore").unwrap_or_default();
    assert!(cure.starts_with(&walk.at(Stage::Credentials)), "{cure}");
    let into = called_into(&walk).await;
    assert!(into.is_empty(), "{into:?}");
    prove(&walk, ADMIN, COMPANY_ID).await;
    walk.app.run_jobs().await;
    assert_eq!(walk.stage().await, Stage::Done);
    walk.sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn the_run_of_a_project_says_why_nothing_opens_the_company() {
    let walk = connected().await;
    integrate_project(&walk).await;
    uninstall(&walk, &walk.admin).await;
    let firm = walk.admin.firm;
    let sync = async |code: &str| {
        let browser = &walk.admin.browser;
        let page = browser.visit(&paths::project(firm, PROJECT_ID)).await;
        let (onboarding, version) = (page.value_of("onboarding"), page.value_of("version"));
        let fields = [
            ("onboarding", onboarding.as_str()),
            ("version", version.as_str()),
        ];
        let sync = paths::sync_project(firm, PROJECT_ID);
        let page = browser.submit(&sync, &fields).await;
        assert_eq!(page.status, 200, "{}", page.text());
        walk.app.run_jobs().await;
        let sql = "select code from run where kind = 'project' order by started_at desc limit 1";
        let why: Option<String> = sqlx::query_scalar(sql)
            .fetch_one(walk.app.db())
            .await
            .unwrap();
        assert_eq!(why.as_deref(), Some(code));
    };
    walk.sandbox.reset_requests().await;
    sync("PC-NOT-INSTALLED").await;
    walk.sandbox.reinstall_with_projects().await;
    walk.advance(TimeDelta::hours(2)).await;
    let page = look(&walk, &walk.admin).await;
    assert!(page.has_text("Ref PC-NOT-YOURS"), "{}", page.text());
    sync("PC-NOT-YOURS").await;
    let into = called_into(&walk).await;
    assert!(into.is_empty(), "{into:?}");
}

#[tokio::test]
async fn another_app_takes_over_from_a_proof_that_is_over() {
    let walk = connected().await;
    let firm = walk.admin.firm;
    uninstall(&walk, &walk.admin).await;
    // The vendor has another app by now.
    sqlx::query("update credential set client_id = 'their-older-app'")
        .execute(walk.app.db())
        .await
        .unwrap();
    walk.sandbox.reinstall_with_projects().await;
    prove_again(&walk).await;
    walk.app.run_jobs().await;
    let page = walk.admin.browser.visit(&paths::integration(firm)).await;
    assert!(page.has_text("Healthy"), "{}", page.text());
    let left = "select left_with from hook where left_with is not null order by removed_at";
    let left = async || -> Vec<String> {
        sqlx::query_scalar(left)
            .fetch_all(walk.app.db())
            .await
            .unwrap()
    };
    assert_eq!(left().await, ["their-older-app"]);

    // And the firm has one of its own.
    uninstall(&walk, &walk.admin).await;
    let own = ("their-own-id", "their-own-secret-0123456789");
    walk.sandbox.add_client(own.0, own.1, &[COMPANY_ID]).await;
    let replace = paths::replace_credentials(firm);
    let page = walk.admin.browser.visit(&replace).await;
    let typed = [("client_id", own.0), ("client_secret", own.1)];
    walk.press(&page, "Check and replace", &typed).await;
    walk.app.run_jobs().await;
    let page = walk.admin.browser.visit(&paths::integration(firm)).await;
    assert!(page.has_text("Healthy"), "{}", page.text());
    assert_eq!(left().await, ["their-older-app", CLIENT_ID]);
    assert!(proofs(&walk).await.is_empty());
    let hooks = walk.sandbox.state().await.hooks;
    assert!(hooks.iter().any(|it| it.client_id == own.0));
    let webhooks = paths::integration_page(firm, "webhooks");
    let page = walk.admin.browser.visit(&webhooks).await;
    assert!(page.has_text("A webhook of your old app"));
}
