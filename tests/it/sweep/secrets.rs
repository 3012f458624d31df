//! After everything that a firm, its people and support do, no secret can be read anywhere: not on
//! a page, not in a line of the log, not in the database.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use concierge::identity::SupportRole;
use concierge::onboarding::Stage;
use concierge::vault::{Purpose, Sealed};
use secrecy::ExposeSecret;
use sqlx::PgPool;

use super::routes::{Places, Route};
use crate::harness::app::PASSWORD;
use crate::harness::browser::Browser;
use crate::harness::colleague::Colleague;
use crate::harness::logs::logged;
use crate::harness::walk::Walk;
use crate::vendor_app::steps as vendor_app;
use procore_sandbox::testing::{CLIENT_ID, CLIENT_SECRET, COMPANY_ID};

/// Something that must not be found, by the name that a failing test gives it.
struct Secret(&'static str, String);

impl Secret {
    /// The encodings in which it may appear.
    fn spellings(&self) -> [String; 4] {
        let bytes = self.1.as_bytes();
        let hex = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        [
            self.1.clone(),
            STANDARD.encode(bytes).trim_end_matches('=').to_owned(),
            URL_SAFE_NO_PAD.encode(bytes),
            hex,
        ]
    }

    fn assert_not_in(&self, text: &str, place: &str) {
        for spelling in self.spellings() {
            assert!(!text.contains(&spelling), "the {} is in {place}", self.0);
        }
    }
}

/// Every row of every table, as text.
async fn dump(db: &PgPool) -> String {
    let tables: Vec<(String, String)> = sqlx::query_as(
        "select table_schema::text, table_name::text from information_schema.tables \
         where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')",
    )
    .fetch_all(db)
    .await
    .unwrap();
    let mut all = String::new();
    for (schema, table) in tables {
        let query = format!(
            "select coalesce(string_agg(t::text, E'\\n'), '') from \"{schema}\".\"{table}\" t"
        );
        let rows: String = sqlx::query_scalar(sqlx::AssertSqlSafe(query))
            .fetch_one(db)
            .await
            .unwrap();
        all.push_str(&rows);
        all.push('\n');
    }
    all
}

/// Every page that `browser` can open, one after the other.
async fn pages(browser: &Browser, routes: &[Route], places: &Places) -> String {
    let mut all = String::new();
    for route in routes.iter().filter(|route| !route.ends_session()) {
        let page = browser.visit(&route.at(places)).await;
        all.push_str(&page.html);
        all.push_str(&format!("{:?}", page.headers));
    }
    all
}

/// The pages of everybody who sees anything of the vendor's app, on the way and once it is connected.
#[tokio::test]
async fn the_vendors_secret_is_nowhere() {
    let walk = vendor_app::at_step_2().await;
    let dana = Colleague::asked(&walk, Stage::Credentials, "dana@firm.example", &[]).await;
    let asked = dana.page().await.html;
    let routes: Vec<Route> = Route::all(&walk.app.front).into_iter().collect();
    let places = Places::of(&walk.app, walk.admin.firm).await;
    let on_the_way = pages(&walk.admin.browser, &routes, &places).await;
    vendor_app::prove(&walk, vendor_app::ADMIN, COMPANY_ID).await;
    walk.connect(&["projects"]).await;
    let support = walk.app.support(SupportRole::Lead).await;
    walk.app
        .grant(walk.admin.firm, support.person, "view")
        .await;
    let places = Places::of(&walk.app, walk.admin.firm).await;
    let admins = pages(&walk.admin.browser, &routes, &places).await;
    let supports = pages(&support.browser, &routes, &places).await;
    assert!(on_the_way.contains("Install our Procore app"));
    assert!(asked.contains("Sign in with Procore"));
    assert!(
        supports.contains("Our Procore app"),
        "/support/app was read"
    );
    let secret = Secret("vendor's secret", CLIENT_SECRET.to_owned());
    let database = dump(walk.app.db()).await;
    for (text, place) in [
        (asked, "a colleague's page"),
        (on_the_way, "a page of the setup"),
        (admins, "a page of the admin's"),
        (supports, "a page of support's"),
        (database, "the database"),
        (logged(), "the log"),
    ] {
        secret.assert_not_in(&text, place);
    }
}

/// The access token that Procore gave the firm's app.
async fn access_token(walk: &Walk) -> String {
    let firm = walk.admin.firm;
    let sealed: Vec<u8> = sqlx::query_scalar(
        "select token from procore_token where firm_id = $1 and token is not null",
    )
    .bind(firm.0)
    .fetch_one(walk.app.db())
    .await
    .unwrap();
    let sealed = Sealed::from_bytes(sealed);
    let vault = &walk.app.app.vault;
    let token = vault.open(Purpose::ProcoreToken, firm, &sealed).unwrap();
    token.expose_secret().to_owned()
}

#[tokio::test]
async fn no_secret_is_on_a_page_in_the_log_or_in_the_database() {
    // A firm connects, with a wrong secret first.
    let walk = Walk::start().await;
    walk.up_to(Stage::Credentials, &[]).await;
    let dana = Colleague::asked(&walk, Stage::Credentials, "dana@firm.example", &[]).await;
    dana.page().await;
    let mut wrong = Walk::good_details();
    let wrong_secret = "wrong-secret-Pq7Lm2Zx9Vb4Nc6Rt8Yk";
    wrong.retain(|(name, _)| *name != "client_secret");
    wrong.push(("client_secret", wrong_secret));
    walk.enter_details(&wrong).await;
    walk.check(Stage::Verify).await;
    walk.enter_details(&Walk::good_details()).await;
    walk.up_to(Stage::Complete, &["projects", "vendors"]).await;
    let routes: Vec<Route> = Route::all(&walk.app.front).into_iter().collect();
    let places = Places::of(&walk.app, walk.admin.firm).await;
    let on_the_way = pages(&walk.admin.browser, &routes, &places).await;
    walk.connect(&[]).await;

    // A colleague is invited, and somebody forgot the password.
    let people = concierge::paths::people(walk.admin.firm);
    let invitation = [("email", "new@firm.example")];
    walk.admin.browser.submit(&people, &invitation).await;
    walk.app
        .browser()
        .submit("/reset", &[("email", &walk.admin.email)])
        .await;
    walk.app.run_jobs().await;
    let support = walk.app.support(SupportRole::Lead).await;
    walk.app
        .grant(walk.admin.firm, support.person, "view")
        .await;

    let hook = walk.sandbox.state().await.hooks.remove(0);
    let token_in = |links: Vec<String>| links[0].rsplit('/').next().unwrap().to_owned();
    let session = |browser: &Browser| browser.cookie("__Host-session").unwrap();
    let secrets = [
        Secret("client secret", CLIENT_SECRET.to_owned()),
        Secret("wrong client secret", wrong_secret.to_owned()),
        Secret("password", PASSWORD.to_owned()),
        Secret("access token", access_token(&walk).await),
        Secret("hook's authorization", hook.authorization.unwrap()),
        Secret("admin's session", session(&walk.admin.browser)),
        Secret("support's session", session(&support.browser)),
        Secret("second factor", support.second_factor.clone()),
        Secret(
            "invitation",
            token_in(walk.app.links_in_mail_to("new@firm.example").await),
        ),
        Secret("hand-over link", token_in(vec![dana.link.clone()])),
        Secret(
            "reset link",
            token_in(walk.app.links_in_mail_to(&walk.admin.email).await),
        ),
    ];

    let places = Places::of(&walk.app, walk.admin.firm).await;
    let admins = pages(&walk.admin.browser, &routes, &places).await;
    let supports = pages(&support.browser, &routes, &places).await;
    for pages in [&on_the_way, &admins, &supports] {
        assert!(pages.contains("Harbor &#38; Lane"), "the details were read");
    }
    assert!(
        !supports.contains(&CLIENT_ID[..5]),
        "four characters of the client id are enough"
    );
    let database = dump(walk.app.db()).await;
    assert!(database.contains(CLIENT_ID), "the database was read");
    let logged = logged();
    assert!(
        logged.contains("/setup/credentials"),
        "the log was read: {logged:.500}"
    );
    for secret in &secrets {
        secret.assert_not_in(&on_the_way, "a page of the setup");
        secret.assert_not_in(&admins, "a page of the admin's");
        secret.assert_not_in(&supports, "a page of support's");
        secret.assert_not_in(&database, "the database");
        secret.assert_not_in(&logged, "the log");
    }
}
