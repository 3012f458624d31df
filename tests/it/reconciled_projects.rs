//! Integrated projects are put right without events, in turn, and their webhooks with them.

use concierge::catalog::DataSet;
use concierge::connection::Settings;
use concierge::flows::act_on_project;
use procore_sandbox::testing::{Change, Fail};
use serde_json::json;

use crate::harness::live::Live;
use crate::harness::site::choices;

const HOUR: i64 = 60 * 60;

struct Project {
    live: Live,
    id: i64,
    settings: Settings,
}

impl Project {
    async fn integrated(sets: &[DataSet]) -> Self {
        let live = Live::with_projects(2).await;
        live.catch_up().await;
        let settings = choices(sets);
        let id = live.project_ids().await[0];
        live.integrate(&[id], &settings).await;
        live.catch_up().await;
        assert_eq!(live.project_states().await[&id], "integrated");
        Self { live, id, settings }
    }

    /// Time passes, so little at once that nothing takes it for an outage.
    async fn live_on(&self, hours: i64) {
        for _ in 0..2 * hours {
            self.live.site.advance(HOUR / 2).await;
            self.live.catch_up().await;
        }
    }

    async fn is_right(&self) {
        let (live, settings) = (&self.live, &self.settings);
        live.assert_project_is_right(self.id, settings).await;
        let theirs = live.procores_of(self.id, settings).await;
        assert_eq!(live.ours_of(self.id).await, theirs);
    }

    async fn a_record(&self, kind: &str) -> i64 {
        let ours = self.live.ours_of(self.id).await;
        let mut ids = ours.keys().filter(|(it, _)| it == kind);
        ids.next().expect("a record").1
    }

    /// How many projects are late, of how many, and what they are called, where that was found.
    async fn late(&self) -> Option<(i64, i64, Vec<String>)> {
        let found: Option<serde_json::Value> = sqlx::query_scalar(
            "select finding -> 'projects' from incident
             where code = 'PC-LATE' and ended_at is null and found_by = '{integrated}'",
        )
        .fetch_optional(self.live.db())
        .await
        .unwrap();
        found.map(|it| {
            let number = |field: &str| it[field].as_i64().unwrap();
            let names = serde_json::from_value(it["names"].clone()).unwrap();
            (number("count"), number("of"), names)
        })
    }

    /// What the run does that reads lists again which did not come whole.
    async fn read_again(&self) -> Vec<String> {
        sqlx::query_scalar(
            "select name from action join run using (firm_id, run_id)
             where kind = 'reading' and run.state not in ('done', 'abandoned')
               and name like 'sync:%' order by name",
        )
        .fetch_all(self.live.db())
        .await
        .unwrap()
    }

    async fn repairs(&self) -> i64 {
        sqlx::query_scalar("select count(*) from activity where verb = 'webhook.repaired'")
            .fetch_one(self.live.db())
            .await
            .unwrap()
    }
}

#[tokio::test]
async fn a_change_that_no_event_told_of_is_found_within_a_day() {
    let sets = [DataSet::Rfis, DataSet::Locations, DataSet::Meetings];
    let project = Project::integrated(&sets).await;
    let sandbox = &project.live.site.sandbox;
    let rfi = project.a_record("rfis").await;
    let changed = json!({ "subject": "Which way is up?" });
    sandbox
        .edit_silently(project.id, "rfis", rfi, changed)
        .await;
    project.live_on(26).await;
    project.is_right().await;
    assert_eq!(project.repairs().await, 0);
    let reconciled: bool = sqlx::query_scalar(
        "select reconciled_at > integrated_at from project where project_id = $1",
    )
    .bind(project.id)
    .fetch_one(project.live.db())
    .await
    .unwrap();
    assert!(reconciled);
    sandbox.assert_no_violations().await;
}

/// Procore fails whenever one project is read: its turn comes and is never over.
#[tokio::test]
async fn one_that_is_not_read_again_in_time_is_found_and_so_is_its_end() {
    let project = Project::integrated(&[DataSet::Rfis, DataSet::Meetings]).await;
    let sandbox = &project.live.site.sandbox;
    project.live_on(40).await;
    assert_eq!(project.late().await, None, "it is read daily");

    let path = format!("/rest/v1.0/projects/{}/rfis", project.id);
    let fails = Fail::status(503).on(&path).times(10_000);
    sandbox.fail_next(fails).await;
    project.live_on(12).await;
    assert_eq!(project.late().await, None, "it may take that long");
    project.live_on(30).await;
    let name: String = sqlx::query_scalar("select name from project where project_id = $1")
        .bind(project.id)
        .fetch_one(project.live.db())
        .await
        .unwrap();
    let (count, of, names) = project.late().await.expect("an incident");
    assert_eq!((count, of), (1, 1));
    assert!(names[0].contains(&name), "{names:?}");

    sandbox.up().await;
    project.live_on(4).await;
    assert_eq!(project.late().await, None);
    project.is_right().await;
}

