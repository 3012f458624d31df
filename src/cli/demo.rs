//! `concierge demo`: the whole product on one machine, with nothing to configure.
//!
//! It starts a private Postgres and the simulated Procore, seeds a firm and people, and serves.
//! Everything lives in one data folder and hangs on this process: when it ends, all of it ends.

mod authenticator;
mod details;
mod folder;
mod people;
mod place;
mod simulator;

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, anyhow};
use secrecy::{ExposeSecret, SecretString};
use tokio_util::sync::CancellationToken;
use url::Url;

use self::details::{Details, Support};
use self::folder::{DataFolder, Kept};
use self::simulator::Simulator;
use super::output::Output;
use super::serve::{self, Role};
use super::{Failure, connect};
use crate::clock::Clock;
use crate::config::{Config, Demo, Log, Wishes};
use crate::private_postgres::{Options, PrivatePostgres};
use crate::procore::Environment;
use crate::store::migrate;
use crate::{app, telemetry};

/// A browser may hold connections open; nobody waits for them in a demo.
const GRACE: Duration = Duration::from_secs(3);

/// Try everything on this machine, with nothing to configure
///
/// Starts a Postgres of its own and a simulated Procore, makes a demo firm and people, and prints
/// where to go, whom to sign in as and what to paste. Ctrl-C stops everything; run again, it
/// continues where it was. DATABASE_URL is used instead of a private Postgres when it is set.
#[derive(Debug, clap::Args)]
pub struct Args {
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
    #[command(flatten)]
    output: Output,
}

pub async fn main(args: Args) -> Result<(), Failure> {
    let wishes = Wishes::from_env()?;
    if args.reset && wishes.database_url.is_some() {
        return Err(
            anyhow!("--reset does not empty the database of DATABASE_URL: unset it").into(),
        );
    }
    let folder = DataFolder::open(args.data, args.reset).await?;
    let before = folder.kept()?;
    let mut kept = before.clone().unwrap_or_else(Kept::new);
    let listen = match args.listen {
        Some(address) => place::exactly(address)?,
        None => place::near(wishes.listen, kept.port)?,
    };
    kept.port = Some(listen.port());
    let url = address(listen)?;

    let mut postgres = None;
    let database_url = match wishes.database_url {
        Some(url) => url,
        None => {
            let server = PrivatePostgres::start(&folder.postgres(), Options::default()).await;
            let server = postgres.insert(server.context("The demo's database did not start")?);
            let url = server.database("concierge").await;
            SecretString::from(url.context("The demo's database did not start")?)
        }
    };
    let mut simulator = Simulator::start(&folder.simulator(), kept.procore_port).await?;
    kept.procore_port = Some(simulator.port());
    if before.as_ref() != Some(&kept) {
        folder.keep(&kept)?;
    }

    let config = configure(&folder, &database_url, listen, url.clone(), simulator.url())?;
    prepare(&database_url).await?;
    let app = connect::connect(config.clone()).await?;
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
        served = serve::run(config, Role::All, stop.clone(), ready) => served,
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

fn configure(
    folder: &DataFolder,
    database_url: &SecretString,
    listen: SocketAddr,
    public_url: Url,
    procore: &Url,
) -> Result<Config, Failure> {
    let mut config = Config::demo(Demo {
        data_folder: folder.path().to_owned(),
        database_url: database_url.clone(),
        listen,
        public_url,
        procore: Environment {
            name: "simulated".to_owned(),
            login: procore.clone(),
            api: procore.clone(),
            web: procore.clone(),
        },
    })?;
    if config.log == Log::default() {
        config.log.filter = "warn".to_owned(); // the addresses must stay in sight
    }
    telemetry::start(&config.log).context("Logging could not be set up")?;
    Ok(config)
}

/// Brings the schema to the state of this release, as `concierge migrate` does.
async fn prepare(database_url: &SecretString) -> Result<(), Failure> {
    let (pool, _) = app::connect(database_url, 3).await?;
    migrate::run(&pool)
        .await
        .context("A migration was not applied")?;
    pool.close().await;
    Ok(())
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
