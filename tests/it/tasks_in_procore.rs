//! Step 2 for those who have no key and secret yet: tasks in Procore that are ticked.

use chrono::TimeDelta;
use concierge::onboarding::Stage;
use concierge::paths;

use crate::harness::colleague::Colleague;
use crate::harness::page::Page;
use crate::harness::walk::Walk;

async fn mark(walk: &Walk, page: &Page, task: &str, mark: &str) -> Page {
    let (onboarding, version) = (page.value_of("onboarding"), page.value_of("version"));
    let fields = [
        ("onboarding", onboarding.as_str()),
        ("version", version.as_str()),
        ("task", task),
        ("mark", mark),
    ];
    let address = paths::mark_task(walk.admin.firm);
    walk.admin.browser.submit(&address, &fields).await
}

async fn line(walk: &Walk) -> (String, Option<String>, String) {
    sqlx::query_as("select situation, reason, waiting_on from queue_line where firm_id = $1")
        .bind(walk.admin.firm.0)
        .fetch_one(walk.app.db())
        .await
        .unwrap()
}

const TITLES: &str = ".task-title";
const DONE: &str = ".task.is-done .task-title";
const OPEN: &str = ".task > details[open] .task-title";

#[tokio::test]
async fn ticks_are_saved_and_one_comes_back_to_the_same_task() {
    let walk = Walk::start().await;
    let page = walk.up_to(Stage::Credentials, &["projects"]).await;
    assert_eq!(page.texts(OPEN), ["Create the app"]);
    assert!(
        page.button("Save and continue").is_some(),
        "the fields are there with either"
    );
    let to_fields = page.link("I have them now");
    assert_eq!(to_fields.as_deref(), Some("#company_id"), "above the tasks");
    mark(&walk, &page, "create", "done").await;
    let page = mark(&walk, &page, "version", "done").await;
    assert_eq!(page.texts(OPEN), ["Set the app’s levels"]);

    let colleague = walk.app.admin_of(walk.admin.firm).await;
    let page = colleague.browser.get(&walk.at(Stage::Credentials)).await;
    assert_eq!(page.texts(DONE).len(), 2, "the ticks are the firm's");
    assert_eq!(page.texts("#have_not_yet[checked]").len(), 1);
    let page = mark(&walk, &page, "version", "open").await;
    assert_eq!(
        page.texts(OPEN),
        ["Give it a version with a service account"]
    );
    assert_eq!(mark(&walk, &page, "nothing", "done").await.status, 404);
}

#[tokio::test]
async fn only_what_the_choice_needs_is_a_task() {
    let walk = Walk::start().await;
    let page = walk.up_to(Stage::Credentials, &["offices"]).await;
    assert!(
        !page.has_text("Choose the projects to share"),
        "{}",
        page.text()
    );
    walk.review(&["offices", "projects"]).await;
    let page = walk.page(Stage::Credentials).await;
    assert!(
        page.has_text("Choose the projects to share"),
        "{}",
        page.text()
    );
}

#[tokio::test]
async fn procores_review_is_waited_for_with_one_reminder_a_week() {
    let walk = Walk::start().await;
    let page = walk.up_to(Stage::Credentials, &[]).await;
    let page = mark(&walk, &page, "review", "waiting").await;
    assert!(page.has_text("PC-PENDING-APPROVAL"), "{}", page.text());
    let pending = (
        "pending_approval".to_owned(),
        Some("PC-PENDING-APPROVAL".to_owned()),
        "procore".to_owned(),
    );
    assert_eq!(line(&walk).await, pending);

    let email = walk.admin.email.clone();
    let before = walk.app.mails_to(&email).await;
    for (days, mails) in [(4, 0), (4, 1), (3, 1), (5, 2)] {
        walk.app.advance(TimeDelta::days(days));
        walk.app.run_jobs().await;
        assert_eq!(walk.app.mails_to(&email).await, before + mails);
    }
    assert_eq!(
        line(&walk).await,
        pending,
        "it never becomes support's turn"
    );
}

#[tokio::test]
async fn the_firm_ends_the_wait_itself() {
    let walk = Walk::start().await;
    let page = walk.up_to(Stage::Credentials, &[]).await;
    let page = mark(&walk, &page, "review", "waiting").await;
    assert!(
        page.has_text("Waiting for Procore since"),
        "{}",
        page.text()
    );
    let page = mark(&walk, &page, "review", "done").await;
    assert_eq!(page.texts(DONE), ["Wait for Procore’s review, done"]);
    assert_eq!(line(&walk).await.0, "in_progress");
}

#[tokio::test]
async fn details_that_work_end_the_wait() {
    let walk = Walk::start().await;
    let page = walk.up_to(Stage::Credentials, &[]).await;
    mark(&walk, &page, "review", "waiting").await;
    walk.up_to(Stage::Verify, &[]).await;
    walk.check(Stage::Verify).await; // before *Continue*
    assert_eq!(line(&walk).await.0, "in_progress");
    let pending: Option<chrono::DateTime<chrono::Utc>> =
        sqlx::query_scalar("select approval_pending_since from onboarding")
            .fetch_one(walk.app.db())
            .await
            .unwrap();
    assert_eq!(pending, None);
}

#[tokio::test]
async fn a_colleague_who_is_asked_for_the_details_ticks_the_same_tasks() {
    let walk = Walk::start().await;
    walk.up_to(Stage::Credentials, &["projects"]).await;
    let dana = Colleague::asked(&walk, Stage::Credentials, "dana@firm.example", &[]).await;
    let page = dana.page().await;
    let own = walk.page(Stage::Credentials).await;
    assert_eq!(page.texts(TITLES), own.texts(TITLES));
    assert_eq!(page.texts(OPEN), ["Create the app"]);

    let tick = [("task", "create"), ("mark", "done")];
    let page = dana.send("task", &tick).await;
    assert_eq!(page.texts(DONE).len(), 1, "{}", page.text());
    assert_eq!(page.texts("#have_not_yet[checked]").len(), 1);
    let own = walk.page(Stage::Credentials).await;
    assert_eq!(own.texts(DONE).len(), 1, "the ticks are the firm's");
}
