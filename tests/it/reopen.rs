//! A closed setup goes on; an open one goes back.

use concierge::identity::{OnboardingId, SupportRole};
use concierge::onboarding::Stage;
use concierge::paths;

use crate::harness::app::TestApp;
use crate::harness::case::{act, case_of};
use crate::harness::walk::Walk;

#[tokio::test]
async fn a_closed_setup_goes_on_with_every_answer_but_the_secret() {
    let walk = Walk::start().await;
    walk.up_to(Stage::Permissions, &["offices"]).await;
    let (app, admin) = (&walk.app, &walk.admin);
    let support = app.support(SupportRole::Staff).await;
    let case = case_of(app, admin.firm).await;
    act(&support.browser, case, "close", &[]).await;
    assert_eq!(
        admin.browser.visit(&walk.at(Stage::Settings)).await.h1(),
        "Concierge"
    );

    let page = support
        .browser
        .get(&paths::case_action(case, "reopen"))
        .await;
    assert!(
        page.has_text("goes on at “Key and secret”"),
        "{}",
        page.text()
    );
    let page = act(&support.browser, case, "reopen", &[]).await;
    assert_eq!(page.location, Some(paths::case(case)), "{}", page.text());
    assert_eq!(walk.stage().await, Stage::Credentials);
    assert_eq!(
        app.links_in_mail_to(&admin.email).await,
        [walk.at(Stage::Credentials)]
    );

    let page = walk.page(Stage::Credentials).await;
    assert_eq!(page.value_of("company_id"), "5358233");
    let nothing_new = [
        ("access_way", "own_app"),
        ("company_id", "5358233"),
        ("client_id", "anything"),
    ];
    let page = walk.enter_details(&nothing_new).await;
    assert_eq!(page.error_for("client_secret"), "Enter the client secret");
    // The token went with the secret, and the simulator wonders about a second one so soon.
    walk.sandbox.forget_tokens().await;
    // The details, a check, and the choice is still made.
    walk.enter_details(&Walk::good_details()).await;
    let page = walk.check(Stage::Verify).await;
    let page = walk.press(&page, "Continue", &[]).await;
    assert_eq!(page.h1(), "Check permissions", "{}", page.text());
    let verbs = app.activity_of(admin.firm).await;
    assert!(verbs.contains(&"setup.reopened".to_owned()), "{verbs:?}");
}

#[tokio::test]
async fn a_firm_has_one_open_setup_at_a_time() {
    let app = TestApp::start().await;
    let admin = app.firm_admin().await;
    let support = app.support(SupportRole::Staff).await;
    let closed = case_of(&app, admin.firm).await;
    act(&support.browser, closed, "close", &[]).await;
    let before = support
        .browser
        .get(&paths::case_action(closed, "reopen"))
        .await;
    admin.browser.post(&paths::concierge(admin.firm), &[]).await;
    admin.browser.post(&paths::concierge(admin.firm), &[]).await; // a double click
    let open: Vec<OnboardingId> =
        sqlx::query_scalar("select onboarding_id from onboarding where archived_at is null")
            .fetch_all(app.db())
            .await
            .unwrap();
    assert_eq!(open.len(), 1);

    let page = support
        .browser
        .get(&paths::case_action(closed, "reopen"))
        .await;
    assert!(
        page.has_text("The firm has another setup open"),
        "{}",
        page.text()
    );
    assert_eq!(page.link("Open that setup"), Some(paths::case(open[0])));
    let page = crate::harness::case::send(&support.browser, &before, closed, "reopen", &[]).await;
    assert_eq!(page.status, 409, "{}", page.text());
    // One that is open cannot be reopened.
    let page = support
        .browser
        .get(&paths::case_action(open[0], "reopen"))
        .await;
    assert!(page.has_text("This setup is open."));
}

#[tokio::test]
async fn an_earlier_step_is_opened_again_and_its_checks_count_no_longer() {
    let walk = Walk::start().await;
    walk.up_to(Stage::Complete, &["offices"]).await;
    let (app, admin) = (&walk.app, &walk.admin);
    let support = app.support(SupportRole::Staff).await;
    let case = case_of(app, admin.firm).await;

    let page = support
        .browser
        .get(&paths::case_action(case, "reopen-step"))
        .await;
    assert!(
        page.has_text("To be done again: Verify, Settings, Permissions."),
        "{}",
        page.text()
    );
    let page = act(&support.browser, case, "reopen-step", &[]).await;
    assert_eq!(
        (page.status, page.error_for("step").as_str()),
        (422, "Choose a step")
    );
    let page = act(&support.browser, case, "reopen-step", &[("step", "verify")]).await;
    assert_eq!(page.location, Some(paths::case(case)), "{}", page.text());
    assert_eq!(walk.stage().await, Stage::Verify);

    let page = walk.page(Stage::Verify).await;
    assert!(
        page.button("Verify").is_some(),
        "checked again: {}",
        page.text()
    );
    assert!(page.button("Continue").is_none());
    let page = walk.up_to(Stage::Permissions, &[]).await;
    assert_eq!(page.h1(), "Check permissions", "the choice is still made");
    assert!(page.button("Continue").is_none(), "{}", page.text());
    walk.up_to(Stage::Complete, &[]).await;
    let verbs = app.activity_of(admin.firm).await;
    assert!(
        verbs.contains(&"setup.step_reopened".to_owned()),
        "{verbs:?}"
    );
}

#[tokio::test]
async fn nothing_goes_back_once_the_plan_is_confirmed_and_nothing_lies_before_the_first_step() {
    let walk = Walk::start().await;
    let (app, admin) = (&walk.app, &walk.admin);
    let support = app.support(SupportRole::Staff).await;
    let case = case_of(app, admin.firm).await;
    let action = paths::case_action(case, "reopen-step");
    let page = support.browser.get(&action).await;
    assert!(
        page.has_text("The setup is at the first step"),
        "{}",
        page.text()
    );

    let page = walk.up_to(Stage::Complete, &["offices"]).await;
    let before = support.browser.get(&action).await;
    walk.press(&page, "Complete integration", &[]).await;
    let page = support.browser.get(&action).await;
    assert!(page.has_text("The plan is confirmed"), "{}", page.text());
    let fields = [("step", "settings")];
    let page = crate::harness::case::send(&support.browser, &before, case, "reopen-step", &fields);
    assert_eq!(page.await.status, 409);
    assert_eq!(walk.stage().await, Stage::Completing);
    app.run_jobs().await;
    assert_eq!(walk.stage().await, Stage::Done);
    let page = support.browser.get(&action).await;
    assert!(page.has_text("Procore is connected"), "{}", page.text());
}

#[tokio::test]
async fn the_checks_of_the_step_that_was_reached_count_no_longer_either() {
    let walk = Walk::start().await;
    walk.up_to(Stage::Permissions, &["offices"]).await;
    let page = walk.check(Stage::Permissions).await;
    assert!(page.button("Continue").is_some(), "{}", page.text());
    let support = walk.app.support(SupportRole::Staff).await;
    let case = case_of(&walk.app, walk.admin.firm).await;
    let page = act(
        &support.browser,
        case,
        "reopen-step",
        &[("step", "settings")],
    )
    .await;
    assert_eq!(page.location, Some(paths::case(case)), "{}", page.text());

    let page = walk.up_to(Stage::Permissions, &["offices"]).await;
    assert!(page.button("Continue").is_none(), "{}", page.text());
    assert!(page.button("Check again").is_some());
}
