//! The simulated Procore as a program: see [`procore_sandbox`].

use anyhow::{Context, Result};
use clap::Parser;
use procore_sandbox::{Options, serve};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

#[expect(clippy::print_stdout, reason = "says where it listens")]
#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<()> {
    let options = Options::parse();
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .init();
    let listener = TcpListener::bind(options.listen)
        .await
        .with_context(|| format!("cannot listen on {}", options.listen))?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    println!(
        "procore-sandbox listening on http://{}",
        listener.local_addr()?
    );
    let stop = async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    };
    serve(options, listener, stop).await
}
