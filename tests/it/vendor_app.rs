//! Connecting by the vendor's own app: what proves that a company is the firm's, and what does not.

mod after;
mod companies;
mod environments;
mod operator;
mod proof;
mod reinstalled;
pub(crate) mod steps;
mod trouble;
mod waiting;

use concierge::onboarding::Stage;
use concierge::paths;
use procore_sandbox::testing::{CLIENT_ID, CLIENT_SECRET, COMPANY_ID};

use self::steps::{
    ADMIN, OTHER, admin_of, at_step_2, choose, consent, depart, depart_by, proofs, sign_in,
};
use crate::harness::colleague::Colleague;

#[tokio::test]
async fn the_shortest_way_needs_no_key() {
    let walk = at_step_2().await;
    let page = walk.page(Stage::Credentials).await;
    assert!(page.has_text("Install our Procore app"));
    let page = sign_in(&walk, ADMIN).await;
    assert!(
        page.has_text("dana.whitfield@harborlane.example"),
        "{}",
        page.text()
    );
    assert!(page.has_text("Installed"));
    choose(&walk, &page, COMPANY_ID).await;
    assert_eq!(walk.stage().await, Stage::Verify);
    let login = "dana.whitfield@harborlane.example".to_owned();
    assert_eq!(proofs(&walk).await, [(COMPANY_ID, login)]);
    walk.up_to(Stage::Complete, &["projects"]).await;
    walk.complete().await;
    assert_eq!(walk.stage().await, Stage::Done);
    let credentials = paths::integration_page(walk.admin.firm, "credentials");
    let page = walk.admin.browser.visit(&credentials).await;
    assert!(page.has_text("Dana Whitfield"), "{}", page.text());
    // Only the person's own token was ever taken back.
    assert_eq!(walk.sandbox.requests("POST", "/oauth/revoke").await, 1);
    walk.sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn nobody_gets_a_company_that_they_do_not_administer() {
    let walk = at_step_2().await;
    walk.sandbox
        .add_company(77, "Quay Works", &[CLIENT_ID])
        .await;
    let page = walk.page(Stage::Credentials).await;
    let refused = choose(&walk, &page, COMPANY_ID).await;
    assert_eq!(refused.status, 422, "nobody signed in");
    let page = sign_in(&walk, OTHER).await;
    assert!(page.has_text("Ref PC-NOT-YOURS"), "{}", page.text());
    assert!(page.button("Use this company").is_none());
    for company in [COMPANY_ID, 77, 0, -1] {
        let refused = choose(&walk, &page, company).await;
        assert_eq!(refused.status, 422, "{company}");
        assert!(refused.has_text("PC-NOT-YOURS"));
    }
    let page = sign_in(&walk, ADMIN).await;
    assert!(
        !page.has_text("Quay Works"),
        "another customer is never shown"
    );
    assert_eq!(choose(&walk, &page, 77).await.status, 422);
    // The way cannot be typed either.
    let typed = [
        ("access_way", "vendor_app"),
        ("company_id", "77"),
        ("client_id", CLIENT_ID),
        ("client_secret", CLIENT_SECRET),
    ];
    assert_eq!(walk.enter_details(&typed).await.status, 422);
    assert_eq!(walk.stage().await, Stage::Credentials);
    assert!(proofs(&walk).await.is_empty());
    walk.sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn a_sign_in_ends_once_in_the_browser_that_began_it() {
    let walk = at_step_2().await;
    let page = walk.page(Stage::Credentials).await;
    let browser = &walk.admin.browser;
    // Stolen: the victim's consent arrives in another browser, and then nobody can use it.
    let address = depart(&walk, &page).await;
    let back = consent(&walk, &address, ADMIN, "allow").await;
    let stranger = walk.app.browser();
    stranger.visit(&back).await;
    let late = browser.visit(&back).await;
    assert!(!late.has_text("dana.whitfield"), "{}", late.text());

    // Another person of the same firm, who is signed in themselves.
    let address = depart(&walk, &walk.page(Stage::Credentials).await).await;
    let back = consent(&walk, &address, ADMIN, "allow").await;
    let second = walk.app.admin_of(walk.admin.firm).await;
    second.browser.visit(&back).await;
    let page = second.browser.visit(&walk.at(Stage::Credentials)).await;
    assert!(!page.has_text("dana.whitfield"));

    // Replayed.
    let address = depart(&walk, &walk.page(Stage::Credentials).await).await;
    let back = consent(&walk, &address, ADMIN, "allow").await;
    let page = browser.visit(&back).await;
    assert!(
        page.has_text("dana.whitfield@harborlane.example"),
        "{}",
        page.text()
    );
    browser.visit(&back).await;
    // What one person proved serves nobody else.
    let page = second.browser.visit(&walk.at(Stage::Credentials)).await;
    assert!(!page.has_text("dana.whitfield"));
    // Made up, changed and incomplete.
    for made_up in ["?code=x&state=y", "?state=", "?error=access_denied", ""] {
        let page = browser
            .visit(&format!("{}{made_up}", paths::PROCORE_CALLBACK))
            .await;
        assert_eq!(page.status, 200, "{made_up}");
    }
    walk.sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn a_code_of_another_sign_in_and_a_late_return_prove_nothing() {
    let walk = at_step_2().await;
    let first = depart(&walk, &walk.page(Stage::Credentials).await).await;
    let other_code = consent(&walk, &first, ADMIN, "allow").await;
    let second = depart(&walk, &walk.page(Stage::Credentials).await).await;
    let back = consent(&walk, &second, OTHER, "allow").await;
    let code = |path: &str| {
        path.split(['?', '&'])
            .find(|it| it.starts_with("code="))
            .unwrap()
            .to_owned()
    };
    let mixed = back.replace(&code(&back), &code(&other_code));
    let page = walk.admin.browser.visit(&mixed).await;
    assert!(!page.has_text("dana.whitfield"), "{}", page.text());

    let address = depart(&walk, &walk.page(Stage::Credentials).await).await;
    let back = consent(&walk, &address, ADMIN, "allow").await;
    walk.app.advance(chrono::TimeDelta::minutes(11));
    let page = walk.admin.browser.visit(&back).await;
    assert!(!page.has_text("dana.whitfield"));

    let page = sign_in(&walk, ADMIN).await;
    walk.app.advance(chrono::TimeDelta::minutes(31));
    assert_eq!(
        choose(&walk, &page, COMPANY_ID).await.status,
        422,
        "too long ago"
    );
}

#[tokio::test]
async fn a_sign_in_can_be_cancelled_and_an_outage_is_told() {
    let walk = at_step_2().await;
    let address = depart(&walk, &walk.page(Stage::Credentials).await).await;
    let back = consent(&walk, &address, ADMIN, "deny").await;
    let page = walk.admin.browser.visit(&back).await;
    assert!(page.has_text("nothing was read"), "{}", page.text());
    let address = depart(&walk, &walk.page(Stage::Credentials).await).await;
    let back = consent(&walk, &address, ADMIN, "allow").await;
    walk.sandbox.down().await;
    let page = walk.admin.browser.visit(&back).await;
    assert!(page.has_text("PC-UNREACHABLE"), "{}", page.text());
    walk.sandbox.up().await;
    let page = sign_in(&walk, ADMIN).await;
    assert!(page.has_text("Installed"));
}

#[tokio::test]
async fn a_company_without_the_app_leads_to_how_it_is_installed() {
    let walk = at_step_2().await;
    walk.sandbox.uninstall().await;
    walk.sandbox.people_see_all_companies(true).await;
    let page = sign_in(&walk, ADMIN).await;
    assert!(page.has_text("Ref PC-NOT-INSTALLED"), "{}", page.text());
    assert!(page.has_text("My company is not listed"));
    assert!(page.text().contains("4d57-9a30"));
    assert_eq!(choose(&walk, &page, COMPANY_ID).await.status, 422);
    walk.sandbox.reinstall_with_projects().await;
    let refused = choose(&walk, &page, COMPANY_ID).await;
    assert_eq!(refused.status, 422, "only signing in again proves it");
    let page = sign_in(&walk, ADMIN).await;
    choose(&walk, &page, COMPANY_ID).await;
    assert_eq!(walk.stage().await, Stage::Verify);
}

#[tokio::test]
async fn two_firms_do_not_get_one_company() {
    let walk = at_step_2().await;
    let page = sign_in(&walk, ADMIN).await;
    choose(&walk, &page, COMPANY_ID).await;
    walk.check(Stage::Verify).await;
    let walk = walk.another_firm().await;
    walk.review(&[]).await;
    let page = sign_in(&walk, ADMIN).await;
    assert!(page.has_text("Ref PC-TAKEN"), "{}", page.text());
    let refused = choose(&walk, &page, COMPANY_ID).await;
    assert_eq!(refused.status, 422);
    assert!(refused.has_text("PC-TAKEN"));
}

#[tokio::test]
async fn a_colleague_proves_it_by_their_link() {
    let walk = at_step_2().await;
    let dana = Colleague::asked(&walk, Stage::Credentials, "dana@firm.example", &[]).await;
    let page = dana.page().await;
    for words in [
        "My company is not listed",
        "4d57-9a30",
        "Procore, install a custom app",
    ] {
        assert!(page.has_text(words), "{words}: {}", page.text());
    }
    let form = page.button("Sign in with Procore").unwrap();
    let address = depart_by(&dana.browser, &form, &page).await;
    let back = consent(&walk, &address, ADMIN, "allow").await;
    let stranger = walk.app.browser();
    stranger.visit(&back).await;
    let page = dana.page().await;
    assert!(!page.has_text("dana.whitfield"));
    let address = depart_by(&dana.browser, &form, &page).await;
    let back = consent(&walk, &address, ADMIN, "allow").await;
    let page = dana.browser.visit(&back).await;
    assert!(
        page.has_text("dana.whitfield@harborlane.example"),
        "{}",
        page.text()
    );
    // The admin who asked gets nothing by it.
    let theirs = walk.page(Stage::Credentials).await;
    assert!(!theirs.has_text("dana.whitfield"));
    let company = COMPANY_ID.to_string();
    // Nor does another browser with a link to the task: what she proved is hers.
    let other = Colleague {
        browser: walk.app.browser(),
        link: dana.link.clone(),
    };
    let page = other.page().await;
    assert!(!page.has_text("dana.whitfield"), "{}", page.text());
    let fields = [("company", company.as_str())];
    let refused = other.send("company", &fields).await;
    assert_eq!(refused.status, 422, "{}", refused.text());
    assert_eq!(walk.stage().await, Stage::Credentials);
    dana.press("Use this company", &[("company", &company)])
        .await;
    assert_eq!(walk.stage().await, Stage::Verify);
    walk.app.run_jobs().await;
    let page = dana.page().await;
    assert!(page.button("Done").is_some(), "{}", page.text());
}

#[tokio::test]
async fn one_firm_that_leaves_takes_nothing_from_the_others() {
    let walk = at_step_2().await;
    walk.sandbox
        .add_company(77, "Quay Works", &[CLIENT_ID])
        .await;
    let kim = admin_of(&walk, 77, "Kim Lee", "kim@quay.example").await;
    let page = sign_in(&walk, ADMIN).await;
    choose(&walk, &page, COMPANY_ID).await;
    walk.up_to(Stage::Complete, &["projects"]).await;
    walk.complete().await;

    // Somebody else of the firm replaces it: they prove it themselves, and no other company.
    let replace = paths::replace_credentials(walk.admin.firm);
    let page = walk.admin.browser.visit(&replace).await;
    let back = consent(&walk, &depart(&walk, &page).await, kim, "allow").await;
    let page = walk.admin.browser.visit(&back).await;
    assert!(page.has_text("Quay Works"), "{}", page.text());
    let page = choose(&walk, &page, 77).await;
    assert!(page.has_text("another company"), "{}", page.text());
    let back = consent(&walk, &depart(&walk, &page).await, ADMIN, "allow").await;
    let page = walk.admin.browser.visit(&back).await;
    choose(&walk, &page, COMPANY_ID).await;
    walk.app.run_jobs().await;
    assert_eq!(proofs(&walk).await.len(), 1);
    let retired: i64 =
        sqlx::query_scalar("select count(*) from credential where state = 'retired'")
            .fetch_one(walk.app.db())
            .await
            .unwrap();
    assert_eq!(retired, 1, "the new proof took the place of the first");

    let details = paths::integration_page(walk.admin.firm, "disconnect");
    let page = walk.admin.browser.visit(&details).await;
    let (onboarding, version) = (page.value_of("onboarding"), page.value_of("version"));
    let fields = [
        ("onboarding", onboarding.as_str()),
        ("version", version.as_str()),
        ("company_name", "Harbor & Lane Construction"),
    ];
    walk.admin.browser.submit(&details, &fields).await;
    walk.app.run_jobs().await;
    let live: i64 =
        sqlx::query_scalar("select count(*) from connection where state <> 'disconnected'")
            .fetch_one(walk.app.db())
            .await
            .unwrap();
    assert_eq!(live, 0);
    assert!(
        proofs(&walk).await.is_empty(),
        "a new setup has to prove it again"
    );
    // Three people's tokens were taken back, and never the vendor's.
    assert_eq!(walk.sandbox.requests("POST", "/oauth/revoke").await, 3);
    let kept: i64 = sqlx::query_scalar("select count(*) from vendor_token where token is not null")
        .fetch_one(walk.app.db())
        .await
        .unwrap();
    assert_eq!(kept, 1);

    let walk = walk.another_firm().await;
    walk.review(&[]).await;
    let address = depart(&walk, &walk.page(Stage::Credentials).await).await;
    let back = consent(&walk, &address, kim, "allow").await;
    let page = walk.admin.browser.visit(&back).await;
    choose(&walk, &page, 77).await;
    walk.up_to(Stage::Complete, &["projects"]).await;
    walk.sandbox.assert_no_violations().await;
}
