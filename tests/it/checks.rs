//! Verifications over time: what an earlier one proved is believed only as far as it still holds.

use chrono::TimeDelta;
use concierge::onboarding::Stage;

use crate::harness::page::Page;
use crate::harness::walk::Walk;
use procore_sandbox::testing::{CLIENT_ID, Fail};

#[tokio::test]
async fn what_passed_before_is_told_when_it_fails_now() {
    let walk = Walk::start().await;
    walk.up_to(Stage::Verify, &[]).await;
    walk.sandbox.set_level("webhooks_api", "None").await;
    let page = walk.check(Stage::Verify).await;
    assert!(page.has_text("PC-WEBHOOK-LEVEL"), "{}", page.text());

    // While that is fixed, the secret is replaced in Procore.
    walk.sandbox.revoke_secret().await;
    walk.sandbox.expire_tokens().await;
    let page = walk.check(Stage::Verify).await;
    assert!(page.has_text("PC-CREDENTIALS"), "{}", page.text());
    assert!(!page.has_text("Procore is not answering"));
}

#[tokio::test]
async fn an_app_that_is_gone_by_now_is_told_too() {
    let walk = Walk::start().await;
    walk.up_to(Stage::Verify, &[]).await;
    walk.sandbox.set_level("webhooks_api", "None").await;
    walk.check(Stage::Verify).await;
    walk.sandbox.uninstall().await;
    let page = walk.check(Stage::Verify).await;
    assert!(page.has_text("PC-NOT-INSTALLED"), "{}", page.text());
}

#[tokio::test]
async fn a_page_that_showed_another_company_confirms_nothing() {
    let walk = Walk::start().await;
    walk.up_to(Stage::Verify, &[]).await;
    let before = walk.check(Stage::Verify).await;

    let other = 7_700_001;
    walk.sandbox
        .add_company(other, "Another Firm", &[CLIENT_ID])
        .await;
    let mut details = Walk::good_details();
    details[1].1 = "7700001";
    walk.enter_details(&details).await;
    let now = walk.check(Stage::Verify).await;
    assert!(now.has_text("Another Firm"), "{}", now.text());

    let page = walk.press(&before, "Continue", &[]).await;
    assert_eq!(page.h1(), "Check your details");
    assert!(
        page.has_text("This was changed after your page was shown"),
        "{}",
        page.text()
    );
    assert_eq!(walk.stage().await, Stage::Verify);
    let page = walk.press(&page, "Continue", &[]).await;
    assert_eq!(walk.stage().await, Stage::Settings, "{}", page.text());
    walk.press(&before, "Continue", &[]).await; // late, and done before
    assert_eq!(walk.stage().await, Stage::Settings);
}

#[tokio::test]
async fn permissions_of_another_choice_need_nobody() {
    let walk = Walk::start().await;
    walk.up_to(Stage::Permissions, &["projects", "offices"])
        .await;
    walk.sandbox.set_level("admin", "None").await;
    let page = walk.check(Stage::Permissions).await;
    assert!(page.has_text("PC-LEVEL:admin"), "{}", page.text());
    let states = |page: &Page| page.texts(".rail-state");
    assert!(states(&page).contains(&"Needs attention".to_owned()));

    let settings = walk.page(Stage::Settings).await;
    let page = walk
        .press(&settings, "Save and continue", &[("data", "projects")])
        .await;
    assert_eq!(page.h1(), "Check permissions");
    assert!(!states(&page).contains(&"Needs attention".to_owned()));

    // Back at the first choice, its check counts again: for the rows and for the rail.
    let settings = walk.page(Stage::Settings).await;
    let both = [("data", "projects"), ("data", "offices")];
    let page = walk.press(&settings, "Save and continue", &both).await;
    assert!(page.has_text("PC-LEVEL:admin"), "{}", page.text());
    assert!(states(&page).contains(&"Needs attention".to_owned()));
}

#[tokio::test]
async fn a_secret_that_we_cannot_open_is_not_the_firms_fault() {
    let walk = Walk::start().await;
    walk.up_to(Stage::Verify, &[]).await;
    sqlx::query("update credential set secret = secret || '\\x00'")
        .execute(walk.app.db())
        .await
        .unwrap();
    let page = walk.check(Stage::Verify).await;
    assert!(page.has_text("We could not ask Procore"), "{}", page.text());
    assert!(page.has_text("PC-UNEXPECTED"));
    assert!(!page.has_text("is below"), "there is nothing below");
}

