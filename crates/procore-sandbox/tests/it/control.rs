//! What a person or a test can make of the simulated Procore.

use http::StatusCode;
use serde_json::json;

use crate::caller::{Caller, header};
use procore_sandbox::testing::{CLIENT_ID, CLIENT_SECRET, Fail, Sandbox, SandboxOptions};

const DEPARTMENTS: &str = "/rest/v1.0/departments?company_id=5358233";

#[tokio::test]
async fn scripted_answers_come_in_turn_and_end() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await;
    let caller = Caller::of(&sandbox).await;
    sandbox
        .fail_next(Fail::html(500).on("/rest/v1.0/departments").after(1))
        .await;
    sandbox
        .fail_next(Fail::busy(5).on("/rest/v1.0/offices"))
        .await;

    let fine = caller.get(DEPARTMENTS).await.status();
    let broken = caller.get(DEPARTMENTS).await;
    let again = caller.get(DEPARTMENTS).await.status();
    let busy = caller.get("/rest/v1.0/offices?company_id=5358233").await;

    assert_eq!(
        (fine, broken.status(), again),
        (
            StatusCode::OK,
            StatusCode::INTERNAL_SERVER_ERROR,
            StatusCode::OK
        )
    );
    assert!(
        header(&broken, "content-type")
            .unwrap()
            .starts_with("text/html")
    );
    assert_eq!(busy.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(header(&busy, "retry-after").as_deref(), Some("5"));
}

