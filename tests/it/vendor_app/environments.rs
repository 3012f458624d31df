//! A sign-in holds where it began: in its environment, for its task, at its address.

use chrono::TimeDelta;
use concierge::identity::SupportRole;
use concierge::onboarding::Stage;
use concierge::paths;
use concierge::vault::{Purpose, Sealed};
use procore_sandbox::testing::{
    CLIENT_ID, CLIENT_SECRET, COMPANY_ID, Fail, Sandbox, SandboxOptions,
};
use secrecy::ExposeSecret;
use serde_json::json;
use uuid::Uuid;

use super::steps::{
    ADMIN, BACK, at_step_2, choose, consent, depart, depart_by, proofs, prove, sign_in,
};
use crate::harness::case::{act, case_of};
use crate::harness::colleague::Colleague;
use crate::harness::dump::dump;
use crate::harness::walk::Walk;

const DANA: &str = "dana.whitfield@harborlane.example";

#[tokio::test]
async fn each_environment_has_an_app_and_a_key_of_its_own() {
    let trial = Sandbox::start(SandboxOptions::default().flag("redirect", BACK)).await;
    trial.uninstall().await;
    trial
        .add_client("trial-id", "trial-secret", &[COMPANY_ID])
        .await;
    trial
        .register_redirect("trial-id", "trial-secret", BACK)
        .await;
    let url = &trial.url;
    let environments = format!("production,trial={url}|{url}|{url}");
    let settings = [
        ("PROCORE_ENVIRONMENTS", environments.as_str()),
        ("PROCORE_APP_CLIENT_ID", CLIENT_ID),
        ("PROCORE_APP_CLIENT_SECRET", CLIENT_SECRET),
        ("PROCORE_APP_VERSION_KEY", "key-of-production"),
        ("PROCORE_APP_CLIENT_ID_TRIAL", "trial-id"),
        ("PROCORE_APP_CLIENT_SECRET_TRIAL", "trial-secret"),
        ("PROCORE_APP_VERSION_KEY_TRIAL", "key-of-the-trial"),
    ];
    let options = SandboxOptions::default().flag("redirect", BACK);
    let walk = Walk::start_with(options, &settings).await;
    walk.review(&[]).await;
    let page = walk.page(Stage::Credentials).await;
    assert_eq!(
        page.values("#vendor-environment option"),
        ["production", "trial"]
    );

    let form = page.button("Sign in with Procore").unwrap();
    let (onboarding, version) = (page.value_of("onboarding"), page.value_of("version"));
    let fields = [
        ("onboarding", onboarding.as_str()),
        ("version", version.as_str()),
        ("environment", "trial"),
    ];
    let sent = walk.admin.browser.post(&form, &fields).await;
    let address = sent.header("location").unwrap();
    assert!(address.starts_with(url.as_str()), "{address}");
    assert!(address.contains("client_id=trial-id"), "{address}");
    let back = trial.consent(address, ADMIN, "allow").await;
    let back = back.strip_prefix("https://concierge.example").unwrap();
    let page = walk.admin.browser.visit(back).await;
    assert!(page.has_text("key-of-the-trial"), "{}", page.text());
    assert!(!page.has_text("key-of-production"), "{}", page.text());
    choose(&walk, &page, COMPANY_ID).await;
    let environment: String = sqlx::query_scalar("select environment from connection")
        .fetch_one(walk.app.db())
        .await
        .unwrap();
    assert_eq!(environment, "trial");

    // The vendor's key of one environment is never sent to another, even where the form names one.
    let refused = Fail::status(401).body(json!({ "error": "invalid_client" }));
    trial.fail_next(refused.on("/oauth/token").times(9)).await;
    // The token that is known lapses meanwhile.
    walk.advance(TimeDelta::hours(3)).await;
    trial.advance_clock(3 * 60 * 60).await;
    let page = walk.check(Stage::Verify).await;
    assert!(page.has_text("PC-CREDENTIALS"), "{}", page.text());
    assert!(page.values("[name='elsewhere']").is_empty());
    let elsewhere = [("elsewhere", "production")];
    walk.press(&page, "Check again", &elsewhere).await;
    walk.app.run_jobs().await;
    assert_eq!(walk.sandbox.requests("POST", "/oauth/token").await, 0);
    trial.up().await;
    walk.up_to(Stage::Complete, &["projects"]).await;
    assert_eq!(walk.sandbox.requests("POST", "/oauth/token").await, 0);
    trial.assert_no_violations().await;

    // One that nobody offers is none.
    let made_up = [&fields[..2], &[("environment", "federal")]].concat();
    let refused = walk.admin.browser.post(&form, &made_up).await;
    assert_ne!(refused.status, 303, "{}", refused.text());
}

