//! Projects that are given back: removed by the firm, or with the whole company.

use concierge::catalog::DataSet;
use concierge::flows::{act_on_project, disconnect};
use procore_sandbox::testing::{COMPANY_NAME, Fail};
use serde_json::{Value, json};

use super::DAY;
use crate::harness::live::Live;
use crate::harness::projects::all_sets;
use crate::harness::site::choices;

#[tokio::test]
async fn a_removed_project_leaves_nothing_and_may_come_again() {
    let (live, project) = Live::with_one(&[DataSet::Rfis, DataSet::Meetings]).await;
    let other = live.project_ids().await[1];
    let sets = choices(&[DataSet::Rfis]);
    live.integrate(&[other], &sets).await;
    live.catch_up().await;
    let (app, admin) = (&live.site.app, live.site.admin());
    for _ in 0..2 {
        act_on_project::remove(app, &admin, live.seen().await, project, true)
            .await
            .unwrap();
        live.catch_up().await;
    }
    assert!(live.site.sandbox.project(project).await.hooks.is_empty());
    assert!(live.ours_of(project).await.is_empty());
    assert!(!live.project_states().await.contains_key(&project));
    live.assert_project_is_right(other, &sets).await;

    live.integrate(&[project], &sets).await;
    live.catch_up().await;
    live.assert_project_is_right(project, &sets).await;
    act_on_project::remove(app, &admin, live.seen().await, project, false)
        .await
        .unwrap();
    live.catch_up().await;
    assert!(!live.ours_of(project).await.is_empty(), "the data is kept");
    live.site.sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn a_webhook_of_a_closed_project_is_tried_again_until_it_is_gone() {
    let (live, project) = Live::with_one(&[DataSet::Rfis]).await;
    live.site.sandbox.close_project(project).await;
    let (app, admin) = (&live.site.app, live.site.admin());
    act_on_project::remove(app, &admin, live.seen().await, project, true)
        .await
        .unwrap();
    live.catch_up().await;
    assert_eq!(live.project_states().await[&project], "removing");
    assert!(
        live.ours_of(project).await.is_empty(),
        "the data goes all the same"
    );
    let left: Value = sqlx::query_scalar("select outcome from action where name = 'remove_hooks'")
        .fetch_one(live.db())
        .await
        .unwrap();
    let hook = live.site.sandbox.project(project).await.hooks.remove(0);
    assert_eq!(left["left"], json!([hook.id]));

    live.site.sandbox.reopen_project(project).await;
    live.site.advance(DAY).await;
    live.only_projects().await;
    live.catch_up().await;
    assert!(live.site.sandbox.project(project).await.hooks.is_empty());
    assert!(!live.project_states().await.contains_key(&project));
}

#[tokio::test]
async fn a_project_may_be_removed_while_it_is_being_integrated() {
    let live = Live::with_projects(1).await;
    live.catch_up().await;
    live.only_projects().await;
    let project = live.project_ids().await[0];
    live.site
        .sandbox
        .fail_next(Fail::throttle(60).on(&format!("/rest/v1.0/projects/{project}/rfis")))
        .await;
    live.integrate(&[project], &all_sets()).await;
    live.catch_up().await;
    assert_eq!(live.project_states().await[&project], "integrating");
    let (app, admin) = (&live.site.app, live.site.admin());
    act_on_project::remove(app, &admin, live.seen().await, project, true)
        .await
        .unwrap();
    live.site.advance(3 * 60).await;
    live.only_projects().await;
    live.catch_up().await;
    assert!(live.site.sandbox.project(project).await.hooks.is_empty());
    assert!(live.ours_of(project).await.is_empty());
    assert!(live.project_states().await.is_empty());
}

#[tokio::test]
async fn disconnecting_the_company_takes_its_projects_back() {
    let (live, project) = Live::with_one(&[DataSet::Rfis]).await;
    let (app, admin) = (&live.site.app, live.site.admin());
    disconnect::run(app, &admin, live.seen().await, COMPANY_NAME, true)
        .await
        .unwrap();
    live.site.advance(600).await;
    live.catch_up().await;
    assert!(live.site.sandbox.project(project).await.hooks.is_empty());
    assert_eq!(live.site.sandbox.state().await.hooks, []);
    for left in [
        "select count(*) from project",
        "select count(*) from list_reading",
        "select count(*) from record",
        "select count(*) from project_catalog",
        "select count(*) from project_count",
        "select count(*) from project_change",
    ] {
        assert_eq!(live.count(left).await, 0, "{left}");
    }
}
