//! Hooks, triggers and deliveries of the simulated Procore.

use http::StatusCode;
use serde_json::{Value, json};

use crate::support::procore_caller::Caller;
use crate::support::sandbox::{Sandbox, SandboxOptions};
use crate::support::webhook_receiver::Receiver;

const HOOKS: &str = "/rest/v2.0/companies/5358233/webhooks/hooks";

fn hook(namespace: &str, destination: &str) -> Value {
    json!({
        "payload_version": "v2.0", "namespace": namespace, "destination_url": destination,
        "destination_headers": { "Authorization": "Bearer abcdefghij" },
    })
}

#[tokio::test]
async fn a_hook_shows_the_end_of_its_authorization_only() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await;
    let caller = Caller::of(&sandbox).await;

    let (status, created) = caller
        .post(HOOKS, hook("ours", "https://hooks.example.com/1"))
        .await;
    let listed = caller.json(&format!("{HOOKS}?namespace=ours")).await;

    assert_eq!(status, StatusCode::CREATED);
    assert!(created["data"]["id"].is_string());
    assert_eq!(
        listed["data"][0]["destination_headers"]["Authorization"],
        "*****fghij"
    );
    let state = sandbox.state().await;
    assert_eq!(
        state.hooks[0].authorization.as_deref(),
        Some("Bearer abcdefghij")
    );
    sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn a_bulk_of_triggers_with_one_that_the_catalog_lacks_is_207() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await;
    let caller = Caller::of(&sandbox).await;
    let (_, created) = caller
        .post(HOOKS, hook("ours", "https://hooks.example.com/1"))
        .await;
    let bulk = format!(
        "{HOOKS}/{}/triggers/bulk",
        created["data"]["id"].as_str().unwrap()
    );
    let trigger =
        |resource: &str, event: &str| json!({ "resource_name": resource, "event_type": event });

    let all = caller
        .post(
            &bulk,
            json!([trigger("Projects", "create"), trigger("Trades", "delete")]),
        )
        .await;
    let some = caller
        .post(
            &bulk,
            json!([
                trigger("Projects", "update"),
                trigger("Company Users", "delete")
            ]),
        )
        .await;

    assert_eq!(all.0, StatusCode::CREATED);
    assert_eq!(some.0, StatusCode::MULTI_STATUS);
    assert_eq!(
        some.1["data"][1]["trigger"]["resource_name"],
        "Company Users"
    );
    let triggers = &sandbox.state().await.hooks[0].triggers;
    assert_eq!(triggers.len(), 3);
    sandbox.assert_no_violations().await;
}

/// Makes a hook that sends these `(resource, event)` pairs to `destination`; returns its id.
async fn subscribe(
    caller: &Caller<'_>,
    version: &str,
    destination: &str,
    events: &[(&str, &str)],
) -> String {
    let mut body = hook("ours", destination);
    body["payload_version"] = json!(version);
    let (status, created) = caller.post(HOOKS, body).await;
    assert_eq!(status, StatusCode::CREATED, "{created}");
    let id = created["data"]["id"].as_str().unwrap().to_owned();
    let triggers: Vec<Value> = events
        .iter()
        .map(|(resource, event)| json!({ "resource_name": resource, "event_type": event }))
        .collect();
    let (status, made) = caller
        .post(&format!("{HOOKS}/{id}/triggers/bulk"), json!(triggers))
        .await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    id
}

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
async fn the_catalog_pages_by_ten_and_lacks_what_was_taken_out() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await;
    let caller = Caller::of(&sandbox).await;
    let path = "/rest/v2.0/companies/5358233/webhooks/resources?payload_version=v2.0";

    let first = caller.json(path).await;
    assert_eq!(first["data"].as_array().unwrap().len(), 10);

    sandbox.remove_from_catalog("Trades").await;
    let all = caller.json(&format!("{path}&per_page=100")).await;
    let rows = all["data"].as_array().unwrap();
    let names: Vec<&str> = rows
        .iter()
        .map(|row| row["name"].as_str().unwrap())
        .collect();
    assert!(names.contains(&"Company Users") && !names.contains(&"Trades"));
    let users = rows
        .iter()
        .find(|row| row["name"] == "Company Users")
        .unwrap();
    assert_eq!(users["actions"], json!(["create", "update"]));
}

#[tokio::test]
async fn hooks_need_webhooks_api_at_standard() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await;
    let caller = Caller::of(&sandbox).await;
    sandbox.set_level("Webhooks API", "Read Only").await;

    let (written, body) = caller
        .post(HOOKS, hook("ours", "https://hooks.example.com/1"))
        .await;
    let read = caller
        .get(&format!("{HOOKS}?namespace=ours"))
        .await
        .status();
    sandbox.set_level("Webhooks API", "None").await;
    let denied = caller
        .get(&format!("{HOOKS}?namespace=ours"))
        .await
        .status();

    assert_eq!(
        (written, read, denied),
        (StatusCode::FORBIDDEN, StatusCode::OK, StatusCode::FORBIDDEN)
    );
    assert_eq!(body["error"]["code"], "403");
    sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn a_wrong_hook_is_refused_and_counted() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await;
    let caller = Caller::of(&sandbox).await;
    let right = hook("ours", "https://hooks.example.com/1");
    let with = |name: &str, value: Value| {
        let mut body = right.clone();
        body[name] = value;
        body
    };
    let cases = [
        with("namespace", json!("Upper Case")),
        with("payload_version", json!("v9.0")),
        with("destination_url", json!("http://hooks.example.com/1")),
        with("destination_headers", json!({ "X-Other": "1" })),
        with("colour", json!("red")),
        json!([]),
    ];
    for (count, body) in (1..).zip(cases) {
        assert_eq!(
            caller.post(HOOKS, body.clone()).await.0,
            StatusCode::BAD_REQUEST,
            "{body}"
        );
        assert_eq!(sandbox.violations().await.len(), count, "{body}");
    }
    assert!(sandbox.state().await.hooks.is_empty());
}

#[tokio::test]
async fn a_bulk_delete_carries_its_ids_in_the_body() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await;
    let caller = Caller::of(&sandbox).await;
    let events = [("Offices", "update"), ("Offices", "delete")];
    let id = subscribe(&caller, "v2.0", "https://hooks.example.com/1", &events).await;
    let listed = caller.json(&format!("{HOOKS}/{id}/triggers")).await;
    let trigger = listed["data"][0]["id"].clone();

    let bulk = caller.call("DELETE", &format!("{HOOKS}/{id}/triggers/bulk"));
    let response = bulk.json(&json!([trigger, "1"])).send().await.unwrap();

    assert_eq!(response.status(), StatusCode::MULTI_STATUS);
    let body: Value = response.json().await.unwrap();
    assert_eq!(
        body["data"],
        json!({ "succeeded": [trigger], "failed": ["1"] })
    );
    assert_eq!(sandbox.state().await.hooks[0].triggers.len(), 1);

    let gone = caller
        .call("DELETE", &format!("{HOOKS}/{id}"))
        .send()
        .await
        .unwrap();
    assert_eq!(gone.status(), StatusCode::NO_CONTENT);
    assert!(sandbox.state().await.hooks.is_empty());
    sandbox.assert_no_violations().await;
}
