//! Answers that depart from what Procore documents, as a test scripts them.

use http::StatusCode;
use serde_json::{Value, json};

use crate::caller::{Caller, HOOKS, header, hook, subscribe};
use crate::receiver::Receiver;
use procore_sandbox::testing::{
    BodyChange, CLIENT_ID, Change, Fail, Reset, Sandbox, SandboxOptions,
};

const DEPARTMENTS: &str = "/rest/v1.0/departments?company_id=5358233";
const VENDORS: &str = "/rest/v1.0/vendors?company_id=5358233&view=compact&per_page=20";

async fn change(sandbox: &Sandbox, prefix: &str, fields: Value) {
    let change = serde_json::from_value(fields).unwrap();
    sandbox
        .fail_next(Fail::change(change).on(prefix).times(9))
        .await;
}

#[tokio::test]
async fn the_headers_of_a_list_can_be_of_any_kind() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await;
    let caller = Caller::of(&sandbox).await;
    let preload = "</app.css>; rel=preload";
    let fields = json!({
        "link_lines": true, "link_first": preload, "link_host": "https://us02.procore.com",
        "hidden_rows": 1, "headers": { "per-page": null, "x-note": ["one", "two"] },
    });
    change(&sandbox, "/rest/v1.0/vendors", fields).await;

    let answer = caller.get(VENDORS).await;

    let lines = |name| {
        let lines = answer.headers().get_all(name).iter();
        lines.map(|line| line.to_str().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(lines("link").len(), 4);
    assert_eq!(lines("link")[0], preload);
    assert!(lines("link")[2].starts_with("<https://us02.procore.com/rest/v1.0/vendors?page=2"));
    assert!(lines("link")[2].ends_with("rel=\"next\""));
    assert_eq!(lines("total"), ["31"]);
    assert_eq!(lines("x-note"), ["one", "two"]);
    assert_eq!(header(&answer, "per-page"), None);
}

#[tokio::test]
async fn pages_can_be_clamped_short_or_always_the_same() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await;
    let caller = Caller::of(&sandbox).await;

    let first = caller.json(VENDORS).await;
    let script = [
        (json!({ "per_page_max": 7 }), 7),
        (json!({ "page": 1 }), 20),
        (json!({ "drop": 1 }), 9),
        (json!({ "add": [{ "id": null }] }), 11),
    ];
    for (fields, count) in script {
        sandbox.up().await;
        change(&sandbox, "/rest/v1.0/vendors", fields.clone()).await;
        let rows = caller.json(&format!("{VENDORS}&page=2")).await;
        assert_eq!(rows.as_array().unwrap().len(), count, "{fields}");
        assert_eq!(rows == first, fields.get("page").is_some(), "{fields}");
    }
}

#[tokio::test]
async fn a_command_can_follow_an_answer() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await;
    let caller = Caller::of(&sandbox).await;
    let delete = json!({ "dataset": "vendors", "action": "delete", "id": 4_300_000_000_i64 });
    let fail = Fail::then("records", delete).on("/rest/v1.0/vendors");
    sandbox.fail_next(fail.clone()).await;

    let before = caller.get(VENDORS).await;
    let after = caller.get(VENDORS).await;

    assert_eq!(header(&before, "total").as_deref(), Some("30"));
    assert_eq!(header(&after, "total").as_deref(), Some("29"));
    sandbox.assert_no_violations().await;

    sandbox.fail_next(fail).await;
    caller.get(VENDORS).await;
    assert_eq!(sandbox.violations().await[0].why, "the record was deleted");
}

#[tokio::test]
async fn only_large_pages_can_fail() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await;
    let caller = Caller::of(&sandbox).await;
    let large = |fail: Fail| fail.on("/rest/v1.0/departments").per_page_over(500);
    sandbox.fail_next(large(Fail::html(504))).await;
    sandbox.fail_next(large(Fail::reset())).await;
    let pad = BodyChange {
        pad: 100_000,
        ..BodyChange::default()
    };
    let padded = Change {
        body: pad,
        ..Change::default()
    };
    sandbox.fail_next(large(Fail::change(padded))).await;

    let small = caller.get(&format!("{DEPARTMENTS}&per_page=500")).await;
    assert_eq!(small.status(), StatusCode::OK);
    let path = format!("{DEPARTMENTS}&per_page=1000");
    assert_eq!(
        caller.get(&path).await.status(),
        StatusCode::GATEWAY_TIMEOUT
    );
    assert!(caller.call("GET", &path).send().await.is_err());
    assert!(caller.get(&path).await.bytes().await.unwrap().len() > 100_000);
    assert!(caller.get(&path).await.bytes().await.unwrap().len() < 2000);
}

