//! A copy that events left wrong is put right without them.

mod model;
mod on_its_way;

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use concierge::catalog::{Choice, DataSet};
use concierge::connection::Settings;
use concierge::engine::{FaultInjector, FaultPoint};
use concierge::identity::RunId;
use concierge::worker;
use procore_sandbox::testing::{BodyChange, Change, Fail, SandboxOptions};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::harness::live::Live;
use crate::harness::site::{choices, work_on};

const HOUR: i64 = 60 * 60;

fn everything() -> Settings {
    let with_inactive = |data_set| Choice {
        include_inactive: true,
        ..Choice::of(data_set)
    };
    Settings::new(DataSet::OF_COMPANY.map(with_inactive)).unwrap()
}

impl Live {
    /// Time passes in which nothing of ours runs, and then all that is due is done.
    async fn after(&self, seconds: i64) {
        self.site.advance(seconds).await;
        self.catch_up().await;
    }

    /// The same, so little at a time that nothing takes it for an outage. A day holds the connection's
    /// own time once, wherever it lies.
    async fn live_on(&self, hours: i64) {
        for _ in 0..2 * hours {
            self.after(HOUR / 2).await;
        }
    }

    /// The connection and its projects are not looked at, which would ask as well and find what was not
    /// delivered.
    async fn without_looks(&self) {
        sqlx::query("delete from work where kind in ('watch_connection', 'look_at_projects')")
            .execute(self.db())
            .await
            .unwrap();
    }

    /// Procore loses every event that waits.
    async fn lose_events(&self) {
        self.site.sandbox.arrange_deliveries(&[]).await;
    }

    /// What the last reconcile found.
    async fn findings(&self) -> Option<Value> {
        sqlx::query_scalar("select result from reconcile")
            .fetch_optional(self.db())
            .await
            .unwrap()
            .flatten()
    }

    async fn has_gap(&self) -> bool {
        sqlx::query_scalar("select exists (select from reconcile where gap_from is not null)")
            .fetch_one(self.db())
            .await
            .unwrap()
    }

    /// The records in which our copy differs from Procore.
    async fn differences(&self, settings: &Settings) -> Vec<(String, i64)> {
        let (ours, procores) = (self.ours().await, self.procores(settings).await);
        let mut keys: Vec<_> = ours.keys().chain(procores.keys()).cloned().collect();
        keys.sort();
        keys.dedup();
        keys.retain(|key| ours.get(key) != procores.get(key));
        keys
    }

    async fn assert_same(&self, settings: &Settings) {
        let differences = self.differences(settings).await;
        let some: Vec<_> = differences.iter().take(10).collect();
        assert!(some.is_empty(), "{} differ: {some:?}", differences.len());
    }

    async fn any_of(&self, kind: &str) -> Option<i64> {
        sqlx::query_scalar("select min(procore_id) from record where kind = $1")
            .bind(kind)
            .fetch_one(self.db())
            .await
            .unwrap()
    }

    /// Everything that can happen to records, and is not announced.
    async fn change_unheard(&self) {
        let sandbox = &self.site.sandbox;
        sandbox.hold_deliveries().await;
        for (dataset, kind) in [
            ("projects", "projects"),
            ("users", "users"),
            ("vendors", "vendors"),
            ("offices", "offices"),
            ("cost_codes", "standard_cost_codes"),
        ] {
            let Some(id) = self.any_of(kind).await else {
                continue;
            };
            let fields = json!({ "name": "Changed" });
            sandbox.edit_record(dataset, id, fields).await;
            sandbox
                .create_record(dataset, json!({ "name": "New" }))
                .await;
            sandbox.act_on_record(dataset, "delete", id + 1).await;
        }
        self.lose_events().await;
        sandbox.release_deliveries(false).await;
    }
}