#[tokio::test]
async fn it_counts_for_the_task_that_it_began_at() {
    let walk = at_step_2().await;
    let dana = Colleague::asked(&walk, Stage::Credentials, "dana@firm.example", &[]).await;
    let page = dana.page().await;
    let form = page.button("Sign in with Procore").unwrap();
    let address = depart_by(&dana.browser, &form, &page).await;
    let back = consent(&walk, &address, ADMIN, "allow").await;

    // Another firm asks her for the same, and she opens that task before she comes back.
    let walk = walk.another_firm().await;
    walk.review(&[]).await;
    let other = Colleague::asked(&walk, Stage::Credentials, "dana@other.example", &[]).await;
    let other = Colleague {
        browser: dana.browser,
        link: other.link,
    };
    other.page().await;
    other.browser.visit(&back).await;
    let page = other.page().await;
    assert!(!page.has_text(DANA), "{}", page.text());
    let company = COMPANY_ID.to_string();
    let refused = other.send("company", &[("company", &company)]).await;
    assert_eq!(refused.status, 422, "{}", refused.text());
    assert!(proofs(&walk).await.is_empty());
}

#[tokio::test]
async fn it_counts_for_the_setup_that_it_began_in() {
    let walk = at_step_2().await;
    let page = sign_in(&walk, ADMIN).await;
    let (onboarding, version) = (page.value_of("onboarding"), page.value_of("version"));
    // The same person, for another firm of theirs.
    let firm = walk.app.firm("Quay Works").await;
    let sql = "insert into membership (firm_id, person_id, joined_at)
               select $1, person_id, joined_at from membership where firm_id = $2";
    sqlx::query(sql)
        .bind(firm)
        .bind(walk.admin.firm)
        .execute(walk.app.db())
        .await
        .unwrap();
    let browser = &walk.admin.browser;
    let review = browser.visit(&paths::step(firm, Stage::Review)).await;
    let theirs = review.button("Continue").unwrap();
    let fields = [
        ("onboarding", &review.value_of("onboarding")[..]),
        ("version", &review.value_of("version")),
        ("data", "projects"),
    ];
    browser.submit(&theirs, &fields).await;
    let page = browser.visit(&paths::step(firm, Stage::Credentials)).await;
    assert!(!page.has_text(DANA), "{}", page.text());
    let company = COMPANY_ID.to_string();
    for (onboarding, version) in [
        (page.value_of("onboarding"), page.value_of("version")),
        (onboarding, version),
    ] {
        let fields = [
            ("onboarding", onboarding.as_str()),
            ("version", version.as_str()),
            ("company", company.as_str()),
        ];
        let refused = browser.submit(&paths::use_company(firm), &fields).await;
        assert!((400..500).contains(&refused.status), "{}", refused.text());
    }
    assert!(proofs(&walk).await.is_empty());
}

#[tokio::test]
async fn a_code_that_was_made_for_another_address_is_refused() {
    let walk = at_step_2().await;
    let elsewhere = "https://concierge.example/elsewhere";
    walk.sandbox
        .register_redirect(CLIENT_ID, CLIENT_SECRET, elsewhere)
        .await;
    let address = depart(&walk, &walk.page(Stage::Credentials).await).await;
    let [ours, theirs] = [BACK, elsewhere].map(|it| it.replace(':', "%3A").replace('/', "%2F"));
    assert!(address.contains(&ours), "{address}");
    let changed = address.replace(&ours, &theirs);
    let back = consent(&walk, &changed, ADMIN, "allow").await;
    let query = back.strip_prefix("/elsewhere").unwrap();
    let back = format!("{}{query}", paths::PROCORE_CALLBACK);
    let page = walk.admin.browser.visit(&back).await;
    assert!(
        page.has_text("Procore did not accept the sign-in any more"),
        "{}",
        page.text()
    );
    assert!(!page.has_text(DANA), "{}", page.text());
}

#[tokio::test]
async fn who_is_not_active_in_a_company_does_not_administer_it() {
    let walk = at_step_2().await;
    let left = json!({
        "id": ADMIN, "name": "Dana Whitfield", "email_address": DANA, "is_active": false,
    });
    let me = "/rest/v1.3/companies/5358233/me";
    walk.sandbox
        .fail_next(Fail::status(200).on(me).body(left))
        .await;
    let page = sign_in(&walk, ADMIN).await;
    assert!(page.has_text("Ref PC-NOT-YOURS"), "{}", page.text());
    let refused = choose(&walk, &page, COMPANY_ID).await;
    assert_eq!(refused.status, 422);
    assert!(proofs(&walk).await.is_empty());
}

