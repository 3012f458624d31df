//! What becomes of projects that are integrated: events, changes, removal, and crashes on the way.

mod going_on;
mod killed;
mod older_app;
mod removed;

use std::sync::Arc;

use chrono::TimeDelta;
use concierge::catalog::DataSet;
use concierge::engine::FaultInjector;
use concierge::flows::act_on_project;
use concierge::identity::RunId;
use concierge::worker;
use procore_sandbox::testing::Fail;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::harness::app::work_until_nothing_is_due;
use crate::harness::faults::EndAt;
use crate::harness::live::Live;
use crate::harness::site::choices;
use crate::locks::until_somebody_waits;

const DAY: i64 = 24 * 60 * 60;

impl Live {
    /// A firm with one integrated project; gives its number.
    async fn with_one(sets: &[DataSet]) -> (Self, i64) {
        let live = Self::with_projects(2).await;
        live.catch_up().await;
        live.only_projects().await;
        let project = live.project_ids().await[0];
        live.integrate(&[project], &choices(sets)).await;
        live.catch_up().await;
        assert_eq!(live.project_states().await[&project], "integrated");
        (live, project)
    }

    /// The run of a project that is not over, as a worker under `faults` takes it up.
    async fn carry_out(&self, run: RunId, faults: &Arc<EndAt>) {
        let faults: &dyn FaultInjector = faults.as_ref();
        let stop = CancellationToken::new();
        worker::carry_out(&self.site.app, faults, &stop, self.site.firm, run)
            .await
            .unwrap();
    }

    async fn open_run(&self, project: i64) -> Option<RunId> {
        sqlx::query_scalar(
            "select run_id from run where project_id = $1 and state not in ('done', 'abandoned')",
        )
        .bind(project)
        .fetch_optional(self.db())
        .await
        .unwrap()
    }

    async fn count(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(self.db()).await.unwrap()
    }
}

#[tokio::test]
async fn a_worker_that_ends_anywhere_leaves_no_trace() {
    let live = Live::with_projects(200).await;
    live.catch_up().await;
    live.only_projects().await;
    let sets = choices(&[DataSet::Rfis, DataSet::PrimeContracts]);
    let mut point = 0;
    for project in live.project_ids().await {
        live.integrate(&[project], &sets).await;
        // The queue is worked on; the run is left to the worker that ends.
        sqlx::query("delete from work where kind = 'project_run'")
            .execute(live.db())
            .await
            .unwrap();
        let worker = worker::new(live.site.app.clone(), CancellationToken::new());
        for (lease, _place) in worker.claim().await.unwrap() {
            if lease.kind == "integrate_projects" {
                worker.attend(&lease).await;
            }
        }
        let run = live.open_run(project).await.expect("it is begun");
        let faults = EndAt::new(point);
        live.carry_out(run, &faults).await;
        let is_over = !faults.has_ended();
        work_until_nothing_is_due(&live.site.app).await;
        live.assert_project_is_right(project, &sets).await;
        if is_over {
            assert!(point > 20, "{point}");
            live.site.sandbox.assert_no_violations().await;
            return;
        }
        point += 1;
    }
    panic!("after {point} points it still ends");
}

#[tokio::test]
async fn throttled_projects_wait_and_are_all_there_in_the_end() {
    let live = Live::with_projects(8).await;
    live.catch_up().await;
    live.only_projects().await;
    let projects = live.project_ids().await;
    live.site.sandbox.throttle(0, 20).await;
    live.integrate(&projects, &choices(&[DataSet::Rfis, DataSet::Meetings]))
        .await;
    for _ in 0..60 {
        work_until_nothing_is_due(&live.site.app).await;
        live.site.advance(11).await;
        live.only_projects().await;
    }
    live.site.sandbox.throttle(0, 0).await;
    for project in projects {
        let sets = choices(&[DataSet::Rfis, DataSet::Meetings]);
        live.assert_project_is_right(project, &sets).await;
    }
}

