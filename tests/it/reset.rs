//! A forgotten password.

use chrono::TimeDelta;
use concierge::paths;

use crate::harness::app::{PASSWORD, TestApp};

const NEW_PASSWORD: &str = "four brave badgers sing";

async fn ask(app: &TestApp, email: &str) -> String {
    let page = app.browser().post(paths::RESET, &[("email", email)]).await;
    assert_eq!(page.status, 200, "{}", page.text());
    app.run_jobs().await;
    page.html
}

#[tokio::test]
async fn a_link_by_mail_leads_to_a_new_password_and_everybody_else_is_out() {
    let app = TestApp::start().await;
    let admin = app.firm_admin().await;
    let page = app.browser().visit(paths::FIRMS).await;
    let forgotten = page.link("Forgot your password?").unwrap();
    let page = app.browser().get(&forgotten).await;
    let form = page.button("Send me a link").unwrap();
    let page = app.browser().post(&form, &[("email", &admin.email)]).await;
    assert_eq!(page.h1(), "A link is kept for you");
    app.run_jobs().await;

    let link = app.links_in_mail_to(&admin.email).await.remove(0);
    let browser = app.browser();
    assert_eq!(browser.get(&link).await.h1(), "Choose a new password");
    let page = browser.post(&link, &[("password", "short")]).await;
    assert!(
        page.error_for("password")
            .starts_with("Use at least 12 characters")
    );
    let page = browser.submit(&link, &[("password", NEW_PASSWORD)]).await;
    assert_eq!(page.h1(), "Sign in");
    assert!(page.has_text("Your password was changed."));

    assert_eq!(
        admin.browser.get(paths::FIRMS).await.status,
        303,
        "signed out"
    );
    let old = [("email", admin.email.as_str()), ("password", PASSWORD)];
    assert_eq!(browser.post(paths::SIGN_IN, &old).await.status, 422);
    browser.sign_in(&admin.email, NEW_PASSWORD).await;
    assert_eq!(
        app.mails_to(&admin.email).await,
        2,
        "the link, and that it happened"
    );
    assert_eq!(
        app.browser().get(&link).await.h1(),
        "This link was used or replaced"
    );
}

#[tokio::test]
async fn the_page_says_the_same_to_everybody() {
    let app = TestApp::start().await;
    let admin = app.firm_admin().await;
    let known = ask(&app, &admin.email).await;
    let unknown = ask(&app, "nobody@firm.example").await;
    assert_eq!(known, unknown);
    assert_eq!(app.mails_to(&admin.email).await, 1);
    assert_eq!(app.mails_to("nobody@firm.example").await, 0);
}

#[tokio::test]
async fn an_expired_link_leads_to_a_fresh_one() {
    let app = TestApp::start().await;
    let admin = app.firm_admin().await;
    ask(&app, &admin.email).await;
    let link = app.links_in_mail_to(&admin.email).await.remove(0);
    app.advance(TimeDelta::hours(1));

    let page = app.browser().get(&link).await;
    assert_eq!(
        (page.status, page.h1()),
        (410, "This link has expired".to_owned())
    );
    let refused = app
        .browser()
        .post(&link, &[("password", NEW_PASSWORD)])
        .await;
    assert_eq!(refused.status, 410);
    let renew = page.button("Send me a new link").unwrap();
    let page = app.browser().post(&renew, &[]).await;
    assert_eq!(page.h1(), "A link is kept for you");
    app.run_jobs().await;
    let fresh = app.links_in_mail_to(&admin.email).await.remove(0);
    assert_eq!(app.browser().get(&fresh).await.status, 200);
}

#[tokio::test]
async fn only_the_newest_link_works() {
    let app = TestApp::start().await;
    let admin = app.firm_admin().await;
    ask(&app, &admin.email).await;
    let first = app.links_in_mail_to(&admin.email).await.remove(0);
    ask(&app, &admin.email).await;
    assert_eq!(app.browser().get(&first).await.status, 410);
}

#[tokio::test]
async fn asking_again_and_again_is_slowed_down() {
    let app = TestApp::start().await;
    let admin = app.firm_admin().await;
    for _ in 0..3 {
        ask(&app, &admin.email).await;
    }
    let page = app
        .browser()
        .post(paths::RESET, &[("email", &admin.email)])
        .await;
    assert_eq!(page.status, 422);
    let message = "There were too many attempts. Try again in 5 minutes";
    assert_eq!(page.error_for("email"), message);
}

#[tokio::test]
async fn a_reset_does_not_get_past_the_second_factor() {
    let app = TestApp::start().await;
    let admin = app.firm_admin().await;
    admin.browser.enrol(&app).await;
    ask(&app, &admin.email).await;
    let link = app.links_in_mail_to(&admin.email).await.remove(0);
    let browser = app.browser();
    browser.post(&link, &[("password", NEW_PASSWORD)]).await;
    let page = browser.sign_in(&admin.email, NEW_PASSWORD).await;
    assert_eq!(page.location.as_deref(), Some(paths::SIGN_IN_CODE));
}
