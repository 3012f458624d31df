//! The commands, one file each.
//!
//! Data goes to standard output, everything else to standard error, so that scripts can read what
//! a command prints.

mod connect;
mod doctor;
mod failure;
mod firm;
mod healthcheck;
mod keys;
pub mod migrate;
mod output;
pub mod serve;
mod user;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

pub use failure::Failure;
pub use output::Output;

use crate::config;

/// What every `--help` ends with.
const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  failed, the message says why
  2  the command line was not understood
  3  settings are missing or wrong; all of them are listed
  4  the database's schema is not the one this release knows";

/// The command line of `concierge`.
#[derive(Debug, Parser)]
#[command(
    name = "concierge",
    version,
    about = "Walks a construction firm through connecting its Procore company to your product",
    after_help = EXIT_CODES,
    arg_required_else_help = true
)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// The demo is a program of its own
    #[command(hide = true, disable_help_flag = true)]
    Demo {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        _rest: Vec<OsString>,
    },
    #[command(hide = true)]
    Healthcheck(healthcheck::Args),
    Serve(serve::Args),
    Migrate(migrate::Args),
    #[command(subcommand)]
    Firm(firm::FirmCommand),
    #[command(subcommand)]
    User(user::UserCommand),
    #[command(subcommand)]
    Keys(keys::KeysCommand),
    Doctor(doctor::Args),
}

impl Cli {
    /// Runs the command and tells how it went, in words and as an exit code.
    pub async fn run(self) -> ExitCode {
        let done = match self.command {
            Command::Demo { .. } => {
                eprintln!("concierge: the demo is a program of its own: run scripts/demo");
                return ExitCode::from(2);
            }
            Command::Healthcheck(args) => healthcheck::main(args).await,
            Command::Serve(args) => serve::main(args).await,
            Command::Migrate(args) => migrate::main(args).await,
            Command::Doctor(args) => doctor::main(args).await,
            Command::Firm(command) => firm::main(command).await,
            Command::User(command) => user::main(command).await,
            Command::Keys(command) => keys::main(command).await,
        };
        match done {
            Ok(()) => ExitCode::SUCCESS,
            Err(failure) => {
                failure.report();
                failure.exit_code()
            }
        }
    }
}

/// The settings as a part of `--help`.
fn settings_help() -> String {
    let mut text = String::from(
        "Settings, from the environment; each may also be given as NAME_FILE, the path of a file\n\
         that holds the value:\n",
    );
    for (name, default, meaning) in config::settings() {
        let default = default
            .map(|it| format!(" [default: {it}]"))
            .unwrap_or_default();
        text.push_str(&format!("  {name}{default}\n      {meaning}\n"));
    }
    text.push('\n');
    text.push_str(EXIT_CODES);
    text
}

/// A name as a person would write it: something, on one line.
fn one_line(text: &str) -> Result<String, &'static str> {
    let text = text.trim();
    if text.is_empty() {
        Err("write something")
    } else if text.chars().any(char::is_control) || text.chars().count() > 200 {
        Err("write one line of at most 200 characters")
    } else {
        Ok(text.to_owned())
    }
}
