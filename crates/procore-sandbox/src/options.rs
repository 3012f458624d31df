//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use chrono::{DateTime, Utc};
use clap::Parser;

use crate::data::Sizes;

/// The first company and the app that is installed in it, unless flags say otherwise.
pub const COMPANY_ID: i64 = 5_358_233;
pub const COMPANY_NAME: &str = "Harbor & Lane Construction";
/// Its first project; the others follow it by ones.
pub const PROJECT_ID: i64 = 562_949_953_421_312;
pub const CLIENT_ID: &str = "q2Wm8rT5yK1nC7vB4xZ9aS3dF6gH0jL-pQ_eRtYuIoP";
pub const CLIENT_SECRET: &str = "sandbox-secret-Zx8Nn2Vq5Lw7Kd3Jh6Rt9Yb4Mc1";

/// A simulated Procore for demos, rehearsals and tests.
///
/// One address serves the login host, the API and the web host. /__control is a page to change
/// what it does; below it is the same for programs.
#[derive(Debug, Parser)]
#[command(name = "procore-sandbox", version, args_override_self = true)]
pub struct Options {
    /// Address to listen on; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:8090")]
    pub listen: SocketAddr,
    /// Id of the first company
    #[arg(long, default_value_t = COMPANY_ID)]
    pub company_id: i64,
    /// Name of the first company
    #[arg(long, default_value = COMPANY_NAME)]
    pub company_name: String,
    /// Client id of the app that is installed in the first company
    #[arg(long, default_value = CLIENT_ID)]
    pub client_id: String,
    /// Its client secret
    #[arg(long, default_value = CLIENT_SECRET)]
    pub client_secret: String,
    /// Address to which people may be sent back after they signed in to that app; may be repeated
    #[arg(long)]
    pub redirect: Vec<String>,
    /// A client id that belongs to another environment: known, but invalid_client here
    #[arg(long)]
    pub foreign_client_id: Option<String>,
    #[command(flatten)]
    pub sizes: Sizes,
    /// Requests per hour for one app and company; 0 means no limit
    #[arg(long, default_value_t = 3600)]
    pub hourly_limit: u32,
    /// Requests per 10 seconds for one app and company; 0 means no limit
    #[arg(long, default_value_t = 100)]
    pub spike_limit: u32,
    /// Life of an access token in seconds
    #[arg(long, default_value_t = 5400, value_parser = clap::value_parser!(u32).range(1..))]
    pub token_life: u32,
    /// Grant a new token while an earlier one is good; it still counts as a violation
    #[arg(long)]
    pub allow_token_refetch: bool,
    /// File that keeps the state (apps, levels, hooks, edits, tokens) from one start to the next
    #[arg(long)]
    pub state: Option<PathBuf>,
    /// OpenAPI file (JSON) against which every request is checked as well
    #[arg(long, env = "PROCORE_OPENAPI")]
    pub openapi: Option<PathBuf>,
    /// Changes the names and details in the generated data
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Simulated time at the start (RFC 3339); the machine's time otherwise
    #[arg(long)]
    pub now: Option<DateTime<Utc>>,
    /// Stop the simulated clock: it moves only when the control API advances it
    #[arg(long)]
    pub freeze: bool,
}
