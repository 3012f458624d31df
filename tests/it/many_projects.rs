//! Many projects at once, with two workers and through trouble.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use chrono::Utc;
use concierge::app::App;
use concierge::catalog::DataSet;
use concierge::flows::act_on_project;
use concierge::ledger::plan::project_calls;
use concierge::worker;
use procore_sandbox::testing::Fail;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::harness::app::work_until_nothing_is_due;
use crate::harness::live::Live;
use crate::harness::program::{Program, Running};
use crate::harness::site::choices;

const DAY: i64 = 24 * 60 * 60;
/// How long no project may be finished before processes count as stuck.
const STANDSTILL: Duration = Duration::from_secs(120);

/// Two workers do what is due, each with a thread of its own.
async fn two_workers(app: &App) {
    let works = |app: App| tokio::spawn(async move { work_until_nothing_is_due(&app).await });
    let (one, other) = (works(app.clone()), works(app.clone()));
    one.await.unwrap();
    other.await.unwrap();
    // What one had when the other found nothing more to do.
    work_until_nothing_is_due(app).await;
}

impl Live {
    async fn reset_calls(&self) {
        self.site.sandbox.control("requests/reset", json!({})).await;
    }

    async fn integrated(&self) -> i64 {
        sqlx::query_scalar("select count(*) from project where state = 'integrated'")
            .fetch_one(self.db())
            .await
            .unwrap()
    }

    /// Each of these projects has one webhook, which is ours, and every one of its records is in our copy
    /// once.
    async fn assert_all_are_there(&self, projects: &[i64], records_each: i64) {
        let state = self.site.sandbox.state().await;
        let mut hooks: BTreeMap<i64, Vec<&str>> = BTreeMap::new();
        for hook in &state.hooks {
            if let Some(project) = hook.project_id {
                hooks.entry(project).or_default().push(&hook.id);
            }
        }
        let ours: Vec<(i64, String, bool)> = sqlx::query_as(
            "select project_id, procore_id, pending is null from hook
             where project_id <> 0 and removed_at is null order by project_id",
        )
        .fetch_all(self.db())
        .await
        .unwrap();
        let theirs: Vec<(i64, String, bool)> = hooks
            .into_iter()
            .flat_map(|(project, ids)| {
                ids.into_iter()
                    .map(move |id| (project, id.to_owned(), true))
            })
            .collect();
        assert_eq!(ours, theirs);
        let with_hook: Vec<i64> = ours.into_iter().map(|(project, ..)| project).collect();
        assert_eq!(with_hook, projects);
        let odd: Vec<(i64, i64)> = sqlx::query_as(
            "select p.project_id, count(r.procore_id)
             from project p left join record r on r.project_id = p.project_id and r.gone_at is null
             where p.state = 'integrated' group by p.project_id having count(r.procore_id) <> $1",
        )
        .bind(records_each)
        .fetch_all(self.db())
        .await
        .unwrap();
        assert!(odd.is_empty(), "{odd:?}");
    }
}

/// However the database reads the queue, the last wish does not wait for thousands.
#[tokio::test]
async fn a_few_of_two_thousand_projects_are_begun_at_a_time() {
    let live = Live::with_projects(2_000).await;
    live.catch_up().await;
    live.only_projects().await;
    let projects = live.project_ids().await;
    live.integrate(&projects, &choices(&[DataSet::Locations]))
        .await;
    let worker = worker::new(live.site.app.clone(), CancellationToken::new());
    for (lease, _place) in worker.claim().await.unwrap() {
        if lease.kind == "integrate_projects" {
            worker.attend(&lease).await;
        }
    }
    let states = live.project_states().await;
    let begun = states.values().filter(|state| *state == "integrating");
    assert_eq!((begun.count(), states.len()), (6, 2_000));
}

