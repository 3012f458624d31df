//! A colleague who fixes everything and closes the page without a word.

use chrono::TimeDelta;
use concierge::onboarding::Stage;

use crate::harness::colleague::Colleague;
use crate::harness::walk::Walk;

const DANA: &str = "dana@firm.example";
const SUBJECT: &str = "The checks in Procore pass now";

/// How often the admin was told that it passes.
async fn told(walk: &Walk) -> i64 {
    sqlx::query_scalar("select count(*) from mail where recipient = $1 and subject = $2")
        .bind(&walk.admin.email)
        .bind(SUBJECT)
        .fetch_one(walk.app.db())
        .await
        .unwrap()
}

async fn pass(walk: &Walk, minutes: i64) {
    walk.app.advance(TimeDelta::minutes(minutes));
    walk.app.run_jobs().await;
}

/// The app is not installed; Dana was asked to fix that.
async fn asked() -> (Walk, Colleague) {
    let walk = Walk::start().await;
    walk.up_to(Stage::Verify, &[]).await;
    walk.sandbox.uninstall().await;
    walk.check(Stage::Verify).await;
    let fix = [("task", "fix_permissions")];
    let dana = Colleague::asked(&walk, Stage::Verify, DANA, &fix).await;
    (walk, dana)
}

async fn check(walk: &Walk, dana: &Colleague) {
    dana.press("Check again", &[]).await;
    walk.app.run_jobs().await;
}

#[tokio::test]
async fn the_admin_is_told_once_that_everything_passes() {
    let (walk, dana) = asked().await;
    check(&walk, &dana).await;
    pass(&walk, 30).await;
    assert_eq!(told(&walk).await, 0, "nothing is fixed yet");

    walk.sandbox.reinstall_with_projects().await;
    check(&walk, &dana).await;
    pass(&walk, 9).await;
    assert_eq!(told(&walk).await, 0, "Dana may be about to say so");
    pass(&walk, 1).await;
    assert_eq!(told(&walk).await, 1);
    pass(&walk, 60).await;
    assert_eq!(told(&walk).await, 1);
    let verbs = walk.app.activity_of(walk.admin.firm).await;
    assert!(verbs.contains(&"handover.passes".to_owned()), "{verbs:?}");
    let page = dana.page().await;
    assert!(page.button("Done").is_some(), "the task is still theirs");
}

#[tokio::test]
async fn nothing_is_reported_for_a_colleague_who_says_done() {
    let (walk, dana) = asked().await;
    walk.sandbox.reinstall_with_projects().await;
    check(&walk, &dana).await;
    dana.press("Done", &[]).await;
    pass(&walk, 60).await;
    assert_eq!(told(&walk).await, 0);
}
