//! The simulated Procore checks requests against an OpenAPI file where it is given one.

use std::path::PathBuf;

use http::StatusCode;
use serde_json::{Value, json};

use crate::caller::Caller;
use procore_sandbox::testing::{COMPANY_ID, Sandbox, SandboxOptions};

const DEPARTMENTS: &str = "/rest/v1.0/departments?company_id=5358233";

/// The OpenAPI file, where there is one: it is not part of this repository.
fn openapi() -> Option<PathBuf> {
    std::env::var_os("PROCORE_OPENAPI").map(PathBuf::from)
}

/// A file like Procore's, as far as the test needs it.
fn small_openapi() -> Value {
    let header = json!({ "name": "Procore-Company-Id", "in": "header", "required": true });
    let hook = json!({
        "type": "object", "required": ["namespace"],
        "properties": { "namespace": { "type": "string" }, "status": { "enum": ["active"] } },
    });
    json!({
        "openapi": "3.0.3",
        "paths": {
            "/oauth/token": { "post": { "requestBody": { "content": {
                "application/x-www-form-urlencoded": { "schema": { "type": "object" } },
            } } } },
            "/rest/v1.0/departments": { "get": { "parameters": [
                { "$ref": "#/components/parameters/Company" },
                { "name": "company_id", "in": "query", "required": true, "schema": { "type": "integer" } },
            ] } },
            "/rest/v2.0/companies/{company_id}/webhooks/hooks": { "post": { "requestBody": {
                "content": { "application/json": { "schema": hook } },
            } } },
        },
        "components": { "parameters": { "Company": header } },
    })
}

#[tokio::test]
async fn an_openapi_file_is_one_more_judge() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("openapi.json");
    std::fs::write(&path, small_openapi().to_string()).unwrap();
    let options = SandboxOptions::default().flag("openapi", path.display());
    let sandbox = Sandbox::start(options).await;
    let caller = Caller::of(&sandbox).await;

    assert_eq!(caller.get(DEPARTMENTS).await.status(), StatusCode::OK);
    sandbox.assert_no_violations().await;
    caller.get(&format!("{DEPARTMENTS}&page=1")).await;
    caller.get("/rest/v1.0/departments?company_id=abc").await;
    caller.get("/rest/v1.0/offices?company_id=5358233").await;
    let hooks = "/rest/v2.0/companies/5358233/webhooks/hooks";
    caller.post(hooks, json!({ "namespace": 7 })).await;
    caller
        .post(hooks, json!({ "namespace": "a", "status": "disabled" }))
        .await;
    caller.post(hooks, json!({ "status": "active" })).await;

    let whys: Vec<String> = sandbox
        .violations()
        .await
        .into_iter()
        .map(|it| it.why)
        .collect();
    assert_eq!(
        whys,
        [
            "schema: unknown parameter page",
            "schema: parameter company_id cannot be \"abc\"",
            "schema: unknown path",
            "schema: body.namespace must be of type \"string\"",
            "schema: body.status cannot be \"disabled\"",
            "schema: missing field body.namespace",
        ]
    );
}

#[tokio::test]
async fn every_simulated_endpoint_is_in_procores_own_file() {
    let Some(path) = openapi() else { return };
    let options = SandboxOptions::default().flag("openapi", path.display());
    let sandbox = Sandbox::start(options).await;
    let caller = Caller::of(&sandbox).await;
    let company = format!("/rest/v1.0/companies/{COMPANY_ID}");
    let lists = sandbox.state().await.records("cost_code_lists");
    assert!(lists > 0);
    for path in [
        "/oauth/token/info".to_owned(),
        "/rest/v1.0/companies?per_page=100".to_owned(),
        "/rest/v1.0/me?company_id=5358233".to_owned(),
        "/rest/v1.3/companies/5358233/me".to_owned(),
        "/rest/v1.0/company_base_url".to_owned(),
        "/rest/v1.0/settings/permissions?company_id=5358233".to_owned(),
        "/rest/v1.0/settings/permissions?project_id=562949953421312".to_owned(),
        "/rest/v1.0/tools?project_id=562949953421312".to_owned(),
        "/rest/v1.0/projects/562949953421312/tools".to_owned(),
        "/rest/v1.0/projects/562949953421312?company_id=5358233".to_owned(),
        "/rest/v1.1/projects?company_id=5358233&per_page=300&view=extended&filters[by_status]=All"
            .to_owned(),
        "/rest/v1.3/companies/5358233/users?per_page=2000&view=extended".to_owned(),
        "/rest/v1.3/companies/5358233/users/160000".to_owned(),
        format!("{company}/users/inactive?per_page=2000"),
        "/rest/v1.0/vendors?company_id=5358233&view=extended".to_owned(),
        format!("{company}/vendors/inactive"),
        DEPARTMENTS.to_owned(),
        "/rest/v1.0/offices?company_id=5358233&view=normal".to_owned(),
        format!("{company}/programs"),
        format!("{company}/project_stages"),
        format!("{company}/project_types"),
        format!("{company}/project_regions"),
        format!("{company}/project_owner_types"),
        format!("{company}/project_bid_types"),
        format!("{company}/trades?filters[active]=true"),
        "/rest/v1.0/standard_cost_code_lists?company_id=5358233".to_owned(),
        "/rest/v1.0/standard_cost_codes?company_id=5358233&standard_cost_code_list_id=61000"
            .to_owned(),
        "/rest/v2.0/companies/5358233/webhooks/hooks?namespace=ours".to_owned(),
        "/rest/v2.0/companies/5358233/webhooks/resources?payload_version=v4.0&per_page=100"
            .to_owned(),
        "/rest/v2.0/companies/5358233/projects/562949953421312/webhooks/hooks?namespace=ours"
            .to_owned(),
    ] {
        assert_eq!(caller.get(&path).await.status(), StatusCode::OK, "{path}");
    }
    sandbox.assert_no_violations().await;
}
