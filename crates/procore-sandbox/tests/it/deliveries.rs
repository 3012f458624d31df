//! What the simulated Procore sends to webhooks, and how it retries.

use http::StatusCode;
use serde_json::{Value, json};

use crate::caller::{Caller, HOOKS, hook, subscribe};
use crate::receiver::Receiver;
use procore_sandbox::testing::{Sandbox, SandboxOptions};

#[tokio::test]
async fn an_edit_reaches_the_destination_with_its_authorization() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await;
    let caller = Caller::of(&sandbox).await;
    let receiver = Receiver::start(&[200]).await;
    subscribe(
        &caller,
        "v2.0",
        &receiver.url,
        &[("Company Vendors", "update")],
    )
    .await;

    sandbox
        .edit_record("vendors", 4_300_000_000, json!({ "name": "New Name" }))
        .await;
    sandbox.settled_deliveries().await;

    let got = receiver.received();
    assert_eq!(got.len(), 1);
    assert_eq!(got[0].authorization.as_deref(), Some("Bearer abcdefghij"));
    assert_eq!(got[0].body["resource_name"], "Company Vendors");
    assert_eq!(got[0].body["resource_id"], 4_300_000_000_i64);
    assert!(got[0].body["id"].as_i64().unwrap() > 1 << 53);
    assert_eq!(got[0].body["ulid"].as_str().unwrap().len(), 26);
    let edited = caller
        .json("/rest/v1.0/vendors/4300000000?company_id=5358233")
        .await;
    assert_eq!(edited["name"], "New Name");
    sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn version_4_writes_ids_as_texts_and_a_new_project_without_its_project() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await;
    let caller = Caller::of(&sandbox).await;
    let receiver = Receiver::start(&[204, 204]).await;
    let events = [("Projects", "create"), ("Projects", "update")];
    subscribe(&caller, "v4.0", &receiver.url, &events).await;

    let id = sandbox
        .create_record("projects", json!({ "name": "Pier 9" }))
        .await;
    sandbox
        .edit_record("projects", id, json!({ "name": "Pier 10" }))
        .await;
    sandbox.settled_deliveries().await;

    let got = receiver.received();
    let [created, updated] = [&got[0].body, &got[1].body];
    assert_eq!(
        (&created["reason"], &created["project_id"]),
        (&json!("create"), &json!(""))
    );
    assert_eq!(created["resource_id"], id.to_string());
    assert_eq!(updated["project_id"], id.to_string());
    assert!(created.get("metadata").is_none());
}

#[tokio::test]
async fn a_failure_holds_back_what_follows_until_the_retry() {
    let sandbox = Sandbox::start(SandboxOptions::default().switch("freeze")).await;
    let caller = Caller::of(&sandbox).await;
    let receiver = Receiver::start(&[500, 200, 200]).await;
    subscribe(&caller, "v2.0", &receiver.url, &[("Departments", "create")]).await;

    let first = sandbox
        .create_record("departments", json!({ "name": "One" }))
        .await;
    let second = sandbox
        .create_record("departments", json!({ "name": "Two" }))
        .await;
    let paused = sandbox.settled_deliveries().await;
    sandbox.advance_clock(1).await;
    let after = sandbox.settled_deliveries().await;

    assert_eq!(
        (&paused[0]["status"], &paused[1]["status"]),
        (&json!("retrying"), &json!("enqueued"))
    );
    assert_eq!(paused[0]["attempts"][0]["response_status"], 500);
    assert!(
        after
            .iter()
            .all(|delivery| delivery["status"] == "delivered")
    );
    let order: Vec<i64> = receiver
        .received()
        .iter()
        .map(|it| it.body["resource_id"].as_i64().unwrap())
        .collect();
    assert_eq!(order, [first, first, second]);
}

#[tokio::test]
async fn after_twelve_hours_of_failures_the_queue_is_discarded_and_starts_afresh() {
    let sandbox = Sandbox::start(
        SandboxOptions::default()
            .flag("token-life", 100_000)
            .switch("freeze"),
    )
    .await;
    let caller = Caller::of(&sandbox).await;
    let receiver = Receiver::start(&[500, 500, 200]).await;
    let id = subscribe(&caller, "v2.0", &receiver.url, &[("Departments", "create")]).await;
    for name in ["One", "Two"] {
        sandbox
            .create_record("departments", json!({ "name": name }))
            .await;
    }
    sandbox.settled_deliveries().await;
    sandbox.advance_clock(12 * 3600).await;
    sandbox.settled_deliveries().await;

    let listed = caller
        .json(&format!("{HOOKS}/{id}/deliveries?filter[status]=discarded"))
        .await;
    assert_eq!(listed["data"].as_array().unwrap().len(), 2);

    sandbox
        .create_record("departments", json!({ "name": "Three" }))
        .await;
    let all = sandbox.settled_deliveries().await;
    assert_eq!(all[2]["status"], "delivered");
    assert_eq!(receiver.received().len(), 3);
}

