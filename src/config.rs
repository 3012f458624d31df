//! Settings of an operator. The only reader of the environment.
//!
//! Every setting may also be given as `NAME_FILE`, the path of a file that holds the value. All
//! problems are reported at once, each with its fix, so that an operator need not restart the
//! program once per mistake.

mod branding;
mod parse;
mod problem;
mod read;
mod values;
mod vendor_app;

#[cfg(test)]
mod tests;

pub use branding::{Accent, Branding, Logo};
pub(crate) use parse::is_loopback;
pub use problem::{Problem, Problems};
pub use values::settings;
pub use vendor_app::VendorApp;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use chrono::TimeDelta;
use ipnet::IpNet;
use lettre::message::Mailbox;
use secrecy::SecretString;
use url::Url;

use crate::paths;
use crate::procore::Environment;
use crate::vault::KeyRing;
use read::Reader;

/// A configuration that has been read and found to be in order. Its `Debug` shows no secret.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where Postgres is, password included.
    pub database_url: SecretString,
    /// Where Postgres tells of new work, if not under `database_url`.
    pub database_listen_url: Option<SecretString>,
    /// Where the web server listens.
    pub listen: SocketAddr,
    /// Where `/metrics` is served; off when unset.
    pub metrics_listen: Option<SocketAddr>,
    /// External base address, without a path: links in mail, webhook destinations, origin check.
    pub public_url: Url,
    /// The keys that seal every stored secret.
    pub encryption_keys: Arc<KeyRing>,
    /// The product that the firm is connecting Procore to.
    pub product_name: String,
    /// Shown as help on every page.
    pub support_contact: Option<String>,
    /// The host's own help pages.
    pub help_url: Option<Url>,
    /// The host's own look.
    pub branding: Branding,
    /// The Procore environments on offer, in the operator's order; never empty.
    pub procore_environments: Vec<Environment>,
    /// Calls per hour that Procore is assumed to allow an app in a company until it names its limit.
    pub procore_hourly_calls: u32,
    /// The percentage of an hour's calls that keeping the copies right may use.
    pub reconcile_percent: u32,
    /// The vendor's own app in those environments that have one.
    pub vendor_apps: Vec<VendorApp>,
    /// Sets our webhooks apart from those of every other installation.
    pub webhook_namespace: String,
    /// Proxies whose word on the client's address is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// The header in which they name it; either if unset, as far as they agree.
    pub proxy_header: Option<ProxyHeader>,
    /// How mail leaves; without it, mails are kept and listed to support.
    pub smtp: Option<Smtp>,
    /// Idle time after which an onboarding counts as stalled.
    pub stall_after: TimeDelta,
    /// How long the record of what was done is kept.
    pub audit_retention: TimeDelta,
    /// How long webhook events are kept.
    pub event_retention: TimeDelta,
    /// What is logged, and how.
    pub log: Log,
    /// Whether everybody needs a second factor; support people do in any case.
    pub require_second_factor: bool,
    /// Whether this is a demo, in which support sees the links in mails.
    pub demo: bool,
}

/// How mail leaves.
#[derive(Clone, Debug)]
pub struct Smtp {
    /// `smtp://` or `smtps://`, user and password included.
    pub url: SecretString,
    /// The sender of every mail.
    pub from: Mailbox,
}

/// What is logged, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// A filter in the language of `RUST_LOG`.
    pub filter: String,
    pub format: LogFormat,
}

/// For whom log lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines: one JSON object per line.
    Json,
}

/// The header in which a proxy names its client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProxyHeader {
    XForwardedFor,
    Forwarded,
}

impl Default for Log {
    fn default() -> Self {
        Self {
            filter: "info".to_owned(),
            format: LogFormat::Text,
        }
    }
}

impl Config {
    /// Reads the environment of this process.
    pub(crate) fn from_env() -> Result<Self, Problems> {
        Self::from_lookup(read::env)
    }

    /// Reads settings from `lookup`, which answers a name with its value.
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, Problems> {
        Self::read(&lookup)
    }

    /// The address of an environment on offer.
    pub fn procore_environment(&self, name: &str) -> Option<&Environment> {
        self.procore_environments
            .iter()
            .find(|environment| environment.name == name)
    }

    /// The vendor's app in an environment on offer.
    pub fn vendor_app(&self, environment: &str) -> Option<&VendorApp> {
        let mut apps = self.vendor_apps.iter();
        apps.find(|app| app.environment == environment)
    }

    /// Where Procore sends people back after they signed in; registered with the vendor's app as it is.
    pub fn sign_in_redirect(&self) -> Url {
        let mut url = self.public_url.clone();
        url.set_path(paths::PROCORE_CALLBACK);
        url
    }

    /// Whether the peer at `address` is a proxy that may name its client.
    pub(crate) fn trusts_proxy(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.trusted_proxies
            .iter()
            .any(|network| network.contains(&address))
    }