/// Procore slows us down, closes a project, takes a level away, and one is removed again, all while two
/// workers bring fifty projects.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_projects_come_through_trouble() {
    let live = Live::with_projects(50).await;
    live.catch_up().await;
    live.only_projects().await;
    let sets = choices(&[DataSet::Rfis, DataSet::Meetings]);
    let projects = live.project_ids().await;
    let [closed, lost, removed] = projects[..3] else {
        panic!("three projects")
    };
    let sandbox = &live.site.sandbox;
    let first_list = |project| format!("/rest/v1.0/projects/{project}/rfis");
    let close = json!({ "dataset": "projects", "action": "deactivate", "id": closed });
    let level = json!({ "tool": "meetings", "level": "None", "project_id": lost });
    for (project, command, fields) in [(closed, "records", close), (lost, "level", level)] {
        let fail = Fail::then(command, fields).on(&first_list(project));
        sandbox.fail_next(fail).await;
    }
    sandbox
        .fail_next(Fail::throttle(60).on(&first_list(removed)))
        .await;
    sandbox.throttle(0, 60).await;
    live.integrate(&projects, &sets).await;
    let (app, admin) = (&live.site.app, live.site.admin());
    let mut is_removed = false;
    for _ in 0..20 {
        two_workers(app).await;
        let states = live.project_states().await;
        if !is_removed && states.get(&removed).is_some_and(|it| it == "integrating") {
            is_removed = true;
            act_on_project::remove(app, &admin, live.seen().await, removed, true)
                .await
                .unwrap();
        }
        live.site.advance(11).await;
        live.only_projects().await;
    }
    assert!(is_removed, "it was under way");
    let states = live.project_states().await;
    let stopped = [closed, lost].map(|it| states[&it].as_str());
    assert_eq!(stopped, ["integrating"; 2]);
    sandbox.throttle(0, 0).await;
    sandbox.reopen_project(closed).await;
    sandbox
        .set_project_level(lost, "meetings", "Read Only")
        .await;
    live.site.advance(DAY).await;
    live.only_projects().await;
    live.catch_up().await;

    for project in projects.iter().filter(|it| **it != removed) {
        live.assert_project_is_right(*project, &sets).await;
    }
    assert!(!live.project_states().await.contains_key(&removed));
    assert!(sandbox.project(removed).await.hooks.is_empty());
    assert!(live.ours_of(removed).await.is_empty());
}

/// A worker as a process of its own.
fn process(live: &Live) -> Running {
    let public = live.site.app.config.public_url.as_str();
    Program::new(&["serve", "--role", "worker"])
        .at(&live.site, &live.site.sandbox.url)
        .env("CONCIERGE_PUBLIC_URL", public.trim_end_matches('/'))
        .start()
}

/// Waits until so many projects are integrated, as long as there is progress.
async fn until_integrated(live: &Live, projects: i64) {
    let (mut known, mut since) = (-1, Instant::now());
    loop {
        let integrated = live.integrated().await;
        if integrated >= projects {
            return;
        }
        if integrated > known {
            (known, since) = (integrated, Instant::now());
        }
        assert!(since.elapsed() < STANDSTILL, "{integrated} of {projects}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Two processes at a time, each pair killed at once in the middle of its work, while two thousand projects wait for
/// their turn. One data set is enough to prove it: what differs between data sets is proven with few projects; and so
/// are some hundreds of them: the others are taken as these were.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_that_are_killed_leave_no_trace_among_two_thousand_projects() {
    let live = Live::with_projects(2_000).await;
    live.catch_up().await;
    live.only_projects().await;
    // Processes go by the time of day.
    let to_today = Utc::now() - live.site.clock.now();
    live.site.advance(to_today.num_seconds()).await;
    live.only_projects().await;
    let sets = choices(&[DataSet::Locations]);
    let projects = live.project_ids().await;
    live.reset_calls().await;
    live.integrate(&projects, &sets).await;
    for until in [60, 140, 220] {
        let running = [process(&live), process(&live)];
        until_integrated(&live, until).await;
        for killed in running {
            killed.kill().await;
        }
        // The leases of a process that is no more lapse.
        sqlx::query("update work set lease_until = 'epoch' where lease_until is not null")
            .execute(live.db())
            .await
            .unwrap();
    }
    let running = [process(&live), process(&live)];
    until_integrated(&live, 300).await;
    for ends in running {
        ends.signal("TERM").await;
        assert_eq!(ends.ends().await, 0);
    }
    // Those that are begun come to their end, the others to nothing.
    let waiting =
        sqlx::query("update project set state = null, settings = null where state = 'queued'");
    let waiting = waiting.execute(live.db()).await.unwrap().rows_affected();
    assert!(waiting > 1_500, "{waiting} were not begun");
    live.site.sandbox.forget_tokens().await;
    live.site.advance(10 * 60).await;
    live.only_projects().await;
    work_until_nothing_is_due(&live.site.app).await;
    let states = live.project_states().await;
    assert!(states.values().all(|it| it == "integrated"), "{states:?}");
    let begun: Vec<i64> = states.into_keys().collect();
    assert_eq!(begun.len() as u64 + waiting, 2_000);
    let calls = live.calls().await;
    let fewest = begun.len() as u64 * project_calls(&sets) as u64;
    let most = fewest + begun.len() as u64;
    assert!(calls <= most, "{calls} calls, {fewest} are the fewest");
    let records = live.ours_of(begun[0]).await.len() as i64;
    assert!(records > 0);
    live.assert_all_are_there(&begun, records).await;
    for project in begun.iter().step_by(50) {
        live.assert_project_is_right(*project, &sets).await;
    }
    live.site.sandbox.assert_no_violations().await;
}
