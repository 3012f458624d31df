//! What answers requests: deliveries at once, everything else by its route.

use std::convert::Infallible;
use std::fmt;
use std::task::{Context, Poll};

use axum::Router;
use axum::extract::Request;
use axum::http::HeaderValue;
use axum::response::Response;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use secrecy::SecretString;
use tower::Service;

use super::{layers, webhooks};
use crate::app::App;
use crate::paths;

/// Answers every request, of people and of Procore.
///
/// A delivery has one address and one layer, and comes for every event: a route's boxes and extensions cost more
/// than what is done with it ([why](../../docs/adr/0432-deliveries-need-no-route.md)).
#[derive(Clone)]
pub struct Front {
    app: App,
    policy: HeaderValue,
    pages: Router,
}

impl Front {
    /// The routes of people, each inside all layers.
    pub(super) fn new(app: App, routes: Router<App>) -> Self {
        let policy = layers::policy(&app);
        Self {
            pages: layers::around(routes, &app, &policy).with_state(app.clone()),
            policy,
            app,
        }
    }
}

/// Lists the routes.
impl fmt::Debug for Front {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Front");
        shown.field("pages", &self.pages).finish_non_exhaustive()
    }
}

impl Service<Request> for Front {
    type Response = Response;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let Some(endpoint) = paths::webhook_token(request.uri().path()).map(SecretString::from)
        else {
            return self.pages.call(request).boxed();
        };
        let (app, policy) = (self.app.clone(), self.policy.clone());
        Box::pin(async move {
            let handle = |request| webhooks::receive(&app, endpoint, request);
            Ok(layers::around_delivery(&app, &policy, request, handle).await)
        })
    }
}
