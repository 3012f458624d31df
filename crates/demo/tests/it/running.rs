//! The real program, run as `scripts/demo` runs it.

use std::path::Path;
use std::process::{ExitStatus, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{Child, Command};

/// A demo that is ready.
pub(crate) struct Demo {
    child: Child,
    /// What it printed with `--json`.
    pub details: Value,
}

/// How a demo ended that did not become ready, and what it said.
#[derive(Debug)]
pub(crate) struct Refused {
    pub status: ExitStatus,
    pub said: String,
}

impl Demo {
    /// Starts one with its data in `folder`; a free port is taken unless `arguments` name one.
    pub(crate) async fn start(folder: &Path, arguments: &[&str]) -> Result<Self, Refused> {
        let mut child = Command::new(env!("CARGO_BIN_EXE_concierge-demo"))
            .args(["--json", "--data"])
            .arg(folder)
            .args(arguments)
            .env_remove("DATABASE_URL")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        match lines.next_line().await.unwrap() {
            Some(line) => Ok(Self {
                child,
                details: serde_json::from_str(&line).unwrap(),
            }),
            None => {
                let mut said = String::new();
                child
                    .stderr
                    .take()
                    .unwrap()
                    .read_to_string(&mut said)
                    .await
                    .unwrap();
                Err(Refused {
                    status: child.wait().await.unwrap(),
                    said,
                })
            }
        }
    }

    /// Ctrl-C.
    pub(crate) async fn interrupt(mut self) -> ExitStatus {
        self.signal(Signal::INT);
        self.child.wait().await.unwrap()
    }

    /// `kill -9`: it has no chance to clean up.
    pub(crate) async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }

    pub(crate) fn text(&self, pointer: &str) -> &str {
        self.details
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap()
    }

    fn signal(&self, signal: Signal) {
        let pid = self
            .child
            .id()
            .and_then(|id| Pid::from_raw(id.cast_signed()))
            .unwrap();
        kill_process(pid, signal).unwrap();
    }
}
