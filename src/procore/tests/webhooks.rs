//! Webhooks, version 2.0.

use secrecy::SecretString;
use serde_json::{Value, json};

use crate::procore::testing::{COMPANY, Fake, Seen, json, json_with, reply};
use crate::procore::*;

const JSON: &str = "application/json";
const HOOKS: &str = "/rest/v2.0/companies/562949953421312/webhooks/hooks";

fn hook(id: &str) -> Value {
    json!({"id": id, "status": "active", "payload_version": "v4", "namespace": "ours",
        "destination_headers": {"Authorization": "*****andom"},
        "destination_url": "https://hooks.example.com/a", "company_id": "1", "project_id": null,
        "created_at": "2026-05-01T10:00:00Z", "updated_at": "2026-05-01T10:00:00Z"})
}

fn spec(resource: &str, event: EventType) -> TriggerSpec {
    TriggerSpec {
        resource: resource.into(),
        event,
    }
}

fn created(status: u16, data: Value) -> axum::response::Response {
    reply(status, JSON, &json!({"data": data}).to_string())
}

#[tokio::test]
async fn all_hooks_of_the_namespace_are_listed() {
    let fake = Fake::start(|seen| {
        let page: usize = seen.query.get("page")?.parse().ok()?;
        let hooks = if page == 1 {
            (0..100).map(|n| hook(&n.to_string())).collect()
        } else {
            vec![hook("last")]
        };
        Some(json_with(json!({"data": hooks}), &[]))
    })
    .await;
    let hooks = fake.api().webhooks().hooks("ours").await.unwrap();
    assert_eq!(hooks.len(), 101);
    let calls = fake.calls();
    assert_eq!(
        (calls[0].path.as_str(), calls[0].query["namespace"].as_str()),
        (HOOKS, "ours")
    );
    assert_eq!(calls[0].query["per_page"], "100");

    let hook = &hooks[100];
    assert_eq!(
        (hook.id.as_str(), &hook.status),
        ("last", &HookStatus::Active)
    );
    assert!(hook.has_our_payload());
    assert_eq!(
        hook.may_carry(&SecretString::from("Bearer random")),
        Some(true)
    );
    assert_eq!(
        hook.may_carry(&SecretString::from("Bearer other")),
        Some(false)
    );
}

#[tokio::test]
async fn a_hook_is_created_with_its_authorization() {
    let fake =
        Fake::start(|seen| (seen.path == HOOKS).then(|| created(201, hook("43593499")))).await;
    let new = NewHook {
        namespace: "ours".into(),
        destination_url: "https://hooks.example.com/a".parse().unwrap(),
        authorization: "Bearer 2b1c-random".into(),
    };
    let made = fake.api().webhooks().create_hook(&new).await.unwrap();
    assert_eq!(made.id, "43593499");
    let call = &fake.calls()[0];
    assert_eq!(call.method, "POST");
    assert_eq!(call.headers["procore-company-id"], COMPANY.to_string());
    assert_eq!(
        call.json(),
        json!({"payload_version": "v4.0", "namespace": "ours",
            "destination_url": "https://hooks.example.com/a",
            "destination_headers": {"Authorization": "Bearer 2b1c-random"}})
    );
    assert!(!format!("{new:?}").contains("2b1c"));
}

#[tokio::test]
async fn a_refused_hook_never_repeats_its_authorization() {
    for (status, conflict) in [(409, true), (422, false), (400, false)] {
        let fake = Fake::start(move |seen| {
            (seen.path == HOOKS)
                .then(|| reply(status, JSON, &json!({"message": seen.body}).to_string()))
        })
        .await;
        let new = NewHook {
            namespace: "ours".into(),
            destination_url: "https://hooks.example.com/a".parse().unwrap(),
            authorization: "plain-value".into(),
        };
        let error = fake.api().webhooks().create_hook(&new).await.unwrap_err();
        assert_eq!(matches!(error, Error::Conflict(_)), conflict, "{error}");
        assert_eq!(matches!(error, Error::Validation(_)), !conflict, "{error}");
        let text = error.to_string();
        assert!(
            text.contains("ours") && !text.contains("plain-value"),
            "{text}"
        );
        assert_eq!(fake.calls().len(), 1);
    }
}

