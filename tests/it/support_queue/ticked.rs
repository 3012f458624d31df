//! Acting on several rows of the queue at once.

use chrono::TimeDelta;
use concierge::identity::SupportRole;
use concierge::onboarding::Stage;
use concierge::paths;

use super::lines::{line, names, queue};
use crate::harness::app::{SupportPerson, TestApp};
use crate::harness::page::Page;
use crate::harness::walk::Walk;

/// Ticks these firms on a page of the queue, or on all of it, and presses a button.
async fn press(
    support: &SupportPerson,
    page: &Page,
    firms: &[&str],
    action: &str,
    fields: &[(&str, &str)],
) -> Page {
    let ticks = page.values("tbody input[name='case']");
    let shown = names(page);
    let mut sent = vec![("action", action)];
    for (firm, tick) in shown.iter().zip(&ticks) {
        if firms.contains(&firm.as_str()) {
            sent.push(("case", tick.as_str()));
        }
    }
    sent.extend_from_slice(fields);
    support.browser.post(paths::SUPPORT_TICKED, &sent).await
}

async fn three(app: &TestApp) {
    for name in ["Acme", "Birch", "Cedar"] {
        line(app, name, "situation = 'in_progress'").await;
    }
}

#[tokio::test]
async fn ticked_rows_are_assigned_and_snoozed_together() {
    let app = TestApp::start().await;
    three(&app).await;
    let support = app.support(SupportRole::Staff).await;
    let other = app.support(SupportRole::Lead).await;
    let page = support.browser.get(paths::SUPPORT).await;
    let answer = press(&support, &page, &["Acme", "Cedar"], "take", &[]).await;
    assert_eq!(answer.status, 303, "{}", answer.text());
    let page = support.browser.follow(answer).await;
    assert!(page.has_text("2 onboardings assigned."), "{}", page.text());
    let mine = support.browser.get(&queue("view=mine")).await;
    assert_eq!(names(&mine), ["Acme", "Cedar"]);

    let them = other.person.to_string();
    let fields = [("to", them.as_str()), ("why", "They know them")];
    let answer = press(&support, &mine, &["Cedar"], "assign", &fields).await;
    assert_eq!(answer.status, 303, "{}", answer.text());
    let mine = support.browser.get(&queue("view=mine")).await;
    assert_eq!(names(&mine), ["Acme"]);

    let page = support.browser.get(paths::SUPPORT).await;
    let fields = [("day", "2026-03-05")];
    let answer = press(
        &support,
        &page,
        &["Acme", "Birch", "Cedar"],
        "snooze",
        &fields,
    )
    .await;
    let page = support.browser.follow(answer).await;
    assert!(
        page.has_text("3 onboardings snoozed until 5 March."),
        "{}",
        page.text()
    );
    let snoozed = page.texts("tbody tr").concat();
    assert_eq!(snoozed.matches("Snoozed until").count(), 3, "{snoozed}");
    let recorded: i64 = sqlx::query_scalar(
        "select count(*) from activity where verb in ('case.assigned', 'case.snoozed')
         and visible_to = 'staff' and actor_id = $1 and firm_id is not null",
    )
    .bind(support.person.0)
    .fetch_one(app.db())
    .await
    .unwrap();
    assert_eq!(recorded, 6);
}

#[tokio::test]
async fn ticked_firms_are_reminded_once_a_day() {
    let walk = Walk::start().await;
    walk.up_to(Stage::Verify, &[]).await;
    line(&walk.app, "Nobody there", "situation = 'in_progress'").await;
    let support = walk.app.support(SupportRole::Staff).await;
    let page = support.browser.get(paths::SUPPORT).await;
    let all = ["Firm 1", "Nobody there"];
    let answer = press(&support, &page, &all, "remind", &[]).await;
    assert_eq!(answer.status, 409, "{}", answer.text());
    assert!(
        answer.has_text("1 onboarding reminded, by mails that are only kept"),
        "{}",
        answer.text()
    );
    assert!(answer.has_text("Nobody there: "), "{}", answer.text());
    assert_eq!(walk.app.mails_to(&walk.admin.email).await, 1);
    let verbs = walk.app.activity_of(walk.admin.firm).await;
    for verb in ["case.reminded", "reminder.sent"] {
        assert!(verbs.iter().any(|it| it == verb), "{verb}: {verbs:?}");
    }

    let again = support.browser.get(paths::SUPPORT).await;
    let answer = press(&support, &again, &["Firm 1"], "remind", &[]).await;
    assert_eq!(answer.status, 409);
    assert!(answer.has_text("The firm was reminded within the last 24 hours."));
    assert_eq!(walk.app.mails_to(&walk.admin.email).await, 1);
}

