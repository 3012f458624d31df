//! Who gets in where: nobody without a session, no other firm, no other role, no other site.

use concierge::identity::SupportRole;
use concierge::onboarding::Stage;

use super::routes::{Places, Route};
use crate::harness::browser::Browser;
use crate::harness::logs::security_lines;
use crate::harness::page::Page;
use crate::harness::walk::Walk;

/// Larger than any request may be.
const TOO_LARGE: usize = 3 * 1024 * 1024;

/// A firm in the middle of its setup, and every address with its things in it.
async fn set_out() -> (Walk, Places, Vec<Route>) {
    let walk = Walk::start().await;
    walk.up_to(Stage::Settings, &[]).await;
    let places = Places::of(&walk.app, walk.admin.firm).await;
    let routes = Route::all(&walk.app.front).into_iter().collect();
    (walk, places, routes)
}

/// What asking and sending is answered with.
async fn both(browser: &Browser, path: &str) -> [Page; 2] {
    [browser.get(path).await, browser.post(path, &[]).await]
}

/// Checks that so many refusals are in the log, and some of them on record.
async fn assert_recorded(walk: &Walk, refusals: usize) {
    assert!(refusals > 10, "there was something to refuse");
    assert_eq!(security_lines("access.refused").len(), refusals);
    assert!(walk.app.recorded("access.refused").await.len() >= 10);
}

fn is_missing(page: &Page) -> bool {
    matches!(page.status, 404 | 405)
}

#[tokio::test]
async fn nobody_gets_in_without_a_session() {
    let (walk, places, routes) = set_out().await;
    let browser = walk.app.browser();
    for route in routes.iter().filter(|route| !route.is_open()) {
        for page in both(&browser, &route.at(&places)).await {
            let to_sign_in = page
                .location
                .as_deref()
                .is_some_and(|to| to.starts_with("/sign-in"));
            assert!(
                page.status == 405 || (page.status == 303 && to_sign_in),
                "{route:?}: {} {:?}",
                page.status,
                page.location
            );
        }
    }
}

#[tokio::test]
async fn another_firm_is_not_there() {
    let (walk, places, routes) = set_out().await;
    let stranger = walk.app.firm_admin().await;
    let mut refusals = 0;
    for route in routes.iter().filter(|route| route.of_firm()) {
        for page in both(&stranger.browser, &route.at(&places)).await {
            refusals += usize::from(page.status == 404);
            assert!(is_missing(&page), "{route:?}: {}", page.status);
            assert!(!page.html.contains("Harbor"), "{route:?} names the company");
        }
    }
    assert_recorded(&walk, refusals).await;
}

#[tokio::test]
async fn the_console_is_not_there_for_a_firm() {
    let (walk, places, routes) = set_out().await;
    let console: Vec<_> = routes.iter().filter(|route| route.of_support()).collect();
    let mut refusals = 0;
    for route in console {
        for page in both(&walk.admin.browser, &route.at(&places)).await {
            refusals += usize::from(page.status == 404);
            assert_eq!(page.status, 404, "{route:?}");
        }
    }
    assert_recorded(&walk, refusals).await;
}

#[tokio::test]
async fn a_firm_is_not_there_for_support_without_a_grant() {
    let (walk, places, routes) = set_out().await;
    let support = walk.app.support(SupportRole::Lead).await;
    let mut refusals = 0;
    for route in routes.iter().filter(|route| route.of_firm()) {
        for page in both(&support.browser, &route.at(&places)).await {
            refusals += usize::from(page.status == 404);
            assert!(is_missing(&page), "{route:?}: {}", page.status);
        }
    }
    assert_recorded(&walk, refusals).await;
}

#[tokio::test]
async fn support_that_views_as_the_firm_changes_nothing() {
    let (walk, places, routes) = set_out().await;
    let support = walk.app.support(SupportRole::Lead).await;
    walk.app.grant(places.firm, support.person, "view").await;
    let of_firm = async || {
        let mut verbs = walk.app.activity_of(places.firm).await;
        verbs.retain(|verb| verb != "access.refused");
        verbs
    };
    let before = of_firm().await;
    let mut refusals = 0;
    for route in routes.iter().filter(|route| route.of_firm()) {
        let page = support.browser.post(&route.at(&places), &[]).await;
        let refused = page.status == 403 && page.h1() == "You are viewing as the firm";
        refusals += usize::from(refused);
        assert!(refused || is_missing(&page), "{route:?}: {}", page.status);
    }
    assert_eq!(of_firm().await, before);
    assert_recorded(&walk, refusals).await;
}

#[tokio::test]
async fn another_site_sends_nothing() {
    let (walk, places, routes) = set_out().await;
    let support = walk.app.support(SupportRole::Lead).await;
    for route in &routes {
        for browser in [&walk.admin.browser, &support.browser] {
            let page = browser.post_from_elsewhere(&route.at(&places), &[]).await;
            // A webhook is nobody's session: it proves itself, and there is none at this address.
            let expected = if route.is_webhook() { 404 } else { 403 };
            assert_eq!(page.status, expected, "{route:?}");
        }
    }
    let forms = routes.iter().filter(|route| !route.is_webhook());
    assert_recorded(&walk, 2 * forms.count()).await;
}

#[tokio::test]
async fn too_large_is_too_large_everywhere() {
    let (walk, places, routes) = set_out().await;
    let support = walk.app.support(SupportRole::Lead).await;
    let body = "a=".to_owned() + &"b".repeat(TOO_LARGE);
    for route in &routes {
        for browser in [&walk.admin.browser, &support.browser, &walk.app.browser()] {
            let page = browser.post_body(&route.at(&places), body.clone()).await;
            // A webhook bounds what it keeps by itself, and there is none at this address.
            let expected = if route.is_webhook() { 404 } else { 413 };
            assert_eq!(page.status, expected, "{route:?}");
        }
    }
}

#[tokio::test]
async fn every_answer_tells_the_browser_what_it_must_not_do() {
    let (walk, places, routes) = set_out().await;
    for route in &routes {
        for page in both(&walk.admin.browser, &route.at(&places)).await {
            for (name, value) in [
                (
                    "strict-transport-security",
                    "max-age=31536000; includeSubDomains",
                ),
                ("x-content-type-options", "nosniff"),
                ("x-frame-options", "DENY"),
            ] {
                assert_eq!(page.header(name), Some(value), "{route:?}");
            }
        }
    }
}
