//! One state of permissions, and all that the simulated Procore shows of it.

use http::StatusCode;
use serde_json::json;

use crate::caller::Caller;
use procore_sandbox::testing::{CLIENT_ID, CLIENT_SECRET, Sandbox, SandboxOptions};

const DEPARTMENTS: &str = "/rest/v1.0/departments?company_id=5358233";

#[tokio::test]
async fn projects_that_are_not_permitted_are_hidden() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await;
    let caller = Caller::of(&sandbox).await;
    let (one, other) = (562_949_953_421_312_i64, 562_949_953_421_313_i64);
    sandbox.permit_projects(&[one]).await;

    let list = caller
        .json("/rest/v1.1/projects?company_id=5358233&view=ids")
        .await;
    let shown = caller
        .get(&format!("/rest/v1.0/projects/{one}?company_id=5358233"))
        .await;
    let hidden = caller
        .get(&format!("/rest/v1.0/projects/{other}?company_id=5358233"))
        .await;
    let manifest = caller
        .get(&format!(
            "/rest/v1.0/settings/permissions?project_id={other}"
        ))
        .await;
    sandbox.set_level("Directory", "Admin").await;
    let admin = caller
        .json("/rest/v1.1/projects?company_id=5358233&view=ids")
        .await;

    assert_eq!(list, json!([one]));
    assert_eq!(shown.status(), StatusCode::OK);
    assert_eq!(
        (hidden.status(), manifest.status()),
        (StatusCode::NOT_FOUND, StatusCode::NOT_FOUND)
    );
    assert_eq!(admin.as_array().unwrap().len(), 12);
    sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn the_manifest_shows_what_was_renamed_respelt_and_taken_away() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await;
    let caller = Caller::of(&sandbox).await;
    sandbox.spell_read_only("Read-only").await;
    sandbox.set_tool_present("Admin", false).await;
    sandbox
        .control(
            "tool",
            json!({ "tool": "portfolio", "friendly_name": "Jobs" }),
        )
        .await;

    let manifest = caller
        .json("/rest/v1.0/settings/permissions?company_id=5358233")
        .await;
    let tools = manifest["tools"].as_array().unwrap();
    let tool = |name: &str| tools.iter().find(|tool| tool["name"] == name);

    assert!(tool("admin").is_none());
    assert_eq!(tool("portfolio").unwrap()["friendly_name"], "Jobs");
    assert_eq!(
        tool("portfolio").unwrap()["user_access_level"],
        json!({ "id": 2, "name": "Read-only" })
    );
    assert_eq!(
        caller.get(DEPARTMENTS).await.status(),
        StatusCode::FORBIDDEN
    );
}

#[tokio::test]
async fn a_reduced_view_shows_ids_and_names_only() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await;
    let caller = Caller::of(&sandbox).await;
    sandbox.set_level("Directory", "None").await;
    sandbox.set_reduced_views(true).await;

    let vendors = caller
        .json("/rest/v1.0/vendors?company_id=5358233&per_page=1")
        .await;

    let fields: Vec<&String> = vendors[0].as_object().unwrap().keys().collect();
    assert_eq!(fields, ["id", "name"]);
}

#[tokio::test]
async fn a_missing_installation_may_look_like_401() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await;
    let caller = Caller::of(&sandbox).await;
    sandbox.uninstall_with_401().await;

    assert_eq!(
        caller.get(DEPARTMENTS).await.status(),
        StatusCode::UNAUTHORIZED
    );
    // A token that was answered 401 may be fetched again.
    assert_eq!(
        caller.token(CLIENT_ID, CLIENT_SECRET).await.0,
        StatusCode::OK
    );

    sandbox.companies_need_header(true).await;
    let address = format!("{}/rest/v1.0/companies", sandbox.url);
    let bare = caller
        .http
        .get(address)
        .bearer_auth(&caller.token)
        .send()
        .await
        .unwrap();
    assert_eq!(bare.status(), StatusCode::BAD_REQUEST);
    sandbox.assert_no_violations().await;
}