#[tokio::test]
async fn answers_can_break_off_or_never_come() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await;
    let caller = Caller::of(&sandbox).await;
    let hooks = "/rest/v2.0/companies/5358233/webhooks/hooks";
    let body = json!({
        "payload_version": "v2.0", "namespace": "ours",
        "destination_url": "https://hooks.example.com/1",
    });

    sandbox.fail_next(Fail::truncated()).await;
    let half = caller.get(DEPARTMENTS).await;
    assert_eq!(half.status(), StatusCode::OK);
    assert!(half.bytes().await.is_err());

    sandbox.fail_next(Fail::reset().method("POST")).await;
    assert!(caller.call("POST", hooks).json(&body).send().await.is_err());
    assert!(sandbox.state().await.hooks.is_empty());

    sandbox.fail_next(Fail::lost().method("POST")).await;
    assert!(caller.call("POST", hooks).json(&body).send().await.is_err());
    assert_eq!(sandbox.state().await.hooks.len(), 1);

    sandbox.down_silently().await;
    assert!(caller.call("GET", DEPARTMENTS).send().await.is_err());
    sandbox.down().await;
    assert_eq!(
        caller.get(DEPARTMENTS).await.status(),
        StatusCode::BAD_GATEWAY
    );
    sandbox.up().await;
    assert_eq!(caller.get(DEPARTMENTS).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn apps_see_the_companies_where_they_are_installed() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await;
    let mut caller = Caller::of(&sandbox).await;
    sandbox
        .add_company(77, "Second Company", &[CLIENT_ID])
        .await;
    sandbox.add_client("other-app", "other-secret", &[77]).await;

    let first = caller.json("/rest/v1.0/companies").await;
    let (_, body) = caller.token("other-app", "other-secret").await;
    caller.token = body["access_token"].as_str().unwrap().to_owned();
    let second = caller.json_without_company("/rest/v1.0/companies").await;
    let foreign = caller.get(DEPARTMENTS).await;

    assert_eq!(first.as_array().unwrap().len(), 2);
    assert_eq!(
        second,
        json!([{
            "id": 77, "name": "Second Company", "is_active": true, "logo_url": null,
            "pcn_business_experience": false, "my_company": false,
        }])
    );
    assert_eq!(foreign.status(), StatusCode::FORBIDDEN);
    sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn credentials_of_another_environment_are_an_invalid_client() {
    let options = SandboxOptions::default().flag("foreign-client-id", "their-app");
    let here = Sandbox::start(options).await;
    let there = Sandbox::start(SandboxOptions::default().flag("client-id", "their-app")).await;
    let caller = Caller::of(&here).await;

    let (here_status, _) = caller.token("their-app", CLIENT_SECRET).await;
    let (there_status, _) = Caller::stranger(&there)
        .token("their-app", CLIENT_SECRET)
        .await;

    assert_eq!(
        (here_status, there_status),
        (StatusCode::UNAUTHORIZED, StatusCode::OK)
    );
    here.assert_no_violations().await;
}

#[tokio::test]
async fn a_replaced_secret_ends_the_old_one_and_not_its_token() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await;
    let caller = Caller::of(&sandbox).await;
    sandbox.replace_secret("new-secret").await;

    assert_eq!(
        caller.token(CLIENT_ID, CLIENT_SECRET).await.0,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(caller.get(DEPARTMENTS).await.status(), StatusCode::OK);
    assert_eq!(
        caller.token(CLIENT_ID, "new-secret").await.0,
        StatusCode::OK
    );
    sandbox.revoke_secret().await;
    assert_eq!(
        caller.get(DEPARTMENTS).await.status(),
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(
        caller.token(CLIENT_ID, "new-secret").await.0,
        StatusCode::UNAUTHORIZED
    );
    sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn edits_show_in_lists_totals_and_update_filters() {
    let sandbox =
        Sandbox::start(SandboxOptions::default().flag("now", "2026-03-01T00:00:00Z")).await;
    let caller = Caller::of(&sandbox).await;
    let changed = "/rest/v1.0/vendors?company_id=5358233&view=compact\
                   &filters[updated_at]=2026-02-28T00:00:00Z...2026-03-02T00:00:00Z";
    assert_eq!(caller.json(changed).await, json!([]));

    sandbox
        .edit_record("vendors", 4_300_000_002, json!({ "name": "Renamed" }))
        .await;
    sandbox
        .act_on_record("vendors", "delete", 4_300_000_001)
        .await;
    sandbox
        .act_on_record("vendors", "deactivate", 4_300_000_003)
        .await;
    let created = sandbox
        .create_record("vendors", json!({ "name": "Brand New" }))
        .await;

    let rows = caller.json(changed).await;
    assert_eq!(
        rows,
        json!([
            { "id": 4_300_000_002_i64, "name": "Renamed" }, { "id": created, "name": "Brand New" },
        ])
    );
    let all = caller
        .get("/rest/v1.0/vendors?company_id=5358233&view=compact")
        .await;
    assert_eq!(header(&all, "total").as_deref(), Some("29"));
    let inactive = "/rest/v1.0/companies/5358233/vendors/inactive?view=compact";
    assert_eq!(caller.json(inactive).await.as_array().unwrap().len(), 5);
    let gone = caller
        .get("/rest/v1.0/vendors/4300000001?company_id=5358233")
        .await;
    assert_eq!(gone.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_state_file_carries_hooks_levels_edits_and_tokens_over_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let options =
        SandboxOptions::default().flag("state", folder.path().join("state.json").display());
    let first = Sandbox::start(options.clone()).await;
    let caller = Caller::of(&first).await;
    let token = caller.token.clone();
    first.set_level("Programs", "Admin").await;
    first
        .edit_record("departments", 21_000, json!({ "name": "Kept" }))
        .await;
    first.withdraw_project(562_949_953_421_312).await;
    let before = first.state().await;
    first.stop().await;

    let second = Sandbox::start(options).await;
    let caller = Caller::with_token(&second, token);

    assert_eq!(caller.json(DEPARTMENTS).await[0]["name"], "Kept");
    let ids = caller
        .json("/rest/v1.1/projects?company_id=5358233&view=ids")
        .await;
    assert_eq!(ids.as_array().unwrap().len(), 11);
    assert_eq!(second.state().await.hooks, before.hooks);
    second.assert_no_violations().await;
}

#[tokio::test]
async fn the_page_shows_and_changes_what_the_api_does() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await;
    let caller = Caller::of(&sandbox).await;
    caller.get("/rest/v1.0/nothing").await;

    let form = [
        ("tool", "admin"),
        ("level", "None"),
        ("company_id", "5358233"),
    ];
    let address = format!("{}/__control/form/level", sandbox.url);
    let shown = caller.http.post(address).form(&form).send().await.unwrap();

    assert_eq!(shown.status(), StatusCode::OK);
    let page = scraper::Html::parse_document(&shown.text().await.unwrap());
    let select = |css: &str| {
        let selector = scraper::Selector::parse(css).unwrap();
        let found = page.select(&selector);
        found
            .map(|element| element.text().collect::<String>())
            .collect::<Vec<_>>()
    };
    assert_eq!(select("h1"), ["Procore sandbox"]);
    assert_eq!(select("#violations"), ["1 requests broke Procore's rules"]);
    assert_eq!(
        select("select[aria-label='Level on Admin'] option[selected]"),
        ["None"]
    );
    assert_eq!(
        caller.get(DEPARTMENTS).await.status(),
        StatusCode::FORBIDDEN
    );
}

#[tokio::test]
async fn requests_that_are_under_way_together_are_counted() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await;
    let caller = Caller::of(&sandbox).await;
    sandbox.slow("/rest/", 600_000).await;
    let all_wait = async {
        while sandbox.state().await.most_at_once < 3 {}
        sandbox.up().await;
    };

    let (one, two, three, ()) = tokio::join!(
        caller.get(DEPARTMENTS),
        caller.get(DEPARTMENTS),
        caller.get(DEPARTMENTS),
        all_wait,
    );

    let answers = [one, two, three];
    assert!(
        answers
            .iter()
            .all(|answer| answer.status() == StatusCode::OK)
    );
    assert_eq!(sandbox.state().await.most_at_once, 3);
    assert_eq!(sandbox.requests("GET", "/rest/v1.0/departments").await, 3);
}

#[tokio::test]
async fn a_company_of_any_size_answers_its_last_page() {
    let options = SandboxOptions::default()
        .flag("vendors", 100_000)
        .flag("inactive-vendors", 7);
    let sandbox = Sandbox::start(options).await;
    let caller = Caller::of(&sandbox).await;

    let path = "/rest/v1.0/vendors?company_id=5358233&view=compact&per_page=2000&page=50";
    let last = caller.get(path).await;

    assert_eq!(header(&last, "total").as_deref(), Some("100000"));
    let rows: Vec<serde_json::Value> = last.json().await.unwrap();
    assert_eq!(
        (rows.len(), &rows[1999]["id"]),
        (2000, &json!(4_300_099_999_i64))
    );
}
