//! Setups that stand still: the firm is reminded, and in the end it is support's turn.

use chrono::{DateTime, TimeDelta, Utc};
use concierge::identity::{FirmId, OnboardingId};
use concierge::onboarding::Stage;
use concierge::paths;
use concierge::store::queue_lines;
use concierge::watch::walks;
use concierge::work::Lease;
use concierge::worker;
use sqlx::Row;
use tokio_util::sync::CancellationToken;

use crate::harness::app::{PASSWORD, TestApp};
use crate::harness::case::case_of;
use crate::harness::walk::Walk;
use procore_sandbox::testing::CLIENT_SECRET;

/// How many reminders went to an address.
pub(crate) async fn reminders_to(app: &TestApp, email: &str) -> i64 {
    sqlx::query_scalar("select count(*) from mail where recipient = $1 and kind = 'reminder'")
        .bind(email)
        .fetch_one(app.db())
        .await
        .unwrap()
}

async fn newest_reminder(app: &TestApp, email: &str) -> String {
    let id = sqlx::query_scalar(
        "select mail_id from mail where recipient = $1 and kind = 'reminder'
         order by mail_id desc limit 1",
    )
    .bind(email)
    .fetch_one(app.db())
    .await
    .unwrap();
    concierge::flows::read_mail::in_clear(&app.app, id)
        .await
        .unwrap()
}

/// Whom the firm's setup waits for, and by when support is to see to it.
async fn turn(app: &TestApp, firm: FirmId) -> (String, Option<DateTime<Utc>>) {
    let row = sqlx::query("select waiting_on, due_at from queue_line where firm_id = $1")
        .bind(firm.0)
        .fetch_one(app.db())
        .await
        .unwrap();
    (row.get(0), row.get(1))
}

pub(crate) async fn pass_days(app: &TestApp, days: i64) {
    for _ in 0..days {
        app.advance(TimeDelta::days(1));
        app.run_jobs().await;
    }
}

