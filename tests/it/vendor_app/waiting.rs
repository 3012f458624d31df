//! The app is installed while somebody waits for it.

use chrono::TimeDelta;
use concierge::onboarding::Stage;
use concierge::paths;
use procore_sandbox::testing::{BodyChange, CLIENT_ID, COMPANY_ID, Change, Fail};
use serde_json::Value;

use super::steps::{
    ADMIN, COMPANIES, admin_of, at_step_2, choose, colleague_signs_in, odd_row, proofs, prove,
    sign_in,
};
use crate::harness::colleague::Colleague;
use crate::harness::page::Page;
use crate::harness::walk::Walk;

const WAS_THERE: &str = "If it is installed there already, sign in with Procore now.";
const HOW_IT_SHOWS: &str = "Sign in with Procore once more";

/// Nobody's app, and nobody who sees that.
async fn not_installed() -> Walk {
    let walk = at_step_2().await;
    walk.sandbox.uninstall().await;
    walk.sandbox.people_see_all_companies(true).await;
    walk
}

/// Lets a worker do what is due after some time.
async fn later(walk: &Walk, time: TimeDelta) {
    walk.advance(time).await;
    walk.app.run_jobs().await;
}

async fn companies_read(walk: &Walk) -> u64 {
    walk.sandbox.requests("GET", COMPANIES).await
}

async fn mails(walk: &Walk, kind: &str) -> i64 {
    sqlx::query_scalar("select count(*) from mail where kind = $1")
        .bind(kind)
        .fetch_one(walk.app.db())
        .await
        .unwrap()
}

async fn name_company(walk: &Walk, company: &str) -> Page {
    let page = walk.page(Stage::Credentials).await;
    let (onboarding, version) = (page.value_of("onboarding"), page.value_of("version"));
    let fields = [
        ("onboarding", onboarding.as_str()),
        ("version", version.as_str()),
        ("environment", "production"),
        ("waiting_company", company),
    ];
    let form = paths::wait_for_app(walk.admin.firm);
    walk.admin.browser.submit(&form, &fields).await
}

