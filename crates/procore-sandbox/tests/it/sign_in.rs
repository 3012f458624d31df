//! People who sign in with Procore, and what an app learns of them.

use http::StatusCode;
use reqwest::redirect::Policy;
use reqwest::{Client, Response, Url};
use serde_json::{Value, json};

use crate::caller::Caller;
use procore_sandbox::testing::{
    CLIENT_ID, CLIENT_SECRET, COMPANY_ID, COMPANY_NAME, Sandbox, SandboxOptions,
};

const BACK: &str = "http://localhost:8080/procore/callback";
/// The first person, who administers the first company, and the second, who does not.
const ADMIN: &str = "160586";
const OTHER: &str = "160587";

/// A browser that shows where it is sent.
struct Browser {
    sandbox: Sandbox,
    http: Client,
}

impl Browser {
    async fn open() -> Self {
        let options = SandboxOptions::default().flag("redirect", BACK);
        let builder = Client::builder().no_proxy().redirect(Policy::none());
        Self {
            sandbox: Sandbox::start(options).await,
            http: builder.build().unwrap(),
        }
    }

    fn fields<'a>(redirect: &'a str, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
        let mut fields = vec![
            ("response_type", "code"),
            ("client_id", CLIENT_ID),
            ("redirect_uri", redirect),
            ("state", "xyz"),
        ];
        fields.extend(more);
        fields
    }

    async fn ask(&self, redirect: &str) -> Response {
        let address = format!("{}/oauth/authorize", self.sandbox.url);
        let address = Url::parse_with_params(&address, Self::fields(redirect, &[])).unwrap();
        self.http.get(address).send().await.unwrap()
    }

    /// Answers the consent page; returns what comes back, by name.
    async fn decide(&self, more: &[(&str, &str)]) -> Vec<(String, String)> {
        let address = format!("{}/oauth/authorize", self.sandbox.url);
        let request = self.http.post(address).form(&Self::fields(BACK, more));
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::FOUND);
        let to = answer.headers()["location"].to_str().unwrap();
        assert!(to.starts_with(BACK), "{to}");
        let to = Url::parse(to).unwrap();
        to.query_pairs().into_owned().collect()
    }

    async fn code(&self, person: &str, more: &[(&str, &str)]) -> String {
        let mut fields = vec![("person", person), ("decision", "allow")];
        fields.extend(more);
        let back = self.decide(&fields).await;
        assert_eq!(back[1], ("state".to_owned(), "xyz".to_owned()));
        back[0].1.clone()
    }

    async fn exchange(&self, code: &str, more: &[(&str, &str)]) -> (StatusCode, Value) {
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("client_id", CLIENT_ID),
            ("client_secret", CLIENT_SECRET),
            ("code", code),
        ];
        form.extend(more);
        let address = format!("{}/oauth/token", self.sandbox.url);
        let answer = self.http.post(address).form(&form).send().await.unwrap();
        (answer.status(), answer.json().await.unwrap())
    }

    async fn token(&self, person: &str) -> Value {
        let code = self.code(person, &[]).await;
        let (status, body) = self.exchange(&code, &[("redirect_uri", BACK)]).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        body
    }

    async fn caller(&self, person: &str) -> Caller<'_> {
        let body = self.token(person).await;
        let token = body["access_token"].as_str().unwrap().to_owned();
        Caller::with_token(&self.sandbox, token)
    }
}

async fn directory_level(caller: &Caller<'_>) -> Value {
    let path = format!("/rest/v1.0/settings/permissions?company_id={COMPANY_ID}");
    let manifest = caller.json(&path).await;
    let tools = manifest["tools"].as_array().unwrap();
    let directory = tools.iter().find(|tool| tool["name"] == "directory");
    directory.unwrap()["user_access_level"]["name"].clone()
}

