//! Hooks and triggers of the simulated Procore.

use http::StatusCode;
use serde_json::{Value, json};

use crate::caller::{Caller, HOOKS, hook, subscribe};
use procore_sandbox::testing::{Sandbox, SandboxOptions};

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
