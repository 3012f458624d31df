//! What a sign-in with Procore proves, and to whom: one company, in one browser, for one setup.

use chrono::TimeDelta;
use concierge::onboarding::Stage;
use concierge::paths;
use procore_sandbox::testing::{CLIENT_ID, CLIENT_SECRET, COMPANY_ID, SandboxOptions};

use super::steps::{
    ADMIN, BACK, OTHER, admin_of, at_step_2, choose, colleague_signs_in, connected, consent,
    depart, depart_by, proofs, prove, sign_in,
};
use crate::harness::colleague::Colleague;
use crate::harness::dump::dump;
use crate::harness::walk::Walk;

const DANA: &str = "dana.whitfield@harborlane.example";
const SIGN_IN_FIRST: &str = "Sign in with Procore first";

#[tokio::test]
async fn without_the_vendors_app_nothing_of_it_is_seen() {
    let walk = Walk::start().await;
    walk.review(&[]).await;
    let (firm, browser) = (walk.admin.firm, &walk.admin.browser);
    let page = walk.page(Stage::Credentials).await;
    for words in ["Install our Procore app", "Sign in with Procore"] {
        assert!(!page.has_text(words), "{words}");
    }
    let (onboarding, version) = (page.value_of("onboarding"), page.value_of("version"));
    let fields = [
        ("onboarding", onboarding.as_str()),
        ("version", version.as_str()),
        ("environment", "production"),
        ("waiting_company", "77"),
        ("company", "77"),
    ];
    for form in [
        paths::procore_sign_in(firm),
        paths::wait_for_app(firm),
        paths::use_company(firm),
    ] {
        assert_eq!(browser.post(&form, &fields).await.status, 404, "{form}");
    }
    let mut typed = Walk::good_details();
    typed[0].1 = "vendor_app";
    assert_eq!(walk.enter_details(&typed).await.status, 422);
}

#[tokio::test]
async fn the_vendors_app_is_the_first_way_and_ticked() {
    let walk = at_step_2().await;
    let page = walk.page(Stage::Credentials).await;
    let ways = page.values("input[name='access_way']");
    assert_eq!(ways[0], "vendor_app");
    let ticked = page.values("input[name='access_way'][checked]");
    assert_eq!(ticked, ["vendor_app"]);
    assert!(page.has_text("Recommended"), "{}", page.text());
}

