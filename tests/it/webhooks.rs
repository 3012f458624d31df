//! Procore delivers: what is stored, what is refused, and what never matters.

mod shared;
mod unread;
mod work;

use std::ops::Deref;

use concierge::catalog::DataSet;
use concierge::procore::HookChange;
use serde_json::json;

use crate::harness::app::work_until_nothing_is_due;
use crate::harness::live::Live;
use crate::harness::site::choices;
use procore_sandbox::testing::SandboxOptions;

/// A connected firm that brings its offices.
struct Desk(Live);

impl Deref for Desk {
    type Target = Live;

    fn deref(&self) -> &Live {
        &self.0
    }
}

impl Desk {
    async fn open() -> Self {
        let settings = choices(&[DataSet::Offices]);
        Self(Live::connected(settings, SandboxOptions::default()).await)
    }

    /// What is kept of deliveries that are no events: times, length, whether the rest is missing.
    async fn unread(&self) -> Vec<(i32, i32, bool)> {
        sqlx::query_as(
            "select times, length(body), is_cut from unread_event order by length(body), times",
        )
        .fetch_all(self.db())
        .await
        .unwrap()
    }

    async fn stored(&self) -> i64 {
        sqlx::query_scalar("select count(*) from event")
            .fetch_one(self.db())
            .await
            .unwrap()
    }
}

fn event(ulid: &str) -> String {
    json!({
        "id": 5_982_324_300_946_918_154_i64, "ulid": ulid, "resource_name": "Offices",
        "event_type": "update", "resource_id": 562_949_953_421_312_i64, "company_id": 7,
    })
    .to_string()
}

const ULID: &str = "01JMYXMZRBVKK0PC6XS8SA4QRE";

#[tokio::test]
async fn an_event_is_stored_once_however_often_it_comes() {
    let desk = Desk::open().await;
    for _ in 0..3 {
        let status = desk
            .deliver(&desk.address, &desk.authorization, &event(ULID))
            .await;
        assert_eq!(status, 204);
        desk.site.advance(24 * 3600).await; // a late duplicate meets the first one, too
    }
    let bodies: Vec<serde_json::Value> = sqlx::query_scalar("select body from event")
        .fetch_all(desk.db())
        .await
        .unwrap();
    assert_eq!(bodies.len(), 1);
    assert_eq!(bodies[0]["id"].as_i64(), Some(5_982_324_300_946_918_154));
}

#[tokio::test]
async fn what_does_not_prove_itself_stores_nothing() {
    let desk = Desk::open().await;
    let elsewhere = format!("{}x", desk.address);
    let body = event(ULID);
    for (address, authorization, body, status) in [
        (&desk.address, "Bearer wrong", &body, 401),
        (&desk.address, "", &body, 401),
        (&elsewhere, &desk.authorization, &body, 404),
        (&desk.address, "", &"x".repeat(300 * 1024), 401),
    ] {
        assert_eq!(desk.deliver(address, authorization, body).await, status);
    }
    let without = desk
        .client
        .post(&desk.address)
        .body(body)
        .send()
        .await
        .unwrap();
    assert_eq!(without.status(), 401);
    assert_eq!(desk.stored().await, 0);
}

#[tokio::test]
async fn an_address_takes_deliveries_and_nothing_else() {
    let desk = Desk::open().await;
    let answer = desk.client.get(&desk.address).send().await.unwrap();
    assert_eq!(answer.status(), 405);
    assert_eq!(answer.headers()["allow"], "POST");
    assert_eq!(answer.headers()["cache-control"], "no-store");
    assert!(answer.headers().contains_key("x-request-id"));
    let body = event(ULID);
    for address in [
        format!("{}/more", desk.address),
        desk.address.rsplit_once('/').unwrap().0.to_owned() + "/",
    ] {
        assert_eq!(
            desk.deliver(&address, &desk.authorization, &body).await,
            404
        );
    }
    assert_eq!(desk.stored().await, 0);
}

