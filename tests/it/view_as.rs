//! Support looks at a firm's own pages.

use chrono::TimeDelta;
use concierge::catalog::DataSet;
use concierge::identity::SupportRole;
use concierge::onboarding::Stage;
use concierge::paths;

use crate::harness::app::TestApp;
use crate::harness::case::{act, case_of};
use crate::harness::walk::Walk;
use procore_sandbox::testing::{CLIENT_ID, CLIENT_SECRET};

const OVER: &str = "You are not on this firm’s pages";

#[tokio::test]
async fn it_takes_a_reason_shows_the_firms_pages_and_changes_nothing() {
    let walk = Walk::start().await;
    walk.up_to(Stage::Verify, &[]).await;
    let app = &walk.app;
    let firm = walk.admin.firm;
    let support = app.support(SupportRole::Staff).await;
    let browser = &support.browser;
    let case = case_of(app, firm).await;
    assert_eq!(browser.get(&paths::concierge(firm)).await.h1(), OVER);

    let page = act(browser, case, "view-as", &[("reason", " ")]).await;
    assert_eq!(page.status, 422);
    assert_eq!(page.error_for("reason"), "Enter a reason");
    assert_eq!(browser.get(&paths::concierge(firm)).await.status, 404);

    let page = act(browser, case, "view-as", &[]).await;
    assert_eq!(
        page.location,
        Some(paths::concierge(firm)),
        "{}",
        page.text()
    );
    for path in [
        paths::concierge(firm),
        paths::people(firm),
        paths::support_access(firm),
        paths::step(firm, Stage::Review),
        paths::step(firm, Stage::Credentials),
        paths::step(firm, Stage::Verify),
    ] {
        let page = browser.get(&path).await;
        assert_eq!(page.status, 200, "{path}");
        assert!(page.button("End view").is_some(), "{path}: a way out");
        assert!(page.has_text("You can change nothing."), "{path}");
        assert!(!page.html.contains(CLIENT_SECRET), "{path}");
        assert!(
            !page.html.contains(CLIENT_ID),
            "{path}: no more than four characters"
        );
    }
    // What the firm presses is off, and the page says why.
    let page = browser.get(&paths::step(firm, Stage::Review)).await;
    assert_eq!(page.button("Continue"), None);
    assert!(page.has_text("Continue") && page.has_text("only the firm may press them"));
    let firms = walk
        .admin
        .browser
        .get(&paths::step(firm, Stage::Review))
        .await;
    assert!(
        firms.button("Continue").is_some() && !firms.html.contains("<fieldset class=\"locked\"")
    );
    // So are links to forms, for the same reason.
    assert_eq!(page.link("Start again"), None);
    assert_eq!(
        page.texts("a.is-off[aria-disabled][title]"),
        ["Start again"]
    );
    assert!(firms.link("Start again").is_some());
    let page = browser.get(&paths::step(firm, Stage::Credentials)).await;
    assert!(page.has_text("Only the firm enters its client secret"));
    assert!(page.has_text(&CLIENT_ID[..4]));

    for path in [
        paths::step(firm, Stage::Review),
        paths::step(firm, Stage::Credentials),
        paths::step(firm, Stage::Verify),
        paths::people(firm),
        paths::give_consent(firm),
        paths::stop_reminders(firm),
        paths::start_again(firm),
        paths::concierge(firm),
    ] {
        let page = browser.post(&path, &[]).await;
        assert_eq!(page.status, 403, "{path}");
        assert_eq!(page.h1(), "You are viewing as the firm", "{path}");
        assert!(
            page.button("End view").is_some(),
            "{path}: the banner stays"
        );
    }
    assert_eq!(walk.stage().await, Stage::Verify);

    // The firm sees who looks, and what they did.
    let page = walk.admin.browser.get(&paths::support_access(firm)).await;
    assert!(
        page.has_text("Support 3 looks at your pages"),
        "{}",
        page.text()
    );

    let page = browser.get(&paths::concierge(firm)).await;
    let page = browser.submit(&page.button("End view").unwrap(), &[]).await;
    assert_eq!(page.h1(), "Firm 1", "back at the case");
    assert_eq!(browser.get(&paths::concierge(firm)).await.h1(), OVER);
    let mut verbs = app.activity_of(firm).await;
    verbs.retain(|verb| verb != "access.refused"); // written after the answer, in no order
    assert!(verbs.contains(&"visit.begun".to_owned()), "{verbs:?}");
    assert_eq!(verbs.last().map(String::as_str), Some("visit.ended"));
}

