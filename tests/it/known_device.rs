//! Strangers who fail at an account keep nobody out who signed in with their browser before.

use chrono::TimeDelta;
use concierge::identity::PersonId;
use concierge::paths;

use crate::harness::app::{FirmAdmin, PASSWORD, TestApp};
use crate::harness::browser::Browser;
use crate::harness::page::Page;
use crate::harness::totp;

const NEW_PASSWORD: &str = "four brave badgers sing";

async fn attempt(browser: &Browser, email: &str, password: &str) -> Page {
    let fields = [("email", email), ("password", password)];
    browser.post(paths::SIGN_IN, &fields).await
}

/// Whether the answer is that there were too many attempts.
fn must_wait(page: &Page) -> bool {
    page.status == 422
        && page
            .error_for("password")
            .starts_with("There were too many")
}

/// Lets a stranger fail until the account and the stranger's own address are blocked.
async fn block(app: &TestApp, admin: &FirmAdmin, from: &str) {
    let stranger = app.browser_at(from);
    for _ in 0..40 {
        attempt(&stranger, &admin.email, "a guess").await;
    }
    let page = attempt(&stranger, &admin.email, PASSWORD).await;
    assert!(must_wait(&page), "a browser that nobody knows");
    let page = attempt(&stranger, "nobody@firm.example", "a guess").await;
    assert!(must_wait(&page), "asking during a block is not free");
    let page = attempt(&app.browser_at("198.51.100.9"), &admin.email, PASSWORD).await;
    assert!(must_wait(&page), "from everywhere");
}

/// Enters wrong codes until there were too many.
async fn fail_codes(browser: &Browser) {
    for _ in 0..5 {
        let wrong = [("code", "000000")];
        browser.post(paths::SIGN_IN_CODE, &wrong).await;
    }
}

#[tokio::test]
async fn a_browser_that_signed_in_before_is_not_kept_out_by_others() {
    let app = TestApp::start().await;
    let admin = app.firm_admin().await;
    admin.browser.post(paths::SIGN_OUT, &[]).await;
    block(&app, &admin, "203.0.113.1").await;
    admin.browser.sign_in(&admin.email, PASSWORD).await;

    app.advance(TimeDelta::days(179));
    block(&app, &admin, "203.0.113.1").await;
    admin.browser.sign_in(&admin.email, PASSWORD).await;
    app.advance(TimeDelta::days(180));
    block(&app, &admin, "203.0.113.1").await;
    let page = attempt(&admin.browser, &admin.email, PASSWORD).await;
    assert!(must_wait(&page), "not for ever without signing in");
}

#[tokio::test]
async fn guessing_with_a_known_browser_is_slowed_down_for_itself_alone() {
    let app = TestApp::start().await;
    let admin = app.firm_admin().await;
    for _ in 0..5 {
        let page = attempt(&admin.browser, &admin.email, "a guess").await;
        assert!(!must_wait(&page));
    }
    let page = attempt(&admin.browser, &admin.email, PASSWORD).await;
    assert!(must_wait(&page));
    app.browser().sign_in(&admin.email, PASSWORD).await;
}

#[tokio::test]
async fn a_browser_is_known_to_those_alone_who_signed_in_with_it() {
    let app = TestApp::start().await;
    let (admin, other) = (app.firm_admin().await, app.firm_admin().await);
    block(&app, &admin, "203.0.113.1").await;
    let page = attempt(&other.browser, &admin.email, PASSWORD).await;
    assert!(must_wait(&page), "known to somebody else");

    let name = |person| format!("__Host-device-{person}");
    let mark = other.browser.cookie(&name(other.person)).unwrap();
    let forged = mark.replace("false", "true");
    assert_ne!(forged, mark);
    for forged in [mark, forged, String::new(), "a.b.c".to_owned()] {
        other.browser.set_cookie(&name(admin.person), &forged);
        let page = attempt(&other.browser, &admin.email, PASSWORD).await;
        assert!(must_wait(&page), "{forged}");
    }
}