#[tokio::test]
async fn what_a_project_follows_is_announced_by_the_company() {
    let (live, project) = Live::with_one(&[DataSet::ProjectPeople]).await;
    let hooks = live.site.sandbox.state().await.hooks;
    let company = hooks.iter().find(|hook| hook.project_id.is_none()).unwrap();
    let told = |event: &str| ("Company Users".to_owned(), event.to_owned());
    assert!(
        company.triggers.contains(&told("update")),
        "{:?}",
        company.triggers
    );
    let person: i64 = live
        .ours_of(project)
        .await
        .into_keys()
        .map(|(_, id)| id)
        .next()
        .expect("a person");
    let name = json!({ "job_title": "Foreman of the year" });
    live.site.sandbox.edit_record("users", person, name).await;
    live.catch_up().await;
    live.assert_project_is_right(project, &choices(&[DataSet::ProjectPeople]))
        .await;
    let ours = live.ours_of(project).await;
    let body = &ours[&("project_users".to_owned(), person)];
    assert_eq!(body["job_title"], "Foreman of the year");
}

/// Events may name commitments by ids of an older API, which the list does not know.
#[tokio::test]
async fn a_commitment_is_followed_though_its_events_name_it_otherwise() {
    let sets = choices(&[DataSet::Commitments]);
    let (live, project) = Live::with_one(&[DataSet::Commitments]).await;
    let sandbox = &live.site.sandbox;
    sandbox.set_contract_ids_differ(true).await;
    let ours = live.ours_of(project).await;
    let ids: Vec<i64> = ours.keys().map(|(_, id)| *id).collect();
    let [first, second, ..] = ids[..] else {
        panic!("two commitments: {ids:?}")
    };
    let status = json!({ "status": "Approved" });
    sandbox
        .edit_project_record(project, "commitments", first, status)
        .await;
    live.catch_up().await;
    live.assert_project_is_right(project, &sets).await;
    let changed = live.ours_of(project).await;
    let commitment = |id| ("commitments".to_owned(), id);
    assert_eq!(changed[&commitment(first)]["status"], "Approved");

    sandbox
        .delete_project_record(project, "commitments", second)
        .await;
    sandbox
        .create_project_record(project, "commitments", json!({ "title": "Steel" }))
        .await;
    live.catch_up().await;
    live.assert_project_is_right(project, &sets).await;
    let left = live.ours_of(project).await;
    assert!(!left.contains_key(&commitment(second)));
    assert_eq!(left.len(), ours.len(), "one went and one came");
    let unapplied = "select count(*) from event where outcome is distinct from 'applied'";
    assert_eq!(live.count(unapplied).await, 0);
    sandbox.assert_no_violations().await;
}

/// Procore does not answer for the project when the company announces the person: the event waits.
#[tokio::test]
async fn an_event_waits_until_every_project_has_followed() {
    let (live, project) = Live::with_one(&[DataSet::ProjectPeople]).await;
    let (_, person) = live.ours_of(project).await.into_keys().next().unwrap();
    let path = format!("/rest/v1.0/projects/{project}/users/{person}");
    live.site
        .sandbox
        .fail_next(Fail::status(404).on(&path))
        .await;
    let name = json!({ "job_title": "Surveyor" });
    live.site.sandbox.edit_record("users", person, name).await;
    live.catch_up().await;
    let waiting = "select count(*) from event where handled_at is null";
    assert_eq!(live.count(waiting).await, 1);
    live.site.advance(TimeDelta::minutes(1).num_seconds()).await;
    live.catch_up().await;
    assert_eq!(live.count(waiting).await, 0);
    live.assert_project_is_right(project, &choices(&[DataSet::ProjectPeople]))
        .await;
}

