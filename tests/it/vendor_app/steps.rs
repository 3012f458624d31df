//! What a person does who connects by the vendor's app.

use concierge::onboarding::Stage;
use concierge::paths;
use procore_sandbox::testing::{
    BodyChange, CLIENT_ID, CLIENT_SECRET, COMPANY_ID, COMPANY_NAME, Change, Fail, SandboxOptions,
};
use serde_json::json;

use crate::harness::browser::Browser;
use crate::harness::colleague::Colleague;
use crate::harness::page::Page;
use crate::harness::walk::Walk;

pub(crate) const BACK: &str = "https://concierge.example/procore/callback";
/// The list of companies, a person's or the vendor's.
pub(crate) const COMPANIES: &str = "/rest/v1.0/companies";
/// The person who administers the simulator's company, and one who works there.
pub(crate) const ADMIN: i64 = 160_586;
pub(crate) const OTHER: i64 = 160_587;

pub(crate) async fn at_step_2() -> Walk {
    let options = SandboxOptions::default().flag("redirect", BACK);
    let settings = [
        ("PROCORE_APP_CLIENT_ID", CLIENT_ID),
        ("PROCORE_APP_CLIENT_SECRET", CLIENT_SECRET),
        ("PROCORE_APP_VERSION_KEY", "4d57-9a30"),
    ];
    let walk = Walk::start_with(options, &settings).await;
    walk.review(&[]).await;
    walk
}

/// A firm that went the whole way.
pub(crate) async fn connected() -> Walk {
    let walk = at_step_2().await;
    prove(&walk, ADMIN, COMPANY_ID).await;
    walk.up_to(Stage::Complete, &["projects"]).await;
    walk.complete().await;
    walk
}

/// Presses *Sign in with Procore*; returns where that leads.
pub(crate) async fn depart(walk: &Walk, page: &Page) -> String {
    let form = page.button("Sign in with Procore").unwrap();
    depart_by(&walk.admin.browser, &form, page).await
}

pub(crate) async fn depart_by(browser: &Browser, form: &str, page: &Page) -> String {
    let (onboarding, version) = (page.value_of("onboarding"), page.value_of("version"));
    let fields = [
        ("onboarding", onboarding.as_str()),
        ("version", version.as_str()),
        ("environment", "production"),
    ];
    let sent = browser.post(form, &fields).await;
    let location = sent.header("location").unwrap().to_owned();
    assert!(
        location.contains("code_challenge_method=S256"),
        "{location}"
    );
    location
}

/// Lets a person sign in at Procore; returns the path that they are sent back to.
pub(crate) async fn consent(walk: &Walk, address: &str, person: i64, decision: &str) -> String {
    let back = walk.sandbox.consent(address, person, decision).await;
    back.strip_prefix("https://concierge.example")
        .unwrap()
        .to_owned()
}

pub(crate) async fn sign_in(walk: &Walk, person: i64) -> Page {
    let address = depart(walk, &walk.page(Stage::Credentials).await).await;
    let back = consent(walk, &address, person, "allow").await;
    walk.admin.browser.visit(&back).await
}

pub(crate) async fn choose(walk: &Walk, page: &Page, company: i64) -> Page {
    let (onboarding, version) = (page.value_of("onboarding"), page.value_of("version"));
    let company = company.to_string();
    let fields = [
        ("onboarding", onboarding.as_str()),
        ("version", version.as_str()),
        ("company", company.as_str()),
    ];
    let form = paths::use_company(walk.admin.firm);
    walk.admin.browser.submit(&form, &fields).await
}

pub(crate) async fn proofs(walk: &Walk) -> Vec<(i64, String)> {
    sqlx::query_as(
        "select proven_company_id, proven_login from credential where state = 'current' and proven_by is not null",
    )
    .fetch_all(walk.app.db())
    .await
    .unwrap()
}

/// Goes back to step 2, signs in there and chooses a company.
pub(crate) async fn prove(walk: &Walk, person: i64, company: i64) -> Page {
    let page = sign_in(walk, person).await;
    choose(walk, &page, company).await
}

/// Lets a colleague sign in, by the button of their page.
pub(crate) async fn colleague_signs_in(walk: &Walk, dana: &Colleague, person: i64) -> Page {
    let page = dana.page().await;
    let form = page.button("Sign in with Procore").unwrap();
    let address = depart_by(&dana.browser, &form, &page).await;
    let back = consent(walk, &address, person, "allow").await;
    dana.browser.visit(&back).await
}

/// Makes somebody known who administers a company.
pub(crate) async fn admin_of(walk: &Walk, company: i64, name: &str, login: &str) -> i64 {
    let added = json!({
        "company_id": company, "name": name, "login": login, "admin": true,
    });
    let added = walk.sandbox.control("person", added).await;
    added["id"].as_i64().unwrap()
}

/// The vendor's list with one more row, which cannot be read.
pub(crate) fn odd_row() -> Fail {
    let change = Change {
        body: BodyChange {
            add: vec![json!({ "id": null, "name": COMPANY_NAME })],
            ..BodyChange::default()
        },
        hidden_rows: 1,
        ..Change::default()
    };
    Fail::change(change).on(COMPANIES).times(1000)
}

/// The paths of the calls into companies.
pub(crate) async fn called_into(walk: &Walk) -> Vec<String> {
    let asked = walk.sandbox.state().await.requests.into_iter();
    let paths = asked.map(|it| it.path);
    paths
        .filter(|path| path.starts_with("/rest/") && path != COMPANIES)
        .collect()
}
