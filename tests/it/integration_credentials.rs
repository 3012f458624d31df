//! The page of the credentials in use.

use chrono::TimeDelta;
use concierge::paths;

use crate::harness::walk::Walk;

#[tokio::test]
async fn a_secret_that_is_older_than_a_year_is_better_replaced() {
    let walk = Walk::without_pauses().await;
    walk.connect(&["offices"]).await;
    for (days, is_told) in [(365, false), (1, true)] {
        walk.app.advance(TimeDelta::days(days));
        let admin = walk.app.admin_of(walk.admin.firm).await;
        let credentials = paths::integration_page(admin.firm, "credentials");
        let page = admin.browser.get(&credentials).await;
        let told = page.has_text("more than a year old");
        assert_eq!(told, is_told, "{days}: {}", page.text());
    }
}
