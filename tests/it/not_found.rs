//! *I can't find this*: steps that do not match what somebody sees in Procore.

use concierge::onboarding::Stage;

use crate::harness::colleague::Colleague;
use crate::harness::walk::Walk;
use procore_sandbox::testing::CLIENT_SECRET;

/// The newest report: who, and the facts.
async fn report(walk: &Walk) -> (String, serde_json::Value) {
    sqlx::query_as(
        "select actor_name, details from activity \
         where firm_id = $1 and verb = 'help.not_found' and visible_to = 'firm' \
         order by activity_id desc limit 1",
    )
    .bind(walk.admin.firm.0)
    .fetch_one(walk.app.db())
    .await
    .unwrap()
}

#[tokio::test]
async fn each_step_of_a_click_path_can_be_reported() {
    let walk = Walk::start().await;
    let page = walk.up_to(Stage::Credentials, &[]).await;
    let link = page.link("I can't find this (step 3)").unwrap();
    assert!(link.contains("text=own_app"), "{link}");
    let page = walk.admin.browser.get(&link).await;
    assert_eq!(page.h1(), "I can’t find this");
    assert!(page.has_text("Edit Components"), "{}", page.text());
    let send = page.button("Tell support").unwrap();

    let saw = [("saw", "There is only a tab called Scopes.")];
    let page = walk.admin.browser.submit(&send, &saw).await;
    assert_eq!(page.h1(), "Thank you, we took note");
    let back = page.link("Back to the steps").unwrap();
    assert_eq!(back, walk.at(Stage::Credentials));
    let (who, facts) = report(&walk).await;
    assert_eq!(who, "Admin 2");
    assert_eq!(facts["saw"], "There is only a tab called Scopes.");
    assert_eq!(facts["text"], "own_app");
    assert_eq!(facts["step"], 3);
    assert_eq!(facts["page"], "credentials");

    let page = walk.admin.browser.submit(&send, &[]).await;
    assert_eq!(page.h1(), "Thank you, we took note", "words are optional");
}

#[tokio::test]
async fn a_remedy_is_reported_with_its_tool_and_level() {
    let walk = Walk::start().await;
    walk.up_to(Stage::Permissions, &["projects", "users"]).await;
    walk.sandbox.set_level("directory", "None").await;
    let page = walk.check(Stage::Permissions).await;
    let link = page.link("I can't find this (step 1)").unwrap();
    assert!(link.contains("text=PC-LEVEL:directory"), "{link}");
    let page = walk.admin.browser.get(&link).await;
    assert!(
        page.has_text("set these levels") && page.has_text("Directory: Read Only"),
        "{}",
        page.text()
    );
    let send = page.button("Tell support").unwrap();
    walk.admin.browser.submit(&send, &[]).await;
    let (_, facts) = report(&walk).await;
    assert_eq!(facts["title"], "Our level on Directory is too low");
    assert_eq!(facts["text"], "PC-LEVEL:directory");
}

#[tokio::test]
async fn a_secret_is_refused_and_not_shown_again() {
    let walk = Walk::start().await;
    walk.up_to(Stage::Verify, &[]).await;
    let page = walk.page(Stage::Credentials).await;
    let link = page.link("I can't find this (step 12)").unwrap();
    let send = walk.admin.browser.get(&link).await.button("Tell support");
    let said = format!("It is {CLIENT_SECRET} here");
    let page = walk
        .admin
        .browser
        .post(&send.unwrap(), &[("saw", said.as_str())])
        .await;
    assert_eq!(page.status, 422);
    assert!(
        page.error_for("saw")
            .contains("looks like a key or a secret")
    );
    assert!(!page.html.contains(CLIENT_SECRET));
    let verbs = walk.app.activity_of(walk.admin.firm).await;
    assert!(!verbs.contains(&"help.not_found".to_owned()));
}

#[tokio::test]
async fn a_colleague_reports_from_the_task() {
    let walk = Walk::start().await;
    walk.up_to(Stage::Credentials, &[]).await;
    let email = "dana@firm.example";
    let dana = Colleague::asked(&walk, Stage::Credentials, email, &[]).await;
    let page = dana.page().await;
    let link = page.link("I can't find this (step 1)").unwrap();
    assert!(link.starts_with(&dana.link), "{link}");
    let page = dana.browser.get(&link).await;
    let send = page.button("Tell support").unwrap();
    let page = dana.browser.submit(&send, &[("saw", "A blank page")]).await;
    assert_eq!(page.link("Back to the steps"), Some(dana.link.clone()));
    let (who, facts) = report(&walk).await;
    assert_eq!(who, "Dana Fox");
    assert_eq!(facts["saw"], "A blank page");
    assert_eq!(facts["page"], "hand_over");
}

#[tokio::test]
async fn a_step_that_there_is_not_is_no_page() {
    let walk = Walk::start().await;
    let base = format!("/firms/{}/procore/setup/not-found", walk.admin.firm);
    for query in [
        "",
        "?from=review&text=own_app&step=99",
        "?from=review&text=own_app&step=x",
        "?from=review&text=kitchen&step=1",
        "?from=kitchen&text=own_app&step=1",
        "?from=verify&text=PC-LEVEL:kitchen&step=1",
    ] {
        let page = walk.admin.browser.get(&format!("{base}{query}")).await;
        assert_eq!(page.status, 404, "{query}");
    }
}
