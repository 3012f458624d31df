//! Signing in with Procore where something goes wrong on the way.

use chrono::TimeDelta;
use concierge::onboarding::Stage;
use concierge::paths;
use procore_sandbox::testing::{CLIENT_ID, COMPANY_ID, Fail};

use super::steps::{
    ADMIN, admin_of, at_step_2, choose, colleague_signs_in, consent, depart, depart_by, proofs,
    prove, sign_in,
};
use crate::harness::colleague::Colleague;
use crate::harness::walk::Walk;

/// Sealed tokens of people that Procore has not taken back.
async fn kept_tokens(walk: &Walk) -> i64 {
    sqlx::query_scalar("select count(*) from person_token")
        .fetch_one(walk.app.db())
        .await
        .unwrap()
}

#[tokio::test]
async fn a_colleague_whose_company_failed_signs_in_again() {
    let walk = at_step_2().await;
    let dana = Colleague::asked(&walk, Stage::Credentials, "dana@firm.example", &[]).await;
    let page = colleague_signs_in(&walk, &dana, ADMIN).await;
    assert!(page.has_text("Installed"), "{}", page.text());
    walk.sandbox.uninstall().await;
    let company = COMPANY_ID.to_string();
    let chosen = [("company", company.as_str())];
    dana.press("Use this company", &chosen).await;
    walk.app.run_jobs().await;
    let page = dana.page().await;
    assert!(page.has_text("Ref PC-NOT-INSTALLED"), "{}", page.text());
    assert!(page.button("Done").is_none());

    walk.sandbox.reinstall_with_projects().await;
    walk.advance(TimeDelta::seconds(20)).await;
    colleague_signs_in(&walk, &dana, ADMIN).await;
    dana.press("Use this company", &chosen).await;
    walk.app.run_jobs().await;
    let page = dana.page().await;
    assert!(page.button("Done").is_some(), "{}", page.text());
    walk.sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn a_token_that_procore_does_not_take_back_at_once_is_revoked_afterwards() {
    let walk = at_step_2().await;
    let refused = Fail::html(502).on("/oauth/revoke").times(20);
    walk.sandbox.fail_next(refused).await;
    let page = sign_in(&walk, ADMIN).await;
    assert!(page.has_text("Installed"), "nobody waits for it");
    assert_eq!(kept_tokens(&walk).await, 1);
    let token: Vec<u8> = sqlx::query_scalar("select token from person_token")
        .fetch_one(walk.app.db())
        .await
        .unwrap();
    assert!(!token.is_empty());

    walk.advance(TimeDelta::minutes(1)).await;
    walk.app.run_jobs().await;
    assert_eq!(kept_tokens(&walk).await, 1, "Procore still refuses");
    walk.sandbox.up().await;
    walk.advance(TimeDelta::minutes(2)).await;
    walk.app.run_jobs().await;
    assert_eq!(kept_tokens(&walk).await, 0);
    walk.sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn a_token_that_is_never_taken_back_is_wiped_after_a_day() {
    let walk = at_step_2().await;
    let refused = Fail::html(502).on("/oauth/revoke").times(1000);
    walk.sandbox.fail_next(refused).await;
    sign_in(&walk, ADMIN).await;
    for _ in 0..3 {
        walk.advance(TimeDelta::hours(8)).await;
        assert_eq!(kept_tokens(&walk).await, 1);
        walk.app.run_jobs().await;
    }
    assert_eq!(kept_tokens(&walk).await, 0);
}

#[tokio::test]
async fn a_token_is_revoked_where_the_reading_fails() {
    let walk = at_step_2().await;
    let address = depart(&walk, &walk.page(Stage::Credentials).await).await;
    let back = consent(&walk, &address, ADMIN, "allow").await;
    walk.sandbox
        .fail_next(Fail::html(502).on("/rest/v1.0/me").times(9))
        .await;
    let page = walk.admin.browser.visit(&back).await;
    assert!(page.has_text("PC-UNREACHABLE"), "{}", page.text());
    assert_eq!(walk.sandbox.requests("POST", "/oauth/revoke").await, 1);
    assert_eq!(kept_tokens(&walk).await, 0);
}

#[tokio::test]
async fn one_company_in_trouble_does_not_hide_the_others() {
    let walk = at_step_2().await;
    walk.sandbox
        .add_company(77, "Quay Works", &[CLIENT_ID])
        .await;
    admin_of(
        &walk,
        77,
        "Dana Whitfield",
        "dana.whitfield@harborlane.example",
    )
    .await;
    let trouble = Fail::html(502).on("/rest/v1.3/companies/77/me").times(20);
    walk.sandbox.fail_next(trouble).await;
    let page = sign_in(&walk, ADMIN).await;
    assert!(
        page.has_text("Procore did not answer for this company"),
        "{}",
        page.text()
    );
    assert!(page.has_text("Ref PC-UNREACHABLE"));
    let refused = choose(&walk, &page, 77).await;
    assert_eq!(refused.status, 422);
    assert!(refused.has_text("PC-UNREACHABLE"));

    choose(&walk, &page, COMPANY_ID).await;
    assert_eq!(walk.stage().await, Stage::Verify);
    walk.sandbox.up().await;
    let page = sign_in(&walk, ADMIN).await;
    choose(&walk, &page, 77).await;
    assert_eq!(proofs(&walk).await[0].0, 77);
}

#[tokio::test]
async fn who_was_removed_while_away_proves_nothing() {
    let walk = at_step_2().await;
    let address = depart(&walk, &walk.page(Stage::Credentials).await).await;
    let back = consent(&walk, &address, ADMIN, "allow").await;
    sqlx::query("delete from membership")
        .execute(walk.app.db())
        .await
        .unwrap();
    let page = walk.admin.browser.visit(&back).await;
    assert!(!page.has_text("dana.whitfield"), "{}", page.text());
    let proven: i64 =
        sqlx::query_scalar("select count(*) from procore_sign_in where person_id is not null")
            .fetch_one(walk.app.db())
            .await
            .unwrap();
    assert_eq!(proven, 0);
    assert!(
        walk.app
            .recorded("setup.procore_signed_in")
            .await
            .is_empty()
    );
    assert_eq!(
        walk.sandbox.requests("POST", "/oauth/revoke").await,
        0,
        "the code was not exchanged"
    );
}

#[tokio::test]
async fn only_projects_of_the_proof_in_use_are_told() {
    let walk = at_step_2().await;
    prove(&walk, ADMIN, COMPANY_ID).await;
    walk.up_to(Stage::Complete, &["projects"]).await;
    walk.complete().await;
    let credentials = paths::integration_page(walk.admin.firm, "credentials");
    let browser = &walk.admin.browser;
    let page = browser.visit(&credentials).await;
    assert!(!page.has_text("Not shared with us"), "{}", page.text());

    // Somebody proves it again while fewer projects are shared; the checks refuse that proof.
    walk.sandbox.permit_projects(&[]).await;
    let replace = paths::replace_credentials(walk.admin.firm);
    let page = browser.visit(&replace).await;
    let form = page.button("Sign in with Procore").unwrap();
    let address = depart_by(browser, &form, &page).await;
    let back = consent(&walk, &address, ADMIN, "allow").await;
    let page = browser.visit(&back).await;
    walk.sandbox.set_level("webhooks_api", "None").await;
    choose(&walk, &page, COMPANY_ID).await;
    let seen: i64 = sqlx::query_scalar("select count(distinct credential_id) from project_seen")
        .fetch_one(walk.app.db())
        .await
        .unwrap();
    assert_eq!(seen, 2, "both proofs saw projects");
    sqlx::query("delete from record where kind = 'projects'")
        .execute(walk.app.db())
        .await
        .unwrap();
    let told = browser.visit(&credentials).await;
    assert!(
        told.has_text("Not shared with us"),
        "the proof in use tells: {}",
        told.text()
    );
    walk.app.run_jobs().await;
    sqlx::query("delete from project_seen where credential_id in (select credential_id from credential where state = 'current')")
        .execute(walk.app.db())
        .await
        .unwrap();
    let page = browser.visit(&credentials).await;
    assert!(
        !page.has_text("Not shared with us"),
        "a refused proof tells nothing: {}",
        page.text()
    );
}

#[tokio::test]
async fn nobody_can_make_the_vendors_key_call_without_end() {
    let walk = at_step_2().await;
    let page = walk.page(Stage::Credentials).await;
    let form = page.button("Sign in with Procore").unwrap();
    let onboarding = page.value_of("onboarding");
    let fields = [
        ("onboarding", onboarding.as_str()),
        ("environment", "production"),
    ];
    let mut statuses = Vec::new();
    for _ in 0..31 {
        statuses.push(walk.admin.browser.post(&form, &fields).await.status);
    }
    assert_eq!(statuses.pop().unwrap(), 429);
    assert!(statuses.iter().all(|status| *status == 303), "{statuses:?}");
    walk.app.advance(TimeDelta::minutes(2));
    assert_eq!(walk.admin.browser.post(&form, &fields).await.status, 303);
}
