//! HTTP in and out: reads a request, lets the gate answer it, writes the answer.

use std::sync::Arc;

use axum::Router;
use axum::body::to_bytes;
use axum::extract::{Request as HttpRequest, State};
use axum::response::{IntoResponse, Response};
use axum::serve::Listener;
use http::StatusCode;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use url::form_urlencoded;

use crate::control;
use crate::guard::{self, Outcome};
use crate::request::Request;
use crate::shared::Shared;

/// More than any body that the API takes.
const BODY_MAX: usize = 1 << 20;

/// Marks a response that is not sent: its connection is closed instead.
#[derive(Clone)]
struct Cut;

/// Serves connections: control below `/__control`, the simulated Procore everywhere else.
pub(crate) async fn listen(shared: Arc<Shared>, mut listener: TcpListener) {
    let router: Router = control::router().fallback(procore).with_state(shared);
    loop {
        let (stream, _) = Listener::accept(&mut listener).await;
        // Small answers should not wait for the peer's acknowledgement; a failure only slows.
        let _ = stream.set_nodelay(true);
        let router = TowerToHyperService::new(router.clone());
        let service = service_fn(move |request| {
            let response = router.call(request);
            async move {
                let Ok(response) = response.await;
                match response.extensions().get::<Cut>() {
                    None => Ok(response),
                    Some(Cut) => Err("the connection is cut, as asked"),
                }
            }
        });
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

async fn procore(State(shared): State<Arc<Shared>>, request: HttpRequest) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, BODY_MAX).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let query = parts.uri.query().unwrap_or_default();
    let request = Request {
        path: parts.uri.path().to_owned(),
        query: form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect(),
        target: parts.uri.to_string(),
        method: parts.method,
        headers: parts.headers,
        body,
    };
    let _under_way = shared.with_world(|world| world.ledger.begin());
    let slow_ended = shared.slow_ended.notified();
    if let Some(delay) = shared.with_world(|world| world.faults.delay(&request)) {
        tokio::select! {
            () = tokio::time::sleep(delay) => {}
            () = slow_ended => {}
        }
    }
    let answer = shared.with_world(|world| {
        let Outcome { answer, then } = guard::pass(world, &request);
        if let Some(then) = then {
            control::run_scripted(world, then);
        }
        answer
    });
    shared.notify_changed();
    let cut = || (axum::Extension(Cut), StatusCode::BAD_GATEWAY).into_response();
    answer.map_or_else(cut, |answer| answer.into_response())
}
