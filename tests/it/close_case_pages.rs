//! A setup is closed: what support and the firm see of it.

use concierge::identity::SupportRole;
use concierge::onboarding::Stage;
use concierge::paths;

use crate::harness::app::TestApp;
use crate::harness::case::{act, case_of, send};
use crate::harness::walk::Walk;

#[tokio::test]
async fn without_anything_in_procore_it_just_closes_and_the_firm_reads_why_and_begins_again() {
    let walk = Walk::start().await;
    walk.up_to(Stage::Settings, &[]).await;
    let (app, admin) = (&walk.app, &walk.admin);
    let support = app.support(SupportRole::Staff).await;
    let case = case_of(app, admin.firm).await;

    let page = support
        .browser
        .get(&paths::case_action(case, "close"))
        .await;
    assert_eq!(page.h1(), "Close as abandoned");
    assert!(
        page.has_text("Nothing was created in Procore"),
        "{}",
        page.text()
    );
    let old = support
        .browser
        .get(&paths::case_action(case, "close"))
        .await;
    let answer = act(
        &support.browser,
        case,
        "close",
        &[("reason", "No answer for weeks")],
    )
    .await;
    assert_eq!(
        answer.location,
        Some(paths::case(case)),
        "{}",
        answer.text()
    );
    let twice = send(&support.browser, &old, case, "close", &[]).await;
    assert_eq!(twice.status, 303, "a double click");

    let calls = walk
        .sandbox
        .requests("GET", "/rest/v1.0/webhooks/hooks")
        .await;
    assert_eq!(calls, 0, "Procore is not asked");
    let wiped: i64 = sqlx::query_scalar("select count(*) from credential where secret is not null")
        .fetch_one(app.db())
        .await
        .unwrap();
    assert_eq!(wiped, 0);
    assert_eq!(app.links_in_mail_to(&admin.email).await, [admin.home()]);
    let told: String = sqlx::query_scalar("select text from mail where kind = 'closed'")
        .fetch_one(app.db())
        .await
        .unwrap();
    assert!(told.contains("Nothing was created in Procore"), "{told}");
    assert!(
        told.contains("The access that you gave us is deleted"),
        "{told}"
    );

    // The firm: every page of the setup leads to the one that says why.
    let page = admin.browser.visit(&walk.at(Stage::Settings)).await;
    assert_eq!(page.h1(), "Concierge");
    assert!(
        page.has_text("Support 3 closed the setup"),
        "{}",
        page.text()
    );
    assert!(
        !page.has_text("No answer for weeks"),
        "the reason is support's own"
    );
    let begin = page.button("Integrate with Procore").unwrap();
    let page = admin.browser.submit(&begin, &[]).await;
    assert!(page.h1().starts_with("Connect Procore to"), "{}", page.h1());
    assert_eq!(walk.stage().await, Stage::Review);
    assert_ne!(case_of(app, admin.firm).await, case);

    // Another firm may connect the company.
    let walk = walk.another_firm().await;
    walk.up_to(Stage::Settings, &[]).await;
}

#[tokio::test]
async fn the_page_of_an_older_look_is_refused_and_says_who_was_faster() {
    let app = TestApp::start().await;
    let admin = app.firm_admin().await;
    let (one, two) = (
        app.support(SupportRole::Staff).await,
        app.support(SupportRole::Staff).await,
    );
    let case = case_of(&app, admin.firm).await;
    let old = two.browser.get(&paths::case_action(case, "close")).await;
    act(&one.browser, case, "close", &[]).await;
    let page = send(&two.browser, &old, case, "close", &[]).await;
    assert_eq!(page.status, 409);
    assert!(
        page.has_text("Support 3, just now: Closed the case"),
        "{}",
        page.text()
    );
    let page = send(&two.browser, &old, case, "close", &[("reason", "")]).await;
    assert_eq!(
        page.status, 409,
        "no reason is asked for what cannot be done"
    );
    let page = two.browser.get(&paths::case_action(case, "close")).await;
    assert!(page.has_text("This setup was closed."), "{}", page.text());
    let answer = admin.browser.get(&paths::case_action(case, "close")).await;
    assert_eq!(answer.status, 404, "not the firm's to close");
}
