//! Webhooks: hooks, triggers, the catalog, deliveries.

use concierge::catalog::DataSet;
use concierge::procore::*;
use secrecy::SecretString;

use super::{Process, create_hook, main_read, request};
use procore_sandbox::testing::{COMPANY_ID, Sandbox, SandboxOptions};

#[tokio::test]
async fn a_hook_lives_through_all_its_calls() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await;
    let process = Process::of(&sandbox);
    let api = process.api();
    let webhooks = api.webhooks();

    let hook = create_hook(&api).await;
    let catalog = webhooks.catalog().await.unwrap();
    let mut wanted: Vec<TriggerSpec> = catalog
        .iter()
        .flat_map(|entry| {
            entry
                .events
                .iter()
                .map(|event| (entry.resource.clone(), event.clone()))
        })
        .map(|(resource, event)| TriggerSpec { resource, event })
        .collect();
    let offered = wanted.len();
    wanted.push(TriggerSpec {
        resource: "No such thing".into(),
        event: EventType::Create,
    });
    let outcome = webhooks
        .create_triggers_bulk(&hook.id, &wanted)
        .await
        .unwrap();
    assert_eq!(outcome.created.len(), offered);
    assert_eq!(outcome.refused, wanted[offered..]);
    assert!(!outcome.said.unwrap().text.is_empty());

    let triggers = webhooks.triggers(&hook.id).await.unwrap();
    assert_eq!(triggers.len(), offered);
    let ids: Vec<String> = triggers
        .iter()
        .skip(1)
        .map(|trigger| trigger.id.clone())
        .collect();
    let gone = webhooks.delete_triggers_bulk(&hook.id, &ids).await.unwrap();
    assert_eq!((gone.succeeded.len(), gone.refused.len()), (offered - 1, 0));
    let again = webhooks
        .delete_triggers_bulk(&hook.id, &ids[..1])
        .await
        .unwrap();
    assert_eq!(again.refused, ids[..1]);

    let second = SecretString::from("Bearer second-value");
    let change = HookChange {
        destination_url: Some(
            "https://hooks.example.com/webhooks/procore/b"
                .parse()
                .unwrap(),
        ),
        authorization: Some(second.clone()),
        active: Some(false),
    };
    webhooks.update_hook(&hook.id, &change).await.unwrap();

    let listed = webhooks.hooks("concierge-test").await.unwrap();
    let [changed] = listed.as_slice() else {
        panic!("one hook: {listed:?}")
    };
    assert_eq!(
        (&changed.id, &changed.status),
        (&hook.id, &HookStatus::Disabled)
    );
    assert_eq!(changed.may_carry(&second), Some(true));
    assert!(changed.has_our_payload());
    assert!(webhooks.hooks("somebody-else").await.unwrap().is_empty());
    let kept = &sandbox.state().await.hooks[0];
    assert_eq!(kept.authorization.as_deref(), Some("Bearer second-value"));
    assert_eq!(kept.triggers.len(), 1);

    webhooks.delete_hook(&hook.id).await.unwrap();
    let error = webhooks.delete_hook(&hook.id).await.unwrap_err();
    assert!(matches!(error, Error::NotVisible(_)), "{error}");
    sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn a_project_has_webhooks_of_its_own() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await;
    let process = Process::of(&sandbox);
    let api = process.api();
    let projects = request(main_read(DataSet::Projects), 1);
    let project = api.list_page(&projects).await.unwrap().records[0].id;

    let catalog = api.project_webhooks(project).catalog().await.unwrap();
    let hooks = api
        .project_webhooks(project)
        .hooks("concierge-test")
        .await
        .unwrap();

    assert!(catalog.iter().any(|entry| entry.resource == "RFIs"));
    assert!(hooks.is_empty());
    sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn deliveries_are_listed_with_their_events() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await;
    let process = Process::of(&sandbox);
    let api = process.api();
    // Nobody listens there, so the delivery stays on its way.
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/hook", gone.local_addr().unwrap());
    drop(gone);
    let new = NewHook {
        namespace: "concierge-test".into(),
        destination_url: address.parse().unwrap(),
        authorization: "Bearer value".into(),
    };
    let hook = api.webhooks().create_hook(&new).await.unwrap();
    let spec = TriggerSpec {
        resource: "Trades".into(),
        event: EventType::Create,
    };
    api.webhooks()
        .create_triggers_bulk(&hook.id, &[spec])
        .await
        .unwrap();

    let id = sandbox
        .create_record("trades", serde_json::json!({"name": "Glazing"}))
        .await;
    let filter = DeliveryFilter::default();
    let deliveries = api
        .webhooks()
        .deliveries(&hook.id, filter, 5)
        .await
        .unwrap();

    let event = deliveries.listed[0].event.as_ref().unwrap();
    assert_eq!(event.resource.as_deref(), Some("Trades"));
    assert_eq!(event.event_type, Some(EventType::Create));
    assert_eq!(
        (event.resource_id, event.company_id),
        (Some(id), Some(COMPANY_ID))
    );
    sandbox.assert_no_violations().await;
}