#[tokio::test]
async fn an_install_is_seen_with_the_tab_closed_and_proves_nothing() {
    let walk = not_installed().await;
    let page = sign_in(&walk, ADMIN).await;
    assert!(
        page.has_text("We look for our app in Harbor & Lane Construction"),
        "{}",
        page.text()
    );
    assert!(page.has_text("None of your companies can be connected yet"));
    assert!(
        !page.has_text(WAS_THERE),
        "Procore just said that it is not"
    );
    later(&walk, TimeDelta::minutes(5)).await;
    assert_eq!(mails(&walk, "app_installed").await, 0);

    for path in [
        "/rest/v1.0/settings/permissions",
        "/rest/v1.3/companies/{company_id}/me",
    ] {
        assert_eq!(walk.sandbox.requests("GET", path).await, 0, "{path}");
    }

    walk.sandbox.reinstall_with_projects().await;
    later(&walk, TimeDelta::minutes(5)).await;
    assert_eq!(mails(&walk, "app_installed").await, 1);
    let told: String = sqlx::query_scalar("select text from mail where kind = 'app_installed'")
        .fetch_one(walk.app.db())
        .await
        .unwrap();
    assert!(told.contains("sign in with Procore once more"), "{told}");
    let link = walk.app.links_in_mail_to(&walk.admin.email).await.remove(0);
    let led = walk.admin.browser.visit(&link).await;
    assert!(
        led.button("Sign in with Procore").is_some(),
        "{}",
        led.text()
    );
    let shown = walk.page(Stage::Credentials).await;
    assert!(shown.has_text(HOW_IT_SHOWS), "{}", shown.text());
    let refused = choose(&walk, &shown, COMPANY_ID).await;
    assert_eq!(refused.status, 422, "that it is there proves nothing");
    later(&walk, TimeDelta::hours(3)).await;
    assert_eq!(mails(&walk, "app_installed").await, 1, "told once");
    let activity = paths::integration_page(walk.admin.firm, "activity");
    let activity = walk.admin.browser.visit(&activity).await;
    assert!(
        activity.has_text("Saw that our Procore app was installed"),
        "{}",
        activity.text()
    );

    prove(&walk, ADMIN, COMPANY_ID).await;
    assert_eq!(proofs(&walk).await[0].0, COMPANY_ID);
    let waiting: i64 = sqlx::query_scalar("select count(*) from install_wait")
        .fetch_one(walk.app.db())
        .await
        .unwrap();
    assert_eq!(waiting, 0);
    walk.sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn one_look_serves_all_who_wait_and_looks_grow_rarer() {
    let walk = not_installed().await;
    sign_in(&walk, ADMIN).await;
    let walk = walk.another_firm().await;
    walk.review(&[]).await;
    walk.sandbox.add_company(77, "Quay Works", &[]).await;
    let kim = admin_of(&walk, 77, "Kim Lee", "kim@quay.example").await;
    let page = sign_in(&walk, kim).await;
    assert!(
        page.has_text("We look for our app in Quay Works"),
        "{}",
        page.text()
    );

    let before = companies_read(&walk).await;
    later(&walk, TimeDelta::seconds(30)).await;
    assert_eq!(companies_read(&walk).await - before, 1, "one for both");
    let before = companies_read(&walk).await;
    for _ in 0..24 {
        later(&walk, TimeDelta::hours(1)).await;
    }
    let day = companies_read(&walk).await - before;
    assert!((12..=30).contains(&day), "{day} looks on a day");
    walk.sandbox.install_app(CLIENT_ID, 77).await;
    later(&walk, TimeDelta::hours(1)).await;
    assert_eq!(
        mails(&walk, "app_installed").await,
        1,
        "the other firm is told nothing"
    );
    walk.sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn waiting_ends_after_two_weeks_with_a_mail() {
    let walk = not_installed().await;
    sign_in(&walk, ADMIN).await;
    for _ in 0..13 {
        later(&walk, TimeDelta::days(1)).await;
    }
    assert_eq!(mails(&walk, "app_not_seen").await, 0);
    // It ends also where the list has a row that cannot be read; the mail says what we did not see, no more.
    walk.sandbox.fail_next(odd_row()).await;
    for _ in 0..2 {
        later(&walk, TimeDelta::days(1)).await;
    }
    assert_eq!(mails(&walk, "app_not_seen").await, 1);
    let before = companies_read(&walk).await;
    later(&walk, TimeDelta::hours(12)).await;
    assert_eq!(companies_read(&walk).await, before, "nobody waits any more");
    walk.sandbox.up().await;
    later(&walk, TimeDelta::days(1)).await;
    assert_eq!(mails(&walk, "app_not_seen").await, 1);
    walk.sandbox.reinstall_with_projects().await;
    let before = companies_read(&walk).await;
    for _ in 0..2 {
        later(&walk, TimeDelta::days(1)).await;
    }
    assert!(
        companies_read(&walk).await - before <= 3,
        "only the vendor's own look is left"
    );
    assert_eq!(mails(&walk, "app_installed").await, 0);
}

#[tokio::test]
async fn a_typed_number_tells_nothing_of_an_app_that_was_there_before() {
    let walk = at_step_2().await;
    walk.sandbox
        .add_company(77, "Quay Works", &[CLIENT_ID])
        .await;
    walk.sandbox.add_company(78, "Pier Works", &[]).await;
    let refused = name_company(&walk, "the first one").await;
    assert_eq!(refused.status, 422);
    assert!(!refused.error_for("waiting_company").is_empty());
    let page = name_company(&walk, "77").await;
    assert!(
        page.has_text("We look for our app in company 77") && page.has_text(WAS_THERE),
        "{}",
        page.text()
    );
    // Its row cannot be read for a while, which does not make it absent.
    let mut unreadable = BodyChange {
        at: "/0".to_owned(),
        ..BodyChange::default()
    };
    unreadable.set.insert("id".to_owned(), Value::Null);
    let unreadable = Change {
        body: unreadable,
        ..Change::default()
    };
    let unreadable = Fail::change(unreadable).on(COMPANIES);
    walk.sandbox.fail_next(unreadable.times(1000)).await;
    later(&walk, TimeDelta::minutes(5)).await;
    walk.sandbox.up().await;
    later(&walk, TimeDelta::hours(5)).await;
    let page = walk.page(Stage::Credentials).await;
    assert!(!page.has_text(HOW_IT_SHOWS), "{}", page.text());
    assert_eq!(mails(&walk, "app_installed").await, 0);

    let page = name_company(&walk, "https://us02.procore.com/78/company/home").await;
    assert!(
        page.has_text("company 78") && !page.has_text("company 77"),
        "{}",
        page.text()
    );
    later(&walk, TimeDelta::hours(1)).await;
    walk.sandbox.install_app(CLIENT_ID, 78).await;
    later(&walk, TimeDelta::hours(1)).await;
    let page = walk.page(Stage::Credentials).await;
    assert!(
        page.has_text("Our app is installed in company 78"),
        "{}",
        page.text()
    );
    assert!(!page.has_text("Pier Works"), "its name is not told");
    // Whose it is, is proven by nothing of this.
    assert_eq!(choose(&walk, &page, 78).await.status, 422);
    let page = sign_in(&walk, ADMIN).await;
    assert_eq!(choose(&walk, &page, 78).await.status, 422);
    walk.sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn an_app_of_another_firms_company_is_not_told() {
    let walk = at_step_2().await;
    prove(&walk, ADMIN, COMPANY_ID).await;
    walk.check(Stage::Verify).await;
    let walk = walk.another_firm().await;
    walk.review(&[]).await;
    walk.sandbox.uninstall().await;
    name_company(&walk, &COMPANY_ID.to_string()).await;
    later(&walk, TimeDelta::minutes(5)).await;
    walk.sandbox.reinstall_with_projects().await;
    later(&walk, TimeDelta::hours(2)).await;
    assert_eq!(mails(&walk, "app_installed").await, 0);
}

#[tokio::test]
async fn a_colleague_who_waits_gets_a_link_of_their_own() {
    let walk = not_installed().await;
    let dana = Colleague::asked(&walk, Stage::Credentials, "dana@firm.example", &[]).await;
    let page = colleague_signs_in(&walk, &dana, ADMIN).await;
    assert!(page.has_text("We look for our app"), "{}", page.text());
    walk.sandbox.reinstall_with_projects().await;
    later(&walk, TimeDelta::minutes(5)).await;
    let links = walk.app.links_in_mail_to("dana@firm.example").await;
    let again = Colleague {
        browser: walk.app.browser(),
        link: links[0].clone(),
    };
    let page = again.page().await;
    assert!(page.has_text(HOW_IT_SHOWS), "{}", page.text());
    colleague_signs_in(&walk, &again, ADMIN).await;
    let company = COMPANY_ID.to_string();
    again
        .press("Use this company", &[("company", &company)])
        .await;
    assert_eq!(walk.stage().await, Stage::Verify);
}

#[tokio::test]
async fn a_colleague_and_the_admins_wait_for_the_same_company_and_both_are_told() {
    let walk = not_installed().await;
    let dana = Colleague::asked(&walk, Stage::Credentials, "dana@firm.example", &[]).await;
    sign_in(&walk, ADMIN).await;
    colleague_signs_in(&walk, &dana, ADMIN).await;
    walk.sandbox.reinstall_with_projects().await;
    later(&walk, TimeDelta::minutes(5)).await;
    let told: Vec<String> =
        sqlx::query_scalar("select recipient from mail where kind = 'app_installed'")
            .fetch_all(walk.app.db())
            .await
            .unwrap();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told.iter().any(|it| it == "dana@firm.example"), "{told:?}");
}

#[tokio::test]
async fn typed_details_end_the_wait() {
    let walk = not_installed().await;
    sign_in(&walk, ADMIN).await;
    walk.enter_details(&Walk::good_details()).await;
    walk.sandbox.reinstall_with_projects().await;
    later(&walk, TimeDelta::hours(2)).await;
    assert_eq!(mails(&walk, "app_installed").await, 0);
}

#[tokio::test]
async fn an_outage_while_waiting_only_delays_it() {
    let walk = not_installed().await;
    sign_in(&walk, ADMIN).await;
    walk.sandbox.down().await;
    later(&walk, TimeDelta::minutes(1)).await;
    assert_eq!(mails(&walk, "app_installed").await, 0);
    walk.sandbox.up().await;
    walk.sandbox.reinstall_with_projects().await;
    later(&walk, TimeDelta::hours(2)).await;
    assert_eq!(mails(&walk, "app_installed").await, 1);
}
