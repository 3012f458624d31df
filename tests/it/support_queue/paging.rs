//! From page to page, in every order.

use std::collections::HashSet;

use concierge::identity::SupportRole;
use concierge::paths;

use super::lines::{line, many, names, queue};
use crate::harness::app::TestApp;
use crate::harness::browser::Browser;

/// Every firm, page by page.
async fn read_on(browser: &Browser, from: &str) -> Vec<Vec<String>> {
    let mut pages = Vec::new();
    let mut next = Some(from.to_owned());
    while let Some(path) = next {
        let page = browser.get(&path).await;
        pages.push(names(&page));
        next = page.link("Next");
    }
    pages
}

#[tokio::test]
async fn nobody_is_lost_or_shown_twice_where_all_are_alike() {
    let app = TestApp::start().await;
    many(&app, 120).await;
    let support = app.support(SupportRole::Staff).await;
    for sort in [
        "urgency", "-urgency", "firm", "-firm", "idle", "-idle", "due", "-due", "contact",
        "-contact",
    ] {
        let pages = read_on(&support.browser, &queue(&format!("sort={sort}"))).await;
        let sizes: Vec<_> = pages.iter().map(Vec::len).collect();
        assert_eq!(sizes, [50, 50, 20], "{sort}");
        let different: HashSet<_> = pages.concat().into_iter().collect();
        assert_eq!(different.len(), 120, "{sort}");
    }
}

#[tokio::test]
async fn the_way_back_leads_through_the_same_pages() {
    let app = TestApp::start().await;
    many(&app, 120).await;
    let support = app.support(SupportRole::Staff).await;
    for query in ["sort=firm", "sort=-due", "q=firm"] {
        let first = support.browser.get(&queue(query)).await;
        assert_eq!(first.link("Previous"), None, "{query}");
        let second = support.browser.get(&first.link("Next").unwrap()).await;
        let third = support.browser.get(&second.link("Next").unwrap()).await;
        assert_eq!(third.link("Next"), None, "{query}");
        assert_eq!(names(&third).len(), 20, "{query}");
        let back = support.browser.get(&third.link("Previous").unwrap()).await;
        assert_eq!(names(&back), names(&second), "{query}");
        let back = support.browser.get(&back.link("Previous").unwrap()).await;
        assert_eq!(names(&back), names(&first), "{query}");
        assert_eq!(back.link("Previous"), None, "{query}");
    }
}

#[tokio::test]
async fn a_page_continues_where_the_previous_one_ended_although_lines_moved() {
    let app = TestApp::start().await;
    many(&app, 60).await;
    let support = app.support(SupportRole::Staff).await;
    let first = support.browser.get(paths::SUPPORT).await;
    let next = first.link("Next").unwrap();
    let shown = names(&first);
    // The last row of the page is done before anybody goes on.
    sqlx::query(
        "update queue_line set situation = 'connected', is_open = false, urgency = 4 where firm_name = $1",
    )
    .bind(shown.last())
    .execute(app.db())
    .await
    .unwrap();
    let second = support.browser.get(&next).await;
    assert_eq!(names(&second).len(), 10);
    assert!(names(&second).iter().all(|name| !shown.contains(name)));
}

#[tokio::test]
async fn every_order_is_the_one_that_its_header_says() {
    let app = TestApp::start().await;
    for (name, change) in [
        (
            "beta",
            "progress_at = $2 - interval '2 days', contacted_at = $2 - interval '1 day', due_at = $2 + interval '2 days'",
        ),
        ("Alpha", "progress_at = $2 - interval '1 day'"),
        (
            "gamma",
            "progress_at = $2 - interval '3 days', contacted_at = $2 - interval '9 days', due_at = $2 + interval '1 day'",
        ),
    ] {
        line(&app, name, change).await;
    }
    let support = app.support(SupportRole::Staff).await;
    for (header, first, turned, aria) in [
        (
            "Firm",
            ["Alpha", "beta", "gamma"],
            ["gamma", "beta", "Alpha"],
            "ascending",
        ),
        (
            "Idle",
            ["gamma", "beta", "Alpha"],
            ["Alpha", "beta", "gamma"],
            "descending",
        ),
        (
            "Due",
            ["gamma", "beta", "Alpha"],
            ["Alpha", "beta", "gamma"],
            "ascending",
        ),
        (
            "Last contact",
            ["Alpha", "gamma", "beta"],
            ["beta", "gamma", "Alpha"],
            "ascending",
        ),
    ] {
        let page = support.browser.get(paths::SUPPORT).await;
        let page = support.browser.get(&page.link(header).unwrap()).await;
        assert_eq!(names(&page), first, "{header}");
        assert_eq!(
            page.texts(&format!("th[aria-sort='{aria}']")).len(),
            1,
            "{header}"
        );
        let arrow = if aria == "ascending" { "↑" } else { "↓" };
        let again = page.link(&format!("{header} {arrow}")).unwrap();
        let page = support.browser.get(&again).await;
        assert_eq!(names(&page), turned, "{header} turned");
        let back = page.link("Most urgent first").unwrap();
        assert_eq!(back, paths::SUPPORT);
    }
}

#[tokio::test]
async fn counts_stop_at_a_thousand() {
    let app = TestApp::start().await;
    many(&app, 1_000).await;
    let support = app.support(SupportRole::Staff).await;
    let count = async || {
        support
            .browser
            .get(paths::SUPPORT)
            .await
            .texts(".views-small b")
    };
    assert_eq!(count().await, ["1,000"]);
    app.firm("One more").await;
    assert_eq!(count().await, ["1,000+"]);
    // The same of those who are counted by time.
    sqlx::query("update queue_line set situation = 'in_progress'")
        .execute(app.db())
        .await
        .unwrap();
    assert_eq!(count().await, ["1,000+"]);
}
