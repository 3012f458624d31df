//! A simulator for tests, on a thread of its own, with its control API in typed form.

#![expect(
    clippy::expect_used,
    clippy::disallowed_types,
    reason = "a harness, called by tests alone"
)]

mod commands;
mod fail;

use std::net::TcpListener;
use std::thread::{self, JoinHandle};

use clap::Parser;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::runtime;
use tokio::sync::oneshot;

use crate::{Options, serve};

pub use crate::control::inspect::{CompanyState, HookState, ProjectState, SandboxState};
pub use crate::ledger::{RequestCount, Violation};
pub use crate::options::{CLIENT_ID, CLIENT_SECRET, COMPANY_ID, COMPANY_NAME, PROJECT_ID};
pub use fail::{BodyChange, Change, Fail, Reset};

/// A running simulator; it ends when this is dropped.
pub struct Sandbox {
    /// Login, API and web address in one, such as `http://127.0.0.1:41001`.
    pub url: String,
    client: reqwest::Client,
    thread: JoinHandle<anyhow::Result<()>>,
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

impl Sandbox {
    /// Starts a simulator on a free port, with a thread of its own.
    pub async fn start(options: SandboxOptions) -> Self {
        // A flag that is given again replaces the first.
        let usual = [
            "procore-sandbox",
            "--hourly-limit",
            "0",
            "--spike-limit",
            "0",
        ];
        let flags = usual
            .into_iter()
            .chain(options.flags.iter().map(String::as_str));
        let options = Options::parse_from(flags);
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
        let client = reqwest::Client::builder()
            .no_proxy()
            .build()
            .expect("a client");
        Self {
            url,
            client,
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
        let answered = self.try_control(command, fields.clone()).await;
        let refused = answered.as_ref().err();
        assert!(refused.is_none(), "{command} {fields}: {refused:?}");
        answered.expect("it was not refused")
    }

    /// The same, where it may be refused; returns why.
    pub async fn try_control(&self, command: &str, fields: Value) -> Result<Value, String> {
        let address = format!("{}/__control/{command}", self.url);
        let request = self.client.post(address).json(&fields);
        let answer = request.send().await.expect("an answer");
        let (status, body) = (answer.status(), answer.text().await.expect("a body"));
        match status.is_success() {
            true => Ok(serde_json::from_str(&body).expect("JSON")),
            false => Err(format!("{status} {body}")),
        }
    }

    /// Answers the consent page at `address` as a person; returns where they are sent back to.
    pub async fn consent(&self, address: &str, person: i64, decision: &str) -> String {
        let (page, query) = address.split_once('?').expect("an address with a query");
        let mut form: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect();
        form.push(("person".to_owned(), person.to_string()));
        form.push(("decision".to_owned(), decision.to_owned()));
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .expect("a client");
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish();
        let answer = client
            .post(page)
            .body(body)
            .send()
            .await
            .expect("an answer");
        let location = answer.headers().get("location").expect("a redirect");
        location.to_str().expect("text").to_owned()
    }

    async fn inspect<T: DeserializeOwned>(&self, what: &str) -> T {
        let address = format!("{}/__control/{what}", self.url);
        let answer = self.client.get(address).send().await.expect("an answer");
        answer.json().await.expect("JSON")
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

    pub async fn state(&self) -> SandboxState {
        self.inspect("state").await
    }

    /// A project as it stands in Procore, whether the app sees it or not.
    pub async fn project(&self, id: i64) -> ProjectState {
        self.inspect(&format!("project/{id}")).await
    }

    /// Every delivery with its payload and attempts, oldest first.
    pub async fn deliveries(&self) -> Vec<Value> {
        self.inspect("deliveries").await
    }

    /// Waits until all that can be delivered now was tried; every delivery, oldest first.
    pub async fn settled_deliveries(&self) -> Vec<Value> {
        self.inspect("deliveries/settled").await
    }

    /// How often a path template was asked since the last reset.
    pub async fn requests(&self, method: &str, path: &str) -> u64 {
        let counts = self.state().await.requests;
        let found = counts
            .iter()
            .find(|row| row.method == method && row.path == path);
        found.map_or(0, |row| row.count)
    }
}