/// A person who had gone from a project is back there, and only the company announces it.
#[tokio::test]
async fn a_person_who_was_gone_is_followed() {
    let (live, project) = Live::with_one(&[DataSet::ProjectPeople]).await;
    let (_, person) = live.ours_of(project).await.into_keys().next().unwrap();
    sqlx::query("update record set gone_at = as_of where project_id = $1 and procore_id = $2")
        .bind(project)
        .bind(person)
        .execute(live.db())
        .await
        .unwrap();
    live.site
        .sandbox
        .edit_record("users", person, json!({ "job_title": "Back" }))
        .await;
    live.catch_up().await;
    live.assert_project_is_right(project, &choices(&[DataSet::ProjectPeople]))
        .await;
}

/// Changes are locked before the row of the project, as a reading of the list of projects does.
#[tokio::test]
async fn an_event_of_a_project_waits_for_changes_before_it_locks_the_project() {
    let (live, project) = Live::with_one(&[DataSet::Rfis]).await;
    let rfi = live.ours_of(project).await.into_keys().next().unwrap().1;
    let mut reading = live.db().begin().await.unwrap();
    sqlx::query("select from lock_changes($1)")
        .bind(live.site.firm)
        .execute(&mut *reading)
        .await
        .unwrap();
    let subject = json!({ "subject": "Which anchor bolts?" });
    live.site
        .sandbox
        .edit_project_record(project, "rfis", rfi, subject)
        .await;
    live.site.sandbox.settled_deliveries().await;
    let app = live.site.app.clone();
    let applying = tokio::spawn(async move { work_until_nothing_is_due(&app).await });
    until_somebody_waits(live.db()).await;
    let row = "select from project where project_id = $1 for update nowait";
    let locked = sqlx::query(row).bind(project).execute(&mut *reading).await;
    assert!(locked.is_ok(), "{locked:?}");
    reading.commit().await.unwrap();
    applying.await.unwrap();
    live.assert_project_is_right(project, &choices(&[DataSet::Rfis]))
        .await;
}

#[tokio::test]
async fn a_project_that_did_not_change_is_not_written() {
    let live = Live::with_projects(1).await;
    for (sql, name) in [
        ("update project set name = 'Ours'", "Ours"),
        (
            "update record set body = body, gone_at = gone_at where kind = 'projects'",
            "Ours",
        ),
    ] {
        sqlx::query(sql).execute(live.db()).await.unwrap();
        let is: String = sqlx::query_scalar("select name from project")
            .fetch_one(live.db())
            .await
            .unwrap();
        assert_eq!(is, name, "{sql}");
    }
    sqlx::query("update record set body = body, body_hash = 'x' where kind = 'projects'")
        .execute(live.db())
        .await
        .unwrap();
    let is: String = sqlx::query_scalar("select name from project")
        .fetch_one(live.db())
        .await
        .unwrap();
    assert_ne!(is, "Ours");
}

#[tokio::test]
async fn a_change_of_the_data_reads_what_is_new_and_deletes_the_rest() {
    let (live, project) = Live::with_one(&[DataSet::Rfis, DataSet::Meetings]).await;
    let (app, admin) = (&live.site.app, live.site.admin());
    let after = choices(&[DataSet::Meetings, DataSet::Locations]);
    act_on_project::change(app, &admin, live.seen().await, project, &after)
        .await
        .unwrap();
    live.catch_up().await;
    live.assert_project_is_right(project, &after).await;
    let hooks = live.site.sandbox.project(project).await.hooks;
    let told: Vec<&str> = hooks[0].triggers.iter().map(|it| it.0.as_str()).collect();
    assert_eq!(told, [["Locations"; 3], ["Meetings"; 3]].concat());

    live.site
        .sandbox
        .edit_silently(
            project,
            "meetings",
            meeting(&live, project).await,
            json!({ "title": "Kick-off" }),
        )
        .await;
    act_on_project::sync_now(app, &admin, live.seen().await, project)
        .await
        .unwrap();
    live.catch_up().await;
    live.assert_project_is_right(project, &after).await;
}

