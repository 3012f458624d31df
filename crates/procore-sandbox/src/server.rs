//! HTTP in and out: reads a request, lets the gate answer it, writes the answer.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::to_bytes;
use axum::extract::{ConnectInfo, Request as HttpRequest, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use tokio::sync::Notify;
use url::form_urlencoded;

use crate::call::Request;
use crate::connection::Cut;
use crate::control::{self, Room};
use crate::dispatch::Dispatch;
use crate::guard::{self, Outcome};
use crate::world::World;

/// More than any body that the API takes.
const BODY_MAX: usize = 1 << 20;

/// What handlers and the dispatcher share.
pub struct Shared {
    world: Mutex<World>,
    dispatch: Mutex<Dispatch>,
    /// There may be something to deliver.
    pub deliver: Notify,
    /// An attempt to deliver has ended.
    pub delivered: Notify,
    /// Slowness has ended: what is held up may go on.
    pub eased: Notify,
    /// There may be something to save.
    pub save: Notify,
}

impl Shared {
    pub fn new(world: World) -> Self {
        Self {
            world: Mutex::new(world),
            dispatch: Mutex::default(),
            deliver: Notify::new(),
            delivered: Notify::new(),
            eased: Notify::new(),
            save: Notify::new(),
        }
    }

    /// A handler that panicked leaves the world as it stood: others may go on with it.
    pub fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn with_world<T>(&self, work: impl FnOnce(&mut World) -> T) -> T {
        let mut world = self.world();
        guard::catch_up(&mut world);
        work(&mut world)
    }

    pub fn with_dispatch<T>(&self, work: impl FnOnce(&mut World, &mut Dispatch) -> T) -> T {
        let mut world = self.world();
        guard::catch_up(&mut world);
        let mut dispatch = self.dispatch.lock().unwrap_or_else(PoisonError::into_inner);
        work(&mut world, &mut dispatch)
    }

    /// Lets answers go that were held up for slowness which is no more.
    pub fn ease(&self) {
        if self.with_world(|world| world.faults.slow.is_none()) {
            self.eased.notify_waiters();
        }
    }

    /// Wakes the dispatcher and the saver: something may have changed.
    pub fn touched(&self) {
        self.deliver.notify_one();
        self.save.notify_one();
    }
}

/// The control room below `/__control`, and the simulated Procore everywhere else.
pub fn router(shared: Arc<Shared>) -> Router {
    control::router().fallback(procore).with_state(shared)
}

async fn procore(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    request: HttpRequest,
) -> Response {
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
        target: parts
            .uri
            .path_and_query()
            .map_or_else(String::new, ToString::to_string),
        method: parts.method,
        headers: parts.headers,
        body,
    };
    let _under_way = UnderWay::begin(&shared);
    let delay = shared.with_world(|world| world.faults.delay(&request));
    if let Some(delay) = delay {
        tokio::select! {
            () = tokio::time::sleep(delay) => {}
            () = shared.eased.notified() => {}
        }
    }
    let answer = shared.with_dispatch(|world, dispatch| {
        let Outcome { answer, then } = guard::pass(world, &request);
        if let Some(then) = then {
            control::run_scripted(Room { world, dispatch }, then);
        }
        answer
    });
    shared.touched();
    match answer {
        Some(answer) => answer.into_response(),
        None => {
            cut.now();
            StatusCode::BAD_GATEWAY.into_response()
        }
    }
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
