//! Everything after the second step, where the vendor's app gives access.

use chrono::TimeDelta;
use concierge::flows::remove_firm::{self, RemoveFirmOutcome};
use concierge::identity::Actor;
use concierge::onboarding::Stage;
use concierge::paths;
use procore_sandbox::testing::{CLIENT_ID, COMPANY_ID, Fail, PROJECT_ID};
use serde_json::json;

use super::steps::{ADMIN, at_step_2, called_into, connected, proofs, prove};
use crate::harness::page::Page;
use crate::harness::walk::Walk;
use crate::project_references::{borrowed, carried};

/// How often Procore was asked to take a token back.
async fn revocations(walk: &Walk) -> u64 {
    walk.sandbox.requests("POST", "/oauth/revoke").await
}

/// Tokens of the vendor that are kept, for all its firms.
async fn vendor_tokens(walk: &Walk) -> i64 {
    sqlx::query_scalar("select count(*) from vendor_token where token is not null")
        .fetch_one(walk.app.db())
        .await
        .unwrap()
}

async fn look(walk: &Walk) -> Page {
    let (browser, firm) = (&walk.admin.browser, walk.admin.firm);
    walk.advance(TimeDelta::minutes(10)).await;
    browser.submit(&paths::check_now(firm), &[]).await;
    walk.app.run_jobs().await;
    browser.visit(&paths::integration(firm)).await
}