#[tokio::test]
async fn what_somebody_else_changed_is_left_and_said() {
    let app = TestApp::start().await;
    three(&app).await;
    let (one, two) = (
        app.support(SupportRole::Staff).await,
        app.support(SupportRole::Staff).await,
    );
    let page = one.browser.get(paths::SUPPORT).await;
    let same = two.browser.get(paths::SUPPORT).await;
    assert_eq!(
        press(&one, &page, &["Birch"], "take", &[]).await.status,
        303
    );
    // The same form sent twice is one action.
    assert_eq!(
        press(&one, &page, &["Birch"], "take", &[]).await.status,
        303
    );

    let fields = [("day", "2026-03-05"), ("why", "On holiday")];
    let answer = press(&two, &same, &["Acme", "Birch"], "snooze", &fields).await;
    assert_eq!(answer.status, 409, "{}", answer.text());
    let notice = answer.texts(".notice").concat();
    assert!(
        notice.contains("1 onboarding snoozed until 5 March."),
        "{notice}"
    );
    assert!(
        notice.contains("Birch: ") && notice.contains("just now: Assigned the case"),
        "{notice}"
    );
    let ticked = answer.values("tbody input[checked]");
    assert_eq!(ticked.len(), 1, "only what is left stays ticked");
    assert_eq!(answer.value_of("day"), "2026-03-05");
    assert_eq!(answer.value_of("why"), "On holiday");
    // The page that says so can be sent.
    let answer = press(&two, &answer, &["Birch"], "snooze", &fields).await;
    assert_eq!(answer.status, 303, "{}", answer.text());
}

#[tokio::test]
async fn a_mistake_loses_neither_ticks_nor_words() {
    let app = TestApp::start().await;
    three(&app).await;
    let support = app.support(SupportRole::Staff).await;
    let page = support.browser.get(paths::SUPPORT).await;
    let all = ["Acme", "Birch"];
    for (firms, action, fields, field, error) in [
        (
            &all[..],
            "snooze",
            [("day", "1999-01-01"), ("why", "Later")],
            "day",
            "Choose a day from tomorrow on",
        ),
        (
            &[],
            "take",
            [("day", ""), ("why", "Later")],
            "case",
            "Tick at least one row",
        ),
        (
            &all,
            "assign",
            [("to", "x"), ("why", "Later")],
            "to",
            "Choose who looks after the case",
        ),
    ] {
        let answer = press(&support, &page, firms, action, &fields).await;
        assert_eq!(answer.status, 422, "{action}: {}", answer.text());
        assert_eq!(answer.error_for(field), error, "{action}");
        assert_eq!(
            answer.values("tbody input[checked]").len(),
            firms.len(),
            "{action}"
        );
        assert_eq!(answer.value_of("why"), "Later", "{action}");
    }
    let secret = [("why", "the key is sk_live_51HcOqwLkjsd8123")];
    let answer = press(&support, &page, &all, "take", &secret).await;
    assert_eq!(answer.status, 422);
    assert!(answer.error_for("why").starts_with("This looks like"));
    assert!(!answer.html.contains("sk_live"));
    let acted: i64 = sqlx::query_scalar("select count(*) from activity where verb like 'case.%'")
        .fetch_one(app.db())
        .await
        .unwrap();
    assert_eq!(acted, 0);
}

#[tokio::test]
async fn ticked_rows_are_for_support_alone() {
    let app = TestApp::start().await;
    three(&app).await;
    let support = app.support(SupportRole::Staff).await;
    let admin = app.firm_admin().await;
    let page = support.browser.get(paths::SUPPORT).await;
    let tick = page.values("tbody input[name='case']").remove(0);
    let sent = [("action", "take"), ("case", tick.as_str())];
    assert_eq!(
        admin
            .browser
            .post(paths::SUPPORT_TICKED, &sent)
            .await
            .status,
        404
    );
    assert_eq!(
        app.browser()
            .post(paths::SUPPORT_TICKED, &sent)
            .await
            .status,
        303
    );
}

#[tokio::test]
async fn a_page_that_reads_itself_again_keeps_nobody_signed_in() {
    let app = TestApp::start().await;
    let support = app.support(SupportRole::Staff).await;
    let page = support.browser.get(&queue("view=stalled")).await;
    assert!(
        page.html
            .contains("data-live-url=\"/support?view=stalled\""),
        "{}",
        page.html
    );
    for _ in 0..4 {
        app.advance(TimeDelta::minutes(40));
        support
            .browser
            .get_with(paths::SUPPORT, &[("x-refresh", "1")])
            .await;
        app.settle().await;
    }
    let page = support.browser.visit(paths::SUPPORT).await;
    assert_eq!(page.h1(), "Sign in");
}
