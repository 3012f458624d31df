//! The simulated Procore as a child process, with its control API in typed form.

// Each story needs some of these; none needs all.
#![allow(dead_code)]

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Stdio;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

pub const COMPANY_ID: i64 = 5_358_233;
pub const COMPANY_NAME: &str = "Harbor & Lane Construction";
pub const CLIENT_ID: &str = "q2Wm8rT5yK1nC7vB4xZ9aS3dF6gH0jL-pQ_eRtYuIoP";
pub const CLIENT_SECRET: &str = "sandbox-secret-Zx8Nn2Vq5Lw7Kd3Jh6Rt9Yb4Mc1";

/// A running simulator; it ends when this is dropped.
pub struct Sandbox {
    /// Kills the process on drop.
    _process: Child,
    /// Login, API and web address in one, such as `http://127.0.0.1:41001`.
    pub url: String,
    client: reqwest::Client,
}

/// What a simulator starts with. Rate windows are off unless asked for.
#[derive(Debug, Clone, Default)]
pub struct SandboxOptions {
    /// Further flags, such as `["--vendors", "2500"]`.
    pub flags: Vec<String>,
    /// An OpenAPI file to check requests against; `PROCORE_OPENAPI` is used when left out.
    pub openapi: Option<PathBuf>,
}

impl SandboxOptions {
    pub fn flag(mut self, name: &str, value: impl ToString) -> Self {
        self.flags.extend([format!("--{name}"), value.to_string()]);
        self
    }

    pub fn switch(mut self, name: &str) -> Self {
        self.flags.push(format!("--{name}"));
        self
    }
}

/// A request that broke the facts.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Violation {
    pub at: String,
    pub method: String,
    pub path: String,
    pub why: String,
}