#[tokio::test]
async fn checks_that_keep_failing_end_and_can_be_started_again() {
    let walk = Walk::start().await;
    walk.up_to(Stage::Verify, &[]).await;
    walk.sandbox.revoke_secret().await;
    sqlx::query("update check_run set elsewhere = '{nowhere}'")
        .execute(walk.app.db())
        .await
        .unwrap();

    for pause in [2, 4, 8, 16] {
        walk.app.run_jobs().await;
        walk.app.advance(TimeDelta::seconds(pause));
    }
    walk.app.run_jobs().await;
    let page = walk.page(Stage::Verify).await;
    assert!(page.has_text("Checking."), "{}", page.text());

    walk.app.advance(TimeDelta::seconds(32));
    walk.app.run_jobs().await;
    let page = walk.page(Stage::Verify).await;
    assert!(page.has_text("We could not ask Procore"), "{}", page.text());
    let (situation, reason): (String, String) =
        sqlx::query_as("select situation, reason from queue_line")
            .fetch_one(walk.app.db())
            .await
            .unwrap();
    assert_eq!(
        (situation.as_str(), reason.as_str()),
        ("unknown_answer", "PC-UNEXPECTED")
    );

    let page = walk.check(Stage::Verify).await;
    assert!(page.has_text("PC-CREDENTIALS"), "{}", page.text());
}

#[tokio::test]
async fn what_is_kept_is_never_contradicted_by_what_is_fresh() {
    let walk = Walk::start().await;
    walk.up_to(Stage::Permissions, &["projects", "users", "offices"])
        .await;
    walk.sandbox.set_level("directory", "Admin").await;
    let hidden = || Fail::status(404).on("/rest/v1.0/offices").times(1);
    walk.sandbox.fail_next(hidden()).await;
    let page = walk.check(Stage::Permissions).await;
    let found = |page: &Page, row: &str| -> String {
        let cells = page.texts(&format!("#check-{row} [data-label='Level found']"));
        cells.concat()
    };
    assert_eq!(found(&page, "data_set-users"), "Admin");
    assert!(page.has_text("PC-EXCESS"), "{}", page.text());

    walk.app.advance(TimeDelta::minutes(5));
    walk.sandbox.fail_next(hidden()).await;
    let page = walk.check(Stage::Permissions).await;
    let shared = page.texts("#check-projects_visible .check-small").concat();
    assert!(
        shared.contains("Kept from the check 5 minutes ago"),
        "{shared}"
    );

    // Only the offices failed, yet the permission list that is read on the way tells of the rest.
    for tool in ["directory", "webhooks_api"] {
        walk.sandbox.set_level(tool, "None").await;
    }
    let page = walk.check(Stage::Permissions).await;
    assert!(page.has_text("PC-WEBHOOK-LEVEL"), "{}", page.text());
    assert!(page.has_text("PC-LEVEL:directory"), "{}", page.text());
    assert_eq!(found(&page, "data_set-users"), "None");
    assert_eq!(found(&page, "excess"), "None");
    assert!(!page.has_text("PC-EXCESS"));
    let people = page.texts("#check-data_set-users .check-small").concat();
    assert!(people.contains("Checked"), "{people}");

    // How many projects are shared goes with the list that tells it.
    walk.sandbox.set_level("portfolio", "None").await;
    let page = walk.check(Stage::Permissions).await;
    assert!(page.has_text("PC-LEVEL:portfolio"), "{}", page.text());
    assert_eq!(found(&page, "data_set-projects"), "None");
    assert_eq!(found(&page, "projects_visible"), "Not known");
    walk.sandbox.permit_projects(&[]).await;
    for tool in ["portfolio", "directory"] {
        walk.sandbox.set_level(tool, "Read Only").await;
    }
    let page = walk.check(Stage::Permissions).await;
    assert!(page.has_text("PC-NO-PROJECTS"), "{}", page.text());
    assert_eq!(found(&page, "projects_visible"), "0 projects shared");
    walk.sandbox.assert_no_violations().await;
}
