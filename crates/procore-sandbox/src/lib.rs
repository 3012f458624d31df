//! A simulated Procore for demos, rehearsals and tests. It knows nothing of the product.
//!
//! A request passes `server` → `guard` (refuses and counts what breaks Procore's rules, reads the one
//! permission state) → an endpoint in `rest`, `webhooks` or `oauth` → `answer`. `control` is the
//! page and API with which a person or a test changes what it does; `dispatch` sends webhooks.

mod admission;
mod answer;
mod app_management;
mod call;
mod change;
mod clock;
mod control;
mod data;
mod dispatch;
mod faults;
mod guard;
mod ledger;
mod oauth;
mod options;
mod people;
mod permissions;
mod rates;
mod request;
mod rest;
mod route;
mod routes;
mod saving;
mod schema;
mod server;
mod shared;
mod sign_in;
pub mod testing;
mod waits;
mod webhooks;
mod world;

use std::sync::Arc;

use anyhow::Result;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::schema::Schema;
use crate::shared::Shared;
use crate::world::World;

pub use options::{CLIENT_ID, CLIENT_SECRET, COMPANY_ID, COMPANY_NAME, Options};

/// What installs an app that has no later version.
pub fn first_version_key(client_id: &str) -> String {
    rest::companies::app_version_key(client_id, 0)
}

/// Answers requests at `listener` until `stop` completes, then saves the state.
pub async fn serve(
    options: Options,
    listener: TcpListener,
    stop: impl Future<Output = ()>,
) -> Result<()> {
    let schema = options.openapi.as_deref().map(Schema::load).transpose()?;
    let state = options.state.as_deref().map(saving::load).transpose()?;
    let mut world = World::new(&options, state.flatten(), schema);
    world.base_url = format!("http://{}", listener.local_addr()?);
    let shared = Arc::new(Shared::new(world));

    let mut background = JoinSet::new();
    background.spawn(dispatch::run(shared.clone(), dispatch::client()?));
    if let Some(path) = options.state.clone() {
        background.spawn(saving::run(shared.clone(), path));
    }
    background.spawn(server::listen(shared.clone(), listener));
    stop.await;
    background.shutdown().await;
    options
        .state
        .map_or(Ok(()), |path| saving::save(&shared, &path))
}
