//! A simulator for tests, on a thread of its own, with its control API in typed form.

#![expect(
    clippy::expect_used,
    clippy::disallowed_types,
    reason = "a harness, called by tests alone"
)]

mod commands;
mod fail;

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::thread::{self, JoinHandle};

use anyhow::Result;
use clap::Parser;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::runtime;
use tokio::sync::oneshot;

use crate::{Options, serve};

pub use crate::options::{CLIENT_ID, CLIENT_SECRET, COMPANY_ID, COMPANY_NAME};
pub use fail::{BodyChange, Change, Fail, Reset};

/// A running simulator; it ends when this is dropped.
pub struct Sandbox {
    /// Login, API and web address in one, such as `http://127.0.0.1:41001`.
    pub url: String,
    client: reqwest::Client,
    thread: JoinHandle<Result<()>>,
    /// Dropping it stops the simulator.
    stop: oneshot::Sender<()>,
}

/// What a simulator starts with. Rate windows are off unless asked for.
#[derive(Debug, Clone, Default)]
pub struct SandboxOptions {
    /// Further flags, such as `["--vendors", "2500"]`.
    pub flags: Vec<String>,
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
    /// Starts a simulator on a free port, with a thread of its own.
    pub async fn start(options: SandboxOptions) -> Self {
        let flags = options.flags.iter().map(String::as_str);
        // A flag that is given again replaces the first.
        let rates = [
            "procore-sandbox",
            "--hourly-limit",
            "0",
            "--spike-limit",
            "0",
        ];
        let options = Options::parse_from(rates.into_iter().chain(flags));
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        listener.set_nonblocking(true).expect("a socket takes it");
        let url = format!("http://{}", listener.local_addr().expect("it is bound"));
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = thread::spawn(move || {
            let runtime = runtime::Builder::new_current_thread()
                .enable_all()
                .build()?;
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener)?;
                // Sent or dropped: both mean the end.
                serve(options, listener, async { drop(stopped.await) }).await
            })
        });
        let client = reqwest::Client::builder().no_proxy().build();
        Self {
            url,
            client: client.expect("a client"),
            thread,
            stop,
        }
    }

    /// Ends it as Ctrl-C does, so that it saves its state first.
    pub async fn stop(self) {
        drop(self.stop);
        let ended = tokio::task::spawn_blocking(|| self.thread.join()).await;
        let served = ended
            .expect("the thread is joined")
            .expect("it did not panic");
        served.expect("it ends well");
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
