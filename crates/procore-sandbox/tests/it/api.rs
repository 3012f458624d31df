//! The simulated Procore keeps to the documented facts and refuses calls that do not.

use http::StatusCode;
use serde_json::{Value, json};

use crate::caller::{Caller, header};
use procore_sandbox::testing::{
    CLIENT_ID, CLIENT_SECRET, COMPANY_ID, Fail, Sandbox, SandboxOptions,
};

#[tokio::test]
async fn a_token_opens_the_company() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await;
    let caller = Caller::of(&sandbox).await;

    let companies = caller.json("/rest/v1.0/companies").await;
    let me = caller.json("/rest/v1.3/companies/5358233/me").await;

    assert_eq!(companies[0]["id"], COMPANY_ID);
    assert_eq!(me["is_active"], true);
    sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn a_wrong_secret_is_invalid_client_and_no_violation() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await;
    let caller = Caller::of(&sandbox).await;

    let (status, body) = caller.token(CLIENT_ID, "wrong").await;

    assert_eq!(status, StatusCode::UNAUTHORIZED);
    assert_eq!(body["error"], "invalid_client");
    sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn a_second_token_is_refused_while_the_first_is_good() {
    let sandbox = Sandbox::start(SandboxOptions::default().flag("token-life", 1000)).await;
    let caller = Caller::of(&sandbox).await;

    let (early, _) = caller.token(CLIENT_ID, CLIENT_SECRET).await;
    sandbox.advance_clock(760).await;
    let (late, _) = caller.token(CLIENT_ID, CLIENT_SECRET).await;

    assert_eq!((early, late), (StatusCode::BAD_REQUEST, StatusCode::OK));
    assert_eq!(sandbox.violations().await.len(), 1);
}

#[tokio::test]
async fn an_ended_token_is_answered_401_and_may_be_renewed() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await;
    let caller = Caller::of(&sandbox).await;
    sandbox.expire_tokens().await;

    let refused = caller.get("/rest/v1.0/companies").await;
    let (renewed, _) = caller.token(CLIENT_ID, CLIENT_SECRET).await;

    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(renewed, StatusCode::OK);
    sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn a_call_without_the_company_header_is_refused_and_counted() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await;
    let caller = Caller::of(&sandbox).await;

    let address = format!(
        "{}/rest/v1.0/departments?company_id={COMPANY_ID}",
        sandbox.url
    );
    let response = caller
        .http
        .get(address)
        .bearer_auth(&caller.token)
        .send()
        .await
        .unwrap();

    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    let body: Value = response.json().await.unwrap();
    assert!(
        body["errors"]
            .as_str()
            .unwrap()
            .starts_with("Missing Procore-Company-Id header!")
    );
    assert_eq!(
        sandbox.violations().await[0].why,
        "missing Procore-Company-Id header"
    );
}

#[tokio::test]
async fn what_no_endpoint_knows_is_refused_and_counted() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await;
    let caller = Caller::of(&sandbox).await;
    let cases = [
        ("/rest/v1.0/nothing", 404),
        ("/rest/v1.0/webhooks/hooks?company_id=5358233", 404),
        ("/rest/v1.0/departments?company_id=5358233&colour=red", 400),
        ("/rest/v1.0/departments", 400),
        ("/rest/v1.1/projects?company_id=5358233&per_page=301", 400),
        (
            "/rest/v2.0/companies/5358233/webhooks/resources?payload_version=v2.0&per_page=101",
            400,
        ),
        (
            "/rest/v1.1/projects?company_id=5358233&filters[updated_at]=2026-01-01",
            400,
        ),
        ("/rest/v1.0/settings/permissions", 400),
        ("/rest/v1.0/departments?company_id=1", 404),
    ];
    for (count, (path, status)) in (1..).zip(cases) {
        assert_eq!(caller.get(path).await.status().as_u16(), status, "{path}");
        assert_eq!(sandbox.violations().await.len(), count, "{path}");
    }
}