#[tokio::test]
async fn a_reset_lifts_the_block_and_makes_the_browser_known() {
    let app = TestApp::start().await;
    let admin = app.firm_admin().await;
    block(&app, &admin, "203.0.113.1").await;
    let browser = app.browser_at("198.51.100.7");
    browser.post(paths::RESET, &[("email", &admin.email)]).await;
    app.run_jobs().await;
    let link = app.links_in_mail_to(&admin.email).await.remove(0);
    browser.post(&link, &[("password", NEW_PASSWORD)]).await;

    let elsewhere = app.browser_at("198.51.100.8");
    elsewhere.sign_in(&admin.email, NEW_PASSWORD).await;
    block(&app, &admin, "203.0.113.2").await;
    browser.sign_in(&admin.email, NEW_PASSWORD).await;
}

#[tokio::test]
async fn a_reset_lifts_no_block_on_codes() {
    let app = TestApp::start().await;
    let admin = app.firm_admin().await;
    let secret = admin.browser.enrol(&app).await;
    let thief = app.browser();
    thief.sign_in(&admin.email, PASSWORD).await;
    fail_codes(&thief).await;

    thief.post(paths::RESET, &[("email", &admin.email)]).await;
    app.run_jobs().await;
    let link = app.links_in_mail_to(&admin.email).await.remove(0);
    let page = thief.post(&link, &[("password", NEW_PASSWORD)]).await;
    assert_eq!(page.status, 303);
    block(&app, &admin, "203.0.113.2").await;
    thief.sign_in(&admin.email, NEW_PASSWORD).await;
    let code = totp::code(&secret, app.now());
    let page = thief.post(paths::SIGN_IN_CODE, &[("code", &code)]).await;
    let message = "There were too many attempts. Try again in 30 seconds";
    assert_eq!(page.error_for("code"), message, "no code was entered here");
}

#[tokio::test]
async fn a_browser_is_no_longer_known_once_password_or_factor_changed() {
    let app = TestApp::start().await;
    let admin = app.firm_admin().await;
    let other = app.browser();
    other.sign_in(&admin.email, PASSWORD).await;
    let fields = [("current", PASSWORD), ("new", NEW_PASSWORD)];
    admin.browser.post(paths::ACCOUNT_PASSWORD, &fields).await;
    block(&app, &admin, "203.0.113.1").await;
    let page = attempt(&other, &admin.email, NEW_PASSWORD).await;
    assert!(must_wait(&page), "known before the password changed");
    admin.browser.sign_in(&admin.email, NEW_PASSWORD).await;

    app.advance(TimeDelta::days(1));
    for browser in [&admin.browser, &other] {
        browser.sign_in(&admin.email, NEW_PASSWORD).await;
    }
    let fields = [("password", NEW_PASSWORD)];
    let enrol = paths::ACCOUNT_SECOND_FACTOR;
    let secret = admin.browser.post(enrol, &fields).await.code("secret");
    let code = totp::code(&secret, app.now());
    let confirm = paths::ACCOUNT_SECOND_FACTOR_CONFIRM;
    let page = admin.browser.post(confirm, &[("code", &code)]).await;
    assert_eq!(page.status, 200, "{}", page.text());
    block(&app, &admin, "203.0.113.2").await;
    let page = attempt(&other, &admin.email, NEW_PASSWORD).await;
    assert!(must_wait(&page), "known before there was a factor");
    admin.browser.sign_in(&admin.email, NEW_PASSWORD).await;
}

#[tokio::test]
async fn a_browser_stays_the_same_device_when_it_signs_in_again() {
    let app = TestApp::start().await;
    let admin = app.firm_admin().await;
    let device = || {
        let name = format!("__Host-device-{}", admin.person);
        let mark = admin.browser.cookie(&name).unwrap();
        mark.split('.').next().unwrap().to_owned()
    };
    let first = device();
    app.advance(TimeDelta::days(100));
    admin.browser.sign_in(&admin.email, PASSWORD).await;
    assert_eq!(device(), first);
}

