//! The simulated Procore as a child process, with its control API in typed form.

// Each story needs some of these; none needs all.
#![allow(dead_code)]

mod commands;
mod fail;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Stdio;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

pub use fail::Fail;

pub const COMPANY_ID: i64 = 5_358_233;
pub const COMPANY_NAME: &str = "Harbor & Lane Construction";
pub const CLIENT_ID: &str = "q2Wm8rT5yK1nC7vB4xZ9aS3dF6gH0jL-pQ_eRtYuIoP";
pub const CLIENT_SECRET: &str = "sandbox-secret-Zx8Nn2Vq5Lw7Kd3Jh6Rt9Yb4Mc1";

/// A running simulator; it ends when this is dropped.
pub struct Sandbox {
    /// Killed on drop.
    process: Child,
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
    pub companies: Vec<CompanyState>,
    pub requests: Vec<RequestCount>,
    /// How many requests were answered side by side at the most.
    pub most_at_once: usize,
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
pub struct CompanyState {
    pub id: i64,
    pub name: String,
    /// How many records of each data set there are, inactive ones included.
    pub records: BTreeMap<String, u64>,
}

impl SandboxState {
    /// How many records of a data set the first company has, inactive ones included.
    pub fn records(&self, dataset: &str) -> u64 {
        self.companies[0].records[dataset]
    }
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct RequestCount {
    pub method: String,
    /// With `{…}` for the parts that vary.
    pub path: String,
    pub count: u64,
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
            // A flag that is given again replaces the first.
            .args(&options.flags)
            .stdout(Stdio::piped())
            .kill_on_drop(true);
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
            process,
            url,
            client,
        }
    }

    /// Ends the process as Ctrl-C does, so that it saves its state first.
    pub async fn stop(mut self) {
        let id = self.process.id().expect("it runs").to_string();
        let killed = Command::new("sh").args(["-c", "kill $0", &id]).status();
        let killed = killed.await.expect("a shell runs");
        assert!(killed.success());
        let status = self.process.wait().await.expect("it ends");
        assert!(status.success(), "procore-sandbox ended with {status}");
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
}
