//! Whether what is sent to the database and the mail server can be read or changed on its way.

use std::net::IpAddr;

use secrecy::{ExposeSecret, SecretString};
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use url::Url;

use super::report::Check;

/// Checks that the database proves who it is, unless it is on this machine.
pub(super) fn database(name: &'static str, url: &SecretString) -> Option<Check> {
    let options: PgConnectOptions = url.expose_secret().parse().ok()?;
    let host = options.get_host();
    if options.get_socket().is_some() || is_local(host) {
        return None;
    }
    let check = format!("encryption to {name}");
    if matches!(options.get_ssl_mode(), PgSslMode::VerifyFull) {
        let found = "The database has to prove who it is.";
        return Some(Check::passed(check, found));
    }
    let weak = format!("{name} does not have sslmode=verify-full");
    Some(if is_of_private_network(host) {
        let found =
            format!("{weak}; {host} is a name of a private network, which has to be trusted then.");
        Check::skipped(check, found)
    } else {
        Check::failed(
            check,
            format!("{weak}: anybody in between can read and change everything."),
            "Add sslmode=verify-full to it, and sslrootcert with the authority's certificate.",
        )
    })
}

/// Checks that mails are encrypted on their way, unless the server is on this machine.
pub(super) fn mail(url: &SecretString) -> Option<Check> {
    let url = Url::parse(url.expose_secret()).ok()?;
    let host = url.host_str().filter(|host| !is_local(host))?;
    let must = url
        .query_pairs()
        .any(|(name, value)| name == "tls" && value == "required");
    let check = "encryption of mail";
    Some(if url.scheme() == "smtps" || must {
        Check::passed(check, "Mail leaves encrypted.")
    } else if is_of_private_network(host) {
        Check::skipped(
            check,
            format!("SMTP_URL is smtp:// without TLS; {host} is a name of a private network."),
        )
    } else {
        Check::failed(
            check,
            "SMTP_URL is smtp:// without TLS: links that let people in travel unencrypted.",
            "Write smtps://…, or smtp://…?tls=required.",
        )
    })
}

fn is_local(host: &str) -> bool {
    let host = host.trim_matches(['[', ']']);
    host.starts_with('/')
        || host == "localhost"
        || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
}

/// Whether only a network of one's own knows such a name, as that of containers does.
fn is_of_private_network(host: &str) -> bool {
    let is_address = host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok();
    !is_address && !host.contains('.')
}

#[cfg(test)]
mod tests {
    use super::super::report::DoctorState;
    use super::*;

    fn state(check: Option<Check>) -> Option<DoctorState> {
        check.map(|check| check.state)
    }

    #[test]
    fn a_weak_way_to_a_database_elsewhere_is_reported() {
        let weak = Some(DoctorState::Failed);
        for (url, expected) in [
            ("postgres://a:b@db.example/c", weak),
            ("postgres://a:b@db.example/c?sslmode=require", weak),
            (
                "postgres://a:b@db.example/c?sslmode=verify-full",
                Some(DoctorState::Passed),
            ),
            ("postgres://a:b@db.example/c?sslmode=verify-ca", weak),
            ("postgres://a:b@postgres/c", Some(DoctorState::Skipped)),
            ("postgres://a:b@[2001:db8::1]/c", weak),
            ("postgres://a:b@localhost/c", None),
            ("postgres://a:b@[::1]/c", None),
            ("postgres://a@localhost/c?host=/run/postgresql", None),
            ("postgres://a@%2Frun%2Fpostgresql/c", None),
            ("postgres://a@localhost/c?host=db.example", weak),
            ("postgres://a@localhost/c?hostaddr=203.0.113.5", weak),
        ] {
            let found = state(database("DATABASE_URL", &SecretString::from(url)));
            assert_eq!(found, expected, "{url}");
        }
    }

    #[test]
    fn mail_without_encryption_is_reported() {
        for (url, expected) in [
            ("smtp://mail.example", Some(DoctorState::Failed)),
            (
                "smtp://mail.example?tls=opportunistic",
                Some(DoctorState::Failed),
            ),
            (
                "smtp://mail.example?tls=required",
                Some(DoctorState::Passed),
            ),
            ("smtps://mail.example", Some(DoctorState::Passed)),
            ("smtp://mail:25", Some(DoctorState::Skipped)),
            ("smtp://127.0.0.1:1025", None),
        ] {
            assert_eq!(state(mail(&SecretString::from(url))), expected, "{url}");
        }
    }
}
