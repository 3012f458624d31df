//! Logs, request spans and metrics, and what must never be in them.
//!
//! Logs go to standard error, so that commands can print data on standard output.

pub(crate) mod metrics;
mod redact;
mod request;
mod security;

pub(crate) use redact::loggable_path;
pub use request::RequestIds;
pub(crate) use request::{request_span, span};
pub(crate) use security::SecurityEvent;

use std::io::{self, IsTerminal};

use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};

use crate::config::{Log, LogFormat};

/// Why logging could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    #[error("the log filter is not usable")]
    Filter(#[from] tracing_subscriber::filter::ParseError),
    #[error("logging was set up before")]
    Twice(#[from] TryInitError),
}

/// Libraries that log their data at `debug`: mails with links, headers and paths with tokens. Their
/// lines below `info` are dropped, regardless of the filter.
const NO_DETAILS_FROM: [&str; 7] = [
    "lettre",
    "h2",
    "hyper",
    "hyper_util",
    "reqwest",
    "rustls",
    "tower_http::csrf",
];

/// Starts logging. To be called once per process.
pub fn start(log: &Log) -> Result<(), TelemetryError> {
    let to = if io::stderr().is_terminal() {
        To::Terminal
    } else {
        To::File
    };
    lines(log, io::stderr, to)?.try_init()?;
    Ok(())
}

/// A subscriber that writes lines to `writer`, without those that may hold secrets.
pub fn subscriber<W>(
    log: &Log,
    writer: W,
) -> Result<Box<dyn Subscriber + Send + Sync>, TelemetryError>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    lines(log, writer, To::File)
}

/// Where lines go: people see colours at a terminal, and every other reader sees their codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum To {
    Terminal,
    File,
}

fn lines<W>(
    log: &Log,
    writer: W,
    to: To,
) -> Result<Box<dyn Subscriber + Send + Sync>, TelemetryError>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let filter = EnvFilter::builder().parse(&log.filter)?;
    let registry = tracing_subscriber::registry()
        .with(filter)
        .with(filter_fn(is_safe));
    let lines = tracing_subscriber::fmt::layer().with_writer(writer);
    let lines = match to {
        // Where NO_COLOR is set, there are none at a terminal either.
        To::Terminal => lines,
        To::File => lines.with_ansi(false),
    };
    Ok(match log.format {
        LogFormat::Text => Box::new(registry.with(lines)),
        LogFormat::Json => Box::new(registry.with(lines.json().flatten_event(true))),
    })
}

fn is_safe(line: &Metadata<'_>) -> bool {
    let is_of = |library: &str| {
        let rest = line.target().strip_prefix(library);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
    };
    *line.level() <= Level::INFO || !NO_DETAILS_FROM.into_iter().any(is_of)
}
