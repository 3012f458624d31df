//! The product behind PgBouncer in transaction mode, where no session is anybody's.

use concierge::identity::SupportRole;

use super::routes::{Places, Route};
use crate::harness::pooler::Pooler;
use crate::harness::walk::Walk;

#[tokio::test]
async fn everything_works_behind_a_pooler() {
    let pooler = Pooler::start().await;
    let walk = Walk::connected(|db| pooler.serving_url(db.name())).await;
    assert!(walk.app.app.db.is_pooled());

    walk.connect(&["projects", "vendors"]).await;

    let support = walk.app.support(SupportRole::Lead).await;
    let places = Places::of(&walk.app, walk.admin.firm).await;
    let mut read = 0;
    for route in Route::all(&walk.app.router) {
        if route.ends_session() {
            continue;
        }
        let browser = match route.of_support() {
            true => &support.browser,
            false => &walk.admin.browser,
        };
        let page = browser.get(&route.at(&places)).await;
        assert!(page.status < 500, "{route:?}: {}", page.status);
        read += usize::from(page.status == 200);
    }
    assert!(read > 30, "{read} pages were shown");
}