#[tokio::test]
async fn pages_follow_one_another_to_the_total() {
    let sandbox = Sandbox::start(SandboxOptions::default().flag("vendors", 25)).await;
    let caller = Caller::of(&sandbox).await;
    let mut next =
        Some("/rest/v1.0/vendors?company_id=5358233&per_page=10&view=compact".to_owned());
    let mut ids = Vec::new();
    while let Some(path) = next.take() {
        let response = caller.get(&path).await;
        assert_eq!(header(&response, "total").as_deref(), Some("25"));
        assert_eq!(header(&response, "per-page").as_deref(), Some("10"));
        let link = header(&response, "link").unwrap();
        let rows: Vec<Value> = response.json().await.unwrap();
        ids.extend(rows.iter().map(|row| row["id"].as_i64().unwrap()));
        let found = link.split(", ").find(|part| part.ends_with("rel=\"next\""));
        next = found.map(|part| {
            let address = part.trim_start_matches('<').split('>').next().unwrap();
            address.strip_prefix(&sandbox.url).unwrap().to_owned()
        });
    }

    assert_eq!(ids.len(), 25);
    assert!(ids.is_sorted_by(|left, right| left < right));
    sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn one_permission_state_decides_manifest_and_lists() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await;
    let caller = Caller::of(&sandbox).await;
    sandbox.set_level("Directory", "None").await;

    let manifest = caller
        .json("/rest/v1.0/settings/permissions?company_id=5358233")
        .await;
    let tools = manifest["tools"].as_array().unwrap();
    let directory = tools
        .iter()
        .find(|tool| tool["name"] == "directory")
        .unwrap();
    let vendors = caller.get("/rest/v1.0/vendors?company_id=5358233").await;
    let departments = caller
        .get("/rest/v1.0/departments?company_id=5358233")
        .await;

    assert_eq!(directory["user_access_level"]["name"], "None");
    assert_eq!(vendors.status(), StatusCode::FORBIDDEN);
    assert_eq!(departments.status(), StatusCode::OK);
    sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn an_uninstalled_app_keeps_its_token_and_loses_the_company() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await;
    let caller = Caller::of(&sandbox).await;
    sandbox.uninstall().await;

    let refused = caller
        .get("/rest/v1.0/departments?company_id=5358233")
        .await;
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    let body: Value = refused.json().await.unwrap();
    assert_eq!(
        body,
        json!({ "errors": ["App is not connected to this company."] })
    );

    sandbox.reinstall().await;
    assert_eq!(
        caller.json("/rest/v1.1/projects?company_id=5358233").await,
        json!([])
    );
    sandbox.permit_all_projects().await;
    let projects = caller.json("/rest/v1.1/projects?company_id=5358233").await;
    assert_eq!(projects.as_array().unwrap().len(), 12);
}

#[tokio::test]
async fn a_call_before_the_end_of_a_wait_is_a_violation() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await;
    let caller = Caller::of(&sandbox).await;
    sandbox
        .fail_next(Fail::throttle(30).on("/rest/v1.0/departments"))
        .await;
    let path = "/rest/v1.0/departments?company_id=5358233";

    let throttled = caller.get(path).await;
    assert_eq!(throttled.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(header(&throttled, "retry-after"), None);
    assert!(header(&throttled, "x-rate-limit-reset").is_some());
    sandbox.assert_no_violations().await;

    assert_eq!(
        caller.get(path).await.status(),
        StatusCode::TOO_MANY_REQUESTS
    );
    assert_eq!(sandbox.violations().await.len(), 1);

    sandbox.advance_clock(31).await;
    assert_eq!(caller.get(path).await.status(), StatusCode::OK);
    assert_eq!(sandbox.violations().await.len(), 1);
}

