//! Every setting.

use std::net::SocketAddr;

use chrono::TimeDelta;
use ipnet::IpNet;
use lettre::message::Mailbox;
use secrecy::SecretString;
use url::Url;

use super::parse::{
    database_url, days, duration, environments, help_url, hourly_calls, listen, log_filter,
    log_format, namespace, one_line, percent, procore_host, proxies, proxy_header, public_url,
    smtp_url,
};
use super::read::Setting;
use super::{Accent, LogFormat, Logo, ProxyHeader};
use crate::procore::{ClientId, ClientSecret, Environment};
use crate::vault::KeyRing;

pub(super) static DATABASE_URL: Setting<SecretString> = Setting {
    name: "DATABASE_URL",
    default: None,
    meaning: "Postgres 15 or newer",
    fix: "Write it as postgres://user:password@host/database.",
    parse: database_url,
};
pub(crate) static DATABASE_LISTEN_URL: Setting<SecretString> = Setting {
    name: "DATABASE_LISTEN_URL",
    default: None,
    meaning: "the same database without a pooler between; `DATABASE_URL` when unset",
    fix: "Write it as postgres://user:password@host/database.",
    parse: database_url,
};
pub(crate) static DATABASE_ROLE: Setting<String> = Setting {
    name: "CONCIERGE_DATABASE_ROLE",
    default: None,
    meaning: "the role that `serve` connects as, to which `migrate` grants what that takes",
    fix: "Write the name of a role of the database, for example concierge_serve.",
    parse: |text| one_line(text, 63),
};
pub(crate) static READER_ROLE: Setting<String> = Setting {
    name: "CONCIERGE_READER_ROLE",
    default: None,
    meaning: "the role of the host product, which `migrate` creates and which reads the views of concierge_v1 alone",
    fix: "Write the name of a role of the database, for example concierge_read.",
    parse: |text| one_line(text, 63),
};
pub(crate) static LISTEN: Setting<SocketAddr> = Setting {
    name: "CONCIERGE_LISTEN",
    default: Some("127.0.0.1:8080"),
    meaning: "web address",
    fix: "Write an IP address and a port, for example 0.0.0.0:8080.",
    parse: listen,
};
pub(crate) static METRICS_LISTEN: Setting<SocketAddr> = Setting {
    name: "CONCIERGE_METRICS_LISTEN",
    default: None,
    meaning: "separate address for /metrics; off when unset",
    fix: "Write an IP address and a port, for example 127.0.0.1:9090.",
    parse: listen,
};
pub(super) static PUBLIC_URL: Setting<Url> = Setting {
    name: "CONCIERGE_PUBLIC_URL",
    default: Some("http://localhost:8080"),
    meaning: "external base address: links in mail, webhook destination, origin check",
    fix: "Write the address that people and Procore use, for example https://connect.example.com.",
    parse: public_url,
};
pub(crate) static ENCRYPTION_KEYS: Setting<KeyRing> = Setting {
    name: "CONCIERGE_ENCRYPTION_KEYS",
    default: None,
    meaning: "id:base64key list, comma separated; the first seals, all open",
    fix: "Make a key with `concierge keys generate` and keep it where secrets are kept: \
          without it, nothing that was sealed can be opened.",
    parse: |text| KeyRing::parse(text).map_err(|error| format!("is not usable: {error}")),
};
pub(crate) static PRODUCT_NAME: Setting<String> = Setting {
    name: "CONCIERGE_PRODUCT_NAME",
    default: Some("Concierge"),
    meaning: "the product that firms connect Procore to, shown on every page",
    fix: "Write a name of at most 60 characters on one line.",
    parse: |text| one_line(text, 60),
};
pub(crate) static SUPPORT_CONTACT: Setting<String> = Setting {
    name: "CONCIERGE_SUPPORT_CONTACT",
    default: None,
    meaning: "shown as help on every page",
    fix: "Write an address, a phone number or a sentence of at most 200 characters on one line.",
    parse: |text| one_line(text, 200),
};
pub(crate) static HELP_URL: Setting<Url> = Setting {
    name: "CONCIERGE_HELP_URL",
    default: None,
    meaning: "the host product's own help pages, linked as Help on every page",
    fix: "Write an https address, for example https://help.example.com/procore.",
    parse: help_url,
};
pub(crate) static LOGO_FILE: Setting<Logo> = Setting {
    name: "CONCIERGE_LOGO_FILE",
    default: None,
    meaning: "path of the host product's logo, an SVG or PNG of at most 12 kB",
    fix: "Give the path of an SVG without scripts or a PNG, of at most 12 kB.",
    parse: Logo::read,
};
pub(crate) static ACCENT: Setting<Accent> = Setting {
    name: "CONCIERGE_ACCENT",
    default: None,
    meaning: "accent colour as #rrggbb, dark enough for text on a light page",
    fix: "Write a darker colour as #rrggbb, for example #0d5c5a.",
    parse: Accent::parse,
};
pub(super) static PROCORE_ENVIRONMENTS: Setting<Vec<Environment>> = Setting {
    name: "PROCORE_ENVIRONMENTS",
    default: Some("production"),
    meaning: "which of production, sandbox, monthly, federal are offered, \
              or own ones as name=login|api|web",
    fix: "List production, sandbox, monthly, federal or own ones as name=login|api|web, \
          separated by commas.",
    parse: environments,
};
pub(super) static PROCORE_LOGIN_URL: Setting<Url> = Setting {
    name: "PROCORE_LOGIN_URL",
    default: None,
    meaning: "sign-in host of production, for simulators",
    fix: "Write an address like https://login.procore.com; plain http only to this machine.",
    parse: procore_host,
};
pub(super) static PROCORE_API_URL: Setting<Url> = Setting {
    name: "PROCORE_API_URL",
    default: None,
    meaning: "API host of production, for simulators",
    fix: "Write an address like https://api.procore.com; plain http only to this machine.",
    parse: procore_host,
};
pub(super) static PROCORE_WEB_URL: Setting<Url> = Setting {
    name: "PROCORE_WEB_URL",
    default: None,
    meaning: "web host of production, for simulators",
    fix: "Write an address like https://app.procore.com; plain http only to this machine.",
    parse: procore_host,
};
pub(crate) static PROCORE_HOURLY_CALLS: Setting<u32> = Setting {
    name: "PROCORE_HOURLY_CALLS",
    default: Some("3600"),
    meaning: "calls per hour that Procore is assumed to allow until it names its limit",
    fix: "Write a whole number of calls, at least 1, for example 600.",
    parse: hourly_calls,
};
pub(crate) static RECONCILE_BUDGET: Setting<u32> = Setting {
    name: "CONCIERGE_RECONCILE_BUDGET",
    default: Some("10%"),
    meaning: "share of an hour's calls that keeping the copies right may use",
    fix: "Write a whole percentage from 1% to 90%, for example 10%.",
    parse: percent,
};
pub(super) static PROCORE_WEBHOOK_NAMESPACE: Setting<String> = Setting {
    name: "PROCORE_WEBHOOK_NAMESPACE",
    default: None,
    meaning: "sets this installation's webhooks apart from every other one's; a-z, 0-9 and -",
    fix: "Choose a name that no other installation uses, of a-z, 0-9 and -, \
          for example acme-concierge. Never change it while firms are connected.",
    parse: namespace,
};
pub(super) static APP_CLIENT_ID: Setting<ClientId> = Setting {
    name: "PROCORE_APP_CLIENT_ID",
    default: None,
    meaning: "Client ID of your own app in Procore, which firms install; another environment than \
              production has a name of its own, such as PROCORE_APP_CLIENT_ID_SANDBOX",
    fix: "Copy the Client ID from the app's Credentials in Procore's Developer Portal, or leave out \
          both it and the secret.",
    parse: |text| ClientId::parse(text).map_err(|_| "is not a Client ID".to_owned()),
};
pub(super) static APP_CLIENT_SECRET: Setting<ClientSecret> = Setting {
    name: "PROCORE_APP_CLIENT_SECRET",
    default: None,
    meaning: "its client secret; endings as for the Client ID",
    fix: "Copy the client secret from the app's Credentials in Procore's Developer Portal, or leave \
          out both it and the Client ID.",
    parse: |text| ClientSecret::parse(text).map_err(|_| "is not a client secret".to_owned()),
};
pub(super) static APP_VERSION_KEY: Setting<String> = Setting {
    name: "PROCORE_APP_VERSION_KEY",
    default: None,
    meaning: "the key by which a firm installs the app as a custom app; endings as for the Client ID",
    fix: "Copy the App Version Key from the app's version in Procore's Developer Portal, or give the \
          address of the listing.",
    parse: |text| one_line(text, 100),
};
pub(super) static APP_MARKETPLACE_URL: Setting<Url> = Setting {
    name: "PROCORE_APP_MARKETPLACE_URL",
    default: None,
    meaning: "address of the app's listing in Procore's marketplace; endings as for the Client ID",
    fix: "Write an https address, for example https://marketplace.procore.com/apps/acme.",
    parse: help_url,
};
pub(crate) static TRUSTED_PROXIES: Setting<Vec<IpNet>> = Setting {
    name: "CONCIERGE_TRUSTED_PROXIES",
    default: None,
    meaning: "addresses whose forwarded client address is believed",
    fix: "List IP addresses or networks, separated by commas, for example 10.0.0.0/8, ::1.",
    parse: proxies,
};
pub(super) static PROXY_HEADER: Setting<ProxyHeader> = Setting {
    name: "CONCIERGE_PROXY_HEADER",
    default: None,
    meaning: "the header in which the trusted proxies name their client, X-Forwarded-For or \
              Forwarded; either when unset, and neither where they disagree",
    fix: "Write X-Forwarded-For or Forwarded, whichever your proxy sets.",
    parse: proxy_header,
};
pub(super) static SMTP_URL: Setting<SecretString> = Setting {
    name: "SMTP_URL",
    default: None,
    meaning: "how mail leaves; without it, mails are kept and listed to support",
    fix: "Write smtps://user:password@host, or smtp://user:password@host:587?tls=required.",
    parse: smtp_url,
};
pub(super) static MAIL_FROM: Setting<Mailbox> = Setting {
    name: "MAIL_FROM",
    default: None,
    meaning: "sender of every mail",
    fix: "Write an address, for example Concierge <concierge@example.com>.",
    parse: |text| text.parse().map_err(|_| "is not a mail address".to_owned()),
};
pub(crate) static STALL_AFTER: Setting<TimeDelta> = Setting {
    name: "CONCIERGE_STALL_AFTER",
    default: Some("3d"),
    meaning: "idle time after which an onboarding counts as stalled",
    fix: "Write a number and a unit, d, h, m or s, for example 3d or 12h.",
    parse: duration,
};
pub(super) static REQUIRE_SECOND_FACTOR: Setting<()> = Setting {
    name: "CONCIERGE_REQUIRE_SECOND_FACTOR",
    default: None,
    meaning: "`firm-admins`: everybody needs a second factor, not only support",
    fix: "Write firm-admins, or leave it out.",
    parse: |text| match text {
        "firm-admins" => Ok(()),
        _ => Err(format!("is {text:?}, which is not known")),
    },
};
pub(crate) static AUDIT_RETENTION: Setting<TimeDelta> = Setting {
    name: "CONCIERGE_AUDIT_RETENTION",
    default: Some("730d"),
    meaning: "how long the record of what was done is kept",
    fix: "Write a number of days, at least 30d, for example 730d.",
    parse: |text| days(text, 30),
};
pub(crate) static EVENT_RETENTION: Setting<TimeDelta> = Setting {
    name: "CONCIERGE_EVENT_RETENTION",
    default: Some("90d"),
    meaning: "how long webhook events are kept",
    fix: "Write a number of days, at least 7d, for example 90d.",
    parse: |text| days(text, 7),
};
pub(super) static RUST_LOG: Setting<String> = Setting {
    name: "RUST_LOG",
    default: Some("info"),
    meaning: "what is logged",
    fix: "Write a level, or a filter such as info,concierge=debug.",
    parse: log_filter,
};
pub(crate) static LOG_FORMAT: Setting<LogFormat> = Setting {
    name: "CONCIERGE_LOG_FORMAT",
    default: Some("text"),
    meaning: "text for people, json for machines",
    fix: "Write text or json.",
    parse: log_format,
};

