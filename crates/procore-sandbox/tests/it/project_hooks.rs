//! Hooks of a project and the events that they hear.

use http::StatusCode;
use serde_json::{Value, json};

use crate::caller::{Caller, HOOKS, hook, subscribe};
use crate::receiver::Receiver;
use procore_sandbox::testing::{PROJECT_ID, Sandbox, SandboxOptions};

const PROJECT_HOOKS: &str = "/rest/v2.0/companies/5358233/projects/562949953421312/webhooks/hooks";
const CATALOG: &str = "/rest/v2.0/companies/5358233/projects/562949953421312/webhooks/resources\
    ?payload_version=v4.0&per_page=100";

/// Makes a hook of the project with these triggers; returns its id.
async fn subscribe_project(
    caller: &Caller<'_>,
    version: &str,
    destination: &str,
    events: &[(&str, &str)],
) -> String {
    let mut body = hook("ours", destination);
    body["payload_version"] = json!(version);
    let (status, created) = caller.post(PROJECT_HOOKS, body).await;
    assert_eq!(status, StatusCode::CREATED, "{created}");
    let id = created["data"]["id"].as_str().unwrap().to_owned();
    assert_eq!(created["data"]["project_id"], PROJECT_ID.to_string());
    let triggers: Vec<Value> = events
        .iter()
        .map(|(resource, event)| json!({ "resource_name": resource, "event_type": event }))
        .collect();
    let bulk = format!("{PROJECT_HOOKS}/{id}/triggers/bulk");
    let (status, made) = caller.post(&bulk, json!(triggers)).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    id
}

