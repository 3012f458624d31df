//! Every connection to the database dies while it is idle, as after a failover.

use concierge::identity::SupportRole;
use concierge::onboarding::Stage;
use concierge::paths;
use sqlx::PgPool;

use super::routes::{Places, Route};
use crate::harness::app::PASSWORD;
use crate::harness::walk::Walk;

/// Ends every other connection to the database.
async fn end_connections(db: &PgPool) {
    sqlx::query(
        "select pg_terminate_backend(pid, 1000) from pg_stat_activity
         where datname = current_database() and pid <> pg_backend_pid()",
    )
    .execute(db)
    .await
    .unwrap();
}

#[tokio::test]
async fn no_page_fails_because_connections_died() {
    let walk = Walk::connected(|db| db.serving_url()).await;
    walk.connect(&["projects"]).await;
    let support = walk.app.support(SupportRole::Lead).await;
    let places = Places::of(&walk.app, walk.admin.firm).await;
    let mut read = 0;
    for route in Route::all(&walk.app.front) {
        if route.ends_session() {
            continue;
        }
        let browser = match route.of_support() {
            true => &support.browser,
            false => &walk.admin.browser,
        };
        end_connections(walk.app.db()).await;
        let page = browser.get(&route.at(&places)).await;
        assert!(page.status < 500, "{route:?}: {}", page.status);
        read += usize::from(page.status == 200);
    }
    assert!(read > 30, "{read} pages were shown");
}

#[tokio::test]
async fn forms_are_taken_after_connections_died() {
    let walk = Walk::connected(|db| db.serving_url()).await;

    end_connections(walk.app.db()).await;
    let browser = walk.app.browser();
    let fields = [("email", walk.admin.email.as_str()), ("password", PASSWORD)];
    let page = browser.post(paths::SIGN_IN, &fields).await;
    assert_eq!(page.status, 303, "{}", page.text());

    let review = walk.page(Stage::Review).await;
    end_connections(walk.app.db()).await;
    let page = walk
        .press(&review, "Continue", &[("data", "projects")])
        .await;
    assert_eq!(page.status, 200, "{}", page.text());
    assert_eq!(walk.stage().await, Stage::Credentials);

    end_connections(walk.app.db()).await;
    let page = browser.post(paths::SIGN_OUT, &[]).await;
    assert_eq!(page.status, 303, "{}", page.text());
}