#[tokio::test]
async fn a_disabled_hook_waits_until_it_is_active_again() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await;
    let caller = Caller::of(&sandbox).await;
    let receiver = Receiver::start(&[200]).await;
    let id = subscribe(&caller, "v2.0", &receiver.url, &[("Offices", "update")]).await;
    let patch = |status: &str| {
        caller
            .call("PATCH", &format!("{HOOKS}/{id}"))
            .json(&json!({ "status": status }))
            .send()
    };

    assert_eq!(patch("disabled").await.unwrap().status(), StatusCode::OK);
    sandbox
        .edit_record("offices", 31_000, json!({ "city": "Ojai" }))
        .await;
    let held = sandbox.settled_deliveries().await;
    assert_eq!(held[0]["status"], "enqueued");

    assert_eq!(patch("active").await.unwrap().status(), StatusCode::OK);
    let sent = sandbox.settled_deliveries().await;
    assert_eq!(sent[0]["status"], "delivered");
    sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn held_deliveries_can_come_in_the_wrong_order_and_twice() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await;
    let caller = Caller::of(&sandbox).await;
    let receiver = Receiver::start(&[200, 200, 200]).await;
    subscribe(&caller, "v3.0", &receiver.url, &[("Programs", "update")]).await;

    sandbox.hold_deliveries().await;
    for id in [41_000, 41_001] {
        sandbox
            .edit_record("programs", id, json!({ "name": "Renamed" }))
            .await;
    }
    sandbox.release_deliveries(true).await;
    sandbox.settled_deliveries().await;
    sandbox.duplicate_delivery().await;
    sandbox.settled_deliveries().await;

    let got = receiver.received();
    let ids: Vec<&Value> = got.iter().map(|it| &it.body["resource_id"]).collect();
    assert_eq!((ids[0], ids[1]), (&json!(41_001), &json!(41_000)));
    assert!(got[2].body == got[0].body || got[2].body == got[1].body);
    assert_eq!(got[0].body["related_resources"], json!([]));
}

#[tokio::test]
async fn a_company_hook_hears_nothing_of_a_projects_tools() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await;
    let caller = Caller::of(&sandbox).await;
    let receiver = Receiver::start(&[200]).await;
    let project = 562_949_953_421_312_i64;
    let project_hooks = format!("/rest/v2.0/companies/5358233/projects/{project}/webhooks/hooks");
    let (status, created) = caller
        .post(&project_hooks, hook("ours", &receiver.url))
        .await;
    assert_eq!(status, StatusCode::CREATED);
    assert_eq!(created["data"]["company_id"], Value::Null);
    let id = created["data"]["id"].as_str().unwrap();
    let rfis = json!([{ "resource_name": "RFIs", "event_type": "create" }]);
    let path = format!("{project_hooks}/{id}/triggers/bulk");
    assert_eq!(
        caller.post(&path, rfis.clone()).await.0,
        StatusCode::CREATED
    );

    // The company's catalog does not even offer it.
    let (_, company_hook) = caller.post(HOOKS, hook("ours", &receiver.url)).await;
    let path = format!(
        "{HOOKS}/{}/triggers/bulk",
        company_hook["data"]["id"].as_str().unwrap()
    );
    assert_eq!(caller.post(&path, rfis).await.0, StatusCode::MULTI_STATUS);

    let event = json!({
        "project_id": project, "resource_name": "RFIs", "event_type": "create", "resource_id": 7,
    });
    let told = sandbox.control("events", event).await;
    sandbox.settled_deliveries().await;
    assert_eq!(told["deliveries"], 1);
    assert_eq!(receiver.received()[0].body["project_id"], project);
    assert!(
        caller.json(&format!("{HOOKS}?namespace=ours")).await["data"]
            .as_array()
            .unwrap()
            .len()
            == 1
    );
}

#[tokio::test]
async fn a_flood_arrives_once_each_and_in_order() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await;
    let caller = Caller::of(&sandbox).await;
    let receiver = Receiver::start(&[200; 300]).await;
    subscribe(&caller, "v2.0", &receiver.url, &[("Bids", "update")]).await;
    let flood = json!({
        "resource_name": "Bids", "event_type": "update", "resource_id": 1, "times": 300,
    });

    sandbox.control("events", flood).await;
    let deliveries = sandbox.settled_deliveries().await;

    assert!(
        deliveries
            .iter()
            .all(|delivery| delivery["status"] == "delivered")
    );
    let ids: Vec<i64> = receiver
        .received()
        .iter()
        .map(|it| it.body["id"].as_i64().unwrap())
        .collect();
    assert_eq!(ids.len(), 300);
    assert!(ids.is_sorted_by(|left, right| left < right));
}

#[tokio::test]
async fn a_deleted_hook_hears_nothing_more() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await;
    let caller = Caller::of(&sandbox).await;
    let receiver = Receiver::start(&[200]).await;
    let id = subscribe(&caller, "v2.0", &receiver.url, &[("Offices", "update")]).await;

    sandbox.hold_deliveries().await;
    sandbox
        .edit_record("offices", 31_000, json!({ "city": "Ojai" }))
        .await;
    let gone = caller
        .call("DELETE", &format!("{HOOKS}/{id}"))
        .send()
        .await
        .unwrap();
    assert_eq!(gone.status(), StatusCode::NO_CONTENT);
    sandbox.release_deliveries(false).await;

    assert_eq!(sandbox.settled_deliveries().await[0]["status"], "discarded");
    assert!(receiver.received().is_empty());
}
