//! *Test our address*: an event of our own goes out and comes in through the public address.

use std::sync::Arc;
use std::sync::atomic::{AtomicU16, AtomicU32, Ordering};

use axum::Router;
use axum::http::{StatusCode, header};
use concierge::catalog::DataSet;
use concierge::paths;
use concierge::vault::{new_endpoint, token_hash};
use procore_sandbox::testing::SandboxOptions;
use secrecy::SecretString;
use tokio::net::TcpListener;

use crate::harness::live::Live;
use crate::harness::live::serve;
use crate::harness::page::Page;
use crate::harness::site::choices;
use crate::harness::walk::Walk;

const EVENT: &str = r#"{"id":"1","resource_type":"Offices","reason":"update","resource_id":"7"}"#;

impl Walk {
    async fn connected_at(public_url: &str) -> Self {
        let settings = [("CONCIERGE_PUBLIC_URL", public_url)];
        let walk = Self::start_with(SandboxOptions::default(), &settings).await;
        walk.connect(&["offices"]).await;
        walk
    }

    async fn webhooks_page(&self) -> Page {
        let path = paths::integration_page(self.admin.firm, "webhooks");
        self.admin.browser.get(&path).await
    }

    async fn ask_for_a_test(&self) -> Page {
        let page = self.webhooks_page().await;
        let test = page.button("Test our address").expect("a button");
        self.admin.browser.submit(&test, &[]).await
    }

    async fn number_of(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql)
            .fetch_one(self.app.db())
            .await
            .unwrap()
    }
}

async fn listener() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    (listener, address)
}

#[tokio::test]
async fn the_event_arrives_and_nothing_of_it_is_kept() {
    let (listener, public) = listener().await;
    let walk = Walk::connected_at(&public).await;
    serve(listener, walk.app.app.clone());

    let first = walk.ask_for_a_test().await;
    assert!(first.has_text("Testing now"), "{}", first.text());
    assert!(first.html.contains("http-equiv=\"refresh\""));
    let again = paths::test_address(walk.admin.firm);
    walk.admin.browser.submit(&again, &[]).await;
    walk.app.run_jobs().await;
    let page = walk.webhooks_page().await;
    assert!(page.has_text("The event arrived,"), "{}", page.text());
    assert!(page.has_text("ms after it was sent"), "{}", page.text());
    let tested = "select count(*) from activity where verb = 'webhook.address_tested'";
    assert_eq!(walk.number_of(tested).await, 1, "asked twice is one");
    for kept in [
        "select count(*) from event",
        "select count(*) from unread_event",
        "select count(*) from address_test",
    ] {
        assert_eq!(walk.number_of(kept).await, 0, "{kept}");
    }
    let activity = paths::integration_page(walk.admin.firm, "activity");
    let activity = walk.admin.browser.get(&activity).await;
    assert!(activity.has_text("Tested our address") && activity.has_text("The event arrived,"));
}

#[tokio::test]
async fn what_goes_wrong_is_told_in_words() {
    let (listener, public) = listener().await;
    let walk = Walk::connected_at(&public).await;
    let (status, asked) = (Arc::new(AtomicU16::new(0)), Arc::new(AtomicU32::new(0)));
    let (answer, counted) = (status.clone(), asked.clone());
    let other = Router::new().fallback(async move || {
        counted.fetch_add(1, Ordering::Relaxed);
        let status = StatusCode::from_u16(answer.load(Ordering::Relaxed)).unwrap();
        (status, [(header::LOCATION, "/elsewhere")])
    });
    let server = tokio::spawn(async move { axum::serve(listener, other).await.unwrap() });
    for (answers, told) in [
        (401, "The event was refused (401)"),
        (200, "Something else answers at our public address (200)"),
        (307, "Something else answers at our public address (307)"),
    ] {
        status.store(answers, Ordering::Relaxed);
        walk.ask_for_a_test().await;
        walk.app.run_jobs().await;
        let page = walk.webhooks_page().await;
        assert!(page.has_text(told), "{told}: {}", page.text());
    }
    assert_eq!(asked.load(Ordering::Relaxed), 3, "no redirect is followed");

    server.abort();
    assert!(server.await.unwrap_err().is_cancelled());
    walk.ask_for_a_test().await;
    walk.app.run_jobs().await;
    let page = walk.webhooks_page().await;
    let told = "Our public address cannot be reached from here";
    assert!(page.has_text(told), "{}", page.text());
    assert_eq!(walk.number_of("select count(*) from address_test").await, 0);
}

#[tokio::test]
async fn the_endpoint_of_a_test_is_open_for_its_own_secret_and_not_for_long() {
    let live = Live::connected(choices(&[DataSet::Offices]), SandboxOptions::default()).await;
    let (endpoint, secret) = (new_endpoint(live.site.firm).unwrap(), "Bearer 4711");
    let sql =
        "insert into address_test (firm_id, connection_id, endpoint_hash, secret_hash, expires_at)
               select firm_id, connection_id, $1, $2, $3 from connection";
    sqlx::query(sql)
        .bind(token_hash(&endpoint))
        .bind(token_hash(&SecretString::from(secret)))
        .bind(live.site.clock.now() + chrono::TimeDelta::seconds(60))
        .execute(live.db())
        .await
        .unwrap();
    let public = live.site.app.config.public_url.clone();
    let address = public.join(&paths::webhook(&endpoint)).unwrap();
    let real = live.authorization.as_str();
    assert_eq!(live.deliver(address.as_str(), real, EVENT).await, 401);
    assert_eq!(live.deliver(&live.address, secret, EVENT).await, 401);
    assert_eq!(live.deliver(address.as_str(), secret, EVENT).await, 204);
    live.site.advance(60).await;
    assert_eq!(live.deliver(address.as_str(), secret, EVENT).await, 404);
    let events: i64 = sqlx::query_scalar("select count(*) from event")
        .fetch_one(live.db())
        .await
        .unwrap();
    assert_eq!(events, 0);
}