#[tokio::test]
async fn the_spike_window_is_announced_and_kept() {
    let options = SandboxOptions::default()
        .flag("spike-limit", 2)
        .switch("freeze");
    let sandbox = Sandbox::start(options).await;
    let caller = Caller::of(&sandbox).await;
    let path = "/rest/v1.0/departments?company_id=5358233";

    let first = caller.get(path).await;
    let second = caller.get(path).await;
    let third = caller.get(path).await;

    assert_eq!(header(&first, "x-rate-limit-limit").as_deref(), Some("2"));
    assert_eq!(
        header(&first, "x-rate-limit-remaining").as_deref(),
        Some("1")
    );
    assert_eq!(
        header(&second, "x-rate-limit-remaining").as_deref(),
        Some("0")
    );
    assert_eq!(third.status(), StatusCode::TOO_MANY_REQUESTS);
    sandbox.assert_no_violations().await;
    sandbox.advance_clock(11).await;
    assert_eq!(caller.get(path).await.status(), StatusCode::OK);
}

/// Every read that the company header lets through, with the company tool that it needs.
const READS: [(&str, Option<&str>); 27] = [
    ("/rest/v1.0/me?company_id=5358233", None),
    ("/rest/v1.3/companies/5358233/me", None),
    ("/rest/v1.0/company_base_url", None),
    ("/rest/v1.0/settings/permissions?company_id=5358233", None),
    ("/rest/v1.0/tools?project_id=562949953421312", None),
    ("/rest/v1.0/projects/562949953421312/tools", None),
    (
        "/rest/v1.0/projects/562949953421312?company_id=5358233",
        Some("portfolio"),
    ),
    ("/rest/v1.1/projects?company_id=5358233", Some("portfolio")),
    ("/rest/v1.3/companies/5358233/users", Some("directory")),
    (
        "/rest/v1.3/companies/5358233/users/160000",
        Some("directory"),
    ),
    (
        "/rest/v1.0/companies/5358233/users/inactive",
        Some("directory"),
    ),
    ("/rest/v1.0/vendors?company_id=5358233", Some("directory")),
    (
        "/rest/v1.0/vendors/4300000000?company_id=5358233",
        Some("directory"),
    ),
    (
        "/rest/v1.0/companies/5358233/vendors/inactive",
        Some("directory"),
    ),
    ("/rest/v1.0/departments?company_id=5358233", Some("admin")),
    ("/rest/v1.0/offices?company_id=5358233", Some("admin")),
    ("/rest/v1.0/companies/5358233/programs", Some("admin")),
    ("/rest/v1.0/companies/5358233/project_stages", Some("admin")),
    ("/rest/v1.0/companies/5358233/project_types", Some("admin")),
    (
        "/rest/v1.0/companies/5358233/project_regions",
        Some("admin"),
    ),
    (
        "/rest/v1.0/companies/5358233/project_owner_types",
        Some("admin"),
    ),
    (
        "/rest/v1.0/companies/5358233/project_bid_types",
        Some("admin"),
    ),
    ("/rest/v1.0/companies/5358233/trades", Some("admin")),
    (
        "/rest/v1.0/standard_cost_code_lists?company_id=5358233",
        Some("admin"),
    ),
    (
        "/rest/v1.0/standard_cost_codes?company_id=5358233&standard_cost_code_list_id=61000",
        Some("admin"),
    ),
    (
        "/rest/v2.0/companies/5358233/webhooks/hooks?namespace=ours",
        Some("webhooks_api"),
    ),
    (
        "/rest/v2.0/companies/5358233/webhooks/resources?payload_version=v2.0",
        Some("webhooks_api"),
    ),
];

#[tokio::test]
async fn no_endpoint_answers_unconditionally() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await;
    let caller = Caller::of(&sandbox).await;
    for (path, _) in READS {
        assert_eq!(caller.get(path).await.status(), StatusCode::OK, "{path}");
    }
    for tool in ["portfolio", "directory", "admin", "webhooks_api"] {
        sandbox.set_level(tool, "None").await;
        for (path, needed) in READS {
            let expected = if needed == Some(tool) { 403 } else { 200 };
            assert_eq!(
                caller.get(path).await.status().as_u16(),
                expected,
                "{path} without {tool}"
            );
        }
        sandbox.set_level(tool, "Read Only").await;
    }
    sandbox.uninstall().await;
    for (path, _) in READS {
        assert_eq!(
            caller.get(path).await.status(),
            StatusCode::FORBIDDEN,
            "{path} uninstalled"
        );
    }
    sandbox.assert_no_violations().await;
}