#[tokio::test]
async fn project_events_reach_the_hooks_of_their_project_alone() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await;
    let caller = Caller::of(&sandbox).await;
    let receiver = Receiver::start(&[200; 9]).await;
    let changes = &[("RFIs", "update"), ("Project Users", "create")];
    subscribe_project(&caller, "v4.0", &receiver.url, changes).await;
    subscribe_project(&caller, "v2.0", &receiver.url, &[("RFIs", "update")]).await;
    subscribe_project(&caller, "v3.0", &receiver.url, &[("RFIs", "update")]).await;
    subscribe(&caller, "v4.0", &receiver.url, &[("Projects", "update")]).await;
    let [ours, other] = [PROJECT_ID, PROJECT_ID + 1];
    let rfis = [
        sandbox.project(ours).await.records["rfis"][0],
        sandbox.project(other).await.records["rfis"][0],
    ];

    let fields = json!({ "subject": "Which door?" });
    sandbox
        .edit_project_record(ours, "rfis", rfis[0], fields.clone())
        .await;
    sandbox
        .edit_silently(ours, "rfis", rfis[0], fields.clone())
        .await;
    sandbox
        .edit_project_record(other, "rfis", rfis[1], fields)
        .await;
    sandbox.join_project(ours, "users", 160_030).await;
    sandbox.settled_deliveries().await;

    let bodies: Vec<Value> = receiver.received().into_iter().map(|it| it.body).collect();
    assert_eq!(bodies.len(), 4, "{bodies:#?}");
    assert_eq!(bodies[0]["project_id"], ours.to_string());
    assert_eq!(bodies[0]["resource_type"], "RFIs");
    assert_eq!(bodies[0]["resource_id"], rfis[0].to_string());
    assert_eq!(bodies[1]["project_id"], ours);
    assert_eq!(bodies[1]["resource_id"], rfis[0]);
    assert_eq!(bodies[2]["project_id"], ours);
    assert_eq!(bodies[2]["related_resources"], json!([]));
    assert_eq!(bodies[3]["resource_id"], "160030");
    sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn a_drawing_and_a_commitment_are_told_of_by_their_own_names_and_ids() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await;
    let caller = Caller::of(&sandbox).await;
    let receiver = Receiver::start(&[200; 9]).await;
    let events = &[
        ("Drawings", "update"),
        ("Work Order Contracts", "update"),
        ("Purchase Order Contracts", "update"),
    ];
    subscribe_project(&caller, "v2.0", &receiver.url, events).await;
    let records = sandbox.project(PROJECT_ID).await.records;
    let [order, purchase] = [0, 1].map(|at| records["commitments"][at]);
    let edit = |dataset: &'static str, id| {
        sandbox.edit_project_record(PROJECT_ID, dataset, id, json!({ "status": "Approved" }))
    };

    edit("drawing_revisions", records["drawing_revisions"][1]).await;
    edit("commitments", order).await;
    sandbox.set_contract_ids_differ(true).await;
    edit("commitments", purchase).await;
    sandbox.settled_deliveries().await;

    let heard: Vec<(String, i64)> = receiver
        .received()
        .iter()
        .map(|it| {
            let name = it.body["resource_name"].as_str().unwrap().to_owned();
            (name, it.body["resource_id"].as_i64().unwrap())
        })
        .collect();
    assert_eq!(heard[0], ("Drawings".to_owned(), records["drawings"][0]));
    assert_eq!(heard[1], ("Work Order Contracts".to_owned(), order));
    let (name, told) = &heard[2];
    assert_eq!(name, "Purchase Order Contracts");
    assert_ne!(*told, purchase);
    let v1 = format!("/rest/v1.0/purchase_order_contracts/{told}?project_id={PROJECT_ID}");
    assert_eq!(caller.json(&v1).await["id"], *told);
    sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn the_catalog_of_a_project_follows_its_tools() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await;
    let caller = Caller::of(&sandbox).await;
    let actions = async |name: &str| {
        let rows = caller.json(CATALOG).await;
        let mut rows = rows["data"].as_array().unwrap().iter();
        let row = rows.find(|row| row["name"] == name);
        row.map(|row| row["actions"].clone())
    };

    assert_eq!(
        actions("Project Users").await,
        Some(json!(["create", "delete"]))
    );
    assert!(actions("RFIs").await.is_some() && actions("Company Users").await.is_none());
    sandbox.switch_project_tool(PROJECT_ID, "RFIs", false).await;
    assert_eq!(actions("RFIs").await, None);
    sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn hooks_of_a_project_need_webhooks_api_at_standard_there() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await;
    let caller = Caller::of(&sandbox).await;
    let listed = format!("{PROJECT_HOOKS}?namespace=ours");
    let destination = "https://hooks.example.com/1";

    let level = |level| sandbox.set_project_level(PROJECT_ID, "Webhooks API", level);
    level("Read Only").await;
    let (written, _) = caller.post(PROJECT_HOOKS, hook("ours", destination)).await;
    let read = caller.get(&listed).await.status();
    level("None").await;
    let denied = caller.get(&listed).await.status();
    let (company, _) = caller.post(HOOKS, hook("ours", destination)).await;

    assert_eq!(
        [written, read, denied, company],
        [
            StatusCode::FORBIDDEN,
            StatusCode::OK,
            StatusCode::FORBIDDEN,
            StatusCode::CREATED
        ]
    );
    sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn the_status_of_a_project_hook_is_ignored_refused_or_taken() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await;
    let caller = Caller::of(&sandbox).await;
    let id = subscribe_project(
        &caller,
        "v4.0",
        "https://hooks.example.com/1",
        &[("RFIs", "create")],
    )
    .await;
    sandbox.set_project_hook_active(PROJECT_ID, false).await;
    let path = format!("{PROJECT_HOOKS}/{id}");
    let patch = async |how: &str| {
        sandbox.take_project_hook_status(how).await;
        let request = caller
            .call("PATCH", &path)
            .json(&json!({ "status": "active" }));
        let status = request.send().await.unwrap().status().as_u16();
        (
            status,
            sandbox.project(PROJECT_ID).await.hooks[0].status.clone(),
        )
    };

    assert_eq!(patch("ignored").await, (200, "disabled".to_owned()));
    assert_eq!(patch("refused").await, (400, "disabled".to_owned()));
    assert_eq!(patch("taken").await, (200, "active".to_owned()));
    sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn a_clone_carries_hooks_that_lead_to_the_same_address() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await;
    let caller = Caller::of(&sandbox).await;
    let receiver = Receiver::start(&[200; 3]).await;
    subscribe_project(&caller, "v4.0", &receiver.url, &[("RFIs", "create")]).await;

    let clone = sandbox.clone_project(PROJECT_ID).await;
    let rfi = sandbox
        .create_project_record(clone, "rfis", json!({}))
        .await;
    sandbox.settled_deliveries().await;

    let state = sandbox.state().await;
    let ([original], [copy]) = (&state.hooks_of(PROJECT_ID)[..], &state.hooks_of(clone)[..]) else {
        panic!("one hook each: {:#?}", state.hooks);
    };
    assert_ne!(original.id, copy.id);
    assert_eq!(original.destination_url, copy.destination_url);
    assert_eq!(original.triggers, copy.triggers);
    let body = &receiver.received()[0].body;
    assert_eq!(body["project_id"], clone.to_string());
    assert_eq!(body["resource_id"], rfi.to_string());
    sandbox.assert_no_violations().await;
}