#[tokio::test]
async fn a_hook_is_changed_only_where_asked() {
    let fake = Fake::start(|seen| match (seen.method.as_str(), seen.path.as_str()) {
        ("PATCH", path) if path == format!("{HOOKS}/7") => json(json!({"data": hook("7")})),
        ("DELETE", path) if path == format!("{HOOKS}/7") => Some(reply(204, JSON, "")),
        _ => None,
    })
    .await;
    let webhooks = fake.api().webhooks();
    let change = HookChange {
        authorization: Some("new".into()),
        ..HookChange::default()
    };
    webhooks.update_hook("7", &change).await.unwrap();
    let change = HookChange {
        active: Some(true),
        ..HookChange::default()
    };
    webhooks.update_hook("7", &change).await.unwrap();
    webhooks.delete_hook("7").await.unwrap();

    let calls = fake.calls();
    assert_eq!(
        calls[0].json(),
        json!({"destination_headers": {"Authorization": "new"}})
    );
    assert_eq!(calls[1].json(), json!({"status": "active"}));
    assert_eq!(calls[2].body, "");
    let gone = webhooks.delete_hook("8").await.unwrap_err();
    assert!(matches!(gone, Error::NotVisible(_)), "{gone}");
}

/// Takes all triggers but those on "Offices", as a 207 does.
fn bulk(seen: &Seen) -> axum::response::Response {
    let wanted = seen.json();
    let (mut data, mut status) = (Vec::new(), 201);
    for (n, trigger) in wanted.as_array().unwrap().iter().enumerate() {
        if trigger["resource_name"] == "Offices" {
            status = 207;
            let errors = json!({"resource_name": "is not known"});
            data.push(json!({"code": "400", "message": "Bad Request", "trigger": trigger, "errors": errors}));
        } else {
            let event = trigger["event_type"].as_str().unwrap().to_uppercase() + "D";
            data.push(json!({"id": n.to_string(), "resource_name": trigger["resource_name"], "event_type": event}));
        }
    }
    created(status, data.into())
}

#[tokio::test]
async fn triggers_are_created_a_hundred_at_a_time() {
    let fake = Fake::start(|seen| (seen.path != "/oauth/token").then(|| bulk(seen))).await;
    let wanted: Vec<_> = (0..150)
        .map(|n| spec(&format!("R{n}"), EventType::Create))
        .collect();
    let outcome = fake
        .api()
        .webhooks()
        .create_triggers_bulk("7", &wanted)
        .await
        .unwrap();
    assert_eq!((outcome.created.len(), outcome.refused.len()), (150, 0));
    assert_eq!(outcome.created[0].event, EventType::Create);
    let sizes: Vec<_> = fake
        .calls()
        .iter()
        .map(|call| call.json().as_array().unwrap().len())
        .collect();
    assert_eq!(sizes, [100, 50]);
    assert_eq!(
        fake.calls()[0].json()[0],
        json!({"resource_name": "R0", "event_type": "create"})
    );
}

#[tokio::test]
async fn after_a_partial_success_the_hook_itself_is_asked() {
    let fake = Fake::start(|seen| match seen.method.as_str() {
        "POST" if seen.path.ends_with("/bulk") => Some(bulk(seen)),
        "GET" => json(json!({"data": [
            {"id": "31", "resource_name": "Trades", "event_type": "delete", "webhook_hook_id": "7"},
            {"id": "30", "resource_name": "Programs", "event_type": "update", "webhook_hook_id": "7"}
        ]})),
        _ => None,
    })
    .await;
    let wanted = [
        spec("Trades", EventType::Delete),
        spec("Offices", EventType::Update),
    ];
    let outcome = fake
        .api()
        .webhooks()
        .create_triggers_bulk("7", &wanted)
        .await
        .unwrap();
    assert_eq!(outcome.created.len(), 1);
    assert_eq!(outcome.created[0].id, "31");
    assert_eq!(outcome.refused, wanted[1..]);
    let said = outcome.said.expect("Procore's words");
    assert_eq!(said.status, 207);
    assert!(said.text.contains("is not known"), "{said:?}");
}