async fn snooze(app: &TestApp, firm: FirmId, until: DateTime<Utc>) {
    let case = case_of(app, firm).await;
    let mut conn = app.db().acquire().await.unwrap();
    queue_lines::change(&mut conn, firm, case, app.now(), |line| {
        line.snooze(until);
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn over_four_weeks_a_firm_is_reminded_weekly_and_support_takes_over_after_one() {
    let app = TestApp::start().await;
    let one = app.firm_admin().await;
    let two = app.admin_of(one.firm).await;
    let began = app.now();
    app.run_jobs().await;

    let mut sent = Vec::new();
    for day in 1..=28 {
        let before = reminders_to(&app, &one.email).await;
        pass_days(&app, 1).await;
        if reminders_to(&app, &one.email).await > before {
            sent.push(day);
        }
        let (waiting_on, due) = turn(&app, one.firm).await;
        if day < 7 {
            assert_eq!((waiting_on.as_str(), due), ("firm", None), "day {day}");
        } else {
            let tuesday = began + TimeDelta::days(8);
            assert_eq!(
                (waiting_on.as_str(), due),
                ("us", Some(tuesday)),
                "day {day}"
            );
        }
    }
    assert_eq!(sent, [3, 10, 17, 24]);
    assert_eq!(
        reminders_to(&app, &two.email).await,
        4,
        "everybody who acts for it"
    );
    let verbs = app.activity_of(one.firm).await;
    let count = |verb: &str| verbs.iter().filter(|it| *it == verb).count();
    assert_eq!(count("reminder.sent"), 4);
    assert_eq!((count("setup.stalled"), count("setup.escalated")), (1, 1));

    // A step forward makes it the firm's turn again, and counting starts again.
    let browser = app.browser();
    browser.sign_in(&one.email, PASSWORD).await;
    let page = browser.get(&paths::step(one.firm, Stage::Review)).await;
    let fields = ["onboarding", "version"].map(|name| (name, page.value_of(name)));
    let fields = fields.iter().map(|(name, value)| (*name, value.as_str()));
    let fields: Vec<_> = fields.chain([("data", "projects")]).collect();
    let page = browser
        .submit(&page.button("Continue").unwrap(), &fields)
        .await;
    assert_eq!(page.h1(), "Enter your Procore details");
    assert_eq!(turn(&app, one.firm).await, ("firm".to_owned(), None));
    pass_days(&app, 2).await;
    assert_eq!(reminders_to(&app, &one.email).await, 4);
    pass_days(&app, 1).await;
    assert_eq!(
        reminders_to(&app, &one.email).await,
        5,
        "a week since the last one, three days since the step"
    );
}

#[tokio::test]
async fn workers_side_by_side_write_to_nobody_twice() {
    let app = TestApp::start().await;
    let mut admins = Vec::new();
    for _ in 0..8 {
        admins.push(app.firm_admin().await);
    }
    app.run_jobs().await;
    app.advance(TimeDelta::days(3));

    let (one, two) = (app.app.clone(), app.app.clone());
    let (first, second) = tokio::join!(
        tokio::spawn(async move { walks::look_at_due(&one).await.unwrap() }),
        tokio::spawn(async move { walks::look_at_due(&two).await.unwrap() }),
    );

    assert_eq!(
        first.unwrap() + second.unwrap(),
        admins.len(),
        "each looked at once"
    );
    for admin in &admins {
        assert_eq!(reminders_to(&app, &admin.email).await, 1);
    }
}

#[tokio::test]
async fn what_a_worker_has_in_hand_another_passes_over() {
    let app = TestApp::start().await;
    let (one, two) = (app.firm_admin().await, app.firm_admin().await);
    app.run_jobs().await;
    app.advance(TimeDelta::days(3));

    let mut busy = app.db().begin().await.unwrap();
    let held = queue_lines::claim_due(&mut busy, app.now()).await.unwrap();
    let (held, _) = held.expect("one is due");
    assert_eq!(walks::look_at_due(&app.app).await.unwrap(), 1);
    for admin in [&one, &two] {
        let expected = i64::from(admin.firm != held);
        assert_eq!(reminders_to(&app, &admin.email).await, expected);
    }
    busy.rollback().await.unwrap(); // the worker died
    assert_eq!(walks::look_at_due(&app.app).await.unwrap(), 1);
    assert_eq!(reminders_to(&app, &one.email).await, 1);
    assert_eq!(reminders_to(&app, &two.email).await, 1);
}

#[tokio::test]
async fn a_snooze_that_is_shortened_ends_when_it_says() {
    let app = TestApp::start().await;
    let admin = app.firm_admin().await;
    app.run_jobs().await;
    snooze(&app, admin.firm, app.now() + TimeDelta::days(20)).await;
    pass_days(&app, 4).await;
    snooze(&app, admin.firm, app.now() + TimeDelta::days(1)).await;
    pass_days(&app, 1).await;
    assert_eq!(reminders_to(&app, &admin.email).await, 1);
}

/// A flow holds the onboarding first and its line last; the watch has the line in hand and refers
/// to the onboarding. Were it to wait for it there, each would wait for the other.
#[tokio::test]
async fn the_watch_does_not_wait_for_a_locked_onboarding() {
    let app = TestApp::start().await;
    let admin = app.firm_admin().await;
    app.run_jobs().await;
    app.advance(TimeDelta::days(3));

    let id: OnboardingId =
        sqlx::query_scalar("select onboarding_id from onboarding where firm_id = $1")
            .bind(admin.firm.0)
            .fetch_one(app.db())
            .await
            .unwrap();
    let mut flow = app.db().begin().await.unwrap();
    concierge::store::onboardings::find_for_update(&mut flow, admin.firm, id)
        .await
        .unwrap()
        .expect("it is there");
    let mut watch = tokio::spawn({
        let app = app.app.clone();
        async move { walks::look_at_due(&app).await.unwrap() }
    });
    let looked = tokio::time::timeout(std::time::Duration::from_secs(20), &mut watch).await;
    flow.rollback().await.unwrap();
    assert_eq!(looked.expect("it ends by itself").unwrap(), 1);
    assert_eq!(reminders_to(&app, &admin.email).await, 1);
}

#[tokio::test]
async fn a_reminder_names_the_reason_and_leads_straight_to_the_step() {
    let walk = Walk::start().await;
    walk.sandbox.revoke_secret().await;
    walk.up_to(Stage::Verify, &[]).await;
    walk.check(Stage::Verify).await;
    let app = &walk.app;
    app.advance(TimeDelta::days(3));
    app.run_jobs().await;

    let text = newest_reminder(app, &walk.admin.email).await;
    for part in [
        "Your Procore setup needs you at step 3",
        "1. ",
        "How to fix it stands below.",
        "Who can do it:",
        "Step 3: Verify",
        "Step 6: Complete",
        "Continue at step 3",
        "Ref PC-CREDENTIALS",
    ] {
        let subject: String =
            sqlx::query_scalar("select subject from mail where kind = 'reminder' limit 1")
                .fetch_one(app.db())
                .await
                .unwrap();
        assert!(text.contains(part) || subject == part, "{part}: {text}");
    }
    assert!(
        !text.contains("Step 2:"),
        "what is done is not left: {text}"
    );
    assert!(!text.contains(CLIENT_SECRET));

    let links = app.links_in_mail_to(&walk.admin.email).await;
    let step = walk.at(Stage::Verify);
    assert_eq!(links.first(), Some(&step));
    let stranger = app.browser();
    let page = stranger.visit(&step).await;
    assert_eq!(page.h1(), "Sign in");
    let fields = [("email", walk.admin.email.as_str()), ("password", PASSWORD)];
    let page = stranger
        .submit(&page.button("Sign in").unwrap(), &fields)
        .await;
    assert_eq!(page.h1(), "Check your details", "and there they are");
}

#[tokio::test]
async fn a_reminder_carries_everything_that_has_to_be_fixed() {
    let walk = Walk::start().await;
    walk.up_to(Stage::Permissions, &["users"]).await;
    for tool in ["directory", "webhooks_api"] {
        walk.sandbox.set_level(tool, "None").await;
    }
    walk.check(Stage::Permissions).await;
    let app = &walk.app;
    app.advance(TimeDelta::days(3));
    app.run_jobs().await;

    let text = newest_reminder(app, &walk.admin.email).await;
    for part in [
        "Change 2 levels, then release once",
        "Directory: None → Read Only, for People",
        "Webhooks API: None → Standard, for Live updates",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[tokio::test]
async fn nobody_is_reminded_while_procore_is_down() {
    let walk = Walk::start().await;
    let app = &walk.app;
    let other = app.firm_admin().await; // has not begun, and could not do anything either
    walk.up_to(Stage::Verify, &[]).await;
    walk.sandbox.down().await;
    walk.check(Stage::Verify).await;
    pass_days(app, 5).await;
    assert_eq!(reminders_to(app, &walk.admin.email).await, 0);
    assert_eq!(reminders_to(app, &other.email).await, 0);

    walk.sandbox.up().await;
    app.advance(TimeDelta::hours(1));
    app.run_jobs().await; // the checks go on by themselves
    app.advance(TimeDelta::hours(1));
    app.run_jobs().await;
    assert_eq!(reminders_to(app, &other.email).await, 1);
    pass_days(app, 3).await;
    assert_eq!(reminders_to(app, &walk.admin.email).await, 1);
}

#[tokio::test]
async fn a_new_attempt_does_not_end_an_outage() {
    let walk = Walk::start().await;
    let app = &walk.app;
    let other = app.firm_admin().await;
    app.run_jobs().await;
    walk.up_to(Stage::Verify, &[]).await;
    walk.sandbox.down().await;
    walk.check(Stage::Verify).await;

    app.advance(TimeDelta::days(3));
    let worker = worker::new(app.app.clone(), CancellationToken::new());
    let due = worker.claim().await.unwrap();
    let checks = |(lease, _): &&(Lease, _)| lease.kind == "checks";
    let (retry, _place) = due.iter().find(checks).expect("the next attempt");
    worker.attend(retry).await; // from here on the attempt is under way
    assert_ne!(walks::look_at_due(&app.app).await.unwrap(), 0);
    assert_eq!(reminders_to(app, &other.email).await, 0);
}

#[tokio::test]
async fn a_line_that_cannot_be_looked_at_keeps_nobody_else_waiting() {
    let app = TestApp::start().await;
    let (bad, good) = (app.firm_admin().await, app.firm_admin().await);
    app.run_jobs().await;
    let spoil = "update queue_line set furthest = $2 where firm_id = $1";
    sqlx::query(spoil)
        .bind(bad.firm)
        .bind(99_i16)
        .execute(app.db())
        .await
        .unwrap();
    pass_days(&app, 3).await;
    assert_eq!(reminders_to(&app, &good.email).await, 1);
    assert_eq!(reminders_to(&app, &bad.email).await, 0);

    sqlx::query(spoil)
        .bind(bad.firm)
        .bind(0_i16)
        .execute(app.db())
        .await
        .unwrap();
    app.run_jobs().await;
    assert_eq!(reminders_to(&app, &bad.email).await, 0, "not before");
    app.advance(TimeDelta::hours(1));
    app.run_jobs().await;
    assert_eq!(reminders_to(&app, &bad.email).await, 1);
}

#[tokio::test]
async fn a_case_that_support_put_off_is_left_alone_until_then() {
    let app = TestApp::start().await;
    let admin = app.firm_admin().await;
    app.run_jobs().await;
    snooze(&app, admin.firm, app.now() + TimeDelta::days(9)).await;
    pass_days(&app, 8).await;
    assert_eq!(reminders_to(&app, &admin.email).await, 0);
    assert_eq!(turn(&app, admin.firm).await.0, "firm");
    pass_days(&app, 1).await;
    assert_eq!(reminders_to(&app, &admin.email).await, 1);
    assert_eq!(turn(&app, admin.firm).await.0, "us");
}

#[tokio::test]
async fn a_connected_firm_is_left_in_peace() {
    let walk = Walk::start().await;
    walk.connect(&["offices"]).await;
    let app = &walk.app;
    for _ in 0..10 {
        walk.sandbox.advance_clock(24 * 60 * 60).await;
        pass_days(app, 1).await;
    }
    assert_eq!(reminders_to(app, &walk.admin.email).await, 0);
    assert_eq!(
        turn(app, walk.admin.firm).await,
        ("nobody".to_owned(), None)
    );
    let case = case_of(app, walk.admin.firm).await;
    let look_at: Option<DateTime<Utc>> =
        sqlx::query_scalar("select watch_at from queue_line where onboarding_id = $1")
            .bind(case)
            .fetch_one(app.db())
            .await
            .unwrap();
    assert_eq!(look_at, None, "nothing to watch any more");
}
