//! What looks at our webhook and at Procore's deliveries find, and what "Check deliveries" does with what is missing.

use chrono::TimeDelta;
use concierge::catalog::DataSet;
use concierge::paths;
use serde_json::json;

use super::{Connected, Drift};

impl Connected {
    async fn office_is_created(&self) {
        let office = json!({ "name": "Pier 9" });
        self.sandbox.create_record("offices", office).await;
    }

    /// Gaps that were noted and not repaired yet, and those that were repaired.
    async fn gaps(&self) -> (i64, i64) {
        sqlx::query_as(
            "select (select count(*) from reconcile where gap_from is not null),
                    (select count(*) from activity where verb = 'copy.gap_repaired')",
        )
        .fetch_one(self.app.db())
        .await
        .unwrap()
    }

    async fn run(&self, sql: &'static str) {
        sqlx::query(sql).execute(self.app.db()).await.unwrap();
    }

    /// Nobody takes time in which no work is done for an outage of ours, which would have everything read.
    async fn forget_our_outage(&self) {
        self.run("delete from heartbeat").await;
    }

    async fn sign_in(&mut self) {
        self.admin = self.app.admin_of(self.admin.firm).await;
    }
}

#[tokio::test]
async fn more_than_is_counted_was_lost_all_the_same() {
    let mut firm = Connected::to(&[DataSet::Offices]).await;
    firm.pass_hours(1).await;
    for _ in 0..201 {
        firm.office_is_created().await;
    }
    firm.try_to_deliver(14).await;
    firm.sign_in().await;
    firm.forget_our_outage().await;
    firm.look_now().await;
    assert_eq!(firm.open().await, ["PC-DELIVERIES"]);
    assert_eq!(firm.gaps().await, (0, 1), "read again at once");
    let page = firm.overview().await;
    assert!(
        page.has_text("More than 200 changes were not delivered."),
        "{}",
        page.text()
    );
    firm.look_now().await;
    assert_eq!(firm.gaps().await, (0, 1), "and not with every look");
    firm.pass_hours(40).await;
    assert_eq!(firm.open().await, Vec::<String>::new());
    assert_eq!(
        firm.gaps().await,
        (0, 2),
        "what came meanwhile is read at the end"
    );
}

#[tokio::test]
async fn deliveries_that_fail_are_found_before_they_are_given_up() {
    let firm = Connected::to(&[DataSet::Offices]).await;
    firm.office_is_created().await;
    for _ in 0..8 {
        firm.sandbox.settled_deliveries().await;
        firm.pass_hours(1).await;
    }
    assert_eq!(firm.open().await, ["PC-DELIVERIES"]);
    assert_eq!(firm.gaps().await, (0, 0), "nothing is lost yet");
    let page = firm.overview().await;
    assert!(page.has_text("Ref PC-DELIVERIES"), "{}", page.text());
    assert!(
        page.has_text("Procore has failed to deliver since 2 March 2026"),
        "{}",
        page.text()
    );
    for _ in 0..8 {
        firm.sandbox.settled_deliveries().await;
        firm.pass_hours(1).await;
    }
    assert_eq!(firm.gaps().await, (0, 1), "once it is given up");
    firm.pass_hours(8).await;
    assert_eq!(firm.open().await, Vec::<String>::new());
    assert_eq!(firm.mails().await, (0, 0), "it is ours to end");
}

#[tokio::test]
async fn a_connection_without_any_webhook_is_not_healthy() {
    let firm = Connected::to(&[DataSet::Offices]).await;
    firm.run("update hook set removed_at = created_at").await;
    firm.look_now().await;
    assert_eq!(firm.open().await, ["PC-HOOK"]);
    let page = firm.overview().await;
    assert!(
        page.has_text("It is not there any more."),
        "{}",
        page.text()
    );
    firm.press_repair().await;
    firm.look_now().await;
    assert_eq!(firm.open().await, Vec::<String>::new());

    // One that Procore never confirmed is waited for, for a while.
    firm.run("update hook set procore_id = null").await;
    firm.look_now().await;
    assert_eq!(firm.open().await, Vec::<String>::new());
    firm.pass_hours(2).await;
    firm.look_now().await;
    assert_eq!(firm.open().await, ["PC-HOOK"]);
}