#[tokio::test]
async fn what_was_lost_in_thirteen_hours_is_repaired_and_told() {
    let settings = choices(&[DataSet::Offices, DataSet::Departments, DataSet::CostCodes]);
    let live = Live::connected(settings.clone(), SandboxOptions::default()).await;
    live.catch_up().await;
    live.change_unheard().await;
    let wrong = live.differences(&settings).await;
    assert_eq!(wrong.len(), 6);
    live.after(13 * HOUR).await;
    live.assert_same(&settings).await;
    let findings = live.findings().await.unwrap();
    assert_eq!(findings["records"], wrong.len());
    let gap = |end: &str| {
        findings["gap"][end]
            .as_str()
            .unwrap()
            .parse::<DateTime<Utc>>()
    };
    let length = gap("to").unwrap() - gap("from").unwrap();
    assert_eq!(length, TimeDelta::hours(13));
    let told: Vec<Value> =
        sqlx::query_scalar("select details from activity where verb = 'copy.gap_repaired'")
            .fetch_all(live.db())
            .await
            .unwrap();
    assert_eq!(told, [findings]);
    assert!(!live.has_gap().await);
    live.site.sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn in_some_nights_everything_is_right_and_no_night_reads_everything() {
    let settings = everything();
    let live = Live::connected(settings.clone(), SandboxOptions::default()).await;
    live.live_on(2 * 24).await;
    live.change_unheard().await;
    live.live_on(24).await;
    // What can tell its changes is right after one night.
    let (ours, procores) = (live.ours().await, live.procores(&settings).await);
    for (key, body) in &procores {
        if ["projects", "users", "vendors"].contains(&key.0.as_str()) {
            assert_eq!(ours.get(key), Some(body), "{key:?}");
        }
    }
    for _ in 0..4 {
        live.site.sandbox.reset_requests().await;
        live.live_on(24).await;
        let read = ["offices", "departments", "trades"].map(|it| format!("/rest/v1.0/{it}"));
        let mut calls = 0;
        for path in read {
            calls += live.site.sandbox.requests("GET", &path).await;
        }
        assert!(calls < 3);
    }
    live.assert_same(&settings).await;
    live.site.sandbox.assert_no_violations().await;
}

/// Offices are refused, so the gap stays; the others were read, and are not read again every night.
#[tokio::test]
async fn a_list_that_is_refused_has_no_other_read_every_night() {
    let sets = [
        DataSet::Offices,
        DataSet::Departments,
        DataSet::Programs,
        DataSet::Trades,
    ];
    let settings = choices(&sets);
    let live = Live::connected(settings.clone(), SandboxOptions::default()).await;
    live.catch_up().await;
    live.without_looks().await;
    let sandbox = &live.site.sandbox;
    sandbox.refuse("/rest/v1.0/offices", Some(403)).await;
    live.after(13 * HOUR).await;
    assert!(live.has_gap().await);
    let read = ["departments", "programs", "trades"].map(|it| format!("/rest/v1.0/{it}"));
    for night in 0..3 {
        sandbox.reset_requests().await;
        live.live_on(24).await;
        let mut calls = 0;
        for path in &read {
            calls += sandbox.requests("GET", path).await;
        }
        assert!(calls <= 2, "{calls} calls in night {night}");
        assert!(live.has_gap().await, "night {night}");
    }
    sandbox.refuse("/rest/v1.0/offices", None).await;
    live.live_on(4 * 24).await;
    assert!(!live.has_gap().await, "{:?}", live.findings().await);
    live.assert_same(&settings).await;
}

#[tokio::test]
async fn one_call_tells_which_projects_there_are() {
    let settings = choices(&[DataSet::Projects]);
    let live = Live::connected(settings.clone(), SandboxOptions::default()).await;
    live.without_looks().await;
    live.live_on(24).await;
    let sandbox = &live.site.sandbox;
    sandbox.reset_requests().await;
    live.live_on(24).await;
    let quiet = sandbox.requests("GET", "/rest/v1.1/projects").await;
    assert!(quiet <= 2, "the changes and the ids, not {quiet}");
    let hidden = live.any_of("projects").await.unwrap();
    sandbox.withdraw_project(hidden).await;
    live.live_on(24).await;
    assert!(
        !live
            .ours()
            .await
            .contains_key(&("projects".to_owned(), hidden))
    );
    live.assert_same(&settings).await;
    sandbox.permit_all_projects().await;
    live.live_on(24).await;
    live.assert_same(&settings).await;
}

/// Ends the worker at the nth point that it passes.
struct EndsAt(AtomicUsize);

impl FaultInjector for EndsAt {
    fn at(&self, _: FaultPoint) -> ControlFlow<()> {
        match self.0.fetch_sub(1, Ordering::Relaxed) {
            1 => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        }
    }
}

#[tokio::test]
async fn a_reconcile_that_is_killed_anywhere_goes_on_where_it_stood() {
    let settings = choices(&[DataSet::Projects, DataSet::People, DataSet::Offices]);
    let options = SandboxOptions::default().flag("users", 4100);
    let live = Live::connected(settings.clone(), options).await;
    live.catch_up().await;
    live.without_looks().await;
    live.change_unheard().await;
    live.site.advance(13 * HOUR).await;
    let mut kills = 0;
    live.site.sandbox.reset_requests().await;
    live.begin_reconcile().await;
    while live.has_gap().await {
        live.site.advance(20).await; // the lease of the last worker lapses
        live.begin_reconcile().await; // the one of the night may have been first
        while let Some(run) = live.open_reconcile().await {
            let end = EndsAt(AtomicUsize::new(5 + kills % 11));
            live.site.advance(20).await; // its lease lapses
            work_on(&live.site.app, &end, run).await;
            kills += 1;
            assert!(kills < 200, "it never ends");
        }
    }
    assert!(kills > 5, "{kills}");
    live.assert_same(&settings).await;
    let users = "/rest/v1.3/companies/{company_id}/users";
    let pages = live.site.sandbox.requests("GET", users).await;
    assert!(pages <= 3 * 8, "each page a few times, not {pages}");
    live.site.sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn nothing_is_gone_after_a_list_that_did_not_come_whole() {
    let settings = choices(&[DataSet::Offices]);
    let live = Live::connected(settings.clone(), SandboxOptions::default()).await;
    live.catch_up().await;
    let before = live.ours().await;
    let sandbox = &live.site.sandbox;
    let one_short = Change {
        body: BodyChange {
            drop: 1,
            ..BodyChange::default()
        },
        ..Change::default()
    };
    for (trouble, is_refusal) in [(Fail::change(one_short), false), (Fail::status(403), true)] {
        sandbox
            .fail_next(trouble.on("/rest/v1.0/offices").times(1000))
            .await;
        live.after(13 * HOUR).await;
        assert_eq!(live.ours().await, before);
        let findings = live.findings().await.unwrap();
        assert_eq!(findings["incomplete"], json!(["offices"]));
        let (is_refused, has_failed): (bool, bool) =
            sqlx::query_as("select code is not null, failed_at is not null from list_reading")
                .fetch_one(live.db())
                .await
                .unwrap();
        assert_eq!((is_refused, has_failed), (is_refusal, true));
        // The gap stays until all of it is proven to be there.
        assert!(live.has_gap().await);
        sandbox.up().await;
        live.live_on(24).await;
        assert_eq!(live.findings().await.unwrap()["incomplete"], json!([]));
        assert!(!live.has_gap().await);
    }
}

#[tokio::test]
async fn a_reconcile_uses_its_share_of_the_hour_and_goes_on_in_the_next() {
    let settings = everything();
    let live = Live::connected(settings.clone(), SandboxOptions::default()).await;
    live.catch_up().await;
    live.without_looks().await;
    live.change_unheard().await;
    live.site.sandbox.throttle(60, 0).await;
    sqlx::query("delete from rate_window")
        .execute(live.db())
        .await
        .unwrap();
    // The limit of an hour is known from the first answer on.
    live.site.advance(13 * HOUR).await;
    let mut hours = 0;
    loop {
        live.site.sandbox.reset_requests().await;
        live.catch_up().await;
        let state = live.site.sandbox.state().await;
        let calls: u64 = state
            .requests
            .iter()
            .filter(|it| it.method == "GET")
            .map(|it| it.count)
            .sum();
        assert!(calls <= 6, "{calls} calls in hour {hours}");
        if live.open_reconcile().await.is_none() {
            break;
        }
        live.site.advance(60 * 60 + 1).await;
        hours += 1;
        assert!(hours < 12);
    }
    assert!(hours >= 2, "{hours}");
    live.site.sandbox.throttle(0, 0).await;
    live.assert_same(&settings).await;
}

impl Live {
    /// The outage is noticed and the reconcile begun, and nothing more.
    async fn begin_reconcile(&self) {
        let worker = worker::new(self.site.app.clone(), CancellationToken::new());
        // A gap is noted by what is periodic.
        for _ in 0..10 {
            if self.open_reconcile().await.is_some() {
                return;
            }
            for (lease, _place) in worker.claim().await.unwrap() {
                worker.attend(&lease).await; // also what a killed worker left of a run that ended
            }
        }
    }

    async fn open_reconcile(&self) -> Option<RunId> {
        let id: Option<Uuid> = sqlx::query_scalar(
            "select run_id from run where kind = 'reconcile' and state not in ('done', 'abandoned')",
        )
        .fetch_optional(self.db())
        .await
        .unwrap();
        id.map(RunId)
    }
}
