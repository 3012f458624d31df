//! Somebody lost the device of their second factor, and their recovery codes too.

use chrono::TimeDelta;
use concierge::identity::SupportRole;
use concierge::onboarding::Stage;
use concierge::paths;

use crate::account_life::kinds_of_mails_to;
use crate::harness::app::{PASSWORD, TestApp};
use crate::harness::desk::Desk;

#[tokio::test]
async fn a_lost_second_factor_is_reset_after_a_day_unless_its_owner_stops_it() {
    let app = TestApp::start().await;
    let one = app.firm_admin().await;
    let two = app.admin_of(one.firm).await;
    two.browser.enrol(&app).await;
    let page = one.browser.get(&paths::people(one.firm)).await;
    let lost = page
        .link(&format!("Lost the second factor of Admin {}?", 3))
        .unwrap();
    let page = one.browser.get(&lost).await;
    let ask = page.button("Ask for the reset").unwrap();

    // The owner stops the first one.
    one.browser.submit(&ask, &[]).await;
    let link = app.links_in_mail_to(&two.email).await.remove(0);
    let browser = app.browser();
    let keep = browser.get(&link).await.button("Keep my second factor");
    let page = browser.submit(&keep.unwrap(), &[]).await;
    assert!(page.has_text("Your second factor stays as it is."));
    app.advance(TimeDelta::hours(25));
    app.run_jobs().await;
    two.browser.sign_in(&two.email, PASSWORD).await;
    assert_eq!(two.browser.visit(paths::HOME).await.h1(), "Enter your code");
    assert_eq!(browser.get(&link).await.status, 410);

    // Nobody stops the second.
    one.browser.sign_in(&one.email, PASSWORD).await;
    one.browser.submit(&ask, &[]).await;
    app.advance(TimeDelta::hours(23));
    app.run_jobs().await;
    let early = app.browser();
    early.sign_in(&two.email, PASSWORD).await;
    assert_eq!(early.visit(paths::HOME).await.h1(), "Enter your code");
    app.advance(TimeDelta::hours(2));
    app.run_jobs().await;
    let back = app.browser();
    back.sign_in(&two.email, PASSWORD).await;
    assert_eq!(back.get(&paths::people(one.firm)).await.status, 200);
    let kinds = kinds_of_mails_to(&app, &two.email).await;
    assert!(kinds.iter().any(|kind| kind == "second_factor_off"));
}

#[tokio::test]
async fn nobody_resets_their_own_second_factor_or_one_of_another_firm() {
    let app = TestApp::start().await;
    let (one, two) = (app.firm_admin().await, app.firm_admin().await);
    one.browser.enrol(&app).await;
    two.browser.enrol(&app).await;
    for person in [one.person, two.person] {
        let ask = paths::reset_factor(one.firm, person);
        assert_eq!(one.browser.post(&ask, &[]).await.status, 404);
    }
}

/// What a browser that has signed in with the password alone is shown.
async fn shown_with_the_password(app: &TestApp, email: &str) -> String {
    let browser = app.browser();
    browser.sign_in(email, PASSWORD).await;
    browser.visit(paths::HOME).await.h1()
}

#[tokio::test]
async fn support_asks_for_a_reset_and_the_owner_has_a_day_to_stop_it() {
    const CODE: &str = "Enter your code";
    let desk = Desk::stuck_at(Stage::Verify).await;
    let (app, admin) = (&desk.walk.app, &desk.walk.admin);
    admin.browser.enrol(app).await;
    let factor = format!("factor:{}", admin.person);

    // The owner stops the first one.
    desk.act("Send a fresh link", &[("link", &factor)]).await;
    let kinds = kinds_of_mails_to(app, &admin.email).await;
    assert_eq!(
        kinds.last().map(String::as_str),
        Some("factor_reset_asked"),
        "{kinds:?}"
    );
    let link = app.links_in_mail_to(&admin.email).await.remove(0);
    let owner = app.browser();
    let keep = owner.get(&link).await.button("Keep my second factor");
    owner.submit(&keep.unwrap(), &[]).await;
    app.advance(TimeDelta::hours(25));
    app.run_jobs().await;
    assert_eq!(shown_with_the_password(app, &admin.email).await, CODE);

    // Nobody stops the second.
    let support = app.support(SupportRole::Staff).await;
    let ask = desk.ask_as(&support, "Send a fresh link").await;
    let page = desk.confirm_as(&support, &ask, &[("link", &factor)]).await;
    assert_eq!(page.status, 303, "{}", page.text());
    app.advance(TimeDelta::hours(23));
    app.run_jobs().await;
    assert_eq!(shown_with_the_password(app, &admin.email).await, CODE);
    app.advance(TimeDelta::hours(1));
    app.run_jobs().await;
    let back = shown_with_the_password(app, &admin.email).await;
    assert_ne!(back, CODE);
    let kinds = kinds_of_mails_to(app, &admin.email).await;
    assert!(kinds.iter().any(|kind| kind == "second_factor_off"));
    let verbs = app.activity_of(admin.firm).await;
    let asked = verbs
        .iter()
        .filter(|it| *it == "account.factor_reset_asked");
    assert_eq!(asked.count(), 2, "{verbs:?}");
}