    fn read(lookup: read::Lookup<'_>) -> Result<Self, Problems> {
        let mut settings = Reader::new(lookup);

        let database_url = settings.required(&values::DATABASE_URL);
        let database_listen_url = settings.optional(&values::DATABASE_LISTEN_URL);
        let listen = settings.or_default(&values::LISTEN);
        let metrics_listen = settings.optional(&values::METRICS_LISTEN);
        let public_url = settings.or_default(&values::PUBLIC_URL);
        let encryption_keys = settings.required(&values::ENCRYPTION_KEYS);
        let product_name = settings.or_default(&values::PRODUCT_NAME);
        let support_contact = settings.optional(&values::SUPPORT_CONTACT);
        let help_url = settings.optional(&values::HELP_URL);
        let branding = Branding {
            logo: settings.optional(&values::LOGO_FILE),
            accent: settings.optional(&values::ACCENT),
        };
        let environments = settings.or_default(&values::PROCORE_ENVIRONMENTS);
        let login = settings.optional(&values::PROCORE_LOGIN_URL);
        let api = settings.optional(&values::PROCORE_API_URL);
        let web = settings.optional(&values::PROCORE_WEB_URL);
        let hourly_calls = settings.or_default(&values::PROCORE_HOURLY_CALLS);
        let reconcile_percent = settings.or_default(&values::RECONCILE_BUDGET);
        let webhook_namespace = settings.required(&values::PROCORE_WEBHOOK_NAMESPACE);
        let offered = environments.as_deref().unwrap_or_default();
        let vendor_apps = vendor_app::read(&mut settings, offered);
        let trusted_proxies = settings.optional(&values::TRUSTED_PROXIES);
        let proxy_header = settings.optional(&values::PROXY_HEADER);
        let smtp = read_smtp(&mut settings);
        let stall_after = settings.or_default(&values::STALL_AFTER);
        let second_factor = settings.optional(&values::REQUIRE_SECOND_FACTOR);
        let audit_retention = settings.or_default(&values::AUDIT_RETENTION);
        let event_retention = settings.or_default(&values::EVENT_RETENTION);
        let log = read_log(&mut settings);

        let config = || {
            let mut environments = environments?;
            let production = environments.iter_mut().find(|it| it.name == "production");
            if let Some(production) = production {
                production.login = login.unwrap_or(production.login.clone());
                production.api = api.unwrap_or(production.api.clone());
                production.web = web.unwrap_or(production.web.clone());
            }
            Some(Self {
                database_url: database_url?,
                database_listen_url,
                listen: listen?,
                metrics_listen,
                public_url: public_url?,
                encryption_keys: Arc::new(encryption_keys?),
                product_name: product_name?,
                support_contact,
                help_url,
                branding,
                procore_environments: environments,
                procore_hourly_calls: hourly_calls?,
                reconcile_percent: reconcile_percent?,
                vendor_apps,
                webhook_namespace: webhook_namespace?,
                trusted_proxies: trusted_proxies.unwrap_or_default(),
                proxy_header,
                smtp,
                stall_after: stall_after?,
                audit_retention: audit_retention?,
                event_retention: event_retention?,
                log,
                require_second_factor: second_factor.is_some(),
                demo: false,
            })
        };
        settings.finish(config())
    }
}

impl Log {
    /// Reads only what is needed to log, for commands that need no other setting.
    pub(crate) fn from_env() -> Result<Self, Problems> {
        let mut settings = Reader::new(&read::env);
        let log = read_log(&mut settings);
        settings.finish(Some(log))
    }
}

/// What `concierge migrate` needs.
pub struct DatabaseOwner {
    pub url: SecretString,
    /// The role that `serve` connects as.
    pub serving_role: Option<String>,
    /// The role of the host product.
    pub reader_role: Option<String>,
}

/// Reads only where the database is.
pub fn database_url_from_env() -> Result<SecretString, Problems> {
    Ok(database_owner_from_env()?.url)
}

/// Reads only where the database is and which roles get rights there, for `concierge migrate`: who
/// migrates needs no key.
pub fn database_owner_from_env() -> Result<DatabaseOwner, Problems> {
    let mut settings = Reader::new(&read::env);
    let url = settings.required(&values::DATABASE_URL);
    let serving_role = settings.optional(&values::DATABASE_ROLE);
    let reader_role = settings.optional(&values::READER_ROLE);
    settings.finish(url.map(|url| DatabaseOwner {
        url,
        serving_role,
        reader_role,
    }))
}

/// Reads only where the web server listens, for `concierge healthcheck`.
pub fn listen_from_env() -> Result<SocketAddr, Problems> {
    let mut settings = Reader::new(&read::env);
    let listen = settings.or_default(&values::LISTEN);
    settings.finish(listen)
}

fn read_log(settings: &mut Reader<'_>) -> Log {
    let filter = settings.or_default(&values::RUST_LOG);
    let format = settings.or_default(&values::LOG_FORMAT);
    let standard = Log::default();
    Log {
        filter: filter.unwrap_or(standard.filter),
        format: format.unwrap_or(standard.format),
    }
}

fn read_smtp(settings: &mut Reader<'_>) -> Option<Smtp> {
    let url = settings.optional(&values::SMTP_URL);
    let from = settings.optional(&values::MAIL_FROM);
    if settings.has(values::SMTP_URL.name) && !settings.has(values::MAIL_FROM.name) {
        settings.report(
            values::MAIL_FROM.name,
            "is not set, but SMTP_URL is",
            values::MAIL_FROM.fix,
        );
    }
    Some(Smtp {
        url: url?,
        from: from?,
    })
}
