//! How the text of a setting becomes a value.

use std::net::{IpAddr, SocketAddr};

use chrono::TimeDelta;
use ipnet::IpNet;
use secrecy::SecretString;
use tracing_subscriber::EnvFilter;
use url::{Host, Url};

use super::{LogFormat, ProxyHeader};
use crate::procore::Environment;
use crate::procore::environment::parse_host;

const LONGEST_NAMESPACE: usize = 64;

/// Whether a host is the loopback.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

pub(super) fn database_url(text: &str) -> Result<SecretString, String> {
    // The text may hold a password, so no message repeats it.
    match Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "postgres" | "postgresql") => {
            Ok(SecretString::from(text))
        }
        Ok(_) => Err("is not a Postgres address".to_owned()),
        Err(error) => Err(format!("is not an address: {error}")),
    }
}

pub(super) fn listen(text: &str) -> Result<SocketAddr, String> {
    text.parse()
        .map_err(|_| format!("is {text:?}, which is not an IP address with a port"))
}

pub(super) fn public_url(text: &str) -> Result<Url, String> {
    let Ok(url) = Url::parse(text) else {
        return Err("is not an address".to_owned());
    };
    if !url.username().is_empty() || url.password().is_some() {
        return Err("holds a user or password, which would be published".to_owned());
    }
    match url.scheme() {
        "https" => {}
        "http" if is_loopback(&url) => {}
        "http" => {
            return Err(format!(
                "is {text:?}, but anything but loopback must be https"
            ));
        }
        _ => return Err(format!("is {text:?}, which is neither http nor https")),
    }
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        return Err(format!(
            "is {text:?}, which has more than scheme, host and port"
        ));
    }
    Ok(url)
}

pub(super) fn help_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|_| "is not an address".to_owned())?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err("holds a user or password, which would be published".to_owned());
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_loopback(&url) => Ok(url),
        _ => Err(format!(
            "is {text:?}, but anything but loopback must be https"
        )),
    }
}

pub(super) fn one_line(text: &str, longest: usize) -> Result<String, String> {
    if text.chars().any(char::is_control) {
        Err("has more than one line".to_owned())
    } else if text.chars().count() > longest {
        Err(format!("is longer than {longest} characters"))
    } else {
        Ok(text.to_owned())
    }
}

pub(super) fn environments(text: &str) -> Result<Vec<Environment>, String> {
    let mut found: Vec<Environment> = Vec::new();
    for entry in list(text) {
        let environment = match entry.split_once('=') {
            Some((name, _)) if Environment::known(name.trim()).is_some() => {
                return Err(format!("redefines {}, which is Procore's own", name.trim()));
            }
            Some((name, hosts)) => Environment::custom(name.trim(), hosts)
                .map_err(|error| format!("is not usable: {error}"))?,
            None => Environment::known(entry)
                .ok_or_else(|| format!("names {entry:?}, which is not known"))?,
        };
        if found.iter().any(|other| other.name == environment.name) {
            return Err(format!("names {:?} twice", environment.name));
        }
        found.push(environment);
    }
    if found.is_empty() {
        return Err("names no environment".to_owned());
    }
    Ok(found)
}

pub(super) fn procore_host(text: &str) -> Result<Url, String> {
    parse_host(text).map_err(|error| format!("is not usable: {error}"))
}

pub(super) fn namespace(text: &str) -> Result<String, String> {
    let usable = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if !text.chars().all(usable) {
        Err(format!("is {text:?}, but only a-z, 0-9 and - are allowed"))
    } else if text.len() > LONGEST_NAMESPACE {
        Err(format!("is longer than {LONGEST_NAMESPACE} characters"))
    } else {
        Ok(text.to_owned())
    }
}

pub(super) fn proxies(text: &str) -> Result<Vec<IpNet>, String> {
    list(text)
        .map(|entry| {
            let alone = entry.parse::<IpAddr>().map(IpNet::from);
            alone
                .or_else(|_| entry.parse::<IpNet>())
                .map_err(|_| format!("names {entry:?}, which is neither an address nor a network"))
        })
        .collect()
}

pub(super) fn proxy_header(text: &str) -> Result<ProxyHeader, String> {
    match text.to_ascii_lowercase().as_str() {
        "x-forwarded-for" => Ok(ProxyHeader::XForwardedFor),
        "forwarded" => Ok(ProxyHeader::Forwarded),
        _ => Err(format!("is {text:?}, which is not known")),
    }
}

pub(super) fn smtp_url(text: &str) -> Result<SecretString, String> {
    // The text may hold a password, so no message repeats it.
    let Ok(url) = Url::parse(text) else {
        return Err("is not an address".to_owned());
    };
    let encrypted = match url.scheme() {
        "smtps" => true,
        "smtp" => url
            .query_pairs()
            .any(|(name, value)| name == "tls" && value == "required"),
        _ => return Err("is neither smtp nor smtps".to_owned()),
    };
    if url.host_str().is_none_or(str::is_empty) {
        return Err("names no host".to_owned());
    }
    let local = match url.host_str() {
        // Only http-like schemes have their IP addresses recognised by the parser.
        Some(host) => {
            let host = host.trim_matches(['[', ']']);
            host == "localhost" || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
        }
        None => false,
    };
    if url.password().is_some() && !encrypted && !local {
        return Err("would send its password without encryption".to_owned());
    }
    Ok(SecretString::from(text))
}

pub(super) fn hourly_calls(text: &str) -> Result<u32, String> {
    match text.parse() {
        Ok(calls) if calls > 0 => Ok(calls),
        Ok(_) | Err(_) => Err(format!("is {text:?}, which is no number of calls")),
    }
}

/// A whole percentage. Some of an hour is always left for other work.
pub(super) fn percent(text: &str) -> Result<u32, String> {
    let number = text.strip_suffix('%').map(str::trim);
    match number.and_then(|number| number.parse().ok()) {
        Some(percent @ 1..=90) => Ok(percent),
        Some(_) | None => Err(format!(
            "is {text:?}, which is no percentage from 1% to 90%"
        )),
    }
}

pub(super) fn duration(text: &str) -> Result<TimeDelta, String> {
    let wrong = || format!("is {text:?}, which is not a time span");
    let unit = text.chars().last().ok_or_else(wrong)?;
    let number = &text[..text.len() - unit.len_utf8()];
    let count: i64 = number.trim().parse().map_err(|_| wrong())?;
    let span = match unit {
        'd' => TimeDelta::try_days(count),
        'h' => TimeDelta::try_hours(count),
        'm' => TimeDelta::try_minutes(count),
        's' => TimeDelta::try_seconds(count),
        _ => None,
    };
    let longest = TimeDelta::days(3650);
    span.filter(|span| (TimeDelta::seconds(1)..=longest).contains(span))
        .ok_or_else(wrong)
}

/// A time span of at least so many days.
pub(super) fn days(text: &str, least: i64) -> Result<TimeDelta, String> {
    match duration(text)? {
        span if span < TimeDelta::days(least) => Err(format!("is less than {least} days")),
        span => Ok(span),
    }
}

pub(super) fn log_filter(text: &str) -> Result<String, String> {
    match EnvFilter::builder().parse(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(error) => Err(format!("is not a filter: {error}")),
    }
}

pub(super) fn log_format(text: &str) -> Result<LogFormat, String> {
    match text {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        _ => Err(format!("is {text:?}")),
    }
}

fn list(text: &str) -> impl Iterator<Item = &str> {
    text.split(',')
        .map(str::trim)
        .filter(|entry| !entry.is_empty())
}
