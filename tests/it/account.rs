//! A person's own account.

use concierge::paths;

use crate::harness::app::{PASSWORD, TestApp};

const NEW_PASSWORD: &str = "four brave badgers sing";
const SESSION: &str = "__Host-session";

#[tokio::test]
async fn name_and_time_zone_are_saved_and_used() {
    let app = TestApp::start().await;
    let admin = app.firm_admin().await;
    let page = admin.browser.get(paths::ACCOUNT).await;
    assert_eq!(page.value_of("name"), "Admin 2");
    assert_eq!(page.value_of("time_zone"), "UTC");

    let fields = [
        ("name", " Ada   Lovelace "),
        ("time_zone", "America/Chicago"),
    ];
    let page = admin.browser.submit(paths::ACCOUNT, &fields).await;
    assert!(page.has_text("Your details are saved."));
    assert_eq!(page.value_of("name"), "Ada Lovelace");
    assert_eq!(page.value_of("time_zone"), "America/Chicago");
    assert!(
        page.has_text("America/Chicago"),
        "the footer names the zone"
    );
    let again = admin.browser.get(paths::ACCOUNT).await;
    assert!(!again.has_text("Your details are saved."), "said once");
}

#[tokio::test]
async fn what_is_wrong_with_the_details_is_said_at_the_fields() {
    let app = TestApp::start().await;
    let admin = app.firm_admin().await;
    let fields = [("name", "  "), ("time_zone", "Mars/Olympus")];
    let page = admin.browser.post(paths::ACCOUNT, &fields).await;
    assert_eq!(page.error_for("name"), "Enter a name");
    assert_eq!(
        page.error_for("time_zone"),
        "Choose a time zone from the list"
    );
}

#[tokio::test]
async fn a_new_password_needs_the_old_one_and_signs_other_devices_out() {
    let app = TestApp::start().await;
    let admin = app.firm_admin().await;
    let other = app.browser();
    other.sign_in(&admin.email, PASSWORD).await;
    let path = paths::ACCOUNT_PASSWORD;

    let page = admin.browser.post(path, &[("new", NEW_PASSWORD)]).await;
    assert_eq!(page.error_for("current"), "Enter your current password");
    let page = admin
        .browser
        .post(path, &[("current", "wrong"), ("new", NEW_PASSWORD)])
        .await;
    assert_eq!(
        page.error_for("current"),
        "This is not your current password"
    );
    let mine = [("current", PASSWORD), ("new", "admin2@firm.example")];
    let page = admin.browser.post(path, &mine).await;
    assert_eq!(page.status, 422, "not one's own address");
    let stolen = app.browser();
    let cookie = admin.browser.cookie(SESSION).unwrap();
    stolen.set_cookie(SESSION, &cookie);
    let fields = [("current", PASSWORD), ("new", NEW_PASSWORD)];
    let page = admin.browser.submit(path, &fields).await;
    assert!(
        page.has_text("Your password is changed."),
        "{}",
        page.text()
    );

    assert_eq!(other.visit(paths::FIRMS).await.h1(), "Sign in");
    assert_ne!(admin.browser.cookie(SESSION), Some(cookie));
    assert_eq!(stolen.visit(paths::FIRMS).await.h1(), "Sign in");
    app.browser().sign_in(&admin.email, NEW_PASSWORD).await;
    let kind = "select count(*) from mail where kind = 'password_changed'";
    let told: i64 = sqlx::query_scalar(kind).fetch_one(app.db()).await.unwrap();
    assert_eq!(told, 1);
}

#[tokio::test]
async fn one_device_or_all_can_be_signed_out() {
    let app = TestApp::start().await;
    let admin = app.firm_admin().await;
    let (second, third) = (
        app.browser_at("198.51.100.2"),
        app.browser_at("198.51.100.3"),
    );
    second.sign_in(&admin.email, PASSWORD).await;
    third.sign_in(&admin.email, PASSWORD).await;

    let page = admin.browser.get(paths::ACCOUNT).await;
    assert!(page.has_text("This device"));
    let end = page
        .link("Sign out Chrome on Linux at 198.51.100.2")
        .unwrap();
    let page = admin.browser.get(&end).await;
    assert_eq!(page.h1(), "Sign out Chrome on Linux");
    let proof = [("password", PASSWORD)];
    admin.browser.submit(&end, &proof).await;
    assert_eq!(second.get(paths::FIRMS).await.status, 303);
    assert_eq!(third.get(paths::FIRMS).await.status, 200);

    let page = admin
        .browser
        .submit(paths::ACCOUNT_SIGN_OUT_EVERYWHERE, &proof)
        .await;
    assert_eq!(page.h1(), "Sign in");
    assert_eq!(third.get(paths::FIRMS).await.status, 303);
}

#[tokio::test]
async fn somebody_elses_session_cannot_be_ended() {
    let app = TestApp::start().await;
    let (one, two) = (app.firm_admin().await, app.firm_admin().await);
    let other = app.browser();
    other.sign_in(&two.email, PASSWORD).await;
    let page = two.browser.get(paths::ACCOUNT).await;
    let end = page
        .link("Sign out Chrome on Linux at 203.0.113.1")
        .unwrap();
    assert_eq!(one.browser.get(&end).await.status, 404);
    let proof = [("password", PASSWORD)];
    assert_eq!(one.browser.post(&end, &proof).await.status, 404);
    assert_eq!(other.get(paths::FIRMS).await.status, 200);
}

#[tokio::test]
async fn the_start_leads_to_the_only_firm() {
    let app = TestApp::start().await;
    let admin = app.firm_admin().await;
    let page = admin.browser.get(paths::HOME).await;
    assert_eq!(page.location, Some(admin.home()));
}
