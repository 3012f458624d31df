//! A simulated Procore for demos, rehearsals and tests. It knows nothing of the product.
//!
//! A request passes `server` → `guard` (refuses and counts what breaks the facts, reads the one
//! permission state) → an endpoint in `rest`, `webhooks` or `oauth` → `answer`. `control` is the
//! page and API with which a person or a test changes what it does; `dispatch` sends webhooks.

mod admission;
mod answer;
mod call;
mod clock;
mod connection;
mod control;
mod data;
mod dispatch;
mod faults;
mod guard;
mod ledger;
mod oauth;
mod options;
mod permissions;
mod rates;
mod rest;
mod routes;
mod saving;
mod schema;
mod server;
mod waits;
mod webhooks;
mod world;

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, Result};
use clap::Parser;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::connection::{Cut, CuttableListener};
use crate::options::Options;
use crate::schema::Schema;
use crate::server::Shared;
use crate::world::World;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<()> {
    let options = Options::parse();
    let schema = match std::env::var_os("PROCORE_OPENAPI").map(PathBuf::from) {
        Some(path) => Some(Schema::load(&path)?),
        None => None,
    };
    let state = match &options.state {
        Some(path) => saving::load(path)?,
        None => None,
    };
    let listener = TcpListener::bind(options.listen)
        .await
        .with_context(|| format!("cannot listen on {}", options.listen))?;
    let address = listener.local_addr()?;

    let mut world = World::new(&options, state, schema);
    world.base_url = format!("http://{address}");
    let shared = Arc::new(Shared::new(world));
    tokio::spawn(dispatch::run(shared.clone(), dispatch::client()?));
    if let Some(path) = options.state.clone() {
        tokio::spawn(saving::run(shared.clone(), path));
    }

    println!("procore-sandbox listening on http://{address}");
    let service = server::router(shared.clone()).into_make_service_with_connect_info::<Cut>();
    let server = axum::serve(CuttableListener(listener), service);
    tokio::select! {
        ended = server => ended?,
        stopped = stop() => stopped?,
    }
    if let Some(path) = &options.state {
        saving::save(&shared, path)?;
    }
    Ok(())
}

/// Waits for Ctrl-C or the signal to end.
async fn stop() -> Result<()> {
    let mut ended = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => Ok(interrupted?),
        _ = ended.recv() => Ok(()),
    }
}