/// What another process writes is not told to this one, which remembers the address.
#[tokio::test]
async fn an_address_that_proved_itself_is_asked_again_for_every_event() {
    let desk = Desk::open().await;
    let deliver = async |n: u32| {
        let ulid = format!("01JMYXMZRBVKK0PC6XS8SA4Q{n:02}");
        desk.deliver(&desk.address, &desk.authorization, &event(&ulid))
            .await
    };
    let change = async |assignment: &'static str| {
        let change = format!("update hook set {assignment}");
        sqlx::query(sqlx::AssertSqlSafe(change))
            .execute(desk.db())
            .await
            .unwrap();
    };
    assert_eq!(deliver(1).await, 204);
    for (changed, status, back) in [
        ("closed_at = now()", 404, "closed_at = null"),
        (
            "endpoint_hash = endpoint_hash || 'x'::bytea",
            404,
            "endpoint_hash = substr(endpoint_hash, 1, 32)",
        ),
        (
            "secret_hash = secret_hash || 'x'::bytea",
            401,
            "secret_hash = substr(secret_hash, 1, 32)",
        ),
    ] {
        change(changed).await;
        assert_eq!(deliver(2).await, status, "{changed}");
        let unreadable = desk
            .deliver(&desk.address, &desk.authorization, "no event")
            .await;
        assert_eq!(unreadable, status, "{changed}");
        change(back).await;
        assert_eq!(deliver(1).await, 204, "{back}");
        assert_eq!(desk.stored().await, 1);
        assert_eq!(desk.unread().await, []);
    }
    assert_eq!(deliver(2).await, 204);
    assert_eq!(desk.stored().await, 2);
}

#[tokio::test]
async fn what_procore_announces_arrives() {
    let desk = Desk::open().await;
    let id: i64 = sqlx::query_scalar("select min(procore_id) from record")
        .fetch_one(desk.db())
        .await
        .unwrap();
    let sandbox = &desk.site.sandbox;
    sandbox
        .edit_record("offices", id, json!({"name": "Moved"}))
        .await;
    sandbox.settled_deliveries().await;
    assert_eq!(desk.stored().await, 1);
    sandbox.duplicate_delivery().await;
    sandbox.settled_deliveries().await;
    assert_eq!(desk.stored().await, 1);
}

#[tokio::test]
async fn a_replaced_value_is_taken_for_twelve_hours_more() {
    let desk = Desk::open().await;
    // Somebody pauses the hook in Procore; the next look tells it a fresh value.
    let hooks = desk.site.sandbox.state().await.hooks;
    let pause = HookChange {
        active: Some(false),
        ..HookChange::default()
    };
    let webhooks = desk.site.api().webhooks();
    webhooks.update_hook(&hooks[0].id, &pause).await.unwrap();
    desk.site.look_at_the_hook_again().await;
    let fresh = desk.site.sandbox.state().await.hooks.remove(0);
    let (old, new) = (desk.authorization.clone(), fresh.authorization.unwrap());
    assert_ne!(old, new);

    let address = fresh.destination_url;
    let ulids = ["01JMYXMZRBVKK0PC6XS8SA4QRA", "01JMYXMZRBVKK0PC6XS8SA4QRB"];
    assert_eq!(desk.deliver(&address, &old, &event(ulids[0])).await, 204);
    assert_eq!(desk.deliver(&address, &new, &event(ulids[1])).await, 204);
    desk.site.advance(12 * 3600 + 1).await;
    assert_eq!(desk.deliver(&address, &old, &event(ULID)).await, 401);
    assert_eq!(desk.stored().await, 2);
}

#[tokio::test]
async fn every_day_has_a_partition_of_its_own_in_time() {
    let desk = Desk::open().await;
    work_until_nothing_is_due(&desk.site.app).await;
    let partitions: Vec<String> = sqlx::query_scalar(
        "select inhrelid::regclass::text from pg_inherits
         where inhparent = 'event'::regclass order by 1",
    )
    .fetch_all(desk.db())
    .await
    .unwrap();
    let expected = [
        "event_20260302",
        "event_20260303",
        "event_20260304",
        "event_rest",
    ];
    assert_eq!(partitions, expected);
}

