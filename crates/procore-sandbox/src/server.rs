//! HTTP in and out: reads a request, lets the gate answer it, writes the answer.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

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
use tokio::sync::Notify;
use url::form_urlencoded;

use crate::call::Request;
use crate::control;
use crate::dispatch::Dispatch;
use crate::guard::{self, Outcome};
use crate::world::World;

/// More than any body that the API takes.
const BODY_MAX: usize = 1 << 20;

/// What handlers and the dispatcher share.
#[derive(Default)]
pub struct Signals {
    /// There may be something to deliver.
    pub deliver: Notify,
    /// An attempt to deliver has ended.
    pub delivered: Notify,
    /// Slowness has ended: what is held up may go on.
    pub eased: Notify,
    /// There may be something to save.
    pub save: Notify,
}

/// The world and its dispatcher behind one lock.
pub struct Shared {
    inside: Mutex<(World, Dispatch)>,
    pub signals: Signals,
}

impl Shared {
    pub fn new(world: World) -> Self {
        let (inside, signals) = (Mutex::new((world, Dispatch::default())), Signals::default());
        Self { inside, signals }
    }

    /// A handler that panicked leaves the world as it stood: others may go on with it.
    fn lock(&self) -> MutexGuard<'_, (World, Dispatch)> {
        let mut inside = self.inside.lock().unwrap_or_else(PoisonError::into_inner);
        guard::catch_up(&mut inside.0);
        inside
    }

    pub fn with_world<T>(&self, work: impl FnOnce(&mut World) -> T) -> T {
        work(&mut self.lock().0)
    }

    pub fn with_dispatch<T>(&self, work: impl FnOnce(&mut World, &mut Dispatch) -> T) -> T {
        let (world, dispatch) = &mut *self.lock();
        work(world, dispatch)
    }

    /// Wakes the dispatcher and the saver, and what was held up by slowness that is no more.
    pub fn touched(&self) {
        self.signals.deliver.notify_one();
        self.signals.save.notify_one();
        if self.with_world(|world| world.faults.slow.is_none()) {
            self.signals.eased.notify_waiters();
        }
    }
}

/// Marks a response that is not sent: its connection is closed instead.
#[derive(Clone)]
struct Cut;

/// Serves connections: control below `/__control`, the simulated Procore everywhere else.
pub async fn listen(shared: Arc<Shared>, mut listener: TcpListener) {
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
    let _under_way = UnderWay::begin(&shared);
    let eased = shared.signals.eased.notified();
    if let Some(delay) = shared.with_world(|world| world.faults.delay(&request)) {
        tokio::select! {
            () = tokio::time::sleep(delay) => {}
            () = eased => {}
        }
    }
    let answer = shared.with_dispatch(|world, dispatch| {
        let Outcome { answer, then } = guard::pass(world, &request);
        if let Some(then) = then {
            control::run_scripted(world, dispatch, then);
        }
        answer
    });
    shared.touched();
    let cut = || (axum::Extension(Cut), StatusCode::BAD_GATEWAY).into_response();
    answer.map_or_else(cut, |answer| answer.into_response())
}

/// Counts a request as under way until it is answered or given up.
struct UnderWay<'a>(&'a Shared);

impl<'a> UnderWay<'a> {
    fn begin(shared: &'a Shared) -> Self {
        shared.with_world(|world| world.ledger.begin());
        Self(shared)
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.with_world(|world| world.ledger.end());
    }
}
