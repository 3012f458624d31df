//! What Procore announces is read again, until our copy says the same.

use chrono::TimeDelta;
use concierge::catalog::{Choice, DataSet};
use concierge::connection::Settings;
use procore_sandbox::testing::{Fail, SandboxOptions};
use serde_json::{Value, json};

use crate::harness::app::work_until_nothing_is_due;
use crate::harness::gate;
use crate::harness::live::Live;
use crate::harness::site::{choices, policy};

const OFFICE: &str = "/rest/v1.0/offices/{id}";

/// What the simulator calls the records that a webhook announces, and how we call the kind.
const ANNOUNCED: [(&str, &str); 12] = [
    ("projects", "projects"),
    ("project_stages", "project_stages"),
    ("project_types", "project_types"),
    ("project_regions", "project_regions"),
    ("users", "users"),
    ("vendors", "vendors"),
    ("departments", "departments"),
    ("offices", "offices"),
    ("programs", "programs"),
    ("trades", "trades"),
    ("cost_code_lists", "standard_cost_code_lists"),
    ("cost_codes", "standard_cost_codes"),
];

/// Kinds of which Procore announces no deletions, and no updates.
const UNDELETED: [&str; 4] = ["projects", "users", "vendors", "standard_cost_code_lists"];
const UNCHANGED: [&str; 2] = ["trades", "standard_cost_code_lists"];

async fn offices() -> Live {
    let options = SandboxOptions::default();
    Live::connected(choices(&[DataSet::Offices]), options).await
}

impl Live {
    /// An id of this kind in our copy.
    async fn any(&self, kind: &str) -> i64 {
        sqlx::query_scalar("select min(procore_id) from record where kind = $1")
            .bind(kind)
            .fetch_one(self.db())
            .await
            .unwrap()
    }

    /// Name, and whether it is gone or unavailable.
    async fn copy(&self, kind: &str, id: i64) -> Option<(String, bool, bool)> {
        sqlx::query_as(
            "select body->>'name', gone_at is not null, unavailable_at is not null from record \
             where kind = $1 and procore_id = $2",
        )
        .bind(kind)
        .bind(id)
        .fetch_optional(self.db())
        .await
        .unwrap()
    }

    /// What became of the events, oldest first; nothing of those that wait.
    async fn outcomes(&self) -> Vec<Option<String>> {
        sqlx::query_scalar("select outcome from event order by received_at, event_id")
            .fetch_all(self.db())
            .await
            .unwrap()
    }

    async fn asked(&self, path: &str) -> u64 {
        self.site.sandbox.requests("GET", path).await
    }

    async fn pass(&self, time: TimeDelta) {
        self.site.advance(time.num_seconds()).await;
        self.catch_up().await;
    }
}

#[tokio::test]
async fn a_pause_that_comes_while_events_are_applied_ends_that() {
    let live = offices().await;
    live.catch_up().await;
    for name in ["One", "Two", "Three", "Four", "Five", "Six"] {
        let office = json!({ "name": name });
        live.site.sandbox.create_record("offices", office).await;
    }
    live.site.sandbox.settled_deliveries().await;
    let db = live.db().clone();
    let gate = gate::open(&live.site.sandbox.url, move |_| {
        let db = db.clone();
        Box::pin(async move {
            let pause = "update connection set paused_at = now(), paused_by = 'Test'";
            sqlx::query(pause).execute(&db).await.unwrap();
        })
    })
    .await;
    work_until_nothing_is_due(&live.site.app_before(&gate, policy())).await;
    assert_eq!(live.outcomes().await, [const { None }; 6], "they are kept");
    let asked = live.asked(OFFICE).await;
    assert!(asked <= 4, "{asked} were asked for");

    sqlx::query("update connection set paused_at = null, paused_by = null")
        .execute(live.db())
        .await
        .unwrap();
    sqlx::query(
        "insert into work (kind, key, firm_id, due_at)
         select 'events', connection_id, firm_id, '2000-01-01' from connection
         on conflict do nothing",
    )
    .execute(live.db())
    .await
    .unwrap();
    live.catch_up().await;
    let outcomes = live.outcomes().await;
    assert!(outcomes.iter().all(|it| it.as_deref() == Some("applied")));
}