/// What could not be read goes with its data set, and the timeline says what was done.
#[tokio::test]
async fn a_change_leaves_no_unread_rows_and_each_run_is_told_as_what_it_was() {
    let (live, project) = Live::with_one(&[DataSet::Rfis, DataSet::Meetings]).await;
    let unread =
        "insert into unread_record (firm_id, connection_id, data_set, kind, project_id, hash,
                                             body, first_seen_at, last_seen_at)
                  select firm_id, connection_id, set, set, $1, 'x', '', now(), now()
                  from connection cross join unnest(array['rfis', 'meetings']) as set";
    sqlx::query(unread)
        .bind(project)
        .execute(live.db())
        .await
        .unwrap();
    let (app, admin) = (&live.site.app, live.site.admin());
    let after = choices(&[DataSet::Rfis]);
    act_on_project::change(app, &admin, live.seen().await, project, &after)
        .await
        .unwrap();
    live.catch_up().await;
    let meetings = "select count(*) from unread_record where data_set = 'meetings'";
    assert_eq!(live.count(meetings).await, 0);
    act_on_project::sync_now(app, &admin, live.seen().await, project)
        .await
        .unwrap();
    live.catch_up().await;
    let told: Vec<String> = sqlx::query_scalar(
        "select verb from activity
         where verb in ('project.integrated', 'project.changed', 'project.synced')
         order by activity_id",
    )
    .fetch_all(live.db())
    .await
    .unwrap();
    assert_eq!(
        told,
        ["project.integrated", "project.changed", "project.synced"]
    );
}

/// A deletion that is met again is no change, and what was never ours does not become so.
#[tokio::test]
async fn what_was_deleted_is_told_once_and_only_of_what_was_ours() {
    let (live, project) = Live::with_one(&[DataSet::Rfis]).await;
    let kept = live.ours_of(project).await.into_keys().next().unwrap().1;
    let unknown = live
        .site
        .sandbox
        .create_project_record(project, "rfis", json!({}))
        .await;
    live.site
        .sandbox
        .delete_project_record(project, "rfis", unknown)
        .await;
    live.site
        .sandbox
        .delete_project_record(project, "rfis", kept)
        .await;
    live.catch_up().await;
    let state = "select coalesce(max(change), 0) from record where project_id <> 0";
    let before = live.count(state).await;
    for _ in 0..2 {
        read_deletions(&live, project).await;
        assert_eq!(live.count(state).await, before, "no new change");
    }
    let known: i64 =
        sqlx::query_scalar("select count(*) from record where procore_id = $1 and kind = 'rfis'")
            .bind(unknown)
            .fetch_one(live.db())
            .await
            .unwrap();
    assert_eq!(known, 0, "it came and went before it was read");
}

/// What changed and what was deleted in the project is read, as after many pages.
async fn read_deletions(live: &Live, project: i64) {
    let (app, admin) = (&live.site.app, live.site.admin());
    act_on_project::sync_now(app, &admin, live.seen().await, project)
        .await
        .unwrap();
    let worker = worker::new(app.clone(), CancellationToken::new());
    let run = live.open_run(project).await.expect("a run");
    // Several pages were read, says the cursor, so the changes are read, too.
    let until_catch_up = EndAt::new(usize::MAX);
    sqlx::query("update action set state = 'done', cursor = null, started_at = now() where run_id = $1 and name like 'sync:%'")
        .bind(run)
        .execute(live.db())
        .await
        .unwrap();
    live.carry_out(run, &until_catch_up).await;
    drop(worker);
    live.catch_up().await;
}

async fn meeting(live: &Live, project: i64) -> i64 {
    let ours = live.ours_of(project).await;
    let mut ids = ours.into_keys().filter(|(kind, _)| kind == "meetings");
    ids.next().expect("a meeting").1
}
