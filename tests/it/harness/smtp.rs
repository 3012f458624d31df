//! A mail server that takes what it is given, or answers what it is told to.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// Listens on a port of its own until it is dropped with the test's runtime.
pub(crate) struct FakeSmtp {
    port: u16,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    connections: AtomicUsize,
    received: Mutex<Vec<String>>,
    /// The greeting for clients, if not `220`.
    greeting: Mutex<Option<String>>,
    /// The recipient that gets no answer at all.
    silent_for: Mutex<Option<String>>,
    /// What every recipient is answered with, if not `250`.
    answer: Mutex<Option<String>>,
}

impl FakeSmtp {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared::default());
        let serving = shared.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                serving.connections.fetch_add(1, Ordering::Relaxed);
                tokio::spawn(talk(stream, serving.clone()));
            }
        });
        Self { port, shared }
    }

    pub(crate) fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port)
    }

    /// Greets clients with this line from now on.
    pub(crate) fn greet(&self, line: Option<&str>) {
        *self.shared.greeting.lock().unwrap() = line.map(str::to_owned);
    }

    /// Answers every recipient with this line from now on.
    pub(crate) fn answer(&self, line: &str) {
        *self.shared.answer.lock().unwrap() = Some(line.to_owned());
    }

    /// Never answers for this recipient.
    pub(crate) fn say_nothing_for(&self, recipient: &str) {
        *self.shared.silent_for.lock().unwrap() = Some(recipient.to_owned());
    }

    /// How often somebody connected.
    pub(crate) fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::Relaxed)
    }

    /// Every mail that was taken, with its headers.
    pub(crate) fn received(&self) -> Vec<String> {
        self.shared.received.lock().unwrap().clone()
    }
}

async fn talk(stream: TcpStream, shared: Arc<Shared>) {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    let greeting = shared.greeting.lock().unwrap().clone();
    let greeting = greeting.unwrap_or_else(|| "220 fake ESMTP".to_owned());
    let greeted = write.write_all(format!("{greeting}\r\n").as_bytes()).await;
    greeted.unwrap();
    while let Ok(Some(line)) = lines.next_line().await {
        let command = line.get(..4).unwrap_or_default().to_ascii_uppercase();
        let answer = match command.as_str() {
            "EHLO" => "250-fake\r\n250 8BITMIME".to_owned(),
            "RCPT" => {
                let silent_for = shared.silent_for.lock().unwrap().clone();
                if silent_for.is_some_and(|recipient| line.contains(&recipient)) {
                    std::future::pending::<()>().await;
                }
                let told = shared.answer.lock().unwrap().clone();
                told.unwrap_or_else(|| "250 ok".to_owned())
            }
            "DATA" => {
                write.write_all(b"354 go on\r\n").await.unwrap();
                let mut mail = String::new();
                while let Ok(Some(line)) = lines.next_line().await {
                    if line == "." {
                        break;
                    }
                    mail.push_str(&line);
                    mail.push_str("\r\n");
                }
                shared.received.lock().unwrap().push(mail);
                "250 taken".to_owned()
            }
            "QUIT" => {
                let _ = write.write_all(b"221 bye\r\n").await;
                return;
            }
            _ => "250 ok".to_owned(),
        };
        if write
            .write_all(format!("{answer}\r\n").as_bytes())
            .await
            .is_err()
        {
            return;
        }
    }
}
