//! Answers that look like success and are none, and rights that are lost at the very end.

use concierge::catalog::DataSet;
use concierge::flows::leave_out_data_set::{self, LeftOut};
use concierge::flows::retry_run;
use concierge::ledger::{ActionState, RunState};
use serde_json::json;

use crate::harness::site::{Site, choices};
use procore_sandbox::testing::{Fail, SandboxOptions};

const USERS: &str = "/rest/v1.3/companies/{company_id}/users";

async fn site(sets: &[DataSet]) -> Site {
    Site::confirmed(choices(sets), SandboxOptions::default()).await
}

async fn try_again(site: &Site) -> RunState {
    retry_run::run(&site.app, &site.admin(), site.onboarding)
        .await
        .unwrap();
    site.work_to_the_end().await
}

/// The run stopped for this reason, at this data set and no other.
async fn assert_partial(site: &Site, key: &str, code: &str) {
    assert_eq!(
        site.run().await.code.map(|code| code.to_string()),
        Some(code.into())
    );
    for (action, state) in site.states().await {
        let expected = match action.as_str() {
            "finish" => ActionState::NeedsPerson,
            action if action == key => ActionState::Partial,
            _ => ActionState::Done,
        };
        assert_eq!(state, expected, "{action}");
    }
    let entry = site.entry(key).await;
    assert_eq!(
        entry.code.map(|code| code.to_string()),
        Some(code.to_owned())
    );
}

#[tokio::test]
async fn a_list_that_is_deleted_in_the_middle_is_not_asked_for_again() {
    let site = site(&[DataSet::CostCodes]).await;
    let codes = "/rest/v1.0/standard_cost_codes";
    site.sandbox.fail_next(Fail::throttle(30).on(codes)).await;
    site.work().await;
    assert_eq!(site.run().await.state, RunState::Waiting);
    let list: i64 = sqlx::query_scalar(
        "select min(procore_id) from record where kind = 'standard_cost_code_lists'",
    )
    .fetch_one(site.db.pool())
    .await
    .unwrap();
    let deleted = ("cost_code_lists", "delete");
    site.sandbox.act_on_record(deleted.0, deleted.1, list).await;

    assert_eq!(site.work_to_the_end().await, RunState::NeedsPerson);
    assert_partial(&site, "sync:cost_codes", "PC-HIDDEN").await;
    assert_eq!(try_again(&site).await, RunState::Done);
    site.sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn projects_that_are_all_taken_away_in_the_middle_are_no_empty_company() {
    let site = site(&[DataSet::Projects, DataSet::Offices]).await;
    site.sandbox.permit_projects(&[]).await;

    assert_eq!(site.work_to_the_end().await, RunState::NeedsPerson);
    assert_partial(&site, "sync:projects", "PC-NO-PROJECTS").await;

    site.sandbox.permit_all_projects().await;
    assert_eq!(try_again(&site).await, RunState::Done);
    assert!(site.entry("sync:projects").await.records > 0);
    site.sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn ids_and_names_alone_are_not_kept_as_the_people() {
    let site = site(&[DataSet::People, DataSet::Offices]).await;
    site.sandbox.set_reduced_views(true).await;
    site.sandbox.set_level("Directory", "None").await;

    assert_eq!(site.work_to_the_end().await, RunState::NeedsPerson);
    assert_partial(&site, "sync:users", "PC-LEVEL:directory").await;
    let left = site.outcome().await;
    assert!(left.records.iter().all(|(kind, ..)| kind != "users"));

    site.sandbox.set_level("Directory", "Read Only").await;
    assert_eq!(try_again(&site).await, RunState::Done);
    assert!(site.entry("sync:users").await.records > 0);
    site.sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn an_empty_list_is_believed_where_the_level_lets_us_read_it_and_only_there() {
    for (level, ends) in [
        ("None", RunState::NeedsPerson),
        ("Read Only", RunState::Done),
    ] {
        let site = site(&[DataSet::Companies, DataSet::Offices]).await;
        site.sandbox.set_level("Directory", level).await;
        let nothing = Fail::status(200).on("/rest/v1.0/vendors").body(json!([]));
        site.sandbox.fail_next(nothing).await;

        assert_eq!(site.work_to_the_end().await, ends, "{level}");
        if ends == RunState::NeedsPerson {
            assert_partial(&site, "sync:vendors", "PC-LEVEL:directory").await;
        }
        site.sandbox.assert_no_violations().await;
    }
}

/// The people are read, and refused when what changed meanwhile is asked for.
async fn refuse_the_catch_up(site: &Site) {
    let beside = 2; // who we are, and the people
    let refused = Fail::status(403).on("/rest/v1.3/companies").after(beside);
    site.sandbox.fail_next(refused).await;
    assert_eq!(site.work_to_the_end().await, RunState::NeedsPerson);
    assert!(site.entry("sync:users").await.records > 0);
}

#[tokio::test]
async fn what_is_refused_while_catching_up_can_be_fixed() {
    let site = site(&[DataSet::People, DataSet::Offices]).await;
    refuse_the_catch_up(&site).await;
    assert_partial(&site, "sync:users", "PC-LEVEL:directory").await;

    // What was read stays; only the changes are asked for again.
    let calls = async || site.sandbox.requests("GET", USERS).await;
    let before = calls().await;
    assert_eq!(try_again(&site).await, RunState::Done);
    assert_eq!(calls().await, before + 1);
    assert_eq!(site.entry("sync:users").await.state, ActionState::Done);
    site.sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn what_is_refused_while_catching_up_can_be_left_out() {
    let site = site(&[DataSet::People, DataSet::Offices]).await;
    refuse_the_catch_up(&site).await;

    let (admin, set) = (site.admin(), DataSet::People);
    let left_out = leave_out_data_set::run(&site.app, &admin, site.onboarding, set).await;
    assert_eq!(left_out.unwrap().0, LeftOut::Done);

    assert_eq!(site.work_to_the_end().await, RunState::Done);
    let left = site.outcome().await;
    assert!(left.records.iter().all(|(kind, ..)| kind == "offices"));
    site.sandbox.assert_no_violations().await;
}
