//! The figures of support: drawn, with the numbers in a table behind.

use chrono::TimeDelta;
use concierge::identity::SupportRole;
use concierge::onboarding::Stage;
use concierge::paths;
use sqlx::AssertSqlSafe;

use crate::harness::app::{PASSWORD, SupportPerson, TestApp};
use crate::harness::page::Page;
use crate::harness::walk::Walk;

/// The table behind a chart, row by row.
fn table(page: &Page, chart: &str) -> Vec<String> {
    page.texts(&format!("#{chart}-table tbody tr"))
}

async fn overview(support: &SupportPerson, query: &str) -> Page {
    let path = format!("{}{query}", paths::SUPPORT_OVERVIEW);
    support.browser.get(&path).await
}

/// A firm that began so many days ago and whose line says what `change` sets; `$2` is now.
async fn began(app: &TestApp, name: &str, days: i64, change: &str) {
    let firm = app.firm(name).await;
    let sql = format!(
        "update queue_line set started_at = $2::timestamptz - make_interval(days => $3::int), {change}
         where firm_id = $1"
    );
    sqlx::query(AssertSqlSafe(sql))
        .bind(firm.0)
        .bind(app.now())
        .bind(i32::try_from(days).unwrap())
        .execute(app.db())
        .await
        .unwrap();
}

#[tokio::test]
async fn the_funnel_the_reasons_and_the_times_are_those_of_the_period() {
    let app = TestApp::start().await;
    let done = "situation = 'connected', stage = 'done', furthest = 7";
    for (name, days, change) in [
        ("Never", 1, "furthest = 0".to_owned()),
        (
            "Back at the key",
            2,
            "furthest = 4, stage = 'verify', situation = 'key_rejected', \
             met = '{in_progress,key_rejected}', access_way = 'own_app'"
                .to_owned(),
        ),
        (
            "Idle",
            6,
            "furthest = 3, situation = 'in_progress', \
             progress_at = $2 - interval '5 days'"
                .to_owned(),
        ),
        (
            "Quick",
            3,
            format!("{done}, completed_at = $2 - interval '70 hours'"),
        ),
        (
            "Slow",
            20,
            format!(
                "{done}, completed_at = $2 - interval '1 day', access_way = 'own_app', \
                 waited_seconds = '{{0,86400,172800,0,0,0,0}}'"
            ),
        ),
        (
            "Long ago",
            60,
            format!("{done}, completed_at = $2 - interval '59 days'"),
        ),
    ] {
        began(&app, name, days, &change).await;
    }
    let support = app.support(SupportRole::Staff).await;

    let page = overview(&support, "?days=7").await;
    assert_eq!(page.h1(), "Overview");
    assert_eq!(page.texts(".views a[aria-current]"), ["Last 7 days"]);
    assert_eq!(
        page.texts(".figure").join(", "),
        "Firms that began4, Connected of these1 (25%), \
         Median time to complete8 days, Nine of ten within16 days"
    );
    assert_eq!(
        table(&page, "funnel"),
        [
            "Began4",
            "Key and secret375%",
            "Verify3100%",
            "Settings3100%",
            "Permissions267%",
            "The plan150%",
            "Setting up1100%",
            "Connected1100%",
        ]
    );
    assert_eq!(
        table(&page, "reasons"),
        ["Key rejected1", "Never started1", "Idle1"]
    );
    assert_eq!(
        table(&page, "lengths"),
        [
            "Within an hour0",
            "Within a day1",
            "Within three days0",
            "Within a week0",
            "Within a month1",
            "Longer0",
        ]
    );
    let days = table(&page, "line");
    assert_eq!(days.len(), 7);
    assert!(days.contains(&"1 Mar1".to_owned()) && days.contains(&"2 Mar0".to_owned()));

    let page = overview(&support, "").await;
    assert_eq!(page.texts(".views a[aria-current]"), ["Last 30 days"]);
    assert!(table(&page, "funnel")[0].starts_with("Began5"));
    let page = overview(&support, "?days=90").await;
    assert!(table(&page, "funnel")[0].starts_with("Began6"));
    assert!(page.has_text("Connected per week") && table(&page, "line").len() == 13);
    let page = overview(&support, "?days=90&reason=key_rejected").await;
    assert!(
        table(&page, "funnel")[0].starts_with("Began1"),
        "{}",
        page.text()
    );
    assert!(
        page.html.contains("days=7&amp;reason=key_rejected")
            || page.html.contains("days=7&#38;reason=key_rejected"),
        "kept by the periods"
    );
    let page = overview(&support, "?days=90&way=own_app&reason=no-reason").await;
    assert!(
        table(&page, "funnel")[0].starts_with("Began2"),
        "{}",
        page.text()
    );
    let page = overview(&support, "?from=2026-01-01&to=2026-01-02").await;
    assert!(
        table(&page, "funnel")[0].starts_with("Began1"),
        "{}",
        page.text()
    );
    assert!(page.texts(".views a[aria-current]").is_empty());
}