#[tokio::test]
async fn a_level_that_is_missing_comes_with_an_update_of_the_app() {
    let walk = at_step_2().await;
    prove(&walk, ADMIN, COMPANY_ID).await;
    walk.sandbox.set_level("directory", "None").await;
    walk.up_to(Stage::Permissions, &["projects", "users"]).await;
    let page = walk.check(Stage::Permissions).await;
    assert!(
        page.has_text("Accept an update of the app: 1 level"),
        "{}",
        page.text()
    );
    assert!(page.has_text("It brings these levels"), "{}", page.text());
    assert!(page.has_text("is ours to change"), "{}", page.text());
    assert!(!page.has_text("Developer Portal"), "{}", page.text());
    assert!(page.button("Continue").is_none());

    let levels = json!({ "Directory": "Read Only" });
    walk.sandbox.promote_app(CLIENT_ID, levels).await;
    let page = walk.check(Stage::Permissions).await;
    assert!(page.button("Continue").is_none(), "nobody accepted it yet");
    walk.sandbox.accept_app_update(false).await;
    walk.advance(TimeDelta::minutes(1)).await;
    let page = walk.check(Stage::Permissions).await;
    assert!(page.button("Continue").is_some(), "{}", page.text());
    walk.connect(&["projects", "users"]).await;
    walk.sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn an_update_that_waits_is_told_with_its_remedy_and_ends_by_itself() {
    let walk = connected().await;
    walk.sandbox.offer_app_update().await;
    let page = look(&walk).await;
    assert!(page.has_text("Ref PC-APP-UPDATE"), "{}", page.text());
    assert!(page.has_text("Update Available"), "{}", page.text());
    assert!(!page.has_text("Developer Portal"), "{}", page.text());
    walk.sandbox.accept_app_update(false).await;
    let page = look(&walk).await;
    let page = match page.has_text("Ref PC-APP-UPDATE") {
        true => look(&walk).await,
        false => page,
    };
    assert!(page.has_text("Healthy"), "{}", page.text());
}

#[tokio::test]
async fn a_project_is_integrated_with_the_vendors_key() {
    let walk = connected().await;
    let page = integrate_project(&walk).await;
    assert!(page.has_text("Integrated since"), "{}", page.text());
    let hooks = walk.sandbox.project(PROJECT_ID).await.hooks;
    assert_eq!(hooks.len(), 1);
    assert_eq!(hooks[0].client_id, CLIENT_ID);
    walk.sandbox.assert_no_violations().await;

    // The vendor's key reaches projects of other customers, too: a number that somebody types is asked for
    // nowhere.
    let (browser, firm) = (&walk.admin.browser, walk.admin.firm);
    let (onboarding, version) = (page.value_of("onboarding"), page.value_of("version"));
    let fields = [
        ("onboarding", onboarding.as_str()),
        ("version", version.as_str()),
        ("project", "424242"),
        ("data", "rfis"),
        ("one", "1"),
    ];
    walk.sandbox.reset_requests().await;
    for form in [
        paths::choose_for_projects(firm),
        paths::projects_plan(firm),
        paths::check_projects(firm),
        paths::sync_project(firm, 424_242),
        paths::change_project(firm, 424_242),
        paths::remove_project(firm, 424_242),
    ] {
        let refused = browser.submit(&form, &fields).await;
        assert!(refused.status < 500, "{form}: {}", refused.text());
    }
    walk.app.run_jobs().await;
    let into = called_into(&walk).await;
    assert!(into.is_empty(), "{into:?}");
}

/// Brings the RFIs of a project; gives its page.
pub(super) async fn integrate_project(walk: &Walk) -> Page {
    walk.advance(TimeDelta::minutes(5)).await;
    walk.app.run_jobs().await;
    let (browser, firm) = (&walk.admin.browser, walk.admin.firm);
    let form = paths::choose_for_projects(firm);
    let project = PROJECT_ID.to_string();
    let page = browser.visit(&format!("{form}?project={project}")).await;
    assert_eq!(
        page.h1(),
        "What to bring of this project",
        "{}",
        page.text()
    );
    let chosen = [("project", project.as_str()), ("data", "rfis")];
    let plan = browser.submit(&form, &chosen).await;
    let sent = plan
        .forms()
        .into_iter()
        .find(|it| it.action.contains("/plan"));
    let action = sent.expect("the form of the plan").action;
    let fields = carried(&plan, &action);
    browser.submit(&action, &borrowed(&fields)).await;
    walk.app.run_jobs().await;
    browser.visit(&paths::project(firm, PROJECT_ID)).await
}

#[tokio::test]
async fn projects_that_the_person_sees_and_we_do_not_are_named_on_the_board() {
    let walk = at_step_2().await;
    walk.sandbox.withdraw_project(PROJECT_ID).await;
    let assignments = "/rest/v1.0/companies/{company_id}/users/{user_id}/project_assignments";
    walk.sandbox.refuse(assignments, Some(403)).await;
    prove(&walk, ADMIN, COMPANY_ID).await;
    walk.up_to(Stage::Complete, &["projects"]).await;
    walk.complete().await;
    walk.advance(TimeDelta::minutes(5)).await;
    walk.app.run_jobs().await;
    let browser = &walk.admin.browser;
    let page = browser.visit(&paths::projects(walk.admin.firm)).await;
    let more = page.link("See them, and how to share them").unwrap();
    let name: String = sqlx::query_scalar("select name from project_seen where project_id = $1")
        .bind(PROJECT_ID)
        .fetch_one(walk.app.db())
        .await
        .unwrap();
    assert!(page.has_text(&name), "{name}: {}", page.text());
    let page = browser.visit(&more).await;
    assert!(
        page.has_text("the person who signed in with Procore") && page.has_text(&name),
        "{}",
        page.text()
    );
}

#[tokio::test]
async fn neither_a_firm_that_is_removed_nor_another_way_of_access_ends_the_vendors_token() {
    let walk = at_step_2().await;
    prove(&walk, ADMIN, COMPANY_ID).await;
    walk.up_to(Stage::Settings, &["projects"]).await;
    assert_eq!(
        (revocations(&walk).await, vendor_tokens(&walk).await),
        (1, 1)
    );

    // Back to a key of the firm's own.
    walk.sandbox
        .add_client("their-own-id", "their-own-secret", &[COMPANY_ID])
        .await;
    let company = COMPANY_ID.to_string();
    let own = [
        ("access_way", "own_app"),
        ("company_id", company.as_str()),
        ("client_id", "their-own-id"),
        ("client_secret", "their-own-secret"),
    ];
    let page = walk.enter_details(&own).await;
    assert_eq!(page.status, 200, "{}", page.text());
    walk.app.run_jobs().await;
    assert!(proofs(&walk).await.is_empty());
    assert_eq!(
        (revocations(&walk).await, vendor_tokens(&walk).await),
        (1, 1)
    );

    // And the firm goes for good.
    let mut conn = walk.app.db().acquire().await.unwrap();
    let kept = "select token from vendor_token";
    let before: Vec<u8> = sqlx::query_scalar(kept)
        .fetch_one(&mut *conn)
        .await
        .unwrap();
    let (firm, operator) = (walk.admin.firm, Actor::System { firm: None });
    let name: String = sqlx::query_scalar("select name from firm where firm_id = $1")
        .bind(firm)
        .fetch_one(&mut *conn)
        .await
        .unwrap();
    let removed = remove_firm::run(&walk.app.app, &operator, firm, &name, TimeDelta::zero()).await;
    assert!(matches!(removed, Ok(RemoveFirmOutcome::Removed(_))));
    walk.app.run_jobs().await;
    let after: Vec<u8> = sqlx::query_scalar(kept)
        .fetch_one(&mut *conn)
        .await
        .unwrap();
    assert!(before == after, "the token is the same");
}

#[tokio::test]
async fn an_outage_at_each_step_loses_nothing() {
    let walk = at_step_2().await;
    let page = {
        walk.sandbox.down().await;
        // Procore's own page is theirs; ours leads there all the same.
        let page = walk.page(Stage::Credentials).await;
        assert!(page.button("Sign in with Procore").is_some());
        walk.sandbox.up().await;
        super::steps::sign_in(&walk, ADMIN).await
    };
    walk.sandbox.down().await;
    super::steps::choose(&walk, &page, COMPANY_ID).await;
    assert_eq!(
        proofs(&walk).await.len(),
        1,
        "choosing asks Procore nothing"
    );
    walk.app.run_jobs().await;
    walk.sandbox.up().await;
    walk.advance(TimeDelta::minutes(10)).await;
    walk.app.run_jobs().await;

    walk.up_to(Stage::Settings, &["projects"]).await;
    walk.up_to(Stage::Permissions, &["projects"]).await;
    walk.sandbox.down().await;
    let page = walk.check(Stage::Permissions).await;
    assert!(page.has_text("PC-UNREACHABLE"), "{}", page.text());
    walk.sandbox.up().await;
    walk.advance(TimeDelta::minutes(10)).await;
    walk.app.run_jobs().await;
    walk.connect(&["projects"]).await;
    assert_eq!(proofs(&walk).await.len(), 1);
    walk.sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn the_vendors_list_may_be_refused_and_each_company_tells_for_itself() {
    let walk = at_step_2().await;
    let refused = Fail::status(403)
        .on("/rest/v1.0/companies")
        .times(1)
        .after(1);
    walk.sandbox.fail_next(refused).await;
    let page = super::steps::sign_in(&walk, ADMIN).await;
    assert!(page.has_text("Installed"), "{}", page.text());
    super::steps::choose(&walk, &page, COMPANY_ID).await;
    assert_eq!(walk.stage().await, Stage::Verify);
    assert_eq!(proofs(&walk).await.len(), 1);
    // The first list that comes shows an app that was there all along.
    for _ in 0..2 {
        walk.advance(TimeDelta::days(1)).await;
        walk.app.run_jobs().await;
    }
    let admin = walk.app.admin_of(walk.admin.firm).await;
    let walk = Walk { admin, ..walk };
    let page = walk.page(Stage::Verify).await;
    let page = walk.press(&page, "Check again", &[]).await;
    assert_eq!(page.h1(), "Check your details", "it is still proven");
}
