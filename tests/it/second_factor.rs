//! The second factor.

use chrono::TimeDelta;
use concierge::identity::SupportRole;
use concierge::paths;

use crate::harness::app::{PASSWORD, TestApp};
use crate::harness::totp;

const WRONG: &str =
    "This code is not right. Wait for the next one in your app, and enter it at once";

#[tokio::test]
async fn signing_in_asks_for_a_code_and_leads_to_the_page_that_was_asked_for() {
    let app = TestApp::start().await;
    let admin = app.firm_admin().await;
    let secret = admin.browser.enrol(&app).await;
    app.advance(TimeDelta::minutes(1));

    let browser = app.browser();
    let asked = paths::people(admin.firm);
    let fields = [("email", admin.email.as_str()), ("password", PASSWORD)];
    let page = browser.submit(&paths::sign_in_for(&asked), &fields).await;
    assert_eq!(page.h1(), "Enter your code");
    assert_eq!(
        browser.visit(&asked).await.h1(),
        "Enter your code",
        "no way around it"
    );
    let form = page.button("Continue").unwrap();
    let page = browser.post(&form, &[("code", "000000")]).await;
    assert_eq!(page.error_for("code"), WRONG);
    let code = totp::code(&secret, app.now());
    let page = browser.post(&form, &[("code", &code)]).await;
    assert_eq!(page.location, Some(asked));

    let other = app.browser();
    other.sign_in(&admin.email, PASSWORD).await;
    let page = other.post(paths::SIGN_IN_CODE, &[("code", &code)]).await;
    assert_eq!(page.error_for("code"), WRONG, "a code works once");
}

#[tokio::test]
async fn between_password_and_code_the_second_factor_cannot_be_replaced() {
    let app = TestApp::start().await;
    let admin = app.firm_admin().await;
    admin.browser.enrol(&app).await;
    let thief = app.browser();
    thief.sign_in(&admin.email, PASSWORD).await;
    for path in [
        paths::ACCOUNT_SECOND_FACTOR,
        paths::ACCOUNT_SECOND_FACTOR_CONFIRM,
        paths::ACCOUNT_SECOND_FACTOR_REMOVE,
    ] {
        let page = thief
            .submit(path, &[("password", PASSWORD), ("code", "123456")])
            .await;
        assert_eq!(page.h1(), "Enter your code", "{path}");
    }
    assert_eq!(thief.visit(paths::ACCOUNT).await.h1(), "Enter your code");
}

#[tokio::test]
async fn guessing_codes_is_slowed_down() {
    let app = TestApp::start().await;
    let admin = app.firm_admin().await;
    admin.browser.enrol(&app).await;
    let browser = app.browser();
    browser.sign_in(&admin.email, PASSWORD).await;
    for _ in 0..5 {
        let page = browser
            .post(paths::SIGN_IN_CODE, &[("code", "000000")])
            .await;
        assert_eq!(page.error_for("code"), WRONG);
    }
    let page = browser
        .post(paths::SIGN_IN_CODE, &[("code", "000000")])
        .await;
    let message = "There were too many attempts. Try again in 30 seconds";
    assert_eq!(page.error_for("code"), message);
}

#[tokio::test]
async fn a_recovery_code_lets_in_once() {
    let app = TestApp::start().await;
    let admin = app.firm_admin().await;
    let page = admin
        .browser
        .submit(paths::ACCOUNT_SECOND_FACTOR, &[("password", PASSWORD)])
        .await;
    let code = totp::code(&page.code("secret"), app.now());
    let fields = [("code", code.as_str())];
    let page = admin
        .browser
        .post(paths::ACCOUNT_SECOND_FACTOR_CONFIRM, &fields)
        .await;
    assert_eq!(page.h1(), "Keep your recovery codes");
    let codes = page.texts("#recovery-codes li");
    assert_eq!(codes.len(), 10);
    assert_eq!(
        admin.browser.get(paths::FIRMS).await.status,
        200,
        "still signed in"
    );

    for (attempt, status) in [(1, 303), (2, 422)] {
        let browser = app.browser();
        browser.sign_in(&admin.email, PASSWORD).await;
        let typed = codes[3].to_uppercase().replace('-', " ");
        let page = browser.post(paths::SIGN_IN_CODE, &[("code", &typed)]).await;
        assert_eq!(page.status, status, "attempt {attempt}");
    }
    let page = admin.browser.get(paths::ACCOUNT_SECOND_FACTOR).await;
    assert!(
        page.has_text("You have 9 recovery codes left."),
        "{}",
        page.text()
    );
}

#[tokio::test]
async fn turning_it_on_signs_other_devices_out() {
    let app = TestApp::start().await;
    let admin = app.firm_admin().await;
    let other = app.browser();
    other.sign_in(&admin.email, PASSWORD).await;
    admin.browser.enrol(&app).await;
    assert_eq!(other.visit(paths::FIRMS).await.h1(), "Sign in");
}

#[tokio::test]
async fn support_people_enrol_before_anything_else_and_again_after_turning_it_off() {
    let app = TestApp::start().await;
    let support = app.support(SupportRole::Staff).await;
    let page = support.browser.visit(paths::HOME).await;
    assert_eq!(page.h1(), "Queue");

    app.advance(TimeDelta::minutes(1));
    let other = app.browser();
    other.sign_in(&support.email, PASSWORD).await;
    assert_eq!(other.visit(paths::HOME).await.h1(), "Enter your code");
    let code = totp::code(&support.second_factor, app.now());
    let page = other.submit(paths::SIGN_IN_CODE, &[("code", &code)]).await;
    assert_eq!(page.h1(), "Queue");

    let remove = paths::ACCOUNT_SECOND_FACTOR_REMOVE;
    let page = support
        .browser
        .post(remove, &[("password", "not it at all")])
        .await;
    assert_eq!(page.error_for("password"), "This is not your password");
    let page = support
        .browser
        .submit(remove, &[("password", PASSWORD)])
        .await;
    assert_eq!(page.h1(), "Second factor");
    assert!(page.has_text("it is required for them"));
    assert_eq!(
        support.browser.visit(paths::SUPPORT_MAIL).await.h1(),
        "Second factor"
    );
    support.browser.enrol(&app).await;
    assert_eq!(support.browser.get(paths::SUPPORT_MAIL).await.status, 200);
}

#[tokio::test]
async fn half_a_sign_in_does_not_last() {
    let app = TestApp::start().await;
    let admin = app.firm_admin().await;
    let secret = admin.browser.enrol(&app).await;
    let browser = app.browser();
    browser.sign_in(&admin.email, PASSWORD).await;
    app.advance(TimeDelta::minutes(15));
    let code = totp::code(&secret, app.now());
    let page = browser
        .submit(paths::SIGN_IN_CODE, &[("code", &code)])
        .await;
    assert_eq!(page.h1(), "Sign in");
}
