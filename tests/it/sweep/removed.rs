//! Nobody who was removed, disabled or signed out gets anywhere with the session they had.

use chrono::TimeDelta;
use concierge::flows::{operate_account, remove_firm};
use concierge::identity::{Actor, Email, SupportRole};
use concierge::onboarding::Stage;
use concierge::paths;

use super::routes::{Places, Route};
use crate::harness::browser::Browser;
use crate::harness::walk::Walk;

/// Asserts that every address asks the holder of this session to sign in.
async fn is_out(walk: &Walk, browser: &Browser) {
    let places = Places::of(&walk.app, walk.admin.firm).await;
    is_out_at(walk, browser, &places).await;
}

async fn is_out_at(walk: &Walk, browser: &Browser, places: &Places) {
    for route in Route::all(&walk.app.front) {
        if route.is_open() {
            continue;
        }
        let path = route.at(places);
        for page in [browser.get(&path).await, browser.post(&path, &[]).await] {
            let location = page.location.as_deref().unwrap_or_default();
            let to_sign_in = page.status == 303 && location.starts_with(paths::SIGN_IN);
            assert!(
                page.status == 405 || to_sign_in,
                "{path}: {} {location}",
                page.status
            );
        }
    }
}

#[tokio::test]
async fn the_session_of_a_disabled_person_opens_nothing() {
    let walk = Walk::start().await;
    walk.up_to(Stage::Settings, &[]).await;
    let email = Email::parse(&walk.admin.email).unwrap();
    operate_account::disable(&walk.app.app, &email)
        .await
        .unwrap();
    is_out(&walk, &walk.admin.browser).await;
}

#[tokio::test]
async fn the_session_of_a_person_whom_the_operator_signed_out_opens_nothing() {
    let walk = Walk::start().await;
    let email = Email::parse(&walk.admin.email).unwrap();
    operate_account::sign_out(&walk.app.app, &email)
        .await
        .unwrap();
    is_out(&walk, &walk.admin.browser).await;
}

#[tokio::test]
async fn the_session_of_somebody_who_left_support_opens_nothing() {
    let walk = Walk::start().await;
    let lead = walk.app.support(SupportRole::Lead).await;
    let staff = walk.app.support(SupportRole::Staff).await;
    let remove = paths::remove_support(staff.person);
    assert_eq!(lead.browser.post(&remove, &[]).await.status, 303);
    is_out(&walk, &staff.browser).await;
}

#[tokio::test]
async fn the_session_of_somebody_whose_firm_was_removed_opens_nothing() {
    let walk = Walk::start().await;
    let places = Places::of(&walk.app, walk.admin.firm).await;
    let operator = Actor::System { firm: None };
    let (firm, at_once) = (walk.admin.firm, TimeDelta::zero());
    remove_firm::run(&walk.app.app, &operator, firm, "Firm 1", at_once)
        .await
        .unwrap();
    is_out_at(&walk, &walk.admin.browser, &places).await;
}

#[tokio::test]
async fn a_removed_member_finds_nothing_of_the_firm() {
    let walk = Walk::start().await;
    walk.up_to(Stage::Settings, &[]).await;
    let other = walk.app.admin_of(walk.admin.firm).await;
    let remove = paths::remove_member(walk.admin.firm, walk.admin.person);
    assert_eq!(other.browser.post(&remove, &[]).await.status, 303);
    let places = Places::of(&walk.app, walk.admin.firm).await;
    for route in Route::all(&walk.app.front) {
        if !route.of_firm() {
            continue;
        }
        let path = route.at(&places);
        let browser = &walk.admin.browser;
        for page in [browser.get(&path).await, browser.post(&path, &[]).await] {
            assert!(matches!(page.status, 404 | 405), "{path}: {}", page.status);
        }
    }
}