/// Every setting as name, default and meaning, in the order of the documentation.
pub fn settings() -> impl Iterator<Item = (&'static str, Option<&'static str>, &'static str)> {
    macro_rules! described {
        ($($setting:ident),* $(,)?) => {
            [$(($setting.name, $setting.default, $setting.meaning)),*]
        };
    }
    described![
        DATABASE_URL,
        DATABASE_LISTEN_URL,
        DATABASE_ROLE,
        READER_ROLE,
        LISTEN,
        METRICS_LISTEN,
        PUBLIC_URL,
        ENCRYPTION_KEYS,
        PRODUCT_NAME,
        SUPPORT_CONTACT,
        HELP_URL,
        LOGO_FILE,
        ACCENT,
        PROCORE_ENVIRONMENTS,
        PROCORE_LOGIN_URL,
        PROCORE_API_URL,
        PROCORE_WEB_URL,
        PROCORE_HOURLY_CALLS,
        RECONCILE_BUDGET,
        PROCORE_WEBHOOK_NAMESPACE,
        APP_CLIENT_ID,
        APP_CLIENT_SECRET,
        APP_VERSION_KEY,
        APP_MARKETPLACE_URL,
        TRUSTED_PROXIES,
        PROXY_HEADER,
        SMTP_URL,
        MAIL_FROM,
        STALL_AFTER,
        REQUIRE_SECOND_FACTOR,
        AUDIT_RETENTION,
        EVENT_RETENTION,
        RUST_LOG,
        LOG_FORMAT,
    ]
    .into_iter()
}
