//! Somebody lost the device of their second factor, and their recovery codes too.

use chrono::TimeDelta;
use concierge::paths;

use crate::account_life::kinds_of_mails_to;
use crate::harness::app::{PASSWORD, TestApp};

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
