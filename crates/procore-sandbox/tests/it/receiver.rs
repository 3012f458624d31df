//! A destination for webhooks that answers as it is told and keeps what it got.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::routing::post;
use http::{HeaderMap, StatusCode};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

#[derive(Debug, Clone)]
pub(crate) struct Received {
    pub authorization: Option<String>,
    /// Null where it is not JSON.
    pub body: Value,
    pub bytes: Vec<u8>,
    pub encoding: Option<String>,
}

#[derive(Default)]
struct Desk {
    answers: VecDeque<u16>,
    received: Vec<Received>,
}

/// It ends when this is dropped.
pub(crate) struct Receiver {
    pub url: String,
    desk: Arc<Mutex<Desk>>,
    server: JoinHandle<()>,
}

impl Receiver {
    /// Answers with these statuses in turn, then with 500.
    pub(crate) async fn start(answers: &[u16]) -> Self {
        let answers = answers.iter().copied().collect();
        let desk = Arc::new(Mutex::new(Desk {
            answers,
            received: Vec::new(),
        }));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let router = Router::new()
            .route("/hook", post(receive))
            .with_state(desk.clone());
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, desk, server }
    }

    pub(crate) fn received(&self) -> Vec<Received> {
        self.desk.lock().unwrap().received.clone()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn receive(
    State(desk): State<Arc<Mutex<Desk>>>,
    headers: HeaderMap,
    bytes: Bytes,
) -> StatusCode {
    let header = |name| Some(headers.get(name)?.to_str().unwrap().to_owned());
    let (authorization, encoding) = (header("authorization"), header("content-encoding"));
    let body = serde_json::from_slice(&bytes).unwrap_or_default();
    let mut desk = desk.lock().unwrap();
    desk.received.push(Received {
        authorization,
        body,
        bytes: bytes.to_vec(),
        encoding,
    });
    let status = desk.answers.pop_front().unwrap_or(500);
    StatusCode::from_u16(status).unwrap()
}
