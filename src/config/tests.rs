use std::fs;

use secrecy::ExposeSecret;

use super::*;
use crate::vault::generate_key_line;

mod vendor_app;

/// The least that must be set, with a fresh key.
fn least() -> Vec<(&'static str, String)> {
    let key = generate_key_line("k1").unwrap();
    vec![
        (
            "DATABASE_URL",
            "postgres://app:pass-word@db/concierge".into(),
        ),
        ("CONCIERGE_ENCRYPTION_KEYS", key.expose_secret().into()),
        ("PROCORE_WEBHOOK_NAMESPACE", "acme-concierge".into()),
    ]
}

/// Reads the least and, over it, what a test adds.
fn read_with(added: &[(&'static str, &str)]) -> Result<Config, Problems> {
    let least = least();
    Config::from_lookup(|name| {
        let added = added.iter().find(|(it, _)| *it == name);
        match added {
            Some((_, value)) => Some((*value).to_owned()),
            None => least
                .iter()
                .find(|(it, _)| *it == name)
                .map(|(_, value)| value.clone()),
        }
    })
}

/// The one thing that is wrong, as `NAME what`.
fn wrong_with(added: &[(&'static str, &str)]) -> String {
    let problems = read_with(added).expect_err(&format!("{added:?} is refused"));
    let all: Vec<&Problem> = problems.iter().collect();
    assert_eq!(all.len(), 1, "{problems}");
    format!("{} {}", all[0].name, all[0].wrong)
}

#[test]
fn the_least_configuration_has_the_documented_defaults() {
    let config = read_with(&[]).unwrap();
    assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.metrics_listen, None);
    assert_eq!(config.public_url.as_str(), "http://localhost:8080/");
    assert_eq!(config.product_name, "Concierge");
    assert_eq!(config.support_contact, None);
    assert_eq!(config.help_url, None);
    assert!(config.branding.logo.is_none() && config.branding.accent.is_none());
    assert_eq!(
        config.procore_environments,
        [Environment::known("production").unwrap()]
    );
    assert_eq!(config.procore_hourly_calls, 3600);
    assert_eq!(config.reconcile_percent, 10);
    assert!(config.trusted_proxies.is_empty());
    assert!(config.vendor_apps.is_empty());
    assert_eq!(config.proxy_header, None);
    assert!(config.smtp.is_none());
    assert_eq!(config.stall_after, TimeDelta::days(3));
    assert_eq!(config.log, Log::default());
    assert!(!config.demo);
}

#[test]
fn nothing_set_names_everything_that_must_be_set_at_once() {
    let problems = Config::from_lookup(|_| None).unwrap_err();
    let names: Vec<&str> = problems
        .iter()
        .map(|problem| problem.name.as_str())
        .collect();
    assert_eq!(
        names,
        [
            "DATABASE_URL",
            "CONCIERGE_ENCRYPTION_KEYS",
            "PROCORE_WEBHOOK_NAMESPACE"
        ]
    );
    assert!(problems.iter().all(|problem| problem.wrong == "is not set"));
    assert!(
        problems
            .to_string()
            .starts_with("3 settings need attention:")
    );
}

#[test]
fn every_wrong_value_is_named_with_its_setting() {
    let table = [
        (
            "DATABASE_URL",
            "mysql://u:hush@h/d",
            "DATABASE_URL is not a Postgres address",
        ),
        (
            "CONCIERGE_LISTEN",
            "8080",
            "CONCIERGE_LISTEN is \"8080\", which is not an IP address with a port",
        ),
        (
            "CONCIERGE_METRICS_LISTEN",
            "no",
            "CONCIERGE_METRICS_LISTEN is \"no\", which is not an IP address with a port",
        ),
        (
            "CONCIERGE_HELP_URL",
            "help.example.com",
            "CONCIERGE_HELP_URL is not an address",
        ),
        (
            "CONCIERGE_HELP_URL",
            "javascript:alert(1)",
            "CONCIERGE_HELP_URL is \"javascript:alert(1)\", but anything but loopback must be https",
        ),
        (
            "CONCIERGE_LOGO_FILE",
            "/no/such/logo.svg",
            "CONCIERGE_LOGO_FILE names the file /no/such/logo.svg, which cannot be read: No such file or directory (os error 2)",
        ),
        (
            "CONCIERGE_ACCENT",
            "orange",
            "CONCIERGE_ACCENT is \"orange\", which is not #rrggbb",
        ),
        (
            "CONCIERGE_ACCENT",
            "#ffcc00",
            "CONCIERGE_ACCENT is #ffcc00, which has a contrast of 1.3 to 1 on our pages, and text needs 4.5 to 1",
        ),
        (
            "CONCIERGE_PUBLIC_URL",
            "http://connect.example.com",
            "CONCIERGE_PUBLIC_URL is \"http://connect.example.com\", but anything but loopback must be https",
        ),
        (
            "CONCIERGE_PUBLIC_URL",
            "https://example.com/app",
            "CONCIERGE_PUBLIC_URL is \"https://example.com/app\", which has more than scheme, host and port",
        ),
        (
            "CONCIERGE_PUBLIC_URL",
            "https://u:hush@example.com",
            "CONCIERGE_PUBLIC_URL holds a user or password, which would be published",
        ),
        (
            "CONCIERGE_PUBLIC_URL",
            "ftp://localhost",
            "CONCIERGE_PUBLIC_URL is \"ftp://localhost\", which is neither http nor https",
        ),
        (
            "CONCIERGE_ENCRYPTION_KEYS",
            "k1:hush",
            "CONCIERGE_ENCRYPTION_KEYS is not usable: entry 1: the key is not 32 bytes in base64",
        ),
        (
            "CONCIERGE_PRODUCT_NAME",
            "a\nb",
            "CONCIERGE_PRODUCT_NAME has more than one line",
        ),
        (
            "PROCORE_ENVIRONMENTS",
            "produktion",
            "PROCORE_ENVIRONMENTS names \"produktion\", which is not known",
        ),
        (
            "PROCORE_ENVIRONMENTS",
            "sandbox,sandbox",
            "PROCORE_ENVIRONMENTS names \"sandbox\" twice",
        ),
        (
            "PROCORE_ENVIRONMENTS",
            ",",
            "PROCORE_ENVIRONMENTS names no environment",
        ),
        (
            "PROCORE_ENVIRONMENTS",
            "production=https://a|https://b|https://c",
            "PROCORE_ENVIRONMENTS redefines production, which is Procore's own",
        ),
        (
            "PROCORE_ENVIRONMENTS",
            "own=https://a.example",
            "PROCORE_ENVIRONMENTS is not usable: 'own' needs three addresses: login|api|web",
        ),
        (
            "PROCORE_API_URL",
            "http://api.example.com",
            "PROCORE_API_URL is not usable: 'http://api.example.com' must be https; plain http is only for this machine (loopback)",
        ),
        (
            "PROCORE_WEBHOOK_NAMESPACE",
            "Acme",
            "PROCORE_WEBHOOK_NAMESPACE is \"Acme\", but only a-z, 0-9 and - are allowed",
        ),
        (
            "CONCIERGE_TRUSTED_PROXIES",
            "10.0.0.0/8, proxy",
            "CONCIERGE_TRUSTED_PROXIES names \"proxy\", which is neither an address nor a network",
        ),
        (
            "CONCIERGE_PROXY_HEADER",
            "X-Real-IP",
            "CONCIERGE_PROXY_HEADER is \"X-Real-IP\", which is not known",
        ),
        (
            "SMTP_URL",
            "smtps://mail.example.com",
            "MAIL_FROM is not set, but SMTP_URL is",
        ),
        ("MAIL_FROM", "nobody", "MAIL_FROM is not a mail address"),
        (
            "CONCIERGE_STALL_AFTER",
            "3 weeks",
            "CONCIERGE_STALL_AFTER is \"3 weeks\", which is not a time span",
        ),
        (
            "CONCIERGE_STALL_AFTER",
            "0d",
            "CONCIERGE_STALL_AFTER is \"0d\", which is not a time span",
        ),
        (
            "CONCIERGE_STALL_AFTER",
            "99999999999999d",
            "CONCIERGE_STALL_AFTER is \"99999999999999d\", which is not a time span",
        ),
        (
            "CONCIERGE_LOG_FORMAT",
            "xml",
            "CONCIERGE_LOG_FORMAT is \"xml\"",
        ),
    ];
    for (name, value, expected) in table {
        assert_eq!(wrong_with(&[(name, value)]), expected);
    }
    assert!(
        wrong_with(&[("RUST_LOG", "info,concierge=loud")]).starts_with("RUST_LOG is not a filter")
    );
}

#[test]
fn a_mail_password_does_not_travel_in_the_clear() {
    let from = ("MAIL_FROM", "Concierge <c@example.com>");
    let refused = wrong_with(&[("SMTP_URL", "smtp://u:hush@mail.example.com"), from]);
    assert_eq!(
        refused,
        "SMTP_URL would send its password without encryption"
    );
    for fine in [
        "smtps://u:hush@mail.example.com",
        "smtp://u:hush@mail.example.com:587?tls=required",
        "smtp://relay.internal",
        "smtp://u:hush@127.0.0.1:2525",
    ] {
        assert!(
            read_with(&[("SMTP_URL", fine), from])
                .unwrap()
                .smtp
                .is_some(),
            "{fine}"
        );
    }
}

#[test]
fn good_values_are_understood() {
    let config = read_with(&[
        ("CONCIERGE_LISTEN", "[::1]:0"),
        ("CONCIERGE_PUBLIC_URL", "https://connect.example.com"),
        (
            "PROCORE_ENVIRONMENTS",
            "sandbox, own=https://l.example|https://a.example|https://w.example",
        ),
        ("CONCIERGE_TRUSTED_PROXIES", "10.0.0.0/8, ::1"),
        ("CONCIERGE_PROXY_HEADER", "X-Forwarded-For"),
        ("CONCIERGE_STALL_AFTER", "12h"),
        ("CONCIERGE_LOG_FORMAT", "json"),
        ("CONCIERGE_SUPPORT_CONTACT", " help@example.com "),
    ])
    .unwrap();
    let names: Vec<&str> = config
        .procore_environments
        .iter()
        .map(|environment| environment.name.as_str())
        .collect();
    assert_eq!(names, ["sandbox", "own"]);
    assert!(config.procore_environment("own").is_some());
    assert!(config.procore_environment("production").is_none());
    assert!(config.trusts_proxy("10.1.2.3".parse().unwrap()));
    assert!(config.trusts_proxy("::ffff:10.1.2.3".parse().unwrap()));
    assert!(config.trusts_proxy("::1".parse().unwrap()));
    assert_eq!(config.proxy_header, Some(ProxyHeader::XForwardedFor));
    assert!(!config.trusts_proxy("192.0.2.1".parse().unwrap()));
    assert_eq!(config.stall_after, TimeDelta::hours(12));
    assert_eq!(config.log.format, LogFormat::Json);
    assert_eq!(config.support_contact.as_deref(), Some("help@example.com"));
}

#[test]
fn procores_hosts_can_be_overridden_one_by_one() {
    let config = read_with(&[("PROCORE_API_URL", "http://127.0.0.1:9090")]).unwrap();
    let production = config.procore_environment("production").unwrap();
    assert_eq!(production.api.as_str(), "http://127.0.0.1:9090/");
    assert_eq!(production.login.as_str(), "https://login.procore.com/");
}

#[test]
fn an_empty_value_counts_as_unset() {
    let config = read_with(&[("CONCIERGE_PRODUCT_NAME", ""), ("SMTP_URL", " ")]).unwrap();
    assert_eq!(config.product_name, "Concierge");
    assert!(config.smtp.is_none());
}

#[test]
fn a_value_may_lie_in_a_file() {
    let folder = TempFolder::new();
    let path = folder.0.join("name");
    fs::write(&path, "Acme Portal\n").unwrap();
    let file = path.to_str().unwrap();

    let config = read_with(&[("CONCIERGE_PRODUCT_NAME_FILE", file)]).unwrap();
    assert_eq!(config.product_name, "Acme Portal");

    let both = [
        ("CONCIERGE_PRODUCT_NAME_FILE", file),
        ("CONCIERGE_PRODUCT_NAME", "Other"),
    ];
    assert_eq!(
        wrong_with(&both),
        "CONCIERGE_PRODUCT_NAME and CONCIERGE_PRODUCT_NAME_FILE are both set"
    );

    let missing = folder.0.join("missing");
    let wrong = wrong_with(&[("CONCIERGE_PRODUCT_NAME_FILE", missing.to_str().unwrap())]);
    assert!(wrong.contains("cannot be read"), "{wrong}");

    let utf_16: Vec<u8> = "\u{feff}Bücher\r\n"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    for (bytes, expected) in [
        (b"\xef\xbb\xbfAcme\r\n".as_slice(), "Acme"),
        (b"  Acme\r\n\r\n".as_slice(), "Acme"),
        (&utf_16, "Bücher"),
    ] {
        fs::write(&path, bytes).unwrap();
        let config = read_with(&[("CONCIERGE_PRODUCT_NAME_FILE", file)]).unwrap();
        assert_eq!(config.product_name, expected);
    }

    fs::write(&path, b"\xe9").unwrap();
    let wrong = wrong_with(&[("CONCIERGE_PRODUCT_NAME_FILE", file)]);
    assert!(wrong.contains("UTF-8"), "{wrong}");

    fs::write(&path, "\n").unwrap();
    let wrong = wrong_with(&[("CONCIERGE_PRODUCT_NAME_FILE", file)]);
    assert!(wrong.contains("which is empty"), "{wrong}");
}

#[test]
fn no_secret_is_shown_by_debug_or_by_a_problem() {
    let config = read_with(&[
        ("SMTP_URL", "smtps://u:hush-hush@mail.example.com"),
        ("MAIL_FROM", "c@example.com"),
    ])
    .unwrap();
    let shown = format!("{config:?}");
    let key = least()[1].1.clone();
    for secret in ["pass-word", "hush-hush", key.split_once(':').unwrap().1] {
        assert!(!shown.contains(secret), "{shown}");
    }
    for name in [
        "DATABASE_URL",
        "DATABASE_LISTEN_URL",
        "SMTP_URL",
        "CONCIERGE_ENCRYPTION_KEYS",
        "CONCIERGE_PUBLIC_URL",
    ] {
        let problems = read_with(&[(name, "x://u:hush-hush@h:port/")]).unwrap_err();
        assert!(!problems.to_string().contains("hush-hush"), "{problems}");
    }
}

struct TempFolder(std::path::PathBuf);

impl TempFolder {
    fn new() -> Self {
        let name = format!("concierge-{}", uuid::Uuid::new_v4());
        let path = std::env::temp_dir().join(name);
        fs::create_dir(&path).unwrap();
        Self(path)
    }
}

impl Drop for TempFolder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
