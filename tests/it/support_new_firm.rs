//! A new firm, with its first invitation.

use concierge::identity::SupportRole;
use concierge::paths;

use crate::harness::app::TestApp;
use crate::harness::browser::Browser;
use crate::harness::page::Page;

async fn create(browser: &Browser, name: &str, reference: &str, email: &str) -> Page {
    let page = browser.get(paths::SUPPORT_NEW_FIRM).await;
    let id = page.value_of("id");
    let fields = [
        ("id", id.as_str()),
        ("name", name),
        ("reference", reference),
        ("email", email),
    ];
    browser.post(paths::SUPPORT_NEW_FIRM, &fields).await
}

async fn firms(app: &TestApp) -> i64 {
    sqlx::query_scalar("select count(*) from firm")
        .fetch_one(app.db())
        .await
        .unwrap()
}

#[tokio::test]
async fn a_firm_is_taken_in_and_its_first_admin_can_begin() {
    let app = TestApp::start().await;
    for role in [SupportRole::Staff, SupportRole::Lead] {
        let support = app.support(role).await;
        let (name, reference) = (format!("Acme {role:?}"), format!("acme-{role:?}"));
        let email = format!("ada.{role:?}@acme.example").to_lowercase();
        let page = create(&support.browser, &name, &reference, &email).await;
        assert_eq!(page.status, 303, "{}", page.text());
        let case = support.browser.follow(page).await;
        assert_eq!(case.h1(), name);
        assert!(case.has_text(&format!(
            "{email} is invited. This installation sends no mail"
        )));
        assert!(case.has_text(&reference) && case.has_text("Nobody has begun."));
        assert!(case.has_text("Last contactjust now"), "{}", case.text());

        let links = app.links_in_mail_to(&email).await;
        let admin = app.browser();
        let page = admin.get(&links[0]).await;
        assert!(page.has_text(&name), "{}", page.text());
        let queue = support.browser.get(paths::SUPPORT).await;
        assert!(queue.link(&name).is_some());
    }
}

#[tokio::test]
async fn a_reference_is_one_firms_alone() {
    let app = TestApp::start().await;
    let support = app.support(SupportRole::Staff).await;
    create(&support.browser, "Acme", "acme-1", "ada@acme.example").await;
    let page = create(&support.browser, "Other", " acme-1 ", "bo@other.example").await;
    assert_eq!(page.status, 422);
    assert!(
        page.error_for("reference")
            .starts_with("Another firm already has this reference")
    );
    assert_eq!(page.value_of("name"), "Other");
    assert_eq!(page.value_of("email"), "bo@other.example");
    assert_eq!(firms(&app).await, 1);
    assert_eq!(app.mails_to("bo@other.example").await, 0);
    // Firms without one do not get in each other's way.
    for email in ["one@other.example", "two@other.example"] {
        let page = create(&support.browser, "Other", "", email).await;
        assert_eq!(page.status, 303, "{}", page.text());
    }
}

#[tokio::test]
async fn all_mistakes_are_told_at_once_and_nothing_is_written() {
    let app = TestApp::start().await;
    let support = app.support(SupportRole::Staff).await;
    let long = "x".repeat(121);
    let page = create(&support.browser, " ", &long, "ada at acme").await;
    assert_eq!(page.status, 422);
    assert_eq!(page.error_for("name"), "Enter a name");
    assert_eq!(page.error_for("reference"), "Use at most 120 characters");
    assert!(
        page.error_for("email")
            .starts_with("Enter an email address")
    );
    let page = create(&support.browser, "Acme", "", &support.email).await;
    assert!(
        page.error_for("email")
            .starts_with("This address belongs to somebody on the support team")
    );
    assert_eq!(firms(&app).await, 0);
}

#[tokio::test]
async fn a_form_that_is_sent_twice_makes_one_firm_and_one_mail() {
    let app = TestApp::start().await;
    let support = app.support(SupportRole::Staff).await;
    let page = support.browser.get(paths::SUPPORT_NEW_FIRM).await;
    let id = page.value_of("id");
    let fields = [
        ("id", id.as_str()),
        ("name", "Acme"),
        ("email", "ada@acme.example"),
    ];
    let send = || support.browser.post(paths::SUPPORT_NEW_FIRM, &fields);
    let (first, second) = tokio::join!(send(), send());
    let third = send().await;
    assert_eq!(third.location, first.location);
    assert_eq!(first.status, 303);
    assert_eq!(first.location, second.location);
    assert_eq!(firms(&app).await, 1);
    assert_eq!(app.mails_to("ada@acme.example").await, 1);
}

#[tokio::test]
async fn a_firms_people_take_nobody_in() {
    let app = TestApp::start().await;
    let admin = app.firm_admin().await;
    let page = admin.browser.get(paths::SUPPORT_NEW_FIRM).await;
    assert_eq!(page.status, 404);
    let fields = [
        ("id", "0197f3a0-7c1e-7b44-9d3f-0a1b2c3d4e5f"),
        ("name", "Mine"),
        ("email", "me@firm.example"),
    ];
    let page = admin.browser.post(paths::SUPPORT_NEW_FIRM, &fields).await;
    assert_eq!(page.status, 404);
    assert_eq!(firms(&app).await, 1);
}
