//! The details of Procore: what is caught, what is kept, and what is never shown again.

use concierge::onboarding::Stage;

use crate::harness::walk::Walk;
use procore_sandbox::testing::{CLIENT_ID, CLIENT_SECRET, COMPANY_ID, Fail};

#[tokio::test]
async fn a_missing_secret_is_explained_and_the_rest_is_kept() {
    let walk = Walk::start().await;
    walk.up_to(Stage::Credentials, &[]).await;
    let details = [
        ("access_way", "own_app"),
        ("company_id", "5358233"),
        ("client_id", "abc"),
        ("client_secret", ""),
    ];
    let page = walk.enter_details(&details).await;

    assert_eq!(page.status, 422);
    assert_eq!(page.error_for("client_secret"), "Enter the client secret");
    assert_eq!(page.value_of("client_id"), "abc");
    assert_eq!(page.value_of("company_id"), "5358233");
    assert!(page.title().starts_with("Error: "));
    assert!(walk.page(Stage::Verify).await.has_text("comes first"));
}

#[tokio::test]
async fn typical_mistakes_are_caught_all_at_once_and_no_secret_comes_back() {
    let walk = Walk::start().await;
    walk.up_to(Stage::Credentials, &[]).await;
    let details = [
        ("access_way", ""),
        ("company_id", "12x"),
        ("client_id", "same-value"),
        ("client_secret", "same-value"),
    ];
    let page = walk.enter_details(&details).await;

    assert_eq!(page.status, 422);
    assert_eq!(
        page.error_for("access_way"),
        "Choose how your firm gives access"
    );
    assert_eq!(
        page.error_for("company_id"),
        "Company ID must be numbers only, like the number in your Procore address bar"
    );
    assert!(page.error_for("client_secret").contains("are the same"));
    assert_eq!(page.value_of("client_secret"), "");
}

#[tokio::test]
async fn spaces_and_invisible_characters_around_the_details_do_no_harm() {
    let walk = Walk::start().await;
    walk.up_to(Stage::Credentials, &[]).await;
    let secret = format!("\u{feff} {CLIENT_SECRET}\u{200b}\n");
    let id = format!("  {CLIENT_ID}\u{a0}");
    let details = [
        ("access_way", "own_app"),
        ("company_id", " 5358233 "),
        ("client_id", id.as_str()),
        ("client_secret", secret.as_str()),
    ];
    walk.enter_details(&details).await;
    let page = walk.check(Stage::Verify).await;
    assert!(page.has_text("All checks passed"), "{}", page.text());
}

#[tokio::test]
async fn the_secret_is_shown_as_a_fingerprint_and_never_again() {
    let walk = Walk::start().await;
    walk.up_to(Stage::Settings, &[]).await;
    let page = walk.page(Stage::Credentials).await;
    assert!(page.has_text("fingerprint"));
    assert!(!page.html.contains(CLIENT_SECRET));
    assert_eq!(page.value_of("client_id"), CLIENT_ID);

    let same = [
        ("access_way", "own_app"),
        ("company_id", "5358233"),
        ("client_id", CLIENT_ID),
    ];
    let kept = walk.enter_details(&same).await;
    assert_eq!(
        kept.h1(),
        "Choose what to bring from Procore",
        "an empty field keeps the secret that is stored, and what was checked with it"
    );
}

/// Procore keeps companies in zones with pages of their own.
#[tokio::test]
async fn links_into_procore_lead_to_the_companys_own_zone() {
    let walk = Walk::start().await;
    walk.up_to(Stage::Verify, &["offices"]).await;
    let page = walk.check(Stage::Verify).await;
    let home = format!("{}/{COMPANY_ID}/company/home", walk.sandbox.url);
    assert_eq!(page.link("Open in Procore"), Some(home), "{}", page.text());
}

#[tokio::test]
async fn without_the_companys_zone_everything_goes_on() {
    let walk = Walk::start().await;
    let address = "/rest/v1.0/company_base_url";
    walk.sandbox.fail_next(Fail::status(403).on(address)).await;
    walk.up_to(Stage::Verify, &["offices"]).await;
    let page = walk.check(Stage::Verify).await;
    assert!(page.has_text("Is this the right company?"));
    assert!(!page.has_text("Open in Procore"));
}
