//! Support does a firm's steps for it, with its consent.

use chrono::TimeDelta;
use concierge::identity::SupportRole;
use concierge::onboarding::Stage;
use concierge::paths;

use crate::harness::app::{PASSWORD, TestApp};
use crate::harness::browser::Browser;
use crate::harness::case::{act, case_of};
use crate::harness::page::Page;
use crate::harness::totp;
use crate::harness::walk::Walk;
use procore_sandbox::testing::{CLIENT_ID, CLIENT_SECRET};

/// The names under which something was done for a firm, newest last.
async fn names_behind(app: &TestApp, verb: &str) -> Vec<(String, Option<String>)> {
    sqlx::query_as("select actor_name, on_behalf_of from activity where verb = $1 order by 1")
        .bind(verb)
        .fetch_all(app.db())
        .await
        .unwrap()
}

#[tokio::test]
async fn without_consent_nobody_acts() {
    let app = TestApp::start().await;
    let admin = app.firm_admin().await;
    let support = app.support(SupportRole::Lead).await;
    let case = case_of(&app, admin.firm).await;
    let page = support
        .browser
        .get(&paths::case_action(case, "act-for"))
        .await;
    assert_eq!(page.h1(), "Act for the firm");
    assert!(page.has_text("Firm 1 has not agreed yet"));
    assert!(page.link("Ask for consent").is_some() && page.link("Record their consent").is_some());

    // Nor with a form that somebody made up.
    let fields = [
        ("onboarding", case.to_string()),
        ("version", "0".to_owned()),
        ("turn", "0".to_owned()),
        ("reason", "Quick".to_owned()),
    ];
    let fields = fields
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    let page = support
        .browser
        .post(&paths::case_action(case, "act-for"), &fields)
        .await;
    assert_eq!(page.status, 409);
    assert!(page.has_text("The firm has not agreed"), "{}", page.text());
    assert_eq!(support.browser.get(&admin.home()).await.status, 404);
}

#[tokio::test]
async fn a_firm_that_is_asked_agrees_with_one_button_and_every_step_carries_both_names() {
    let walk = Walk::start().await;
    let (app, admin) = (&walk.app, &walk.admin);
    let support = app.support(SupportRole::Staff).await;
    let browser = &support.browser;
    let case = case_of(app, admin.firm).await;

    let page = act(browser, case, "ask-consent", &[("question", " ")]).await;
    assert_eq!(
        page.error_for("question"),
        "Enter what you would do for the firm"
    );
    let question = [("question", "Choose the data for you")];
    let page = act(browser, case, "ask-consent", &question).await;
    assert_eq!(page.status, 303, "{}", page.text());
    let links = app.links_in_mail_to(&admin.email).await;
    assert_eq!(links, [paths::support_access(admin.firm)]);
    let page = admin.browser.get(&links[0]).await;
    assert!(page.has_text("Support 3 asked"), "{}", page.text());
    assert!(page.has_text("“Choose the data for you”"));

    let mails = app.mails_to(&support.email).await;
    let agree = page.button("Let support act for us for 7 days").unwrap();
    let page = admin.browser.submit(&agree, &[]).await;
    assert!(
        page.has_text("Admin 2 let support act for Firm 1"),
        "{}",
        page.text()
    );
    assert!(
        page.texts(".notice strong").is_empty(),
        "the question is answered"
    );
    assert_eq!(
        app.mails_to(&support.email).await,
        mails + 1,
        "the person who asked is told"
    );

    let page = act(browser, case, "act-for", &[]).await;
    assert_eq!(page.location, Some(admin.home()), "{}", page.text());
    let page = browser.get(&walk.at(Stage::Review)).await;
    assert!(page.button("Stop acting").is_some());
    let page = press(browser, &page, "Continue", &[("data", "projects")]).await;
    assert!(
        page.has_text("Only the firm enters its client secret"),
        "{}",
        page.text()
    );
    assert_eq!(walk.stage().await, Stage::Credentials);
    let both = (
        "Support 3 for Firm 1".to_owned(),
        Some("the firm".to_owned()),
    );
    assert_eq!(names_behind(app, "setup.reviewed").await, [both]);
    let changed_by: String = sqlx::query_scalar("select changed_by from onboarding")
        .fetch_one(app.db())
        .await
        .unwrap();
    assert_eq!(changed_by, "Support 3 for Firm 1");

    // The secret is the firm's own.
    let page = browser
        .post(&walk.at(Stage::Credentials), &Walk::good_details())
        .await;
    assert_eq!(
        (page.status, page.h1().as_str()),
        (403, "Only the firm enters its secret")
    );
    walk.up_to(Stage::Settings, &[]).await;
    let page = browser.get(&walk.at(Stage::Credentials)).await;
    assert!(!page.html.contains(CLIENT_ID) && !page.html.contains(CLIENT_SECRET));

    // Nor does support choose who is sent a link: it sends from the case, to people whom it knows.
    assert!(!page.has_text("Someone else will do this"));
    for step in [Stage::Credentials, Stage::Verify] {
        let page = browser.get(&paths::hand_over(admin.firm, step)).await;
        assert_eq!(page.status, 404, "{step:?}");
    }

    // Everything else goes.
    let page = browser.get(&walk.at(Stage::Settings)).await;
    let page = press(browser, &page, "Save and continue", &[("data", "offices")]).await;
    assert_eq!(page.h1(), "Check permissions", "{}", page.text());
    press(browser, &page, "Check again", &[]).await;
    app.run_jobs().await;
    let page = browser.get(&walk.at(Stage::Permissions)).await;
    let page = press(browser, &page, "Continue", &[]).await;
    press(browser, &page, "Complete integration", &[]).await;
    app.run_jobs().await;
    assert_eq!(walk.stage().await, Stage::Done);
    for verb in [
        "setup.settings_saved",
        "permissions.started",
        "completion.started",
    ] {
        let names = names_behind(app, verb).await;
        assert_eq!(names[0].0, "Support 3 for Firm 1", "{verb}");
    }
    let page = admin
        .browser
        .get(&paths::integration_page(admin.firm, "activity"))
        .await;
    assert!(page.has_text("Support 3 for Firm 1"), "{}", page.text());
}

