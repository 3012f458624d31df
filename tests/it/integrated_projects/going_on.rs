//! What stands in the way for a moment only, or comes late, leaves nothing undone and nothing behind.

use concierge::catalog::DataSet;
use concierge::flows::act_on_project;
use procore_sandbox::testing::{COMPANY_ID, Fail, SandboxOptions};
use serde_json::json;

use super::DAY;
use crate::harness::live::Live;
use crate::harness::site::choices;

/// For a moment the app is not connected, and no look sees it.
#[tokio::test]
async fn a_moment_without_access_holds_up_no_project() {
    let live = Live::with_projects(10).await;
    live.catch_up().await;
    live.only_projects().await;
    let sets = choices(&[DataSet::Rfis]);
    let refused = json!({ "errors": "App is not connected to this company" });
    let refused = Fail::status(403).body(refused).on("/rest/v1.0/tools");
    live.site.sandbox.fail_next(refused.times(3)).await;
    let projects = live.project_ids().await;
    live.integrate(&projects, &sets).await;
    live.catch_up().await;
    for project in projects {
        live.assert_project_is_right(project, &sets).await;
    }
    let met = "select count(*) from activity where verb = 'project.needs_person'";
    assert_eq!(live.count(met).await, 3);
    assert_eq!(live.count("select count(*) from incident").await, 0);
}

/// Procore creates the webhook after we gave up waiting for it, and the project is removed before.
#[tokio::test]
async fn a_webhook_that_comes_late_into_a_removed_project_is_removed_too() {
    let live = Live::with_projects(2).await;
    live.catch_up().await;
    live.only_projects().await;
    let project = live.project_ids().await[0];
    let hooks = format!("/rest/v2.0/companies/{COMPANY_ID}/projects/{project}/webhooks/hooks");
    let late = Fail::late(75).on(&hooks).method("POST");
    live.site.sandbox.fail_next(late).await;
    live.integrate(&[project], &choices(&[DataSet::Rfis])).await;
    live.catch_up().await;
    assert_eq!(live.project_run(project).await.0, "waiting");

    let (app, admin) = (&live.site.app, live.site.admin());
    act_on_project::remove(app, &admin, live.seen().await, project, true)
        .await
        .unwrap();
    live.catch_up().await;
    assert_eq!(live.project_states().await[&project], "removing");
    live.site.advance(80).await;
    assert_eq!(live.site.sandbox.project(project).await.hooks.len(), 1);
    live.site.advance(5 * 60).await;
    live.only_projects().await;
    live.catch_up().await;
    assert!(live.site.sandbox.project(project).await.hooks.is_empty());
    assert!(!live.project_states().await.contains_key(&project));
}

/// A project that waits for one of its lists has the others read again, though no reconcile takes it.
#[tokio::test]
async fn what_was_read_long_ago_is_read_again_while_another_list_is_refused() {
    let live = Live::with_projects(1).await;
    live.catch_up().await;
    live.only_projects().await;
    let (project, sandbox) = (live.project_ids().await[0], &live.site.sandbox);
    sandbox.set_project_level(project, "rfis", "None").await;
    let sets = choices(&[DataSet::Rfis, DataSet::Meetings]);
    live.integrate(&[project], &sets).await;
    live.catch_up().await;
    assert_eq!(live.project_run(project).await.0, "needs_person");
    let (_, meeting) = live.ours_of(project).await.into_keys().next().unwrap();
    let renamed = json!({ "title": "Handover of the roof" });
    sandbox
        .edit_silently(project, "meetings", meeting, renamed)
        .await;
    for _ in 0..8 {
        live.site.advance(DAY).await;
        live.only_projects().await;
        live.catch_up().await;
    }
    assert_eq!(live.project_run(project).await.0, "needs_person");
    let ours = live.ours_of(project).await;
    let meeting = &ours[&("meetings".to_owned(), meeting)];
    assert_eq!(meeting["title"], "Handover of the roof");
}