#[tokio::test]
async fn what_is_no_event_is_kept_for_support_and_stops_nothing() {
    let desk = Desk::open().await;
    let large = "x".repeat(300 * 1024);
    let odd = [
        r#"{"id":null}"#,
        r#"{"id":null}"#,
        "<html>",
        large.as_str(),
        r#"{"ulid":"01JMYXMZRBVKK0PC6XS8SA4QRA","resource_name":"A\u0000B"}"#,
        r#"{"ulid":"01JMYXMZRBVKK0PC6XS8SA4QRB","resource_id":1e999999}"#,
        r#"{"ulid":"01JMYXMZRBVKK0PC6XS8SA4QRC","resource_name":"Ships \ud83d"}"#,
        "\u{feff}{\"id\":\"a\",\"resource_id\":1e400}",
        r#"[{"id":"b"},{"id":"c"},7]"#,
    ];
    for body in odd {
        let answered = desk.deliver(&desk.address, &desk.authorization, body).await;
        assert_eq!(answered, 204, "{body}");
    }
    assert_eq!(desk.stored().await, 5);
    let kept = [
        (1, 1, false),
        (1, 6, false),
        (2, 11, false),
        (1, 60, false),
        (1, 256 * 1024, true),
    ];
    assert_eq!(desk.unread().await, kept);

    let undated = r#"{"id":"b"}"#;
    desk.site.advance(3 * 24 * 60 * 60).await;
    let answered = desk.deliver(&desk.address, &desk.authorization, undated);
    assert_eq!(answered.await, 204);
    assert_eq!(desk.stored().await, 5, "known on any day");

    desk.site.advance(31 * 24 * 60 * 60).await;
    concierge::flows::tidy_up::run(&desk.site.app)
        .await
        .unwrap();
    let left: i64 = sqlx::query_scalar("select count(*) from unread_event")
        .fetch_one(desk.db())
        .await
        .unwrap();
    assert_eq!(left, 0);
}

#[tokio::test]
async fn every_event_of_a_large_list_is_stored() {
    let desk = Desk::open().await;
    let events: Vec<String> = (0..3_000)
        .map(|n| event(&format!("01JMYXMZRBVKK0PC6XS8{n:06}")))
        .collect();
    let list = format!("[{}]", events.join(",\n"));
    assert!(list.len() > 256 * 1024);
    for _ in 0..2 {
        let answered = desk.deliver(&desk.address, &desk.authorization, &list);
        assert_eq!(answered.await, 204);
        assert_eq!(desk.stored().await, 3_000);
    }
    assert_eq!(desk.unread().await, []);
}

#[tokio::test]
async fn a_delivery_beyond_what_we_take_is_accepted_and_said_to_be_cut() {
    let desk = Desk::open().await;
    let first = event(ULID);
    let list = format!("[{first},\"{}\"]", "x".repeat(5 * 1024 * 1024));
    for (authorization, status) in [("Bearer wrong", 401), (desk.authorization.as_str(), 204)] {
        let answered = desk.deliver(&desk.address, authorization, &list).await;
        assert_eq!(answered, status);
    }
    assert_eq!(desk.stored().await, 1);
    assert_eq!(desk.unread().await, [(1, 256 * 1024, true)]);
}

#[tokio::test]
async fn an_event_that_the_database_refuses_stops_none_beside_it() {
    let desk = Desk::open().await;
    // Too long for an index, even compressed.
    let id: String = (0..20_000_u32)
        .map(|n| format!("{:x}", n.wrapping_mul(2_654_435_761)))
        .collect();
    let ancient = r#"{"id":"a","timestamp":"-9999-01-01T00:00:00Z"}"#;
    let refused = json!({ "id": id }).to_string();
    let list = format!("[{},{refused},{ancient},{{\"id\":\"b\"}}]", event(ULID));
    for times in 1..=2 {
        let answered = desk.deliver(&desk.address, &desk.authorization, &list);
        assert_eq!(answered.await, 204);
        let unread = desk.unread().await;
        assert_eq!(unread.last().map(|it| it.0), Some(times));
        assert_eq!(desk.stored().await + unread.len() as i64, 4);
        assert!(desk.stored().await >= 2);
    }
}

#[tokio::test]
async fn many_odd_things_at_once_are_counted_bounded_and_show_no_secret() {
    let desk = Desk::open().await;
    let odd: Vec<String> = (0..1_200).map(|n| n.to_string()).collect();
    let secret = r#"{"client_secret":"s3cret"}"#;
    let list = format!("[{secret},{secret},{}]", odd.join(","));
    let answered = desk.deliver(&desk.address, &desk.authorization, &list);
    assert_eq!(answered.await, 204);
    let unread = desk.unread().await;
    assert_eq!(unread.len(), 1_000);
    let shown = r#"{"client_secret":"(hidden)"}"#;
    assert_eq!(unread.last(), Some(&(2, shown.len() as i32, false)));

    // Of more, the newest of the hook are kept.
    desk.site.advance(1).await;
    let newer: Vec<String> = (0..400).map(|n| (100_000 + n).to_string()).collect();
    let list = format!("[{}]", newer.join(","));
    let answered = desk.deliver(&desk.address, &desk.authorization, &list);
    assert_eq!(answered.await, 204);
    let unread = desk.unread().await;
    assert_eq!(unread.len(), 1_000);
    assert_eq!(unread.iter().filter(|it| it.1 == 6).count(), newer.len());
}
