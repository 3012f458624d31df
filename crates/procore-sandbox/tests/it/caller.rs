//! A plain caller of Procore's API, for stories about the simulated Procore itself.

use http::StatusCode;
use reqwest::{RequestBuilder, Response};
use serde_json::{Value, json};

use procore_sandbox::testing::{CLIENT_ID, CLIENT_SECRET, COMPANY_ID, Sandbox};

/// A caller that keeps to the rules unless a test makes it break one.
pub(crate) struct Caller<'a> {
    pub sandbox: &'a Sandbox,
    pub http: reqwest::Client,
    pub token: String,
}

impl<'a> Caller<'a> {
    pub(crate) async fn of(sandbox: &'a Sandbox) -> Self {
        let mut caller = Self::stranger(sandbox);
        let (status, body) = caller.token(CLIENT_ID, CLIENT_SECRET).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        caller.token = body["access_token"].as_str().unwrap().to_owned();
        caller
    }

    /// A caller without a token.
    pub(crate) fn stranger(sandbox: &'a Sandbox) -> Self {
        Self::with_token(sandbox, String::new())
    }

    pub(crate) fn with_token(sandbox: &'a Sandbox, token: String) -> Self {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        Self {
            sandbox,
            http,
            token,
        }
    }

    pub(crate) async fn token(&self, id: &str, secret: &str) -> (StatusCode, Value) {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", id),
            ("client_secret", secret),
        ];
        let request = self
            .http
            .post(format!("{}/oauth/token", self.sandbox.url))
            .form(&form);
        let response = request.send().await.unwrap();
        (response.status(), response.json().await.unwrap())
    }

    pub(crate) fn call(&self, method: &str, path: &str) -> RequestBuilder {
        let method = method.parse().unwrap();
        self.http
            .request(method, format!("{}{path}", self.sandbox.url))
            .bearer_auth(&self.token)
            .header("Procore-Company-Id", COMPANY_ID)
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        self.call("GET", path).send().await.unwrap()
    }

    pub(crate) async fn json(&self, path: &str) -> Value {
        let response = self.get(path).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        response.json().await.unwrap()
    }

    /// The same for the one call that may come without the company header.
    pub(crate) async fn json_without_company(&self, path: &str) -> Value {
        let request = self.http.get(format!("{}{path}", self.sandbox.url));
        request
            .bearer_auth(&self.token)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap()
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> (StatusCode, Value) {
        let response = self.call("POST", path).json(&body).send().await.unwrap();
        (response.status(), response.json().await.unwrap())
    }
}

pub(crate) fn header(response: &Response, name: &str) -> Option<String> {
    response
        .headers()
        .get(name)
        .map(|value| value.to_str().unwrap().to_owned())
}

/// The first company's hooks.
pub(crate) const HOOKS: &str = "/rest/v2.0/companies/5358233/webhooks/hooks";

/// The body that makes a hook.
pub(crate) fn hook(namespace: &str, destination: &str) -> Value {
    json!({
        "payload_version": "v2.0", "namespace": namespace, "destination_url": destination,
        "destination_headers": { "Authorization": "Bearer abcdefghij" },
    })
}

/// Makes a hook that sends these `(resource, event)` pairs to `destination`; returns its id.
pub(crate) async fn subscribe(
    caller: &Caller<'_>,
    version: &str,
    destination: &str,
    events: &[(&str, &str)],
) -> String {
    let mut body = hook("ours", destination);
    body["payload_version"] = json!(version);
    let (status, created) = caller.post(HOOKS, body).await;
    assert_eq!(status, StatusCode::CREATED, "{created}");
    let id = created["data"]["id"].as_str().unwrap().to_owned();
    let triggers: Vec<Value> = events
        .iter()
        .map(|(resource, event)| json!({ "resource_name": resource, "event_type": event }))
        .collect();
    let (status, made) = caller
        .post(&format!("{HOOKS}/{id}/triggers/bulk"), json!(triggers))
        .await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    id
}
