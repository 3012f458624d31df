//! The demo: the whole product on one machine, with nothing to configure. `scripts/demo` runs it.
//!
//! It starts a private Postgres and the simulated Procore, seeds a firm and people, and serves.
//! Everything lives in one data folder and ends with this process.

mod authenticator;
mod config;
mod details;
mod folder;
mod leash;
mod people;
mod place;
mod private_postgres;
mod simulator;
mod styleguide;

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, anyhow};
use clap::Parser;
use concierge::app::App;
use concierge::cli::serve::{self, Role};
use concierge::cli::{Failure, Output, migrate};
use concierge::clock::Clock;
use concierge::store::migrate::Roles;
use concierge::{paths, telemetry, web};
use secrecy::ExposeSecret;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::config::Decided;
use crate::details::{Details, Support};
use crate::folder::{DataFolder, Kept};
use crate::private_postgres::{Options, PrivatePostgres, SERVING_ROLE};
use crate::simulator::Simulator;

/// Browsers may hold connections open; a demo does not wait longer for them.
const GRACE: Duration = Duration::from_secs(3);

/// Try everything on this machine, with nothing to configure
///
/// Starts a Postgres of its own and a simulated Procore, makes a demo firm and people, and prints
/// where to go, whom to sign in as and what to paste. Ctrl-C stops everything; run again, it
/// continues where it was. DATABASE_URL is used instead of a private Postgres when it is set.
#[derive(Debug, Parser)]
#[command(name = "concierge-demo", bin_name = "scripts/demo", version)]
struct Args {
    /// Where the demo keeps its data [default: data/demo; for root, where Postgres may not enter
    /// that, /var/lib/concierge/demo]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Start over with empty data
    #[arg(long)]
    reset: bool,
    /// Listen there and nowhere else [default: 127.0.0.1:8080, or the next free port]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// Play a vendor with an app of its own, which firms install
    #[arg(long)]
    vendor_app: bool,
    #[command(flatten)]
    output: Output,
}

/// Where people come back to from the simulated Procore.
fn redirect_of(url: &Url) -> Url {
    let mut redirect = url.clone();
    redirect.set_path(paths::PROCORE_CALLBACK);
    redirect
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Args::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            failure.report();
            failure.exit_code()
        }
    }
}

async fn run(args: Args) -> Result<(), Failure> {
    let given_database = config::database_url()?;
    if args.reset && given_database.is_some() {
        return Err(
            anyhow!("--reset does not empty the database of DATABASE_URL: unset it").into(),
        );
    }
    let folder = DataFolder::open(args.data, args.reset).await?;
    let before = folder.kept()?;
    let mut kept = before.clone().unwrap_or_else(Kept::new);
    // Held from here on: what is free now may be another program's by the time we are ready.
    let listener = match args.listen {
        Some(address) => place::exactly(address)?,
        None => place::near(concierge::config::listen_from_env()?, kept.port)?,
    };
    let listen = listener
        .local_addr()
        .context("The listener has no address")?;
    kept.port = Some(listen.port());
    let url = address(listen)?;

    let mut postgres = None;
    let (database_url, serving_url, serving_role) = match given_database {
        Some(url) => (url.clone(), url, None),
        None => {
            let what = "The demo's database did not start";
            let server = PrivatePostgres::start(&folder.postgres(), Options::default()).await;
            let server = postgres.insert(server.context(what)?);
            let owner = server.database("concierge").await.context(what)?;
            let serving = server.serving_url("concierge").await.context(what)?;
            (owner.into(), serving.into(), Some(SERVING_ROLE))
        }
    };
    let redirect = args.vendor_app.then(|| redirect_of(&url));
    let mut simulator = Simulator::start(&folder.simulator(), kept.procore_port, redirect)?;
    kept.procore_port = Some(simulator.port());
    if before.as_ref() != Some(&kept) {
        folder.keep(&kept)?;
    }

    let config = config::complete(Decided {
        data_folder: folder.path().to_owned(),
        database_url: serving_url,
        listen,
        public_url: url.clone(),
        procore: simulator.url().clone(),
        has_vendor_app: args.vendor_app,
    })?;
    telemetry::start(&config.log).context("Logging could not be set up")?;
    let roles = Roles {
        serving: serving_role,
        reader: None,
    };
    migrate::run(&database_url, roles).await?;
    let (app, _) = App::connect(config.clone(), Clock::system()).await?;
    let firm = people::settle(&app, &kept, before.is_none()).await?;
    let authenticator_key = match kept.authenticator_key.clone() {
        Some(key) => key,
        None => {
            let support = people::support(&app, &kept).await?;
            let key = authenticator::enrol(&app, &support, &kept.support.password).await?;
            kept.authenticator_key = Some(key.clone());
            folder.keep(&kept)?;
            key
        }
    };
    app.db.close().await;
    let listener = place::accepting(listener)?;

    let details = Details {
        url,
        admin: kept.admin.clone(),
        support: Support {
            sign_in: kept.support.clone(),
            authenticator_key,
        },
        firm,
        procore: simulator.details()?,
        database_url: database_url.expose_secret().to_owned(),
        data: folder.path().to_owned(),
    };
    let stop = CancellationToken::new();
    serve::stop_on_signal(stop.clone()).context("Signals cannot be received")?;
    let ready = |_| {
        if !args.output.is_json() {
            authenticator::answer(Clock::system(), details.support.authenticator_key.clone());
        }
        if let Err(failure) = args.output.print(&details, Details::to_string) {
            failure.report();
        }
    };
    let served = tokio::select! {
        served = serve::run(config, Role::All, Some(listener), styleguide::routes(), stop.clone(), ready) => served,
        () = grace(&stop) => Ok(()),
        failure = simulator.ended() => Err(failure.into()),
        failure = ended(&mut postgres) => Err(failure.into()),
    };
    let stopped = simulator.stop().await;
    if let Some(server) = postgres {
        server
            .stop()
            .await
            .context("The demo's database did not stop")?;
    }
    served.and(stopped.map_err(Failure::Other))
}

/// Where a browser on this machine finds us: links, cookies and the origin check go by a name where
/// there is one.
fn address(listen: SocketAddr) -> Result<Url, Failure> {
    let (ip, port) = (listen.ip(), listen.port());
    let named = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
    let url = match ip {
        ip if ip.is_unspecified() || named.contains(&ip) => format!("http://localhost:{port}"),
        ip if ip.is_loopback() => format!("http://{listen}"),
        _ => {
            return Err(Failure::Other(anyhow!(
                "--listen {listen}: the demo is for this machine alone, without encryption. \
                 Listen on a loopback address, or on all with 0.0.0.0:{port}"
            )));
        }
    };
    Ok(Url::parse(&url).context("The demo's address has no form")?)
}

async fn grace(stop: &CancellationToken) {
    stop.cancelled().await;
    tokio::time::sleep(GRACE).await;
}

async fn ended(postgres: &mut Option<PrivatePostgres>) -> anyhow::Error {
    match postgres {
        Some(server) => anyhow!(server.ended().await).context("The demo's database ended"),
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_that_is_printed_is_one_that_answers() {
        for (listen, url) in [
            ("127.0.0.1:8080", Some("http://localhost:8080/")),
            ("[::1]:8080", Some("http://localhost:8080/")),
            ("0.0.0.0:8080", Some("http://localhost:8080/")),
            ("127.0.0.2:8080", Some("http://127.0.0.2:8080/")),
            ("192.168.1.5:8080", None),
        ] {
            let found = address(listen.parse().unwrap()).ok();
            assert_eq!(found.as_ref().map(Url::as_str), url, "{listen}");
        }
    }
}
