//! What Procore carries out after we had given up waiting leaves nothing behind.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use concierge::catalog::DataSet;
use concierge::ledger::{RunKind, RunState};
use concierge::onboarding::Stage;

use crate::close_case::close;
use crate::harness::app::work_until_nothing_is_due;
use crate::harness::gate;
use crate::harness::site::{Site, choices, policy};
use crate::harness::walk::Walk;
use procore_sandbox::testing::{Fail, SandboxOptions};

const HOOKS: &str = "/rest/v2.0/companies/5358233/webhooks/hooks";

/// The next webhook is created after we gave up waiting.
fn late_hook() -> Fail {
    Fail::late(75).on(HOOKS).method("POST")
}

#[tokio::test]
async fn a_webhook_that_procore_creates_long_after_is_removed() {
    let walk = Walk::start().await;
    walk.up_to(Stage::Complete, &["offices"]).await;
    walk.sandbox.fail_next(late_hook()).await;
    walk.complete().await;
    walk.app.advance(TimeDelta::seconds(20));
    walk.app.run_jobs().await;
    assert_eq!(
        walk.page(Stage::Complete).await.h1(),
        "Procore is connected"
    );

    walk.sandbox.advance_clock(80).await;
    assert_eq!(walk.sandbox.state().await.hooks.len(), 2, "the late one");
    walk.app.advance(TimeDelta::minutes(4));
    walk.app.run_jobs().await;
    assert_eq!(walk.sandbox.state().await.hooks.len(), 2, "not yet");
    walk.app.advance(TimeDelta::minutes(2));
    walk.app.run_jobs().await;
    let left = walk.sandbox.state().await.hooks;
    assert_eq!(left.len(), 1);
    assert!(
        !left[0].triggers.is_empty(),
        "the one that tells us of changes"
    );
}

#[tokio::test]
async fn a_webhook_that_procore_creates_after_the_removal_looked_is_removed_too() {
    let site = Site::confirmed(choices(&[DataSet::Offices]), SandboxOptions::default()).await;
    site.sandbox.fail_next(late_hook()).await;
    site.work().await;
    assert_eq!(site.run().await.state, RunState::Waiting);
    // The worker that would go on with the setup finds it closed.
    let forget = "delete from work where kind = 'completion'";
    sqlx::query(forget).execute(site.db.pool()).await.unwrap();
    close(&site).await.unwrap();

    site.work().await; // nothing is there yet
    assert_eq!(site.run().await.kind, RunKind::Removal);
    assert_eq!(site.run().await.state, RunState::Waiting);
    site.advance(80).await;
    assert_eq!(site.sandbox.state().await.hooks.len(), 1, "the late one");
    assert_eq!(site.work_to_the_end().await, RunState::Done);
    assert_eq!(site.sandbox.state().await.hooks.len(), 0);
}

#[tokio::test]
async fn each_creation_without_an_answer_has_a_time_of_its_own() {
    let site = Site::confirmed(choices(&[DataSet::Offices]), SandboxOptions::default()).await;
    let hooks = Fail::late(600).on(HOOKS).method("POST");
    site.sandbox.fail_next(hooks.times(2)).await;
    for _ in 0..2 {
        site.work().await;
        let sql = "select due_at from work where kind = 'late_look'";
        let due_at: DateTime<Utc> = sqlx::query_scalar(sql)
            .fetch_one(site.db.pool())
            .await
            .unwrap();
        assert_eq!(due_at - site.clock.now(), TimeDelta::minutes(5));
        site.advance(240).await;
    }
}

/// A firm whose completion is over, and a second webhook that Procore created late.
async fn with_a_late_webhook() -> Site {
    let site = Site::confirmed(choices(&[DataSet::Offices]), SandboxOptions::default()).await;
    site.sandbox.fail_next(late_hook()).await;
    for _ in 0..2 {
        site.work().await;
        site.advance(20).await;
    }
    assert_eq!(site.run().await.state, RunState::Done);
    site.advance(600).await;
    assert_eq!(site.sandbox.state().await.hooks.len(), 2);
    site
}

#[tokio::test]
async fn nothing_is_removed_once_what_the_look_goes_by_has_changed() {
    let site = with_a_late_webhook().await;
    // While the look lists our webhooks, somebody lets the run go on.
    let (db, once) = (site.db.pool().clone(), Arc::new(AtomicBool::new(true)));
    let gate = gate::open(&site.sandbox.url, move |request| {
        let is_list = request.method == "GET" && request.uri.path() == HOOKS;
        let acts = is_list && once.swap(false, Ordering::Relaxed);
        let db = db.clone();
        Box::pin(async move {
            let goes_on = "update run set state = 'running', finished_at = null";
            if acts {
                sqlx::query(goes_on).execute(&db).await.unwrap();
            }
        })
    })
    .await;
    work_until_nothing_is_due(&site.app_before(&gate, policy())).await;
    assert_eq!(site.run().await.state, RunState::Running);
    assert_eq!(site.sandbox.state().await.hooks.len(), 2);

    let ended = "update run set state = 'done', finished_at = $1";
    let ended = sqlx::query(ended).bind(site.clock.now());
    ended.execute(site.db.pool()).await.unwrap();
    site.advance(600).await;
    work_until_nothing_is_due(&site.app).await;
    assert_eq!(site.sandbox.state().await.hooks.len(), 1);
}

#[tokio::test]
async fn triggers_that_procore_creates_a_second_time_are_removed() {
    let walk = Walk::start().await;
    walk.up_to(Stage::Complete, &["offices"]).await;
    let bulk = format!("{HOOKS}/");
    let late = Fail::late(75).on(&bulk).method("POST");
    walk.sandbox.fail_next(late).await;
    walk.complete().await;
    walk.app.advance(TimeDelta::seconds(20));
    walk.app.run_jobs().await;
    let page = walk.page(Stage::Complete).await;
    assert_eq!(page.h1(), "Procore is connected");
    let triggers = async || {
        let mut triggers = walk.sandbox.state().await.hooks.remove(0).triggers;
        triggers.sort();
        triggers
    };
    let wanted = triggers().await;

    walk.sandbox.advance_clock(80).await;
    assert_eq!(triggers().await.len(), 2 * wanted.len(), "each twice");
    walk.app.advance(TimeDelta::minutes(6));
    walk.app.run_jobs().await;
    assert_eq!(triggers().await, wanted);
}

#[tokio::test]
async fn a_late_webhook_that_procore_will_not_remove_is_removed_another_day() {
    let walk = Walk::start().await;
    walk.up_to(Stage::Complete, &["offices"]).await;
    walk.sandbox.fail_next(late_hook()).await;
    walk.complete().await;
    walk.app.advance(TimeDelta::seconds(20));
    walk.app.run_jobs().await;
    walk.sandbox.advance_clock(80).await;
    let refused = Fail::status(422).on(HOOKS).method("DELETE");
    walk.sandbox.fail_next(refused).await;
    for (wait, hooks) in [
        (TimeDelta::minutes(6), 2),
        (TimeDelta::hours(23), 2),
        (TimeDelta::hours(2), 1),
    ] {
        walk.app.advance(wait);
        walk.sandbox.advance_clock(wait.num_seconds()).await;
        walk.app.run_jobs().await;
        assert_eq!(walk.sandbox.state().await.hooks.len(), hooks, "{wait}");
    }
}