#[tokio::test]
async fn a_browser_of_many_people_is_known_to_each() {
    let app = TestApp::start().await;
    let admin = app.firm_admin().await;
    for _ in 0..30 {
        let name = format!("__Host-device-{}", app.app.clock.new_id::<PersonId>());
        admin.browser.set_cookie(&name, "a.b.c.d");
    }
    block(&app, &admin, "203.0.113.1").await;
    admin.browser.sign_in(&admin.email, PASSWORD).await;
}

#[tokio::test]
async fn a_signed_in_person_changes_their_password_whoever_fails_at_it() {
    let app = TestApp::start().await;
    let admin = app.firm_admin().await;
    block(&app, &admin, "203.0.113.1").await;
    let fields = [("current", PASSWORD), ("new", NEW_PASSWORD)];
    let page = admin.browser.post(paths::ACCOUNT_PASSWORD, &fields).await;
    assert_eq!(page.status, 303, "{}", page.text());
}

#[tokio::test]
async fn whoever_knows_the_password_does_not_use_up_the_codes_of_a_known_browser() {
    let app = TestApp::start().await;
    let admin = app.firm_admin().await;
    let secret = admin.browser.enrol(&app).await;
    let thief = app.browser();
    thief.sign_in(&admin.email, PASSWORD).await;
    fail_codes(&thief).await;
    app.advance(TimeDelta::seconds(30));
    thief.post(paths::SIGN_IN_CODE, &[("code", "000000")]).await;
    app.advance(TimeDelta::seconds(30));
    let code = totp::code(&secret, app.now());
    let fields = [("code", code.as_str())];
    let page = thief.post(paths::SIGN_IN_CODE, &fields).await;
    assert_eq!(page.status, 422, "the thief has to wait");

    admin.browser.post(paths::SIGN_OUT, &[]).await;
    admin.browser.sign_in(&admin.email, PASSWORD).await;
    let page = admin.browser.post(paths::SIGN_IN_CODE, &fields).await;
    assert_eq!(page.status, 303, "{}", page.text());
}

#[tokio::test]
async fn guessing_a_password_with_a_session_is_slowed_down() {
    let app = TestApp::start().await;
    let admin = app.firm_admin().await;
    let path = paths::ACCOUNT_SECOND_FACTOR;
    for _ in 0..5 {
        admin.browser.post(path, &[("password", "a guess")]).await;
    }
    let page = admin.browser.post(path, &[("password", PASSWORD)]).await;
    let said = "There were too many attempts. Try again in 5 seconds";
    assert_eq!(page.error_for("password"), said);
}

#[tokio::test]
async fn guessing_a_password_with_a_session_does_not_block_its_owner() {
    let app = TestApp::start().await;
    let admin = app.firm_admin().await;
    let elsewhere = app.browser();
    elsewhere.sign_in(&admin.email, PASSWORD).await;
    let path = paths::ACCOUNT_SECOND_FACTOR;
    for _ in 0..6 {
        admin.browser.post(path, &[("password", "a guess")]).await;
    }
    let page = admin.browser.post(path, &[("password", PASSWORD)]).await;
    assert_eq!(page.status, 422, "the stolen session waits");

    let page = elsewhere.post(path, &[("password", PASSWORD)]).await;
    assert_eq!(page.status, 200, "{}", page.text());
    admin.browser.sign_in(&admin.email, PASSWORD).await;
    let page = admin.browser.post(path, &[("password", PASSWORD)]).await;
    assert_eq!(page.status, 200, "{}", page.text());
}

#[tokio::test]
async fn a_change_of_password_makes_no_browser_a_new_one() {
    let app = TestApp::start().await;
    let admin = app.firm_admin().await;
    let other = app.browser();
    other.sign_in(&admin.email, PASSWORD).await;
    let fields = [("current", PASSWORD), ("new", NEW_PASSWORD)];
    admin.browser.post(paths::ACCOUNT_PASSWORD, &fields).await;
    let before = app.mails_to(&admin.email).await;
    other.sign_in(&admin.email, NEW_PASSWORD).await;
    assert_eq!(app.mails_to(&admin.email).await, before);
    app.browser().sign_in(&admin.email, NEW_PASSWORD).await;
    assert_eq!(
        app.mails_to(&admin.email).await,
        before + 1,
        "this one is new"
    );
}