#[tokio::test]
async fn a_row_can_carry_what_is_no_json() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await;
    let caller = Caller::of(&sandbox).await;
    let fields = json!({
        "at": "/0", "bom": true, "set": { "origin_id": "true" }, "remove": ["origin_data"],
        "raw": { "name": "\"caf\u{e9} \\ud83d\"", "size": "1e400" },
    });
    change(&sandbox, "/rest/v1.0/departments", fields).await;

    let body = caller.get(DEPARTMENTS).await.bytes().await.unwrap();

    let first = &body[..body.iter().position(|byte| *byte == b'}').unwrap()];
    assert!(first.starts_with(b"\xEF\xBB\xBF[{"));
    let letters: String = first.iter().map(|byte| char::from(*byte)).collect();
    assert!(
        letters.contains("\"name\":\"caf\u{e9} \\ud83d\""),
        "{letters}"
    );
    assert!(letters.contains("\"size\":1e400"), "{letters}");
    assert!(letters.contains("\"origin_id\":\"true\""), "{letters}");
    assert!(!letters.contains("origin_data"), "{letters}");
}

#[tokio::test]
async fn a_token_answer_can_be_odd() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await;
    let fields = json!({
        "status": 201, "set": { "expires_in": "5400" }, "remove": ["token_type"],
    });
    change(&sandbox, "/oauth/token", fields).await;
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", CLIENT_ID),
        ("client_secret", procore_sandbox::testing::CLIENT_SECRET),
    ];
    let request = Caller::stranger(&sandbox)
        .http
        .post(format!("{}/oauth/token", sandbox.url));

    let answer = request.form(&form).send().await.unwrap();

    assert_eq!(answer.status(), StatusCode::CREATED);
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body["expires_in"], "5400");
    assert_eq!(body["token_type"], Value::Null);
}

#[tokio::test]
async fn the_end_of_a_wait_can_be_written_in_four_ways() {
    let options = SandboxOptions::default()
        .flag("now", "2026-03-01T00:00:00Z")
        .switch("freeze");
    let sandbox = Sandbox::start(options).await;
    let caller = Caller::of(&sandbox).await;
    for (form, told) in [
        (Reset::Left, "30"),
        (Reset::Seconds, "1772323230"),
        (Reset::Milliseconds, "1772323230000"),
        (Reset::HttpDate, "Sun, 01 Mar 2026 00:00:30 GMT"),
    ] {
        sandbox
            .fail_next(Fail::throttle(3).reset_as(form, 30))
            .await;
        let answer = caller.get(DEPARTMENTS).await;
        assert_eq!(header(&answer, "x-rate-limit-reset").as_deref(), Some(told));
        sandbox.up().await;
    }
}

#[tokio::test]
async fn the_hourly_window_shows_only_when_it_is_used_up() {
    let sandbox = Sandbox::start(SandboxOptions::default().switch("freeze")).await;
    let caller = Caller::of(&sandbox).await;
    sandbox.add_company(77, "Second", &[CLIENT_ID]).await;
    sandbox.throttle(3, 100).await;
    let limits = json!({ "company_id": 77, "hourly": 900, "spike": 50 });
    sandbox.control("throttle", limits).await;
    sandbox.uninstall().await;

    let refused = caller.get(DEPARTMENTS).await;
    let unknown = caller.get("/rest/v1.0/nothing").await;
    let last = caller.get(DEPARTMENTS).await;
    let over = caller.get(DEPARTMENTS).await;
    let elsewhere = caller
        .http
        .get(format!("{}/rest/v1.0/company_base_url", sandbox.url))
        .bearer_auth(&caller.token)
        .header("Procore-Company-Id", 77);
    let elsewhere = elsewhere.send().await.unwrap();

    let shown = |answer: &reqwest::Response| {
        let number = |name| header(answer, name).unwrap();
        (
            answer.status().as_u16(),
            number("x-rate-limit-limit"),
            number("x-rate-limit-remaining"),
        )
    };
    let window = |status, limit: &str, left: &str| (status, limit.to_owned(), left.to_owned());
    assert_eq!(shown(&refused), window(403, "100", "99"));
    assert_eq!(shown(&unknown), window(404, "100", "98"));
    assert_eq!(shown(&last), window(403, "3", "0"));
    assert_eq!(shown(&over), window(429, "3", "0"));
    assert_eq!(shown(&elsewhere), window(200, "50", "49"));
}