/// Presses a button as somebody else than the firm's admin.
async fn press(browser: &Browser, page: &Page, button: &str, fields: &[(&str, &str)]) -> Page {
    let action = page
        .button(button)
        .unwrap_or_else(|| panic!("no {button}: {}", page.text()));
    let seen = ["onboarding", "version"].map(|name| (name, page.value_of(name)));
    let mut all: Vec<(&str, &str)> = seen.iter().map(|(k, v)| (*k, v.as_str())).collect();
    all.extend_from_slice(fields);
    browser.submit(&action, &all).await
}

#[tokio::test]
async fn the_firm_takes_it_back_and_support_is_out_with_the_next_click() {
    let app = TestApp::start().await;
    let admin = app.firm_admin().await;
    let support = app.support(SupportRole::Staff).await;
    let case = case_of(&app, admin.firm).await;
    let access = paths::support_access(admin.firm);
    admin
        .browser
        .post(&paths::give_consent(admin.firm), &[])
        .await;
    act(&support.browser, case, "act-for", &[]).await;
    assert_eq!(support.browser.get(&admin.home()).await.status, 200);
    let page = support.browser.get(&access).await;
    assert!(
        page.button("Stop it now").is_none(),
        "that is the firm's to press"
    );
    let answer = support
        .browser
        .post(&paths::give_consent(admin.firm), &[])
        .await;
    assert_eq!(answer.status, 404, "nobody consents for the firm");

    let page = admin.browser.get(&access).await;
    assert!(page.has_text("Support 3 acts for you"), "{}", page.text());
    let page = admin
        .browser
        .submit(&page.button("Stop it now").unwrap(), &[])
        .await;
    assert!(page.has_text("Support can no longer act for you."));

    assert_eq!(support.browser.get(&admin.home()).await.status, 404);
    let review = paths::step(admin.firm, Stage::Review);
    assert_eq!(support.browser.post(&review, &[]).await.status, 404);
    let page = support
        .browser
        .get(&paths::case_action(case, "act-for"))
        .await;
    assert!(page.has_text("has not agreed yet, or took it back"));
    let mut verbs = app.activity_of(admin.firm).await;
    let all = verbs.len();
    verbs.retain(|verb| verb != "access.refused"); // written after the answer, in no order
    assert!(
        verbs.ends_with(&["consent.withdrawn".into(), "visit.acting_ended".into()]),
        "{verbs:?}"
    );
    assert_eq!(all - verbs.len(), 3, "one by consenting, two after the end");
}

#[tokio::test]
async fn acting_ends_after_a_working_day_and_never_outlasts_the_consent() {
    let app = TestApp::start().await;
    let admin = app.firm_admin().await;
    let support = app.support(SupportRole::Staff).await;
    let case = case_of(&app, admin.firm).await;
    admin
        .browser
        .post(&paths::give_consent(admin.firm), &[])
        .await;
    act(&support.browser, case, "act-for", &[]).await;
    for _ in 0..7 {
        app.advance(TimeDelta::hours(1));
        assert_eq!(support.browser.get(&admin.home()).await.status, 200);
        app.settle().await;
    }
    app.advance(TimeDelta::hours(1));
    assert_eq!(
        support.browser.get(&admin.home()).await.status,
        404,
        "a working day"
    );

    // Six days and 22 hours in: two hours are left of the consent.
    app.advance(TimeDelta::days(6) + TimeDelta::hours(14));
    sign_in_again(
        &app,
        &support.browser,
        &support.email,
        &support.second_factor,
    )
    .await;
    let page = act(&support.browser, case, "act-for", &[]).await;
    assert_eq!(page.status, 303, "{}", page.text());
    app.advance(TimeDelta::minutes(119));
    assert_eq!(support.browser.get(&admin.home()).await.status, 200);
    app.settle().await;
    app.advance(TimeDelta::minutes(1));
    assert_eq!(
        support.browser.get(&admin.home()).await.status,
        404,
        "the consent is over"
    );
    let page = support
        .browser
        .get(&paths::case_action(case, "act-for"))
        .await;
    assert!(page.has_text("has not agreed yet"), "{}", page.text());
}

async fn sign_in_again(app: &TestApp, browser: &Browser, email: &str, second_factor: &str) {
    browser.sign_in(email, PASSWORD).await;
    let code = totp::code(second_factor, app.now());
    let page = browser.post(paths::SIGN_IN_CODE, &[("code", &code)]).await;
    assert_eq!(page.status, 303, "{}", page.text());
}
