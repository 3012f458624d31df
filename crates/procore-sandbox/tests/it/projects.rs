//! Which projects there are, which of them the app sees, and whether they are ready.

use std::time::Instant;

use http::StatusCode;
use serde_json::{Value, json};

use crate::caller::{Caller, header};
use procore_sandbox::testing::{PROJECT_ID, Sandbox, SandboxOptions};

const TOOLS: &str = "/rest/v1.0/tools?project_id=562949953421312";
const MANIFEST: &str = "/rest/v1.0/settings/permissions?project_id=562949953421312";
const RFIS: &str = "/rest/v1.0/projects/562949953421312/rfis";
const PROJECT: &str = "/rest/v1.0/projects/562949953421312?company_id=5358233";

async fn status(caller: &Caller<'_>, path: &str) -> u16 {
    caller.get(path).await.status().as_u16()
}

/// The id of the app's own user, with the address of its assignments.
async fn assignments(caller: &Caller<'_>) -> String {
    let me = caller.json("/rest/v1.3/companies/5358233/me").await;
    format!(
        "/rest/v1.0/companies/5358233/users/{}/project_assignments",
        me["id"]
    )
}

#[tokio::test]
async fn one_call_tells_whether_a_project_is_ready_unless_it_is_refused() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await;
    let caller = Caller::of(&sandbox).await;
    sandbox.switch_project_tool(PROJECT_ID, "RFIs", false).await;
    sandbox
        .set_project_level(PROJECT_ID, "Meetings", "Standard")
        .await;

    let tools = caller.json(TOOLS).await;
    let tool = |name: &str| {
        let mut rows = tools.as_array().unwrap().iter();
        let row = rows.find(|row| row["engine_name"] == name).unwrap();
        (row["is_active"].clone(), row["user_access_level"].clone())
    };
    assert_eq!(tool("rfi"), (json!(false), json!("None")));
    assert_eq!(tool("meetings"), (json!(true), json!("Standard")));
    assert_eq!(status(&caller, RFIS).await, 403);
    let paged = caller.get(&format!("{TOOLS}&per_page=5")).await;
    assert_eq!(header(&paged, "per-page").as_deref(), Some("5"));

    sandbox.refuse("/rest/v1.0/tools", Some(403)).await;
    assert_eq!(status(&caller, TOOLS).await, 403);
    assert_eq!(status(&caller, TOOLS).await, 403);
    sandbox.refuse("/rest/v1.0/tools", None).await;
    assert_eq!(status(&caller, TOOLS).await, 200);
    sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn a_project_that_is_closed_withdrawn_or_deleted_shuts_its_tools_and_keeps_its_hook() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await;
    let caller = Caller::of(&sandbox).await;
    let triggers = &[("RFIs", "create")];
    sandbox
        .create_project_hook(PROJECT_ID, "ours", "https://hooks.example.com/1", triggers)
        .await;
    let seen = async || (status(&caller, RFIS).await, status(&caller, PROJECT).await);

    assert_eq!(seen().await, (200, 200));
    sandbox.close_project(PROJECT_ID).await;
    assert_eq!(seen().await, (403, 200));
    assert_eq!(status(&caller, TOOLS).await, 403);
    assert_eq!(status(&caller, MANIFEST).await, 403);
    sandbox.answer_closed_projects(None).await;
    assert_eq!(seen().await, (200, 200));
    sandbox.reopen_project(PROJECT_ID).await;
    sandbox.withdraw_project(PROJECT_ID).await;
    assert_eq!(seen().await, (404, 404));
    sandbox.share_project(PROJECT_ID).await;
    assert_eq!(seen().await, (200, 200));
    sandbox.delete_project(PROJECT_ID).await;
    assert_eq!(seen().await, (404, 404));
    assert_eq!(sandbox.state().await.hooks_of(PROJECT_ID).len(), 1);
    sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn assignments_name_the_projects_that_are_not_shared() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await;
    let caller = Caller::of(&sandbox).await;
    let path = assignments(&caller).await;
    sandbox.withdraw_project(PROJECT_ID).await;

    let hidden = caller
        .json(&format!("{path}?filters[assignment_status]=unassigned"))
        .await;
    let all = caller.json(&path).await;
    let active = caller
        .json(&format!("{path}?filters[by_status]=Active"))
        .await;

    assert_eq!(hidden.as_array().unwrap().len(), 1);
    assert_eq!(hidden[0]["project_id"], PROJECT_ID);
    assert_eq!(hidden[0]["is_assigned"], false);
    assert!(hidden[0]["name"].is_string() && hidden[0]["stage"].is_string());
    assert_eq!(all.as_array().unwrap().len(), 15);
    assert_eq!(active.as_array().unwrap().len(), 12);
    sandbox
        .refuse(
            "/rest/v1.0/companies/{company_id}/users/{user_id}/project_assignments",
            Some(403),
        )
        .await;
    assert_eq!(status(&caller, &path).await, 403);
    sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn a_new_project_is_shared_where_the_user_joins_all_new_ones() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await;
    let caller = Caller::of(&sandbox).await;
    let me = "/rest/v1.3/companies/5358233/me";
    sandbox.permit_projects(&[PROJECT_ID]).await;
    let list = "/rest/v1.1/projects?company_id=5358233&view=ids";

    sandbox.create_record("projects", json!({})).await;
    assert_eq!(caller.json(list).await, json!([PROJECT_ID]));
    assert_eq!(
        caller.json(me).await["default_permission_template_id"],
        Value::Null
    );
    sandbox.set_new_projects(Some(77), true).await;
    let joined = sandbox.create_record("projects", json!({})).await;

    assert_eq!(caller.json(list).await, json!([PROJECT_ID, joined]));
    assert_eq!(caller.json(me).await["default_permission_template_id"], 77);
    sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn ten_thousand_projects_answer_at_once() {
    let sandbox = Sandbox::start(SandboxOptions::default().flag("projects", 10_000)).await;
    let caller = Caller::of(&sandbox).await;
    let last = PROJECT_ID + 9_999;
    let started = Instant::now();

    sandbox.withdraw_project(PROJECT_ID).await;
    let page = caller
        .get("/rest/v1.1/projects?company_id=5358233&per_page=300&page=34&view=compact")
        .await;
    assert_eq!(header(&page, "total").as_deref(), Some("9999"));
    let rows: Value = page.json().await.unwrap();
    assert_eq!(rows.as_array().unwrap().len(), 99);
    let ids = caller
        .json("/rest/v1.1/projects?company_id=5358233&view=ids")
        .await;
    assert_eq!(ids.as_array().unwrap().len(), 9_999);
    let path = assignments(&caller).await;
    let hidden = caller
        .json(&format!("{path}?filters[assignment_status]=unassigned"))
        .await;
    assert_eq!(hidden[0]["project_id"], PROJECT_ID);
    let rfis = caller
        .json(&format!("/rest/v1.0/projects/{last}/rfis"))
        .await;
    assert_eq!(rfis.as_array().unwrap().len(), 3);
    assert_eq!(
        caller
            .get(&format!("/rest/v1.0/projects/{}/rfis", last + 9))
            .await
            .status(),
        StatusCode::NOT_FOUND
    );

    assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
    sandbox.assert_no_violations().await;
}
