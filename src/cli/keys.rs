//! `concierge keys`: making and changing the keys that seal secrets.

use anyhow::Context;
use secrecy::ExposeSecret;
use serde::Serialize;

use super::Failure;
use super::output::Output;
use crate::clock::Clock;
use crate::vault::{KeyRing, generate_key_line};

/// Make and change the keys that seal stored secrets
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    Generate(Generate),
}

/// Print a new key line for CONCIERGE_ENCRYPTION_KEYS
///
/// The line is printed once and kept nowhere. To change keys, put the new line in front of the
/// old ones, restart every process, then run `concierge keys rotate`.
#[derive(Debug, clap::Args)]
pub struct Generate {
    /// Name of the key, 1 to 32 characters of a-z, 0-9 and - [default: today's date]
    #[arg(long)]
    id: Option<String>,
    #[command(flatten)]
    output: Output,
}

/// A new key. It is the whole point of the command to show it.
#[derive(Serialize)]
struct NewKey {
    id: String,
    line: String,
}

pub async fn main(command: Command) -> Result<(), Failure> {
    match command {
        Command::Generate(args) => generate(args),
    }
}

fn generate(args: Generate) -> Result<(), Failure> {
    let today = || Clock::system().now().format("k%Y-%m-%d").to_string();
    let id = args.id.unwrap_or_else(today);
    let line = generate_key_line(&id).context("No random key could be made")?;
    KeyRing::parse(line.expose_secret()).context("--id is not usable")?;
    let key = NewKey {
        id,
        line: line.expose_secret().to_owned(),
    };
    args.output.print(&key, |key| key.line.clone())
}
