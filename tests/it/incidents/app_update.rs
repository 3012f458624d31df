//! What the installed apps of a company tell: an update that waits, and what installs ours again.

use concierge::catalog::DataSet;
use procore_sandbox::testing::Fail;

use super::Connected;

const INSTALLATIONS: &str = "/rest/v1.0/app_installations";
const KEY: &str = "The App Version Key to install it again";

#[tokio::test]
async fn the_projects_are_looked_at_once_an_update_was_accepted() {
    let firm = Connected::to(&[DataSet::Projects]).await;
    firm.sandbox.offer_app_update().await;
    firm.look_now().await;
    assert_eq!(firm.open().await, ["PC-APP-UPDATE"]);
    let page = firm.overview().await;
    assert!(page.has_text("Degraded") && page.has_text("Ref PC-APP-UPDATE"));
    assert!(page.has_text("Update Available"), "{}", page.text());

    firm.sandbox.accept_app_update(true).await;
    while firm.open().await == ["PC-APP-UPDATE"] {
        firm.pass_hours(1).await;
    }
    assert_eq!(firm.open().await, ["PC-NO-PROJECTS"], "in the same look");
}

#[tokio::test]
async fn the_key_is_shown_where_it_was_seen_and_never_guessed() {
    for refused in [403, 404] {
        let firm = Connected::to(&[DataSet::Projects]).await;
        let fail = Fail::status(refused).on(INSTALLATIONS).times(1000);
        firm.sandbox.fail_next(fail).await;
        firm.look_now().await;
        assert_eq!(firm.open().await, Vec::<String>::new(), "{refused}");
        firm.sandbox.uninstall().await;
        firm.look_now().await;
        let page = firm.overview().await;
        assert!(page.has_text("Ref PC-NOT-INSTALLED") && !page.has_text(KEY));

        firm.sandbox.up().await;
        firm.sandbox.reinstall_with_projects().await;
        firm.look_now().await;
        assert_eq!(firm.open().await, Vec::<String>::new(), "{refused}");
        firm.sandbox.uninstall().await;
        firm.look_now().await;
        let page = firm.overview().await;
        assert!(page.has_text("Ref PC-NOT-INSTALLED") && page.has_text(KEY));
    }
}
