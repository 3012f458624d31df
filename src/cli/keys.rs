//! `concierge keys`: generates keys and re-seals secrets.

use std::fmt;

use anyhow::Context;
use secrecy::ExposeSecret;
use serde::Serialize;
use uuid::Uuid;

use super::output::Output;
use super::{Failure, connect};
use crate::clock::Clock;
use crate::flows::rotate_keys;
use crate::vault::{KeyRing, generate_key_line};

/// Make and change the keys that seal stored secrets
#[derive(Debug, clap::Subcommand)]
pub(crate) enum KeysCommand {
    Generate(Generate),
    Rotate(Rotate),
}

/// Print a new key line for CONCIERGE_ENCRYPTION_KEYS
///
/// The line is printed once and kept nowhere. To change keys, put the new line in front of the
/// old ones, restart every process, then run `concierge keys rotate`.
#[derive(Debug, clap::Args)]
pub(crate) struct Generate {
    /// Name of the key, 1 to 32 characters of a-z, 0-9 and - [default: today's date and six digits]
    #[arg(long)]
    id: Option<String>,
    #[command(flatten)]
    output: Output,
}

/// Re-seal every stored secret with the first key of CONCIERGE_ENCRYPTION_KEYS
///
/// Everything may go on running meanwhile, and a run that was broken off is continued by running
/// it again. Restart every process with the new list of keys before. When this has ended well, the
/// old keys may be taken out of the list.
#[derive(Debug, clap::Args)]
pub(crate) struct Rotate {
    #[command(flatten)]
    output: Output,
}

/// A new key, to be printed.
#[derive(Serialize)]
struct NewKey {
    id: String,
    line: String,
}

pub(super) async fn main(command: KeysCommand) -> Result<(), Failure> {
    match command {
        KeysCommand::Generate(args) => generate(args),
        KeysCommand::Rotate(args) => rotate(args).await,
    }
}

fn generate(args: Generate) -> Result<(), Failure> {
    let id = args.id.unwrap_or_else(|| {
        // Two keys of one day must not share an id.
        let digits = Uuid::new_v4().simple().to_string();
        let today = Clock::system().now().format("k%Y-%m-%d");
        format!("{today}-{}", &digits[..6])
    });
    let line = generate_key_line(&id).context("No random key could be made")?;
    KeyRing::parse(line.expose_secret()).context("--id is not usable")?;
    let key = NewKey {
        id,
        line: line.expose_secret().to_owned(),
    };
    args.output.print(&key, |key| key.line.clone())
}

async fn rotate(args: Rotate) -> Result<(), Failure> {
    let app = connect::connect(connect::configure()?).await?;
    let columns = rotate_keys::run(&app, |done| {
        tracing::info!("{}: {} re-sealed", done.column, done.resealed);
    })
    .await
    .context("The secrets were not all re-sealed; run this again to go on")?;

    let rotated = Rotated {
        ok: columns.iter().all(|done| done.unopened == 0),
        columns,
    };
    args.output.print(&rotated, Rotated::to_string)?;
    if rotated.ok {
        Ok(())
    } else {
        Err(Failure::Reported)
    }
}

/// The result for every column.
#[derive(Serialize)]
struct Rotated {
    ok: bool,
    columns: Vec<rotate_keys::Done>,
}

impl fmt::Display for Rotated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for done in &self.columns {
            writeln!(f, "{}: {} re-sealed", done.column, done.resealed)?;
            if let Some(reason) = &done.reason {
                writeln!(f, "  {} do not open: {reason}", done.unopened)?;
            }
        }
        f.write_str(if self.ok {
            "Every stored secret is sealed with the first key."
        } else {
            "Some secrets do not open. Put their keys back into CONCIERGE_ENCRYPTION_KEYS and run \
             this again; do not take any key out."
        })
    }
}
