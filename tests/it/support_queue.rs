//! The queue: which onboardings are in it, in which order, and why.

use concierge::identity::SupportRole;
use concierge::web::paths;

use crate::support::app::TestApp;

#[tokio::test]
async fn a_new_firm_is_in_the_queue_from_its_first_moment() {
    let app = TestApp::start().await;
    app.firm("Acme Builders").await;
    let support = app.support(SupportRole::Staff).await;
    let page = support.browser.get(paths::SUPPORT).await;
    assert_eq!(page.h1(), "Queue");
    assert_eq!(page.texts("tbody th a"), ["Acme Builders"]);
    assert!(page.has_text("Never started"));
}

#[tokio::test]
async fn leads_find_the_way_to_staff_and_others_do_not() {
    let app = TestApp::start().await;
    for (role, pages) in [
        (SupportRole::Staff, "Queue Overview Mail New firm"),
        (SupportRole::Lead, "Queue Overview Mail New firm Staff"),
    ] {
        let support = app.support(role).await;
        let page = support.browser.get(paths::SUPPORT).await;
        assert_eq!(page.texts(".head-nav a").join(" "), pages);
        assert_eq!(page.texts(".head-nav a[aria-current]"), ["Queue"]);
    }
}
