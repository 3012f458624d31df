//! Procore asks us to wait for a month: no wait is longer than an hour, then it is tried again.

use chrono::{DateTime, TimeDelta, Utc};
use concierge::catalog::DataSet;
use concierge::ledger::{RunKind, RunState};
use concierge::onboarding::Stage;

use crate::close_case::{close, parked};
use crate::harness::site::{Site, choices};
use crate::harness::walk::Walk;
use procore_sandbox::testing::{Fail, Reset, SandboxOptions};

const HOOKS: &str = "/rest/v2.0/companies/5358233/webhooks/hooks";
const TOKEN: &str = "/oauth/token";
const MONTH: i64 = 30 * 24 * 60 * 60;

/// Procore names a month, written like this, and would answer again after a moment.
fn a_month(form: Reset, path: &str) -> Fail {
    Fail::throttle(3).reset_as(form, MONTH).on(path)
}

/// The run waits, for an hour at most, and then comes to its end.
async fn waits_at_most_an_hour(site: &Site, what: &str) {
    site.work().await;
    assert_eq!(site.run().await.state, RunState::Waiting, "{what}");
    let ledger = site.ledger().await;
    let until = ledger.iter().find_map(|entry| entry.not_before);
    let longest = site.clock.now() + TimeDelta::hours(1);
    assert!(until.is_some_and(|at| at <= longest), "{what}: {until:?}");
    assert_eq!(site.work_to_the_end().await, RunState::Done, "{what}");
}

#[tokio::test]
async fn a_completion_goes_on_after_an_hour_whatever_its_calls_or_its_token_were_told() {
    for (form, path) in [
        (Reset::Left, HOOKS),
        (Reset::Seconds, TOKEN),
        (Reset::Milliseconds, HOOKS),
        (Reset::HttpDate, TOKEN),
    ] {
        let site = Site::confirmed(choices(&[DataSet::Offices]), SandboxOptions::default()).await;
        site.sandbox.fail_next(a_month(form, path)).await;
        waits_at_most_an_hour(&site, &format!("{form:?} {path}")).await;
    }
}

#[tokio::test]
async fn a_closing_goes_on_after_an_hour() {
    let site = parked().await;
    let month = a_month(Reset::Milliseconds, HOOKS);
    site.sandbox.fail_next(month).await;
    close(&site).await.unwrap();
    assert_eq!(site.run().await.kind, RunKind::Removal);
    waits_at_most_an_hour(&site, "closing").await;
}

#[tokio::test]
async fn checks_are_tried_again_after_an_hour() {
    let walk = Walk::start().await;
    walk.up_to(Stage::Verify, &[]).await;
    let month = a_month(Reset::Milliseconds, "/rest/v1.3/companies");
    walk.sandbox.fail_next(month).await;
    let page = walk.check(Stage::Verify).await;
    assert!(page.has_text("PC-RATE"), "{}", page.text());
    let retry_at = "select retry_at from check_run where retry_at is not null";
    let retry_at: DateTime<Utc> = sqlx::query_scalar(retry_at)
        .fetch_one(walk.app.db())
        .await
        .unwrap();
    assert!(retry_at <= walk.app.now() + TimeDelta::hours(1));

    walk.app.advance(TimeDelta::hours(1));
    walk.sandbox.advance_clock(60 * 60).await;
    walk.app.run_jobs().await;
    let page = walk.page(Stage::Verify).await;
    assert!(page.button("Continue").is_some(), "{}", page.text());
}
