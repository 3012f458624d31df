//! What Procore refuses: told in its own words, repeated with measure, and never given up unsaid.

use concierge::catalog::DataSet;
use concierge::flows::retry_run;
use concierge::ledger::{ActionState, RunState};
use concierge::onboarding::Stage;
use concierge::verdict::ReasonCode;
use serde_json::json;

use crate::harness::desk::Desk;
use crate::harness::site::{Site, choices};
use crate::harness::walk::Walk;
use procore_sandbox::testing::{CLIENT_ID, Fail, SandboxOptions};

const HOOKS: &str = "/rest/v2.0/companies/{company_id}/webhooks/hooks";
const BULK: &str = "/rest/v2.0/companies/{company_id}/webhooks/hooks/{hook_id}/triggers/bulk";
const WEBHOOKS: &str = "/rest/v2.0/companies/5358233/webhooks/hooks";
const SENTENCE: &str = "destination url is on a list that your company blocks";

async fn site(sets: &[DataSet]) -> Site {
    Site::confirmed(choices(sets), SandboxOptions::default()).await
}

async fn try_again(site: &Site) -> RunState {
    retry_run::run(&site.app, &site.admin(), site.onboarding)
        .await
        .unwrap();
    site.work_to_the_end().await
}

fn refused_hook(status: u16) -> Fail {
    let body = json!({"errors": {"base": [SENTENCE]}});
    Fail::status(status).on(WEBHOOKS).method("POST").body(body)
}

#[tokio::test]
async fn the_same_refusal_of_a_webhook_is_met_twice_and_then_needs_a_person() {
    for status in [400, 409, 418, 422] {
        let site = site(&[DataSet::Offices]).await;
        site.sandbox.fail_next(refused_hook(status).times(50)).await;

        assert_eq!(
            site.work_to_the_end().await,
            RunState::NeedsPerson,
            "{status}"
        );
        assert_eq!(site.sandbox.requests("POST", HOOKS).await, 2, "{status}");
        let entry = site.entry("hook").await;
        let said = entry.said.expect("Procore's words");
        assert_eq!(said.status, status);
        assert!(said.text.contains(SENTENCE), "{said:?}");
        assert!(said.request_id.is_some());

        // A person tries again; in vain it is two more.
        assert_eq!(try_again(&site).await, RunState::NeedsPerson);
        assert_eq!(site.sandbox.requests("POST", HOOKS).await, 4, "{status}");
        site.sandbox.up().await;
        assert_eq!(try_again(&site).await, RunState::Done);
        assert_eq!(site.entry("hook").await.said, None);
    }
}

#[tokio::test]
async fn an_outage_in_between_does_not_make_a_refusal_new() {
    let site = site(&[DataSet::Offices]).await;
    site.sandbox.fail_next(refused_hook(422)).await;
    site.work().await;
    assert_eq!(site.run().await.state, RunState::Waiting);
    site.sandbox.down().await;
    site.advance(900).await;
    site.work().await;
    assert_eq!(site.run().await.code, Some(ReasonCode::Unreachable));
    site.sandbox.up().await;
    site.sandbox.fail_next(refused_hook(422).times(50)).await;

    assert_eq!(site.work_to_the_end().await, RunState::NeedsPerson);
    assert_eq!(site.sandbox.requests("POST", HOOKS).await, 2);
}

