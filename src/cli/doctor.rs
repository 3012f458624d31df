//! `concierge doctor`: looks at everything an installation depends on, and says what to do.

mod reach;
mod report;
mod storage;
mod transport;
mod vendor_app;

use std::time::Duration;

use lettre::{AsyncSmtpTransport, Tokio1Executor};
use secrecy::ExposeSecret;

use self::reach::Reach;
use self::report::{Check, Report};
use super::Failure;
use super::output::Output;
use crate::config::{self, Accent, Branding, Config, Smtp};
use crate::procore::Environment;

/// The longest that one check may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Check configuration, database, keys, public address, mail and Procore, and say what to do
///
/// Looks only: nothing is changed, and no firm's client id, secret or token is sent anywhere. A mail
/// server is signed in to, but no mail is sent; the key of your own app is tried at Procore. Exit
/// code 1 if any check failed.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    output: Output,
}

pub(super) async fn main(args: Args) -> Result<(), Failure> {
    let report = Report::new(match Config::from_env() {
        Ok(config) => with_config(&config).await,
        Err(problems) => {
            let mut checks: Vec<Check> = problems.iter().map(Check::from).collect();
            if let Ok(url) = config::database_url_from_env() {
                checks.extend(storage::database(&url, None).await.1);
            }
            let rest = "Settings need attention first.";
            checks.push(Check::skipped("keys, public address, mail, Procore", rest));
            checks
        }
    });
    args.output.print(&report, Report::to_string)?;
    if report.ok {
        Ok(())
    } else {
        Err(Failure::Reported)
    }
}

async fn with_config(config: &Config) -> Vec<Check> {
    let mut checks = vec![Check::passed(
        "configuration",
        "All settings are understood.",
    )];
    checks.extend(branding(config));
    let (pool, database) = {
        let listen_url = config.database_listen_url.as_ref();
        storage::database(&config.database_url, listen_url).await
    };
    checks.extend(database);
    checks.extend(transport::database("DATABASE_URL", &config.database_url));
    if let Some(url) = &config.database_listen_url {
        checks.extend(transport::database("DATABASE_LISTEN_URL", url));
    }
    if let Some(smtp) = &config.smtp {
        checks.extend(transport::mail(&smtp.url));
    }
    match pool {
        Some(pool) => checks.extend(storage::keys(config, &pool).await),
        None => checks.push(Check::skipped("keys", "Needs the database.")),
    }
    let reach = match Reach::new(PATIENCE) {
        Ok(reach) => reach,
        Err(error) => {
            let advice = "The system's certificates cannot be used: install ca-certificates.";
            checks.push(Check::failed("network", format!("{error:#}"), advice));
            return checks;
        }
    };
    let environments = config.procore_environments.iter();
    let (public, mail, procore, apps) = tokio::join!(
        public_url(&reach, config),
        mail(config.smtp.as_ref()),
        futures_util::future::join_all(environments.map(|it| procore(&reach, it))),
        vendor_app::checks(config),
    );
    checks.extend([public, mail]);
    checks.extend(procore);
    checks.extend(apps);
    checks
}

/// What is shown of the host's own look; nothing where none was given.
fn branding(config: &Config) -> Option<Check> {
    let Branding { logo, accent } = &config.branding;
    let logo = logo.as_ref().map(|logo| {
        let kilobytes = logo.body.len().div_ceil(1024);
        format!("Logo: {}, {kilobytes} kB.", logo.media_type)
    });
    let accent = accent.as_ref().map(|accent| {
        let Accent {
            colour, contrast, ..
        } = accent;
        format!("Accent: {colour}, contrast {contrast:.1} to 1.")
    });
    let help = config.help_url.as_ref().map(|url| format!("Help: {url}"));
    let found: Vec<String> = logo.into_iter().chain(accent).chain(help).collect();
    (!found.is_empty()).then(|| Check::passed("branding", found.join(" ")))
}

async fn public_url(reach: &Reach, config: &Config) -> Check {
    const NAME: &str = "public address";
    let url = &config.public_url;
    let advice = "Start `concierge serve`; check that the name leads to this server or its proxy \
                  and that the proxy passes every path on. A network that cannot reach its own \
                  public address fails this check without harm to people outside.";
    match url.join("healthz") {
        Err(error) => Check::failed(NAME, error.to_string(), advice),
        Ok(address) => match reach.says(&address, "alive").await {
            Ok(()) => Check::passed(NAME, format!("{url} leads to Concierge.")),
            Err(error) => Check::failed(NAME, format!("{url}: {error:#}"), advice),
        },
    }
}

async fn mail(smtp: Option<&Smtp>) -> Check {
    const NAME: &str = "mail";
    let Some(smtp) = smtp else {
        let kept = "SMTP_URL is not set: mails are kept and listed to support under Mail.";
        return Check::skipped(NAME, kept);
    };
    let answers = async {
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(smtp.url.expose_secret())?;
        transport
            .timeout(Some(PATIENCE))
            .build::<Tokio1Executor>()
            .test_connection()
            .await
    };
    let advice = "Check host, port, user and password in SMTP_URL, and that this machine may \
                  connect there.";
    match answers.await {
        Ok(true) => Check::passed(NAME, "The mail server accepts us."),
        Ok(false) => Check::failed(NAME, "The mail server broke the connection off", advice),
        Err(error) => {
            let error = format!("{:#}", anyhow::Error::from(error));
            Check::failed(NAME, format!("The mail server refuses us: {error}"), advice)
        }
    }
}

async fn procore(reach: &Reach, environment: &Environment) -> Check {
    let name = format!("Procore {}", environment.name);
    let hosts = [&environment.login, &environment.api];
    let answers = futures_util::future::join_all(hosts.map(|host| reach.connects(host))).await;
    let failures: Vec<String> = hosts
        .iter()
        .zip(answers)
        .filter_map(|(host, answer)| answer.err().map(|error| format!("{host}: {error:#}")))
        .collect();
    if failures.is_empty() {
        return Check::passed(name, "Sign-in host and API host can be reached.");
    }
    let advice = "Allow outgoing HTTPS (port 443) to these hosts, and see \
                  https://status.procore.com for an outage.";
    Check::failed(name, failures.join("; "), advice)
}
