//! Stands before the simulated Procore, where a test may act between two calls, or hold one for ever.

use std::future::ready;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{Response, header};
use futures_util::future::BoxFuture;
use tokio::net::TcpListener;

/// The largest body that goes through.
const LARGEST: usize = 1024 * 1024;

/// What is done before a request goes on, or before its answer does.
type Meanwhile = dyn Fn(&Parts) -> BoxFuture<'static, ()> + Send + Sync;

struct Gate {
    procore: String,
    before: Box<Meanwhile>,
    after: Box<Meanwhile>,
    client: reqwest::Client,
}

/// The address of a gate to `procore`. A request whose `before` never ends gets no answer.
pub(crate) async fn open(
    procore: &str,
    before: impl Fn(&Parts) -> BoxFuture<'static, ()> + Send + Sync + 'static,
) -> String {
    open_around(procore, before, |_| Box::pin(ready(()))).await
}

/// The same, where `after` comes between what Procore did and its answer.
pub(crate) async fn open_around(
    procore: &str,
    before: impl Fn(&Parts) -> BoxFuture<'static, ()> + Send + Sync + 'static,
    after: impl Fn(&Parts) -> BoxFuture<'static, ()> + Send + Sync + 'static,
) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let gate = Gate {
        procore: procore.to_owned(),
        before: Box::new(before),
        after: Box::new(after),
        client: reqwest::Client::builder().no_proxy().build().unwrap(),
    };
    let router = Router::new().fallback(pass).with_state(Arc::new(gate));
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    format!("http://{address}")
}

async fn pass(State(gate): State<Arc<Gate>>, request: Request) -> Response<Body> {
    let (mut parts, body) = request.into_parts();
    (gate.before)(&parts).await;
    let url = format!("{}{}", gate.procore, parts.uri);
    parts.headers.remove(header::HOST);
    let request = gate.client.request(parts.method.clone(), url);
    let request = request.headers(parts.headers.clone());
    let body = to_bytes(body, LARGEST).await.unwrap();
    let answer = request.body(body).send().await.unwrap();
    (gate.after)(&parts).await;
    let mut response = Response::new(Body::empty());
    *response.status_mut() = answer.status();
    *response.headers_mut() = answer.headers().clone();
    for name in [header::CONTENT_LENGTH, header::TRANSFER_ENCODING] {
        response.headers_mut().remove(name);
    }
    *response.body_mut() = Body::from(answer.bytes().await.unwrap());
    response
}
