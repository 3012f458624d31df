//! Which company it is: two firms that want the same one, a sandbox company beside the real one, and an
//! outage before it is known.

use chrono::TimeDelta;
use concierge::onboarding::Stage;
use procore_sandbox::testing::{CLIENT_ID, COMPANY_ID};

use super::steps::{ADMIN, admin_of, at_step_2, choose, consent, depart, proofs, prove, sign_in};

#[tokio::test]
async fn of_two_firms_that_race_for_a_company_one_gets_it() {
    let walk = at_step_2().await;
    prove(&walk, ADMIN, COMPANY_ID).await;
    let walk = walk.another_firm().await;
    walk.review(&[]).await;
    let page = prove(&walk, ADMIN, COMPANY_ID).await;
    assert!(
        !page.has_text("PC-TAKEN"),
        "nobody has it yet: {}",
        page.text()
    );
    walk.app.run_jobs().await;
    let outcomes: Vec<String> =
        sqlx::query_scalar("select outcome from check_run order by outcome")
            .fetch_all(walk.app.db())
            .await
            .unwrap();
    assert_eq!(outcomes, ["failed", "passed"]);
    let owners: i64 = sqlx::query_scalar("select count(*) from company_claim")
        .fetch_one(walk.app.db())
        .await
        .unwrap();
    assert_eq!(owners, 1);
    walk.sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn an_on_demand_sandbox_is_a_company_of_its_own() {
    let walk = at_step_2().await;
    let (sandbox, login) = (88, "dana.whitfield@harborlane.example");
    walk.sandbox
        .add_company(sandbox, "Harbor & Lane (Sandbox)", &[])
        .await;
    admin_of(&walk, sandbox, "Dana Whitfield", login).await;
    walk.sandbox.people_see_all_companies(true).await;
    let page = sign_in(&walk, ADMIN).await;
    assert!(
        page.has_text("Harbor & Lane (Sandbox) (88)"),
        "{}",
        page.text()
    );
    assert!(
        page.has_text("Ref PC-NOT-INSTALLED"),
        "the install of the other company is not its own"
    );
    assert_eq!(choose(&walk, &page, sandbox).await.status, 422);

    walk.sandbox.install_app(CLIENT_ID, sandbox).await;
    prove(&walk, ADMIN, sandbox).await;
    assert_eq!(proofs(&walk).await, [(sandbox, login.to_owned())]);
    walk.up_to(Stage::Complete, &["projects"]).await;
    walk.sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn an_outage_while_a_proven_company_is_checked_is_waited_for() {
    let walk = at_step_2().await;
    prove(&walk, ADMIN, COMPANY_ID).await;
    walk.sandbox.down().await;
    walk.app.run_jobs().await;
    let page = walk.page(Stage::Verify).await;
    assert!(page.has_text("PC-UNREACHABLE"), "{}", page.text());
    walk.sandbox.up().await;
    walk.advance(TimeDelta::minutes(10)).await;
    walk.app.run_jobs().await;
    let page = walk.page(Stage::Verify).await;
    assert!(page.button("Continue").is_some(), "{}", page.text());
    walk.up_to(Stage::Complete, &["projects"]).await;
    walk.sandbox.down().await;
    walk.complete().await;
    assert_eq!(walk.stage().await, Stage::Completing);
    walk.sandbox.up().await;
    walk.advance(TimeDelta::minutes(15)).await;
    walk.app.run_jobs().await;
    assert_eq!(walk.stage().await, Stage::Done);
    walk.sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn an_app_that_is_installed_while_somebody_is_away_at_procore_is_there_when_they_come_back() {
    let walk = at_step_2().await;
    walk.sandbox.uninstall().await;
    walk.sandbox.people_see_all_companies(true).await;
    let page = sign_in(&walk, ADMIN).await;
    assert!(page.has_text("Ref PC-NOT-INSTALLED"), "{}", page.text());
    walk.sandbox.reinstall_with_projects().await;
    // Nobody looked in between: what they see when they come back decides.
    let page = sign_in(&walk, ADMIN).await;
    assert!(page.has_text("Installed"), "{}", page.text());
    walk.sandbox.uninstall().await;
    let address = depart(&walk, &walk.page(Stage::Credentials).await).await;
    let back = consent(&walk, &address, ADMIN, "allow").await;
    walk.sandbox.reinstall_with_projects().await;
    let page = walk.admin.browser.visit(&back).await;
    assert!(page.has_text("Installed"), "{}", page.text());
    assert!(!page.has_text("We look for our app"), "{}", page.text());
    choose(&walk, &page, COMPANY_ID).await;
    assert_eq!(walk.stage().await, Stage::Verify);
}
