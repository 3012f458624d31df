//! Who may act for a firm.

use concierge::identity::{FirmId, SupportRole};
use concierge::paths;
use uuid::Uuid;

use crate::harness::app::TestApp;

#[tokio::test]
async fn another_one_is_removed_after_a_question_and_is_out_at_once() {
    let app = TestApp::start().await;
    let one = app.firm_admin().await;
    let two = app.admin_of(one.firm).await;
    let people = paths::people(one.firm);

    let page = one.browser.get(&people).await;
    let remove = page.link("Remove Admin 3").unwrap();
    let page = one.browser.get(&remove).await;
    assert_eq!(page.h1(), "Remove Admin 3");
    let action = page.button("Remove").unwrap();
    let page = one.browser.submit(&action, &[]).await;
    assert!(page.has_text("The person is removed."));
    assert!(!page.has_text(&two.email));

    assert_eq!(two.browser.get(&people).await.status, 404);
    assert_eq!(two.browser.visit(paths::HOME).await.h1(), "Choose a firm");
    assert_eq!(
        one.browser.post(&action, &[]).await.status,
        409,
        "removed already"
    );
}

#[tokio::test]
async fn the_last_one_stays() {
    let app = TestApp::start().await;
    let admin = app.firm_admin().await;
    let page = admin.browser.get(&paths::people(admin.firm)).await;
    assert!(page.has_text("The last person cannot be removed"));
    let remove = paths::remove_member(admin.firm, admin.person);
    let page = admin.browser.submit(&remove, &[]).await;
    assert!(page.has_text("The last person of a firm cannot be removed."));
    assert_eq!(
        admin.browser.get(&paths::people(admin.firm)).await.status,
        200
    );
}

#[tokio::test]
async fn two_who_remove_each_other_at_once_do_not_leave_the_firm_empty() {
    let app = TestApp::start().await;
    let one = app.firm_admin().await;
    let two = app.admin_of(one.firm).await;
    let (of_two, of_one) = (
        paths::remove_member(one.firm, two.person),
        paths::remove_member(one.firm, one.person),
    );
    tokio::join!(
        one.browser.post(&of_two, &[]),
        two.browser.post(&of_one, &[])
    );
    let people = paths::people(one.firm);
    let left = [
        one.browser.get(&people).await,
        two.browser.get(&people).await,
    ];
    assert_eq!(left.iter().filter(|page| page.status == 200).count(), 1);
}

#[tokio::test]
async fn leaving_oneself_is_possible_while_others_stay() {
    let app = TestApp::start().await;
    let one = app.firm_admin().await;
    app.admin_of(one.firm).await;
    let remove = paths::remove_member(one.firm, one.person);
    let page = one.browser.submit(&remove, &[]).await;
    assert!(
        page.has_text("You cannot act for any firm at the moment"),
        "{}",
        page.text()
    );
}

#[tokio::test]
async fn an_address_that_is_none_is_refused_and_kept() {
    let app = TestApp::start().await;
    let admin = app.firm_admin().await;
    let page = admin
        .browser
        .post(&paths::people(admin.firm), &[("email", "bo at firm")])
        .await;
    assert_eq!(page.status, 422);
    assert_eq!(
        page.error_for("email"),
        "Enter an email address in the form name@example.com"
    );
    assert_eq!(page.value_of("email"), "bo at firm");
}

#[tokio::test]
async fn someone_elses_firm_is_no_page() {
    let app = TestApp::start().await;
    let (one, two) = (app.firm_admin().await, app.firm_admin().await);
    let support = app.support(SupportRole::Lead).await;
    let theirs = paths::people(two.firm);
    let nobodys = paths::people(FirmId(Uuid::new_v4()));
    for path in [
        theirs.as_str(),
        nobodys.as_str(),
        "/firms/1/people",
        "/firms/%2e%2e/people",
    ] {
        assert_eq!(one.browser.get(path).await.status, 404, "{path}");
        assert_eq!(
            support.browser.get(path).await.status,
            404,
            "{path} for support"
        );
        let invite = [("email", "x@evil.example")];
        assert_eq!(
            one.browser.post(path, &invite).await.status,
            404,
            "post {path}"
        );
    }
    let remove = paths::remove_member(two.firm, two.person);
    assert_eq!(one.browser.post(&remove, &[]).await.status, 404);
    // Somebody else's person under one's own firm is not found either.
    let crossed = paths::remove_member(one.firm, two.person);
    assert_eq!(one.browser.get(&crossed).await.status, 404);
    assert_eq!(one.browser.post(&crossed, &[]).await.status, 409);
    assert_eq!(app.mails_to("x@evil.example").await, 0);
}

#[tokio::test]
async fn a_firms_people_find_no_support_pages() {
    let app = TestApp::start().await;
    let admin = app.firm_admin().await;
    for path in [
        paths::SUPPORT_MAIL,
        "/support/mail/0197f3a0-7c1e-7b44-9d3f-0a1b2c3d4e5f",
    ] {
        assert_eq!(admin.browser.get(path).await.status, 404, "{path}");
        assert_eq!(app.browser().visit(path).await.h1(), "Sign in", "{path}");
    }
}

#[tokio::test]
async fn support_looks_under_a_grant_and_changes_nothing() {
    let app = TestApp::start().await;
    let admin = app.firm_admin().await;
    let support = app.support(SupportRole::Staff).await;
    let people = paths::people(admin.firm);
    app.grant(admin.firm, support.person, "view").await;

    let page = support.browser.get(&people).await;
    assert_eq!(page.status, 200);
    assert!(page.has_text("You can change nothing."), "{}", page.text());
    let page = support
        .browser
        .post(&people, &[("email", "bo@firm.example")])
        .await;
    assert_eq!(
        (page.status, page.h1()),
        (403, "You are viewing as the firm".to_owned())
    );
    assert_eq!(app.mails_to("bo@firm.example").await, 0);

    app.advance(chrono::TimeDelta::minutes(61));
    assert_eq!(
        support.browser.get(&people).await.status,
        404,
        "the hour is over"
    );
}

#[tokio::test]
async fn support_that_acts_for_a_firm_lets_nobody_in() {
    let app = TestApp::start().await;
    let admin = app.firm_admin().await;
    let support = app.support(SupportRole::Staff).await;
    app.grant(admin.firm, support.person, "act").await;
    let people = paths::people(admin.firm);
    assert_eq!(support.browser.get(&people).await.status, 200);
    let invited = support
        .browser
        .post(&people, &[("email", &support.email)])
        .await;
    assert_eq!(invited.status, 404);
    let remove = paths::remove_member(admin.firm, admin.person);
    assert_eq!(support.browser.post(&remove, &[]).await.status, 404);
    let activity = app.activity_of(admin.firm).await;
    assert!(!activity.contains(&"invitation.sent".to_owned()));
    assert_eq!(admin.browser.get(&people).await.status, 200);
}

#[tokio::test]
async fn the_record_cannot_be_changed_even_with_sql() {
    let app = TestApp::start().await;
    app.firm("Acme").await;
    for statement in [
        "update activity set actor_name = 'Nobody'",
        "delete from activity",
        "truncate activity",
    ] {
        let refused = sqlx::query(statement).execute(app.db()).await.unwrap_err();
        assert!(
            refused.to_string().contains("append-only"),
            "{statement}: {refused}"
        );
    }
}
