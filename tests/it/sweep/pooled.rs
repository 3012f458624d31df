//! The product behind PgBouncer in transaction mode, where no session is anybody's.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use concierge::identity::SupportRole;
use concierge::web;
use futures_util::future::join_all;
use serde_json::json;
use tower::ServiceExt;

use super::routes::{Places, Route};
use crate::harness::app::PUBLIC_URL;
use crate::harness::pooler::Pooler;
use crate::harness::walk::Walk;

/// Delivers an event of its own to the company's webhook.
async fn deliver(walk: &Walk, n: u8) -> StatusCode {
    let hook = walk.sandbox.state().await.hooks.remove(0);
    let address = hook.destination_url.strip_prefix(PUBLIC_URL).unwrap();
    let event = json!({ "id": n, "ulid": format!("01JMYXMZRBVKK0PC6XS8SA4Q{n:02}"), "resource_name": "Offices" });
    let request = Request::post(address)
        .header(header::AUTHORIZATION, hook.authorization.unwrap())
        .body(Body::from(event.to_string()))
        .unwrap();
    let answer = web::front(walk.app.app.clone()).oneshot(request).await;
    answer.unwrap().status()
}

#[tokio::test]
async fn everything_works_behind_a_pooler() {
    let pooler = Pooler::start().await;
    let walk = Walk::connected(|db| pooler.serving_url(db.name())).await;
    assert!(walk.app.app.db.is_pooled());

    walk.connect(&["projects", "vendors"]).await;

    assert_eq!(deliver(&walk, 0).await, StatusCode::NO_CONTENT);
    let together = join_all((1..=3).map(|n| deliver(&walk, n))).await;
    assert_eq!(together, [StatusCode::NO_CONTENT; 3]);
    assert_eq!(deliver(&walk, 3).await, StatusCode::NO_CONTENT, "again");
    for (change, answer) in [
        ("update hook set closed_at = now()", StatusCode::NOT_FOUND),
        ("update hook set closed_at = null", StatusCode::NO_CONTENT),
    ] {
        sqlx::query(change).execute(walk.app.db()).await.unwrap();
        assert_eq!(deliver(&walk, 3).await, answer, "{change}");
    }
    walk.app.run_jobs().await;
    let events: (i64, i64) = sqlx::query_as("select count(*), count(handled_at) from event")
        .fetch_one(walk.app.db())
        .await
        .unwrap();
    assert_eq!(events, (4, 4), "stored and applied");

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
        let page = browser.get(&route.at(&places)).await;
        assert!(page.status < 500, "{route:?}: {}", page.status);
        read += usize::from(page.status == 200);
    }
    assert!(read > 30, "{read} pages were shown");
}