#[tokio::test]
async fn what_proves_nothing_ends_nothing() {
    let firm = Connected::to(&[DataSet::Offices, DataSet::People]).await;
    firm.break_by(Drift::LevelLowered).await;
    firm.break_by(Drift::AppUpdate).await;
    firm.look_now().await;
    let open = ["PC-APP-UPDATE", "PC-LEVEL:directory"];
    assert_eq!(firm.open().await, open);
    let hidden = [
        "/rest/v1.0/app_installations",
        "/rest/v1.0/settings/permissions",
    ];
    for path in hidden {
        firm.sandbox.refuse(path, Some(404)).await;
    }
    firm.look_now().await;
    assert_eq!(firm.open().await, open, "nobody knows");
    firm.pass_hours(14).await;
    assert_eq!(firm.open().await, open);
    assert_eq!(firm.mails().await, (0, 0), "what nobody knows is not told");
    let waited: i64 = sqlx::query_scalar(
        "select count(*) from probe where looked_at < (select max(looked_at) - interval '13 hours' from probe)",
    )
    .fetch_one(firm.app.db())
    .await
    .unwrap();
    assert_eq!(waited, 0, "and keeps nothing from its turn");

    for path in hidden {
        firm.sandbox.refuse(path, None).await;
    }
    firm.repair(Drift::LevelLowered).await;
    firm.repair(Drift::AppUpdate).await;
    firm.look_now().await;
    assert_eq!(firm.open().await, Vec::<String>::new());
}

#[tokio::test]
async fn an_outage_ends_with_an_answer_and_not_with_a_look_that_asks_nothing() {
    let firm = Connected::to(&[DataSet::Trades]).await;
    firm.run(
        "insert into outage (environment, since, seen_at)
         select 'production', max(looked_at), max(looked_at) from probe",
    )
    .await;
    // Where projects are not brought, there is nothing to ask about them.
    firm.run(
        "update probe set looked_at = looked_at - interval '1 hour' where subject = 'projects'",
    )
    .await;
    let is_open = || async {
        let open: bool = sqlx::query_scalar("select ended_at is null from outage")
            .fetch_one(firm.app.db())
            .await
            .unwrap();
        open
    };
    firm.pass_hours(1).await;
    assert!(is_open().await, "nobody asked");
    firm.pass_hours(1).await;
    assert!(!is_open().await);
}

#[tokio::test]
async fn what_is_missing_is_read_again_once() {
    let mut firm = Connected::to(&[DataSet::Offices]).await;
    firm.pass_hours(1).await;
    firm.office_is_created().await;
    firm.office_is_created().await;
    // Nothing finds by itself what was not delivered.
    firm.run("delete from work where kind = 'watch_connection'")
        .await;
    firm.try_to_deliver(14).await;
    firm.sign_in().await;
    firm.forget_our_outage().await;
    let known = firm.offices().await;
    let found = firm.check_deliveries().await;
    let what = "2 events in the last 28 days; 2 did not come.";
    assert!(found.contains(what), "{found}");
    assert!(
        found.contains("We read again what may be missing"),
        "{found}"
    );
    assert_eq!(firm.gaps().await, (0, 1), "noted and repaired");
    assert_eq!(firm.offices().await, known + 2);

    firm.app.advance(TimeDelta::minutes(5));
    let found = firm.check_deliveries().await;
    let what = "2 did not come, and what they announced was read since";
    assert!(found.contains(what), "{found}");
    assert_eq!(firm.gaps().await, (0, 1), "not again");
}

impl Connected {
    async fn offices(&self) -> i64 {
        sqlx::query_scalar("select count(*) from record where kind = 'offices'")
            .fetch_one(self.app.db())
            .await
            .unwrap()
    }

    /// What the comparison says.
    async fn check_deliveries(&self) -> String {
        let path = paths::integration_page(self.admin.firm, "webhooks");
        let page = self.admin.browser.get(&path).await;
        let button = page.button("Check deliveries").expect("a button");
        self.admin.browser.submit(&button, &[]).await;
        self.app.run_jobs().await;
        self.admin.browser.get(&path).await.text()
    }
}