/// One of its lists shows fewer rows than Procore counts, and is read again until it comes whole.
#[tokio::test]
async fn one_with_a_list_that_does_not_come_whole_is_reconciled_like_the_others() {
    let project = Project::integrated(&[DataSet::Rfis, DataSet::Meetings]).await;
    let (live, sandbox) = (&project.live, &project.live.site.sandbox);
    let hidden = Change {
        hidden_rows: 1,
        ..Change::default()
    };
    let rfis = format!("/rest/v1.0/projects/{}/rfis", project.id);
    let short = Fail::change(hidden).on(&rfis).times(10_000);
    sandbox.fail_next(short).await;
    let (app, admin) = (&live.site.app, live.site.admin());
    act_on_project::sync_now(app, &admin, live.seen().await, project.id)
        .await
        .unwrap();
    live.catch_up().await;
    let reading = "select w.kind from work w join run r on r.run_id = w.key
                   where r.kind = 'reading' and r.state = 'waiting'";
    let reading: Vec<String> = sqlx::query_scalar(reading)
        .fetch_all(live.db())
        .await
        .unwrap();
    assert_eq!(reading, ["project_run"], "it waits among projects");

    sandbox.delete_project_hook(project.id).await;
    project.live_on(26).await;
    assert_eq!(project.repairs().await, 1);
    sandbox.up().await;
    project.live_on(26).await;
    project.is_right().await;
}

/// Another list comes short while one is read again: one run reads both.
#[tokio::test]
async fn all_that_comes_short_of_a_project_is_read_again_by_one_run() {
    let project = Project::integrated(&[DataSet::Rfis, DataSet::Submittals]).await;
    let (live, sandbox) = (&project.live, &project.live.site.sandbox);
    let short = |list: &str, version: &str| {
        let hidden = Change {
            hidden_rows: 1,
            ..Change::default()
        };
        let path = format!("/rest/{version}/projects/{}/{list}", project.id);
        Fail::change(hidden).on(&path).times(10_000)
    };
    sandbox.fail_next(short("rfis", "v1.0")).await;
    let (app, admin) = (&live.site.app, live.site.admin());
    act_on_project::sync_now(app, &admin, live.seen().await, project.id)
        .await
        .unwrap();
    live.catch_up().await;
    assert_eq!(project.read_again().await, ["sync:rfis"]);

    sandbox.fail_next(short("submittals", "v1.1")).await;
    for sql in [
        "update list_reading set complete_at = complete_at - interval '9 days',
                                 tried_at = tried_at - interval '9 days' where list = 'submittals'",
        "update project set reconciled_at = null where state = 'integrated'",
    ] {
        sqlx::query(sql).execute(live.db()).await.unwrap();
    }
    project.live_on(26).await;
    let both = ["sync:rfis", "sync:submittals"];
    assert_eq!(project.read_again().await, both);
    sandbox.up().await;
    project.live_on(26).await;
    assert_eq!(project.read_again().await, [""; 0]);
    project.is_right().await;
}

#[tokio::test]
async fn a_webhook_that_was_removed_or_disabled_is_set_up_again_and_what_was_missed_is_read() {
    let project = Project::integrated(&[DataSet::Rfis]).await;
    let sandbox = &project.live.site.sandbox;
    for (round, is_removed) in [(1, true), (2, false)] {
        match is_removed {
            true => sandbox.delete_project_hook(project.id).await,
            false => sandbox.set_project_hook_active(project.id, false).await,
        }
        let gone = project.a_record("rfis").await;
        sandbox
            .delete_project_record(project.id, "rfis", gone)
            .await;
        sandbox
            .create_project_record(project.id, "rfis", json!({}))
            .await;
        project.live.catch_up().await;
        project.live_on(26).await;
        project.is_right().await;
        assert_eq!(project.repairs().await, round);
    }
    sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn triggers_that_were_taken_away_are_set_again_and_a_second_webhook_goes() {
    let project = Project::integrated(&[DataSet::Rfis]).await;
    let sandbox = &project.live.site.sandbox;
    sandbox.delete_project_trigger(project.id).await;
    project.live_on(26).await;
    project.is_right().await;
    assert_eq!(project.repairs().await, 1);

    let hook = sandbox.project(project.id).await.hooks.remove(0);
    let second = format!("{}x", hook.destination_url);
    sandbox
        .create_project_hook(project.id, &hook.namespace, &second, &[("RFIs", "create")])
        .await;
    assert_eq!(sandbox.project(project.id).await.hooks.len(), 2);
    project.live_on(26).await;
    project.is_right().await;
    assert_eq!(project.repairs().await, 2);
}