#[tokio::test]
async fn a_refusal_that_passes_is_waited_out() {
    let site = site(&[DataSet::Offices]).await;
    site.sandbox.fail_next(refused_hook(422)).await;
    assert_eq!(site.work_to_the_end().await, RunState::Done);
    assert_eq!(site.outcome().await.hooks.len(), 1);
    site.sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn a_trigger_that_procore_refuses_for_a_moment_is_set_later() {
    let site = site(&[DataSet::Projects]).await;
    for round in 1..=3 {
        site.sandbox.fail_triggers(&[1]).await;
        site.work().await;
        let entry = site.entry("triggers").await;
        assert_eq!(entry.state, ActionState::Waiting, "round {round}");
        assert_eq!(entry.said.expect("Procore's words").status, 207);
        site.advance(900).await;
    }
    assert_eq!(site.work_to_the_end().await, RunState::Done);

    let left = site.outcome().await;
    let projects = |event: &str| ("Projects".to_owned(), event.to_owned());
    let (_, _, triggers) = &left.hooks[0];
    assert!(triggers.contains(&projects("create")) && triggers.contains(&projects("update")));
    let set = site.entry("triggers").await.outcome["set"].clone();
    assert_eq!(set.as_u64(), Some(triggers.len() as u64));
    assert_eq!(site.sandbox.requests("POST", BULK).await, 4);
    site.sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn without_a_trigger_that_the_catalog_offers_nothing_is_called_complete() {
    let site = site(&[DataSet::Projects]).await;
    for _ in 0..5 {
        site.sandbox.fail_triggers(&[1]).await;
        site.work().await;
        site.advance(900).await;
    }
    let run = site.run().await;
    assert_eq!(run.state, RunState::NeedsPerson);
    assert_eq!(run.code, Some(ReasonCode::Unexpected));
    let report = site.entry("triggers").await.outcome;
    let refused = report["refused_triggers"].as_array().map(Vec::len);
    assert_eq!(refused, Some(1), "{report}");
    assert_eq!(try_again(&site).await, RunState::Done);
    site.sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn the_firm_and_support_read_what_procore_said() {
    let walk = Walk::start().await;
    walk.up_to(Stage::Complete, &["offices"]).await;
    walk.sandbox.fail_next(refused_hook(422).times(50)).await;
    walk.complete().await;
    walk.app.advance(chrono::TimeDelta::minutes(1));
    walk.app.run_jobs().await;

    let page = walk.page(Stage::Complete).await;
    assert!(page.button("Try again").is_some(), "{}", page.text());
    assert!(
        page.text()
            .contains(&format!("Procore said: “base: {SENTENCE}”"))
    );
    assert!(!page.text().contains("request "), "the id is for support");
    let case = Desk::at(walk).await.page().await.text();
    assert!(case.contains("Procore answered 422 (request "), "{case}");
    assert!(case.contains(SENTENCE), "{case}");
}

const USERS: &str = "/rest/v1.3/companies/{company_id}/users";
const TRADES: &str = "/rest/v1.0/companies/{company_id}/trades";
const CATALOG: &str = "/rest/v2.0/companies/{company_id}/webhooks/resources";
const MANIFEST: &str = "/rest/v1.0/settings/permissions";
const ME: &str = "/rest/v1.3/companies/{company_id}/me";

#[tokio::test]
async fn an_app_that_is_not_installed_is_refused_once_per_verification() {
    let walk = Walk::start().await;
    walk.up_to(Stage::Verify, &[]).await;
    walk.sandbox.uninstall().await;
    let page = walk.check(Stage::Verify).await;

    assert!(page.has_text("PC-NOT-INSTALLED"), "{}", page.text());
    assert!(page.has_text("Procore said: “App is not connected to this company.”"));
    assert_eq!(walk.sandbox.requests("GET", ME).await, 1);
    assert_eq!(walk.sandbox.requests("GET", MANIFEST).await, 0);
    assert_eq!(walk.sandbox.requests("GET", CATALOG).await, 0);
    let companies = "/rest/v1.0/companies";
    assert_eq!(walk.sandbox.requests("GET", companies).await, 1);
    let case = Desk::at(walk).await.page().await.text();
    assert!(case.contains("Procore answered 403 (request "), "{case}");
}

#[tokio::test]
async fn a_401_for_an_app_that_is_not_installed_is_met_once_per_verification() {
    let walk = Walk::start().await;
    walk.up_to(Stage::Verify, &[]).await;
    walk.sandbox.uninstall_with_401().await;
    let tokens = walk.sandbox.requests("POST", "/oauth/token").await;
    for verifications in 1..=2 {
        let page = walk.check(Stage::Verify).await;
        assert!(page.has_text("PC-NOT-INSTALLED"), "{}", page.text());
        assert_eq!(walk.sandbox.requests("GET", ME).await, verifications);
        assert_eq!(walk.sandbox.requests("GET", MANIFEST).await, 0);
    }
    let fetched = walk.sandbox.requests("POST", "/oauth/token").await - tokens;
    assert!(fetched <= 1, "a good token is kept: {fetched}");
    walk.sandbox.assert_no_violations().await;

    // A token that is not good any more is renewed.
    walk.sandbox.reinstall_with_projects().await;
    walk.sandbox.expire_tokens().await;
    let page = walk.check(Stage::Verify).await;
    assert!(page.button("Continue").is_some(), "{}", page.text());
    walk.sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn a_refusal_without_a_sentence_is_not_put_into_procores_mouth() {
    let walk = Walk::start().await;
    walk.up_to(Stage::Verify, &[]).await;
    let silent = Fail::status(404).on("/rest/v1.3/companies").body(json!(""));
    walk.sandbox.fail_next(silent).await;
    let page = walk.check(Stage::Verify).await;
    assert!(!page.has_text("Procore said"), "{}", page.text());
}

#[tokio::test]
async fn what_the_permission_list_puts_at_none_is_not_tried() {
    let walk = Walk::start().await;
    walk.up_to(Stage::Permissions, &["users", "trades"]).await;
    walk.sandbox.set_level("directory", "None").await;
    walk.sandbox.set_level("admin", "None").await;
    walk.sandbox.set_level("webhooks_api", "None").await;
    let catalogs = walk.sandbox.requests("GET", CATALOG).await;
    let tried = async || {
        let people = walk.sandbox.requests("GET", USERS).await;
        (people, walk.sandbox.requests("GET", TRADES).await)
    };

    let page = walk.check(Stage::Permissions).await;
    for code in ["PC-LEVEL:directory", "PC-LEVEL:admin", "PC-WEBHOOK-LEVEL"] {
        assert!(page.has_text(code), "{code}: {}", page.text());
    }
    // Procore does not document what reading trades needs: tried once, and remembered.
    assert_eq!(tried().await, (0, 1));
    let page = walk.check(Stage::Permissions).await;
    assert!(page.has_text("PC-LEVEL:admin"), "{}", page.text());
    assert_eq!(tried().await, (0, 1));
    assert_eq!(walk.sandbox.requests("GET", CATALOG).await, catalogs);

    for tool in ["directory", "admin"] {
        walk.sandbox.set_level(tool, "Read Only").await;
    }
    walk.sandbox.set_level("webhooks_api", "Standard").await;
    let page = walk.check(Stage::Permissions).await;
    assert!(page.button("Continue").is_some(), "{}", page.text());
    assert_eq!(tried().await, (1, 2));
    walk.sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn the_only_company_that_can_be_reached_is_offered_by_name() {
    let walk = Walk::start().await;
    walk.up_to(Stage::Credentials, &[]).await;
    let mut details = Walk::good_details();
    details[1].1 = "5358232"; // a slip
    walk.enter_details(&details).await;
    let page = walk.check(Stage::Verify).await;
    assert!(
        page.has_text("An on-demand sandbox is a separate company"),
        "{}",
        page.text()
    );

    let button = "Use company 5358233";
    let names = ["access_way", "environment", "company_id", "client_id"];
    let fields = names.map(|name| (name, page.value_of(name)));
    let fields = fields
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    let answer = walk.press(&page, button, &fields).await;
    assert_eq!(answer.h1(), "Check your details", "{}", answer.text());
    let page = walk.check(Stage::Verify).await;
    assert!(page.button("Continue").is_some(), "{}", page.text());

    // A page that is out of date saves nothing, and with two companies there is none to offer.
    walk.sandbox.add_company(77, "Another", &[CLIENT_ID]).await;
    walk.enter_details(&details).await;
    let page = walk.check(Stage::Verify).await;
    assert_eq!(page.button(button), None, "{}", page.text());
}

#[tokio::test]
async fn a_wait_is_told_with_the_reason_that_procore_gave_for_it() {
    for (wait, code) in [(Fail::busy(60), "PC-BUSY"), (Fail::throttle(60), "PC-RATE")] {
        let walk = Walk::start().await;
        walk.up_to(Stage::Verify, &[]).await;
        walk.sandbox
            .fail_next(wait.on("/rest/v1.3/companies"))
            .await;
        let page = walk.check(Stage::Verify).await;
        assert!(page.has_text(code), "{}", page.text());

        // Long before its end nothing is asked, and the answer is the same.
        let page = walk.check(Stage::Verify).await;
        assert!(page.has_text(code), "{}", page.text());
        assert_eq!(walk.sandbox.requests("GET", ME).await, 1);
        walk.sandbox.assert_no_violations().await;
    }
}

#[tokio::test]
async fn cost_codes_that_procore_moved_are_read_where_it_said_that_it_would() {
    let read = async |site: &Site| -> Vec<(String, i64)> {
        assert_eq!(site.work_to_the_end().await, RunState::Done);
        let left = site.outcome().await.records.into_iter();
        left.map(|(kind, id, _)| (kind, id)).collect()
    };
    let expected = read(&site(&[DataSet::CostCodes]).await).await;
    for status in [404, 410] {
        let site = site(&[DataSet::CostCodes]).await;
        let gone = Fail::status(status).on("/rest/v1.0/standard_cost_code");
        site.sandbox.fail_next(gone.times(1000)).await;
        assert_eq!(read(&site).await, expected, "{status}");
        let codes = "/rest/v1.0/standard_cost_codes";
        assert_eq!(site.sandbox.requests("GET", codes).await, 1, "tried once");
        site.sandbox.assert_no_violations().await;
    }
}

#[tokio::test]
async fn moved_cost_codes_pass_the_permission_check() {
    let walk = Walk::start().await;
    let gone = Fail::status(404).on("/rest/v1.0/standard_cost_code");
    walk.sandbox.fail_next(gone.times(1000)).await;
    walk.connect(&["cost_codes"]).await;
    walk.sandbox.assert_no_violations().await;
}