/// A person of many projects changes, and Procore's pace ends in the middle: each project is asked once.
#[tokio::test]
async fn a_change_that_many_projects_follow_goes_on_where_it_stopped() {
    // All projects have the same three people.
    let options = SandboxOptions::default().flag("projects", 6);
    let live = Live::connected(choices(&[DataSet::Projects]), options.flag("users", 3)).await;
    live.catch_up().await;
    live.only_projects().await;
    let projects = live.project_ids().await;
    let sets = choices(&[DataSet::ProjectPeople]);
    live.integrate(&projects, &sets).await;
    live.catch_up().await;
    live.site.advance(60).await;
    live.only_projects().await;

    let in_most = "select procore_id from record where kind = 'project_users'
                   group by procore_id order by count(*) desc, procore_id limit 1";
    let person = live.count(in_most).await;
    let there = "select distinct project_id from record
                 where kind = 'project_users' and procore_id = $1 order by project_id";
    let there: Vec<i64> = sqlx::query_scalar(there)
        .bind(person)
        .fetch_all(live.db())
        .await
        .unwrap();
    assert!(there.len() > 2, "{there:?}");
    let path = |project: i64| format!("/rest/v1.0/projects/{project}/users/{person}");
    let pace = Fail::throttle(60).on(&path(there[1]));
    live.site.sandbox.fail_next(pace).await;
    live.site.sandbox.control("requests/reset", json!({})).await;
    let title = json!({ "job_title": "Crane operator" });
    live.site.sandbox.edit_record("users", person, title).await;
    live.site.sandbox.settled_deliveries().await;
    live.site.advance(31).await;
    live.catch_up().await;
    live.site.advance(61).await;
    live.only_projects().await;
    live.catch_up().await;
    let people = "/rest/v1.0/projects/{project_id}/users/{id}";
    let asked = live.site.sandbox.requests("GET", people).await;
    assert_eq!(asked, there.len() as u64 + 1, "one of them twice");
    for project in &there {
        let ours = live.ours_of(*project).await;
        let shown = &ours[&("project_users".to_owned(), person)];
        assert_eq!(shown["job_title"], "Crane operator", "in {project}");
    }
    let waiting = "select count(*) from event where handled_at is null";
    assert_eq!(live.count(waiting).await, 0);
}

/// A project still shows somebody whose deletion was announced: that may come from before, so it is asked again.
#[tokio::test]
async fn what_a_project_still_shows_of_a_deleted_person_is_asked_again() {
    let (live, project) = Live::with_one(&[DataSet::ProjectPeople]).await;
    let (_, person) = live.ours_of(project).await.into_keys().next().unwrap();
    live.site.advance(60).await;
    live.only_projects().await;
    let deleted = json!({
        "id": "01DELETED", "resource_type": "Company Users", "reason": "deleted",
        "resource_id": person.to_string(), "company_id": COMPANY_ID.to_string(),
    });
    let (address, authorization) = (&live.address, &live.authorization);
    let status = live
        .deliver(address, authorization, &deleted.to_string())
        .await;
    assert_eq!(status, 204);
    let people = "/rest/v1.0/projects/{project_id}/users/{id}";
    for times in 1..=2 {
        live.site.advance(31).await;
        live.only_projects().await;
        live.catch_up().await;
        let asked = live.site.sandbox.requests("GET", people).await;
        assert_eq!(asked, times);
    }
}

/// Procore copies a project with our webhook, which leads to the address of the original.
#[tokio::test]
async fn a_copy_of_an_integrated_project_becomes_one_of_its_own() {
    let (live, original) = Live::with_one(&[DataSet::Rfis]).await;
    let (sandbox, sets) = (&live.site.sandbox, choices(&[DataSet::Rfis]));
    let copy = sandbox.clone_project(original).await;
    sandbox
        .create_project_record(copy, "rfis", json!({ "subject": "In the copy" }))
        .await;
    live.catch_up().await;
    assert!(
        live.project_ids().await.contains(&copy),
        "it was announced as new"
    );
    let of_copy = "select count(*) from event where outcome = 'not_chosen'";
    assert_eq!(live.count(of_copy).await, 1);
    live.assert_project_is_right(original, &sets).await;
    assert!(live.ours_of(copy).await.is_empty());

    live.integrate(&[copy], &sets).await;
    live.catch_up().await;
    for project in [original, copy] {
        live.assert_project_is_right(project, &sets).await;
    }
    let (app, admin) = (&live.site.app, live.site.admin());
    act_on_project::remove(app, &admin, live.seen().await, original, true)
        .await
        .unwrap();
    live.catch_up().await;
    assert!(sandbox.project(original).await.hooks.is_empty());
    live.assert_project_is_right(copy, &sets).await;
    sandbox
        .create_project_record(copy, "rfis", json!({ "subject": "Once more" }))
        .await;
    live.catch_up().await;
    live.assert_project_is_right(copy, &sets).await;
    sandbox.assert_no_violations().await;
}
