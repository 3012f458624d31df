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
use procore_sandbox::testing::{Fail, SandboxOptions};

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
