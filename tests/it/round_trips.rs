//! What a page costs at the database.

use concierge::identity::SupportRole;
use concierge::paths;

use crate::harness::walk::Walk;
use crate::harness::wire::Wire;

/// How often a page is asked for: first until every connection has prepared its statements.
const TIMES: usize = 20;
/// Statements of a page.
const MOST: usize = 10;

/// The pool tests a connection when it is given back, which no page waits for; a test before each
/// use would come on top of that.
#[tokio::test]
async fn a_page_makes_no_round_trip_to_test_its_connection() {
    let wire = Wire::open().await;
    let walk = Walk::connected(|db| wire.serving_url(db.name())).await;
    walk.connect(&["offices"]).await;
    let support = walk.app.support(SupportRole::Lead).await;
    let firm = walk.admin.firm;
    for (browser, path) in [
        (&walk.admin.browser, walk.admin.home()),
        (&walk.admin.browser, paths::people(firm)),
        (&walk.admin.browser, paths::ACCOUNT.to_owned()),
        (&support.browser, paths::SUPPORT.to_owned()),
    ] {
        let mut sent = (0, 0);
        for _ in 0..2 {
            walk.app.settle().await;
            wire.take();
            for _ in 0..TIMES {
                assert_eq!(browser.get(&path).await.status, 200, "{path}");
            }
            walk.app.settle().await;
            sent = wire.take();
        }
        let (statements, round_trips) = sent;
        let most = MOST * TIMES;
        assert!((TIMES..=most).contains(&statements), "{path}: {statements}");
        // One connection may have been given back late, by the request before the first.
        let tests = round_trips - statements;
        assert!(tests <= statements + 1, "{path}: {sent:?}");
    }
}