#[tokio::test]
async fn the_pages_of_the_integration_are_shown_and_none_of_their_buttons_works() {
    let walk = Walk::start().await;
    walk.connect(&["offices"]).await;
    let (app, firm) = (&walk.app, walk.admin.firm);
    let support = app.support(SupportRole::Staff).await;
    let browser = &support.browser;
    let page = |name: &str| paths::integration_page(firm, name);
    assert_eq!(browser.get(&paths::integration(firm)).await.h1(), OVER);
    act(browser, case_of(app, firm).await, "view-as", &[]).await;
    for (path, heading) in [
        (paths::integration(firm), "Procore integration"),
        (page("data"), "Data from Procore"),
        (
            paths::data_set(firm, DataSet::Offices),
            "Offices from Procore",
        ),
        (page("events"), "Events"),
        (page("webhooks"), "Webhooks"),
        (paths::settings(firm), "Settings"),
        (page("permissions"), "Permissions"),
        (page("credentials"), "Credentials"),
        (page("activity"), "Activity"),
    ] {
        let page = browser.get(&path).await;
        assert_eq!((page.status, page.h1().as_str()), (200, heading), "{path}");
        assert!(page.has_text("You can change nothing."), "{path}");
        assert!(!page.html.contains(CLIENT_SECRET), "{path}");
        for button in [
            "Check deliveries",
            "Test our address",
            "Review changes",
            "Pause",
        ] {
            assert_eq!(page.button(button), None, "{path}");
        }
    }
    let links = async |path: String| browser.get(&path).await.texts("a.is-off[aria-disabled]");
    assert_eq!(links(paths::integration(firm)).await, ["Disconnect"]);
    assert_eq!(links(page("credentials")).await, ["Replace credentials"]);
    let review = format!("{}?data=users", paths::settings_review(firm));
    assert_eq!(browser.get(&review).await.status, 200);
    assert_eq!(browser.get(&paths::activity_file(firm)).await.status, 200);

    let stored = async || -> (i64, i64) {
        let sql = "select (select count(*) from run), (select count(*) from work where kind in
                          ('test_address', 'compare_deliveries'))";
        sqlx::query_as(sql).fetch_one(app.db()).await.unwrap()
    };
    let before = stored().await;
    let chosen = [("data", "users")];
    for path in [
        paths::settings(firm),
        review,
        paths::try_change_again(firm),
        paths::repair(firm),
        paths::check_deliveries(firm),
        paths::test_address(firm),
        paths::check_now(firm),
        paths::sync_now(firm),
        paths::pause(firm),
        paths::resume(firm),
        page("permissions"),
        page("disconnect"),
    ] {
        let page = browser.post(&path, &chosen).await;
        assert_eq!(page.status, 403, "{path}");
        assert_eq!(page.h1(), "You are viewing as the firm", "{path}");
    }
    assert_eq!(stored().await, before);
}

#[tokio::test]
async fn it_ends_after_sixty_minutes_and_the_firm_reads_it() {
    let app = TestApp::start().await;
    let admin = app.firm_admin().await;
    let support = app.support(SupportRole::Staff).await;
    let case = case_of(&app, admin.firm).await;
    act(&support.browser, case, "view-as", &[]).await;
    let home = admin.home();
    app.advance(TimeDelta::minutes(59));
    assert_eq!(support.browser.get(&home).await.status, 200);
    app.advance(TimeDelta::minutes(1));
    let page = support.browser.get(&home).await;
    assert_eq!((page.status, page.h1().as_str()), (404, OVER));

    app.run_jobs().await;
    app.run_jobs().await;
    let verbs = app.activity_of(admin.firm).await;
    let ends = verbs.iter().filter(|verb| *verb == "visit.ended").count();
    assert_eq!(ends, 1, "{verbs:?}");
}

#[tokio::test]
async fn it_opens_one_firm_to_one_person() {
    let app = TestApp::start().await;
    let (one, two) = (app.firm_admin().await, app.firm_admin().await);
    let (support, colleague) = (
        app.support(SupportRole::Staff).await,
        app.support(SupportRole::Lead).await,
    );
    let case = case_of(&app, one.firm).await;
    act(&support.browser, case, "view-as", &[]).await;
    assert_eq!(support.browser.get(&one.home()).await.status, 200);
    assert_eq!(support.browser.get(&two.home()).await.status, 404);
    assert_eq!(colleague.browser.get(&one.home()).await.status, 404);
    // Nobody ends what is not theirs.
    colleague
        .browser
        .post(&paths::end_visit(one.firm), &[])
        .await;
    assert_eq!(support.browser.get(&one.home()).await.status, 200);
    assert_eq!(
        one.browser
            .post(&paths::end_visit(one.firm), &[])
            .await
            .status,
        404
    );
}

#[tokio::test]
async fn a_support_person_who_is_removed_is_out_at_once() {
    let app = TestApp::start().await;
    let admin = app.firm_admin().await;
    let support = app.support(SupportRole::Staff).await;
    let case = case_of(&app, admin.firm).await;
    act(&support.browser, case, "view-as", &[]).await;
    for sql in [
        "update person set support_role = null where person_id = $1",
        "update person set disabled_at = now() where person_id = $1",
    ] {
        sqlx::query(sql)
            .bind(support.person.0)
            .execute(app.db())
            .await
            .unwrap();
        let page = support.browser.get(&admin.home()).await;
        assert_ne!(page.status, 200, "{sql}");
    }
}
