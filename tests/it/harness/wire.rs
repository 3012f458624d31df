//! The wire to the database, which counts what a program sends over it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use sqlx::ConnectOptions;
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt, copy};
use tokio::net::{TcpListener, TcpStream, UnixStream};

use super::db::{SERVING_ROLE, server};

/// Stands between a program and the tests' Postgres.
pub(crate) struct Wire {
    port: u16,
    sent: Arc<Sent>,
}

/// What was sent so far, over all connections.
#[derive(Default)]
struct Sent {
    /// Statements that were executed.
    statements: AtomicUsize,
    /// Messages that Postgres answers before the program goes on.
    round_trips: AtomicUsize,
}

impl Wire {
    pub(crate) async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let sent = Arc::new(Sent::default());
        let counted = sent.clone();
        tokio::spawn(async move {
            while let Ok((program, _)) = listener.accept().await {
                tokio::spawn(pass(program, counted.clone()));
            }
        });
        Self { port, sent }
    }

    /// The address of a database for the role that serves.
    pub(crate) fn serving_url(&self, database: &str) -> String {
        let options = PgConnectOptions::new_without_pgpass()
            .host("127.0.0.1")
            .port(self.port)
            .username(SERVING_ROLE)
            .database(database)
            .ssl_mode(PgSslMode::Disable)
            .extra_float_digits(None);
        options.to_url_lossy().into()
    }

    /// Statements and round trips since the last time.
    pub(crate) fn take(&self) -> (usize, usize) {
        let take = |count: &AtomicUsize| count.swap(0, Ordering::Relaxed);
        (take(&self.sent.statements), take(&self.sent.round_trips))
    }
}

async fn pass(program: TcpStream, sent: Arc<Sent>) {
    let (from_program, mut to_program) = program.into_split();
    let server = server();
    match server.get_socket() {
        Some(folder) => {
            let path = folder.join(format!(".s.PGSQL.{}", server.get_port()));
            let (mut from, to) = UnixStream::connect(path).await.unwrap().into_split();
            tokio::spawn(async move { copy(&mut from, &mut to_program).await });
            count(from_program, to, &sent).await;
        }
        None => {
            let address = (server.get_host(), server.get_port());
            let (mut from, to) = TcpStream::connect(address).await.unwrap().into_split();
            tokio::spawn(async move { copy(&mut from, &mut to_program).await });
            count(from_program, to, &sent).await;
        }
    }
}

/// Passes messages on until one side is gone. The first has no letter.
async fn count(
    mut from: impl AsyncRead + Unpin,
    mut to: impl tokio::io::AsyncWrite + Unpin,
    sent: &Sent,
) -> Option<()> {
    let mut head = 4;
    loop {
        let mut message = vec![0; head];
        from.read_exact(&mut message).await.ok()?;
        let length: [u8; 4] = message[head - 4..].try_into().ok()?;
        let length = u32::from_be_bytes(length) as usize;
        message.resize(head - 4 + length, 0);
        from.read_exact(&mut message[head..]).await.ok()?;
        match (head, message[0]) {
            (5, b'Q') => {
                sent.statements.fetch_add(1, Ordering::Relaxed);
                sent.round_trips.fetch_add(1, Ordering::Relaxed);
            }
            (5, b'E') => drop(sent.statements.fetch_add(1, Ordering::Relaxed)),
            (5, b'S' | b'H') => drop(sent.round_trips.fetch_add(1, Ordering::Relaxed)),
            _ => {}
        }
        to.write_all(&message).await.ok()?;
        head = 5;
    }
}
