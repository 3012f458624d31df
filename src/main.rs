use std::process::ExitCode;

use clap::Parser;
use concierge::cli::Cli;

#[tokio::main]
async fn main() -> ExitCode {
    Cli::parse().run().await
}
