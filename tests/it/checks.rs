//! Verifications over time: what an earlier one proved is believed only as far as it still holds.

use concierge::onboarding::Stage;

use crate::support::page::Page;
use crate::support::walk::Walk;

#[tokio::test]
async fn what_passed_before_is_told_when_it_fails_now() {
    let walk = Walk::start().await;
    walk.up_to(Stage::Verify, &[]).await;
    walk.sandbox.set_level("webhooks_api", "None").await;
    let page = walk.check(Stage::Verify).await;
    assert!(page.has_text("PC-WEBHOOK-LEVEL"), "{}", page.text());

    // While that is mended, the secret is replaced in Procore.
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
}