/// What an onboarding leaves behind in Procore.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct SandboxState {
    pub now: String,
    pub hooks: Vec<HookState>,
    pub requests: Vec<RequestCount>,
    pub violations: usize,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct HookState {
    pub id: String,
    pub client_id: String,
    pub company_id: i64,
    pub project_id: Option<i64>,
    pub status: String,
    pub payload_version: String,
    pub namespace: String,
    pub destination_url: String,
    /// In full, unlike what the API shows.
    pub authorization: Option<String>,
    /// `(resource_name, event_type)`, sorted.
    pub triggers: Vec<(String, String)>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct RequestCount {
    pub method: String,
    /// With `{…}` for the parts that vary.
    pub path: String,
    pub count: u64,
}

/// The next answers to requests of a kind.
#[derive(Debug, Clone, Serialize)]
pub struct Fail {
    kind: &'static str,
    prefix: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<&'static str>,
    skip: u32,
    times: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seconds: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<bool>,
}

impl Fail {
    fn of(kind: &'static str) -> Self {
        Self {
            kind,
            prefix: String::new(),
            method: None,
            skip: 0,
            times: 1,
            status: None,
            body: None,
            seconds: None,
            retry_after: None,
        }
    }

    /// A status; with `body`, that text or JSON instead of Procore's usual error.
    pub fn status(status: u16) -> Self {
        Self {
            status: Some(status),
            ..Self::of("status")
        }
    }

    /// An HTML page with this status.
    pub fn html(status: u16) -> Self {
        Self {
            status: Some(status),
            ..Self::of("html")
        }
    }

    /// The right answer, of which half arrives.
    pub fn truncated() -> Self {
        Self::of("truncated")
    }

    /// No answer: the connection breaks.
    pub fn reset() -> Self {
        Self::of("reset")
    }

    /// 429 with `X-Rate-Limit-Reset` only.
    pub fn throttle(seconds: u32) -> Self {
        Self {
            seconds: Some(seconds),
            ..Self::of("throttle")
        }
    }

    /// 503 with `Retry-After`.
    pub fn busy(seconds: u32) -> Self {
        Self {
            seconds: Some(seconds),
            ..Self::of("busy")
        }
    }

    /// Only paths that begin so.
    pub fn on(mut self, prefix: &str) -> Self {
        self.prefix = prefix.to_owned();
        self
    }

    pub fn method(mut self, method: &'static str) -> Self {
        self.method = Some(method);
        self
    }

    pub fn times(mut self, times: u32) -> Self {
        self.times = times;
        self
    }

    /// Lets this many requests through before the first fails.
    pub fn after(mut self, requests: u32) -> Self {
        self.skip = requests;
        self
    }

    pub fn body(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }

    pub fn retry_after(mut self, on: bool) -> Self {
        self.retry_after = Some(on);
        self
    }
}

impl Sandbox {
    /// Starts a simulator on a free port and waits until it listens.
    pub async fn start(options: SandboxOptions) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_procore-sandbox"));
        command
            .args([
                "--listen",
                "127.0.0.1:0",
                "--hourly-limit",
                "0",
                "--spike-limit",
                "0",
            ])
            .args(&options.flags)
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        // A flag given twice counts once, the last time.
        if let Some(path) = &options.openapi {
            command.env("PROCORE_OPENAPI", path);
        }
        let mut process = command.spawn().expect("procore-sandbox starts");
        let output = process.stdout.take().expect("its output is piped");
        let mut lines = BufReader::new(output).lines();
        let line = lines
            .next_line()
            .await
            .expect("it can be read")
            .unwrap_or_default();
        let url = line
            .strip_prefix("procore-sandbox listening on ")
            .map(str::to_owned);
        let url = url.unwrap_or_else(|| panic!("procore-sandbox says {line:?}"));
        let client = reqwest::Client::builder()
            .no_proxy()
            .build()
            .expect("a client");
        Self {
            _process: process,
            url,
            client,
        }
    }

    pub fn address(&self) -> SocketAddr {
        self.url
            .trim_start_matches("http://")
            .parse()
            .expect("an address")
    }

    /// Sends any command of the control API.
    pub async fn control(&self, command: &str, fields: Value) -> Value {
        let address = format!("{}/__control/{command}", self.url);
        let answer = self
            .client
            .post(address)
            .json(&fields)
            .send()
            .await
            .expect("an answer");
        let (status, body) = (answer.status(), answer.text().await.expect("a body"));
        assert!(status.is_success(), "{command} {fields}: {status} {body}");
        serde_json::from_str(&body).expect("JSON")
    }

    async fn inspect<T: DeserializeOwned>(&self, what: &str) -> T {
        let address = format!("{}/__control/{what}", self.url);
        self.client
            .get(address)
            .send()
            .await
            .expect("an answer")
            .json()
            .await
            .expect("JSON")
    }

    pub async fn violations(&self) -> Vec<Violation> {
        self.inspect("violations").await
    }

    /// Fails the test when the product broke a rule of Procore's.
    pub async fn assert_no_violations(&self) {
        let violations = self.violations().await;
        assert!(
            violations.is_empty(),
            "Procore would have refused: {violations:#?}"
        );
    }

    pub async fn reset_violations(&self) {
        self.control("violations/reset", json!({})).await;
    }

    pub async fn state(&self) -> SandboxState {
        self.inspect("state").await
    }

    /// Every delivery with its payload and attempts, oldest first.
    pub async fn deliveries(&self) -> Vec<Value> {
        self.inspect("deliveries").await
    }

    /// How often a path template was asked since the last reset.
    pub async fn requests(&self, method: &str, path: &str) -> u64 {
        let counts = self.state().await.requests;
        let found = counts
            .iter()
            .find(|row| row.method == method && row.path == path);
        found.map_or(0, |row| row.count)
    }

    pub async fn reset_requests(&self) {
        self.control("requests/reset", json!({})).await;
    }

    /// Sets the level on a company tool: `None`, `Read Only`, `Standard`, `Admin`.
    pub async fn set_level(&self, tool: &str, level: &str) {
        self.control("level", json!({ "tool": tool, "level": level }))
            .await;
    }

    /// Sets the level on a tool of one project.
    pub async fn set_project_level(&self, project_id: i64, tool: &str, level: &str) {
        let fields = json!({ "project_id": project_id, "tool": tool, "level": level });
        self.control("level", fields).await;
    }

    /// Takes a company tool away or brings it back.
    pub async fn set_tool_present(&self, tool: &str, present: bool) {
        self.control("tool", json!({ "tool": tool, "present": present }))
            .await;
    }

    /// Switches a tool of one project on or off.
    pub async fn set_project_tool(&self, project_id: i64, tool: &str, present: bool) {
        let fields = json!({ "project_id": project_id, "tool": tool, "present": present });
        self.control("tool", fields).await;
    }

    /// How the manifest writes the Read Only level from now on.
    pub async fn spell_read_only(&self, spelling: &str) {
        self.control("spelling", json!({ "read_only": spelling }))
            .await;
    }

    /// Users and vendors without the Directory level: ids and names instead of a 403.
    pub async fn set_reduced_views(&self, on: bool) {
        self.control("reduced-views", json!({ "on": on })).await;
    }

    pub async fn permit_all_projects(&self) {
        self.control("projects", json!({ "all": true })).await;
    }

    /// Permits these projects and no others.
    pub async fn permit_projects(&self, ids: &[i64]) {
        self.control("projects", json!({ "all": false, "permit": ids }))
            .await;
    }

    pub async fn withdraw_project(&self, id: i64) {
        self.control("projects", json!({ "withdraw": [id] })).await;
    }

    pub async fn uninstall(&self) {
        self.control("uninstall", json!({})).await;
    }

    /// Installs the app again; as in Procore, no project is permitted then.
    pub async fn reinstall(&self) {
        self.control("reinstall", json!({})).await;
    }

    /// Installs the app again and permits all projects.
    pub async fn reinstall_with_projects(&self) {
        self.control("reinstall", json!({ "all_projects": true }))
            .await;
    }

    /// Ends the secret and every token that was issued for it.
    pub async fn revoke_secret(&self) {
        self.control("secret/revoke", json!({ "revoke_tokens": true }))
            .await;
    }

    /// Gives the app a new secret; tokens go on until they expire.
    pub async fn replace_secret(&self, secret: &str) {
        self.control("secret/replace", json!({ "client_secret": secret }))
            .await;
    }

    pub async fn expire_tokens(&self) {
        self.control("tokens/expire", json!({})).await;
    }

    /// The product's process was killed: that it fetches a new token is right.
    pub async fn forget_tokens(&self) {
        self.control("tokens/forget", json!({})).await;
    }

    /// Sets both rate limits; 0 is off.
    pub async fn throttle(&self, hourly: u32, spike: u32) {
        self.control("throttle", json!({ "hourly": hourly, "spike": spike }))
            .await;
    }

    /// Scripts the next answers to requests of a kind.
    pub async fn fail_next(&self, fail: Fail) {
        self.control("fail", json!(fail)).await;
    }

    /// Lets single triggers of the next bulk fail; positions count from 1.
    pub async fn fail_triggers(&self, positions: &[usize]) {
        self.control("triggers/fail", json!({ "positions": positions }))
            .await;
    }

    /// Every answer is an edge server's 502 page.
    pub async fn down(&self) {
        self.control("down", json!({})).await;
    }

    /// Connections are closed without an answer.
    pub async fn down_silently(&self) {
        self.control("down", json!({ "how": "drop" })).await;
    }

    /// Ends outage, slowness, scripted answers and ordered waits.
    pub async fn up(&self) {
        self.control("up", json!({})).await;
    }

    /// Delays every answer below a path (`""` is every path); 0 ends it.
    pub async fn slow(&self, prefix: &str, ms: u64) {
        self.control("slow", json!({ "ms": ms, "prefix": prefix }))
            .await;
    }

    pub async fn advance_clock(&self, seconds: i64) {
        self.control("clock", json!({ "advance_seconds": seconds }))
            .await;
    }

    /// Takes a resource out of the webhook catalog.
    pub async fn remove_from_catalog(&self, resource: &str) {
        self.control("catalog", json!({ "resource": resource, "present": false }))
            .await;
    }

    pub async fn restore_to_catalog(&self, resource: &str) {
        self.control("catalog", json!({ "resource": resource, "present": true }))
            .await;
    }

    /// Adds a company where these apps are installed.
    pub async fn add_company(&self, id: i64, name: &str, clients: &[&str]) {
        self.control(
            "company",
            json!({ "id": id, "name": name, "clients": clients }),
        )
        .await;
    }

    /// Adds an app that is installed in these companies.
    pub async fn add_client(&self, client_id: &str, client_secret: &str, companies: &[i64]) {
        let fields = json!({
            "client_id": client_id, "client_secret": client_secret, "companies": companies,
        });
        self.control("client", fields).await;
    }

    /// Adds an app of another environment: its credentials are not accepted here.
    pub async fn add_foreign_client(&self, client_id: &str, client_secret: &str) {
        let fields = json!({
            "client_id": client_id, "client_secret": client_secret, "foreign": true,
        });
        self.control("client", fields).await;
    }

    /// Makes a record as a person in Procore would; returns its id. Hooks are told.
    pub async fn create_record(&self, dataset: &str, fields: Value) -> i64 {
        let command = json!({ "dataset": dataset, "action": "create", "fields": fields });
        self.control("records", command).await["id"]
            .as_i64()
            .expect("an id")
    }

    pub async fn edit_record(&self, dataset: &str, id: i64, fields: Value) {
        let command = json!({ "dataset": dataset, "action": "update", "id": id, "fields": fields });
        self.control("records", command).await;
    }

    /// `create`, `update`, `activate`, `deactivate` or `delete`.
    pub async fn act_on_record(&self, dataset: &str, action: &str, id: i64) {
        let command = json!({ "dataset": dataset, "action": action, "id": id });
        self.control("records", command).await;
    }

    /// Sends the last delivered event once more.
    pub async fn duplicate_delivery(&self) {
        self.control("deliveries/duplicate", json!({})).await;
    }

    pub async fn hold_deliveries(&self) {
        self.control("deliveries/hold", json!({})).await;
    }

    /// Sends what was held, newest first when `reverse`.
    pub async fn release_deliveries(&self, reverse: bool) {
        self.control("deliveries/release", json!({ "reverse": reverse }))
            .await;
    }
}
