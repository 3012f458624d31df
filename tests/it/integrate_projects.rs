//! Projects are integrated: one webhook each, the exact triggers, every record once, with few calls.

use concierge::catalog::DataSet;
use concierge::flows::integrate_projects::NotIntegrated;
use concierge::ledger::plan::project_calls;
use procore_sandbox::testing::{Fail, SandboxOptions};

use crate::harness::app::work_until_nothing_is_due;
use crate::harness::live::Live;
use crate::harness::projects::{all_sets, widest};
use crate::harness::site::choices;

/// Calls that a small project with all data sets may take, and one for a catalog that no other shares.
const MOST_CALLS: u64 = 24;

#[tokio::test]
async fn a_project_is_integrated_whole_with_few_calls() {
    // The company's webhook announces people and companies already.
    let company = choices(&[DataSet::Projects, DataSet::People, DataSet::Companies]);
    let live = Live::connected(company, SandboxOptions::default().flag("projects", 3)).await;
    live.catch_up().await;
    live.only_projects().await;
    let project = live.project_ids().await[0];
    live.site
        .sandbox
        .control("requests/reset", serde_json::json!({}))
        .await;

    let integration = live.integrate(&[project], &all_sets()).await;
    assert_eq!(integration.queued, [project]);
    work_until_nothing_is_due(&live.site.app).await;

    let calls = live.calls().await;
    let told = project_calls(&all_sets()) as u64;
    assert_eq!(calls, told + 1, "and the catalog");
    assert!(calls <= MOST_CALLS, "{calls}");
    live.assert_project_is_right(project, &all_sets()).await;
    let hooks = live.site.sandbox.project(project).await.hooks;
    assert_eq!(hooks[0].triggers.len(), 31);
    live.site.sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn fifty_projects_share_a_catalog_and_the_last_wish_comes_first() {
    let company = choices(&[DataSet::Projects, DataSet::People, DataSet::Companies]);
    let live = Live::connected(company, SandboxOptions::default().flag("projects", 50)).await;
    live.catch_up().await;
    live.only_projects().await;
    let projects = live.project_ids().await;
    live.site
        .sandbox
        .control("requests/reset", serde_json::json!({}))
        .await;

    live.integrate(&projects[..49], &all_sets()).await;
    live.site.advance(1).await;
    let last = projects[49];
    live.integrate(&[last], &all_sets()).await;
    work_until_nothing_is_due(&live.site.app).await;

    let calls = live.calls().await;
    let told = 50 * project_calls(&all_sets()) as u64;
    assert_eq!(calls, told + 1, "and the catalog, once");
    for project in &projects {
        live.assert_project_is_right(*project, &all_sets()).await;
    }
    let first: i64 = sqlx::query_scalar(
        "select project_id from run where kind = 'project' order by run_id limit 1",
    )
    .fetch_one(live.db())
    .await
    .unwrap();
    assert_eq!(first, last, "asked for last, begun first");
    live.site.sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn only_what_is_shown_and_open_is_integrated_and_only_once() {
    let live = Live::with_projects(4).await;
    live.catch_up().await;
    live.only_projects().await;
    let ids = live.project_ids().await;
    let [open, closed, withdrawn, template] = ids[..4] else {
        panic!("four projects")
    };
    for (project, change) in [
        (
            closed,
            "update project set is_active = false where project_id = $1",
        ),
        (
            withdrawn,
            "update project set hidden_at = now() where project_id = $1",
        ),
        (
            template,
            "update project set is_template = true where project_id = $1",
        ),
    ] {
        sqlx::query(change)
            .bind(project)
            .execute(live.db())
            .await
            .unwrap();
    }
    let sets = choices(&[DataSet::Rfis]);
    let wish = [closed, open, 7, withdrawn, template, open];
    let integration = live.integrate(&wish, &sets).await;
    assert_eq!(integration.queued, [open]);
    assert_eq!(
        integration.left_out,
        [
            (closed, NotIntegrated::Inactive),
            (7, NotIntegrated::NotShown),
            (withdrawn, NotIntegrated::NotShown),
            (template, NotIntegrated::Template),
        ]
    );
    let again = live.integrate(&[open], &widest()).await;
    assert_eq!(again.left_out, [(open, NotIntegrated::Already)]);
    work_until_nothing_is_due(&live.site.app).await;
    live.assert_project_is_right(open, &sets).await;
}

#[tokio::test]
async fn a_refused_data_set_is_partial_until_it_is_allowed() {
    let live = Live::with_projects(1).await;
    live.catch_up().await;
    live.only_projects().await;
    let project = live.project_ids().await[0];
    let sandbox = &live.site.sandbox;
    sandbox.switch_project_tool(project, "rfi", false).await;
    sandbox.set_project_level(project, "drawings", "None").await;
    let sets = choices(&[DataSet::Rfis, DataSet::Drawings, DataSet::Meetings]);
    live.integrate(&[project], &sets).await;
    work_until_nothing_is_due(&live.site.app).await;

    assert_eq!(live.project_states().await[&project], "integrating");
    let (state, code) = live.project_run(project).await;
    assert_eq!(
        (state.as_str(), code.as_deref()),
        ("needs_person", Some("PC-PROJECT-TOOL"))
    );
    let ledger = live.project_ledger(project).await;
    let state = |name: &str| {
        let entry = ledger.iter().find(|(it, _)| it == name);
        entry.map(|(_, state)| state.as_str()).unwrap_or_default()
    };
    assert_eq!(
        [
            state("sync:rfis"),
            state("sync:drawings"),
            state("sync:meetings")
        ],
        ["partial", "partial", "done"]
    );
    assert_eq!(
        sandbox
            .requests("GET", "/rest/v1.0/projects/{project_id}/rfis")
            .await,
        0
    );

    sandbox.switch_project_tool(project, "rfi", true).await;
    sandbox
        .set_project_level(project, "drawings", "Read Only")
        .await;
    live.site.advance(24 * 60 * 60).await;
    live.only_projects().await;
    work_until_nothing_is_due(&live.site.app).await;
    live.assert_project_is_right(project, &sets).await;
}

#[tokio::test]
async fn a_level_that_is_lost_half_way_leaves_its_data_set_partial() {
    let live = Live::with_projects(1).await;
    live.catch_up().await;
    live.only_projects().await;
    let project = live.project_ids().await[0];
    let path = format!("/rest/v1.1/projects/{project}/submittals");
    let lost = serde_json::json!({ "tool": "meetings", "level": "None", "project_id": project });
    let sandbox = &live.site.sandbox;
    sandbox.fail_next(Fail::then("level", lost).on(&path)).await;
    let sets = choices(&[DataSet::Submittals, DataSet::Meetings]);
    live.integrate(&[project], &sets).await;
    work_until_nothing_is_due(&live.site.app).await;
    let (state, code) = live.project_run(project).await;
    assert_eq!(
        (state.as_str(), code.as_deref()),
        ("needs_person", Some("PC-LEVEL:meetings"))
    );
    assert_eq!(live.project_states().await[&project], "integrating");

    sandbox
        .set_project_level(project, "meetings", "Read Only")
        .await;
    live.site.advance(24 * 60 * 60).await;
    live.only_projects().await;
    work_until_nothing_is_due(&live.site.app).await;
    live.assert_project_is_right(project, &sets).await;
}

#[tokio::test]
async fn a_project_that_is_closed_in_between_waits_until_it_is_open_again() {
    let live = Live::with_projects(2).await;
    live.catch_up().await;
    live.only_projects().await;
    let projects = live.project_ids().await;
    let project = projects[0];
    let path = format!("/rest/v1.0/projects/{project}/rfis");
    let closed =
        serde_json::json!({ "dataset": "projects", "action": "deactivate", "id": project });
    let sandbox = &live.site.sandbox;
    sandbox
        .fail_next(Fail::then("records", closed).on(&path))
        .await;
    let sets = choices(&[DataSet::Rfis, DataSet::Meetings]);
    live.integrate(&projects, &sets).await;
    work_until_nothing_is_due(&live.site.app).await;
    assert_eq!(live.project_run(project).await.0, "needs_person");
    live.assert_project_is_right(projects[1], &sets).await;

    sandbox.reopen_project(project).await;
    live.site.advance(24 * 60 * 60).await;
    live.only_projects().await;
    live.catch_up().await;
    live.assert_project_is_right(project, &sets).await;
}
