//! A webhook of an older payload version is replaced without losing anything.

use concierge::catalog::DataSet;
use procore_sandbox::testing::SandboxOptions;
use serde_json::json;

use crate::harness::live::Live;
use crate::harness::site::choices;

const HOUR: i64 = 60 * 60;

impl Live {
    /// A firm whose hook an earlier release made.
    async fn with_an_old_hook(version: &str) -> Self {
        let live = Self::connected(choices(&[DataSet::Offices]), SandboxOptions::default()).await;
        live.catch_up().await;
        live.site.sandbox.set_hook_versions(version).await;
        sqlx::query("update hook set payload_version = $1")
            .bind(version)
            .execute(live.db())
            .await
            .unwrap();
        live
    }

    /// A day passes.
    async fn day(&self) {
        for _ in 0..25 {
            self.site.advance(HOUR - 60).await;
            self.catch_up().await;
        }
    }

    /// The versions of the hooks that Procore has.
    async fn versions(&self) -> Vec<String> {
        let hooks = self.site.sandbox.state().await.hooks;
        hooks.into_iter().map(|hook| hook.payload_version).collect()
    }

    async fn name(&self, id: i64) -> String {
        sqlx::query_scalar("select body->>'name' from record where procore_id = $1")
            .bind(id)
            .fetch_one(self.db())
            .await
            .unwrap()
    }

    async fn rename(&self, id: i64, name: &str) {
        let fields = json!({ "name": name });
        self.site.sandbox.edit_record("offices", id, fields).await;
    }
}

#[tokio::test]
async fn a_new_hook_has_the_version_that_procore_recommends() {
    let live = Live::connected(choices(&[DataSet::Offices]), SandboxOptions::default()).await;
    assert_eq!(live.versions().await, ["v4.0"]);
    let resources = "/rest/v2.0/companies/{company_id}/webhooks/resources";
    assert!(live.site.sandbox.requests("GET", resources).await > 0);
    live.site.sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn an_old_hook_goes_on_until_the_new_one_was_heard_of() {
    for version in ["v2.0", "v3.0"] {
        let live = Live::with_an_old_hook(version).await;
        let id = sqlx::query_scalar("select min(procore_id) from record");
        let id: i64 = id.fetch_one(live.db()).await.unwrap();
        live.rename(id, "Old").await;
        live.catch_up().await;
        assert_eq!(live.name(id).await, "Old");

        // What is lost shows that the copy is not whole, so both stay.
        live.site.sandbox.hold_deliveries().await;
        live.rename(id, "Lost").await;
        live.site.sandbox.arrange_deliveries(&[]).await;
        live.site.sandbox.release_deliveries(false).await;
        for _ in 0..3 {
            live.day().await;
        }
        assert_eq!(live.name(id).await, "Lost");
        assert_eq!(live.versions().await, [version, "v4.0"]);
        let triggers: Vec<_> = live
            .site
            .sandbox
            .state()
            .await
            .hooks
            .into_iter()
            .map(|it| it.triggers)
            .collect();
        assert_eq!(triggers[0], triggers[1]);

        live.rename(id, "Both").await;
        live.catch_up().await;
        assert_eq!(live.name(id).await, "Both");
        live.day().await;
        assert_eq!(live.versions().await, ["v4.0"]);
        live.rename(id, "New").await;
        live.catch_up().await;
        assert_eq!(live.name(id).await, "New");
        // What is still under way to the old address is taken.
        let body = json!({ "id": "late", "resource_name": "Offices", "resource_id": id,
            "event_type": "update" });
        let (address, proof) = (&live.address, &live.authorization);
        assert_eq!(live.deliver(address, proof, &body.to_string()).await, 204);
        live.site.sandbox.assert_no_violations().await;
    }
}

#[tokio::test]
async fn an_old_hook_goes_once_a_reconcile_found_nothing_missing() {
    let live = Live::with_an_old_hook("v2.0").await;
    for _ in 0..3 {
        live.day().await;
    }
    assert_eq!(live.versions().await, ["v4.0"]);
    let removed: Vec<bool> =
        sqlx::query_scalar("select removed_at is not null from hook order by created_at")
            .fetch_all(live.db())
            .await
            .unwrap();
    assert_eq!(removed, [true, false]);
}