#[tokio::test]
async fn triggers_are_deleted_by_a_body_of_ids() {
    let fake = Fake::start(|seen| match seen.method.as_str() {
        "DELETE" => Some(created(
            207,
            json!({"succeeded": ["1", 2], "failed": [{"id": "3"}]}),
        )),
        _ => None,
    })
    .await;
    let ids = ["1".to_owned(), "2".to_owned(), "3".to_owned()];
    let outcome = fake
        .api()
        .webhooks()
        .delete_triggers_bulk("7", &ids)
        .await
        .unwrap();
    assert_eq!(outcome.succeeded, ["1", "2"]);
    assert_eq!(outcome.refused, ["3"]);
    assert_eq!(outcome.said.unwrap().status, 207);
    assert_eq!(fake.calls()[0].json(), json!(["1", "2", "3"]));
    let none = fake
        .api()
        .webhooks()
        .delete_triggers_bulk("7", &[])
        .await
        .unwrap();
    assert_eq!(none, BulkDeleted::default());
    assert_eq!(fake.calls().len(), 1);
}

#[tokio::test]
async fn the_catalog_is_read_per_scope() {
    let fake = Fake::start(|seen| match seen.path.ends_with("/webhooks/resources") {
        true => Some(json_with(
            json!({"data": [
                {"category": "Core", "tool": "Directory", "name": "Company Users",
                 "payload_version": "v4.0", "actions": ["create", "UPDATED", "archive"]}
            ]}),
            &[("total", "1".into())],
        )),
        false => None,
    })
    .await;
    let catalog = fake.api().webhooks().catalog().await.unwrap();
    assert_eq!(catalog[0].resource, "Company Users");
    assert_eq!(
        catalog[0].events,
        [
            EventType::Create,
            EventType::Update,
            EventType::Other("archive".into())
        ]
    );
    fake.api().project_webhooks(99).catalog().await.unwrap();
    let calls = fake.calls();
    assert_eq!(calls[0].query["payload_version"], "v4.0");
    assert!(calls[1].path.contains("/projects/99/webhooks/"));
}

#[tokio::test]
async fn deliveries_show_their_attempts_and_event() {
    let fake = Fake::start(|seen| match seen.path.ends_with("/hooks/7/deliveries") {
        true => json(json!({"data": [
            {"id": "d1", "status": "failed",
             "payload": {"id": 1, "ulid": "01J", "resource_name": "Trades", "event_type": "create"},
             "delivery_attempts": [{"id": "a", "success": false, "response_status": 500,
                "response_body": "", "started_at": "2026-05-01T10:00:00Z", "completed_at": null}]},
            {"id": "d2", "status": "enqueued"}
        ]})),
        false => None,
    })
    .await;
    let filter = DeliveryFilter {
        status: Some("failed"),
        start: "2026-05-01".parse().ok(),
        end: None,
    };
    let deliveries = fake
        .api()
        .webhooks()
        .deliveries("7", filter, 5)
        .await
        .unwrap();
    assert!(deliveries.is_whole);
    let deliveries = deliveries.listed;
    assert_eq!(deliveries[0].event.as_ref().unwrap().id, "01J");
    assert_eq!(deliveries[0].attempts[0].response_status, Some(500));
    assert!(deliveries[1].attempts.is_empty());
    let call = &fake.calls()[0];
    assert_eq!(
        (
            call.query["filter[status]"].as_str(),
            call.query["filter[start]"].as_str()
        ),
        ("failed", "2026-05-01")
    );
}

#[tokio::test]
async fn of_a_long_list_of_deliveries_the_first_pages_are_told() {
    let fake = Fake::start(|seen| match seen.path.ends_with("/hooks/7/deliveries") {
        true => {
            let page = &seen.query["page"];
            let rows = (0..100).map(|row| json!({"id": format!("{page}-{row}")}));
            json(json!({ "data": rows.collect::<Vec<_>>() }))
        }
        false => None,
    })
    .await;
    let api = fake.api().webhooks();
    let filter = DeliveryFilter::default();
    let deliveries = api.deliveries("7", filter, 2).await.unwrap();
    assert_eq!((deliveries.listed.len(), deliveries.is_whole), (200, false));
    assert_eq!(fake.calls().len(), 2, "once");
}