#[tokio::test]
async fn a_person_signs_in_and_is_asked_in_their_own_name() {
    let browser = Browser::open().await;
    let page = browser.ask(BACK).await;
    assert_eq!(page.status(), StatusCode::OK);
    assert!(page.text().await.unwrap().contains("Dana Whitfield"));

    let admin = browser.caller(ADMIN).await;
    let me = admin.json_without_company("/rest/v1.0/me").await;
    assert_eq!(me["id"], 160_586);
    assert_eq!(me["login"], "dana.whitfield@harborlane.example");
    let companies = admin.json_without_company("/rest/v1.0/companies").await;
    assert_eq!(companies[0]["name"], COMPANY_NAME);
    assert_eq!(directory_level(&admin).await, "Admin");
    let other = browser.caller(OTHER).await;
    assert_eq!(directory_level(&other).await, "Read Only");
    browser.sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn only_a_registered_address_is_sent_back_to() {
    let browser = Browser::open().await;
    for wrong in [
        "http://localhost:8080/procore/callback/",
        "http://localhost:8080/procore/callback?next=1",
        "https://evil.example/procore/callback",
    ] {
        let answer = browser.ask(wrong).await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{wrong}");
        assert!(answer.headers().get("location").is_none());
    }
    let denied = browser
        .decide(&[("person", ADMIN), ("decision", "deny")])
        .await;
    assert_eq!(denied[0], ("error".to_owned(), "access_denied".to_owned()));
}

#[tokio::test]
async fn a_code_is_good_once_for_its_address_and_verifier() {
    let browser = Browser::open().await;
    let back = ("redirect_uri", BACK);
    let (status, body) = browser.exchange("made-up", &[back]).await;
    assert_eq!(
        (status, &body["error"]),
        (StatusCode::BAD_REQUEST, &json!("invalid_grant"))
    );

    let code = browser.code(ADMIN, &[]).await;
    let other = ("redirect_uri", "http://localhost:8080/");
    assert_eq!(
        browser.exchange(&code, &[other]).await.0,
        StatusCode::BAD_REQUEST
    );

    // The example of RFC 7636.
    let challenge = [
        (
            "code_challenge",
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        ),
        ("code_challenge_method", "S256"),
    ];
    let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    let code = browser.code(ADMIN, &challenge).await;
    assert_eq!(
        browser.exchange(&code, &[back]).await.0,
        StatusCode::BAD_REQUEST
    );
    let code = browser.code(ADMIN, &challenge).await;
    let right = [back, ("code_verifier", verifier)];
    assert_eq!(browser.exchange(&code, &right).await.0, StatusCode::OK);

    let code = browser.code(ADMIN, &[]).await;
    browser.sandbox.advance_clock(601).await;
    assert_eq!(
        browser.exchange(&code, &[back]).await.0,
        StatusCode::BAD_REQUEST
    );
    browser.sandbox.assert_no_violations().await;
    let code = browser.code(ADMIN, &[]).await;
    assert_eq!(browser.exchange(&code, &[back]).await.0, StatusCode::OK);
    assert_eq!(
        browser.exchange(&code, &[back]).await.0,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(browser.sandbox.violations().await.len(), 1);
}

#[tokio::test]
async fn both_tokens_of_a_person_end_together() {
    let browser = Browser::open().await;
    for which in ["access_token", "refresh_token"] {
        let body = browser.token(ADMIN).await;
        let form = [
            ("client_id", CLIENT_ID),
            ("client_secret", CLIENT_SECRET),
            ("token", body[which].as_str().unwrap()),
        ];
        let address = format!("{}/oauth/revoke", browser.sandbox.url);
        let answer = browser.http.post(address).form(&form).send().await;
        assert_eq!(answer.unwrap().status(), StatusCode::OK);
        let token = body["access_token"].as_str().unwrap().to_owned();
        let caller = Caller::with_token(&browser.sandbox, token);
        let answer = caller.get("/rest/v1.0/me").await;
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{which}");
    }
}

#[tokio::test]
async fn a_company_is_seen_by_its_people_and_asked_where_the_app_is() {
    let browser = Browser::open().await;
    let sandbox = &browser.sandbox;
    sandbox.add_company(77, "Quay Works", &[]).await;
    let login = "dana.whitfield@harborlane.example";
    sandbox.add_person(77, "Dana Whitfield", login, true).await;
    let admin = browser.caller(ADMIN).await;
    let ids = |list: Value| -> Vec<i64> {
        let rows = list.as_array().unwrap().iter();
        rows.map(|row| row["id"].as_i64().unwrap()).collect()
    };
    let list = "/rest/v1.0/companies";
    assert_eq!(ids(admin.json_without_company(list).await), [COMPANY_ID]);
    sandbox.people_see_all_companies(true).await;
    assert_eq!(
        ids(admin.json_without_company(list).await),
        [77, COMPANY_ID]
    );
    let into = |company: i64| {
        let path = format!("/rest/v1.0/settings/permissions?company_id={company}");
        let request = browser.http.get(format!("{}{path}", sandbox.url));
        let request = request.header("Procore-Company-Id", company);
        request.bearer_auth(&admin.token).send()
    };
    assert_eq!(into(77).await.unwrap().status(), StatusCode::FORBIDDEN);
    sandbox.install_app(CLIENT_ID, 77).await;
    assert_eq!(into(77).await.unwrap().status(), StatusCode::OK);
    let other = browser.caller(OTHER).await;
    assert_eq!(ids(other.json_without_company(list).await), [COMPANY_ID]);
}

#[tokio::test]
async fn an_administrator_installs_updates_and_removes_an_app_on_its_page() {
    let browser = Browser::open().await;
    let sandbox = &browser.sandbox;
    sandbox.uninstall().await;
    let levels = json!({ "client_id": CLIENT_ID, "levels": { "Directory": "Standard" } });
    let promoted = sandbox.control("promote", levels).await;
    let key = promoted["key"].as_str().unwrap();
    let address = format!("{}/{COMPANY_ID}/company/apps", sandbox.url);
    let act = |person, action, field, value| {
        let form = [("person", person), ("action", action), (field, value)];
        browser.http.post(&address).form(&form).send()
    };
    let refused = act(OTHER, "install", "version_key", key).await.unwrap();
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    let unknown = act(ADMIN, "install", "version_key", "made-up")
        .await
        .unwrap();
    assert_eq!(unknown.status(), StatusCode::FORBIDDEN);
    let installed = act(ADMIN, "install", "version_key", key).await.unwrap();
    assert_eq!(installed.status(), StatusCode::SEE_OTHER);
    let caller = Caller::of(sandbox).await;
    assert_eq!(directory_level(&caller).await, "Standard");

    sandbox
        .promote_app(CLIENT_ID, json!({ "Directory": "Read Only" }))
        .await;
    assert_eq!(directory_level(&caller).await, "Standard");
    let page = browser.http.get(&address).send().await.unwrap();
    assert!(page.text().await.unwrap().contains("Update Available"));
    act(ADMIN, "update", "app", CLIENT_ID).await.unwrap();
    assert_eq!(directory_level(&caller).await, "Read Only");
    act(ADMIN, "uninstall", "app", CLIENT_ID).await.unwrap();
    let path = format!("/rest/v1.0/settings/permissions?company_id={COMPANY_ID}");
    assert_eq!(caller.get(&path).await.status(), StatusCode::FORBIDDEN);
    sandbox.assert_no_violations().await;
}
