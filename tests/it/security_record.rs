//! What is refused, and what keys and files are used for, is on record and in the log.

use concierge::identity::SupportRole;
use concierge::onboarding::Stage;
use concierge::paths;

use crate::harness::app::{FirmAdmin, PASSWORD, TestApp};
use crate::harness::browser::Browser;
use crate::harness::logs::security_lines;
use crate::harness::walk::Walk;

const FAILED: &str = "account.sign_in_failed";
const THROTTLED: &str = "account.sign_in_throttled";
const REFUSED: &str = "access.refused";

async fn fail(browser: &Browser, email: &str, times: usize) {
    for _ in 0..times {
        let fields = [("email", email), ("password", "a guess")];
        assert_eq!(browser.post(paths::SIGN_IN, &fields).await.status, 422);
    }
}

/// The entries of one event at an account: one for the person, one at their firm.
fn of_admin(admin: &FirmAdmin) -> [(Option<uuid::Uuid>, Option<uuid::Uuid>); 2] {
    [(Some(admin.person.0), None), (None, Some(admin.firm.0))]
}

#[tokio::test]
async fn failed_and_throttled_sign_ins_are_recorded_for_the_person_and_the_firm() {
    let app = TestApp::start().await;
    let admin = app.firm_admin().await;
    let stranger = app.browser_at("198.51.100.7");
    fail(&stranger, &admin.email, 1).await;
    assert_eq!(app.recorded(FAILED).await, of_admin(&admin));
    fail(&stranger, &admin.email, 4).await;
    assert_eq!(app.recorded(FAILED).await.len(), 10);
    fail(&stranger, &admin.email, 1).await;
    assert_eq!(app.recorded(THROTTLED).await, of_admin(&admin));

    let lines = security_lines(FAILED);
    assert_eq!(lines.len(), 5, "a line each");
    assert_eq!(security_lines(THROTTLED).len(), 1);
    for line in &lines {
        assert_eq!(line["person.id"], admin.person.to_string());
        assert_eq!(line["source"], "198.51.100.7");
        assert_eq!(line["account"].as_str().unwrap().len(), 12);
    }

    let page = admin.browser.get(paths::ACCOUNT).await;
    assert!(page.has_text("Signed in"), "{}", page.text());
    assert!(page.has_text("Refused a sign-in: the password was wrong"));
    assert!(page.has_text("Refused a sign-in: there were too many attempts"));
    assert!(page.has_text("from 198.51.100.7"));
}

#[tokio::test]
async fn failures_at_an_address_without_an_account_are_in_the_log_alone() {
    let app = TestApp::start().await;
    let stranger = app.browser();
    for email in [
        "nobody@firm.example",
        "nobody@firm.example",
        "other@firm.example",
    ] {
        fail(&stranger, email, 1).await;
    }
    let lines = security_lines(FAILED);
    let accounts: Vec<_> = lines.iter().map(|line| &line["account"]).collect();
    assert_eq!(accounts.len(), 3);
    assert_eq!(accounts[0], accounts[1], "one address is told from another");
    assert_ne!(accounts[0], accounts[2]);
    assert!(lines.iter().all(|line| line.get("person.id").is_none()));
    assert_eq!(app.recorded(FAILED).await, []);
}

#[tokio::test]
async fn a_flood_of_failures_does_not_fill_the_record() {
    let app = TestApp::start().await;
    let admin = app.firm_admin().await;
    for nth in 0..60 {
        fail(&app.browser(), &admin.email, 1).await;
        let recorded = app.recorded(FAILED).await.len();
        assert_eq!(recorded, 2 * (nth + 1).min(5));
    }
    assert_eq!(app.recorded(THROTTLED).await.len(), 20, "ten of them");
    let lines = security_lines(THROTTLED).len() + security_lines(FAILED).len();
    assert_eq!(lines, 60, "the log has them all");
}

#[tokio::test]
async fn wrong_codes_are_recorded() {
    let app = TestApp::start().await;
    let admin = app.firm_admin().await;
    admin.browser.enrol(&app).await;
    let thief = app.browser();
    thief.sign_in(&admin.email, PASSWORD).await;
    assert_eq!(security_lines("account.code_asked").len(), 1);
    assert_eq!(
        security_lines("account.signed_in").len(),
        1,
        "not by the thief"
    );
    for _ in 0..6 {
        thief.post(paths::SIGN_IN_CODE, &[("code", "000000")]).await;
    }
    assert_eq!(app.recorded("account.code_failed").await.len(), 10);
    let throttled = app.recorded("account.code_throttled").await;
    assert_eq!(throttled, of_admin(&admin));
    assert_eq!(security_lines("account.code_failed").len(), 5);
    assert_eq!(security_lines("account.code_throttled").len(), 1);
}

#[tokio::test]
async fn a_wrong_password_of_somebody_signed_in_is_recorded() {
    let app = TestApp::start().await;
    let admin = app.firm_admin().await;
    let fields = [("current", "a guess"), ("new", "four brave badgers sing")];
    admin.browser.post(paths::ACCOUNT_PASSWORD, &fields).await;
    let entries = app.recorded("account.password_failed").await;
    assert_eq!(entries, of_admin(&admin));
}