#[tokio::test]
async fn whatever_is_created_changed_or_deleted_is_so_in_our_copy() {
    let settings = Settings::new(DataSet::OF_COMPANY.map(|data_set| Choice {
        include_inactive: true,
        ..Choice::of(data_set)
    }))
    .unwrap();
    let live = Live::connected(settings.clone(), SandboxOptions::default()).await;
    let sandbox = &live.site.sandbox;
    for (dataset, kind) in ANNOUNCED {
        let id = live.any(kind).await;
        sandbox
            .edit_record(dataset, id, json!({ "name": "Another name" }))
            .await;
        sandbox
            .create_record(dataset, json!({ "name": "New" }))
            .await;
        live.catch_up().await;
        if !UNDELETED.contains(&kind) {
            let doomed = sandbox
                .create_record(dataset, json!({ "name": "Doomed" }))
                .await;
            live.catch_up().await;
            sandbox.act_on_record(dataset, "delete", doomed).await;
        }
    }
    live.pass(TimeDelta::minutes(1)).await;
    live.pass(TimeDelta::minutes(10)).await;

    let (ours, procores) = (live.ours().await, live.procores(&settings).await);
    for (key, body) in &procores {
        if !UNCHANGED.contains(&key.0.as_str()) {
            // What a record says of others was read when it changed itself.
            let name = |body: &Value| body["name"].clone();
            assert_eq!(ours.get(key).map(name), Some(name(body)), "{key:?}");
        }
    }
    let surplus: Vec<_> = ours
        .keys()
        .filter(|key| !procores.contains_key(key))
        .collect();
    assert_eq!(surplus, Vec::<&(String, i64)>::new());
    let waiting = live
        .outcomes()
        .await
        .iter()
        .filter(|it| it.is_none())
        .count();
    assert_eq!(waiting, 0);
    sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn several_events_of_one_record_are_one_question() {
    let live = offices().await;
    let sandbox = &live.site.sandbox;
    let id = live.any("offices").await;
    for name in ["One", "Two", "Three"] {
        sandbox
            .edit_record("offices", id, json!({ "name": name }))
            .await;
    }
    live.catch_up().await;
    sandbox.duplicate_delivery().await;
    live.catch_up().await;
    assert_eq!(
        live.copy("offices", id).await,
        Some(("Three".to_owned(), false, false))
    );
    assert_eq!(live.asked(OFFICE).await, 1);
    assert_eq!(live.outcomes().await, vec![Some("applied".to_owned()); 3]);
}

/// Each has its own connection to the database and its own worker, as two processes do.
#[tokio::test]
async fn two_workers_side_by_side_apply_every_event_once() {
    let live = offices().await;
    let (site, sandbox) = (&live.site, &live.site.sandbox);
    let ids: Vec<i64> = sqlx::query_scalar("select procore_id from record order by 1")
        .fetch_all(live.db())
        .await
        .unwrap();
    for round in 0..5 {
        for id in &ids {
            let name = json!({ "name": format!("Office {id}, {round}") });
            sandbox.edit_record("offices", *id, name).await;
        }
    }
    sandbox.settled_deliveries().await;
    let other = site.app_with_keys(&site.keys);
    tokio::join!(
        work_until_nothing_is_due(&site.app),
        work_until_nothing_is_due(&other)
    );
    assert_eq!(live.asked(OFFICE).await, ids.len() as u64);
    let applied = vec![Some("applied".to_owned()); ids.len() * 5];
    assert_eq!(live.outcomes().await, applied);
    for id in ids {
        let last = Some((format!("Office {id}, 4"), false, false));
        assert_eq!(live.copy("offices", id).await, last);
    }
}

#[tokio::test]
async fn a_record_that_is_not_readable_yet_is_asked_for_again() {
    let live = offices().await;
    let sandbox = &live.site.sandbox;
    sandbox
        .fail_next(Fail::status(404).on("/rest/v1.0/offices/").times(2))
        .await;
    let id = sandbox
        .create_record("offices", json!({ "name": "New" }))
        .await;
    live.catch_up().await;
    assert_eq!(live.copy("offices", id).await, None);
    live.pass(TimeDelta::seconds(14)).await;
    assert_eq!(live.asked(OFFICE).await, 1, "not before its time");
    live.pass(TimeDelta::seconds(1)).await;
    assert_eq!(live.asked(OFFICE).await, 2);
    live.pass(TimeDelta::minutes(1)).await;
    assert_eq!(
        live.copy("offices", id).await,
        Some(("New".to_owned(), false, false))
    );
    assert_eq!(live.outcomes().await, [Some("applied".to_owned())]);
}

#[tokio::test]
async fn what_procore_merely_does_not_show_is_unavailable_and_comes_back() {
    let live = offices().await;
    let sandbox = &live.site.sandbox;
    let id = live.any("offices").await;
    sandbox
        .fail_next(Fail::status(404).on("/rest/v1.0/offices/").times(4))
        .await;
    sandbox
        .edit_record("offices", id, json!({ "name": "Hidden" }))
        .await;
    live.catch_up().await;
    for pause in [15, 60, 300] {
        let (_, is_gone, is_unavailable) = live.copy("offices", id).await.unwrap();
        assert!(
            !is_gone && !is_unavailable,
            "not before it was asked often enough"
        );
        live.pass(TimeDelta::seconds(pause)).await;
    }
    let (_, is_gone, is_unavailable) = live.copy("offices", id).await.unwrap();
    assert!(is_unavailable && !is_gone);
    assert_eq!(live.outcomes().await, [Some("unavailable".to_owned())]);
    assert_eq!(live.asked(OFFICE).await, 4);

    sandbox
        .edit_record("offices", id, json!({ "name": "Back" }))
        .await;
    live.catch_up().await;
    assert_eq!(
        live.copy("offices", id).await,
        Some(("Back".to_owned(), false, false))
    );
}

#[tokio::test]
async fn a_deletion_that_comes_before_its_record_was_ever_seen_leaves_nothing() {
    let live = offices().await;
    let sandbox = &live.site.sandbox;
    sandbox.hold_deliveries().await;
    let id = sandbox
        .create_record("offices", json!({ "name": "Short" }))
        .await;
    sandbox.act_on_record("offices", "delete", id).await;
    sandbox.release_deliveries(true).await;
    live.catch_up().await;
    assert_eq!(live.copy("offices", id).await, None);
    assert_eq!(live.outcomes().await, [None, None], "a list may bring it");
    live.pass(TimeDelta::minutes(5)).await;
    assert_eq!(live.copy("offices", id).await, None);
    assert_eq!(live.outcomes().await, vec![Some("gone".to_owned()); 2]);
}

#[tokio::test]
async fn what_came_back_after_its_deletion_is_not_gone_while_it_is_not_readable() {
    let live = offices().await;
    let sandbox = &live.site.sandbox;
    let id = live.any("offices").await;
    sandbox.hold_deliveries().await;
    sandbox.act_on_record("offices", "delete", id).await;
    live.site.advance(5).await;
    sandbox.act_on_record("offices", "restore", id).await;
    sandbox
        .fail_next(Fail::status(404).on("/rest/v1.0/offices/").times(1))
        .await;
    sandbox.release_deliveries(true).await;
    live.catch_up().await;
    let (name, is_gone, _) = live.copy("offices", id).await.unwrap();
    assert!(!is_gone, "the last event was no deletion");
    live.pass(TimeDelta::seconds(15)).await;
    assert_eq!(live.copy("offices", id).await, Some((name, false, false)));
    assert_eq!(live.outcomes().await, vec![Some("applied".to_owned()); 2]);
}

#[tokio::test]
async fn an_answer_that_was_asked_for_earlier_undoes_nothing() {
    let live = offices().await;
    let sandbox = &live.site.sandbox;
    let id = live.any("offices").await;
    // Read by somebody else, a moment later by their clock.
    sqlx::query(
        "update record set body = '{\"name\": \"Newer\"}', as_of = as_of + interval '1 hour' \
         where procore_id = $1",
    )
    .bind(id)
    .execute(live.db())
    .await
    .unwrap();
    sandbox
        .edit_record("offices", id, json!({ "name": "Older" }))
        .await;
    live.catch_up().await;
    let newer = Some(("Newer".to_owned(), false, false));
    assert_eq!(live.copy("offices", id).await, newer);
    sandbox.act_on_record("offices", "delete", id).await;
    live.catch_up().await;
    assert_eq!(live.copy("offices", id).await, newer);
}

#[tokio::test]
async fn events_wait_for_procore_and_none_is_lost() {
    let live = offices().await;
    let sandbox = &live.site.sandbox;
    let id = live.any("offices").await;
    for (trouble, pause) in [
        (Fail::throttle(30), 30),
        (Fail::busy(40), 40),
        (Fail::reset().times(3), 60),
        (Fail::status(403), 3600),
    ] {
        let trouble = trouble.on("/rest/v1.0/offices/");
        sandbox.fail_next(trouble).await;
        let name = format!("After {pause} s");
        sandbox
            .edit_record("offices", id, json!({ "name": name }))
            .await;
        live.catch_up().await;
        assert_ne!(live.copy("offices", id).await.unwrap().0, name);
        assert!(live.outcomes().await.contains(&None));
        live.pass(TimeDelta::seconds(pause + 2)).await;
        assert_eq!(live.copy("offices", id).await, Some((name, false, false)));
    }
    assert!(!live.outcomes().await.contains(&None));
}

#[tokio::test]
async fn a_kind_that_procore_refuses_is_asked_for_once() {
    let live = offices().await;
    let sandbox = &live.site.sandbox;
    sandbox
        .fail_next(Fail::status(403).on("/rest/v1.0/offices/").times(100))
        .await;
    for _ in 0..20 {
        sandbox.create_record("offices", json!({})).await;
    }
    live.catch_up().await;
    let asked = live.asked(OFFICE).await;
    assert!(asked <= 4, "as many as are asked at a time, not {asked}");
}

#[tokio::test]
async fn what_the_firm_does_not_bring_or_nobody_knows_is_noted_and_not_asked_for() {
    let live = offices().await;
    for (nth, resource) in ["Departments", "Bids", "Offices"].iter().enumerate() {
        let body = json!({ "id": format!("e-{nth}"), "resource_type": resource,
            "resource_id": if *resource == "Offices" { "" } else { "7" }, "reason": "update" });
        let (address, proof) = (&live.address, &live.authorization);
        assert_eq!(live.deliver(address, proof, &body.to_string()).await, 204);
    }
    live.catch_up().await;
    let outcomes: Vec<_> = live.outcomes().await.into_iter().flatten().collect();
    assert_eq!(outcomes, ["not_chosen", "unknown", "unknown"]);
}