#[tokio::test]
async fn the_persons_token_ends_with_the_sign_in_and_nothing_renews_it() {
    let walk = at_step_2().await;
    let refused = Fail::html(502).on("/oauth/revoke").times(1);
    walk.sandbox.fail_next(refused).await;
    sign_in(&walk, ADMIN).await;
    let given = walk.sandbox.state().await.persons_tokens.remove(0);
    let (id, kept): (Uuid, Vec<u8>) = sqlx::query_as("select token_id, token from person_token")
        .fetch_one(walk.app.db())
        .await
        .unwrap();
    let (vault, kept) = (&walk.app.app.vault, Sealed::from_bytes(kept));
    let opened = vault.open(Purpose::PersonToken, id, &kept).unwrap();
    assert_eq!(opened.expose_secret(), given.access);
    let stored = dump(walk.app.db()).await;
    assert!(!stored.contains(&given.refresh) && !given.refresh.is_empty());
    assert!(!stored.contains(&given.access), "it is sealed");
    walk.advance(TimeDelta::minutes(3)).await;
    walk.app.run_jobs().await;
    assert!(walk.sandbox.state().await.persons_tokens.is_empty());
    // A token that is refused is not renewed either.
    let refused = Fail::status(401).on("/rest/v1.0/me").times(9);
    walk.sandbox.fail_next(refused).await;
    sign_in(&walk, ADMIN).await;
    walk.sandbox.up().await;
    sign_in(&walk, ADMIN).await;
    assert!(walk.sandbox.state().await.persons_tokens.is_empty());
    walk.sandbox.assert_no_violations().await;
    let kept: i64 = sqlx::query_scalar("select count(*) from person_token")
        .fetch_one(walk.app.db())
        .await
        .unwrap();
    assert_eq!(kept, 0);
}

#[tokio::test]
async fn a_code_is_used_once() {
    let walk = at_step_2().await;
    let address = depart(&walk, &walk.page(Stage::Credentials).await).await;
    let first = consent(&walk, &address, ADMIN, "allow").await;
    let page = walk.admin.browser.visit(&first).await;
    assert!(page.has_text(DANA), "{}", page.text());
    let address = depart(&walk, &walk.page(Stage::Credentials).await).await;
    let second = consent(&walk, &address, ADMIN, "allow").await;
    let code = |path: &str| {
        let mut parts = path.split(['?', '&']);
        parts.find(|it| it.starts_with("code=")).unwrap().to_owned()
    };
    let again = second.replace(&code(&second), &code(&first));
    let page = walk.admin.browser.visit(&again).await;
    assert!(
        page.has_text("Procore did not accept the sign-in any more"),
        "{}",
        page.text()
    );
    assert!(!page.has_text(DANA), "what was proven before is over, too");
    assert_eq!(walk.sandbox.violations().await.len(), 1);
}

#[tokio::test]
async fn nothing_depends_on_procore_comparing_the_challenge() {
    let walk = at_step_2().await;
    walk.sandbox.ignore_pkce(true).await;
    let browser = &walk.admin.browser;
    let before = browser.cookies();
    let address = depart(&walk, &walk.page(Stage::Credentials).await).await;
    let away = browser.cookies().into_iter();
    let away: Vec<String> = away.filter(|it| !before.contains(it)).collect();
    let back = consent(&walk, &address, ADMIN, "allow").await;
    walk.app.browser().visit(&back).await;
    let second = walk.app.admin_of(walk.admin.firm).await;
    second.browser.visit(&back).await;
    browser.set_cookie(&away[0], "made-up");
    let page = browser.visit(&back).await;
    assert!(!page.has_text(DANA), "{}", page.text());
    assert!(proofs(&walk).await.is_empty());

    prove(&walk, ADMIN, COMPANY_ID).await;
    walk.connect(&["projects"]).await;
    walk.sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn it_does_not_outlive_its_setup() {
    let walk = at_step_2().await;
    let page = sign_in(&walk, ADMIN).await;
    assert!(page.has_text(DANA), "{}", page.text());
    let support = walk.app.support(SupportRole::Lead).await;
    let case = case_of(&walk.app, walk.admin.firm).await;
    let reason = [("reason", "They begin again")];
    let closed = act(&support.browser, case, "close", &reason).await;
    assert_eq!(closed.status, 303, "{}", closed.text());
    walk.app.run_jobs().await;
    let company = COMPANY_ID.to_string();
    let (onboarding, version) = (page.value_of("onboarding"), page.value_of("version"));
    let old = [
        ("onboarding", onboarding.as_str()),
        ("version", version.as_str()),
        ("company", company.as_str()),
    ];
    let form = paths::use_company(walk.admin.firm);
    let refused = walk.admin.browser.submit(&form, &old).await;
    assert!(refused.has_text("There is no open setup"));
    assert!(proofs(&walk).await.is_empty());

    let home = walk.admin.browser.visit(&walk.admin.home()).await;
    assert!(home.has_text("the access that was given is deleted"));
    let begin = home.button("Integrate with Procore").unwrap();
    walk.admin.browser.submit(&begin, &[]).await;
    walk.review(&[]).await;
    let page = walk.page(Stage::Credentials).await;
    assert_ne!(page.value_of("onboarding"), onboarding, "another setup");
    assert!(!page.has_text(DANA), "{}", page.text());
    let refused = choose(&walk, &page, COMPANY_ID).await;
    assert_eq!(refused.status, 422, "{}", refused.text());
    assert!(proofs(&walk).await.is_empty());
}
