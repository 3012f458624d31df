//! Serves connections within limits, so that clients that are slow or many take no service from
//! others ([why](../../docs/adr/0142-who-makes-room-when-connections-run-out.md)).

mod arriving;
mod places;
mod self_woken;
#[cfg(test)]
mod tests;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::extract::{ConnectInfo, Request};
use axum::response::Response;
use axum::serve::Listener;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::{Service, ServiceExt};

use arriving::ArrivingBody;
use places::{Place, Places};
use self_woken::GoesOn;

/// Request line and headers; beyond that the answer is 431.
const LONGEST_HEAD: usize = 32 * 1024;
/// What is read of a body before a handler takes it.
const BUFFER: usize = 64 * 1024;

/// What answers requests: a router, or something in front of one.
pub(crate) trait Answers:
    Service<Request, Response = Response, Error = Infallible, Future: Send>
    + Clone
    + Send
    + Sync
    + 'static
{
}

impl<S> Answers for S where
    S: Service<Request, Response = Response, Error = Infallible, Future: Send>
        + Clone
        + Send
        + Sync
        + 'static
{
}

/// What a listener grants its clients.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ConnectionLimits {
    /// Connections that are open at the same time.
    pub connections: usize,
    /// How long the head of the first request may take.
    pub first_head: Duration,
    /// How long the head of another request may take, from the last answer on. Proxies keep unused
    /// connections for 60 seconds as a rule, and would send a request on one that just ended.
    pub next_head: Duration,
    /// How long the body may take once the head has come. Less than a request has in all, so that it
    /// can still be answered.
    pub body: Duration,
}

impl ConnectionLimits {
    pub(crate) fn new(connections: usize) -> Self {
        Self {
            connections,
            first_head: Duration::from_secs(10),
            next_head: Duration::from_secs(75),
            body: Duration::from_secs(20),
        }
    }
}

/// Serves until `stop` is cancelled, then finishes the requests in hand.
pub(crate) async fn serve<S: Answers>(
    mut listener: TcpListener,
    service: S,
    limits: ConnectionLimits,
    stop: CancellationToken,
) {
    let (places, open) = (Places::new(limits.connections), TaskTracker::new());
    loop {
        let (stream, peer) = tokio::select! {
            accepted = Listener::accept(&mut listener) => accepted,
            () = stop.cancelled() => break,
        };
        let place = places.take().await;
        let (service, stop) = (service.clone(), stop.clone());
        open.spawn(GoesOn::new(async move {
            answer(stream, peer, service, limits, place, stop).await;
        }));
    }
    drop(listener);
    open.close();
    open.wait().await;
}

/// Answers one connection's requests, one after the other.
async fn answer<S: Answers>(
    stream: TcpStream,
    peer: SocketAddr,
    service: S,
    limits: ConnectionLimits,
    place: Place,
    stop: CancellationToken,
) {
    // Answers are written in one go, so waiting to fill packets only delays them.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!("A connection keeps its delay: {error}");
    }
    let answers = service_fn(|request: hyper::Request<Incoming>| {
        let (begun, arrival) = place.begin_request();
        let mut request: Request = request.map(|body| {
            if body.is_end_stream() {
                arrival.is_complete();
                return Body::empty();
            }
            ArrivingBody::within(limits.body, body, arrival)
        });
        request.extensions_mut().insert(ConnectInfo(peer));
        let response = service.clone().oneshot(request);
        async move {
            let response = response.await;
            drop(begun);
            Ok::<_, Infallible>(response.unwrap_or_else(|never| match never {}))
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.next_head)
        .max_header_size(LONGEST_HEAD)
        .max_buf_size(BUFFER)
        .serve_connection(TokioIo::new(stream), answers);
    let mut connection = pin!(connection);
    let mut first_head = pin!(sleep(limits.first_head));
    let (mut is_awaited, mut is_stopping) = (true, false);
    loop {
        tokio::select! {
            biased; // what has arrived is read before a stop is heard
            ended = connection.as_mut() => {
                if let Err(error) = ended {
                    tracing::debug!("A connection broke off: {error}");
                }
                return;
            }
            () = place.is_needed() => return,
            () = first_head.as_mut(), if is_awaited => match place.had_request() {
                true => is_awaited = false,
                false => return,
            },
            () = stop.cancelled(), if !is_stopping => {
                if !place.had_request() {
                    return; // nothing is owed to a client that has not sent a whole head
                }
                is_stopping = true;
                connection.as_mut().graceful_shutdown();
            }
        }
    }
}
