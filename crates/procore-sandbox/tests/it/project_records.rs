//! The ten lists of a project, their single records and their ways of showing deletions.

use http::StatusCode;
use serde_json::{Value, json};

use crate::caller::{Caller, header};
use procore_sandbox::testing::{PROJECT_ID, Sandbox, SandboxOptions};

const V2: &str = "/rest/v2.0/companies/5358233/projects/562949953421312";
const OTHER_PROJECT: i64 = PROJECT_ID + 1;

fn v1(rest: &str) -> String {
    format!("/rest/v1.0/projects/{PROJECT_ID}/{rest}")
}

fn v1_1(rest: &str) -> String {
    format!("/rest/v1.1/projects/{PROJECT_ID}/{rest}")
}

/// The ids of a list, in an envelope or without.
fn ids(list: &Value) -> Vec<i64> {
    let rows = list.as_array().or(list["data"].as_array()).unwrap();
    let id = |row: &Value| match row["id"].as_str() {
        Some(text) => text.parse().unwrap(),
        None => row["id"].as_i64().unwrap(),
    };
    rows.iter().map(id).collect()
}

#[tokio::test]
async fn every_list_shows_the_records_of_its_project_and_each_of_them_alone() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await;
    let caller = Caller::of(&sandbox).await;
    let project = sandbox.project(PROJECT_ID).await;
    let lists = [
        ("locations", v1("locations"), v1("locations/")),
        ("rfis", v1("rfis"), v1("rfis/")),
        ("submittals", v1_1("submittals"), v1_1("submittals/")),
        (
            "prime_contracts",
            format!("{V2}/prime_contracts"),
            format!("{V2}/prime_contracts/"),
        ),
        (
            "commitments",
            format!("{V2}/commitment_contracts"),
            format!("{V2}/commitment_contracts/"),
        ),
        (
            "change_events",
            format!("/rest/v1.1/change_events?project_id={PROJECT_ID}"),
            "/rest/v1.1/change_events/".to_owned(),
        ),
        (
            "drawing_revisions",
            v1("drawing_revisions?with_obsolete=true"),
            v1("drawing_revisions/"),
        ),
    ];
    for (dataset, list, one) in lists {
        let listed = ids(&caller.json(&list).await);
        assert_eq!(listed, project.records[dataset], "{list}");
        let scope = match dataset {
            "change_events" => format!("?project_id={PROJECT_ID}"),
            _ => String::new(),
        };
        for id in listed {
            caller.json(&format!("{one}{id}{scope}")).await;
        }
        let elsewhere = sandbox.project(OTHER_PROJECT).await.records[dataset][0];
        let strange = caller.get(&format!("{one}{elsewhere}{scope}")).await;
        assert_eq!(strange.status(), StatusCode::NOT_FOUND, "{one}");
    }
    sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn v2_answers_ten_at_a_time_in_an_envelope_with_ids_as_text() {
    let sandbox = Sandbox::start(SandboxOptions::default().flag("commitments", 12)).await;
    let caller = Caller::of(&sandbox).await;
    let path = format!("{V2}/commitment_contracts");

    let response = caller.get(&path).await;
    let total = header(&response, "total");
    let page: Value = response.json().await.unwrap();
    let orders = caller
        .json(&format!("{path}?filters[type]=PurchaseOrderContract"))
        .await;

    assert_eq!((total.as_deref(), ids(&page).len()), (Some("12"), 10));
    assert!(page["data"][0]["id"].is_string() && page["data"][0]["vendor_id"].is_string());
    assert_eq!(ids(&orders).len(), 6);
    let one = format!("{path}/{}", orders["data"][0]["id"].as_str().unwrap());
    let (usual, extended) = (
        caller.json(&one).await,
        caller.json(&format!("{one}?view=extended")).await,
    );
    assert!(usual["data"]["vendor"].is_null() && extended["data"]["vendor"].is_object());
    sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn deleted_records_are_shown_where_procore_shows_them() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await;
    let caller = Caller::of(&sandbox).await;
    let records = sandbox.project(PROJECT_ID).await.records;
    let range = "2020-01-01...2030-01-01";
    let bins = [
        ("rfis", v1("rfis/recycle_bin"), v1("rfis")),
        (
            "submittals",
            v1_1("submittals/recycle_bin"),
            v1_1("submittals"),
        ),
        (
            "prime_contracts",
            format!("{V2}/prime_contracts?filters[deleted_at]={range}"),
            format!("{V2}/prime_contracts"),
        ),
        (
            "commitments",
            format!("{V2}/commitment_contracts?filters[include_deleted]=only"),
            format!("{V2}/commitment_contracts"),
        ),
        (
            "change_events",
            format!(
                "/rest/v1.1/change_events?project_id={PROJECT_ID}&filters[include_deleted]=only"
            ),
            format!("/rest/v1.1/change_events?project_id={PROJECT_ID}"),
        ),
    ];
    for (dataset, bin, list) in bins {
        assert_eq!(ids(&caller.json(&bin).await), [0; 0], "{bin}");
        let gone = records[dataset][0];
        sandbox
            .delete_project_record(PROJECT_ID, dataset, gone)
            .await;
        assert_eq!(ids(&caller.json(&bin).await), [gone], "{bin}");
        assert_eq!(ids(&caller.json(&list).await), records[dataset][1..]);
    }
    let gone = records["locations"][0];
    sandbox
        .delete_project_record(PROJECT_ID, "locations", gone)
        .await;
    let location = caller.get(&v1(&format!("locations/{gone}"))).await;
    assert_eq!(location.status(), StatusCode::NOT_FOUND);
    sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn a_drawing_shows_by_its_revisions_and_below_its_area() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await;
    let caller = Caller::of(&sandbox).await;
    let records = sandbox.project(PROJECT_ID).await.records;
    let drawing = records["drawings"][0];
    let of_drawing = v1(&format!("drawing_revisions?drawing_id={drawing}"));
    let area = caller.json(&v1_1("drawing_areas")).await[0]["id"].clone();
    let in_area = format!("/rest/v1.1/drawing_areas/{area}/drawings");

    let current = caller.json(&of_drawing).await;
    let all = caller
        .json(&format!("{of_drawing}&with_obsolete=true"))
        .await;
    assert_eq!((ids(&current).len(), ids(&all).len()), (1, 2));
    assert_eq!(ids(&caller.json(&in_area).await), [drawing]);

    let fields = json!({ "drawing_id": drawing });
    let newer = sandbox
        .create_project_record(PROJECT_ID, "drawing_revisions", fields)
        .await;
    assert_eq!(ids(&caller.json(&of_drawing).await), [newer]);

    sandbox
        .delete_project_record(PROJECT_ID, "drawings", drawing)
        .await;
    assert_eq!(ids(&caller.json(&of_drawing).await), [0; 0]);
    let deleted = caller
        .json(&format!("{of_drawing}&filters[deleted]=only"))
        .await;
    assert_eq!(ids(&deleted), [newer]);
    assert_eq!(ids(&caller.json(&in_area).await), [0; 0]);
    sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn meetings_come_in_groups_and_deleted_ones_without() {
    let sandbox = Sandbox::start(SandboxOptions::default().flag("meetings", 3)).await;
    let caller = Caller::of(&sandbox).await;
    let meetings = sandbox.project(PROJECT_ID).await.records["meetings"].clone();

    let groups = caller.json(&v1_1("meetings")).await;
    sandbox
        .delete_project_record(PROJECT_ID, "meetings", meetings[0])
        .await;
    let deleted = caller.json(&v1_1("meetings?deleted_only=true")).await;

    let sizes: Vec<usize> = groups
        .as_array()
        .unwrap()
        .iter()
        .map(|group| ids(&group["meetings"]).len())
        .collect();
    assert_eq!(sizes, [2, 1]);
    assert_eq!(ids(&deleted["meetings"]), [meetings[0]]);
    sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn a_reply_is_read_below_its_rfi() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await;
    let caller = Caller::of(&sandbox).await;
    let records = sandbox.project(PROJECT_ID).await.records;
    let [first, second] = [0, 1].map(|at| records["rfis"][at]);
    let reply = records["rfi_replies"][0];

    let replies = caller.json(&v1(&format!("rfis/{first}/replies"))).await;
    let one = caller
        .json(&v1(&format!("rfis/{first}/replies/{reply}")))
        .await;
    let strange = caller
        .get(&v1(&format!("rfis/{second}/replies/{reply}")))
        .await;

    assert_eq!((ids(&replies), &one["id"]), (vec![reply], &json!(reply)));
    assert_eq!(strange.status(), StatusCode::NOT_FOUND);
    sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn people_and_companies_join_leave_and_show_less_below_read_only() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await;
    let caller = Caller::of(&sandbox).await;
    let records = sandbox.project(PROJECT_ID).await.records;
    let users = ids(&caller.json(&v1("users")).await);
    let inactive = ids(&caller.json(&v1("users/inactive")).await);
    assert_eq!([users.clone(), inactive.clone()].concat(), records["users"]);
    assert_eq!((users.len(), inactive.len()), (3, 1));

    sandbox
        .delete_project_record(PROJECT_ID, "users", users[0])
        .await;
    sandbox
        .join_project(PROJECT_ID, "vendors", 4_300_000_020)
        .await;
    sandbox.act_on_record("users", "deactivate", users[1]).await;
    assert_eq!(ids(&caller.json(&v1("users")).await), users[2..]);
    assert_eq!(
        ids(&caller.json(&v1("users/inactive")).await),
        [users[1], inactive[0]]
    );
    let vendors = caller.json(&v1_1("vendors")).await;
    assert!(ids(&vendors).contains(&4_300_000_020));
    assert!(vendors[0]["email_address"].is_string());
    let left = caller.get(&v1(&format!("users/{}", users[0]))).await;
    assert_eq!(left.status(), StatusCode::NOT_FOUND);

    sandbox
        .set_project_level(PROJECT_ID, "Directory", "None")
        .await;
    let user = caller.json(&v1("users?view=normal")).await[0].clone();
    assert!(user["initials"].is_string() && user["email_address"].is_null());
    let vendor = caller.json(&v1_1("vendors?view=extended")).await[0].clone();
    assert_eq!(vendor.as_object().unwrap().len(), 2);
    assert!(caller.json(&v1_1("vendors?view=ids_only")).await[0].is_i64());
    sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn what_changed_is_found_by_its_time_where_the_list_has_that_filter() {
    let now = "2026-06-01T00:00:00Z";
    let options = SandboxOptions::default().flag("now", now).switch("freeze");
    let sandbox = Sandbox::start(options).await;
    let caller = Caller::of(&sandbox).await;
    let rfi = sandbox.project(PROJECT_ID).await.records["rfis"][1];
    let since = format!("filters[updated_at]={now}...2026-07-01T00:00:00Z");

    sandbox
        .edit_project_record(PROJECT_ID, "rfis", rfi, json!({ "subject": "Which door?" }))
        .await;

    let changed = caller.json(&v1(&format!("rfis?{since}"))).await;
    assert_eq!(ids(&changed), [rfi]);
    assert_eq!(changed[0]["subject"], "Which door?");
    assert_eq!(
        ids(&caller.json(&v1(&format!("locations?{since}"))).await),
        [0; 0]
    );
    sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn a_tool_that_is_off_or_at_too_low_a_level_is_answered_403() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await;
    let caller = Caller::of(&sandbox).await;
    let tools = [
        ("RFIs", v1("rfis")),
        ("Submittals", v1_1("submittals")),
        ("Prime Contracts", format!("{V2}/prime_contracts")),
        ("Commitments", format!("{V2}/commitment_contracts")),
        (
            "Change Events",
            format!("/rest/v1.1/change_events?project_id={PROJECT_ID}"),
        ),
        ("Drawings", v1("drawing_revisions")),
        ("Meetings", v1_1("meetings")),
        ("Directory", v1("users/inactive")),
    ];
    for (tool, list) in tools {
        let status = async || caller.get(&list).await.status();
        assert_eq!(status().await, StatusCode::OK, "{tool}");
        sandbox.set_project_level(PROJECT_ID, tool, "None").await;
        assert_eq!(status().await, StatusCode::FORBIDDEN, "{tool}");
        sandbox
            .set_project_level(PROJECT_ID, tool, "Read Only")
            .await;
        sandbox.switch_project_tool(PROJECT_ID, tool, false).await;
        assert_eq!(status().await, StatusCode::FORBIDDEN, "{tool}");
        sandbox.switch_project_tool(PROJECT_ID, tool, true).await;
    }
    sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn a_new_record_can_be_read_alone_after_a_while() {
    let sandbox = Sandbox::start(SandboxOptions::default().switch("freeze")).await;
    let caller = Caller::of(&sandbox).await;

    let rfi = sandbox.create_late_record(PROJECT_ID, "rfis", 15).await;
    let path = v1(&format!("rfis/{rfi}"));
    let early = caller.get(&path).await.status();
    sandbox.advance_clock(15).await;
    let later = caller.get(&path).await.status();

    assert_eq!((early, later), (StatusCode::NOT_FOUND, StatusCode::OK));
    sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn what_changed_in_projects_outlives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state.json");
    let options = SandboxOptions::default().flag("state", state.display());
    let sandbox = Sandbox::start(options.clone()).await;
    let rfi = sandbox
        .create_project_record(PROJECT_ID, "rfis", json!({}))
        .await;
    sandbox.join_project(PROJECT_ID, "users", 160_030).await;
    let before = sandbox.project(PROJECT_ID).await;
    sandbox.stop().await;

    let sandbox = Sandbox::start(options).await;

    assert_eq!(sandbox.project(PROJECT_ID).await, before);
    assert!(before.records["rfis"].contains(&rfi) && before.records["users"].contains(&160_030));
}

#[tokio::test]
async fn a_command_names_a_record_by_its_id_or_by_its_project() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await;
    let meeting = sandbox.project(PROJECT_ID).await.records["meetings"][0];
    let delete = |fields: Value| {
        let mut command = json!({ "dataset": "meetings", "action": "delete" });
        command
            .as_object_mut()
            .unwrap()
            .extend(fields.as_object().unwrap().clone());
        sandbox.try_control("records", command)
    };

    let neither = delete(json!({})).await;
    let elsewhere = delete(json!({ "id": meeting, "project_id": OTHER_PROJECT })).await;
    let by_id = delete(json!({ "id": meeting })).await;
    let first = delete(json!({ "project_id": PROJECT_ID })).await;

    assert!(neither.is_err() && elsewhere.is_err());
    assert_eq!(by_id.unwrap()["id"], meeting);
    assert_eq!(first.unwrap()["id"], meeting + 1);
    assert!(sandbox.project(PROJECT_ID).await.records["meetings"].is_empty());
}
