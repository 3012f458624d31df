//! The real program, run by a test with nothing but the environment the test gives it.

use std::process::{Output, Stdio};

use concierge::vault::generate_key_line;
use secrecy::ExposeSecret;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStderr, Command};

use super::site::{NAMESPACE, PUBLIC_URL, Site};

/// What a run of the program left behind.
pub(crate) struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}{}", self.stdout, self.stderr))
    }
}

/// `concierge` with arguments and an environment of the test's own.
pub(crate) struct Program {
    command: Command,
    input: String,
}

impl Program {
    pub(crate) fn new(args: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_concierge"));
        command.args(args);
        Self::of(command)
    }

    /// The same with so many descriptors at the most.
    pub(crate) fn with_descriptors(args: &[&str], most: u32) -> Self {
        let mut command = Command::new("/bin/sh");
        let script = format!("ulimit -n {most} && exec \"$0\" \"$@\"");
        let program = env!("CARGO_BIN_EXE_concierge");
        command.args(["-c", &script, program]).args(args);
        Self::of(command)
    }

    fn of(mut command: Command) -> Self {
        command
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        Self {
            command,
            input: String::new(),
        }
    }

    /// What it reads on standard input.
    pub(crate) fn input(mut self, text: &str) -> Self {
        self.input = text.to_owned();
        self
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// The least that `serve` and its like need, with a database.
    pub(crate) fn configured(self, database_url: &str, keys: &str) -> Self {
        self.env("DATABASE_URL", database_url)
            .env("CONCIERGE_ENCRYPTION_KEYS", keys)
            .env("PROCORE_WEBHOOK_NAMESPACE", "test-concierge")
            .env("CONCIERGE_LISTEN", "127.0.0.1:0")
    }

    /// As a process at a site whose Procore is at `procore`.
    pub(crate) fn at(self, site: &Site, procore: &str) -> Self {
        self.configured(&site.db.serving_url(), &site.keys)
            .env("CONCIERGE_PUBLIC_URL", PUBLIC_URL)
            .env("PROCORE_WEBHOOK_NAMESPACE", NAMESPACE)
            .env("PROCORE_LOGIN_URL", procore)
            .env("PROCORE_API_URL", procore)
            .env("PROCORE_WEB_URL", procore)
    }

    /// Runs it to its end.
    pub(crate) async fn run(mut self) -> Ran {
        let mut child = self.command.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        // It may well end without having read anything.
        let _ = stdin.write_all(self.input.as_bytes()).await;
        drop(stdin);
        let Output {
            status,
            stdout,
            stderr,
        } = child.wait_with_output().await.unwrap();
        Ran {
            code: status.code().expect("it ended by itself"),
            stdout: String::from_utf8(stdout).unwrap(),
            stderr: String::from_utf8(stderr).unwrap(),
        }
    }

    /// Starts it; it ends with the value that is given back.
    pub(crate) fn start(mut self) -> Running {
        let mut child = self.command.spawn().unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        Running { child, lines }
    }
}

/// A program at work.
pub(crate) struct Running {
    child: Child,
    lines: Lines<BufReader<ChildStderr>>,
}

impl Running {
    /// Reads its log up to the line with `text` and gives that line.
    pub(crate) async fn says(&mut self, text: &str) -> String {
        let mut heard = String::new();
        while let Some(line) = self.lines.next_line().await.unwrap() {
            if line.contains(text) {
                return line;
            }
            heard.push_str(&line);
            heard.push('\n');
        }
        panic!("it ended without saying {text:?}:\n{heard}");
    }

    /// Sends a signal by its name, such as `TERM`.
    pub(crate) async fn signal(&self, name: &str) {
        let id = self.child.id().expect("it runs").to_string();
        let sent = Command::new("kill").args(["-s", name, &id]).status().await;
        assert!(sent.unwrap().success());
    }

    /// Kills it as `kill -9` does, and waits until it is gone.
    pub(crate) async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }

    /// Waits for its end; gives its exit code.
    pub(crate) async fn ends(mut self) -> i32 {
        self.child
            .wait()
            .await
            .unwrap()
            .code()
            .expect("it ended by itself")
    }
}

/// A fresh key line.
pub(crate) fn key(id: &str) -> String {
    generate_key_line(id).unwrap().expose_secret().to_owned()
}

/// The web address in the line that `serve` writes when it is ready.
pub(crate) fn address_in(line: &str) -> String {
    let at = line.find("http://").expect("the line has an address");
    line[at..].split_whitespace().next().unwrap().to_owned()
}