#[tokio::test]
async fn a_sign_in_gives_one_company() {
    let walk = at_step_2().await;
    walk.sandbox
        .add_company(77, "Quay Works", &[CLIENT_ID])
        .await;
    admin_of(&walk, 77, "Dana Whitfield", DANA).await;
    prove(&walk, ADMIN, COMPANY_ID).await;
    let page = walk.page(Stage::Credentials).await;
    assert!(
        page.button("Use this company").is_none(),
        "it gave its company: {}",
        page.text()
    );
    let refused = choose(&walk, &page, 77).await;
    assert_eq!(refused.status, 422);
    assert!(refused.has_text(SIGN_IN_FIRST), "{}", refused.text());
    assert_eq!(proofs(&walk).await[0].0, COMPANY_ID);
    prove(&walk, ADMIN, 77).await;
    assert_eq!(proofs(&walk).await[0].0, 77);
    walk.sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn it_takes_the_session_and_the_browser_that_began() {
    let walk = at_step_2().await;
    let browser = &walk.admin.browser;
    let cookie = browser.cookies();
    let address = depart(&walk, &walk.page(Stage::Credentials).await).await;
    let back = consent(&walk, &address, ADMIN, "allow").await;
    let away = browser.cookies().into_iter();
    let away: Vec<String> = away.filter(|it| !cookie.contains(it)).collect();
    assert_eq!(away.len(), 1, "what the browser keeps while it is away");
    let kept = browser.cookie(&away[0]).unwrap();
    // Everything of the browser, and somebody else's session.
    let second = walk.app.admin_of(walk.admin.firm).await;
    second.browser.set_cookie(&away[0], &kept);
    second.browser.visit(&back).await;
    let page = second.browser.visit(&walk.at(Stage::Credentials)).await;
    assert!(!page.has_text(DANA), "{}", page.text());

    // The session that began, without what its browser kept.
    let address = depart(&walk, &walk.page(Stage::Credentials).await).await;
    let back = consent(&walk, &address, ADMIN, "allow").await;
    browser.set_cookie(&away[0], "made-up");
    browser.visit(&back).await;
    let page = walk.page(Stage::Credentials).await;
    assert!(!page.has_text(DANA), "{}", page.text());

    // Both.
    let page = sign_in(&walk, ADMIN).await;
    assert!(page.has_text(DANA), "{}", page.text());
    walk.sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn nothing_but_the_code_returns() {
    let walk = at_step_2().await;
    let address = depart(&walk, &walk.page(Stage::Credentials).await).await;
    let back = consent(&walk, &address, ADMIN, "allow").await;
    let more = format!("{back}&company=77&environment=sandbox&next=%2Fsupport&firm=1");
    let page = walk.admin.browser.visit(&more).await;
    assert_eq!(page.h1(), "Enter your Procore details");
    assert!(page.has_text(DANA), "{}", page.text());
    assert!(proofs(&walk).await.is_empty());
    assert_eq!(walk.stage().await, Stage::Credentials);
}

#[tokio::test]
async fn a_company_that_is_not_listed_leads_to_its_install_and_is_not_called_into() {
    let walk = at_step_2().await;
    walk.sandbox.uninstall().await;
    let page = sign_in(&walk, ADMIN).await;
    for words in [
        "shows you no company in which our app is installed",
        "My company is not listed",
        "Install our app in your Procore company",
        "4d57-9a30",
        "Choose the projects to share",
    ] {
        assert!(page.has_text(words), "{words}: {}", page.text());
    }
    for drawn in ["Procore, App Management", "Procore, install a custom app"] {
        assert!(page.has_text(drawn), "{drawn}: {}", page.text());
    }
    for path in [
        "/rest/v1.0/settings/permissions",
        "/rest/v1.3/companies/{company_id}/me",
    ] {
        assert_eq!(walk.sandbox.requests("GET", path).await, 0, "{path}");
    }
}

#[tokio::test]
async fn a_listing_leads_to_the_install_where_there_is_no_key() {
    let options = SandboxOptions::default().flag("redirect", BACK);
    let settings = [
        ("PROCORE_APP_CLIENT_ID", CLIENT_ID),
        ("PROCORE_APP_CLIENT_SECRET", CLIENT_SECRET),
        (
            "PROCORE_APP_MARKETPLACE_URL",
            "https://marketplace.procore.com/apps/ours",
        ),
    ];
    let walk = Walk::start_with(options, &settings).await;
    walk.review(&[]).await;
    let page = walk.page(Stage::Credentials).await;
    assert!(
        page.has_text("https://marketplace.procore.com/apps/ours"),
        "{}",
        page.text()
    );
    assert!(!page.has_text("With an App Version Key"));
}

#[tokio::test]
async fn an_admin_who_did_not_prove_it_signs_in_themselves() {
    let walk = connected().await;
    let second = walk.app.admin_of(walk.admin.firm).await;
    let replace = paths::replace_credentials(walk.admin.firm);
    let page = second.browser.visit(&replace).await;
    assert!(!page.has_text("signed in with Procore."), "{}", page.text());
    let (onboarding, version) = (page.value_of("onboarding"), page.value_of("version"));
    let company = COMPANY_ID.to_string();
    let fields = [
        ("onboarding", onboarding.as_str()),
        ("version", version.as_str()),
        ("company", company.as_str()),
    ];
    let form = paths::use_company(walk.admin.firm);
    let refused = second.browser.submit(&form, &fields).await;
    assert!(refused.has_text(SIGN_IN_FIRST), "{}", refused.text());

    let leads = page.button("Sign in with Procore").unwrap();
    let address = depart_by(&second.browser, &leads, &page).await;
    let back = consent(&walk, &address, OTHER, "allow").await;
    second.browser.visit(&back).await;
    let refused = second.browser.submit(&form, &fields).await;
    assert!(refused.has_text("PC-NOT-YOURS"), "{}", refused.text());
    assert_eq!(proofs(&walk).await[0].1, DANA, "the proof stays");

    let address = depart_by(&second.browser, &leads, &page).await;
    let back = consent(&walk, &address, ADMIN, "allow").await;
    second.browser.visit(&back).await;
    second.browser.submit(&form, &fields).await;
    walk.app.run_jobs().await;
    let by: Vec<String> =
        sqlx::query_scalar("select created_by from credential where state = 'current'")
            .fetch_all(walk.app.db())
            .await
            .unwrap();
    assert_eq!(by.len(), 1, "{by:?}");
    let retired: i64 =
        sqlx::query_scalar("select count(*) from credential where state = 'retired'")
            .fetch_one(walk.app.db())
            .await
            .unwrap();
    assert_eq!(retired, 1, "another proof took its place");
    walk.sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn a_colleague_gets_no_company_that_they_do_not_administer_and_may_wait_for_one() {
    let walk = at_step_2().await;
    let dana = Colleague::asked(&walk, Stage::Credentials, "dana@firm.example", &[]).await;
    let page = colleague_signs_in(&walk, &dana, OTHER).await;
    assert!(page.has_text("Ref PC-NOT-YOURS"), "{}", page.text());
    let company = COMPANY_ID.to_string();
    let refused = dana.send("company", &[("company", &company)]).await;
    assert!(refused.has_text("PC-NOT-YOURS"), "{}", refused.text());
    assert!(proofs(&walk).await.is_empty());

    let at = ("environment", "production");
    let refused = dana.send("wait", &[at, ("waiting_company", "mine")]).await;
    assert!(!refused.error_for("waiting_company").is_empty());
    assert_eq!(refused.value_of("waiting_company"), "mine");
    let page = dana.send("wait", &[at, ("waiting_company", "77")]).await;
    assert!(
        page.has_text("We look for our app in company 77"),
        "{}",
        page.text()
    );
    let page = walk.page(Stage::Credentials).await;
    assert!(
        !page.has_text("company 77"),
        "theirs alone: {}",
        page.text()
    );
}

#[tokio::test]
async fn a_proof_opens_the_company_that_it_names_and_no_other() {
    let walk = connected().await;
    walk.sandbox
        .add_company(77, "Quay Works", &[CLIENT_ID])
        .await;
    sqlx::query("update connection set company_id = 77")
        .execute(walk.app.db())
        .await
        .unwrap();
    walk.sandbox.reset_requests().await;
    let form = paths::check_now(walk.admin.firm);
    walk.admin.browser.submit(&form, &[]).await;
    walk.app.run_jobs().await;
    for path in [
        "/rest/v1.0/settings/permissions",
        "/rest/v1.0/companies",
        "/rest/v1.0/projects",
    ] {
        assert_eq!(walk.sandbox.requests("GET", path).await, 0, "{path}");
    }
}

#[tokio::test]
async fn the_vendors_secret_is_in_no_page_and_no_table() {
    let walk = connected().await;
    walk.advance(TimeDelta::days(1)).await;
    walk.app.run_jobs().await;
    let firm = walk.admin.firm;
    let admin = walk.app.admin_of(firm).await;
    for page in [
        paths::replace_credentials(firm),
        paths::integration(firm),
        paths::integration_page(firm, "credentials"),
        paths::integration_page(firm, "activity"),
    ] {
        let shown = admin.browser.visit(&page).await;
        assert!(!shown.html.contains(CLIENT_SECRET), "{page}");
    }
    let stored = dump(walk.app.db()).await;
    assert!(!stored.contains(CLIENT_SECRET));
}