#[tokio::test]
async fn a_write_can_be_carried_out_long_after_its_caller_gave_up() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await;
    let caller = Caller::of(&sandbox).await;
    sandbox.fail_next(Fail::late(75).method("POST")).await;

    let request = caller.call("POST", HOOKS);
    let body = hook("ours", "https://hooks.example.com/1");
    assert!(request.json(&body).send().await.is_err());

    assert!(sandbox.state().await.hooks.is_empty());
    sandbox.up().await;
    sandbox.advance_clock(75).await;
    assert_eq!(sandbox.state().await.hooks.len(), 1);
    sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn a_trigger_can_be_refused_by_several_bulks() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await;
    let caller = Caller::of(&sandbox).await;
    let body = hook("ours", "https://hooks.example.com/1");
    let (_, created) = caller.post(HOOKS, body).await;
    let id = created["data"]["id"].as_str().unwrap();
    let bulk = format!("{HOOKS}/{id}/triggers/bulk");
    let trigger = json!([{ "resource_name": "Projects", "event_type": "update" }]);
    let fields = json!({ "triggers": [["Projects", "update"]], "times": 2 });
    sandbox.control("triggers/fail", fields).await;

    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(caller.post(&bulk, trigger.clone()).await.0.as_u16());
    }

    assert_eq!(statuses, [207, 207, 201]);
    sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn a_delivery_can_be_a_list_compressed_or_unreadable() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await;
    let caller = Caller::of(&sandbox).await;
    let receiver = Receiver::start(&[204; 9]).await;
    subscribe(&caller, "v2.0", &receiver.url, &[("Departments", "update")]).await;
    let rename = |id| sandbox.edit_record("departments", id, json!({ "name": "New" }));
    let send = async |change: Value, ids: &[i64]| {
        sandbox.control("deliveries/change", change).await;
        sandbox.hold_deliveries().await;
        for id in ids {
            rename(*id).await;
        }
        sandbox.release_deliveries(false).await;
        sandbox.settled_deliveries().await
    };

    send(
        json!({ "together": true, "remove": ["ulid"] }),
        &[21_000, 21_001],
    )
    .await;
    send(json!({ "remove": ["ulid"], "bom": true }), &[21_000]).await;
    send(json!({ "gzip": true }), &[21_000]).await;
    let all = send(json!({ "raw_body": "{\u{ff}" }), &[21_000]).await;

    let got = receiver.received();
    assert_eq!(got.len(), 4);
    let ids: Vec<&Value> = got[0].body.as_array().unwrap().iter().collect();
    assert_eq!((ids.len(), &ids[1]["resource_id"]), (2, &json!(21_001)));
    assert!(got[1].bytes.starts_with(b"\xEF\xBB\xBF{"));
    assert!(!got[1].bytes.windows(4).any(|part| part == b"ulid"));
    assert!(got[2].bytes.starts_with(b"\x1F\x8B"));
    assert_eq!(got[2].encoding.as_deref(), Some("gzip"));
    assert_eq!(got[3].bytes, b"{\xFF");
    assert!(all.iter().all(|delivery| delivery["status"] == "delivered"));
}

#[tokio::test]
async fn cost_codes_have_a_successor_when_their_list_is_gone() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await;
    let caller = Caller::of(&sandbox).await;
    let gone = Fail::status(410)
        .on("/rest/v1.0/standard_cost_code")
        .times(9);
    sandbox.fail_next(gone).await;
    let segments = "/rest/v1.0/companies/5358233/work_breakdown_structure/segments";

    let old = caller
        .get("/rest/v1.0/standard_cost_code_lists?company_id=5358233")
        .await;
    let segment = caller.json(segments).await[0]["id"].clone();
    let lists = caller.json(&format!("{segments}/{segment}/lists")).await;
    let items = format!(
        "{segments}/{segment}/segment_items?segment_item_list_id={}",
        lists[0]["id"]
    );
    let items = caller.json(&items).await;

    assert_eq!(old.status(), StatusCode::GONE);
    assert_eq!(lists.as_array().unwrap().len(), 2);
    assert_eq!(items.as_array().unwrap().len(), 30);
    assert!(items[0]["path_code"].is_string());
    sandbox.assert_no_violations().await;
}
