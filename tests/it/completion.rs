//! The plan is carried out: what it leaves behind, and what stands in its way.

use concierge::catalog::DataSet;
use concierge::flows::leave_out_data_set::{self, LeftOut};
use concierge::flows::{Seen, retry_run, start_completion};
use concierge::ledger::{ActionState, RunState};
use concierge::store::reminders;
use concierge::verdict::ReasonCode;

use crate::harness::faults::EndAt;
use crate::harness::site::{NAMESPACE, Site, choices};
use concierge::identity::CredentialId;
use procore_sandbox::testing::{CLIENT_SECRET, Fail, SandboxOptions};
use serde_json::json;

const THREE_PAGES: [(&str, &str); 1] = [("projects", "650")];

fn small() -> SandboxOptions {
    SandboxOptions::default()
}

async fn try_again(site: &Site) {
    retry_run::run(&site.app, &site.admin(), site.onboarding)
        .await
        .unwrap();
}

async fn leave_out(site: &Site, data_set: DataSet) -> LeftOut {
    leave_out_data_set::run(&site.app, &site.admin(), site.onboarding, data_set)
        .await
        .unwrap()
        .0
}

#[tokio::test]
async fn every_chosen_data_set_is_read_and_announced_once() {
    let site = Site::confirmed(choices(&DataSet::OF_COMPANY), small()).await;

    assert_eq!(site.work_to_the_end().await, RunState::Done);

    for (key, state) in site.states().await {
        assert_eq!(state, ActionState::Done, "{key}");
    }
    let left = site.outcome().await;
    let [(namespace, ours, triggers)] = left.hooks.as_slice() else {
        panic!("one hook: {:?}", left.hooks)
    };
    assert_eq!((namespace.as_str(), *ours), (NAMESPACE, true));
    let has = |resource: &str, event: &str| triggers.contains(&(resource.into(), event.into()));
    assert!(has("Projects", "update") && has("Company Users", "create"));
    for data_set in DataSet::OF_COMPANY {
        let entry = site.entry(&format!("sync:{}", data_set.key())).await;
        assert!(entry.records > 0, "{data_set:?}");
        assert_eq!(Some(entry.records), entry.total, "{data_set:?}");
    }
    let read: i64 = site
        .ledger()
        .await
        .iter()
        .filter(|entry| entry.action.data_set().is_some())
        .map(|entry| entry.records)
        .sum();
    assert_eq!(left.records.len() as i64, read);
    site.assert_hook_is_known().await;
    site.sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn confirming_twice_starts_one_completion() {
    let site = Site::confirmed(choices(&[DataSet::Offices]), small()).await;
    let seen = Seen {
        onboarding_id: site.onboarding,
        version: 1,
    };
    start_completion::run(&site.app, &site.admin(), seen)
        .await
        .unwrap();
    let runs: i64 = sqlx::query_scalar("select count(*) from run")
        .fetch_one(site.db.pool())
        .await
        .unwrap();
    assert_eq!(runs, 1);
}

#[tokio::test]
async fn a_list_is_read_with_the_fewest_calls() {
    let [(name, size)] = THREE_PAGES;
    let site = Site::confirmed(choices(&[DataSet::Projects]), small().flag(name, size)).await;

    assert_eq!(site.work_to_the_end().await, RunState::Done);

    // Three pages of 300, and one call that asks for what changed meanwhile.
    let calls = site.sandbox.requests("GET", "/rest/v1.1/projects").await;
    assert_eq!(calls, 3 + 1);
    site.sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn a_throttle_is_a_wait_and_never_a_failure() {
    for fail in [Fail::throttle(30), Fail::busy(45)] {
        let site = Site::confirmed(choices(&[DataSet::Offices]), small()).await;
        site.sandbox.fail_next(fail.on("/rest/v1.0/offices")).await;

        site.work().await;

        let run = site.run().await;
        assert_eq!(run.state, RunState::Waiting);
        let entry = site.entry("sync:offices").await;
        assert_eq!(entry.state, ActionState::Waiting);
        assert_eq!(entry.attempts, 0, "it is Procore's pace, not an attempt");
        assert!(entry.not_before.unwrap() > site.clock.now());
        assert!(run.code.unwrap().is_wait());

        site.work().await; // too early: nothing is asked
        assert_eq!(site.run().await.state, RunState::Waiting);
        assert_eq!(site.work_to_the_end().await, RunState::Done);
        site.sandbox.assert_no_violations().await;
    }
}

#[tokio::test]
async fn the_queue_says_that_a_completion_waits_only_while_it_does() {
    let site = Site::confirmed(choices(&[DataSet::Offices]), small()).await;
    let situation = async || -> String {
        sqlx::query_scalar("select situation from queue_line")
            .fetch_one(site.db.pool())
            .await
            .unwrap()
    };
    let fail = Fail::throttle(30).on("/rest/v1.0/offices");
    site.sandbox.fail_next(fail).await;
    site.work().await;
    assert_eq!(situation().await, "completion_waiting");

    site.advance(30).await;
    site.work_under(&*EndAt::new(3)).await; // taken, begun, and its worker died
    assert_eq!(site.run().await.state, RunState::Running);
    assert_eq!(situation().await, "completing");
}

#[tokio::test]
async fn an_outage_is_waited_out() {
    let site = Site::confirmed(choices(&[DataSet::Offices]), small()).await;
    site.sandbox.down().await;
    for _ in 0..3 {
        site.work().await;
        let run = site.run().await;
        assert_eq!(run.state, RunState::Waiting);
        assert_eq!(run.code, Some(ReasonCode::Unreachable));
        site.advance(3600).await;
    }
    site.work_under(&*EndAt::new(3)).await; // an attempt is under way
    assert_eq!(site.run().await.state, RunState::Running);
    assert!(is_down(&site).await, "nothing says that it is over");
    site.sandbox.up().await;
    assert_eq!(site.work_to_the_end().await, RunState::Done);
    assert!(!is_down(&site).await);
    site.sandbox.assert_no_violations().await;
}

async fn is_down(site: &Site) -> bool {
    let mut conn = site.db.pool().acquire().await.unwrap();
    reminders::procore_is_down(&mut conn, "production")
        .await
        .unwrap()
}

#[tokio::test]
async fn an_expired_token_is_renewed_once() {
    let [(name, size)] = THREE_PAGES;
    let site = Site::confirmed(choices(&[DataSet::Projects]), small().flag(name, size)).await;
    let expire = Fail::then("tokens/expire", json!({})).on("/rest/v1.1/projects");
    site.sandbox.fail_next(expire).await;

    let stop_between_pages = site.work_to_the_end().await;

    assert_eq!(stop_between_pages, RunState::Done);
    assert_eq!(site.entry("sync:projects").await.records, 650);
}

#[tokio::test]
async fn a_denied_data_set_is_partial_and_the_others_go_on() {
    let sets = [DataSet::People, DataSet::Offices];
    let site = Site::confirmed(choices(&sets), small()).await;
    site.sandbox.set_level("Directory", "None").await;

    assert_eq!(site.work_to_the_end().await, RunState::NeedsPerson);

    let people = site.entry("sync:users").await;
    assert_eq!(people.state, ActionState::Partial);
    assert_eq!(people.code.unwrap().to_string(), "PC-LEVEL:directory");
    assert_eq!(site.entry("sync:offices").await.state, ActionState::Done);
    assert_eq!(site.run().await.code, people.code);

    // Fixed in Procore, it is read on.
    site.sandbox.set_level("Directory", "Read Only").await;
    try_again(&site).await;
    assert_eq!(site.work_to_the_end().await, RunState::Done);
    assert!(site.entry("sync:users").await.records > 0);
    site.sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn what_hangs_on_a_denied_list_is_read_once_the_list_can_be() {
    let sets = [DataSet::CostCodes, DataSet::Departments];
    let site = Site::confirmed(choices(&sets), small()).await;
    site.sandbox.set_level("Admin", "None").await;
    assert_eq!(site.work_to_the_end().await, RunState::NeedsPerson);
    assert_eq!(site.entry("sync:cost_codes").await.records, 0);

    site.sandbox.set_level("Admin", "Read Only").await;
    try_again(&site).await;
    assert_eq!(site.work_to_the_end().await, RunState::Done);
    assert!(site.entry("sync:cost_codes").await.records > 0);
    site.sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn a_denied_data_set_can_be_left_out() {
    let sets = [DataSet::People, DataSet::Offices];
    let site = Site::confirmed(choices(&sets), small()).await;
    site.sandbox.set_level("Directory", "None").await;
    assert_eq!(site.work_to_the_end().await, RunState::NeedsPerson);

    let left_out = leave_out(&site, DataSet::People).await;
    assert_eq!(left_out, LeftOut::Done);

    assert_eq!(site.work_to_the_end().await, RunState::Done);
    let left = site.outcome().await;
    let (_, _, triggers) = &left.hooks[0];
    assert!(triggers.iter().all(|(resource, _)| resource == "Offices"));
    assert!(left.records.iter().all(|(kind, ..)| kind == "offices"));
    let keys: Vec<String> = site
        .states()
        .await
        .into_iter()
        .map(|(key, _)| key)
        .collect();
    assert!(!keys.contains(&"sync:users".to_owned()));
    site.sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn the_only_data_set_cannot_be_left_out() {
    let site = Site::confirmed(choices(&[DataSet::People]), small()).await;
    site.sandbox.set_level("Directory", "None").await;
    assert_eq!(site.work_to_the_end().await, RunState::NeedsPerson);

    let left_out = leave_out(&site, DataSet::People).await;

    assert_eq!(left_out, LeftOut::OnlyOne);
    assert_eq!(site.run().await.state, RunState::NeedsPerson);
}

#[tokio::test]
async fn a_company_that_shuts_us_out_before_the_start_has_lost_its_app() {
    let site = Site::confirmed(choices(&[DataSet::Offices]), small()).await;
    let refused = serde_json::json!({"errors": ["You do not have access."]});
    let fail = Fail::status(403).on("/rest/v1.3/companies").body(refused);
    site.sandbox.fail_next(fail).await;

    assert_eq!(site.work_to_the_end().await, RunState::NeedsPerson);
    assert_eq!(site.run().await.code, Some(ReasonCode::NotInstalled));
    try_again(&site).await;
    assert_eq!(site.work_to_the_end().await, RunState::Done);
}

#[tokio::test]
async fn a_secret_that_cannot_be_opened_is_entered_once_more() {
    let site = Site::confirmed(choices(&[DataSet::Offices]), small()).await;
    sqlx::query(
        "update credential set secret = set_byte(secret, length(secret) - 1, 0) || '\\x00'",
    )
    .execute(site.db.pool())
    .await
    .unwrap();

    site.work().await;
    let run = site.run().await;
    assert_eq!(run.state, RunState::NeedsPerson);
    assert_eq!(run.code, Some(ReasonCode::Credentials));
    site.enter_secret(CLIENT_SECRET).await;
    try_again(&site).await;
    assert_eq!(site.work_to_the_end().await, RunState::Done);
}

#[tokio::test]
async fn an_app_that_is_uninstalled_in_the_middle_needs_a_person() {
    let site = Site::confirmed(choices(&[DataSet::Offices]), small()).await;
    let gone = serde_json::json!({"errors": ["App is not connected to this company."]});
    let fail = Fail::status(403).on("/rest/v1.0/offices").body(gone);
    site.sandbox.fail_next(fail).await;

    assert_eq!(site.work_to_the_end().await, RunState::NeedsPerson);
    assert_eq!(site.run().await.code, Some(ReasonCode::NotInstalled));
    assert_eq!(
        site.entry("sync:offices").await.state,
        ActionState::NeedsPerson
    );

    try_again(&site).await;
    assert_eq!(site.work_to_the_end().await, RunState::Done);
    site.sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn a_replaced_secret_waits_for_the_new_one_and_goes_on_with_it() {
    let site = Site::confirmed(choices(&[DataSet::Offices]), small()).await;
    site.sandbox.revoke_secret().await;
    assert_eq!(site.work_to_the_end().await, RunState::NeedsPerson);
    assert_eq!(site.run().await.code, Some(ReasonCode::Credentials));

    // Trying again in vain ends in the same place.
    try_again(&site).await;
    assert_eq!(site.work_to_the_end().await, RunState::NeedsPerson);

    let new = "a-new-secret-0123456789";
    site.sandbox.replace_secret(new).await;
    let credential = site.enter_secret(new).await;
    try_again(&site).await;
    assert_eq!(site.work_to_the_end().await, RunState::Done);

    let used: CredentialId =
        sqlx::query_scalar("select credential_id from credential where state = 'current'")
            .fetch_one(site.db.pool())
            .await
            .unwrap();
    assert_eq!(used, credential);
    site.sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn what_the_catalog_lacks_is_told_and_not_fatal() {
    let site = Site::confirmed(choices(&[DataSet::Projects]), small()).await;
    site.sandbox.remove_from_catalog("Project Stages").await;

    assert_eq!(site.work_to_the_end().await, RunState::Done);

    let report = site.entry("triggers").await.outcome;
    assert_eq!(report["missing"], serde_json::json!(["Project Stages"]));
}

#[tokio::test]
async fn what_a_whole_reading_does_not_meet_any_more_is_gone_and_may_come_back() {
    let sets = [DataSet::Offices, DataSet::People];
    let site = Site::confirmed(choices(&sets), small()).await;
    assert_eq!(site.work_to_the_end().await, RunState::Done);
    let id_of = async |kind: &str| -> i64 {
        sqlx::query_scalar("select min(procore_id) from record where kind = $1")
            .bind(kind)
            .fetch_one(site.db.pool())
            .await
            .unwrap()
    };
    let (office, person) = (id_of("offices").await, id_of("users").await);
    site.sandbox
        .act_on_record("offices", "delete", office)
        .await;
    site.sandbox
        .act_on_record("users", "deactivate", person)
        .await;

    site.advance(60).await;
    read_again(&site).await;

    let gone: Vec<i64> =
        sqlx::query_scalar("select procore_id from record where gone_at is not null")
            .fetch_all(site.db.pool())
            .await
            .unwrap();
    // The inactive people were not asked for, so one who is missing may merely be inactive.
    assert_eq!(gone, [office]);
    site.sandbox.assert_no_violations().await;
}

/// Everything is read again from the beginning.
async fn read_again(site: &Site) {
    let sql = "update action set state = 'pending', cursor = null
               where name like 'sync:%' or name = 'finish'";
    sqlx::query(sql).execute(site.db.pool()).await.unwrap();
    site.reopen().await;
    assert_eq!(site.work_to_the_end().await, RunState::Done);
}