#[tokio::test]
async fn refused_access_is_recorded_for_the_person_and_the_firm() {
    let app = TestApp::start().await;
    let (admin, stranger) = (app.firm_admin().await, app.firm_admin().await);
    let person = Some(stranger.person.0);
    assert_eq!(stranger.browser.get(&admin.home()).await.status, 404);
    let expected = (person, Some(admin.firm.0));
    assert_eq!(app.recorded(REFUSED).await, [expected]);

    assert_eq!(stranger.browser.get(paths::SUPPORT).await.status, 404);
    let nowhere = paths::concierge(concierge::identity::FirmId(uuid::Uuid::nil()));
    assert_eq!(stranger.browser.get(&nowhere).await.status, 404);
    let page = stranger.browser.post_from_elsewhere(paths::SIGN_OUT, &[]);
    assert_eq!(page.await.status, 403);
    let entries = app.recorded(REFUSED).await;
    assert_eq!(entries[1..], [(person, None); 3]);

    let page = stranger.browser.get("/no-such-page").await;
    assert_eq!(page.status, 404);
    let lines = security_lines(REFUSED);
    assert_eq!(lines.len(), 4, "a page that is nowhere refuses nothing");
    assert_eq!(lines[0]["firm.id"], admin.firm.to_string());

    let page = stranger.browser.get(paths::ACCOUNT).await;
    assert!(page.has_text("Was refused a page"));
    assert!(!page.has_text("Firm 1"), "another firm's name is not told");
    let activity = paths::integration_page(admin.firm, "activity");
    let page = admin.browser.get(&activity).await;
    assert!(!page.has_text("Admin 4"), "nor a stranger's to the firm");
}

#[tokio::test]
async fn support_that_may_only_look_is_recorded_when_it_tries_more() {
    let app = TestApp::start().await;
    let admin = app.firm_admin().await;
    let support = app.support(SupportRole::Staff).await;
    app.grant(admin.firm, support.person, "view").await;
    let page = support.browser.post(&admin.home(), &[]).await;
    assert_eq!(page.status, 403);
    let entries = app.recorded(REFUSED).await;
    assert_eq!(entries, [(Some(support.person.0), Some(admin.firm.0))]);
}

#[tokio::test]
async fn a_session_that_ends_is_recorded() {
    let app = TestApp::start().await;
    let admin = app.firm_admin().await;
    admin.browser.post(paths::SIGN_OUT, &[]).await;
    admin.browser.post(paths::SIGN_OUT, &[]).await;
    let entries = app.recorded("account.signed_out").await;
    assert_eq!(entries, [(Some(admin.person.0), None)], "once");
    assert_eq!(security_lines("account.signed_out").len(), 1);
    assert_eq!(security_lines("account.signed_in").len(), 1);
}

#[tokio::test]
async fn using_the_firms_key_is_recorded() {
    let walk = Walk::start().await;
    walk.up_to(Stage::Settings, &[]).await;
    let firm = walk.admin.firm;
    let entries = walk.app.recorded("key.used").await;
    assert_eq!(entries, [(None, Some(firm.0))]);
    let lines = security_lines("key.used");
    assert_eq!(lines[0]["firm.id"], firm.to_string());
    let activity = paths::integration_page(firm, "activity");
    let page = walk.admin.browser.get(&activity).await;
    assert!(page.has_text("Used the firm’s key to get access to Procore"));
}

#[tokio::test]
async fn downloading_the_queue_is_recorded() {
    let app = TestApp::start().await;
    let support = app.support(SupportRole::Staff).await;
    assert_eq!(support.browser.get(paths::SUPPORT_EXPORT).await.status, 200);
    let entries = app.recorded("queue.exported").await;
    assert_eq!(entries, [(Some(support.person.0), None)]);
    assert_eq!(security_lines("queue.exported").len(), 1);
}

#[tokio::test]
async fn a_client_behind_a_proxy_is_recorded_by_the_header_that_the_proxy_sets() {
    let headers = [
        ("x-forwarded-for", "198.51.100.7"),
        ("forwarded", "for=192.0.2.7"),
    ];
    for (set, source) in [
        ("", "10.0.0.1"),
        ("X-Forwarded-For", "198.51.100.7"),
        ("Forwarded", "192.0.2.7"),
    ] {
        let settings = [
            ("CONCIERGE_TRUSTED_PROXIES", "10.0.0.0/8"),
            ("CONCIERGE_PROXY_HEADER", set),
        ];
        let app = TestApp::start_with(&settings).await;
        let admin = app.firm_admin().await;
        fail(
            &app.browser_at("10.0.0.1").forwarding(&headers),
            &admin.email,
            1,
        )
        .await;
        assert_eq!(app.recorded(FAILED).await, of_admin(&admin));
        let person = admin.person.to_string();
        let mut lines = security_lines(FAILED).into_iter();
        let line = lines.find(|line| line["person.id"] == person.as_str());
        assert_eq!(line.unwrap()["source"], source, "{set:?}");
    }
}