#[tokio::test]
async fn medians_of_the_steps_come_from_what_people_did() {
    let walk = Walk::start().await;
    let steps = [
        (Stage::Credentials, 10),
        (Stage::Verify, 20),
        (Stage::Settings, 5),
        (Stage::Permissions, 3),
        (Stage::Complete, 2),
    ];
    for (step, minutes) in steps {
        walk.app.advance(TimeDelta::minutes(minutes));
        walk.up_to(step, &["projects"]).await;
    }
    let support = walk.app.support(SupportRole::Staff).await;
    let page = overview(&support, "").await;
    assert_eq!(
        table(&page, "steps"),
        [
            "Review the steps10 minutes",
            "Key and secret20 minutes",
            "Verify5 minutes",
            "Settings3 minutes",
            "Permissions2 minutes",
            "Confirm the planNobody yet",
            "Setting upNobody yet",
        ]
    );
    // Each drawn in a picture that names the table behind it.
    for chart in ["funnel", "steps", "reasons", "lengths", "line"] {
        let described = format!("svg[role='img'][aria-describedby='{chart}-table']");
        assert_eq!(page.texts(&described).len(), 1, "{chart}");
    }
}

#[tokio::test]
async fn a_period_without_anybody_says_so_and_a_wrong_one_is_refused() {
    let app = TestApp::start().await;
    let support = app.support(SupportRole::Staff).await;
    let page = overview(&support, "").await;
    assert!(page.has_text("No firm began in this period"));

    for (query, field, said) in [
        ("?from=x", "from", "Enter a day in the form 2026-03-31"),
        (
            "?from=2026-03-02&to=2026-03-01",
            "to",
            "The last day must not be before the first one",
        ),
        (
            "?from=2020-01-01",
            "from",
            "Choose a period of at most two years",
        ),
    ] {
        let page = overview(&support, query).await;
        assert_eq!(page.status, 422, "{query}");
        assert_eq!(page.error_for(field), said);
    }
    assert_eq!(
        overview(&support, "?from=%3Cx-evil%3E")
            .await
            .value_of("from"),
        "<x-evil>"
    );
    let far = overview(&support, "?from=9998-12-31&to=9998-12-31").await;
    assert_eq!(far.status, 200);
}

#[tokio::test]
async fn the_numbers_are_for_support_with_a_second_factor_alone() {
    let app = TestApp::start().await;
    let admin = app.firm_admin().await;
    let support = app.support(SupportRole::Staff).await;
    let half_way = app.browser();
    half_way.sign_in(&support.email, PASSWORD).await;
    let path = paths::SUPPORT_OVERVIEW;
    assert_eq!(admin.browser.get(path).await.status, 404);
    assert_eq!(app.browser().visit(path).await.h1(), "Sign in");
    assert_eq!(half_way.visit(path).await.h1(), "Enter your code");
}
